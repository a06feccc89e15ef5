"""A page of an edition begun, moved, or taken into another, with all that names it, as one step."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from kb import checks, files, nearest, releases
from kb.editions import Edition, page_address
from kb.finding import InputError
from kb.project import GUIDE, LEDGERS, Project
from kb.text.page import SNIPPETS, Page
from kb.translations import stamps
from kb_tools import stamp, writing

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*(?:/[a-z0-9][a-z0-9-]*)*")
_ENTRY = re.compile(r"(?m)^(?=- name: )")
_SUCCESSOR = re.compile(r"(?m)^    (?P<old>[^\s:]+): (?P<new>.*)$")


class Plan(NamedTuple):
    """What is written and removed, by paths from the project, and what a person has to look at."""

    texts: dict[str, str]
    removed: list[str]
    notes: list[str]

    def commit(self, project: Project) -> None:
        """Do it, as one step."""
        change = writing.Change(project.home)
        for path, text in self.texts.items():
            change.write(path, text)
        for path in self.removed:
            change.remove(path)
        change.commit()


class _Texts:
    """Texts of the project that are being changed."""

    def __init__(self, project: Project) -> None:
        self.home = project.home
        self.changed: dict[str, str] = {}

    def edit(self, path: str, change: Callable[[str], str]) -> None:
        """Change a file, if it is there."""
        if path in self.changed or (self.home / path).exists():
            old = self.changed.get(path) or files.read_text(self.home / path, self.home)
            if (new := change(old)) != old:
                self.changed[path] = new

    def sub(self, path: str, pattern: str, new: str) -> None:
        """Replace a pattern, whose `^` and `$` are those of lines."""
        self.edit(path, lambda text: re.sub(pattern, new, text, flags=re.MULTILINE))


def begin(project: Project, edition: Edition, name: str, after: str) -> Plan:
    """A page in every language, its words marked as unfinished, behind another in the contents."""
    _free(project, edition, name)
    _known(project, edition, after)
    texts, last = _Texts(project), name.rpartition("/")[2]
    for locale in project.editions.locales:
        head = f"---\ntitle: TODO {last}\ndescription: TODO\n---\n"
        texts.changed[f"docs/{edition.name}/{locale}/{name}.md"] = (
            f"{head}\n# TODO {last} {{ #{last} }}\n"
        )
    nav = rf"^(\s+- (?:[^:\n]+: )?){re.escape(after)}\.md$"
    texts.edit(
        edition.config,
        lambda text: re.sub(nav, rf"\g<0>\n\g<1>{name}.md", text, flags=re.MULTILINE),
    )
    notes = [
        f"{path}: write its title, description and text" for path in texts.changed if ".md" in path
    ]
    return Plan(texts.changed, [], [*notes, "then: `kb stamp`, `kb release`"])


def move(project: Project, edition: Edition, old: str, new: str) -> Plan:
    """A page under another name."""
    _known(project, edition, old)
    _free(project, edition, new)
    return _replace(project, edition, old, new, merged=False)


def merge(project: Project, edition: Edition, old: str, new: str) -> Plan:
    """A page taken away; what led to it leads to another, which took over."""
    _known(project, edition, old)
    _known(project, edition, new)
    if old == new:
        raise InputError(f"'{old}' cannot take over from itself")
    return _replace(project, edition, old, new, merged=True)


def _known(project: Project, edition: Edition, name: str) -> None:
    names = sorted(project.listed[edition.name])
    if name not in names:
        hint = nearest.hint(name, names)
        raise InputError(f"edition {edition.name} has no page '{name}'" + (hint and f"; {hint}"))


def _free(project: Project, edition: Edition, name: str) -> None:
    if not _NAME.fullmatch(name) or name.startswith(SNIPPETS):
        raise InputError(f"'{name}' is no name of a page, like start/plans")
    if name in project.listed[edition.name]:
        raise InputError(f"edition {edition.name} has a page '{name}' already")


def _replace(project: Project, edition: Edition, old: str, new: str, *, merged: bool) -> Plan:
    texts, known, quoted = _Texts(project), project.editions, re.escape(old)
    removed, notes = [], []
    led = re.compile(rf"(?P<home>{edition.name}/[^/]+)/{quoted}\.md")
    for page in (*project.written, *project.guide.values()):
        here = led.sub(rf"\g<home>/{new}.md", page.path)
        if here != page.path:
            removed.append(page.file)
        if here == page.path or not merged:
            text = _relinked(page, here, led, new, merged=merged)
            if text != page.text or here != page.path:
                texts.changed[f"docs/{here}"] = text
    line = rf"^(\s+- (?:[^:\n]+: )?){quoted}\.md\n"
    texts.sub(edition.config, line, "" if merged else rf"\g<1>{new}.md\n")
    was, now = (page_address(name, known.default, known.default) for name in (old, new))
    texts.sub(edition.config, rf"(?<=[\s{{:]){re.escape(was)}(?=[\s,}}])", now)
    for path in (f"{locale}/asked" for locale in known.locales):
        if merged:
            notes.append(f"docs/{edition.name}/{path}.yml: its phrases for '{old}', now of no page")
        texts.sub(f"docs/{edition.name}/{path}.yml", rf"^{quoted}:", f"{old if merged else new}:")
    _stamp(project, edition, texts, removed, "" if merged else new, old)
    texts.sub(f"docs/{LEDGERS}/markup.yml", rf"(?<=page: {edition.name}/){quoted}$", new)
    if edition.name == known.current:
        texts.sub(f"docs/{LEDGERS}/ageing.yml", rf"(?<=page: ){quoted}$", new)
    for path, ledger in project.ledgers.items():
        if path.endswith("facts") and not ledger.findings:
            lines = {
                ledger.line("facts", index, "was", "at")
                for index, fact in enumerate(ledger.data["facts"])
                if fact.get("was", {}).get("edition") == edition.name
                and fact["was"]["at"].partition("#")[0] == old
            }
            texts.edit(ledger.path, lambda text, lines=lines: _at(text, lines, old, new))  # type: ignore[misc]
    texts.edit(
        f"docs/{LEDGERS}/editions.yml",
        lambda text: _succeeded(text, project, edition, old, new, merged),
    )
    texts.edit(
        f"docs/{LEDGERS}/redirects.yml", lambda text: _redirected(text, project, edition, old, new)
    )
    return Plan(texts.changed, removed, [*notes, "then: `kb check`, `kb release`"])


def _stamp(
    project: Project, edition: Edition, texts: _Texts, removed: Iterable[str], new: str, old: str
) -> None:
    """What said the same in every language still does: links and names changed in each alike."""
    written = (*project.written, *project.guide.values())
    every = {page.path: page for page in written if page.file not in removed}
    new_texts = {p[len("docs/") :]: t for p, t in texts.changed.items() if p.endswith(".md")}
    every |= {path: Page(path, text) for path, text in new_texts.items()}
    pages = (page for page in every.values() if not page.name.startswith(SNIPPETS))
    now = {page.path: page.including(every) for page in pages}
    changed = {path.split("/")[0] for path in new_texts}
    guide = {path: page for path, page in now.items() if page.edition == GUIDE}
    new_pairs = checks.pairs(project._replace(pages=now, guide=guide))
    after = {room: pairs for room, _, pairs in new_pairs}
    for room, held, pairs in checks.pairs(project):
        if held.findings or room not in changed:
            continue

        def key(told: str, moved: bool = room == edition.name) -> str:
            locale, _, name = told.partition("/")
            return f"{locale}/{new}" if moved and name == old and new else told

        alike = [
            (key(state.pair.key), state.pair.id)
            for state in stamps.states(held, pairs)
            if not any(state.changed)
        ]
        moved = held._replace(data={key(told): entry for told, entry in (held.data or {}).items()})
        texts.changed[held.path] = stamp.record(moved, after[room], alike)


def _at(text: str, lines: Iterable[int], old: str, new: str) -> str:
    split = text.split("\n")
    for line in lines:
        split[line - 1] = split[line - 1].replace(f"at: {old}", f"at: {new}")
    return "\n".join(split)


def _relinked(page: Page, here: str, led: re.Pattern[str], new: str, *, merged: bool) -> str:
    """A page's text with its links from where it lies now, to where what was `led` to is now."""
    text, before, after = page.text, posixpath.dirname(page.path), posixpath.dirname(here)
    for target in {link.target for link in page.links}:
        parts = urlsplit(target) if "[" not in target else None
        if not parts or parts.scheme or parts.netloc or not parts.path or parts.path[0] == "/":
            continue
        inside = posixpath.normpath(posixpath.join(before, unquote(parts.path)))
        match = led.fullmatch(inside)
        if not match and before == after:
            continue
        path = posixpath.relpath(f"{match['home']}/{new}.md" if match else inside, after)
        mark = f"#{parts.fragment}" if parts.fragment and not (match and merged) else ""
        text = retarget(text, target, path + mark)
    return text


