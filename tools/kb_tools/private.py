"""Lines of text read from a picture -> what in them looks private.

A reader of pictures mistakes letters, drops blanks and adds some: the patterns allow for that, and
checksums keep them from seeing numbers where there are none. What is masked (`138****80`) is fine.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice, pairwise
from typing import NamedTuple


class Hit(NamedTuple):
    """A private text: what it is, and as it was read, without blanks."""

    kind: str
    text: str


_MAIL = re.compile(
    r"([\w.%+-]+ ?@ ?[A-Za-z0-9-]+(?: ?\. ?[A-Za-z0-9-]+)* ?[.。] ?[A-Za-z]{2,12})(?!\w)"
)
_RESERVED = re.compile(
    r"@(?:.*\.)?(?:example\.(?:com|org|net|cn)|.*\.(?:example|test|invalid))$", re.I
)
# Digits with the letters that readers take them for, in groups.
_DIGITS = re.compile(r"(?<![\w.*-])(?:[0-9OoIlSB|][ -]{0,2}){13,19}[Xx]?(?![\w*])")
_ALIKE = str.maketrans("OoIl|SB", "0011158")
_TEST_CARDS = frozenset({"4242424242424242", "4111111111111111", "5555555555554444"})
_MOBILE = re.compile(r"(?<![\d*+.])(?:\+? ?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![\d*])")
_ABROAD = re.compile(r"\+ ?[1-9]\d{0,2}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){6,12}(?![\d*])")
_AMERICAN = re.compile(r"(?<![\d*])\(\d{3}\) ?\d{3} ?- ?\d{4}(?![\d*])")
_FICTION = re.compile(r"(?:555-?01\d\d|13800138000)$")
_KEYS = re.compile(
    r"(?<![\w-])(?:sk ?[-_] ?(?:[a-z]{2,8}[-_] ?)?[A-Za-z0-9_-]{16,}|(?:AKIA|ASIA)[0-9A-Z]{14,18}"
    r"|gh[pousr] ?_ ?[A-Za-z0-9]{20,}|github_pat_\w{20,}|AIza[\w-]{30,}|xox[abpr]-[\w-]{10,}"
    r"|eyJ[\w-]{10,}\.[\w-]{10,})"
)
_WALLETS = re.compile(
    r"(?<!\w)(?:[0OQ][xX×] ?[0-9a-fA-FOolIS]{36,42}|bc1[0-9a-z]{25,62}"
    r"|[13T][1-9A-Za-z0]{25,34})(?!\w)"
)
_TOKEN = re.compile(r"(?<![\w/.-])[A-Za-z0-9_-]{24,}(?![\w/.])")
_CODE_LABEL = re.compile(
    r"邀请码|推荐码|兑换码|激活码|优惠码|验证码|备份密钥|密钥"
    r"|(?:invit\w*|referr?al|redeem\w*|activation|verification|gift(?: ?card)?|promo|backup|invite)"
    r" ?(?:code|key)",
    re.I,
)
_CODE = re.compile(r"(?<![\w.])(?=[A-Z0-9-]*\d)[A-Z0-9]{4,20}(?:-[A-Z0-9]{3,8}){0,4}(?![\w.])")
_PLAIN_CODES = re.compile(r"(?:19|20)\d\d|(?:TRC|ERC|BEP)-?\d+|USD[TC]?\d+|\d{1,2}-\d{1,2}")
_CVV_LABEL = re.compile(r"\bC(?:VV?|VC|W)2?\b|安全码", re.I)  # CVV is read as CV or CW
_CVV = re.compile(r"[:：\s]*(\d{3,4})\s*")
_NEAR = 2  # lines below its label in which a code stands


def find(lines: Sequence[str], names: Iterable[str] = ()) -> list[Hit]:
    """Everything in the lines that looks private, each once."""
    clean = [unicodedata.normalize("NFKC", line) for line in lines]
    found: list[Hit] = []
    for line in [*clean, *_joined(clean)]:
        found += _in_line(line)
    found += _codes(clean)
    found += _named(clean, names)
    return _once(found)


def _in_line(line: str) -> Iterator[Hit]:
    for match in _MAIL.finditer(line):
        mail = _solid(match[1]).replace("。", ".")
        if not _RESERVED.search(mail):
            yield Hit("e-mail address", mail)
    numbers = list(_numbers(line))
    yield from numbers
    rest = line
    for hit in numbers:
        rest = _without(rest, hit.text)
    for pattern in (_MOBILE, _ABROAD, _AMERICAN):
        for match in pattern.finditer(rest):
            if not _FICTION.search(_solid(match[0])):
                yield Hit("phone number", _solid(match[0]))
    for match in _KEYS.finditer(line):
        yield Hit("API key", _solid(match[0]))
    for match in _WALLETS.finditer(line):
        if match[0][1:2] in "xX×" or match[0].startswith("bc1") or _mixed(match[0]):
            yield Hit("wallet address", _solid(match[0]))
    for match in _TOKEN.finditer(line):
        if _mixed(match[0]):
            yield Hit("key or address", match[0])


def _numbers(line: str) -> Iterator[Hit]:
    for match in _DIGITS.finditer(line):
        digits = re.sub(r"[ -]", "", match[0])
        if sum(char.isdigit() for char in digits) < 0.7 * len(digits):
            continue
        plain = digits.translate(_ALIKE)
        if is_id_card(plain):
            yield Hit("ID-card number", plain)
        elif plain.isdigit() and is_card(plain) and plain not in _TEST_CARDS:
            yield Hit("card number", plain)


def is_card(digits: str) -> bool:
    """Whether digits can be the number of a payment card: length, first digit, Luhn's sum."""
    if not 13 <= len(digits) <= 19 or digits[0] not in "23456" or len(set(digits)) < 3:
        return False
    doubled = (int(d) * 2 if i % 2 else int(d) for i, d in enumerate(reversed(digits)))
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def is_id_card(text: str) -> bool:
    """Whether a text is a Chinese ID-card number: a true birthday and a true check character."""
    if not re.fullmatch(r"[1-9]\d{16}[\dXx]", text):
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * (2 ** (17 - i) % 11) for i, digit in enumerate(text[:17]))
    return 1900 <= born.year <= 2100 and "10X98765432"[total % 11] == text[17].upper()


