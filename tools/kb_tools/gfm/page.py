"""A tree -> the text of a page, and the proof that it says the same: both are rendered, compared.

A block whose Markdown would not say the same is written as HTML.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any, NamedTuple

import markdown
import turbohtml
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from kb import html
from kb.data import beside
from kb_tools.gfm import writer
from kb_tools.gfm.same import events
from kb_tools.gfm.tree import Site, Tree

_VOID = beside(__file__, "elements.yml")["void"]
_WHOLE = re.compile(r"<(div|table|center|pre|ul|ol|blockquote|details|figure)\b.*</\1>\Z", re.S)
_DEFAULT = ("toc", "tables", "fenced_code")  # which MkDocs adds


class Unit(NamedTuple):
    """A block at the top level, or several that one piece of HTML holds together."""

    tokens: list[Token]
    line: int
    markup: bool  # it is HTML


def renderer(settings: Mapping[str, Any]) -> markdown.Markdown:
    """Python-Markdown as mkdocs.yml sets it up; the ids of headings are given by us."""
    held = settings.get("markdown_extensions") or {}
    listed = held if isinstance(held, list) else [held]
    configs: dict[str, Any] = dict.fromkeys(_DEFAULT)
    for item in listed:
        configs |= item if isinstance(item, dict) else {item: None}
    known = {name: config or {} for name, config in configs.items() if name != "toc"}
    if "pymdownx.superfences" in known:
        del known["fenced_code"]
    return markdown.Markdown(extensions=[*known], extension_configs=known)


class Page:
    """What a tree becomes: its Markdown, and the lines of what is HTML or says something else."""

    def __init__(self, tree: Tree, site: Site, render: markdown.Markdown) -> None:
        self.tree, self.site, self.render = tree, site, render
        units = list(_units(tree.tokens))
        texts = [
            self._html(unit) if unit.markup else writer.blocks(SyntaxTreeNode(unit.tokens).children)
            for unit in units
        ]
        wanted = [events(self._reference(unit)) for unit in units]
        self.text = writer.joined(texts)
        if self._says(self.text) == [each for part in wanted for each in part]:
            return
        noted = bool(units) and units[-1].tokens[0].type == "footnote_block_open"
        notes = noted and self._says(texts[-1]) == wanted[-1]  # else no text may name one
        for at, unit in enumerate(units):
            behind = texts[-1:] if notes and unit is not units[-1] else []
            said, own = self._says("\n\n".join([texts[at], *behind])), len(wanted[at])
            rest = sorted(wanted[-1]) if behind else []
            if unit.markup or (said[:own] == wanted[at] and sorted(said[own:]) == rest):
                continue
            units[at] = unit._replace(markup=True)
            texts[at] = self._html(units[at])
            wanted[at] = events(self._reference(units[at]))
            site.tell("legacy-html", "this has no form in Markdown that says the same", unit.line)
        self.text = writer.joined(texts)
        said, at = self._says(self.text), 0
        for unit, part in zip(units, wanted, strict=True):
            if said[at : at + len(part)] != part:
                told = next((b for a, b in zip(part, said[at:], strict=False) if a != b), "")
                message = f"the page does not say what the post says: {told[:60]!r}"
                site.tell("legacy-differs", message, unit.line)
                return
            at += len(part)

    def _says(self, text: str) -> list[str]:
        try:
            return events(self.render.reset().convert(text))
        except RecursionError:  # of Python-Markdown, at nesting that nobody reads
            return ["nested too deep"]

    def _reference(self, unit: Unit) -> str:
        """What the old generator showed; in HTML, addresses are those of the built page."""
        if not unit.markup:
            return self.tree.html(unit.tokens)
        written = self.tree.html([self._raw(token) for token in unit.tokens])
        return turbohtml.parse_fragment(written).inner_html  # each element that is opened is closed

    def _raw(self, token: Token) -> Token:
        token = copy(token)
        token.children = [self._raw(child) for child in token.children] if token.children else None
        token.attrs = {
            key: self.site.raw(str(value)) if key in ("href", "src") else value
            for key, value in token.attrs.items()
        }
        return token

    def _html(self, unit: Unit) -> str:
        shown = writer.inert(self._reference(unit).strip())
        whole = not shown or shown.startswith("<!--") or _WHOLE.match(shown)
        return shown if whole else f"<div>\n{shown}\n</div>"


def _units(tokens: Sequence[Token]) -> Iterator[Unit]:
    held: list[Token] = []
    level, opened, markup = 0, list[str](), False
    for token in tokens:
        held.append(token)
        level += token.nesting
        if token.type == "html_block":
            markup = True
            for tag in html.tags(token.content):
                if tag.attrs is not None and tag.name not in _VOID:
                    opened.append(tag.name)
                elif tag.attrs is None and tag.name in opened:
                    del opened[len(opened) - 1 - opened[::-1].index(tag.name) :]
        if not level and not opened:
            yield Unit(held, held[0].meta["line"], markup)
            held, markup = [], False
    if held:
        yield Unit(held, held[0].meta["line"], markup)


def head(
    tokens: Sequence[Token], title: str, own: str, slug: Callable[[str], str], taken: Iterable[str]
) -> None:
    """Give each heading an id, and with a title none its level: the title is the only H1."""
    opened = [at for at, token in enumerate(tokens) if token.type == "heading_open"]
    given = (tokens[at].attrs.get("id") for at in opened)
    ids, last = {own, *taken, *given}, Counter[str]()
    deeper = bool(title) and any(tokens[at].tag == "h1" for at in opened)
    for at in opened:
        if "id" not in tokens[at].attrs:
            said = "".join(child.content for child in tokens[at + 1].children or ())
            id_ = shown = slug(said) or "section"
            while id_ in ids:
                last[shown] += 1
                id_ = f"{shown}-{last[shown]}"
            ids.add(id_)
            tokens[at].attrs["id"] = id_
        for token in (tokens[at], tokens[at + 2]):
            token.tag = f"h{min(6, int(token.tag[1]) + deeper)}"
