"""Style and scripts: one of each, shared by all editions, and nothing inline on any page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from conftest import ROOT, mkdocs
from kb import assets


def write(folder: Path, files: dict[str, str]) -> assets.Assets:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return assets.read(folder)


def test_parts_are_joined_in_the_order_of_their_names(tmp_path: Path) -> None:
    held = write(tmp_path, {"style/2.css": "b{}", "style/1.css": "a{}\n", "search/box.js": "x"})
    assert held.files == {"style.css": b"a{}\nb{}", "search/box.js": b"x"}


def test_the_folder_is_named_by_all_that_is_in_it(tmp_path: Path) -> None:
    first = write(tmp_path, {"style/1.css": "a{}", "search/box.js": "x"})
    assert re.fullmatch(r"assets/[0-9a-f]{8}/", first.folder)
    assert write(tmp_path, {}).folder == first.folder
    changed = write(tmp_path, {"search/box.js": "y"})
    renamed = write(tmp_path / "other", {"style/1.css": "a{}", "search/box2.js": "x"})
    assert len({first.folder, changed.folder, renamed.folder}) == 3


class Inline(HTMLParser):
    """What a page has inline that `script-src 'self'; style-src 'self'` forbids, and its assets."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.assets: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        data = tag == "script" and names.get("type") in ("application/json", "application/ld+json")
        if tag == "style" or (tag == "script" and "src" not in names and not data):
            self.found.append(tag)
        self.found += [name for name in names if name == "style" or name.startswith("on")]
        for name in ("src", "href"):
            value = names.get(name) or ""
            if value.startswith("javascript:") or (name == "src" and value.startswith("data:")):
                self.found.append(value)
            if tag in ("script", "link") and f"{assets.FOLDER}/" in value:
                self.assets.add(value.rpartition(f"{assets.FOLDER}/")[2])


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("<script>go()</script>", ["script"]),
        ("<style>a{}</style>", ["style"]),
        ('<p style="color:red" onclick="go()">', ["style", "onclick"]),
        ('<a href="javascript:go()"><img src="data:x">', ["javascript:go()", "data:x"]),
        ('<script src="a.js"></script><script type="application/ld+json">{}</script>', []),
    ],
)
def test_the_test_below_sees_what_is_inline(page: str, found: list[str]) -> None:
    assert Inline(page).found == found


def test_nothing_is_inline_on_any_page_and_all_pages_share_their_assets(site: Path) -> None:
    pages = {path: Inline(path.read_text("utf-8")) for path in site.rglob("*.html")}
    assert {path: page.found for path, page in pages.items() if page.found} == {}
    named = {name for page in pages.values() for name in page.assets}
    [folder] = (site / "assets").iterdir()
    files = {"style.css", "script.js", "leave.js", "favicon.svg"}
    assert named == {f"{folder.name}/{name}" for name in files}
    assert not [path for path in site.rglob("*.css") if folder not in path.parents]
    scripts = {
        path for path in site.rglob("*.js") if "search" not in path.parts
    }  # an index is data
    assert not [path for path in scripts if folder not in path.parents]


@pytest.mark.build
def test_an_edition_built_alone_brings_its_assets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KB_EDITIONS", raising=False)
    run = mkdocs("build", "-q", "-f", "mkdocs.2023-07.yml", "-d", str(tmp_path / "site"), cwd=ROOT)
    assert run.returncode == 0, run.stdout + run.stderr
    page = Inline((tmp_path / "site" / "en" / "usage" / "index.html").read_text("utf-8"))
    assert len(page.assets) == 3
    for name in page.assets:
        assert (tmp_path / "site" / "assets" / name).is_file()
