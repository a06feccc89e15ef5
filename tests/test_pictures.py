"""Golden cases for the picture rules: a small project in, findings out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from golden import special, write
from kb import ledger
from kb.pictures import probe


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_cut_anywhere_is_not_decodable(kind: str) -> None:
    whole = special("a", {"size": [24, 16], "type": kind}, Path())
    assert probe.probe(whole).error == ""
    intact = [n for n in range(len(whole)) if not probe.probe(whole[:n]).error]
    assert intact == []


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_damaged_picture_is_told_or_shown_but_never_raises(kind: str) -> None:
    whole = special("a", {"size": [24, 16], "type": kind}, Path())
    for at in range(len(whole)):
        for flip in (0x01, 0x80, 0xFF):
            damaged = whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :]
            assert isinstance(probe.probe(damaged), probe.File)


def test_what_was_seen_once_is_not_decoded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"docs/e1/zh/a.png": [8, 6], "docs/e1/zh/b.svg": "<svg onload='x'/>"})
    first = probe.scan(tmp_path / "docs", "e1")
    assert (first["e1/zh/a.png"].width, first["e1/zh/b.svg"].active) == (8, ("handler 'onload'",))

    def decode(_: bytes) -> probe.File:
        raise AssertionError("decoded again")

    monkeypatch.setattr(probe, "probe", decode)
    assert probe.scan(tmp_path / "docs", "e1") == first
    (tmp_path / probe.CACHE).write_text("[]", "utf-8")
    with pytest.raises(AssertionError, match="decoded again"):
        probe.scan(tmp_path / "docs", "e1")


@pytest.mark.parametrize(
    "path",
    [
        *("../../pwned-{locale}.png", "e1/../../x.png", "./x.png", "/x.png", "e1//x.png"),
        *("e1\\x.png", 'e1/"><b>.png', "e1/a\nb.png", "e1/x.png\n"),
    ],
)
def test_a_picture_cannot_lie_outside_of_docs(path: str) -> None:
    entry = SHARED_ENTRY | {"path": path}
    found = ledger.load(json.dumps([entry]), "screenshots.yml", "screenshots").findings
    assert {finding.line for finding in found} == {1}


@pytest.mark.parametrize("path", ["e1/{locale}/..a.png", "e1/{locale}/a..b.png", "e1/图 1.png"])
def test_a_picture_whose_name_only_looks_like_a_way_up(path: str) -> None:
    entry = SHARED_ENTRY | {"path": path}
    assert not ledger.load(json.dumps([entry]), "screenshots.yml", "screenshots").findings


SHARED_ENTRY = {
    "path": "e1/a.png",
    "kind": "capture",
    "of": "an application",
    "captured": "2026-11-01",
    "ttl_days": 90,
    "alt": {"zh": "甲的画面", "en": "the screen"},
    "caption": {"zh": "甲", "en": "A"},
}
