"""The words that the build puts on pages: one file per locale, `words/<locale>.yml`."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from textwrap import indent
from typing import Any

from kb import files, ledger
from kb.editions import SETTINGS, Language
from kb.finding import Finding, InputError
from kb.ledger import Ledger

RECORD = "interface"  # what an archived edition calls its words
FOLDER = Path(__file__).with_suffix("")
STAMPS = "translations.lock"


class Words(dict[str, str]):
    """The words of a locale by their key: `words("facts.due", "2026-11-23")`."""

    __hash__ = object.__hash__  # type: ignore[assignment]  # they never change

    def __call__(self, key: str, /, *values: object, **named: object) -> str:
        """A word, its braces filled where values are given. An unknown key is a bug: KeyError."""
        word = self[key]
        return word.format(*values, **named) if values or named else word


@cache
def of(locale: str) -> Words:
    """The words of a locale that `check` finds nothing wrong with."""
    return Words(_flat(read(locale).data) | _flat(_kept.get(locale)))


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
    held = read(language.locale)
    yield from held.findings
    every = {key for locale in locales() for key in _flat(read(locale).data)}
    lacking = sorted(every - _flat(held.data).keys())
    if lacking and not held.findings:
        message = f"the words of '{language.locale}' lack {', '.join(lacking[:3])}"
        more = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
        hint = f"{_shown(language.locale)}.yml has the keys of the files beside it"
        yield Finding(SETTINGS, language.line, "locale-unknown", message + more, hint)


@cache
def read(locale: str) -> Ledger:
    """The file of a locale's words, with their lines; EMPTY where there is none."""
    return _load(f"{locale}.yml") if (FOLDER / f"{locale}.yml").exists() else ledger.EMPTY


def stamped(home: Path) -> Ledger | None:
    """The stamps of the words; None where these are not of the project at `home`."""
    ours = FOLDER.resolve() == (home / _shown("")).resolve()
    return _load(STAMPS, "translations") if ours else None


def _load(name: str, schema: str = "") -> Ledger:
    rule = "ledger-schema" if schema else "locale-unknown"
    try:
        return ledger.load(files.read_text(FOLDER / name, FOLDER), _shown(name), schema, rule=rule)
    except InputError as error:
        return Ledger(_shown(name), findings=(Finding(_shown(name), 1, rule, str(error)),))


def _shown(name: str) -> str:
    return f"hooks/kb/{FOLDER.name}/{name}"


def _flat(data: Any) -> dict[str, str]:
    """`{facts: {due: …}}` as `facts.due`."""
    return {
        ".".join(map(str, key)): str(value)
        for key, value in ledger.walk(data)
        if isinstance(value, str | int)
    }
