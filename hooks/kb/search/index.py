"""The index that browsers load: made, and asked, by the very engine that reads it there."""

import functools
import hashlib
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import opencc

from kb import files, kept
from kb.finding import Finding

FOLDER = "search"  # below a language's root
TOGETHER = 400_000  # bytes of sections up to which all but texts is one file, then of 100 KiB
ENGINE = "overrides/assets/search/worker/1-engine.js"  # from the project's folder
_SCRIPTS = (Path(__file__).parents[3] / ENGINE, Path(__file__).with_name("build.js"))
_ENGINE = Path(__file__).with_name("engine.py")
_HAN = re.compile(r"[\u3400-\u9fff]{2,}")
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_MISSPELT = str.maketrans("帐", "账")  # so common that the two are one


class Index(NamedTuple):
    """Files by path from a language's root; `lost` are pages with what does not find them."""

    files: Mapping[str, str]
    lost: Sequence[tuple[str, str]]


def make(
    sections: Sequence[Mapping[str, Any]],
    synonyms: Sequence[Sequence[str]],
    cache: Path | None = None,
) -> Index:
    """The index of a language: its sections page by page, and groups of phrases of one meaning.

    Its folder is named by its content, so a host may let browsers keep it for ever. What the same
    code made of the same before comes from the file `cache`.
    """
    memo = kept.Memo(cache)
    code = [files.read_text(path) for path in _SCRIPTS]
    told = given(sections, synonyms, memo)
    made = json.loads(memo.of((code, told), _call, told))
    memo.keep()
    folder = hashlib.sha256(json.dumps(made["files"]).encode()).hexdigest()[:8]
    content = {f"{folder}/{name}": data for name, data in made["files"].items()}
    return Index(
        {
            f"{FOLDER}/{path}.js": f"kbIndex({json.dumps(path)},{_compact(data)})\n"
            for path, data in {"index": folder, **content}.items()
        },
        [(page, question) for page, question in made["lost"]],
    )


def given(
    sections: Sequence[Mapping[str, Any]],
    synonyms: Sequence[Sequence[str]],
    memo: kept.Memo = kept.NONE,
) -> dict[str, Any]:
    """What an index is made of, as build.js takes it."""
    texts = json.dumps([sections, synonyms], ensure_ascii=False)
    titles = "\n".join(section["title"] for section in sections)
    return {
        "docs": sections,
        "synonyms": synonyms,
        "traditional": traditional(texts),
        "pinyin": memo.of(titles, spoken, titles),
        "together": len(texts.encode("utf-8", "replace")) <= TOGETHER,
    }


def check(index: Index, sources: Mapping[str, str]) -> list[Finding]:
    """The pages that the finished index does not find by what is in them; `sources`: by address."""
    hint = "the search is broken: see what its engine makes of these words"
    return [
        Finding(sources[page], 1, "search-lost", f"'{question}' does not find this page", hint)
        for page, question in index.lost
    ]


def spoken(titles: str) -> str:
    """The syllables of Chinese titles, each before its characters: `kuan款tui退推`."""
    said, runs = defaultdict(set), set(_HAN.findall(titles))
    if runs:
        from pypinyin import lazy_pinyin  # costs 0.1 s, and most builds have the titles of the last
    for run in runs:
        for char, syllable in zip(run, lazy_pinyin(run), strict=True):
            said[syllable].add(char)
    return "".join(syllable + "".join(sorted(said[syllable])) for syllable in sorted(said))


def traditional(texts: str) -> str:
    """The traditional characters that one may type for those of the texts, each before its own."""
    forms = _simplified()
    held = {forms.get(char, char) for char in set(texts)}
    return "".join(char + plain for char, plain in forms.items() if plain in held)


@functools.cache
def _simplified() -> dict[str, str]:
    every = [chr(code) for code in range(0x3400, 0xA000)]
    plain = opencc.OpenCC("t2s").convert("\n".join(every)).translate(_MISSPELT).split("\n")
    return {char: form for char, form in zip(every, plain, strict=True) if char != form}


def _call(told: Mapping[str, Any]) -> str:
    command = [sys.executable, "-P", "-X", "utf8", *map(str, (_ENGINE, *_SCRIPTS))]
    # Escaped, Chinese takes twice as much, of all texts at once.
    texts = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
    return subprocess.run(command, input=texts, stdout=-1, check=True).stdout.decode()
