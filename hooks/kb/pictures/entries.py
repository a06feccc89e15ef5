"""The screenshots ledger: what is written of each picture, and which rules it is excused from."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kb.finding import Finding
from kb.ledger import Ledger
from kb.pictures.uses import original, phone_variant

LEDGER = "screenshots"
# A finding with the picture that it is about, from docs/: the ledger may excuse that picture.
About = tuple[str, Finding]
Row = tuple[int, dict[str, Any]]  # an entry with its place in the ledger


class Entry(NamedTuple):
    """A ledger entry for one language: the texts that go with the picture there, its dates."""

    alt: str = ""
    caption: str = ""
    kind: str = ""
    captured: str = ""
    ttl_days: int = 0
    density: float = 1  # pixels of the file that the captured screen had for one of CSS
    shared: bool = False
    frame: str = ""  # the device around it
    cropped: Sequence[str] = ()  # the sides where more of the screen followed


def items(ledger: Ledger) -> Iterable[Row]:
    """The entries with their places in the ledger; none of one that has findings."""
    return enumerate(ledger.sound or ())


def paths(item: Mapping[str, Any], locales: Sequence[str]) -> list[str]:
    """The files of an entry, from docs/."""
    path: str = item["path"]
    return list(dict.fromkeys(path.replace("{locale}", locale) for locale in locales))


def entries(ledger: Ledger, locales: Sequence[str]) -> dict[str, Entry]:
    """The texts of each listed file by its path from docs/.

    Keys are `path` for a file of one language, `path@locale` for a file that languages share.
    """
    found: dict[str, Entry] = {}
    for _, item in items(ledger):
        own = {name: item[name] for name in Entry._fields[2:] if name in item}
        for locale in locales:
            path = item["path"].replace("{locale}", locale)
            key = path if "{locale}" in item["path"] else f"{path}@{locale}"
            found[key] = Entry(*(item[text].get(locale, "") for text in Entry._fields[:2]), **own)
    return found


def entry_of(path: str, locale: str, known: Mapping[str, Entry]) -> Entry | None:
    """The texts for a file as a page of `locale` shows it."""
    return known.get(path) or known.get(f"{path}@{locale}")


def excuse(
    found: Iterable[About], ledger: Ledger, listed: Iterable[Row], locales: Sequence[str]
) -> Iterator[Finding]:
    """The findings but those that entries allow, and each allowance that allows nothing."""
    allowed: dict[tuple[str, str], tuple[int, int]] = {}
    unused: dict[tuple[int, int], str] = {}
    for index, item in listed:
        for at, allowance in enumerate(item.get("allow", ())):
            if rule := allowance.get("rule"):
                unused[index, at] = rule
                allowed |= {(path, rule): (index, at) for path in paths(item, locales)}
    for path, finding in found:
        place = allowed.get((original(path), finding.rule))
        if place is None:
            yield finding
        else:
            unused.pop(place, None)
    for (index, at), rule in unused.items():
        message = f"allows '{rule}', which is not found"
        yield ledger.finding("image-allow-unused", message, index, "allow", at)


def with_phones(paths: Iterable[str], existing: Container[str]) -> list[str]:
    """Those of the paths that exist, each followed by its portrait variant if that exists."""
    return [p for path in paths for p in (path, phone_variant(path)) if p in existing]
