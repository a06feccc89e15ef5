"""A syntax tree of markdown-it -> Markdown that Python-Markdown reads the same, in explicit forms.

Four blanks of nesting, blank lines around blocks, an id at each heading, what looks like markup
escaped. What has no such form is for the caller to write as HTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from markdown_it.tree import SyntaxTreeNode as Node

from kb.legacy import tags

_RULES = {"center": ":-:", "right": "--:", "left": ":--"}
_LISTS = ("bullet_list", "ordered_list")
APART = "<!-- -->"  # between two lists or two quotations, which would become one
_SPECIAL = re.compile(r"[\\`*\[\]{<]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|=(?==)|!$")
# What the site's own build would look into, in HTML too.
_LIVE = re.compile(r"(?m)^#|\](?=\()|\[(?=\[)|\{(?=[%{#])|`(?=``)|~(?=~~)|\t")
_GROWING = re.compile(r"(?P<quotation>>)|(?P<list>- |\d+\. )")
_START = re.compile(
    r"(?m)^[ ]*(?:(?P<mark>[#>]|[-+](?=\s|$|[-+]))|(?P<number>\d+)(?=[.)](?:\s|$))"
    r"|(?P<other>[=|]|:(?=\s)|~(?=~~)|[!?](?=[!?]{2})))"
)


def blocks(nodes: Iterable[Node], gap: str = "\n\n") -> str:
    """The text of blocks."""
    return joined((_WRITE[node.type](node) for node in nodes), gap)


def joined(texts: Iterable[str], gap: str = "\n\n") -> str:
    """Blocks as one text; what would grow together is kept apart."""
    out, before = list[str](), None
    for text in filter(None, texts):
        found = _GROWING.match(text)
        kind = found.lastgroup if found else None
        out += [APART, text] if kind and kind == before else [text]
        before = kind
    return gap.join(out)


def lines(marked: str) -> str:
    """Text in Markdown of which no line begins another block."""
    return _START.sub(_safe, marked)


def _safe(match: re.Match[str]) -> str:
    if match["number"]:
        return f"{match[0]}\\"
    head = match[0].lstrip()
    return f"\\{head}" if match["mark"] else f"&#{ord(head)};"


def _heading(node: Node) -> str:
    text = re.sub("#(?=#*$)", r"\\#", inline(node.children).replace("\n", " "))
    return f"{'#' * int(node.tag[1])} {text} {{ #{node.attrs['id']} }}"


def _indented(text: str, first: str = "    ") -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *(f"    {line}" if line else "" for line in lines[1:])])


def _list(node: Node) -> str:
    start = int(node.attrs.get("start", 1))
    tight = all(
        child.hidden if child.type == "paragraph" else child.type in _LISTS
        for item in node.children
        for child in item.children
    )
    gap, items = "\n" if tight else "\n\n", []
    for number, item in enumerate(node.children, start):
        marker = "- " if node.type == "bullet_list" else f"{number}. "
        inner = blocks(item.children, gap)
        if not inner or item.children[0].type in _LISTS:  # a list cannot begin behind a mark
            inner = gap.join(filter(None, [APART, inner]))
        items.append(_indented(inner, marker))
    return gap.join(items)


def _quote(node: Node) -> str:
    text = blocks(node.children)
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


def _fence(node: Node) -> str:
    language = re.sub(r"[^\w#.+-]", "", (node.info.split() or [""])[0])
    return "\n".join(tags.fence(language, node.content.removesuffix("\n").split("\n")))


def _note(node: Node) -> str:
    title, *held = node.children
    named = inline(title.children).replace('"', "'")
    head = f'{node.markup} {node.meta["tag"]} "{named}"'
    return f"{head}\n\n{_indented(blocks(held))}".rstrip()


def _table(node: Node) -> str:
    rows = [
        [_cell(cell) for cell in row.children] for part in node.children for row in part.children
    ]
    rules = [
        _RULES.get(str(cell.attrs.get("style", "")).rpartition(":")[2], "---")
        for cell in node.children[0].children[0].children
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], rules, *rows[1:]])


def _cell(node: Node) -> str:
    return re.sub(r"\s*\n\s*", " ", inline(node.children).replace("  \n", "<br>")).replace(
        "|", "\\|"
    )


def _terms(node: Node) -> str:
    parts = [
        "\n" + inline(part.children)
        if part.type == "dt"
        else _indented(blocks(part.children) or APART, ":   ")
        for part in node.children
    ]
    return "\n".join(parts).lstrip("\n")


def _footnote(node: Node) -> str:
    held = blocks(node.children)
    first = " " if node.children and node.children[0].type == "paragraph" else "\n    "
    return _indented(held or APART, f"[^{node.meta['label']}]:{first}")


_WRITE: dict[str, Callable[[Node], str]] = {
    "paragraph": lambda node: lines(inline(node.children)),
    "heading": _heading,
    "bullet_list": _list,
    "ordered_list": _list,
    "blockquote": _quote,
    "fence": _fence,
    "code_block": _fence,
    "admonition": _note,
    "table": _table,
    "footnote_block": lambda node: blocks(node.children),
    "footnote": _footnote,
    "dl": _terms,
    "hr": lambda _: "---",
    "html_block": lambda node: node.content.strip("\n"),
}


def inline(nodes: Sequence[Node]) -> str:
    """The text of a run of inline nodes."""
    return "".join(_SPANS[node.type](node) for node in nodes)


def text(written: str) -> str:
    """Words that Markdown shows as they are."""
    return _SPECIAL.sub(_escaped, written)


def inert(html_: str) -> str:
    """HTML in which nothing is a tag of the old blog, a fact, or Markdown."""
    return _LIVE.sub(lambda mark: f"&#{ord(mark[0])};", html_)


def _escaped(match: re.Match[str]) -> str:
    return {"<": "&lt;", "&": "&amp;", "=": "&#61;"}.get(match[0], f"\\{match[0]}")


def _marked(node: Node, mark: str) -> str:
    inner = inline(node.children)
    bare = mark not in inner.replace("\\*", "")  # else the inner mark would end the outer one
    return f"{mark}{inner}{mark}" if bare else f"<{node.tag}>{inner}</{node.tag}>"


def _code(node: Node) -> str:
    code = node.content
    ticks = "`" * next(n for n in range(1, 99) if not re.search(rf"(?<!`)`{{{n}}}(?!`)", code))
    pad = " " if code[:1] == "`" or code[-1:] == "`" else ""
    return f"{ticks}{pad}{code}{pad}{ticks}"


def _link(node: Node) -> str:
    href, title = str(node.attrs["href"]), str(node.attrs.get("title", ""))
    shown = "".join(child.content for child in node.children)
    if shown == href and re.fullmatch(r"https?://[^\s<>\"&]+", href):
        return f"<{href}>"
    return f"[{inline(node.children)}]({tags.target(href, title)})"


def _image(node: Node) -> str:
    src, title = str(node.attrs["src"]), str(node.attrs.get("title", ""))
    return tags.listed_image(text(node.content), src, title, node.attrs)


_SPANS: dict[str, Callable[[Node], str]] = {
    "inline": lambda node: inline(node.children),
    "text": lambda node: text(node.content),
    "softbreak": lambda _: "\n",
    "hardbreak": lambda _: "  \n",
    "em": lambda node: _marked(node, "*"),
    "strong": lambda node: _marked(node, "**"),
    "s": lambda node: f"<del>{inline(node.children)}</del>",
    "code_inline": _code,
    "link": _link,
    "image": _image,
    "footnote_ref": lambda node: f"[^{node.meta['label']}]",
    "html_inline": lambda node: inert(node.content),
}
