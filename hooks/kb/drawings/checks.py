"""Drawings as the site needs them: what a source says, which pictures it makes, which are stale.

A source is data (`docs/drawings/<name>.yml`), the look is the kit beside this module (template,
style, icons), and `docs/ledgers/screenshots.yml` says which picture is drawn from which source.
`docs/ledgers/drawings.lock` records what each picture was drawn from: a stale one is found without
drawing. The drawing itself is `kb draw`, in tools/.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Literal, NamedTuple

from kb import nearest
from kb.finding import Finding, InputError
from kb.ledger import Ledger, walk
from kb.pictures.uses import phone_variant

Shape = Literal["wide", "phone"]
Lock = Mapping[str, Mapping[str, str]]
KIT = Path(__file__).parent / "kit"
LOCK, SOURCES = "docs/ledgers/drawings.lock", "docs/drawings"
LEAST_ON_PHONE = 11  # CSS pixels: of any drawing, in whichever shape a phone shows it


class Drawing(NamedTuple):
    """A checked source: `data` is its plain content, `digest` of it and of the kit."""

    name: str
    path: str
    data: Mapping[str, Any]
    source: str
    digest: str

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Drawings of several panels have a portrait variant for phones."""
        return ("wide", "phone") if len(self.data.get("panels", ())) > 1 else ("wide",)


class Picture(NamedTuple):
    """One PNG to make: a drawing in a locale and a shape; `path` from the project root."""

    drawing: Drawing
    locale: str
    shape: Shape
    path: str


def load(source: Ledger, locales: Sequence[str]) -> tuple[Drawing | None, list[Finding]]:
    """Check one source; None when a finding makes it unusable."""
    findings = list(source.findings) or sorted(_check_texts(source, locales))
    if findings:
        return None, findings
    digest = hashlib.sha256((_kit_digest() + source.text).encode()).hexdigest()
    name = PurePosixPath(source.path).stem
    return Drawing(name, source.path, source.data, source.text, digest), []


def _check_texts(source: Ledger, locales: Sequence[str]) -> Iterator[Finding]:
    """A text is given for every locale that there is, a gloss for those that need it.

    Texts are all mappings but the drawing, its cover, and those of lists.
    """
    for key, value in walk(source.data):
        name = key[-1] if key else 0
        if isinstance(name, int) or key == ("cover",) or not isinstance(value, dict):
            continue
        wanted = () if name == "gloss" else [each for each in locales if not value.get(each)]
        said = [f"'{name}' has no text for '{each}'" for each in wanted]
        said += [f"unknown locale '{each}'" for each in value if each not in locales]
        for message in said:
            yield source.finding("ledger-schema", message, *key)
    if source.data.get("ui", locales[0]) not in locales:
        message = f"'ui' is no locale: {' or '.join(locales)}"
        yield source.finding("ledger-schema", message, "ui")


@cache
def _kit_digest() -> str:
    kit = sorted(f for f in KIT.iterdir() if f.suffix in {".css", ".j2", ".js", ".svg"})
    return hashlib.sha256("".join(f.read_text("utf-8") for f in kit).encode()).hexdigest()


def plan(
    sources: Mapping[str, Ledger],
    listed: Ledger,
    locales: Sequence[str],
    names: Sequence[str] = (),
    kept: Collection[str] = (),
) -> tuple[list[Picture], list[Finding]]:
    """Every PNG that the ledger says is drawn, of the named drawings or of all.

    Keys of `sources` are paths from docs/. From those `kept` archived editions have their pictures,
    which are not drawn again.
    """
    entries = [entry for entry in listed.sound or () if "source" in entry]
    known = {PurePosixPath(path).stem: path for path in sources}
    for name in names:
        if name not in known:
            hint = nearest.hint(name, known)
            raise InputError(f"no drawing '{name}' in {SOURCES}{hint and f'; {hint}'}")
    pictures: list[Picture] = []
    findings: list[Finding] = []
    for path in (known[name] for name in dict.fromkeys(names) or known):
        drawing, wrong = load(sources[path], locales)
        findings += wrong
        paths = [e["path"] for e in entries if e["source"] == path]
        if not paths and path not in kept:
            message = "no entry of docs/ledgers/screenshots.yml is drawn from this source"
            findings.append(Finding(f"docs/{path}", 1, "image-unlisted", message))
        if drawing:
            pictures += [
                Picture(drawing, locale, shape, _target(each, locale, shape))
                for each in paths
                for locale in locales
                for shape in drawing.shapes
            ]
    return pictures, findings


def _target(path: str, locale: str, shape: Shape) -> str:
    target = "docs/" + path.replace("{locale}", locale)
    return target if shape == "wide" else phone_variant(target)


def check(
    sources: Mapping[str, Ledger],
    listed: Ledger,
    lock: Ledger,
    locales: Sequence[str],
    digests: Mapping[str, str],
    kept: Collection[str] = (),
) -> list[Finding]:
    """Sources that cannot be drawn, pictures to draw anew, text too small on a phone.

    `digests` has the SHA-256 of each file that exists, by its path from the project's folder;
    `sources` and `kept` as for `plan`.
    """
    pictures, findings = plan(sources, listed, locales, kept=kept)
    held: Lock = lock.data or {}
    for picture in pictures if not lock.findings else ():  # one that cannot be read is told of
        source = picture.drawing.path
        if why := reason(picture, held, digests):
            findings.append(Finding(source, 1, "drawing-stale", f"'{picture.path}' {why}"))
        elif picture.shape == picture.drawing.shapes[-1]:
            least = float(held[picture.path].get("text", 0))
            if least < LEAST_ON_PHONE:
                message = f"'{picture.path}' has text of {least:g} px on a phone"
                findings.append(Finding(source, 1, "drawing-fit", message))
    return sorted(findings)


def check_kept(
    listed: Ledger, lock: Ledger, locales: Sequence[str], digests: Mapping[str, str]
) -> Iterator[Finding]:
    """Drawings that an archived edition lists, and that are not what the lock records."""
    for index, item in enumerate(listed.sound or () if not lock.findings else ()):
        shapes: tuple[Shape, ...] = ("wide", "phone") if "source" in item else ()
        for path in (_target(item["path"], each, shape) for each in locales for shape in shapes):
            if (lock.data or {}).get(path, {}).get("png") != digests.get(path):
                message = f"'{path}' is not what {LOCK} records"
                yield listed.finding("drawing-stale", message, index, "path")


def reason(picture: Picture, lock: Lock, digests: Mapping[str, str]) -> str:
    """Why a picture has to be drawn anew; empty when it is up to date."""
    entry = lock.get(picture.path, {})
    if picture.path not in digests:
        return "does not exist"
    if entry.get("from") != picture.drawing.digest:
        return "is older than its source"
    if entry.get("png") != digests[picture.path]:
        return "is not what was drawn: its bytes were changed"
    return ""
