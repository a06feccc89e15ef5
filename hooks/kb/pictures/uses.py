"""Where pictures are shown: Markdown, raw HTML, legacy tags, front matter, styles, settings."""

import posixpath
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from kb import files, html
from kb.ledger import walk
from kb.legacy.convert import images, links
from kb.pictures.probe import SUFFIXES, File
from kb.references import urls
from kb.references.extract import stylesheet
from kb.text.page import Page

PHONE = ".phone"
_ATTRIBUTES = re.compile(r"!\[[^\]]*\]\([^)\n]*\)\{:?(?P<attrs>[^{}\n]*)\}")  # with its sizes
_SIDE = re.compile(r"\b(width|height)\s*=\s*[\"']?(\d+)[\"']?(?![\d%])")
_PIXELS = re.compile(r"\s*([0-9]{1,5})(?:px)?\s*")
_CONFIGURED = re.compile(r"^\s*(?:logo|favicon|image)\s*:\s*[\"']?(?P<target>[^\s\"'#]+)")


class Use(NamedTuple):
    """A place that shows a picture, and what it declares of it."""

    page: str  # from docs/
    line: int
    target: str  # as written
    width: int = 0
    height: int = 0
    alt: str = ""
    path: str = ""  # the file, where the place itself says it: style sheets are of no language

    @property
    def place(self) -> str:
        """The file of the place from the project's folder."""
        return posixpath.normpath(f"docs/{self.page}")

    @property
    def locale(self) -> str:
        """The language folder of the page; "" for a place outside of them."""
        return "" if self.path else self.page.split("/")[1]


def uses(pages: Iterable[Page]) -> Iterator[Use]:
    """Every picture that pages show."""
    for page in pages:
        if pictures := [link for link in links(page) if link.picture]:
            raw, lines = dict(_raw(page)), page.text.split("\n")
            sizes = {(t.line, t.src): _size(t.width, t.height) for t in images(page)} | raw
            for link in pictures:
                at = (link.line, link.target)
                match = _ATTRIBUTES.match(lines[link.line - 1], link.col - 1)
                sides = dict(_SIDE.findall(match["attrs"])) if match else {}
                size = sizes.get(at) or _size(sides.get("width"), sides.get("height"))
                path = _seen(page, link.target) if at in raw else ""
                yield Use(page.path, link.line, link.target, *size, alt=link.text, path=path)
        for key, target in walk(page.meta):
            if isinstance(target, str) and "\n" not in target and is_picture(urls.path(target)):
                yield Use(page.path, page.front.line(*key), target)


def _raw(page: Page) -> Iterator[tuple[tuple[int, str], tuple[int, int]]]:
    """The pictures of raw HTML: line and address, width and height."""
    for img, line, _ in html.elements(page.live, "img") if "<img" in page.text.lower() else ():
        yield (line, img.attr("src") or ""), _size(img.attr("width"), img.attr("height"))


def _seen(page: Page, target: str) -> str:
    """The file of an address in raw HTML, which nobody resolves: as seen from the built page."""
    path = unquote(urls.path(target))
    folder, _, name = page.path.removesuffix(".md").rpartition("/")
    at = folder if name == "index" else f"{folder}/{name}"
    return posixpath.normpath(f"{at}/{path}") if path and path[0] != "/" else ""


def _size(*sides: str | None) -> tuple[int, int]:
    """Declared width and height in pixels; 0 for one that is declared otherwise, or not at all."""
    width, height = (_PIXELS.fullmatch(side or "") for side in sides)
    return int(width[1]) if width else 0, int(height[1]) if height else 0


def elsewhere(
    sheets: Mapping[str, str],
    settings: Mapping[str, str],
    pictures: Iterable[str],
    theme: Container[str],
) -> list[Use]:
    """Pictures that style sheets of the editions and the settings of MkDocs name.

    Keys of `sheets` and `pictures` are from docs/, those of `settings` are names of files, `theme`
    has what overrides/ shows in place of an edition's own.
    """
    found: list[Use] = []
    for page, text in sheets.items():
        for line, target in css_targets(text):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(target)))
            found.append(Use(page, line, target, path=path))
    for name, text in settings.items():
        for line, target in configured(text):
            if target not in theme:
                held = (path for path in pictures if path.partition("/")[2] == target)
                found += (Use(f"../{name}", line, target, path=path) for path in held)
    return found


def css_targets(text: str) -> Iterator[tuple[int, str]]:
    """Files that a style sheet fetches from beside it, with their lines."""
    for found in stylesheet(text):
        if path := urls.path(found.url):
            yield found.line, path


def configured(text: str) -> Iterator[tuple[int, str]]:
    """Logo, favicon and the like of a settings file, with their lines."""
    return ((line, target) for line, target in named(text, _CONFIGURED) if is_picture(target))


def named(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """What a pattern finds in each line as its `target`."""
    for number, line in enumerate(text.splitlines(), 1):
        yield from ((number, match["target"]) for match in pattern.finditer(line))


def is_picture(path: str) -> bool:
    """Whether a file of this name is a picture."""
    return files.suffix(path) in SUFFIXES


def phone_variant(path: str) -> str:
    """The path of a picture's portrait variant: `a/x.png` -> `a/x.phone.png`."""
    stem, suffix = posixpath.splitext(path)
    return f"{stem}{PHONE}{suffix}"


def original(path: str) -> str:
    """The path of the picture that a portrait variant belongs to; others are their own."""
    stem, suffix = posixpath.splitext(path)
    return stem.removesuffix(PHONE) + suffix


def places(use: Use) -> tuple[str, ...]:
    """Where the picture of a use may lie, from docs/, best first; none for another site's.

    A picture of the page's language comes before one that the languages share, which lies beside
    the language folders; a path that climbs out of the language's folder means what it says.
    """
    if use.path:
        return (use.path,)
    edition, locale, *inner = use.page.split("/")
    path = unquote(urls.path(use.target))
    if not path:
        return ()
    folder = "" if path.startswith("/") else "/".join(inner[:-1])
    inside = posixpath.normpath(posixpath.join(folder, path.lstrip("/")))
    if inside.startswith(".."):
        climbed = posixpath.normpath(f"{edition}/{locale}/{inside}")
        return (climbed,) if climbed.startswith(f"{edition}/") else ()
    return (f"{edition}/{locale}/{inside}", f"{edition}/{inside}")


def locate(use: Use, held: Mapping[str, File]) -> str | None:
    """The file that a page shows, from docs/, if there is one."""
    return next((path for path in places(use) if path in held), None)
