"""The commands as a newcomer meets them: help that suffices, exit codes that mean something."""

from __future__ import annotations

import datetime
import errno
import json
import os
import re
from pathlib import Path

import pytest

import kill
import small
from conftest import ROOT, SITE_URL, called, kb
from golden import write
from kb import build, commands, files, project, terminal
from kb.__main__ import main
from kb.finding import Finding, InputError

DAY = datetime.date(2026, 11, 29)

COMMANDS = ("check", "status", "build", "preview", "links", "links-merge", "draw", "import")


@pytest.mark.parametrize("command", [*COMMANDS, "release", "stamp", "edition", "edition new"])
def test_every_command_has_help(command: str) -> None:
    answer = called(*command.split(), "--help")
    assert answer.returncode == 0
    assert answer.stdout.startswith(f"usage: kb {command}")


def test_the_sources_of_the_guide_are_in_order() -> None:
    answer = kb("check")
    assert (answer.returncode, answer.stdout) == (0, "")
    assert re.fullmatch(r"\d+ pages of 2 editions: 0 errors, 0 warnings\n", answer.stderr)


def test_a_page_changed_in_one_language_is_stale_until_it_is_stamped(tmp_path: Path) -> None:
    root = small.settled(tmp_path)
    page = root / "docs/2026-11/en/plans.md"
    page.write_text(page.read_text("utf-8") + "\nOne more line.\n", "utf-8")
    for command in (["check"], ["status", "--strict"]):
        answer = called(*command, cwd=root)
        assert "docs/2026-11/zh/plans.md:" in answer.stdout
        assert "[translation-stale]" in answer.stdout
        assert answer.returncode == 1
    (section,) = called("stamp", "2026-11", "plans", cwd=root).stdout.splitlines()
    assert section.startswith("en/plans#")
    assert section.endswith(": changed in en alone")
    stamped = called("stamp", "2026-11", section.split(":")[0].removeprefix("en/"), cwd=root)
    assert stamped.stdout == f"{section}\nwrote docs/2026-11/translations.yml\n"
    assert called("check", cwd=root).stdout == ""


@pytest.mark.parametrize(
    ("ledger", "command"),
    [
        ("docs/2026-11/translations.yml", ("stamp", "2026-11", "plans")),
        ("docs/ledgers/pages.yml", ("release",)),
    ],
)
def test_a_faulty_ledger_is_not_written_over(
    tmp_path: Path, ledger: str, command: tuple[str, ...]
) -> None:
    root = small.settled(tmp_path)
    path = root / ledger
    broken = "<<<<<<< mine\n" + path.read_text("utf-8")
    path.write_text(broken, "utf-8")
    answer = kb("--root", str(root), *command)
    assert answer.returncode == 2
    assert f"kb: {ledger}:" in answer.stderr
    assert path.read_text("utf-8") == broken


def test_the_built_site_has_no_broken_reference(site: Path) -> None:
    answer = kb("links", str(site), "--offline", "--site-url", SITE_URL)
    assert (answer.returncode, answer.stdout) == (0, "")
    said = r"[\d,]+ references of \d+ pages: 0 errors, 0 warnings\n"
    assert re.fullmatch(said, answer.stderr)


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


