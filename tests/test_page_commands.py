"""`kb page`: a page begun, moved or taken away, with all that names it, in one step."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import AS_OF, copy_project, kb

pytestmark = pytest.mark.build  # each works on the whole guide


def texts(root: Path) -> dict[str, bytes]:
    """Every file that a person keeps."""
    paths = [*root.glob("mkdocs*.yml"), *(p for p in (root / "docs").rglob("*") if p.is_file())]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the guide."""
    return copy_project(tmp_path / "project")


def done(project: Path, *arguments: str) -> str:
    made = kb("page", *arguments, cwd=project)
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout


def test_a_moved_page_takes_everything_along_and_back_again(project: Path) -> None:
    before = texts(project)
    plan = done(project, "mv", "2026-11", "start/plans", "prices", "--dry-run")
    assert texts(project) == before
    done(project, "mv", "2026-11", "start/plans", "prices")
    after = texts(project)
    changed = {path for path in before.keys() | after if before.get(path) != after.get(path)}
    assert len(changed) > 25
    assert {line.split()[-1] for line in plan.splitlines() if "would be" in line} == changed
    told = kb("check", cwd=project)
    rules = {line.rsplit("[", 1)[-1] for line in told.stdout.splitlines() if line.endswith("]")}
    assert (told.returncode, rules) == (0, {"page-unreleased]"})  # the new name is not known yet
    assert (
        b"- from: /latest/start/plans/\n  to: /2026-11/prices/\n"
        in after["docs/ledgers/redirects.yml"]
    )
    assert b"    billing#paid: prices#plus\n" in after["docs/ledgers/editions.yml"]
    done(project, "mv", "2026-11", "prices", "start/plans")
    assert texts(project) == before


def test_whoever_stops_listening_finds_what_was_said_done(project: Path) -> None:
    read, heard = os.pipe()
    os.close(read)  # as `| true` does
    command = [sys.executable, "-m", "kb", "page", "mv", "2026-11", "start/plans", "prices"]
    # Unbuffered, every line meets the closed pipe; buffered, only the last.
    environment = {"PYTHONPATH": "hooks", "KB_AS_OF": AS_OF, "PYTHONUNBUFFERED": "1"}
    made = subprocess.run(command, cwd=project, env={**os.environ, **environment}, stdout=heard)
    os.close(heard)
    assert made.returncode == 1
    assert (project / "docs/2026-11/en/prices.md").exists()
    assert not (project / "docs/2026-11/en/start/plans.md").exists()


def test_a_page_of_an_archived_edition_moves_with_what_newer_ones_say_of_it(project: Path) -> None:
    done(project, "mv", "2023-07", "billing", "cost/billing")
    told = kb("check", cwd=project)
    assert told.returncode == 0, told.stdout
    facts = (project / "docs/ledgers/facts.yml").read_text("utf-8")
    assert "at: billing#" not in facts
    assert facts.count("at: cost/billing#") > 5
    assert "    cost/billing: start/plans\n" in (project / "docs/ledgers/editions.yml").read_text(
        "utf-8"
    )


def test_links_of_other_languages_editions_and_the_guide_follow(project: Path) -> None:
    planted = {
        "2023-07/zh/about": "看[现在](../../2026-11/zh/changes.md#next)和[英文](../en/index.md)。",
        "2023-07/en/about": "Read [now](../../2026-11/en/changes.md#next), [it](../zh/index.md).",
        "2026-11/zh/changes": "看[英文版](../en/changes.md)。",
        "2026-11/en/changes": "See the [Chinese page](../zh/changes.md).",
    }
    for name, text in planted.items():
        page = project / "docs" / f"{name}.md"
        page.write_text(page.read_text("utf-8") + f"\n{text}\n", "utf-8")
    for edition, page in (("2023-07", "about"), ("2026-11", "changes")):
        done_ = kb("stamp", edition, page, cwd=project)
        assert done_.returncode == 0, done_.stdout + done_.stderr
    done(project, "mv", "2026-11", "changes", "about/news")
    told = kb("check", cwd=project)
    lines = told.stdout.splitlines()
    assert all(line.endswith("[page-unreleased]") for line in lines), told.stdout
    docs = project / "docs"
    assert "](../../2026-11/zh/about/news.md#next)" in (docs / "2023-07/zh/about.md").read_text()
    assert "](../../zh/about/news.md)" in (docs / "2026-11/en/about/news.md").read_text()
    assert "](../../2026-11/en/about/news.md)" in (docs / "contributing/en/editing.md").read_text()
    assert "changes.md" not in (docs / "contributing/zh/editing.md").read_text()


def test_what_led_to_a_page_that_is_taken_away_leads_to_the_one_that_took_over(
    project: Path,
) -> None:
    said = done(project, "rm", "2026-11", "risks/law", "--to", "risks/scams")
    assert "asked.yml: its phrases for 'risks/law'" in said
    told = kb("check", cwd=project).stdout
    errors = {"asked-section", "fact-ages", "fact-unused", "image-unused"}  # a person's to judge
    lines = [line for line in told.splitlines() if line.startswith("docs/")]
    found = {line.rsplit("[", 1)[-1].rstrip("]") for line in lines}
    assert found <= errors | {"translation-unstamped", "word-unused", "term-unused"}, told
    page = (project / "docs/2026-11/en/risks/virtual-cards.md").read_text("utf-8")
    assert "law.md" not in page
    assert not (project / "docs/2026-11/zh/risks/law.md").exists()


def test_a_new_page_stands_in_the_contents_of_every_language(project: Path) -> None:
    said = done(project, "new", "2026-11", "start/extra", "--after", "start/plans")
    assert "docs/2026-11/en/start/extra.md: write its title, description and text" in said
    nav = (project / "mkdocs.yml").read_text("utf-8")
    assert "      - start/plans.md\n      - start/extra.md\n" in nav
    assert (project / "docs/2026-11/zh/start/extra.md").exists()
    done(project, "new", "2026-11", "start/more", "--after", "start/extra")
    told = kb("check", cwd=project)
    assert told.returncode == 1
    assert "docs/2026-11/en/start/extra.md:6: '#extra' has an unfinished text" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("mv", "2026-11", "start/plan", "prices"), "has no page 'start/plan'"),
        (("mv", "2026-11", "start/plans", "faq"), "has a page 'faq' already"),
        (("mv", "2026-11", "start/plans", "../x"), "'../x' is no name of a page"),
        (("mv", "2026-11", "start/plans", "Prices"), "'Prices' is no name of a page"),
        (("mv", "1999-01", "start/plans", "prices"), "no edition '1999-01'"),
        (("rm", "2026-11", "faq", "--to", "faq"), "cannot take over from itself"),
        (("rm", "2026-11", "faq", "--to", "nowhere"), "has no page 'nowhere'"),
        (("new", "2026-11", "faq", "--after", "index"), "has a page 'faq' already"),
        (("new", "2026-11", "extra", "--after", "nowhere"), "has no page 'nowhere'"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_is_written(
    project: Path, arguments: tuple[str, ...], reason: str
) -> None:
    before = texts(project)
    made = kb("page", *arguments, cwd=project)
    assert made.returncode == 2
    assert reason in made.stderr
    assert "Traceback" not in made.stderr
    assert texts(project) == before
