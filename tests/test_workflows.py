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


def _zizmor(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [
        str(Path(sys.executable).with_name("zizmor")),
        "--offline",
        "--pedantic",
        str(folder),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_zizmor_has_no_complaint_at_its_strictest() -> None:
    done = _zizmor(WORKFLOWS[0].parent)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_zizmor_is_told_to_ignore_has_a_reason() -> None:
    ignored = [
        line
        for path in WORKFLOWS
        for line in path.read_text("utf-8").splitlines()
        if "zizmor: ignore" in line
    ]
    assert [line for line in ignored if not re.search(r"ignore\[[\w,-]+\] \S+ \S+ \S+", line)] == []


@pytest.mark.parametrize(
    ("old", "new", "audit"),
    [
        ("  pull_request:\n", "  pull_request_target:\n", "dangerous-triggers"),
        ("permissions: {}\n", "permissions: write-all\n", "excessive-permissions"),
        ("checkout@11bd71901bbe5b1630ceea73d27597364c9af683", "checkout@v4", "unpinned-uses"),
        ("    name: every check and test\n", "", "anonymous-definition"),
    ],
)
def test_zizmor_would_complain(old: str, new: str, audit: str, tmp_path: Path) -> None:
    text = next(path for path in WORKFLOWS if path.stem == "ci").read_text("utf-8")
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(text.replace(old, new), "utf-8")
    done = _zizmor(folder)
    assert done.returncode != 0
    assert audit in done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_strangers_pull_request_meets_no_secrets(path: Path) -> None:
    text = path.read_text("utf-8")
    triggers = yaml.safe_load(text)[True]  # YAML 1.1 reads `on` so
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(triggers)
    if "pull_request" in triggers:
        assert "secrets." not in text


def test_every_pin_is_asked_about_every_week() -> None:
    workflow: dict[Any, Any] = yaml.safe_load((WORKFLOWS[0].parent / "pins.yml").read_text("utf-8"))
    assert workflow[True]["schedule"]
    command = workflow["jobs"]["audit"]["steps"][-1]["run"]
    root = Path(__file__).parent.parent
    asked = set(re.findall(r"-r (\S+)", command))
    assert asked == {
        str(p.relative_to(root))
        for p in [*root.glob("requirements*.txt"), *root.glob("tests/requirements*.txt")]
    }


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
