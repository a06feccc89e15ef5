"""Private data in the pixels: pictures are read by a model, and what it reads is looked through.

The reader is optional (the dependency group `ocr`); its models lie in its package, nothing is
downloaded. What a picture says is kept by content hash.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from PIL import Image

from kb.files import read_bytes, recall, remember
from kb.finding import Finding, InputError
from kb.ledger import Ledger
from kb.pictures import entries as ledgers
from kb.pictures import probe
from kb.pictures.probe import File
from kb.pictures.uses import original
from kb_tools import private

CACHE = ".cache/ocr.json"  # from the project's folder
# Goods bear EAN and UPC; the others are of parcels, tickets and people.
_CODES = "QRCode,MicroQRCode,Aztec,DataMatrix,PDF417,Code128,Code39,Code93,ITF,Codabar"
Reader = Callable[[bytes], list[str]]  # a picture's bytes -> its lines, from the top


class Box(NamedTuple):
    """A text in a picture and where it stands."""

    text: str
    left: float
    right: float
    top: float
    bottom: float


def reader() -> Reader:
    """The reader of the package rapidocr."""
    try:
        rapidocr = importlib.import_module("rapidocr")  # 200 MB of libraries and models
    except ImportError as error:
        raise InputError("reading pictures needs the package rapidocr: `make ocr`") from error
    engine = rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,  # no screen stands on its head
            "Global.max_side_len": 2600,  # a phone's screen as it is: scaled, small text blurs
        }
    )

    def words(image: Image.Image) -> list[Box]:
        seen = engine(image)
        if seen.boxes is None:
            return []
        return [
            Box(text, min(x), max(x), min(y), max(y))
            for text, corners in zip(seen.txts, seen.boxes.tolist(), strict=True)
            for x, y in [tuple(zip(*corners, strict=True))]
        ]

    def read(data: bytes) -> list[str]:
        with Image.open(io.BytesIO(data)) as held:
            image = held.convert("RGBA" if held.has_transparency_data else "RGB")
        boxes = words(image)
        lines = ordered(boxes)
        tall = [box for box in boxes if box.bottom - box.top > 1.5 * (box.right - box.left)]
        if len(tall) > len(boxes) / 2:  # it lies on its side
            for turn in (90, 270):
                lines += ordered(words(image.rotate(turn, expand=True)))
        return lines + [private.CODE + code for code in probe.read_codes(image, _CODES)]

    return read


def ordered(boxes: Iterable[Box]) -> list[str]:
    """The texts row by row from the top, each row from the left: a value follows its label."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.top + box.bottom):
        middle = (box.top + box.bottom) / 2
        if rows and middle < rows[-1][0].bottom:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box.text for row in rows for box in sorted(row, key=lambda box: box.left)]


def read_all(
    docs: Path, files: Mapping[str, File], read: Callable[[], Reader], cache: Path, version: str
) -> dict[str, list[str]]:
    """The lines of each picture; `read` is asked for only when one is not known yet."""
    known = _load(cache, version)
    wanted = {p: f for p, f in files.items() if not f.error and f.kind != "SVG"}
    todo = {f.digest: p for p, f in wanted.items() if f.digest not in known}
    if todo:
        read_one = read()
        known |= {digest: read_one((docs / path).read_bytes()) for digest, path in todo.items()}
        text = json.dumps({"version": version, "lines": known}, ensure_ascii=False)
        remember(cache, text.encode())
    return {path: known[file.digest] for path, file in wanted.items()}


def _load(cache: Path, version: str) -> dict[str, list[str]]:
    try:
        held = json.loads(recall(cache) or b"{}")
        return dict(held["lines"]) if held["version"] == version else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def version() -> str:
    """The version of the reader; "" when there is none."""
    try:
        return importlib.metadata.version("rapidocr")
    except importlib.metadata.PackageNotFoundError:
        return ""


def check(
    lines: Mapping[str, Sequence[str]], ledger: Ledger, locales: Sequence[str], words: bool = True
) -> list[Finding]:
    """Private texts that no entry of the ledger allows, and allowances that allow nothing.

    Without `words` the lines are codes alone, and what is allowed may stand in words.
    """
    names = _names(ledger)
    allowed = _allowed_texts(ledger, locales)
    unused = {
        place: text
        for path, texts in allowed.items()
        if path in lines and words
        for text, place in texts.items()
    }
    found = []
    for path, read in lines.items():
        texts = {_plain(text): place for text, place in allowed.get(original(path), {}).items()}
        for hit in private.find(read, names):
            place = texts.get(_plain(hit.text))
            if place:
                unused.pop(place, "")
            else:
                message = f"shows what looks like a private {hit.kind}: '{hit.text}'"
                hint = "cover it, or allow this text in the ledger with the reason"
                found.append(Finding(f"docs/{path}", 1, "image-reveals", message, hint))
    for (index, at), text in unused.items():
        line = ledger.line(index, "allow", at)
        message = f"allows the text '{text}', which is not found"
        found.append(Finding(ledger.path, line, "image-allow-unused", message))
    return sorted(set(found))


def _allowed_texts(ledger: Ledger, locales: Sequence[str]) -> dict[str, dict[str, tuple[int, int]]]:
    """For each picture the texts that it may show, with their places in the ledger."""
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for index, item in ledgers.items(ledger):
        for at, allowance in enumerate(item.get("allow", ())):
            if "text" in allowance:
                for path in ledgers.paths(item, locales):
                    found.setdefault(path, {})[allowance["text"]] = (index, at)
    return found


def _names(ledger: Ledger) -> list[str]:
    """The names of people that no picture may show, from every entry."""
    every = (name for _, item in ledgers.items(ledger) for name in item.get("names", ()))
    return list(dict.fromkeys(every))


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def check_pictures(
    root: Path, files: Mapping[str, File], ledger: Ledger, locales: Iterable[str], *, words: bool
) -> list[Finding]:
    """Check what the QR codes of a project's pictures hold, and with `words` all that is read.

    InputError where it cannot be read.
    """
    lines = {path: [private.CODE + code for code in file.codes] for path, file in files.items()}
    for path, file in files.items():
        if file.kind == "SVG" and not (file.error or file.active):  # declarations would be active
            drawn = ElementTree.fromstring(read_bytes(root / "docs" / path))
            lines[path] += filter(None, map(str.strip, drawn.itertext()))
    if words:
        read = read_all(root / "docs", files, reader, root / CACHE, version())
        lines = {path: [*held, *read.get(path, ())] for path, held in lines.items()}
    return check(lines, ledger, list(locales), words)