def retarget(text: str, target: str, new: str) -> str:
    """A text whose links to `target` lead to another address."""
    written = rf"(?<=[(<\"'\s]){re.escape(target)}(?=[)>\"'\s]|\Z)"
    return re.sub(written, new.replace("\\", r"\\"), text)


def _succeeded(
    text: str, project: Project, edition: Edition, old: str, new: str, merged: bool
) -> str:
    """The editions ledger with the page under its new name, on both sides of each arrow."""
    names, listed = project.editions.names, project.listed
    at = names.index(edition.name)
    older = names[at + 1] if at + 1 < len(names) else ""

    def named(spot: str) -> str:
        page, mark, id_ = spot.partition("#")
        return spot if page != old else new if merged else new + mark + id_

    def mapped(match: re.Match[str]) -> str:
        targets = [named(spot) for spot in re.findall(r"[^\s,\[\]]+", match["new"])]
        listed_ = ", ".join(dict.fromkeys(targets))
        written = f"[{listed_}]" if match["new"].startswith("[") and len(targets) != 1 else listed_
        return f"    {match['old']}: {written}"

    entries = _ENTRY.split(text)
    for index, entry in enumerate(entries):
        if entry.startswith(f"- name: {edition.name}\n"):
            own = (
                rf"(?m)^    {re.escape(old)}(?:#\S+)?:.*\n"
                if merged
                else rf"(?m)^    {re.escape(old)}(?=[#:])"
            )
            entry = re.sub(own, "" if merged else f"    {new}", entry)
            if at and not merged and old in listed[names[at - 1]] and f"    {new}: " not in entry:
                entry = _with(entry, new, old)
        elif older and entry.startswith(f"- name: {older}\n"):
            entry = _SUCCESSOR.sub(mapped, entry)
            if old in listed[older] and f"    {old}: " not in entry:
                entry = _with(entry, old, new)
        entries[index] = entry
    return "".join(entries)


def _with(entry: str, old: str, new: str) -> str:
    head = "" if "  successors:\n" in entry else "  successors:\n"
    return (
        f"{entry.rstrip()}\n{head}    {old}: {new}\n"
        if head
        else entry.replace("  successors:\n", f"  successors:\n    {old}: {new}\n", 1)
    )


def _redirected(text: str, project: Project, edition: Edition, old: str, new: str) -> str:
    """The redirects with one from each address that readers know."""
    known = project.editions
    released = project.ledger(releases.LEDGER).data or {}
    added = []
    for locale in known.locales:
        was, now = (page_address(name, locale, known.default) for name in (old, new))
        text = re.sub(rf"(?m)(?<=to: /{edition.name}/){re.escape(was)}(?=$|#)", now, text)
        for name in (edition.name, *edition.aliases):
            text = re.sub(rf"(?m)^- from: /{name}/{re.escape(now)}\n(?:  .*\n)*", "", text)
            if old in released.get(name, ()):
                added.append(
                    f"- from: /{name}/{was}\n  to: /{edition.name}/{now}\n"
                    f"  reason: the page '{old}' became '{new}'\n"
                )
    return ("" if text.strip() == "[]" else text) + "".join(added)
