"""The workflows of the project's CI: valid, pinned, and with no more rights than they need."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

WORKFLOWS = sorted((Path(__file__).parent.parent / ".github/workflows").glob("*.yml"))
ACTION = Path(__file__).parent.parent / "action.yml"
_PINNED = re.compile(r"^[\w.-]+(/[\w.-]+)+@[0-9a-f]{40} # v\d+(\.\d+){2}$")


def _steps(job: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of a job; one that calls a workflow of ours has none."""
    steps: list[dict[str, Any]] = job.get("steps", [])
    assert steps or job["uses"].startswith("$/.github/workflows/")
    return steps


def _checked(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What one of the checkers that pip puts beside this Python says."""
    command = [Path(sys.executable).with_name(program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _actionlint(*files: Path) -> subprocess.CompletedProcess[str]:
    settings = WORKFLOWS[0].parent.parent / "jactionlint.yaml"
    options = ("--strict-exit", "--no-hints", "--oneline", "--config-file", settings)
    return _checked("jactionlint", *options, *files)


def _zizmor(folder: Path) -> subprocess.CompletedProcess[str]:
    return _checked("zizmor", "--offline", "--pedantic", folder)


def test_actionlint_has_no_complaint() -> None:
    done = _actionlint(*WORKFLOWS, ACTION, WORKFLOWS[0].parent.parent / "dependabot.yml")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("checked", [WORKFLOWS[0].parent, ACTION], ids=["workflows", "action"])
def test_zizmor_has_no_complaint_at_its_strictest(checked: Path) -> None:
    done = _zizmor(checked)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("what", "options", "code", "said"),
    [
        ("site", "", 1, "::error file=site/index.html,line=1,col=1,title=link-broken::"),
        ("site\n", "--offline\n\n--ignore=gone it\n", 0, ""),
        ("no such", "", 2, ""),
    ],
)
def test_the_action_gives_each_line_as_one_argument(
    tmp_path: Path, what: str, options: str, code: int, said: str
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text('<a href="gone it">x</a>')
    (tmp_path / "kb-links/bin").mkdir(parents=True)
    (tmp_path / "kb-links/bin/python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tmp_path / "kb-links/bin/python").chmod(0o755)
    step = yaml.safe_load(ACTION.read_text("utf-8"))["runs"]["steps"][-1]
    given = {"RUNNER_TEMP": str(tmp_path)}
    given |= {"ACTION": str(ACTION.parent), "WHAT": what, "OPTIONS": options}
    assert step["env"].keys() == {"ACTION", "WHAT", "OPTIONS"}
    command = ["bash", "-e", "-o", "pipefail", "-c", step["run"]]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **given}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout[: len(said)]) == (code, said), done.stderr


@pytest.mark.parametrize("new_enough", [True, False])
def test_the_action_says_which_python_it_needs(tmp_path: Path, new_enough: bool) -> None:
    script = yaml.safe_load(ACTION.read_text("utf-8"))["runs"]["steps"][0]["run"]
    answer = "exit 0" if new_enough else '[ "$1" != -c ]'
    for name in ("python3", "kb-links/bin/pip"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n{answer}\n')
        (tmp_path / name).chmod(0o755)
    done = _run(script, tmp_path, RUNNER_TEMP=str(tmp_path), ACTION="a")
    assert done.returncode == (0 if new_enough else 1)
    assert done.stdout.startswith("::error::Python 3.11.2") != new_enough
    asked = (tmp_path / "asked").read_text("utf-8")
    assert ("--require-hashes -r a/requirements-links.txt" in asked) == new_enough


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
        (r"checkout@\w+", "checkout@v4", "unpinned-uses"),
        ("    name: every check and test\n", "", "anonymous-definition"),
    ],
)
def test_zizmor_would_complain(old: str, new: str, audit: str, tmp_path: Path) -> None:
    done = _zizmor(_spoilt(tmp_path, "ci", old, new).parent)
    assert done.returncode != 0
    assert audit in done.stdout


def _spoilt(tmp_path: Path, name: str, old: str, new: str) -> Path:
    """A copy of one workflow with one thing changed."""
    path = tmp_path / f".github/workflows/{name}.yml"
    path.parent.mkdir(parents=True)
    text = (WORKFLOWS[0].parent / path.name).read_text("utf-8")
    changed, times = re.subn(old, new, text)
    assert times
    path.write_text(changed, "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"),
    [
        ("ci", "  push:\n    branches:", "  push:\n    branch:", "workflow-syntax"),
        ("ci", r"matrix\.python", "matrix.pyhton", "undefined-property"),
        ("links", "needs: build\n", "needs: biuld\n", "undefined-job-needs"),
        ("preview", "defaults: .*\n", "", "pipeline-without-pipefail"),
        ("links", "          if-no-files-found: error\n", "", "fail-fast-action-inputs"),
        ("publish", r"vars\.PUBLISHED_COMMIT", "vars.PUBLISHED", "undefined-property"),
        ("ci", r"checkout@\w+ # \S+", f"checkout@{'0' * 40} # v4.2.2", "deprecated-node-runtime"),
        ("publish", r"deploy-pages@\w+ # \S+", "deploy-pages@v2", "unpinned-uses"),
    ],
)
def test_actionlint_would_complain(
    tmp_path: Path, name: str, old: str, new: str, rule: str
) -> None:
    done = _actionlint(_spoilt(tmp_path, name, old, new))
    assert done.returncode == 1
    assert f"[{rule}]" in done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_strangers_pull_request_meets_no_secrets(path: Path) -> None:
    text = path.read_text("utf-8")
    triggers = yaml.safe_load(text)[True]  # YAML 1.1 reads `on` so
    assert not {"pull_request_target", "issue_comment"} & set(triggers)
    if "pull_request" in triggers:
        assert "secrets." not in text
        assert "github.token" not in text
    if "workflow_run" in triggers:  # with rights, behind a stranger's run: nothing of it is run
        assert path.stem == "comment"
        for job in yaml.safe_load(text)["jobs"].values():
            uses = [step["uses"] for step in _steps(job) if "uses" in step]
            assert all(each.startswith("actions/download-artifact@") for each in uses)


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


def test_each_python_and_each_bare_system_that_is_named_is_tried() -> None:
    root = WORKFLOWS[0].parents[2]
    jobs = yaml.safe_load((WORKFLOWS[0].parent / "ci.yml").read_text("utf-8"))["jobs"]
    tried = jobs["python"]["strategy"]["matrix"]["python"]
    assert tried == [f"3.{minor}" for minor in range(11, 15)]
    least = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    assert least["requires-python"].startswith(f">={tried[0]}.")
    systems = re.search(r"\nOn (Debian .*?) \(", (root / "README.md").read_text("utf-8"))
    assert systems
    images = jobs["bare"]["strategy"]["matrix"]["image"]
    assert re.findall(r"[\d.]+\d", systems[1]) == [each.partition(":")[2] for each in images]
    for job in ("python", "bare"):
        assert jobs[job]["steps"][-1]["run"] == "make nginx site quick"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_its_commit_and_names_its_version(path: Path) -> None:
    uses = re.findall(r"^\s*(?:- )?uses:\s*(.+?)\s*$", path.read_text("utf-8"), re.MULTILINE)
    assert uses
    # What lies in this repository comes with the commit that names it.
    assert [each for each in uses if not each.startswith("$/") and not _PINNED.match(each)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_rights_are_none_until_a_job_asks_for_them(path: Path) -> None:
    workflow: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        rights = job["permissions"]
        assert set(rights) <= {
            *("actions", "contents", "id-token", "issues", "pages", "pull-requests")
        }, name
        # What may write runs nothing that a pull request can change.
        if "write" in rights.values():
            assert not any("checkout" in step.get("uses", "") for step in _steps(job)), name
            assert "pull_request" not in workflow[True] or "github.event_name" in job["if"], name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_expression_stands_inside_a_script(path: Path) -> None:
    workflow: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    for name, job in workflow["jobs"].items():
        for step in _steps(job):
            assert "${{" not in step.get("run", ""), f"{name}: pass it by env"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_script_stops_where_a_part_of_a_pipe_fails(path: Path) -> None:
    workflow: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    if any("run" in step for job in workflow["jobs"].values() for step in _steps(job)):
        assert workflow["defaults"] == {"run": {"shell": "bash"}}  # which sets pipefail


# ---- the one issue

GH = """#!/usr/bin/env python3
import json, os, pathlib, subprocess, sys
arguments, state = sys.argv[1:], pathlib.Path(os.environ["GH_STATE"])
issues = json.loads(state.read_text())
if arguments[:2] == ["issue", "list"]:
    assert arguments[2:6] == ["--state", "open", "--author", "app/github-actions"], arguments
    assert arguments[6:10] == ["--limit", "1000", "--json", "number,title"], arguments
    subprocess.run(["jq", "-r", arguments[-1], state], check=True)  # gh reads the same language
else:
    with pathlib.Path(os.environ["GH_SAID"]).open("a") as said:
        print(json.dumps(arguments), file=said)
"""


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
@pytest.mark.parametrize(
    ("body", "issues", "said"),
    [
        ("", [], []),
        ("", ["T and more"], []),
        ("", ["T"], [["issue", "close", "1", "--comment", "All is done."]]),
        ("- [ ] x", [], [["issue", "create", "--title", "T", "--body-file", "issue.md"]]),
        ("- [ ] x", ["U", "T"], [["issue", "edit", "2", "--body-file", "issue.md"]]),
    ],
)
def test_one_issue_is_opened_edited_and_closed(
    tmp_path: Path, body: str, issues: list[str], said: list[list[str]]
) -> None:
    keep = next(path for path in WORKFLOWS if path.stem == "keep-issue")
    (job,) = yaml.safe_load(keep.read_text("utf-8"))["jobs"].values()
    (script,) = (step["run"] for step in job["steps"] if "run" in step)
    (tmp_path / "gh").write_text(GH, "utf-8")
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / "issue.md").write_text(body, "utf-8")
    known = [{"number": number, "title": title} for number, title in enumerate(issues, 1)]
    (tmp_path / "issues.json").write_text(json.dumps(known), "utf-8")
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=tmp_path,
        env={
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "GH_STATE": str(tmp_path / "issues.json"),
            "GH_SAID": str(tmp_path / "said"),
            "TITLE": "T",
            "DONE": "All is done.",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "said").read_text("utf-8").splitlines() if said else []
    assert [json.loads(line) for line in lines] == said
    assert (tmp_path / "said").exists() == bool(said)


# ---- what else is said in scripts


def _script(name: str, step: str) -> str:
    """What a step of a workflow runs."""
    workflow = yaml.safe_load((WORKFLOWS[0].parent / f"{name}.yml").read_text("utf-8"))
    steps = [each for job in workflow["jobs"].values() for each in _steps(job)]
    (script,) = (each["run"] for each in steps if each.get("name") == step)
    return str(script)


def _run(script: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=cwd,
        env={"PATH": f"{cwd}{os.pathsep}{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_release_has_the_notes_of_its_day(tmp_path: Path) -> None:
    script = _script("release", "cut out the entry")
    log = "# Changelog\n\n## 2026-12-01\n\n- b\n  c\n\n## 2026-11-09\n\n- a\n"
    (tmp_path / "CHANGELOG.md").write_text(log, "utf-8")
    assert _run(script, tmp_path, GITHUB_REF_NAME="v2026.12.01").returncode == 0
    assert (tmp_path / "notes.md").read_text("utf-8") == "\n- b\n  c\n\n"
    assert _run(script, tmp_path, GITHUB_REF_NAME="v2026.11.09").returncode == 0
    assert (tmp_path / "notes.md").read_text("utf-8") == "\n- a\n"
    done = _run(script, tmp_path, GITHUB_REF_NAME="v2026.11.10")
    assert done.returncode == 1
    assert "::error file=CHANGELOG.md::no entry '## 2026-11-10'" in done.stdout


@pytest.mark.parametrize(
    "lying", [["links.sqlite"], ["shard-1/links.sqlite", "shard-2/links.sqlite"], []]
)
def test_shards_are_put_together_wherever_the_download_lays_them(
    tmp_path: Path, lying: list[str]
) -> None:
    """A single one lies in the folder itself; where there is none, its name is no file."""
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    for each in lying:
        (tmp_path / "shards" / each).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "shards" / each).touch()
    done = _run(_script("links", "put together what the shards learnt"), tmp_path)
    *_, cache = parts = done.stdout.splitlines()[: -max(len(lying), 1)]
    assert parts[-3:] == ["links-merge", "--cache", cache]
    given = done.stdout.splitlines()[len(parts) :]
    assert given == [f"shards/{each}" for each in lying or ["**/links.sqlite"]]


COMMENTING = """#!/usr/bin/env python3
import json, os, pathlib, subprocess, sys
arguments = sys.argv[1:]
if arguments[:2] == ["pr", "list"]:
    assert arguments[2:8] == ["--state", "open", "--limit", "1000", "--json", "number,headRefOid"]
    subprocess.run(["jq", "-r", arguments[-1]], check=True, text=True, input=os.environ["PRS"])
else:
    pathlib.Path(os.environ["SAID"]).write_text(json.dumps(arguments))
"""


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
@pytest.mark.parametrize(("head", "number"), [("abc", "7"), ("gone", "")])
def test_the_comment_goes_to_the_request_of_the_commit_as_code(
    tmp_path: Path, head: str, number: str
) -> None:
    (tmp_path / "gh").write_text(COMMENTING, "utf-8")
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / "changes.txt").write_text("a @b\r\n```\n[x](y)\n" + "z" * 30_000, "utf-8")
    known = [{"number": 9, "headRefOid": "other"}, {"number": 7, "headRefOid": "abc"}]
    script = _script("comment", "keep one comment")
    said = tmp_path / "said"
    prs = json.dumps(known)
    done = _run(script, tmp_path, HEAD_SHA=head, RUN="https://r", PRS=prs, SAID=str(said))
    assert done.returncode == 0, done.stderr
    assert said.exists() == bool(number)
    if number:
        options = ["--edit-last", "--create-if-none", "--body-file", "comment.md"]
        assert json.loads(said.read_text("utf-8")) == ["pr", "comment", number, *options]
        head_line, blank, *listed = (tmp_path / "comment.md").read_text("utf-8").splitlines()
        assert "https://r" in head_line
        assert blank == ""
        assert listed[:3] == ["    a @b", "    ```", "    [x](y)"]
        assert all(line.startswith("    ") for line in listed)
        assert sum(map(len, listed)) < 21_000


def test_the_site_is_built_anew_each_day_and_put_up_by_a_job_that_runs_nothing() -> None:
    workflow = yaml.safe_load((WORKFLOWS[0].parent / "publish.yml").read_text("utf-8"))
    assert re.fullmatch(r"\d+ \d+ \* \* \*", workflow[True]["schedule"][0]["cron"])
    assert all("refs/heads/main" in job["if"] for job in workflow["jobs"].values())
    assert [list(step) for step in workflow["jobs"]["deploy"]["steps"]] == [["id", "uses"]]
    (taken, *_) = workflow["jobs"]["build"]["steps"]
    # The one command back, which the guide tells, sets this.
    assert taken["with"]["ref"] == "${{ vars.PUBLISHED_COMMIT || github.sha }}"


def test_pins_are_kept_fresh_where_there_are_any() -> None:
    root = WORKFLOWS[0].parent.parent
    updates = yaml.safe_load((root / "dependabot.yml").read_text("utf-8"))["updates"]
    assert {each["package-ecosystem"] for each in updates} == {"docker", "github-actions", "pip"}
    (pip,) = (each for each in updates if each["package-ecosystem"] == "pip")
    files = [*root.parent.glob("requirements*.txt"), *root.parent.glob("*/requirements*.txt")]
    assert {f"/{path.parent.relative_to(root.parent)}".rstrip(".") for path in files} == set(
        pip["directories"]
    )


@pytest.mark.parametrize("name", ["links", "status"])
def test_what_wants_doing_is_kept_in_one_issue_each(name: str) -> None:
    workflow = yaml.safe_load((WORKFLOWS[0].parent / f"{name}.yml").read_text("utf-8"))
    job = workflow["jobs"]["issue"]
    assert job["uses"] == "$/.github/workflows/keep-issue.yml"
    assert job["permissions"] == {"issues": "write"}
    assert set(job["with"]) == {"title", "done"}
    needed = [job["needs"]] if isinstance(job["needs"], str) else job["needs"]
    # A run that could not look must not close the issue: without its artifact this job fails.
    made = [step for each in needed for step in workflow["jobs"][each]["steps"]]
    assert any(step.get("with", {}).get("path") == "issue.md" for step in made)


def test_the_look_at_what_is_due_is_daily_and_a_gate() -> None:
    workflow = yaml.safe_load((WORKFLOWS[0].parent / "status.yml").read_text("utf-8"))
    assert re.fullmatch(r"\d+ \d+ \* \* \*", workflow[True]["schedule"][0]["cron"])
    runs = [step.get("run", "") for step in workflow["jobs"]["look"]["steps"]]
    assert any("kb status --strict" in run and "--issue issue.md" in run for run in runs)


PROPOSING = """#!/usr/bin/env python3
import json, os, pathlib, sys
arguments, body = sys.argv[1:], ""
if "--input" in arguments:
    body = json.loads(sys.stdin.read())
with open(os.environ["SAID"], "a") as said:
    said.write(json.dumps([arguments, body]) + "\\n")
if arguments[:2] == ["pr", "list"]:
    print("7" if os.environ["PR"] == arguments[arguments.index("--state") + 1] else "")
elif "--jq" in arguments:
    print("base0")
"""


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
@pytest.mark.parametrize("pr", ["", "open", "merged"])
def test_confirmed_dates_go_to_a_branch_of_their_own_with_a_table(tmp_path: Path, pr: str) -> None:
    (tmp_path / "gh").write_text(PROPOSING, "utf-8")
    (tmp_path / "gh").chmod(0o755)
    ledger = "facts: 价格\n" * 20_000  # more than one argument of a command may hold
    (tmp_path / "facts.yml").write_text(ledger, "utf-8")
    (tmp_path / "was").write_text("blob0\n", "utf-8")
    (tmp_path / "table.md").write_text("| go |\n", "utf-8")
    workflow = yaml.safe_load((WORKFLOWS[0].parent / "propose.yml").read_text("utf-8"))
    (job,) = workflow["jobs"].values()
    (step,) = (each for each in _steps(job) if "run" in each)
    given = {key: value for key, value in step["env"].items() if "${{" not in value}
    said = tmp_path / "said"
    given |= {"GH_REPO": "o/r", "BASE": "main", "SAID": str(said), "PR": pr}
    done = _run(step["run"], tmp_path, **given)
    assert done.returncode == 0, done.stderr
    calls = [json.loads(line) for line in said.read_text("utf-8").splitlines()]
    ((put, body),) = (call for call in calls if "PUT" in call[0])
    assert put[3] == "repos/o/r/contents/docs/ledgers/facts.yml"
    assert base64.b64decode(body["content"]).decode() == ledger
    assert (body["sha"], body["branch"]) == ("blob0", "facts/confirmed")
    last = calls[-1][0][:3]
    assert last == (["pr", "edit", "7"] if pr == "open" else ["pr", "create", "--head"])
    assert "| go |" in (tmp_path / "body.md").read_text("utf-8")
    said.unlink()
    (tmp_path / "table.md").write_text("", "utf-8")
    assert _run(step["run"], tmp_path, **given).returncode == 0
    assert not said.exists()  # nothing was confirmed, so nothing is proposed
