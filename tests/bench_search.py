"""The search against its peers: `PYTHONPATH=hooks:tools python tests/bench_search.py`.

On the questions that nobody tuned on, all in one run: the mean reciprocal rank of the first right
page, of ours as it is (fed), with the phrases of the right pages left out (unfed), without any,
of MiniSearch and of Pagefind; what an index weighs (gzip, KiB); the time to a first result and to
a later one, from the files on, and their ratio, at the size of the guide and at 500 pages. A peer
that is not installed is named: `npm install --prefix .cache/peers minisearch@7.2.0`,
`pip install pagefind==1.5.2 pagefind-bin==1.5.2`.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import importlib.util
import json
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

import searching
from conftest import CHROMIUM_FLAGS, SITE_URL, kb
from kb.search import index
from kb_tools.draw import executable
from searching import HOME, ROOT, ask, mean_reciprocal_rank, name, ranks

MINISEARCH = ROOT / ".cache/peers/node_modules/minisearch/dist/umd/index.js"
PAGES = 500

# Chinese is cut into words by the browser, the kindest that MiniSearch can be given.
PEER = """(given) => {
    const words = new Intl.Segmenter("zh", { granularity: "word" })
    const tokenize = (text) =>
        [...words.segment(text)].flatMap((part) => part.isWordLike ? [part.segment] : [])
    const options = { fields: ["title", "text"], tokenize,
        searchOptions: { boost: { title: 2 }, fuzzy: 0.2, prefix: true } }
    const made = new MiniSearch(options)
    made.addAll(given.docs.map(({ title, text }, id) => ({ id, title, text })))
    const json = JSON.stringify(made)
    const started = Date.now()
    const loaded = MiniSearch.loadJSON(json, options)
    loaded.search(given.queries[0])
    const first = Date.now() - started
    loaded.search(given.queries[1])
    const later = Date.now() - started - first
    const pages = given.queries.map((query) =>
        [...new Set(loaded.search(query).map(({ id }) => given.docs[id].location.split("#")[0]))])
    return { pages, json, first, later }
}"""
TIMED = """({ files, queries: [one, other] }) => {
    const texts = new Map()
    for (const name in files) texts.set(name, JSON.stringify(files[name]))
    const used = []
    const get = (_, name) => (used.push(name), JSON.parse(texts.get(name)))
    const parsed = new Proxy({}, { get })
    let started = Date.now()
    const engine = new Engine(parsed.core)
    const opened = Date.now() - started
    started = Date.now()
    answered(engine, parsed, one)
    const first = Date.now() - started
    const needed = [...used]
    started = Date.now()
    answered(engine, parsed, other)
    return { opened, first, later: Date.now() - started, needed }
}"""
FOUND = """async ({ bundle, queries }) => {
    const pagefind = await import(bundle)
    await pagefind.options({ excerptLength: 10 })
    const found = []
    for (const query of queries) {
        const { results } = await pagefind.search(query)
        const data = results.slice(0, 20).map(async (result) => (await result.data()).url)
        found.push(await Promise.all(data))
    }
    return found
}"""


def weight(texts: Sequence[str]) -> float:
    """KiB of texts, each compressed by itself."""
    return sum(len(gzip.compress(text.encode(), 9, mtime=0)) for text in texts) / 1024


def packed(data: Any) -> str:
    """As the site's files have it."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def large(docs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """500 pages of the guide's size: its sentences dealt anew, a word of its own to a section."""
    dealer = random.Random(1)
    sentences = [
        part for doc in docs for part in doc["text"].replace("。", "。|").split("|") if part
    ]
    shapes = [doc for doc in docs if not doc["location"].startswith("about/")]
    grown: list[dict[str, Any]] = []
    while len({doc["location"].partition("#")[0] for doc in grown}) < PAGES:
        page = len(grown)
        for shape in shapes:
            address, mark, section = shape["location"].partition("#")
            own = "".join(dealer.choices("abcdefghijklmnopqrstuvwxyz", k=8))
            length, text = len(shape["text"]), f"{own} "
            while len(text) < length:
                text += dealer.choice(sentences)
            grown.append(
                {**shape, "location": f"x{page}/{address}{mark}{section}", "text": text[:length]}
            )
    return grown


def ours(docs: Sequence[Mapping[str, Any]], synonyms: Any) -> dict[str, Any]:
    """The files of an index by their names in the engine."""
    given = index.given(docs, synonyms)
    files: dict[str, Any] = searching.run("(given) => build(given)", given)
    return files


def without(
    docs: Sequence[Mapping[str, Any]], pages: Callable[[str], bool]
) -> list[dict[str, Any]]:
    """The sections without the phrases of some pages."""
    return [
        {**doc, "asked": [] if pages(name(doc["location"])) else doc.get("asked", [])}
        for doc in docs
    ]


def found(files: Mapping[str, Any], queries: Sequence[str]) -> list[list[str]]:
    """The pages of ours for each query."""
    return [[name(page["page"]) for page in pages] for pages in ask(files, queries)]


def pagefind(site: Path, asked: Mapping[tuple[str, str], Sequence[str]]) -> Any:
    """Pagefind's pages for the queries of each edition's language, and what its index weighs."""
    sizes, answers = {}, {}
    # Served without the site's policy, which has no room for WebAssembly.
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=site)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=CHROMIUM_FLAGS)
        for (edition, locale), queries in asked.items():
            home = HOME[edition, locale]
            glob = "**/*.html" if locale != "zh" else "{*.html,[!e]*/**/*.html}"
            command = [sys.executable, "-m", "pagefind", "--site", str(site / home), "--glob", glob]
            subprocess.run([*command, "--force-language", locale], check=True, capture_output=True)
            bundle = site / home / "pagefind"
            sizes[edition, locale] = sum(f.stat().st_size for f in bundle.rglob("*.pf_*")) / 1024
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/{home}")
            given = {"bundle": f"/{home}pagefind/pagefind.js", "queries": list(queries)}
            answers[edition, locale] = [
                [name(url.removeprefix(f"/{home}").removeprefix("/")) for url in urls]
                for urls in page.evaluate(FOUND, given)
            ]
        browser.close()
    server.shutdown()
    return answers, sizes


def main() -> None:
    """Build the site, ask all of them, print the table."""
    peer = MINISEARCH.read_text("utf-8") if MINISEARCH.exists() else ""
    rows: dict[str, dict[str, list[float]]] = {}
    sizes: list[str] = []
    questions = {key: searching.unseen(*key) for key in HOME}
    asked = {key: [query for query, _ in held] for key, held in questions.items()}
    right = {
        key: [[name(at) for at in held] for _, held in held_] for key, held_ in questions.items()
    }

    def note(who: str, key: tuple[str, str], places: Sequence[int]) -> None:
        for column in (key[1], "all"):
            rows.setdefault(who, {}).setdefault(column, []).extend(places)

    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        built = kb("build", "--out", str(site), "--site-url", SITE_URL)
        assert built.returncode == 0, built.stdout + built.stderr
        given = {edition: searching.gathered(edition) for edition, _ in HOME}
        for key, home in HOME.items():
            files = searching.built(site / home)
            docs, synonyms = given[key[0]][key[1] == "en"]
            note("ours, fed", key, ranks(found(files, asked[key]), right[key]))
            none = ours(without(docs, lambda page: True), synonyms)
            note("ours, no phrases", key, ranks(found(none, asked[key]), right[key]))
            unfed = []
            for query, pages in zip(asked[key], right[key], strict=True):
                bare = ours(without(docs, lambda page, pages=pages: page in pages), synonyms)
                unfed += ranks(found(bare, [query]), [pages])
            note("ours, unfed", key, unfed)
            for size, texts in (
                ("", docs),
                (f" at {PAGES} pages", large(docs) if key[0] == "2026-11" else []),
            ):
                if not texts:
                    continue
                held = files if not size else ours(texts, synonyms)
                time = searching.run(TIMED, {"files": held, "queries": asked[key][:2]})
                every = weight([packed(data) for data in held.values()])
                words = weight([packed(searching.sections(held))])
                needed = weight([packed(held[name]) for name in time["needed"]])
                sizes.append(
                    f"{key[0]} {key[1]}{size}: ours {every:.0f} KiB, of it {words:.0f} "
                    f"texts; a first query "
                    f"{needed:.0f} KiB, opened {time['opened']:.0f} ms, "
                    f"first result {time['first']:.0f} ms, "
                    f"later {time['later']:.0f} ms, "
                    f"ratio {time['first'] / (time['later'] or 1):.2f}"
                )
                if peer:
                    other = searching.run(PEER, {"docs": texts, "queries": asked[key]}, peer)
                    sizes.append(
                        f"{key[0]} {key[1]}{size}: MiniSearch "
                        f"{weight([other['json']]):.0f} KiB, first result "
                        f"{other['first']:.0f} ms, later {other['later']:.0f} ms"
                    )
                    if not size:
                        pages = [[name(at) for at in held] for held in other["pages"]]
                        note("MiniSearch", key, ranks(pages, right[key]))
        if importlib.util.find_spec("pagefind"):
            answers, weights = pagefind(site, asked)
            for key in HOME:
                note("Pagefind", key, ranks(answers[key], right[key]))
                sizes.append(f"{key[0]} {key[1]}: Pagefind {weights[key]:.0f} KiB")
    print(f"{'page MRR on unseen questions':30} {'zh':>6} {'en':>6} {'all':>6}")
    for who, columns in rows.items():
        print(
            f"{who:30} "
            + " ".join(f"{mean_reciprocal_rank(columns[c]):6.3f}" for c in ("zh", "en", "all"))
        )
    for missing in [
        who for who, there in (("MiniSearch", peer), ("Pagefind", "Pagefind" in rows)) if not there
    ]:
        print(f"{missing:30} is not installed")
    print("\n".join(sizes))


if __name__ == "__main__":
    main()
