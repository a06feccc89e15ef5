"""`kb build`: reproducible, in one step or not at all, and clear about what it cannot do."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

import pytest

from conftest import AS_OF, SITE_URL, copy_project, kb

pytestmark = pytest.mark.build


def digest(folder: Path) -> dict[str, str]:
    """Each file of a tree with the hash of its content."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, in a folder of another name."""
    return copy_project(tmp_path_factory.mktemp("elsewhere") / "another-name")


def build(project: Path, *arguments: str) -> tuple[int, str]:
    """Build the copy's site; gives exit code and output, but for the count at its end."""
    built = kb("build", "--site-url", SITE_URL, "--as-of", AS_OF, *arguments, cwd=project)
    said = re.sub(r"\d+ pages of \d editions?: \d+ errors?, 0 warnings\n\Z", "", built.stderr)
    return built.returncode, built.stdout + said


def test_another_clone_clock_and_hash_seed_give_the_same_bytes(
    site: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    monkeypatch.setenv("PYTHONHASHSEED", "4711")
    assert os.environ["TZ"] == "Asia/Shanghai"
    assert build(project) == (0, "")
    mine, theirs = digest(project / "site"), digest(site)
    assert len(mine) > 200
    assert [name for name in mine.keys() | theirs if mine.get(name) != theirs.get(name)] == []


def test_a_failed_build_leaves_the_last_good_site_as_it_was(project: Path) -> None:
    if not (project / "site").exists():
        assert build(project) == (0, "")
    before = digest(project / "site")
    page = project / "docs/2026-11/en/faq.md"
    good = page.read_text("utf-8")
    page.write_text(good + "\nSee [nothing](nowhere.md).\n", "utf-8")
    try:
        code, said = build(project)
    finally:
        page.write_text(good, "utf-8")
    line = good.count("\n") + 2
    assert code == 1
    assert f"docs/2026-11/en/faq.md:{line}:" in said
    assert digest(project / "site") == before
    assert [path.name for path in project.iterdir() if path.name.startswith(".site")] == []


@pytest.mark.parametrize("name", ["one", "cards"])
def test_one_edition_can_be_built_alone(project: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    assert build(project, "--edition", "2023-07", "--out", str(out)) == (0, "")
    assert (out / "2023-07/en/index.html").exists()
    assert not (out / "2026-11").exists()
    pages = list((project / "docs/2023-07").glob("*/**/*.md"))
    assert len(list(out.glob("2023-07/cards/**/*.png"))) == len(pages) > 10


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--edition", "1999-01"), "no edition '1999-01'; there are: 2026-11, 2023-07"),
        (("--site-url", "example.org"), "'example.org' is no address"),
        (("--as-of", "yesterday"), "'yesterday' is no day like"),
    ],
)
def test_wrong_usage_is_one_clear_line(
    project: Path, arguments: tuple[str, ...], said: str
) -> None:
    answer = kb("build", *arguments, cwd=project)
    assert answer.returncode == 2
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_folder_that_is_no_project_is_refused(tmp_path: Path) -> None:
    answer = kb("--root", str(tmp_path), "check")
    assert answer.returncode == 2
    assert answer.stderr.startswith("kb: no folder ")


def test_a_page_that_is_no_text_is_named(project: Path) -> None:
    page = project / "docs/2026-11/en/faq.md"
    good = page.read_bytes()
    page.write_bytes(b"\xff\xfe\x00 not utf-8")
    try:
        answer = kb("check", cwd=project)
    finally:
        page.write_bytes(good)
    assert answer.returncode in (1, 2)
    assert "docs/2026-11/en/faq.md" in answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("name", "good", "bad", "said"),
    [
        (
            "mkdocs.yml",
            "      - risks/law.md\n",
            "",
            "WARNING -  The following pages exist in the docs directory, but are not included in "
            'the "nav" configuration:\n  - zh/risks/law.md\n',
        ),
        ("mkdocs.yml", "validation:", "validatoin:", "Unrecognised configuration name: validatoin"),
        (
            "hooks/kb/search/build.js",
            "note(entry, telling(plain(doc.text)), TIMES)",
            "",
            "' does not find this page [search-lost]\n  → the search is broken",
        ),
    ],
)
def test_a_warning_of_mkdocs_and_a_page_that_search_loses_stop_it(
    project: Path, tmp_path: Path, name: str, good: str, bad: str, said: str
) -> None:
    path = project / name
    before = path.read_text("utf-8")
    assert good in before
    path.write_text(before.replace(good, bad, 1), "utf-8")
    try:
        code, told = build(project, "--edition", "2026-11", "--out", str(tmp_path / "site"))
    finally:
        path.write_text(before, "utf-8")
    assert code == 1
    assert said in told
    assert "INFO" not in told
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("lacking", ["checks.py", "facts.py"])
def test_a_site_is_not_built_without_a_hook(project: Path, lacking: str) -> None:
    config = project / "mkdocs.yml"
    before = config.read_text("utf-8")
    assert f"  - hooks/{lacking}\n" in before
    config.write_text(before.replace(f"  - hooks/{lacking}\n", ""), "utf-8")
    answer = kb("build", "--out", "unhooked", cwd=project)
    config.write_text(before, "utf-8")
    assert answer.returncode == 1
    assert not (project / "unhooked").exists()
    line = before[: before.index("\nhooks:")].count("\n") + 2
    assert f"mkdocs.yml:{line}: `hooks` lacks hooks/{lacking} [hook-missing]" in answer.stdout


def test_settings_that_cannot_be_read_are_told_at_their_line(project: Path) -> None:
    config = project / "mkdocs.yml"
    before = config.read_text("utf-8")
    config.write_text(before.replace("theme:", "theme: &x", 1), "utf-8")
    answer = kb("build", cwd=project)
    config.write_text(before, "utf-8")
    assert answer.returncode == 1
    line = before[: before.index("theme:")].count("\n") + 1
    assert f"mkdocs.yml:{line}: 'x' is an anchor or alias" in answer.stdout
    assert "`hooks` lacks" not in answer.stderr


def test_a_deleted_page_must_lead_on_and_a_title_fit_its_card(
    project: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "gone"
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("site"))
    config = copy / "mkdocs.yml"
    config.write_text(config.read_text("utf-8").replace("      - risks/law.md\n", ""), "utf-8")
    for locale in ("zh", "en"):
        (copy / "docs/2026-11" / locale / "risks/law.md").unlink()
    page = copy / "docs/2026-11/zh/faq.md"
    page.write_text(page.read_text("utf-8").replace("title: ", "title: 龘 ", 1), "utf-8")
    code, said = build(copy)
    assert code == 1
    assert "docs/2026-11/zh/faq.md:2: the social card's font lacks '龘'" in said
    assert "[card-glyph]" in said
    assert "'risks/law' of 2026-11 is gone" in said
    assert "[page-gone]" in said
