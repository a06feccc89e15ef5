"""The search as tests and the benchmark ask it: built files, read by the engine readers run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from py_mini_racer import MiniRacer

from kb.search import index

ROOT = Path(__file__).parent.parent
QUERIES = ROOT / "tests/search"
HOME = {
    (edition, locale): f"{edition}/{path}"
    for edition in ("2026-11", "2023-07")
    for locale, path in (("zh", ""), ("en", "en/"))
}
_GATHER = """
import json, pathlib, sys
import kb.search.index as index
from mkdocs.__main__ import cli
folder, make = pathlib.Path(sys.argv[1]), index.make
def noted(*given):
    (folder / f"{len(list(folder.glob('*.json')))}.json").write_text(json.dumps(given[:2]))
    return make(*given)
index.make = noted
cli(["build", "-q", "-f", sys.argv[2], "-d", str(folder / "site")])
"""
_ASK = """({ files, queries }) => {
    const engine = new Engine(files.core)
    return queries.map((query) => answered(engine, files, query).map(({ page, sections }) => ({
        page: page.address,
        sections: sections.map(({ id }) => engine.entries[id].location),
    })))
}"""


def run(expression: str, argument: Any, library: str = "") -> Any:
    """What a JavaScript function makes of an argument, with engine and builder at hand."""
    with MiniRacer() as engine:
        engine.eval(library)
        for path in (ROOT / index.ENGINE, ROOT / "hooks/kb/search/build.js"):
            engine.eval(path.read_text("utf-8"))
        engine.eval(f"var run = (json) => JSON.stringify(({expression})(JSON.parse(json)) ?? null)")
        return json.loads(str(engine.call("run", json.dumps(argument))))


def built(home: Path) -> dict[str, Any]:
    """The files of a language's index in a built site, by their names in the engine."""
    (folder,) = [path for path in (home / index.FOLDER).iterdir() if path.is_dir()]
    files = {}
    for path in folder.iterdir():
        files[path.stem] = json.loads(
            f"[{path.read_text('utf-8')[len('kbIndex(') :].strip()[:-1]}]"
        )[1]
    return files


def sections(files: Mapping[str, Any]) -> list[list[str]]:
    """The sections of an index: [address, title, text]."""
    held = sorted((int(name[1:]), texts) for name, texts in files.items() if name[0] == "p")
    pages = zip(files["core"]["pages"], (texts for _, texts in held), strict=True)
    return [
        [address + section, title, text]
        for (address, _, titled, *_), texts in pages
        for (section, title, _), text in zip(titled, texts, strict=True)
    ]


def gathered(edition: str) -> list[tuple[list[dict[str, Any]], Any]]:
    """What the build gives the index of each language of an edition: its sections, its synonyms."""
    config = min(ROOT.glob(f"mkdocs.{edition}.yml"), default=ROOT / "mkdocs.yml")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _GATHER, folder, config.name]
        environment = {**os.environ, "PYTHONPATH": "hooks", "NO_MKDOCS_2_WARNING": "1"}
        subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True)
        return [
            tuple(json.loads((Path(folder) / f"{at}.json").read_text("utf-8"))) for at in (0, 1)
        ]


def ask(files: Mapping[str, Any], queries: Sequence[str]) -> list[list[dict[str, Any]]]:
    """For each query its pages, best first: {page, sections}."""
    found: list[list[dict[str, Any]]] = run(_ASK, {"files": files, "queries": queries})
    return found


def queries(name: str) -> list[tuple[str, list[str]]]:
    """The queries of a file with the pages that answer them, best known first."""
    entries = yaml.safe_load((QUERIES / f"{name}.yml").read_text("utf-8"))
    return [
        (entry["query"], [entry["page"]] if isinstance(entry["page"], str) else entry["page"])
        for entry in entries
    ]


def unseen(edition: str, locale: str, name: str = "unseen") -> list[tuple[str, list[str]]]:
    """The queries that nobody tuned on, with the sections that answer them: `page#section`."""
    held = yaml.safe_load((QUERIES / f"{name}.yml").read_text("utf-8"))
    return [(entry["query"], entry["right"]) for entry in held[locale][edition]]


def name(location: str) -> str:
    """`plus/apple/` as the queries name it: `plus/apple`."""
    path = location.partition("#")[0].strip("/")
    return path if path not in ("", "plus") else f"{path}/index".strip("/")


def ranks(results: Iterable[Sequence[str]], wanted: Iterable[Sequence[str]]) -> list[int]:
    """The place of the first right page in each list of results, from 1; 0 for none."""
    return [
        next((place for place, page in enumerate(found, 1) if page in pages), 0)
        for found, pages in zip(results, wanted, strict=True)
    ]


def hit_first(places: Sequence[int]) -> float:
    """The share of queries whose right page comes first."""
    return places.count(1) / len(places)


def mean_reciprocal_rank(places: Sequence[int]) -> float:
    """1 for a first place, 1/2 for a second, …, on average."""
    return sum(1 / place for place in places if place) / len(places)
