"""What the repository says of itself: licences, versions, forms, a guide that can be followed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import ROOT, copy_project, kb
from kb import files
from kb.text.page import Markdown

GITHUB = ROOT / ".github"
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")
GUIDE = sorted((ROOT / "docs/contributing").rglob("*.md"))
TOLD = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")] + GUIDE
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT, GROUPS = SETTINGS["project"], SETTINGS["dependency-groups"]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
_CHINESE, _LATIN = re.compile("[\u4e00-\u9fff]"), re.compile("[A-Za-z]{3}")


def test_the_version_is_the_day_of_the_newest_entry() -> None:
    days = re.findall(r"^## (\d{4}-\d\d-\d\d)$", CHANGELOG, re.M)
    assert days == sorted(set(days), reverse=True)
    assert len(days) == CHANGELOG.count("\n## ")
    version = ".".join(str(int(part)) for part in days[0].split("-"))
    assert PROJECT["version"] == CITATION["version"] == version
    assert CITATION["date-released"].isoformat() == days[0]


def test_the_licences_lie_where_the_project_says_and_cover_the_site() -> None:
    assert PROJECT["license-files"] == ["LICENSE", "LICENSE-docs"]
    assert set(PROJECT["license"].split(" AND ")) == {"MIT", "CC-BY-4.0"}
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License\n")
    words = (ROOT / "LICENSE-docs").read_text("utf-8")
    assert CITATION["license"] == "CC-BY-4.0" in words
    # The foot of every page leads to the same licence.
    foot = (ROOT / "overrides/partials/footer.html").read_text("utf-8")
    [address] = re.findall(r'rel="license" href="([^"]+)"', foot)
    assert address in words


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_asks_in_both_languages(path: Path) -> None:
    form: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    assert (
        {"name", "description", "body"}
        <= set(form)
        <= {"name", "description", "body"}
        | {
            "title",
            "labels",
        }
    )
    kinds = {
        "input": set(),
        "textarea": {"render"},
        "dropdown": {"options"},
        "checkboxes": {"options"},
    }
    ids = [field["id"] for field in form["body"]]
    assert len(ids) == len(set(ids)) >= 3
    for field in form["body"]:
        given = field["attributes"]
        assert set(given) <= {"label", "description", "placeholder"} | kinds[field["type"]]
        for text in (form["name"], form["description"], given["label"]):
            assert _CHINESE.search(text), text
            assert _LATIN.search(text), text


def test_there_are_forms_for_what_readers_find_wrong() -> None:
    assert {"wrong-fact", "broken-link", "translation"} <= {path.stem for path in FORMS}
    # A page's own button opens an issue with its address in the text: no form may be in its way.
    assert yaml.safe_load((GITHUB / "ISSUE_TEMPLATE/config.yml").read_text("utf-8")) == {
        "blank_issues_enabled": True
    }


def test_code_owners_name_what_there_is() -> None:
    lines = (GITHUB / "CODEOWNERS").read_text("utf-8").splitlines()
    patterns = [line.split()[0] for line in lines if line and not line.startswith("#")]
    assert [each for each in patterns if each != "*" and not any(ROOT.glob(each.strip("/")))] == []


def test_hooks_before_a_commit_run_what_the_tests_run() -> None:
    (held,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert held["repo"] == "local"  # versions stand in pyproject.toml alone
    entries = {hook["id"]: hook["entry"] for hook in held["hooks"]}
    assert set(entries) == {"ruff", "ruff-format", "kb-check", "workflows"}
    make = (ROOT / "Makefile").read_text("utf-8")
    assert entries["workflows"].removeprefix(".venv/bin/") in make


def test_the_container_installs_what_the_makefile_would() -> None:
    settings = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text("utf-8"))
    image = (ROOT / ".devcontainer" / settings["build"]["dockerfile"]).read_text("utf-8")
    make = (ROOT / "Makefile").read_text("utf-8")
    wanted = " ".join(re.findall(r"(?:call apt,|WANTED\+=\()([\w -]+)", make)).split()
    assert len(wanted) > 4
    assert [name for name in wanted if name not in image] == []


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ((), "chromium fontconfig fonts-noto-cjk libatomic1"),
        (("google-chrome", "playwright"), "fontconfig fonts-noto-cjk"),
        (("fc-list",), "chromium libatomic1"),
        (("chromium", "fc-list", "playwright"), ""),
    ],
)
def test_who_may_not_install_is_told_all_that_is_missing_and_no_more(
    tmp_path: Path, there: tuple[str, ...], missing: str
) -> None:
    for name in ("bash", "grep", "make"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    for name, says in (("id", "1000"), *((name, "a font") for name in there)):
        (tmp_path / name).write_text(f"#!{shutil.which('bash')}\necho {says}\n")
        (tmp_path / name).chmod(0o755)
    command = ["make", f"BIN={tmp_path}", "SHELL=bash", "-o", ".venv/test.stamp", "browser"]
    done = subprocess.run(
        command, cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    told = [line for line in done.stderr.splitlines() if not line.startswith("make: ")]
    install = f"missing on this machine: {missing}. Have them installed: apt-get install {missing}"
    assert told[:1] == ([install] if missing else [])
    assert ("google-chrome on the PATH will do" in done.stderr) == ("chromium" in missing)
    assert done.returncode == (2 if missing else 0)


@pytest.mark.parametrize(
    ("group", "file"),
    [
        ("links", "requirements-links.txt"),
        ("links", "requirements.txt"),
        ("site", "requirements.txt"),
        ("test", "tests/requirements.txt"),
        ("ocr", "tests/requirements-ocr.txt"),
    ],
)
def test_what_is_compiled_has_the_pins_of_its_group(group: str, file: str) -> None:
    """A bot that moves one of the two says so here: `make lock`."""
    wanted = {pin.partition(";")[0] for pin in GROUPS[group] if isinstance(pin, str)}
    compiled = re.findall(r"^([\w.-]+==[^\s;]+)", (ROOT / file).read_text("utf-8"), re.M)
    assert wanted - set(compiled) == set()


# ---- the guide


@pytest.mark.parametrize("path", TOLD, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_in_the_guide_lead_somewhere(path: Path) -> None:
    text = Markdown(files.read_text(path))
    for target in re.findall(r"\]\(([^()\s]+)\)", text.live):
        file, _, fragment = target.partition("#")
        if "://" in file or "/actions/" in file:
            continue
        assert (path.parent / file).exists() or not file, f"{path.name}: {target}"
        if fragment and not file:
            assert fragment in {_slug(heading.text) for heading in text.headings}, target


def _slug(heading: str) -> str:
    """The id that a host of repositories gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize(
    "name", sorted({path.name for path in GUIDE}), ids=lambda name: name.removesuffix(".md")
)
def test_both_languages_of_the_guide_have_the_same_parts(name: str) -> None:
    pair = [
        Markdown(files.read_text(ROOT / "docs/contributing" / locale / name))
        for locale in ("zh", "en")
    ]
    assert [h.level for h in pair[0].headings] == [h.level for h in pair[1].headings]
    # What is typed is the same, but for the words that stand for something.
    typed = [set(re.findall(r"`((?:make|kb|docs/|hooks/)[^`<]*)`", page.text)) for page in pair]
    assert {each for each in typed[0] ^ typed[1] if not _CHINESE.search(each)} == set()


