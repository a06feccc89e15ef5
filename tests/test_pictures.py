"""Golden cases for the picture rules: a small project in, findings out."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from golden import special, write
from kb import ledger
from kb.pictures import probe

SVG = "<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
def test_a_picture_cut_anywhere_is_not_decodable(kind: str) -> None:
    whole = special("a", {"size": [24, 16], "type": kind}, Path())
    assert probe.probe(whole).error == ""
    intact = [n for n in range(len(whole)) if not probe.probe(whole[:n]).error]
    assert intact == []


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
def test_a_damaged_picture_is_told_or_shown_but_never_raises(kind: str) -> None:
    whole = special("a", {"size": [24, 16], "type": kind}, Path())
    for at in range(len(whole)):
        for flip in (0x01, 0x80, 0xFF):
            damaged = whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :]
            assert isinstance(probe.probe(damaged), probe.File)


def test_what_was_seen_once_is_not_decoded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"docs/2026-11/zh/a.png": [8, 6], "docs/2026-11/zh/b.svg": SVG})
    paths = {path.name: path for path in (tmp_path / "docs/2026-11/zh").iterdir()}
    cache = tmp_path / probe.CACHE
    first = probe.read(paths, cache)
    assert (first["a.png"].width, first["b.svg"].active) == (
        8,
        ("handler 'onload'",),
    )

    def decode(_: bytes) -> probe.File:
        raise AssertionError("decoded again")

    monkeypatch.setattr(probe, "probe", decode)
    assert probe.read(paths, cache) == first
    cache.write_text("[]", "utf-8")
    with pytest.raises(AssertionError, match="decoded again"):
        probe.read(paths, cache)


@pytest.mark.parametrize(
    "path",
    [
        *("../../pwned-{locale}.png", "2026-11/../../x.png", "./x.png", "/x.png", "2026-11//x.png"),
        *("2026-11\\x.png", '2026-11/"><b>.png', "2026-11/a\nb.png", "2026-11/x.png\n"),
    ],
)
def test_a_picture_cannot_lie_outside_of_docs(path: str) -> None:
    entry = SHARED_ENTRY | {"path": path}
    found = ledger.load(json.dumps([entry]), "screenshots.yml", "screenshots").findings
    assert {finding.line for finding in found} == {1}


@pytest.mark.parametrize(
    "path", ["2026-11/{locale}/..a.png", "2026-11/{locale}/a..b.png", "2026-11/图 1.png"]
)
def test_a_picture_whose_name_only_looks_like_a_way_up(path: str) -> None:
    entry = SHARED_ENTRY | {"path": path}
    assert not ledger.load(json.dumps([entry]), "screenshots.yml", "screenshots").findings


SHARED_ENTRY = {
    "path": "2026-11/a.png",
    "kind": "capture",
    "of": "an application",
    "captured": "2026-11-01",
    "ttl_days": 90,
    "alt": {"zh": "甲的画面", "en": "the screen"},
    "caption": {"zh": "甲", "en": "A"},
}


def test_a_library_that_is_not_here_is_no_fault_of_a_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    with pytest.raises(ImportError):
        probe.probe(special("a", {"size": [24, 16]}, Path()))
