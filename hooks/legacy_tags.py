"""MkDocs hook: the template tags of the old blog become Markdown. It needs nothing but itself:

    hooks: [hooks/legacy_tags.py]

Settings, all optional, stand under `extra.kb.legacy`:

    enabled: true   # false: leave every page as it is
    ignore: []      # tags that belong to somebody else, such as [if, endif] of a macros plugin
"""

import logging
import posixpath
from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from kb.finding import Finding, many
from kb.legacy import tags
from kb.legacy.convert import Ways, convert

try:
    from PIL import Image
except ImportError:  # without Pillow the pictures keep their declared sizes
    Image = None  # type: ignore[assignment]

log = logging.getLogger("mkdocs.hooks.kb")


class Settings(Config):  # type: ignore[no-untyped-call]
    """`extra.kb.legacy` of mkdocs.yml."""

    enabled = config_options.Type(bool, default=True)
    ignore = config_options.ListOfItems(config_options.Type(str), default=[])


class _Run:
    """What one build has found. Languages are built inside one another and share the config."""

    def __init__(self) -> None:
        self.config: MkDocsConfig | None = None
        self.settings = Settings()
        self.depth = 0
        self.findings: set[Finding] = set()
        self.serving = False


_run = _Run()  # this hook's own: it is used without the others, too


def on_startup(command: str, **_: Any) -> None:
    """Remember whether an editor is at work: then nothing may stop the build."""
    _run.serving = command == "serve"


def on_pre_build(config: MkDocsConfig) -> None:
    """A new config is a new build; the same one is the next language."""
    if _run.config is not config or not _run.depth:
        _run.config, _run.settings, _run.depth = config, _settings(config), 0
        _run.findings = set()
    _run.depth += 1


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Convert the tags of a page and report what is wrong with them."""
    if not _run.settings.enabled:
        return markdown
    ways = Ways(
        resolve=lambda src: _picture(src, page, config, files),
        locate=lambda name: _post(name, page, files),
        ignore=frozenset(_run.settings.ignore),
    )
    result, findings = convert(markdown, "", ways, first_line=_first_line(markdown, page))
    path = (getattr(page, "kb_file", "") or _path(page.file, config)) if findings else ""
    for finding in (replace(each, path=path) for each in findings):
        if finding not in _run.findings:  # an untranslated page is visited in each language
            _run.findings.add(finding)
            serious = finding.severity == "error" and not _run.serving
            log.log(logging.ERROR if serious else logging.WARNING, "%s", finding)
    return result


@event_priority(-200)  # the other languages are built at -100: their findings come first
def on_post_build(config: MkDocsConfig) -> None:
    """Fail a build whose pages have errors, once all of them are reported."""
    _run.depth -= 1
    errors = sum(finding.severity == "error" for finding in _run.findings)
    if errors and not _run.depth and not _run.serving:
        raise PluginError(f"{many(errors, 'error')} in legacy tags, listed above")


def _settings(config: MkDocsConfig) -> Settings:
    settings = Settings()
    kb = config.extra.get("kb") or {}
    settings.load_dict((kb.get("legacy") if isinstance(kb, dict) else None) or {})
    failed, warnings = settings.validate()
    for name, problem in (*failed, *warnings):
        raise PluginError(f"mkdocs.yml: extra.kb.legacy.{name}: {problem}")
    return settings


def _path(file: File, config: MkDocsConfig) -> str:
    """The page's path from the folder of mkdocs.yml."""
    root = Path(config.config_file_path or ".").parent.resolve()
    source = Path(file.abs_src_path or Path(config.docs_dir, file.src_uri)).resolve()
    return (source.relative_to(root) if source.is_relative_to(root) else source).as_posix()


def _first_line(markdown: str, page: Page) -> int:
    """MkDocs takes the front matter off: count the lines it took."""
    # Plugins drop the last line break, so ends are not compared.
    text = (getattr(page, "kb_source", "") or page.file.content_string).rstrip("\n")
    return text.count("\n") - markdown.rstrip("\n").count("\n") + 1


@lru_cache(maxsize=1)
def _index(files: Files) -> dict[str, File]:
    return {file.dest_uri: file for file in files if file.inclusion is not InclusionLevel.EXCLUDED}


def _picture(src: str, page: Page, config: MkDocsConfig, files: Files) -> tags.Picture | None:
    """The picture of this site that an address means: the page's language comes first."""
    address = urlsplit(src) if "[" not in src else None  # urlsplit raises on a broken IPv6 host
    if not address or address.scheme or address.netloc or not address.path:
        return None
    path = unquote(address.path)
    file = None if path.startswith("/") else _beside(path, page, files)
    language = page.file.dest_uri.partition("/")[0]
    for folder in (language, ""):
        file = file or _index(files).get(posixpath.normpath(f"{folder}/{path}").lstrip("/"))
    if not file or file.is_documentation_page():
        return None
    width, height = _size(file, config) if Image else (None, None)
    return tags.Picture(get_relative_url(file.url, page.url), width, height)


def _beside(path: str, page: Page, files: Files) -> File | None:
    """A file by its path from the page's source, its address, or Hexo's folder for its files."""
    source, address = page.file.src_uri, page.file.dest_uri
    beside = (posixpath.dirname(source), posixpath.splitext(source)[0])
    found = (files.get_file_from_path(posixpath.normpath(posixpath.join(f, path))) for f in beside)
    at = posixpath.normpath(posixpath.join(posixpath.dirname(address), path))
    return next((file for file in found if file), None) or _index(files).get(at)


def _size(file: File, config: MkDocsConfig) -> tuple[int | None, int | None]:
    """Width and height as shown. Nothing outside the docs folder is opened."""
    source: Path | BytesIO
    if file.abs_src_path is None:
        source = BytesIO(file.content_bytes)  # made by a plugin, in memory
    else:
        source = Path(file.abs_src_path).resolve()
        if not source.is_relative_to(Path(config.docs_dir).resolve()):
            return None, None
    try:
        with Image.open(source) as picture:
            turned = picture.getexif().get(0x0112, 1) > 4  # taken with the camera upright
            return picture.size[::-1] if turned else picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None, None


def _post(name: str, page: Page, files: Files) -> tuple[str, str] | None:
    """The page that a post's name means: beside this page, else the only one of that name."""
    name = posixpath.splitext(name)[0] + ".md"
    pages = [file.src_uri for file in files.documentation_pages()]
    here = posixpath.dirname(page.file.src_uri)
    beside = posixpath.normpath(posixpath.join(here, name))
    named = [uri for uri in pages if f"/{uri}".endswith(f"/{name}")]
    found = [beside] if beside in pages else named
    return (posixpath.relpath(found[0], here or "."), "") if len(found) == 1 else None
