"""The whole hosted site from a clean clone: all editions and languages, checked, swapped in."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from kb import assets, cards, checks, clock, editions, files, pool, project, releases, root
from kb.errors import InputError
from kb.finding import Finding, unique
from kb.ledger import Ledger
from kb.pictures import review
from kb.references import checks as references
from kb.references.site import read_site

# For the social cards: of the current edition, of an archived one.
EDITION_LABELS = {"zh": ("{} 版", "存档版 {}"), "en": ("Edition {}", "Archived edition {}")}
MARK = ".kb-build"  # in a built site: it may be replaced
CARDS = ".cache/cards"  # from the project's folder
SOURCES = frozenset({"docs", "hooks", "overrides", "tests"})


class Built(NamedTuple):
    """A finished build: what is wrong, and how much there was; with errors nothing is replaced."""

    findings: list[Finding]
    pages: int = 0
    editions: int = 0


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
) -> Built:
    """Build the editions (all, or those named) of the project at `home` into the folder `out`.

    `out` is replaced in one step, and only by a site without errors: otherwise the last good one
    stays as it was, and the findings say why. The same sources and `as_of` give the same bytes.
    """
    out = check_target(home, out)
    docs = home / "docs"
    listed = project.read_ledger(docs, editions.LEDGER)
    moved = project.read_ledger(docs, root.REDIRECTS)
    released = project.read_ledger(docs, releases.LEDGER)
    if broken := [*listed.findings, *moved.findings, *released.findings]:
        return Built(unique(broken))
    if not listed.data:
        raise InputError(f"{listed.path} names no edition: nothing was built")
    every = editions.read(listed)
    wanted = [edition for edition in every if not names or edition.name in names]
    projects = {edition.name: project.read(docs, edition.name) for edition in wanted}
    with files.beside(out) as made:
        files.put(made, MARK, "`kb build` made this folder, and replaces it as a whole.\n")
        _run_builders(home, made, site_url, wanted, as_of, progress)
        _write_root(home, made, site_url, wanted, projects, moved, as_of)
        progress("drawing the social cards")
        findings = _draw_cards(home, made, projects, every[0].name)
        progress("checking the whole site")
        complete = wanted == list(every)
        findings += _check(
            made, site_url, projects, listed, moved, released, as_of, complete=complete
        )
        findings = unique([*findings, *review.check(home, as_of)])
        if not any(finding.severity == "error" for finding in findings):
            files.exchange(made, out)
    pages = sum(len(project.page_paths(held)) for held in projects.values())
    return Built(findings, pages, len(projects))


def check_target(home: Path, out: Path) -> Path:
    """The folder that `out` leads to, if it may be replaced as a whole; else InputError.

    Whatever is neither missing nor empty nor marked as an earlier build belongs to somebody.
    """
    if "~" in out.parts:
        raise InputError(f"{out}: no shell has replaced the '~'")
    real, root = Path(os.path.realpath(out)), Path(os.path.realpath(home))
    top = real.relative_to(root).parts[0] if real != root and real.is_relative_to(root) else ""
    if root.is_relative_to(real):
        why = "the project lies in it"
    elif top in SOURCES or top.startswith("."):
        why = f"{top}/ is a folder of the project's own"
    elif not all(each.is_dir() for each in (real, *real.parents) if each.exists()):
        why = "it is no folder, or lies in none"
    elif real.is_dir() and any(real.iterdir()) and not (real / MARK).is_file():
        why = "it is not empty, and no earlier build by its mark; empty it or name another"
    else:
        return real
    raise InputError(f"{out} is not replaced: {why}")


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
            files.drop(made, f"{edition.name}/{name}")
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
        files.put(made, path, text)


def _draw_cards(
    home: Path, made: Path, projects: dict[str, project.Project], current: str
) -> list[Finding]:
    """A card for each page, at `<edition>/cards/<locale>/<page>.png`, as the templates name it."""
    wanted: dict[str, cards.Card] = {}
    findings = []
    for name, held in projects.items():
        for source, locale, page, meta in project.titled(held):
            label = EDITION_LABELS[locale][name != current].format(name)
            card = cards.Card(str(meta.get("title", "")), label, editions.SITE_NAMES[locale])
            wanted[f"{name}/cards/{locale}/{page}.png"] = card
            if lacking := cards.missing_glyphs(card):
                message = f"the social card's font lacks '{lacking}' of the title"
                findings.append(Finding(f"docs/{source}", 1, "card-glyph", message))
    pictures = _pictures(home / CARDS, set(wanted.values()))
    for path, card in wanted.items():
        files.put(made, path, pictures[card])
    return findings


def _pictures(cache: Path, wanted: Collection[cards.Card]) -> dict[cards.Card, bytes]:
    """The cards as pictures, each drawn once and kept."""
    places = {card: cache / cards.key(card) for card in wanted}
    held = {card: files.recall(place) for card, place in places.items()}
    known = {card: picture for card, picture in held.items() if picture is not None}
    new = [card for card in places if card not in known]
    for card, picture in (pair for some in pool.spread(_drawn, new, 16) for pair in some):
        files.remember(places[card], picture)
        known[card] = picture
    return known


def _drawn(some: Sequence[cards.Card]) -> list[tuple[cards.Card, bytes]]:
    return [(card, cards.draw(card)) for card in some]


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
