"""Golden cases: files in; all that is said of them, and all that is made from them, out.

tests/cases/<room>/<name>.yml is one case, or a mapping of cases by their names. A case holds

files     by path, what lies in an empty folder: text, `!bytes [charset, text]`, and for pictures
          `[width, height]` or the mapping that `special` takes
text      one page, `page.md`, in place of files
replace   by path, `{old: new}` in files that each case of the room starts with: <room>/base/
findings  all of them, in any order; `place rule` where the wording is no matter
output    what `page.md` becomes, where it is another text; or by path, the files that are made
…         whatever else the function of the room takes (test_golden.py)
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from kb import project
from kb.finding import Finding
from kb.legacy.convert import links
from kb.references.mapping import Source
from kb.text.page import Markdown

CASES = Path(__file__).parent / "cases"
PAGE = "page.md"
PLUGINS = """
plugins:
  i18n: {languages: [{locale: zh, default: true}, {locale: en}]}
"""
HOOKS = sorted(Path(project.__file__).parents[1].glob("*.py"))


class Case(NamedTuple):
    """A case as its file has it; `settings` are what the room itself takes."""

    room: str
    name: str
    files: Mapping[str, Any]
    replace: Mapping[str, Mapping[str, str]]
    findings: list[str]
    output: dict[str, str]
    settings: dict[str, Any]

    def write(self, folder: Path) -> None:
        """Lay out the case in an empty folder."""
        base = CASES / self.room / "base"
        start = {path.relative_to(base).as_posix(): path for path in base.rglob("*.*")}
        files = {name: path.read_text("utf-8") for name, path in start.items()}
        for name, changes in self.replace.items():
            for old, new in changes.items():
                assert old in files[name], f"{name} of {self.room}/base has no {old!r}"
                files[name] = files[name].replace(old, new, 1)
        write(folder, {**files, **self.files})

    def said(self, findings: Iterable[Finding]) -> list[str]:
        """Findings as this case tells them: whole, or by place and rule."""
        both = ((str(found), f"{str(found).split(': ')[0]} {found.rule}") for found in findings)
        return [short if short in self.findings else whole for whole, short in both]


class _Loader(yaml.CSafeLoader):
    """YAML with `!bytes [charset, text]`, in which days are text."""


def _bytes(loader: yaml.CSafeLoader, node: yaml.SequenceNode) -> bytes:
    charset, text = map(str, loader.construct_sequence(node))
    return text.encode(charset)


_Loader.add_constructor("!bytes", _bytes)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if tag != "tag:yaml.org,2002:timestamp"]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def cases(*rooms: str) -> list[Any]:
    """The cases of these rooms, or of all, as parameters of a test with their names as ids."""
    return [
        pytest.param(case, id=f"{case.room}/{case.name}")
        for path in sorted(CASES.glob("*/*.yml"))
        if not rooms or path.parent.name in rooms
        for case in _read(path)
    ]


def _read(path: Path) -> Iterator[Case]:
    held = yaml.load(path.read_text("utf-8"), _Loader)
    several = "findings" not in held
    for name, case in held.items() if several else [("", held)]:
        fields = dict(case)
        text = fields.pop("text", None)
        output = fields.pop("output", text)
        yield Case(
            path.parent.name,
            f"{path.stem}: {name}" if several else path.stem,
            fields.pop("files", {}) if text is None else {PAGE: text},
            fields.pop("replace", {}),
            fields.pop("findings", []),
            output if isinstance(output, dict) else {} if output is None else {PAGE: output},
            fields,
        )


def write(folder: Path, files: Mapping[str, Any]) -> Path:
    """Lay out files below a folder, and give it; the values are those of a case's `files`."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, list):
            content = special(name, {"size": content}, folder)
        elif isinstance(content, dict):
            content = special(name, content, folder)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def source(
    path: str, text: str, leads_to: Callable[[str], str | None] = lambda _target: None
) -> Source:
    """The Markdown behind a page of a built site."""
    read = Markdown(text)
    return Source(path, lambda: (links(read), read.ids), leads_to)


def settle(root: Path) -> None:
    """Give a project what every one has: editions, languages and ledgers, empty where not given."""
    settings = root / "mkdocs.yml"
    text = settings.read_text("utf-8") if settings.exists() else ""
    hooks = "" if "hooks:" in text else "hooks:\n" + "".join(f"  - {path}\n" for path in HOOKS)
    settings.write_text(text + PLUGINS + hooks, "utf-8")
    empty_ledgers(root)


def blank_project(root: Path) -> None:
    """A project of two editions, 2026-11 and the archived 2023-07, without a page."""
    for folder in ("2026-11/zh", "2023-07/zh", "2023-07/record"):
        (root / "docs" / folder).mkdir(parents=True)
    settings = (Path(__file__).parent.parent / "mkdocs.yml").read_text("utf-8")
    (root / "mkdocs.yml").write_text(settings, "utf-8")
    empty_ledgers(root)
    (root / "docs/2023-07/record/screenshots.yml").write_text("[]\n")


