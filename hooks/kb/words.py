"""The words that the build puts on pages: one file per locale, `words/<locale>.yml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from textwrap import indent
from typing import Any

from kb import files, ledger
from kb.editions import SETTINGS, Language
from kb.errors import InputError
from kb.finding import Finding

RECORD = "interface"  # what an archived edition calls its words
FOLDER = Path(__file__).with_suffix("")


class Words:
    """The words of a locale by their key: `words("facts.due", "2026-11-23")`."""

    def __init__(self, held: Mapping[str, str]) -> None:
        self.held = held

    def __call__(self, key: str, /, *values: object, **named: object) -> str:
        """A word, its braces filled where values are given. An unknown key is a bug: KeyError."""
        word = self.held[key]
        return word.format(*values, **named) if values or named else word


@cache
def of(locale: str) -> Words:
    """The words of a locale that `check` finds nothing wrong with."""
    return Words({**_read(locale)[0], **dict(_flat(_kept.get(locale), ""))})


_kept: dict[str, Any] = {}  # by locale: a process builds one edition


def keep(record: Mapping[str, Any]) -> None:
    """From now on the words that an archived edition kept come before those of today."""
    _kept.clear()
    _kept.update(record)
    of.cache_clear()


def text() -> str:
    """All words as the record that an edition keeps."""
    found = ((locale, files.read_text(FOLDER / f"{locale}.yml")) for locale in locales())
    return "".join(f"{locale}:\n{indent(held, '  ')}" for locale, held in found)


def locales() -> list[str]:
    """The locales that have words, whether a site is built in them or not."""
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


def check(language: Language) -> Iterator[Finding]:
    """What keeps a site from being built in a language: no words of it, or not all of them."""
    held, findings = _read(language.locale)
    yield from findings
    lacking = sorted({key for locale in locales() for key in _read(locale)[0]} - held.keys())
    if lacking and not findings:
        message = f"the words of '{language.locale}' lack {', '.join(lacking[:3])}"
        more = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
        hint = f"{_shown(language.locale)} has the keys of the files beside it"
        yield Finding(SETTINGS, language.line, "locale-unknown", message + more, hint)


@cache
def _read(locale: str) -> tuple[Mapping[str, str], tuple[Finding, ...]]:
    path = FOLDER / f"{locale}.yml"
    if not path.exists():
        return {}, ()
    try:
        found = ledger.load(files.read_text(path, FOLDER), _shown(locale), rule="locale-unknown")
    except InputError as error:
        return {}, (Finding(_shown(locale), 1, "locale-unknown", str(error)),)
    return dict(_flat(found.data, "")), found.findings


def _shown(locale: str) -> str:
    return f"hooks/kb/{FOLDER.name}/{locale}.yml"


def _flat(held: Any, above: str) -> Iterator[tuple[str, str]]:
    """`{facts: {due: …}}` as `facts.due`."""
    for key, value in held.items() if isinstance(held, dict) else ():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        elif isinstance(value, str | int):
            yield above + key, str(value)
