"""The whole hosted site from a clean clone: all editions and languages, checked, swapped in."""

import contextlib
import datetime
import json
import os
import re
import runpy
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from kb import assets, cards, checks, clock, files, kept, offline, pool, releases, root, words
from kb.editions import TOGETHER, Editions, page_address
from kb.facts import data, entries
from kb.facts.prose import Place
from kb.finding import Finding, InputError, unique
from kb.project import Project
from kb.references import checks as references
from kb.references.site import read_site

MARK = ".kb-build"  # in a built site: it may be replaced
BUILDERS = ("mkdocs", "properdocs")  # alike: the first, or the one that $KB_BUILDER names
CARDS = f"{kept.FOLDER}/cards"  # from the project's folder
RESULT = f"{kept.FOLDER}/last"
READ = f"{kept.FOLDER}/read"
CHECKED = f"{kept.FOLDER}/checked"
ZIPS = f"{kept.FOLDER}/zips"
SOURCES = frozenset({"docs", "hooks", "overrides", "tests", "tools"})


class Built(NamedTuple):
    """A finished build: what is wrong, and how much there was; with errors nothing is replaced."""

    findings: list[Finding]
    pages: int = 0
    editions: int = 0


class BuildError(RuntimeError):
    """A build that could not be made; the message is what the builder said."""


def build(
    project: Project,
    out: Path,
    site_url: str,
    *,
    as_of: datetime.date,
    progress: Callable[[str], object],
    sources: str = "",
) -> Built:
    """Build the editions of a project that were read into the folder `out`.

    `out` is replaced in one step, and only by a site without errors: otherwise the last good one
    stays as it was, and the findings say why. The same sources and `as_of` give the same bytes:
    if `out` has what was made of them already, it stays, too. `sources` is what `kept.made_of`
    gave before they were read.
    """
    home = project.home
    out = check_target(home, out)
    key = repr((sources, site_url, project.names, as_of.isoformat()))
    if sources and (known := _known(home / RESULT, key, out, project)):
        return known
    editions = project.editions._replace(
        every=tuple(edition for edition in project.editions.every if edition.name in project.names)
    )
    if checks.unbuildable(project):  # the other checks are told with it
        return Built(checks.check_sources(project, as_of))
    with files.beside(out) as made:
        files.put(made, MARK, "`kb build` made this folder, and replaces it as a whole.\n")
        with _builders(home, made, site_url, editions, as_of) as wait:
            progress("building " + ", ".join(editions.names))
            # A builder empties the folder that it fills.
            shelf = made.with_name(f"{made.name}.cards")
            findings = _cards(project, shelf)  # meanwhile, on another processor
            memo = kept.Memo(home / CHECKED)
            findings += checks.check_sources(project, as_of, memo)
            for page in project.every.values():
                page.forget()
            wait()
        files.merge(shelf, made)
        _write_root(made, site_url, project, editions, as_of)
        _pack(made, site_url, editions, home / ZIPS)
        progress("checking the whole site")
        findings = unique([*_check(made, site_url, project, memo), *findings])
        memo.keep()
        if not any(finding.severity == "error" for finding in findings):
            files.exchange(made, out)
            if sources == kept.made_of(home):  # nobody saved anything meanwhile
                held = {"key": key, "files": kept.manifest(out), "findings": findings}
                files.remember(home / RESULT, json.dumps(held, default=vars).encode())
    return Built(findings, len(project.pages), len(project.names))


def _known(place: Path, key: str, out: Path, project: Project) -> Built | None:
    """The result of the last build if it was of the same, and still lies in `out` as it was."""
    held = json.loads(files.recall(place) or "{}")
    if held.get("key") != key or held["files"] != kept.manifest(out):
        return None
    findings = [Finding(**each) for each in held["findings"]]
    return Built(findings, len(project.pages), len(project.names))


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


def chosen() -> str:
    """The builder to be used, or InputError."""
    builder = os.environ.get("KB_BUILDER", BUILDERS[0])
    if builder not in BUILDERS:
        raise InputError(f"$KB_BUILDER: no builder '{builder}'; there are: {', '.join(BUILDERS)}")
    return builder


@contextlib.contextmanager
def _builders(
    home: Path, made: Path, site_url: str, editions: Editions, as_of: datetime.date
) -> Iterator[Callable[[], None]]:
    """Build the editions at the same time, each by a process of its own; gives how to wait."""
    builder = chosen()
    midnight = datetime.datetime.combine(as_of, datetime.time(), datetime.UTC)
    environment = {
        **os.environ,
        clock.VARIABLE: as_of.isoformat(),
        # Link to these editions; the checks come once, at the end.
        TOGETHER: ",".join(editions.names),
        "NO_MKDOCS_2_WARNING": "1",
        "SOURCE_DATE_EPOCH": str(int(midnight.timestamp())),
        "TZ": "UTC",
    }
    # A forked one has read the project already; not one whose hooks may lie here otherwise.
    own = (home / "hooks").resolve() == kept.CODE.resolve()
    context = get_context("fork" if own and pool.may_fork() else "spawn")
    running = []
    for edition in editions.every:
        # With `--quiet`, `--strict` would see no warning.
        command = [builder, "build", "--strict"]
        command += ["-f", edition.config, "-d", str(made / edition.name)]
        given = {**environment, "SITE_URL": f"{site_url}{edition.name}/"}
        said = made.with_name(f"{edition.name}.said")
        process = context.Process(target=_run, args=(command, home, given, said))  # type: ignore[attr-defined]
        process.start()
        running.append((edition, process, said))

    def wait() -> None:
        for edition, process, said in running:
            process.join()
            if process.exitcode:
                lines = said.read_text("utf-8").splitlines() if said.exists() else []
                told = "\n".join(line for line in lines if not line.startswith("INFO "))
                raise BuildError(f"edition {edition.name} was not built:\n{told}")

    try:
        yield wait
    finally:  # all are waited for before any failure is told: none writes on behind our back
        for _, process, _ in running:
            process.join()


