"""Lines of text read from a picture -> what in them looks private, by private.yml.

A reader of pictures mistakes letters, drops blanks and adds some: the patterns allow for that, and
checksums keep them from seeing numbers where there are none. What is masked (`138****80`) is fine.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from kb.data import beside

CODE = "▦ "  # begins a line that is the content of a QR or bar code
_ALIKE = str.maketrans("OoIl|SB", "0011158")
# Between a label and its value, and around a value that stands alone.
_BETWEEN = re.compile(r"[\s:：=#.()（）·-]*(?:(?:为|是|is|are)[\s:：]*)?", re.I)
_NEAR = 2  # lines below its label in which a value stands


class Hit(NamedTuple):
    """A private text: what it is, and as it was read, without blanks."""

    kind: str
    text: str


class Kind(NamedTuple):
    """A row of private.yml, which explains the fields."""

    kind: str
    pattern: re.Pattern[str]
    label: re.Pattern[str] | None
    code: bool
    below: int
    every: bool
    check: Callable[[str], str]
    nobody: list[re.Pattern[str]]

    def value(self, match: re.Match[str]) -> str:
        """What was matched, without blanks; "" where it is nobody's."""
        read = match[match.re.groups and 1]
        text = re.sub(r"\s", "", read).replace("。", ".")
        none = any(each.fullmatch(form) for each in self.nobody for form in (read, text))
        return "" if none else self.check(text)


@cache
def kinds() -> tuple[Kind, ...]:
    """The kinds of private.yml, the exact ones first."""
    return tuple(
        Kind(
            row["kind"],
            re.compile(row["pattern"]),
            re.compile(row["label"]) if "label" in row else None,
            row.get("code", False),
            row.get("below", _NEAR),
            row.get("all", False),
            _CHECKS[row["check"]] if "check" in row else str,
            [re.compile(each) for each in row.get("not", ())],
        )
        for row in beside(__file__)
    )


def find(lines: Sequence[str], names: Iterable[str] = ()) -> list[Hit]:
    """Everything in the lines that looks private, each once."""
    clean = [unicodedata.normalize("NFKC", line) for line in lines]
    words = [line for line in clean if not line.startswith(CODE)]
    found = [hit for line in [*words, *_joined(words)] for hit in _in_line(line)]
    found += _named(words, names)
    found += (hit for kind in kinds() if kind.label for hit in _labelled(words, kind))
    for line in lines:
        if line.startswith(CODE):
            found += _in_code(line.removeprefix(CODE))
    return _once(found)


def _in_line(line: str) -> Iterator[Hit]:
    for kind in kinds():
        if kind.label is None and not kind.code:
            for match in kind.pattern.finditer(line):
                if value := kind.value(match):
                    yield Hit(kind.kind, value)
                    line = line[: match.start()] + "#" * len(match[0]) + line[match.end() :]


def _labelled(lines: Sequence[str], kind: Kind) -> Iterator[Hit]:
    """A value behind its label, or alone on a line below: elsewhere it looks like any word."""
    assert kind.label
    for at, line in enumerate(lines):
        for label in kind.label.finditer(line):
            rest = line[_BETWEEN.match(line, label.end()).end() :]  # type: ignore[union-attr]
            below = lines[at + 1 : at + 1 + kind.below]
            if rest[-1:].isdigit() and below and re.fullmatch(r"\d{1,3}", below[0]):
                rest += below[0]  # it was too long for its line
            match = kind.pattern.match(rest)
            found = [match] if match and not re.match(r"[\w*]", rest[match.end() :]) else []
            found += filter(None, (kind.pattern.fullmatch(_bare(each)) for each in below))
            hits = [
                Hit(kind.kind, value)
                for each in found
                if (value := kind.value(each)) and not _is_label(each[0])
            ]
            yield from hits if kind.every else hits[:1]


def _is_label(text: str) -> bool:
    """Whether what stands below a label is the next one."""
    return any(kind.label.match(text) for kind in kinds() if kind.label)


def _bare(line: str) -> str:
    return _BETWEEN.sub("", line, count=1).strip()


def _joined(lines: Sequence[str]) -> Iterator[str]:
    """Long addresses and keys are wrapped: a line of one long word goes on in the next one."""
    for one, other in pairwise(lines):
        if re.fullmatch(r"\S{14,}", one) and re.fullmatch(r"(?=\S*\d)\S{2,}", other):
            yield one + other


