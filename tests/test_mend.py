"""`kb screenshots --fix`: what it changes, and that it changes no pixel and no other file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from golden import settle, special, write
from kb import ledger, project
from kb.pictures import fresh, uses
from kb.text.page import Page
from kb_tools import mend, writing

LEDGER = """\
# A comment that stays.
- path: 2026-11/{locale}/images/My Shot_1.png
  kind: capture
  of: an application
  captured: 2026-11-23
  ttl_days: 365
  alt: {zh: 一个设置页面, en: A page of settings}
  caption: {zh: 甲, en: A}
"""


def lay(folder: Path, files: dict[str, Any]) -> None:
    write(folder, files)
    settle(folder)


def said(folder: Path, *, dry: bool = False) -> tuple[list[str], list[str]]:
    """What is told, and what is left to a person."""
    told: list[str] = []
    left = mend.fix(project.read(folder), dry=dry, progress=lambda line: told.append(str(line)))
    return told, [str(finding) for finding in left]


def _lock(folder: Path) -> fresh.Lock:
    held: fresh.Lock = project.read(folder).ledger("captures.lock").data or {}
    return held


def _digests(folder: Path, path: str) -> dict[str, str]:
    return {path: project.read(folder).pictures[path].digest}


def everything(folder: Path) -> dict[str, bytes]:
    paths = (path for path in (folder / "docs").rglob("*") if path.is_file())
    return {path.relative_to(folder / "docs").as_posix(): path.read_bytes() for path in paths}


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("My Shot_1.PNG", "my-shot-1.png"),
        ("IMG_0001.phone.png", "img-0001.phone.png"),
        ("ChatGPT-Plus.png", "chatgpt-plus.png"),
        ("Café.png", "cafe.png"),
        ("图.png", "picture-fdfcff.png"),
        ("already-plain.png", "already-plain.png"),
    ],
)
def test_plain_names(name: str, plain: str) -> None:
    made = mend.kebab(name)
    assert made == plain or (plain.startswith("picture-") and made.startswith("picture-"))
    assert mend.kebab(made) == made


def test_a_rename_reaches_every_language_every_page_and_the_ledger(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {
            "docs/2026-11/zh/index.md": "{% img /images/My%20Shot_1.png 40 30 %}\n",
            "docs/2026-11/zh/a/b.md": "![甲](<../images/My Shot_1.png#x>)\n\n`My Shot_1.png`\n",
            "docs/2026-11/en/index.md": '<img src="images/My%20Shot_1.png">\n\n![b][b]\n\n[b]: '
            "images/My%20Shot_1.png\n",
            "docs/2026-11/zh/images/My Shot_1.png": [40, 30],
            "docs/2026-11/zh/images/My Shot_1.phone.png": [30, 40],
            "docs/2026-11/en/images/My Shot_1.png": [40, 30],
            "docs/ledgers/screenshots.yml": LEDGER,
        },
    )
    before = everything(tmp_path)
    told, left = said(tmp_path, dry=True)
    assert (len([line for line in told if line.startswith("renamed")]), left) == (3, [])
    assert everything(tmp_path) == before, "a dry run changes nothing"

    told, left = said(tmp_path)
    after = everything(tmp_path)
    assert left == []
    assert after["2026-11/zh/index.md"] == b"{% img /images/my-shot-1.png 40 30 %}\n"
    assert after["2026-11/zh/a/b.md"].decode() == (
        "![甲](<../images/my-shot-1.png#x>)\n\n`My Shot_1.png`\n"
    )
    assert after["2026-11/en/index.md"].count(b"images/my-shot-1.png") == 2
    assert after["ledgers/screenshots.yml"].decode() == LEDGER.replace("My Shot_1", "my-shot-1")
    for old in ("2026-11/zh/images/My Shot_1.png", "2026-11/en/images/My Shot_1.png"):
        assert after[old.replace("My Shot_1", "my-shot-1")] == before[old]
        assert old not in after
    assert "2026-11/zh/images/my-shot-1.phone.png" in after
    assert f"recorded {fresh.LOCK}" in told
    assert said(tmp_path) == ([], []), "a second time there is nothing to do"


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {
            "docs/2026-11/zh/index.md": "![甲](images/A.png)\n\n![乙](images/B_1.png)\n",
            "docs/2026-11/zh/images/A.png": [8, 6],
            "docs/2026-11/zh/images/A.phone.png": [6, 8],
            "docs/2026-11/zh/images/a.png": [9, 6],
            "docs/2026-11/zh/images/B_1.png": [10, 6],
            "docs/2026-11/zh/images/B-1.png": [11, 6],
        },
    )
    before = everything(tmp_path)
    told, left = said(tmp_path)
    assert everything(tmp_path) == before
    assert told == []
    assert sorted(line.split(": ", 1)[1] for line in left) == [
        "cannot be renamed: docs/2026-11/zh/images/a.png is taken [image-name]",
        "cannot be renamed: docs/2026-11/zh/images/b-1.png is taken [image-name]",
        "cannot be renamed: docs/2026-11/zh/images/b-1.png is taken [image-name]",
    ]


def test_drawings_and_excused_names_are_left_alone(tmp_path: Path) -> None:
    text = LEDGER.replace("kind: capture", "kind: drawing\n  source: drawings/a.yml")
    excused = LEDGER.replace("My Shot_1", "Old Name") + (
        "  allow: [{rule: image-name, reason: old links lead to it}]\n"
    )
    lay(
        tmp_path,
        {
            "docs/2026-11/zh/images/My Shot_1.png": {"size": [8, 6], "text": {"Author": "Zhang"}},
            "docs/2026-11/zh/images/Old Name.png": [9, 6],
            "docs/ledgers/screenshots.yml": text + excused,
        },
    )
    before = everything(tmp_path)
    said(tmp_path)
    after = everything(tmp_path)
    assert {name: after[name] for name in before} == before


def test_a_stripped_capture_keeps_its_record_and_one_changed_otherwise_does_not(
    tmp_path: Path,
) -> None:
    plain = LEDGER.replace("My Shot_1", "shot").replace("{locale}", "zh")
    path = "2026-11/zh/images/shot.png"
    dirty = {"size": [8, 6], "text": {"Author": "Zhang San"}}
    lay(tmp_path, {f"docs/{path}": dirty, "docs/ledgers/screenshots.yml": plain})
    listed = ledger.load(plain, "l.yml")
    digest = _digests(tmp_path, path)
    writing.write(tmp_path, fresh.LOCK, mend.lock_text(mend.record(digest, listed, ["zh"], {})))
    told, _ = said(tmp_path)
    assert told[0].startswith(f"stripped docs/{path} (text 'Author' (Zhang San)): ")
    clean = _digests(tmp_path, path)
    assert clean != digest
    assert list(fresh.check_lock(clean, listed, ["zh"], _lock(tmp_path))) == []
    Image.new("RGB", (8, 6), "red").save(tmp_path / "docs" / path)
    said(tmp_path)
    changed = _digests(tmp_path, path)
    assert len(list(fresh.check_lock(changed, listed, ["zh"], _lock(tmp_path)))) == 1
    assert yaml.safe_load((tmp_path / fresh.LOCK).read_text("utf-8"))
    (tmp_path / "docs/ledgers/screenshots.yml").write_text("[]\n", "utf-8")
    told, _ = said(tmp_path)
    assert told == [f"recorded {fresh.LOCK}"]
    assert not (tmp_path / fresh.LOCK).exists()


def test_what_cannot_be_mended_is_named_and_stops_no_other(tmp_path: Path) -> None:
    whole = special("a.png", {"size": [60, 40], "frames": 3}, Path())
    at = whole.rindex(b"fdAT") + 8
    lay(
        tmp_path,
        {
            "docs/2026-11/zh/images/a.png": {"size": [8, 6], "text": {"Author": "Zhang San"}},
            "docs/2026-11/zh/images/b.png": whole[:at] + bytes(9) + whole[at + 9 :],
            "docs/2026-11/zh/images/c.svg": f"<svg {SPACE}><script>go()</script></svg>",
            "docs/2026-11/zh/images/d.tiff": {"size": [8, 6], "type": "TIFF"},
            "docs/2026-11/zh/images/e.jpg": {"size": [8, 6], "comment": "mine"},
            "docs/2026-11/zh/images/f.svg": f"<svg {SPACE}><!-- of Zhang San --><g/></svg>",
        },
    )
    before = everything(tmp_path)
    _, planned = said(tmp_path, dry=True)
    assert everything(tmp_path) == before
    _, left = said(tmp_path)
    after = everything(tmp_path)
    changed = {name for name in before if after[name] != before[name]}
    assert {name[-5:] for name in changed} == {"a.png", "e.jpg", "f.svg"}
    assert planned == left
    assert [line.split("\n")[0].removeprefix("docs/2026-11/zh/images/") for line in left] == [
        "b.png:1: cannot be mended: cannot be decoded: broken data stream when reading image file "
        "[image-undecodable]",
        "c.svg:1: cannot be mended: <script> [image-active]",
        "d.tiff:1: cannot be mended: whatever a TIFF may hold: it is not read [image-private]",
    ]


SPACE = 'xmlns="http://www.w3.org/2000/svg"'


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("![a](A_1.png) and `A_1.png`", "![a](a-1.png) and `A_1.png`"),
        ("![a](A_1.png) ![b](x/A_1.png)", "![a](a-1.png) ![b](x/A_1.png)"),
        ("![a](A_1.png) ![b](A_1.png.bak)", "![a](a-1.png) ![b](A_1.png.bak)"),
        ("![a\nb](A_1.png)\n\n    A_1.png\n", "![a\nb](a-1.png)\n\n    A_1.png\n"),
        ("```\n![a](A_1.png)\n```\n\n![a](A_1.png)", "```\n![a](A_1.png)\n```\n\n![a](a-1.png)"),
        ("---\nimage: A_1.png\n---\n`A_1.png`", "---\nimage: a-1.png\n---\n`A_1.png`"),
        ("{% img A_1.png 8 6 %} {% raw %}A_1.png{% endraw %}",
         "{% img a-1.png 8 6 %} {% raw %}A_1.png{% endraw %}"),
    ],
)  # fmt: skip
def test_links_and_pictures_name_the_new_file_and_samples_the_old(text: str, made: str) -> None:
    page = Page("2026-11/zh/index.md", text)
    for use in uses.uses([page]):
        if use.target == "A_1.png":
            text = mend.rewrite(text, use, "2026-11/zh/a-1.png")
    assert text == made
