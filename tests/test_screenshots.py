"""Golden cases for the picture rules: a small project in, findings out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from kb import checks, project, screenshots

CASES = sorted((Path(__file__).parent / "cases" / "pictures").glob("*.yml"))


def write(folder: Path, files: dict[str, Any]) -> None:
    """Lay out a case: text, `[w, h]` for a picture, `{broken: text}` for bytes that are none."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, list):
            Image.new("RGB", content, "white").save(path)
        elif isinstance(content, dict):
            path.write_bytes(content["broken"].encode())
        else:
            path.write_text(content, "utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_golden(case: Path, tmp_path: Path) -> None:
    golden = yaml.safe_load(case.read_text("utf-8"))
    write(tmp_path, golden["files"])
    edition = project.read(tmp_path / "docs", "e1")
    assert [str(finding) for finding in checks.check_pictures(edition)] == golden["findings"]


def test_every_picture_rule_has_a_case_that_fires() -> None:
    fired = "\n".join(case.read_text("utf-8") for case in CASES)
    rules = ("missing", "undecodable", "unlisted", "alt-missing", "unused")
    assert [rule for rule in rules if f"[image-{rule}]" not in fired] == []


def test_a_truncated_picture_is_not_decodable(tmp_path: Path) -> None:
    whole = tmp_path / "e1" / "whole.png"
    whole.parent.mkdir()
    Image.effect_noise((64, 64), 50).save(whole)
    (tmp_path / "e1" / "cut.png").write_bytes(whole.read_bytes()[:-600])
    files = screenshots.scan(tmp_path, "e1")
    assert files["e1/whole.png"] == screenshots.File(64, 64)
    assert files["e1/cut.png"].error
