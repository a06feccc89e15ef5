"""Python-Markdown tries each inline pattern on each text: here, where its characters are in it.

What comes out is the same. On our pages four of five tries are saved, a fifth of the time.
"""

from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import InlineProcessor
from markdown.util import AtomicString

from kb.data import beside

# What a text with a match of a pattern has in it; a pattern of another name is always tried.
SIGNS = {name: sign for sign, names in beside(__file__).items() for name in names}


class _Inline(InlineProcessor):
    """The library's own, but for the loop over the patterns."""

    def run(self, tree: Any, ancestors: list[str] | None = None) -> Any:
        every: Any = self.inlinePatterns
        named = {each: name for name, each in every._data.items()}
        self._patterns = [(each, SIGNS.get(named[each], "")) for each in every]
        return super().run(tree, ancestors)

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:
        start, at, count = 0, patternIndex, len(self._patterns)
        apply = self._InlineProcessor__applyPattern  # type: ignore[attr-defined]
        while at < count and not isinstance(data, AtomicString):
            pattern, sign = self._patterns[at]
            matched = False
            if sign in data:
                data, matched, start = apply(pattern, data, at, start)
            if not matched:
                at, start = at + 1, 0
        return data


class _Extension(Extension):
    def extendMarkdown(self, md: Markdown) -> None:
        """Take the place of the library's treeprocessor."""
        md.treeprocessors.register(_Inline(md), "inline", 20)


EXTENSION = _Extension()
