"""Patterns and blocks are tried only where they may be: what comes out is as before."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown import Markdown
from mkdocs.config import load_config

from conftest import ROOT
from kb.text.page import Page
from kb.tries import BLOCKS, EXTENSION, SIGNS

MARKS = st.sampled_from(
    [*"a中`*_[]()!<>&;=+^:#/@\\\n~{}\"'|-.", "http://", "www.", "x@y.z", "[^1]"]
)
INDENTS = st.sampled_from(["", "", "", " ", "   ", "    ", "     ", "        ", "\t"])
OPENINGS = st.sampled_from(
    """
a ;; 一 ;; !!! note ;; ???+ note "x" ;; === "One" ;; # a ;; ## b {#c} ;; === ;; --- ;; - - -
_ _ _
*** ;; 1. a ;; ２. b ;; 3) c ;; - a ;; * b ;; + c ;; - [x] a ;; : a ;; > a ;; > - b ;; [^1]: a
[a]: b
*[a]: b ;; [a][] ;; ~~~ ;; ``` ;; <div markdown="1"> ;; </div> ;; <p> ;; <!-- a --> ;; &nbsp;
| ;; a | b ;; |-| ;; --|-- ;; | a |""".replace("\n", " ;; ").split(" ;; ")
)
ENDS = st.sampled_from(["\n", "\n", "\n\n", "\n\n\n", "  \n", ""])


def made(*more: object) -> Markdown:
    """Markdown as the guide is written in."""
    held = load_config(str(ROOT / "mkdocs.yml"), plugins=[], hooks=[])
    extensions = [*held["markdown_extensions"], *more]
    return Markdown(extensions=extensions, extension_configs=held["mdx_configs"])


@given(st.lists(MARKS, max_size=30).map("".join))
@settings(deadline=None, derandomize=True)
def test_a_text_with_a_match_of_a_pattern_has_its_sign(text: str) -> None:
    for name, pattern in PATTERNS.items():
        if pattern.search(text):
            assert name not in SIGNS or any(sign in text for sign in SIGNS[name]), name


def test_each_sign_is_of_a_pattern_that_is_used() -> None:
    assert SIGNS.keys() <= PATTERNS.keys()
    assert BLOCKS.keys() <= PLAIN.parser.blockprocessors._data.keys()
    signs = {sign for listed in SIGNS.values() for sign in listed}
    assert len({sign[0] for sign in signs}) == len(signs)


@given(st.lists(MARKS, max_size=40).map("".join))
@settings(deadline=None, derandomize=True)
def test_any_text_becomes_what_the_library_makes_of_it(text: str) -> None:
    assert QUICK.reset().convert(text) == PLAIN.reset().convert(text)


@given(st.lists(st.tuples(INDENTS, OPENINGS, MARKS, ENDS).map("".join), max_size=12).map("".join))
@settings(deadline=None, derandomize=True)
def test_any_blocks_become_what_the_library_makes_of_them(text: str) -> None:
    assert QUICK.reset().convert(text) == PLAIN.reset().convert(text)


def test_all_pages_become_what_the_library_makes_of_them() -> None:
    pages = sorted((ROOT / "docs").glob("20*/*/**/*.md"))
    assert len(pages) > 50
    for path in pages:
        body = Page(path.relative_to(ROOT / "docs").as_posix(), path.read_text("utf-8")).body
        assert QUICK.reset().convert(body) == PLAIN.reset().convert(body), path


PLAIN, QUICK = made(), made(EXTENSION)
PATTERNS = {
    name: pattern.getCompiledRegExp() for name, pattern in PLAIN.inlinePatterns._data.items()
}
