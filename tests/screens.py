"""Draws screens of made-up applications with planted private data, as devices show them."""

from __future__ import annotations

import hashlib
import io
import random
import string
from collections.abc import Iterator
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

SANS = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
NAMES = ("张三丰", "李雷", "欧阳娜娜", "John Appleseed", "Maria Garcia")
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class Device(NamedTuple):
    """A screen: its pixels, how many of them a point has, the text size in points."""

    name: str
    width: int
    height: int
    scale: float
    text: int


DEVICES = (
    Device("iPhone", 1170, 2532, 3, 15),
    Device("Android", 1080, 2340, 2.75, 14),
    Device("fine desk", 2880, 1800, 2, 14),
    Device("desk", 1440, 900, 1, 15),
    Device("dense desk", 1280, 800, 1, 13),
)
THEMES = {"light": ("#ffffff", "#1f2933", "#6b7785"), "dark": ("#17191c", "#e8eaed", "#9aa0a6")}


class Plant(NamedTuple):
    """A private text and how a screen labels it."""

    kind: str
    label: str
    text: str


def _luhn(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 if place % 2 else 2)
        total += doubled - 9 if doubled > 9 else doubled
    return digits + str(-total % 10)


def _grouped(text: str, size: int) -> str:
    return " ".join(text[at : at + size] for at in range(0, len(text), size))


def _id_card(rng: random.Random) -> str:
    born = f"{rng.randint(1955, 2005)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    body = f"{rng.choice(['110105', '310101', '440305'])}{born}{rng.randint(1, 999):03}"
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


def _pick(rng: random.Random, alphabet: str, count: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(count))


def plants(rng: random.Random) -> list[Plant]:
    """One of each kind and way of writing."""
    letters, digits = string.ascii_letters + string.digits, string.digits
    card = _luhn("4" + _pick(rng, digits, 14))
    union = _luhn("62" + _pick(rng, digits, 16))
    word, other = (_pick(rng, string.ascii_lowercase, 6) for _ in range(2))
    area, line = f"7{_pick(rng, digits, 2)}", _pick(rng, digits, 4)
    return [
        Plant("e-mail address", "邮箱", f"{word}.{other}@gmail.com"),
        Plant("e-mail address", "Signed in as", f"{word}{rng.randint(10, 99)}@mail.qq.com"),
        Plant("phone number", "手机号", f"1{rng.choice('3578')}{_pick(rng, digits, 9)}"),
        Plant("phone number", "手机", f"+86 139 {_pick(rng, digits, 4)} {_pick(rng, digits, 4)}"),
        Plant("phone number", "Phone", f"+1 (415) {area}-{line}"),
        Plant("card number", "Card number", _grouped(card, 4)),
        Plant("card number", "银行卡号", _grouped(union, 4)),
        Plant("ID-card number", "身份证号", _id_card(rng)),
        Plant("listed name", "姓名", NAMES[rng.randrange(3)]),
        Plant("listed name", "Card holder", NAMES[rng.randrange(3, 5)]),
        Plant("wallet address", "USDT (TRC20)", "T" + _pick(rng, BASE58, 33)),
        Plant("wallet address", "ETH", "0x" + _pick(rng, "0123456789abcdefABCDEF", 40)),
        Plant("wallet address", "BTC", "bc1q" + _pick(rng, "023456789acdefghjklmnpqrstuvwxyz", 38)),
        Plant("API key", "API key", "sk-" + _pick(rng, letters, 32)),
        Plant("API key", "Token", "ghp_" + _pick(rng, letters, 36)),
        Plant("code", "邀请码", _pick(rng, "ABCDEFGHJKLMNPQRSTUVWXYZ", 5) + rng.choice("23456789")),
        Plant("code", "Invitation code", rng.choice("ABCDEFGH") + _pick(rng, "234567", 3) + "KX"),
        Plant("code", "验证码", _pick(rng, "3456789", 6)),
        Plant("security code", "CVV", _pick(rng, digits, 3)),
    ]  # fmt: skip


class Screen(NamedTuple):
    """A drawn screen and what is planted in it."""

    name: str
    png: bytes
    planted: list[Plant]


def screens(seed: int) -> Iterator[Screen]:
    """A screen of each device and theme."""
    for device in DEVICES:
        for theme in THEMES:
            name = f"{device.name}, {theme}"
            held = plants(random.Random(hashlib.sha256(f"{name}{seed}".encode()).digest()))
            yield Screen(name, draw(device, theme, held), held)


def draw(device: Device, theme: str, rows: list[Plant]) -> bytes:
    """A settings page: a title, then each label with its value beside or below it."""
    paper, ink, muted = THEMES[theme]
    image = Image.new("RGB", (device.width, device.height), paper)
    pen = ImageDraw.Draw(image)
    size = round(device.text * device.scale)
    font = ImageFont.truetype(SANS, size)
    large = ImageFont.truetype(SANS, round(1.4 * size))
    pen.text((size, size), "账户与支付  Account", font=large, fill=ink)
    top = round(3.6 * size)
    step = (device.height - top - size) // len(rows)
    tall = device.height > device.width
    for plant in rows:
        pen.line((size, top - size // 2, device.width - size, top - size // 2), fill=muted)
        if tall:
            pen.text((size, top), plant.label, font=font, fill=muted)
            pen.text((size, top + round(1.35 * size)), plant.text, font=font, fill=ink)
        else:
            pen.text((size, top), plant.label, font=font, fill=muted)
            pen.text((14 * size, top), plant.text, font=font, fill=ink)
        top += step
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()