COMMANDS = sorted(
    {
        command
        for path in TOLD
        for command in re.findall(
            r"(?:`|^    +)((?:make|kb) [a-z][^`\n#]*?)(?:`|  |$)", path.read_text("utf-8"), re.M
        )
    }
)


def test_the_guide_names_commands() -> None:
    assert len(COMMANDS) > 25


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith("make")])
def test_make_knows_what_the_guide_asks_of_it(command: str) -> None:
    _, *arguments = command.split()
    text = (ROOT / "Makefile").read_text("utf-8")
    for target in [each for each in arguments if "=" not in each]:
        assert re.search(rf"^{target}:.*## ", text, re.M), "`make` alone does not list it"
    done = subprocess.run(
        ["make", "-n", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# What an example names and no project has: the reader's own files, an earlier visit, a history.
THEIRS = {"OLD", "NEW", "shot.png", "cancel-plan", ".cache/links.sqlite", "--from-history"}


@pytest.mark.build
@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith("kb")])
def test_kb_does_what_the_guide_asks_of_it(command: str, tmp_path: Path) -> None:
    """In a copy of the project; what takes long, or is named without what it needs, tells how."""
    _, *arguments = command.split()
    if arguments[0] not in ("build", "links"):  # which other tests run, the web's on this machine
        done = kb(*arguments, cwd=copy_project(tmp_path / "copy"))
        if done.returncode != 2:
            assert done.returncode <= ("--strict" in arguments), done.stdout + done.stderr
            return
        assert "Traceback" not in done.stderr
        assert "unrecognized" not in done.stderr
        assert "invalid choice" not in done.stderr
        assert "usage: " in done.stderr or THEIRS.intersection(arguments), done.stderr
    assert kb(*arguments, "--help").returncode == 0