def test_an_address_of_this_machine_is_told_with_the_option_that_asks_it(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("[x](http://127.0.0.1:9/)\n", "utf-8")
    done = called("links", str(tmp_path))
    assert done.returncode == 1
    assert "readers cannot open it; `--allow-private` asks it all the same" in done.stdout


def test_what_is_ignored_is_no_finding(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(BROKEN, "utf-8")
    for options in (("--ignore", "^gone"), ("--ignore-attr", "id")):
        assert called("links", str(tmp_path), "--offline", *options).returncode == 0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project, with a file that a person wrote."""
    return write(small.project(tmp_path_factory.mktemp("place")), {"README.md": "mine"})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("links", "/no/such/folder"), "is no folder"),
        (("links", ".", "--offline", "--ignore", "("), "is no regular expression"),
        (("links", "docs", "--remembered"), "--cache FILE is no file to report from"),
        (("links", "docs", "--remembered", "--cache", "n.sqlite"), "--cache n.sqlite is no file"),
        (("links", ".", "--offline", "--ignore", ""), "would leave out every address"),
        (("links", ".", "--offline", "--issue", "x"), "not with --offline"),
        (("status", "--out", "README.md"), "README.md is no earlier report"),
        (("status", "--issue", "docs/2026-11/zh/index.md"), "is no earlier report"),
        (("links", ".", "--shard", "3/2"), "'3/2' is no part like 1/4"),
        (("draw", "no-such-drawing"), "no-such-drawing"),
        (("import", "/no/such/post", "--to", "docs/2026-11/zh"), "/no/such/post"),
        (
            ("import", "docs/2026-11/zh/images/screen.png", "--to", "docs/2026-11/zh"),
            "holds a NUL: it is no text",
        ),
        (("preview", "--out", "/no/such/site"), "holds no site"),
        (("links-merge", "--cache", "x", "/no/such/part"), "is no file"),
        (("status", "--as-of", "soon"), "'soon' is no day"),
        (
            ("stamp", "2030-01", "index"),
            "no edition '2030-01'; there are: 2026-11, 2023-07, contributing, ledgers, interface",
        ),
        (("build", "--site-url", "http://[::1"), "is no address to host a site at"),
        (("links", ".", "--site-url", "https://h:port/"), "is no address to host a site at"),
        (("preview", "--site-url", "https://a b/"), "is no address to host a site at"),
        (("build", "--site-url", 'https://h/"x'), "is no address to host a site at"),
        (("build", "--site-url", "https://me:secret@h/"), "is no address to host a site at"),
        (("stamp", "2026-11", "indx"), "nothing there is called 'indx'; nearest: index"),
    ],
)
def test_wrong_usage_is_one_clear_line_and_exit_code_2(
    place: Path, arguments: tuple[str, ...], said: str
) -> None:
    answer = called(*arguments, cwd=ROOT if arguments[0] == "stamp" else place)
    assert answer.returncode == 2
    assert said in answer.stderr.splitlines()[-1]
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("command", [("draw",), ("screenshots",), ("check", "--ocr")])
def test_what_is_done_by_hand_says_where_it_should_be(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terminal, "TOOLS", ROOT / "no-tools")
    assert main(["--root", str(ROOT), *command]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(r"no-tools/kb_tools/\w+\.py, which is not there", line)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("draw", "0 drawings: 0 errors, 0 warnings\n"),
        ("screenshots", "2 pictures: 0 errors, 0 warnings\n"),
    ],
)
def test_where_nothing_is_to_be_done_that_is_said(
    command: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small.settled(tmp_path)
    capsys.readouterr()
    assert main(["--root", str(tmp_path), command]) == 0
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--deadline", "-1"), ("--deadline", "nan"), ("--deadline", "soon"), ("--max-age", "-3"),
        ("--max-age", "inf"),
    ],
)  # fmt: skip
def test_an_amount_is_a_number_from_zero(
    option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["links", "site", option, value])
    assert ended.value.code == 2
    assert f"'{value}' is no amount" in capsys.readouterr().err


@pytest.mark.parametrize("ref", ["no-such-commit", "", "--output=x"])
def test_a_commit_that_is_none_is_wrong_usage_also_without_the_web(
    tmp_path: Path, ref: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><title>t</title>", "utf-8")
    assert main(["links", str(tmp_path), "--offline", f"--changed-since={ref}"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_check_that_checked_nothing_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("no page", "utf-8")
    assert main(["links", str(tmp_path), "--offline"]) == 2
    assert "holds no page: nothing was checked" in capsys.readouterr().err


def test_warnings_alone_are_counted_and_no_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><title>t</title>", "utf-8")
    for form, said in (("text", "0 references of 1 page: 0 errors, 0 warnings\n"), ("json", "")):
        assert main(["links", str(tmp_path), "--offline", "--format", form]) == 0
        assert capsys.readouterr().err == said
    findings = [Finding("a.md", 1, rule, "x") for rule in ("link-broken", "web-moved", "web-moved")]
    terminal.sum_up("1 page", findings)
    *rules, last = capsys.readouterr().err.splitlines()
    assert [line.partition("] ")[0] for line in rules] == ["[link-broken", "[web-moved"]
    assert last == "1 page: 1 error, 2 warnings"


@pytest.mark.parametrize(
    "error", [ValueError("x"), KeyError("x"), TypeError("x"), FileNotFoundError(2, "gone", "a")]
)
def test_a_bug_of_ours_shows_where_it_is_and_says_that_it_is_one(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> int:
        raise error

    monkeypatch.setattr(commands, "check", broken)
    assert main(["check"]) == 70
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert said.splitlines()[-1].startswith("kb: this is a bug of kb")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_what_a_disk_refuses_is_one_line(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_: object) -> int:
        raise OSError(number, os.strerror(number), "docs/a.md")

    monkeypatch.setattr(commands, "check", refused)
    assert main(["check"]) == 2
    assert capsys.readouterr().err == f"kb: docs/a.md: {os.strerror(number)}\n"


LEDGERS = ("editions", "pages")


@pytest.mark.parametrize("ledger", LEDGERS)
@pytest.mark.parametrize("text", ["", "# nothing\n", "<<<<<<< mine\n", "7\n"])
def test_release_refuses_what_it_cannot_read(tmp_path: Path, ledger: str, text: str) -> None:
    root = small.project(tmp_path)
    path = root / f"docs/ledgers/{ledger}.yml"
    path.write_text(text, "utf-8")
    before = (root / "docs/ledgers/pages.yml").read_bytes()
    assert main(["--root", str(root), "release"]) == 2
    assert (root / "docs/ledgers/pages.yml").read_bytes() == before


def test_release_needs_the_editions_and_begins_its_own_ledger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = small.settled(tmp_path)
    known = (root / "docs/ledgers/pages.yml").read_bytes() + b"- gone.xml\n"
    (root / "docs/ledgers/pages.yml").unlink()
    capsys.readouterr()
    for said in ("wrote docs/ledgers/pages.yml\n", "nothing changed\n"):
        assert main(["--root", str(root), "release"]) == 0
        assert capsys.readouterr().out == said
    begun = (root / "docs/ledgers/pages.yml").read_bytes()
    assert set(begun.splitlines()) < set(known.splitlines())  # old addresses are known no more
    (root / "docs/ledgers/editions.yml").unlink()
    assert main(["--root", str(root), "release"]) == 2
    assert (root / "docs/ledgers/pages.yml").read_bytes() == begun


# --- where a build may go ------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    root = tmp_path / "above/home"
    for folder in ("docs/2026-11", "hooks", "full", "empty", ".git"):
        (root / folder).mkdir(parents=True)
    for file in ("README.md", "full/mine", "docs/2026-11/x.md"):
        (root / file).write_text("mine", "utf-8")
    files.put(root / "site", build.MARK, "")
    (root / "to-docs").symlink_to("docs")
    (root / "to-site").symlink_to("site")
    return root


@pytest.mark.parametrize(
    "out",
    [
        ".", "..", "../..", "docs", "docs/2026-11", "docs/new", "hooks/new", "tools/new", ".git",
        ".git/new",
        "README.md", "README.md/site", "full", "to-docs", "~", "~/site", "site/../docs",
    ],
)  # fmt: skip
def test_a_build_replaces_nothing_of_anybodys(home: Path, out: str) -> None:
    held = project.read(home)
    before = kill.tree(home.parent)
    with pytest.raises(InputError):
        build.build(held, home / out, "https://kb.test/", as_of=DAY, progress=print)
    assert kill.tree(home.parent) == before
    assert not (home / "docs/new").exists()


@pytest.mark.parametrize("out", ["site", "empty", "missing", "a/b", "../beside", "to-site"])
def test_a_build_may_go_where_nothing_is_or_a_build_was(home: Path, out: str) -> None:
    assert build.check_target(home, home / out) == (home / out).resolve()
