"""The workflows of the project's CI: valid, pinned, and with no more rights than they need."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

WORKFLOWS = sorted((Path(__file__).parent.parent / ".github/workflows").glob("*.yml"))
_PINNED = re.compile(r"^[\w.-]+(/[\w.-]+)+@[0-9a-f]{40} # v\d+(\.\d+){2}$")


def _executable() -> str | None:
    """actionlint beside this Python, where pip puts it, or on the path."""
    return shutil.which("actionlint", path=str(Path(sys.executable).parent)) or shutil.which(
        "actionlint"
    )


@pytest.mark.skipif(not _executable(), reason="actionlint is not installed")
def test_actionlint_has_no_complaint() -> None:
    done = subprocess.run(
        [_executable() or "", "-no-color", *map(str, WORKFLOWS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_its_commit_and_names_its_version(path: Path) -> None:
    uses = re.findall(r"^\s*(?:- )?uses:\s*(.+?)\s*$", path.read_text("utf-8"), re.MULTILINE)
    assert uses
    assert [each for each in uses if not _PINNED.match(each)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_rights_are_none_until_a_job_asks_for_them(path: Path) -> None:
    workflow: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        rights = job["permissions"]
        assert set(rights) <= {"contents", "issues", "pages", "id-token"}, name
        # What may write runs nothing that a pull request can change.
        if "write" in rights.values():
            assert not any("checkout" in step.get("uses", "") for step in job["steps"]), name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_expression_stands_inside_a_script(path: Path) -> None:
    workflow: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), f"{name}: pass it by env"
