"""All checks in one call each: the sources, an edition that was built alone, the whole project."""

import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path

from kb import editions, releases, root, search, successors, words
from kb.drawings import checks as drawings
from kb.facts import checks as facts
from kb.facts.entries import LEDGER as FACTS
from kb.finding import Finding, unique
from kb.kept import NONE, Memo, key
from kb.ledger import Ledger, walk
from kb.legacy import checks as legacy
from kb.legacy.convert import links
from kb.markup import exceptions as markup
from kb.pictures import checks as pictures
from kb.pictures import fresh, theme
from kb.pictures.entries import LEDGER as PICTURES
from kb.project import GUIDE, LEDGERS, Project
from kb.references import checks as references
from kb.references.site import read_site
from kb.text import checks as texts
from kb.text.page import Page
from kb.translations import checks as translations
from kb.translations import glossary, language, stamps
from kb.web import exceptions, referral


def check_sources(project: Project, today: datetime.date, memo: Memo = NONE) -> list[Finding]:
    """What can be said without building; `memo` knows what was found of the same texts before."""
    # As hooks/legacy_tags.py obeys it.
    ignored = dict(walk(project.settings)).get(("extra", "kb", "legacy", "ignore"))
    names = [str(name) for name in ignored] if isinstance(ignored, list) else []
    tags = legacy.check({*project.pages.values(), *project.written}, names)
    return unique([*_sources(project, today, memo), *tags])


def unbuildable(project: Project) -> list[Finding]:
    """What keeps MkDocs from building: it would stop at it without naming the place, or wait."""
    found = project.faults
    for page in project.pages.values():
        found += references.malformed(page.file, links(page))
    return [finding for finding in found if finding.severity == "error"]


def check_edition(
    project: Project, site: Path, site_url: str, today: datetime.date, label: str = ""
) -> list[Finding]:
    """The sources of an edition and the site that it was built into alone, which is called `label`.

    Not the tags of the old blog: the hook that converts them has told of them.
    """
    graph = read_site(site, site_url=site_url, label=label)
    (edition,) = project.names or ("",)
    # Of other editions there are the sources alone.
    ignore = [rf"^(?:\.\./)+{name}/" for name in project.unread]
    built = references.check(graph, sources=project.sources(edition), ignore=ignore).findings
    return unique([*built, *_sources(project, today, NONE)])  # whose words are those that stay


def _sources(project: Project, today: datetime.date, memo: Memo) -> Iterator[Finding]:
    pages, held = project.pages, project.ledger
    locales, default = project.editions.locales, project.editions.default
    yield from project.faults
    if not default:
        return
    whole, ways = project.names == project.editions.names, project.successors
    every = {**pages, **project.guide}
    yield from successors.check(held(editions.LEDGER), ways)
    known = exceptions.entries(held(exceptions.LEDGER))
    yield from referral.check({}, project.ledgers.values(), known)
    terms, spelt = held(glossary.LEDGER), held(language.LEDGER)
    same = key(known, terms.sound, spelt.sound)
    for page in every.values():
        yield from memo.of((same, page.file, page.text), list, _alone(page, known, terms, spelt))
    yield from texts.snippets(project.written, pages.values())
    if whole:
        yield from language.unused(every.values(), spelt)
    late = [*markup.status(held(markup.LEDGER), today), *fresh.status(held(PICTURES), today)]
    yield from (due.finding for due in late)
    yield from project.paths.check(project.written)
    yield from translations.check(pages, locales)
    # GitHub, where contributors read their guide, would show ids as text.
    guide = translations.check(project.guide, locales)
    yield from (found for found in guide if found.rule != "heading-id")
    yield from translations.check_meta(every, default)
    for _, stamped, texts_of in pairs(project):
        names = glossary.names(terms, locales)
        yield from translations.check_pairs(stamped, texts_of, names, memo)
    named = {mention.id for page in project.every.values() for mention in page.mentions}
    for edition in project.names:
        here, tended = project.of(edition), edition == project.editions.current
        for folder in (f"{edition}/{locale}" for locale in locales):
            yield from search.check(held(f"{folder}/{search.ASKED}"), folder, here)
        values, shown = project.own(edition, FACTS), project.own(edition, PICTURES)
        yield from facts.check(values, here, locales, named if tended else None, today, memo)
        if tended:
            yield from facts.ageing(held(facts.AGEING), here, memo)
        yield from pictures.check(*project.shown_by(edition), shown, locales)
    yield from _shared(project)
    if whole:  # a part cannot hold what the ledgers say of all
        yield from _addresses(project, ways)


