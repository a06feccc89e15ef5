"""An archived edition says what it said: nothing that editions share changes a byte of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import ROOT, SITE_URL, copy_project, kb, mkdocs
from kb import ledger
from test_whole_site import digest

pytestmark = pytest.mark.build
# What links to or from the archive, not what it says: where pages are, which links are dead.
WAYS = {"editions.yml", "pages.yml", "redirects.yml", "links.yml", "markup.yml", "translations.yml"}
KEPT = {"id", "topic", "sources", "earlier", "kind", "path", "source", "was", "confidence", "page"}


def other(value: Any, key: str = "") -> Any:
    """Whatever a ledger says, said otherwise, in the same form."""
    if key == "url":
        return f"{value}/x" if isinstance(value, str) else {k: f"{v}/x" for k, v in value.items()}
    if isinstance(value, dict):
        return {
            name: part if name in KEPT and not isinstance(part, dict) else other(part, name)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [other(part, key) for part in value]
    if isinstance(value, int | float):
        return value + 7 if key in ("amount", "number", "to") else value
    if re.fullmatch(r"20\d\d(-\d\d){0,2}", value):
        return f"201{value[3:]}"
    said = {"zh": "改了：", "en": "changed: ", "name": "other "}
    return said[key] + value if key in said else value


def change_all(project: Path) -> int:
    """Change every value of the shared ledgers, and the settings' texts; gives how many ledgers."""
    changed = 0
    for path in (project / "docs/ledgers").glob("*.yml"):
        if path.name not in WAYS:
            old = ledger.load(path.read_text("utf-8"), path.name).data
            path.write_text(yaml.safe_dump(other(old), allow_unicode=True), "utf-8")
            changed += other(old) != old
    for path in (project / "hooks/kb/words").glob("*.yml"):
        # The labels of social cards are the whole site's.
        words, cards, rest = path.read_text("utf-8").partition("card:\n")
        shown = re.sub(r"(?m)^(\s*[\w.]+: (?![|>]|['\"]?\d).*?)(['\"]?)$", r"\1~\2", words)
        assert shown != words
        path.write_text(shown + cards + rest, "utf-8")
    config = project / "mkdocs.yml"
    text = re.sub(r"(?m)^(\s*site_name: .*)$", r"\1 X", config.read_text("utf-8"))
    config.write_text(text.replace("关于: About", "关于: Elsewhere"), "utf-8")
    return changed


@pytest.fixture(autouse=True)
def together(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a part of the whole site, whose checks come later: they would tell of what we change."""
    monkeypatch.setenv("KB_EDITIONS", "2023-07")


def build(project: Path, out: str) -> dict[str, str]:
    arguments = ("build", "-q", "--strict", "-f", "mkdocs.2023-07.yml", "-d", out)
    built = mkdocs(*arguments, cwd=project, site_url=f"{SITE_URL}2023-07/")
    assert built.returncode == 0, built.stdout + built.stderr
    return digest(project / out)


def test_no_shared_value_changes_a_byte_of_the_archive(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    before = build(project, "before")
    assert change_all(project) >= 2
    after = build(project, "after")
    assert len(before) > 80
    assert [name for name in before.keys() | after if before.get(name) != after.get(name)] == []


def test_its_own_record_does_change_it(tmp_path: Path) -> None:
    """So that the test above could fail."""
    project = copy_project(tmp_path / "project")
    before = build(project, "before")
    for name, old, new in (
        ("facts", "OneKey", "TwoKey"),
        ("screenshots", "示意图：", "示意画："),
        ("synonyms", "绑卡", "绑一张卡"),
    ):
        path = project / f"docs/2023-07/record/{name}.yml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
    after = build(project, "after")
    changed = {name for name in before.keys() | after if before.get(name) != after.get(name)}
    assert {"corrections/index.html", "index.html"} <= changed
    assert any("search/" in name for name in changed)


def test_an_archived_edition_without_its_record_is_not_built(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    (project / "docs/2023-07/record/facts.yml").unlink()
    told = kb("check", cwd=project)
    assert told.returncode == 1
    assert "docs/2023-07/record/facts.yml:1: there is no such file [ledger-missing]" in told.stdout


def test_the_record_of_the_old_edition_has_what_the_guide_replaced() -> None:
    record = ROOT / "docs/2023-07/record/facts.yml"
    kept = yaml.load(record.read_text("utf-8"), Loader=yaml.BaseLoader)
    assert len(kept["facts"]) > 30
    assert {fact["was"]["edition"] for fact in kept["facts"]} == {"2023-07"}
