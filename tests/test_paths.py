"""Links to other languages and editions: the path to the file leads to its page in every build."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from urllib.parse import urljoin

import pytest

import three
from conftest import kb, mkdocs
from three import NEW, OLD

pytestmark = pytest.mark.build

HOST = "https://kb.test/guide/"
LINK = re.compile(r'<a(?=[^>]* href="([^"]*)")(?:[^>]* hreflang="([^"]*)")?[^>]*>@([^<]*)</a>')
# By page: links as they are written, and where they lead, from the site's root.
WRITTEN = {
    f"{NEW}/zh/start/pro.md": {
        "[@en](../../en/prices.md#price)": f"{NEW}/en/prices/#price",
        f"[@](../../../{OLD}/zh/cards.md#bad)": f"{OLD}/cards/#bad",
        f"[@en](../../../{OLD}/en/index.md)": f"{OLD}/en/",
    },
    f"{NEW}/en/index.md": {
        "[@zh](../zh/index.md)": f"{NEW}/",
        f'[@zh](<../../{OLD}/zh/cards.md> "t")': f"{OLD}/cards/",
        "[@zh][by-name]\n\n[by-name]: ../zh/start/pro.md#who": f"{NEW}/start/pro/#who",
    },
    f"{OLD}/en/cards.md": {
        f"[@](../../{NEW}/en/start/pro.md)": f"{NEW}/en/start/pro/",
        "[@zh](../zh/cards.md)": f"{OLD}/cards/",
    },
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three editions with links between them, the texts in step."""
    root = three.three_editions(tmp_path_factory.mktemp("paths") / "p")
    for name, links in WRITTEN.items():
        page = root / "docs" / name
        meant = "<!-- differs: links: the other language leads elsewhere -->"
        page.write_text(page.read_text("utf-8") + "\n\n".join(["", *links, meant]), "utf-8")
    return root


def led(text: str, page: str) -> list[tuple[str, str, str]]:
    """Of the links of a page: where they lead, their language, and what their text says of it."""
    return [(urljoin(page, href), lang, said) for href, lang, said in LINK.findall(text)]


def wanted(name: str, home: str) -> list[tuple[str, str, str]]:
    """The same, as they should be in a site at an address."""
    found = re.findall(r"@(\w*)", " ".join(WRITTEN[name]))
    return [(home + to, lang, lang) for to, lang in zip(WRITTEN[name].values(), found, strict=True)]


def at(name: str) -> str:
    """Where a page is built."""
    edition, locale, page = name.removesuffix(".md").split("/", 2)
    inside = "" if page == "index" else f"{page}/"
    return f"{edition}/{'en/' * (locale == 'en')}{inside}"


def test_each_leads_to_its_page_in_the_whole_site_and_in_a_copy_to_take_along(
    project: Path, tmp_path: Path
) -> None:
    built = kb("build", "--site-url", HOST, "--out", str(tmp_path / "site"), cwd=project)
    assert "link-" not in built.stdout, built.stdout
    assert built.returncode == 0, built.stdout + built.stderr
    for name in WRITTEN:
        text = (tmp_path / "site" / at(name) / "index.html").read_text("utf-8")
        assert led(text, HOST + at(name)) == wanted(name, HOST)
        beside = (tmp_path / "site" / at(name) / "index.md").read_text("utf-8")
        for to in WRITTEN[name].values():
            assert HOST + to in beside
    packed = zipfile.ZipFile(tmp_path / f"site/downloads/{NEW}-en.zip")
    text = packed.read(f"{NEW}/en/index.html").decode()
    assert led(text, "file:///x/") == wanted(f"{NEW}/en/index.md", HOST)


def test_each_leads_to_its_page_from_an_edition_that_is_built_alone(
    project: Path, tmp_path: Path
) -> None:
    built = mkdocs("build", "-q", "-d", str(tmp_path), cwd=project, site_url=f"{HOST}{NEW}/")
    assert built.returncode == 0, built.stdout + built.stderr
    for name in (name for name in WRITTEN if name.startswith(NEW)):
        text = (tmp_path / at(name).removeprefix(f"{NEW}/") / "index.html").read_text("utf-8")
        assert led(text, HOST + at(name)) == wanted(name, HOST)


def test_each_leads_to_its_page_in_the_trees_for_other_generators(
    project: Path, tmp_path: Path
) -> None:
    done = kb("render", str(tmp_path / "out"), "--site-url", HOST, cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    text = (tmp_path / "out/markdown/zh/start/pro.md").read_text("utf-8")
    assert "[@en](../../en/prices.md#price)" in text
    assert f"[@]({HOST}{OLD}/cards/#bad)" in text
    html = (tmp_path / "out/html/en/index.html").read_text("utf-8")
    assert f'<a href="{HOST}{OLD}/cards/" title="t">@zh</a>' in html
    assert '<a hreflang="zh" href="../zh/start/pro/#who">@zh</a>' in html


WRONG = {
    "../zh/pries.md": "leads nowhere [link-broken]",
    "../zh/prices.md#prize": "leads to no id 'prize' [anchor-broken]",
    f"../../{OLD}/en/prices.md": "leads nowhere [link-broken]",
    f"../../{OLD}/en/cards.md#prize": "leads to no id 'prize' [anchor-broken]",
    f"/{OLD}/en/cards/": "is not written as the path to the file [link-form]",
}


def test_wrong_ones_are_told_once_and_at_their_line_by_each_check(
    project: Path, tmp_path: Path
) -> None:
    page = project / "docs" / NEW / "en/usage.md"
    before = page.read_text("utf-8")
    page.write_text(before + "".join(f"\n[wrong]({each})\n" for each in WRONG), "utf-8")
    first = before.count("\n") + 2
    told = [
        f"docs/{NEW}/en/usage.md:{first + 2 * at}:1: link '{target}' {what}"
        for at, (target, what) in enumerate(WRONG.items())
    ]
    try:
        for said in (
            kb("check", cwd=project).stdout,
            kb("build", "--out", str(tmp_path / "whole"), cwd=project).stdout,
            mkdocs("build", "-q", "-d", str(tmp_path / "alone"), cwd=project).stderr,
        ):
            lines = [line for line in said.splitlines() if " link '" in line]
            found = [line[line.index("docs/") :] for line in lines]
            # An address may besides lead nowhere, in one build and not in another.
            assert [each for each in found if f"'/{OLD}/en/cards/' leads" not in each] == told
    finally:
        page.write_text(before, "utf-8")