def _in_code(content: str) -> list[Hit]:
    """What a bar code holds, by what its content begins with, or else by the words in it."""
    first = next((kind for kind in kinds() if kind.code and kind.pattern.match(content)), None)
    return [Hit(first.kind, content)] if first else list(_in_line(content))


# --- checks: a value without blanks -> it, as it is told; "" for none ----------------------------


def card(text: str) -> str:
    """The number of a payment card: length, first digit, Luhn's sum."""
    digits = _digits(text)
    if not 13 <= len(digits) <= 19 or digits[0] not in "23456" or len(set(digits)) < 3:
        return ""
    doubled = (int(d) * 2 if i % 2 else int(d) for i, d in enumerate(reversed(digits)))
    return "" if sum(n - 9 if n > 9 else n for n in doubled) % 10 else digits


def id_card(text: str) -> str:
    """A Chinese ID-card number: a true birthday and a true check character."""
    number = _digits(text[:-1]) + text[-1:].translate(_ALIKE)
    if not re.fullmatch(r"[1-9]\d{16}[\dXx]", number):
        return ""
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return ""
    total = sum(int(digit) * (2 ** (17 - i) % 11) for i, digit in enumerate(number[:17]))
    true = 1900 <= born.year <= 2100 and "10X98765432"[total % 11] == number[17].upper()
    return number if true else ""


def _digits(text: str) -> str:
    """The digits of a number in groups, misread letters put right; "" where most are letters."""
    plain = text.replace("-", "")
    some = sum(map(str.isdigit, plain)) >= 0.7 * len(plain)
    return plain.translate(_ALIKE) if some else ""


def iban(text: str) -> str:
    """The number of a bank account: ISO 13616's remainder."""
    turned = "".join(str(int(char, 36)) for char in text[4:] + text[:4])
    return text if int(turned) % 97 == 1 and 15 <= len(text) <= 34 else ""


def public_ip(text: str) -> str:
    """An address of somebody's connection: none of a home network, of documents, of tests."""
    try:
        return text if ipaddress.ip_address(text).is_global else ""
    except ValueError:
        return ""


def mixed(text: str) -> str:
    """Letters of both cases and digits that stand so mixed that no word or path does so."""
    digits, small, large = (
        sum(map(test, text)) for test in (str.isdigit, str.islower, str.isupper)
    )
    fits = min(small, large) >= 3 and (digits >= 3 or min(small, large) >= 8)
    return text if fits else ""


def base32(text: str) -> str:
    """A shared secret: of one case, and with digits or of many capitals."""
    one_case = text == text.upper() or text == text.lower()
    return text if one_case and (re.search(r"[2-7]", text) or text.isupper()) else ""


def no_sentence(text: str) -> str:
    """Words in no order: none is one of those that sentences are made with."""
    glue = re.compile(r"(?:the|and|you|your|will|with|that|this|where|keep|never|from|for|not)")
    return "" if len(glue.findall(text)) > 1 else text


def odd_amount(text: str) -> str:
    """An amount that nobody makes up: with cents, or from a thousand on."""
    value = float(text.replace(",", ""))
    year = re.fullmatch(r"(?:19|20)\d\d", text)
    return text if not year and (value % 1 or value >= 1000) else ""


_CHECKS: dict[str, Callable[[str], str]] = {
    each.__name__: each
    for each in (card, id_card, iban, public_ip, mixed, base32, no_sentence, odd_amount)
}


# --- names ---------------------------------------------------------------------------------------


def _named(lines: Sequence[str], names: Iterable[str]) -> Iterator[Hit]:
    for name in names:
        wanted = re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).casefold()
        if any(_holds(line, wanted) for line in lines):
            yield Hit("listed name", name)


def _holds(line: str, wanted: str) -> bool:
    if not wanted.isascii():
        return wanted in re.sub(r"\s", "", line).casefold()
    # Blanks may be lost: a Latin name must at least begin and end where words could.
    words = re.findall(r"[a-z]+", line.casefold())
    return any(
        "".join(words[start:end]) == wanted
        for start in range(len(words))
        for end in range(start + 1, min(len(words), start + 4) + 1)
    )


def _once(found: Iterable[Hit]) -> list[Hit]:
    kept: dict[str, Hit] = {}
    for hit in found:  # the more exact kinds come first
        if not any(hit.text in held for held in kept):
            kept[hit.text] = hit
    return list(kept.values())
