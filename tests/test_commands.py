"""The commands as a newcomer meets them: help that suffices, exit codes that mean something."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import SITE_URL, copy_project, kb

COMMANDS = ("check", "status", "build", "preview", "links", "links-merge", "draw", "import")


@pytest.mark.parametrize("command", [*COMMANDS, "release", "stamp", "edition", "edition new"])
def test_every_command_has_help(command: str) -> None:
    answer = kb(*command.split(), "--help")
    assert answer.returncode == 0
    assert answer.stdout.startswith(f"usage: kb {command}")


def test_the_sources_of_the_guide_are_in_order() -> None:
    answer = kb("check")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_a_page_changed_in_one_language_is_stale_until_it_is_stamped(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    page = root / "docs/2026-11/en/faq.md"
    page.write_text(page.read_text("utf-8") + "\nOne more line.\n", "utf-8")
    for command in (["check"], ["status", "--strict"]):
        answer = kb(*command, cwd=root)
        assert "docs/2026-11/zh/faq.md:" in answer.stdout
        assert "[translation-stale]" in answer.stdout
        assert answer.returncode == 1
    stamped = kb("stamp", "2026-11", "faq", cwd=root)
    assert stamped.stdout == "wrote docs/2026-11/translations.yml\n"
    assert kb("check", cwd=root).stdout == ""


@pytest.mark.parametrize(
    ("ledger", "command"),
    [
        ("docs/2026-11/translations.yml", ("stamp", "2026-11", "faq")),
        ("docs/ledgers/pages.yml", ("release",)),
    ],
)
def test_a_faulty_ledger_is_not_written_over(
    tmp_path: Path, ledger: str, command: tuple[str, ...]
) -> None:
    root = copy_project(tmp_path / "project")
    path = root / ledger
    broken = "<<<<<<< mine\n" + path.read_text("utf-8")
    path.write_text(broken, "utf-8")
    answer = kb(*command, cwd=root)
    assert answer.returncode == 2
    assert f"kb: {ledger}:" in answer.stderr
    assert path.read_text("utf-8") == broken


def test_the_built_site_has_no_broken_reference(site: Path) -> None:
    answer = kb("links", str(site), "--offline", "--site-url", SITE_URL)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


BROKEN = '<!doctype html><html lang="en"><title>x</title><a id="a" href="gone.html">x</a>'


def test_a_strangers_site_is_checked_without_this_project(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text(BROKEN, "utf-8")
    report = tmp_path / "report.jsonl"
    options = ("--offline", "--format", "json", "--out", str(report))
    answer = kb("--root", str(tmp_path), "links", str(tmp_path / "site"), *options)
    assert (answer.returncode, answer.stdout, answer.stderr) == (1, "", "")
    found = json.loads(report.read_text("utf-8"))
    assert (found["url"], found["rule"], found["verdict"]) == ("gone.html", "link-broken", "broken")


def test_what_is_ignored_is_no_finding(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(BROKEN, "utf-8")
    for options in (("--ignore", "^gone"), ("--ignore-attr", "id")):
        assert kb("links", str(tmp_path), "--offline", *options).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("links", "/no/such/folder"), "is no folder"),
        (("links", ".", "--offline", "--ignore", "("), "is no regular expression"),
        (("links", ".", "--shard", "3/2"), "'3/2' is no part like 1/4"),
        (("draw", "no-such-drawing"), "no-such-drawing"),
        (("import", "/no/such/post", "--to", "docs/2023-07/zh"), "/no/such/post"),
        (
            ("import", ".github/site.png", "--to", "docs/2023-07/zh"),
            "site.png:1: is not UTF-8 text",
        ),
        (("preview", "--out", "/no/such/site"), "holds no site"),
        (("links-merge", "--cache", "x", "/no/such/part"), "is no file"),
        (("status", "--as-of", "soon"), "'soon' is no day"),
        (("stamp", "2030-01", "index"), "no edition '2030-01'; there are: 2026-11, 2023-07"),
        (("stamp", "2026-11", "indx"), "edition 2026-11 has no page 'indx'; nearest: index"),
    ],
)
def test_wrong_usage_is_one_clear_line_and_exit_code_2(
    arguments: tuple[str, ...], said: str
) -> None:
    answer = kb(*arguments)
    assert answer.returncode == 2
    assert said in answer.stderr.splitlines()[-1]
    assert "Traceback" not in answer.stderr
