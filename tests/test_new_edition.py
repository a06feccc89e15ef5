"""`kb edition new`, on a copy of the project: it makes a site that builds, and refuses the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import ROOT, called, copy_project, kb


@pytest.mark.build
def test_a_new_edition_builds_beside_the_others(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    made = kb("edition", "new", "2027-05", "--from", "2026-11", cwd=root)
    assert made.returncode == 0, made.stderr
    built = kb("build", "--site-url", "https://kb.test/", cwd=root)
    assert built.returncode == 0, built.stdout + built.stderr
    for edition in ("2027-05", "2026-11", "2023-07"):
        assert (root / "site" / edition / "en" / "index.html").exists()
    archived = (root / "site/2026-11/start/plans/index.html").read_text("utf-8")
    assert "存档版 2026-11" in archived
    assert 'href="../../../2027-05/start/plans/"' in archived
    stub = (root / "site/latest/start/plans/index.html").read_text("utf-8")
    assert "2027-05/start/plans/" in stub
    again = kb("edition", "new", "2027-05", "--from", "2026-11", cwd=root)
    assert again.returncode == 2


@pytest.mark.parametrize(
    ("name", "source", "reason"),
    [
        ("2027-5", "2026-11", "no edition name"),
        ("2027-13", "2026-11", "no edition name"),
        ("2026-10", "2026-11", "not newer"),
        ("2027-05", "2023-07", "the newest edition is '2026-11'"),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_is_written(
    tmp_path: Path, name: str, source: str, reason: str
) -> None:
    root = copy_project(tmp_path / "project")
    before = sorted(path.name for path in [*root.iterdir(), *(root / "docs").iterdir()])
    made = called("edition", "new", name, "--from", source, cwd=root)
    assert made.returncode == 2
    assert reason in made.stderr
    assert "Traceback" not in made.stderr
    assert sorted(path.name for path in [*root.iterdir(), *(root / "docs").iterdir()]) == before
    assert (root / "mkdocs.yml").read_bytes() == (ROOT / "mkdocs.yml").read_bytes()