def _run(command: list[str], home: Path, environment: Mapping[str, str], said: Path) -> None:
    """Be `python -m` a builder, in a process of its own."""
    pool.begin()
    sys.stdout = sys.stderr = said.open("w", encoding="utf-8")
    for stream in (1, 2):
        os.dup2(sys.stdout.fileno(), stream)
    os.chdir(home)
    os.environ.update(environment)
    time.tzset()
    sys.argv = command
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)


def _write_root(
    made: Path, site_url: str, project: Project, editions: Editions, as_of: datetime.date
) -> None:
    for name in project.names:
        # Of no use below the root: a host serves one 404 page, and the sitemaps are ours.
        for file in ("404.html", "sitemap.xml", "sitemap.xml.gz"):
            files.drop(made, f"{name}/{file}")
    listed = [
        root.Listed(
            page.edition,
            page.locale,
            page.name,
            str(page.meta.get("checked") or as_of.isoformat()),
            tuple(held for held in editions.locales if page.sibling(held) in project.pages),
            str(page.meta.get("title", "")),
            str(page.meta.get("description", "")),
        )
        for page in project.pages.values()
    ]
    moved = root.redirects(project.ledger(root.REDIRECTS))
    here = [new for new in moved if new.new.split("/")[1] in project.names]
    released = project.ledger(releases.LEDGER)
    stubs = [*root.aliases(editions, released, project.successors), *here]
    shared = assets.read(project.home / "overrides" / assets.FOLDER)
    assets.write(shared, made)
    for path, text in root.files(site_url, editions, stubs, listed, shared.folder).items():
        files.put(made, path, text)
    facts, known = entries.read(project.ledger(entries.LEDGER)), project.editions
    own = releases.feeds(known)
    old = releases.old_feeds(released, editions)
    below = [each for each in old if each[1].partition("/")[0] in project.names]
    for locale, address in [*own.items(), *below]:
        home = Place(known.current, "index", locale, known.default)
        files.put(made, address, data.feed(facts, home, site_url, own[locale]))


def _pack(made: Path, site_url: str, editions: Editions, cache: Path) -> None:
    """A zip of each language of each edition, at the address that the foot of its pages names."""
    names = [(edition, locale) for edition in editions.names for locale in editions.locales]

    def work(some: Sequence[tuple[str, str]]) -> None:
        for edition, locale in some:
            home = f"{edition}/{page_address('index', locale, editions.default)}"
            others = [f"{edition}/{other}/" for other in editions.locales if other != locale]
            packed = offline.pack(made, home, others, site_url, cache / f"{edition}-{locale}")
            files.put(made, offline.name(edition, locale), packed)

    list(pool.spread(work, names, 2))


def _cards(project: Project, site: Path) -> list[Finding]:
    """Draw a card for each page, at the place in a site that the templates name."""
    wanted: dict[str, cards.Card] = {}
    findings = []
    sites = {language.locale: language.site_name for language in project.editions.languages}
    for page in project.pages.values():
        age = "current" if page.edition == project.editions.current else "archived"
        label = words.of(page.locale)(f"card.{age}", page.edition)
        title = str(page.meta.get("title", ""))
        card = cards.Card(title, label, sites[page.locale])
        wanted[f"{page.edition}/cards/{page.locale}/{page.name}.png"] = card
        if lacking := cards.missing_glyphs(card):
            message = f"the social card's font lacks '{lacking}' of the title"
            findings.append(Finding(page.file, page.front.line("title"), "card-glyph", message))
    pictures = _pictures(project.home / CARDS, set(wanted.values()))
    for path, card in wanted.items():
        files.put(site, path, pictures[card])
    return findings


def _pictures(cache: Path, wanted: Collection[cards.Card]) -> dict[cards.Card, bytes]:
    """The cards as pictures, each drawn once and kept."""
    memo, draw = kept.Memo(cache), lambda some: [*map(cards.draw, some)]
    drawn = memo.each({card: card for card in wanted}, lambda new: pool.spread(draw, new, 16))
    memo.keep()
    return drawn


def _check(made: Path, site_url: str, project: Project, memo: kept.Memo) -> list[Finding]:
    # Named as it will be, not by the folder that it is made in.
    site = read_site(made, site_url=site_url, label=made.name, memo=memo)
    sources = {
        address: source
        for name in project.names
        for address, source in project.sources(name, f"{name}/").items()
    }
    # A part of the site leads to the rest of it, in its feeds for one.
    ends = [rf"{re.escape(name)}/" for name in project.unread]
    ignore = [rf"^(?:{re.escape(site_url)}|(?:\.\./)+){end}" for end in ends]
    return references.check(site, sources=sources, ignore=ignore).findings