def empty_ledgers(root: Path) -> None:
    """Give a project the ledgers that every one has, where they are not there."""
    ledgers = root / "docs" / project.LEDGERS
    ledgers.mkdir(parents=True, exist_ok=True)
    editions = sorted((root / "docs").glob("20*"), reverse=True)
    texts = dict.fromkeys(project.NAMES, "[]\n") | {"pages": "{}\n", "synonyms": "{}\n"}
    texts |= {"translations": "{}\n", "words": "spelling: []\ntypography: []\n"}
    texts["facts"] = "topics: []\nsources: {}\nfacts: []\n"
    texts["editions"] = "".join(
        f"- {{name: {path.name}, config: mkdocs.yml}}\n" for path in editions
    )
    for name, text in texts.items():
        if not (ledgers / f"{name}.yml").exists():
            (ledgers / f"{name}.yml").write_text(text, "utf-8")


def special(name: str, spec: dict[str, Any], folder: Path) -> bytes:
    """The bytes of a picture, each of its own colour.

    broken: bytes as text · copy: the bytes of another file · size, type, mode · frames ·
    weigh: bytes · text, exif, gps, xmp, comment, thumbnail, profile · claims: [w, h] ·
    cut, append: at the end
    """
    if "broken" in spec:
        return str(spec["broken"]).encode()
    if "copy" in spec:
        return (folder / spec["copy"]).read_bytes()
    kinds = {"jpg": "JPEG", "webp": "WEBP", "gif": "GIF"}
    kind = spec.get("type") or kinds.get(name.rpartition(".")[2], "PNG")
    colour = zlib.crc32(name.encode())
    shade = (colour & 255, colour >> 8 & 255, colour >> 16 & 255)
    image = Image.new("RGB", tuple(spec["size"]), shade).convert(spec.get("mode", "RGB"))
    options: dict[str, Any] = {}
    if frames := spec.get("frames"):
        more = [image.point(lambda v, by=n: v ^ 60 * by) for n in range(1, frames)]
        options |= {"save_all": True, "append_images": more}
    if texts := spec.get("text"):
        info = PngInfo()
        for key, value in texts.items():
            info.add_text(key, value)
        options["pnginfo"] = info
    if "exif" in spec or "gps" in spec or "thumbnail" in spec:
        options["exif"] = _exif(spec)
    for name in ("xmp", "comment"):
        if name in spec:
            options[name] = spec[name].encode()
    if "profile" in spec:
        options["icc_profile"] = profile(spec["profile"])
    data = io.BytesIO()
    image.save(data, kind, **options)
    whole = data.getvalue()
    if weight := spec.get("weigh"):
        whole = _heavier(whole, weight - len(whole))
    if claimed := spec.get("claims"):  # a header that promises more than there is
        whole = (
            whole[:8] + _chunk(b"IHDR", struct.pack(">II", *claimed) + whole[24:29]) + whole[33:]
        )
    whole = whole[: len(whole) - spec.get("cut", 0)]
    return whole + str(spec.get("append", "")).encode()


def _exif(spec: dict[str, Any]) -> bytes:
    if spec.get("thumbnail"):  # two directories, the second one's picture behind them
        first = struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, 1, 0, 26)
        second = struct.pack(">HHHIIHHIII", 2, 0x0201, 4, 1, 56, 0x0202, 4, 1, 4, 0)
        return b"Exif\0\0MM\0*" + struct.pack(">I", 8) + first + second + b"\xff\xd8\xff\xd9"
    exif = Image.Exif()
    for tag, value in spec.get("exif", {}).items():
        exif[tag] = value
    if spec.get("gps"):
        exif.get_ifd(0x8825).update({1: "N", 2: (39.0, 54.0, 0.0)})
    return exif.tobytes()


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _heavier(png: bytes, more: int) -> bytes:
    """A PNG of more bytes and the same pixels: empty blocks in its stream, empty chunks."""
    at, chunks = png.index(b"IDAT"), more * 3 % 5
    (size,) = struct.unpack_from(">I", png, at - 4)
    body = png[at + 4 : at + 4 + size]
    body = body[:2] + b"\0\0\0\xff\xff" * ((more - 12 * chunks) // 5) + body[2:]
    return (
        png[: at - 4] + _chunk(b"IDAT", body) + _chunk(b"IDAT", b"") * chunks + png[at + size + 8 :]
    )


def profile(name: str) -> bytes:
    """A colour profile that bears a name and nothing else."""
    text = name.encode("ascii") + b"\0"
    desc = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text
    table = struct.pack(">I4sII", 1, b"desc", 144, len(desc))
    return bytes(128) + table + desc