def _alone(
    page: Page, known: Sequence[exceptions.Entry], terms: Ledger, spelt: Ledger
) -> Iterator[Finding]:
    """What is said of a page, whatever other pages say."""
    yield from texts.check([page])
    yield from glossary.check(page, glossary.terms(terms, page.locale))
    yield from language.check(page, spelt)
    if page.edition != GUIDE:
        yield from referral.check({page.path: page}, (), known)
        yield from references.malformed(page.file, links(page))


def _addresses(project: Project, ways: successors.Successors) -> Iterator[Finding]:
    """Redirects that lead nowhere, and addresses that readers know and that lead nowhere."""
    known = project.editions
    moved, released, listed = map(
        project.ledger, (root.REDIRECTS, releases.LEDGER, editions.LEDGER)
    )
    if moved.findings or released.findings or listed.findings:  # that is told
        return
    pages = [address for name in project.names for address in project.sources(name, f"{name}/")]
    served = {stub.old for stub in (*root.redirects(moved), *root.aliases(known, released, ways))}
    served |= {f"/{address}" for _, address in releases.old_feeds(released, known)}
    yield from root.check_redirects(moved, pages)
    published = releases.published(known, project.listed)
    yield from releases.check(released, published, served, known)


def pairs(project: Project) -> Iterator[tuple[str, Ledger, list[stamps.Pair]]]:
    """The texts that must say the same, of editions, guide, ledgers, frame, with their stamps."""
    default, locales = project.editions.default, project.editions.locales
    for edition in project.names:
        known = project.ledger(f"{edition}/{stamps.LEDGER}")
        yield edition, known, list(stamps.of_pages(project.of(edition), default))
    if project.guide:
        known = project.ledger(f"{GUIDE}/{stamps.LEDGER}")
        yield GUIDE, known, list(stamps.of_pages(project.guide, default, whole=True))
    held = [project.ledger(name) for name in (FACTS, PICTURES, glossary.LEDGER)]
    held += project.drawings.values()
    texts_of = [p for each in held for p in stamps.of_ledger(each, default, locales)]
    yield LEDGERS, project.ledger(stamps.LEDGER), texts_of
    if locales and (own := words.stamped(project.home)):
        said = {locale: words.read(locale) for locale in locales}
        yield words.RECORD, own, list(stamps.of_files(said, "words"))


def _shared(project: Project) -> Iterator[Finding]:
    """What editions share: the records of captures, drawings, the pictures of the theme."""
    listed, locales = project.ledger(PICTURES), project.editions.locales
    archived = [project.own(edition, PICTURES) for edition in project.editions.names[1:]]
    if not listed.findings:  # else that is told, and not all that follows from it
        digests = {path: file.digest for path, file in project.pictures.items()}
        captured, drawn = map(project.ledger, ("captures.lock", "drawings.lock"))
        for held in (listed, *archived) if not captured.findings else ():
            yield from fresh.check_lock(digests, held, locales, captured.data or {})
        digests = {f"docs/{path}": digest for path, digest in digests.items()}
        # The pictures of an edition that was not read are judged when it is.
        unread = tuple(f"docs/{name}/" for name in project.unread)
        known = (drawn.sound or {}).items()
        digests |= {path: each["png"] for path, each in known if path.startswith(unread)}
        kept = project.kept_drawings
        yield from drawings.check(project.drawings, listed, drawn, locales, digests, kept)
        for held in archived:
            yield from drawings.check_kept(held, drawn, locales, digests)
        recorded = [(captured, "image-undated", "docs/"), (drawn, "drawing-stale", "")]
        for lock, rule, prefix in () if unread else recorded:
            for path in lock.sound or ():
                if prefix + path not in digests:
                    yield lock.finding(rule, f"'{path}' is recorded and does not exist", path)
    yield from theme.check(project.theme)