def _mixed(text: str) -> bool:
    """Whether letters of both cases and digits stand so mixed that no word or path does so."""
    digits = sum(char.isdigit() for char in text)
    small = sum(char.islower() for char in text)
    large = sum(char.isupper() for char in text)
    return min(small, large) >= 3 and (digits >= 3 or min(small, large) >= 8)


def _joined(lines: Sequence[str]) -> Iterator[str]:
    """Long addresses and keys are wrapped: a line of one long word goes on in the next one."""
    for one, other in pairwise(lines):
        if re.fullmatch(r"\S{14,}", one) and re.fullmatch(r"(?=\S*\d)\S{2,}", other):
            yield one + other


def _codes(lines: Sequence[str]) -> Iterator[Hit]:
    """Codes count only near a label that says so: elsewhere they look like any abbreviation."""
    for kind, label, code in (
        ("code", _CODE_LABEL, _first_code),
        ("security code", _CVV_LABEL, _security_code),
    ):
        for at, line in enumerate(lines):
            if match := label.search(line):
                below = lines[at + 1 : at + 1 + _NEAR]
                found = filter(None, map(code, (line[match.end() :], *below)))
                yield from (Hit(kind, text) for text in islice(found, 1))


def _security_code(text: str) -> str:
    match = _CVV.fullmatch(text)
    return match[1] if match else ""


def _first_code(text: str) -> str:
    codes = (match[0] for match in _CODE.finditer(text))
    return next((code for code in codes if not _PLAIN_CODES.fullmatch(code)), "")


def _named(lines: Sequence[str], names: Iterable[str]) -> Iterator[Hit]:
    for name in names:
        wanted = _solid(unicodedata.normalize("NFKC", name)).casefold()
        if any(_holds(line, wanted) for line in lines):
            yield Hit("listed name", name)


def _holds(line: str, wanted: str) -> bool:
    text = _solid(line).casefold()
    if not wanted.isascii():
        return wanted in text
    # Blanks may be lost: a Latin name must at least begin and end where words could.
    words = re.findall(r"[a-z]+", line.casefold())
    return any(
        "".join(words[start:end]) == wanted
        for start in range(len(words))
        for end in range(start + 1, min(len(words), start + 4) + 1)
    )


def _solid(text: str) -> str:
    return re.sub(r"\s", "", text)


def _without(line: str, digits: str) -> str:
    """A line without a number that is already told, so that no part of it counts as another."""
    return re.sub(r"[ -]{0,2}".join(map(re.escape, digits)), "#", line)


def _once(found: Iterable[Hit]) -> list[Hit]:
    kept: dict[str, Hit] = {}
    for hit in found:  # the more exact kinds come first
        if not any(hit.text in held for held in kept):
            kept[hit.text] = hit
    return list(kept.values())
