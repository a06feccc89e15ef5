"""SVG files: their size, what in them stands on no list, and what an editor left in them."""

import base64
import binascii
import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes
from xml.parsers import expat

from kb.markup.judge import Fault, judge, judge_style, profile
from kb.references import urls
from kb.references.extract import stylesheet

SPACE = "http://www.w3.org/2000/svg"
# Attributes of these namespaces are known by the name alone.
_ATTRIBUTES = ("", "http://www.w3.org/1999/xlink", "http://www.w3.org/XML/1998/namespace")
_DOCTYPES = "http://www.w3.org/"  # of SVG 1.0 and 1.1; nobody fetches them
_XHTML = "http://www.w3.org/1999/xhtml"
_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*")
_TEXTS = ("aria-", "id", "class", "lang", "role")  # attributes that no style is read from


class _Refused(Exception):
    """What ends the reading, in words."""


@dataclass
class Svg:
    """What was found in an SVG file; `pictures` are the bytes of those within it."""

    error: str = ""
    traces: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    root: Mapping[str, str] | None = None  # the attributes of <svg>
    style: list[str] | None = None  # the text of a style sheet, while in one

    def parse(self, data: bytes) -> None:
        """Read a file, or raise what expat or we refuse it for."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        parser.CommentHandler = lambda text: self.traces.append(f"comment '{text.strip()[:48]}'")
        parser.StartDoctypeDeclHandler = self._doctype
        parser.ProcessingInstructionHandler = self._instruction
        parser.Parse(data, True)

    def _doctype(self, _name: str, system: str | None, _public: str | None, inner: bool) -> None:
        if inner:
            raise _Refused("declarations of its own, as of entities")
        if system and not system.startswith(_DOCTYPES):
            self.active.append(f"declarations from '{system}'")

    def _instruction(self, target: str, text: str) -> None:
        if target == "xml-stylesheet":
            self.active.append("an outside style sheet")
        else:
            self.traces.append(f"<?{target} {text[:48]}?>")

    def _start(self, full: str, attributes: Mapping[str, str]) -> None:
        space, _, name = full.rpartition(" ")
        if self.root is None:
            if full != f"{SPACE} svg":
                raise expat.ExpatError("its root is no <svg> with the namespace of SVG")
            self.root = attributes
        if space != SPACE:
            told = self.active if space == _XHTML else self.traces
            told.append(f"<{name}> of '{space}'")
            return
        if name == "style":
            self.style = []
        plain = []
        for key, value in attributes.items():
            of, _, short = key.rpartition(" ")
            if of not in _ATTRIBUTES:
                self.traces.append(f"{short} '{value[:48]}' of '{of}'")
            else:
                plain.append((short, value))
        faults = list(judge(name, plain, profile("svg")))
        for fault in faults:
            self._tell(fault)
        wrong = {fault.attribute for fault in faults}
        for key, value in plain if name in profile("svg").elements else ():
            if key == "href" and key not in wrong:
                self._hold(value)
            elif key not in wrong and not key.startswith(_TEXTS):
                self._styled(name, value)

    def _text(self, text: str) -> None:
        if self.style is not None:
            self.style.append(text)

    def _end(self, full: str) -> None:
        if self.style is not None and full == f"{SPACE} style":
            text, self.style = "".join(self.style), None
            self._styled("style", text)
            if "/*" in text:
                self.traces.append(f"comment '{text.partition('/*')[2].strip()[:48]}'")

    def _styled(self, name: str, css: str) -> None:
        for fault in judge_style(name, css, profile("svg")):
            self._tell(fault)
        for found in stylesheet(css) if "url(" in css.lower() else ():
            self._hold(found.url)

    def _hold(self, address: str) -> None:
        if (data := embedded(address)) is not None:
            self.pictures.append(data)
        elif not urls.folded(address).startswith("#"):  # nothing is fetched for a picture
            self.active.append(f"address '{address[:48]}'")

    def _tell(self, fault: Fault) -> None:
        if fault.rule == "markup-attribute" and not fault.attribute.lower().startswith("on"):
            self.traces.append(f"{fault.attribute} '{fault.value[:48]}'")
        elif fault.element == "metadata":
            self.traces.append("<metadata>")
        elif fault.rule == "markup-attribute":
            self.active.append(f"handler '{fault.attribute}'")
        else:
            known = "<{}>" if fault.rule == "markup-element" else "address '{}'"
            self.active.append(known.format(fault.name[:48]))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as the file says them; 0 for none."""
        root = self.root or {}
        sides = [_LENGTH.fullmatch(root.get(name, "")) for name in ("width", "height")]
        box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
        given = [side[1] for side in sides if side] if all(sides) else box[2:]
        try:
            return round(float(given[0])), round(float(given[1]))
        except (IndexError, ValueError, OverflowError):
            return 0, 0


def is_xml(data: bytes) -> bool:
    """Whether the bytes are meant as SVG: no other picture begins so."""
    plain = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    return plain.startswith(b"<") or data.startswith((b"\xff\xfe<\0", b"\xfe\xff\0<"))


def read(data: bytes) -> Svg:
    """Look through an SVG file; declarations of its own are refused: they grow without bound."""
    found = Svg()
    try:
        found.parse(data)
    except (expat.ExpatError, LookupError, ValueError) as error:  # of an encoding nobody reads
        return Svg(f"cannot be decoded: {error}")
    except _Refused as refused:
        return Svg(active=[str(refused)])
    return found


def embedded(address: str) -> bytes | None:
    """The bytes of the picture that an address holds itself; None for another address."""
    if urls.scheme(address) != "data":
        return None
    head, _, body = urls.folded(address).partition(",")
    data = unquote_to_bytes(body)
    with contextlib.suppress(binascii.Error):
        return base64.b64decode(data) if head.lower().endswith(";base64") else data
    return b""
