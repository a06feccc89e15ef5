"""The whole hosted site from a clean clone: all editions and languages, checked, swapped in."""

from __future__ import annotations

import concurrent.futures
import datetime
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kb import assets, cards, checks, clock, editions, project, releases, root
from kb.finding import Finding, unique
from kb.ledger import Ledger
from kb.pictures import review
from kb.references import checks as references
from kb.references.site import read_site

# For the social cards: of the current edition, of an archived one.
EDITION_LABELS = {"zh": ("{} 版", "存档版 {}"), "en": ("Edition {}", "Archived edition {}")}


class BuildError(RuntimeError):
    """A build that could not be made; the message is what the builder said."""


def build(
    home: Path,
    out: Path,
    site_url: str,
    *,
    names: Sequence[str] = (),
    as_of: datetime.date,
    progress: Callable[[str], object],
) -> list[Finding]:
    """Build the editions (all, or those named) of the project at `home` into the folder `out`.

    `out` is replaced in one step, and only by a site without errors: otherwise the last good one
    stays as it was, and the findings say why. The same sources and `as_of` give the same bytes.
    """
    docs = home / "docs"
    listed = project.read_ledger(docs, editions.LEDGER)
    moved = project.read_ledger(docs, root.REDIRECTS)
    released = project.read_ledger(docs, releases.LEDGER)
    if broken := [*listed.findings, *moved.findings, *released.findings]:
        return unique(broken)
    every = editions.read(listed)
    wanted = [edition for edition in every if not names or edition.name in names]
    projects = {edition.name: project.read(docs, edition.name) for edition in wanted}
    with _beside(out) as made:
        _run_builders(home, made, site_url, wanted, as_of, progress)
        _write_root(home, made, site_url, wanted, projects, moved, as_of)
        progress("drawing the social cards")
        findings = _draw_cards(made, projects, every[0].name)
        progress("checking the whole site")
        complete = wanted == list(every)
        findings += _check(
            made, site_url, projects, listed, moved, released, as_of, complete=complete
        )
        findings = unique([*findings, *review.check(home, as_of)])
        if not any(finding.severity == "error" for finding in findings):
            _swap(made, out)
    return findings


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """A folder on the same disk as `out`, gone afterwards; what a killed run left is mended."""
    out.parent.mkdir(parents=True, exist_ok=True)
    last = _last(out)
    if last.exists() and not out.exists():
        last.rename(out)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as folder:
        made = Path(folder) / out.name
        made.mkdir()
        yield made


def _last(out: Path) -> Path:
    return out.with_name(f".{out.name}.last")


def _swap(made: Path, out: Path) -> None:
    last = _last(out)
    shutil.rmtree(last, ignore_errors=True)
    if out.exists():
        out.rename(last)
    made.rename(out)
    shutil.rmtree(last, ignore_errors=True)


def _run_builders(
    home: Path,
    made: Path,
    site_url: str,
    wanted: Sequence[editions.Edition],
    as_of: datetime.date,
    progress: Callable[[str], object],
) -> None:
    """Build the editions at the same time, each by a process of its own."""
    midnight = datetime.datetime.combine(as_of, datetime.time(), datetime.UTC)
    environment = {
        **os.environ,
        clock.VARIABLE: as_of.isoformat(),
        # Link to these editions; the checks come once, at the end.
        editions.TOGETHER: ",".join(edition.name for edition in wanted),
        "NO_MKDOCS_2_WARNING": "1",
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": str(int(midnight.timestamp())),
        "TZ": "UTC",
    }
    running = []
    for edition in wanted:
        progress(f"building edition {edition.name}")
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
        command += ["-f", edition.config, "-d", str(made / edition.name)]
        process = subprocess.Popen(
            command,
            cwd=home,
            env={**environment, "SITE_URL": f"{site_url}{edition.name}/"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running.append((edition, process))
    # All are waited for before any failure is told, so that none writes on behind our back.
    ended = [
        (edition, process.communicate()[0], process.returncode) for edition, process in running
    ]
    for edition, said, code in ended:
        if code:
            raise BuildError(f"edition {edition.name} was not built:\n{said.rstrip()}")


def _write_root(
    home: Path,
    made: Path,
    site_url: str,
    wanted: Sequence[editions.Edition],
    projects: dict[str, project.Project],
    moved: Ledger,
    as_of: datetime.date,
) -> None:
    for edition in wanted:
        # Of no use below the root: a host serves one 404 page, and the sitemaps are ours.
        for name in ("404.html", "sitemap.xml", "sitemap.xml.gz"):
            (made / edition.name / name).unlink(missing_ok=True)
    pages = {name: project.page_paths(held) for name, held in projects.items()}
    listed = [
        root.Listed(name, locale, page, checked or as_of.isoformat(), translations)
        for name, held in projects.items()
        for locale, page, checked, translations in project.listing(held)
    ]
    here = [new for new in root.redirects(moved) if new.new.split("/")[1] in projects]
    stubs = [*root.aliases(wanted, pages), *here]
    shared = assets.read(home / "overrides" / assets.FOLDER)
    assets.write(shared, made)
    for path, text in root.files(site_url, wanted, stubs, listed, shared.folder).items():
        file = made / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


def _draw_cards(made: Path, projects: dict[str, project.Project], current: str) -> list[Finding]:
    """A card for each page, at `<edition>/cards/<locale>/<page>.png`, as the templates name it."""
    todo: list[tuple[Path, cards.Card]] = []
    findings = []
    for name, held in projects.items():
        for source, locale, page, meta in project.titled(held):
            label = EDITION_LABELS[locale][name != current].format(name)
            card = cards.Card(str(meta.get("title", "")), label, editions.SITE_NAMES[locale])
            todo.append((made / name / "cards" / locale / f"{page}.png", card))
            if lacking := cards.missing_glyphs(card):
                message = f"the social card's font lacks '{lacking}' of the title"
                findings.append(Finding(f"docs/{source}", 1, "card-glyph", message))
    with concurrent.futures.ProcessPoolExecutor() as pool:
        for (path, _), picture in zip(
            todo, pool.map(cards.draw, [card for _, card in todo], chunksize=8), strict=True
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(picture)
    return findings


def _check(
    made: Path,
    site_url: str,
    projects: dict[str, project.Project],
    listed: Ledger,
    moved: Ledger,
    released: Ledger,
    as_of: datetime.date,
    *,
    complete: bool,
) -> list[Finding]:
    # Named as it will be, not by the folder that it is made in.
    site = read_site(made, site_url=site_url, label=made.name)
    sources = {
        address: source
        for name, held in projects.items()
        for address, source in project.sources(held, f"{name}/").items()
    }
    findings = references.check(site, sources=sources)
    for held in projects.values():
        findings += checks.check_sources(held, as_of)
    if complete:  # a part of the editions cannot hold what the ledgers say of all
        pages = {
            name: {page for _, page in project.page_paths(held)} for name, held in projects.items()
        }
        findings += editions.check(listed, pages)
        findings += root.check_redirects(moved, sources)
        old = {redirect.old for redirect in root.redirects(moved)}
        locales = sorted({locale for held in projects.values() for locale in held.locales})
        findings += releases.check(released, pages, old, locales)
    return unique(findings)
