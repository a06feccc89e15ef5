"""Whatever lies in docs/, each fault is a finding at its place, and no other one is lost by it."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest

import small
from conftest import mkdocs
from kb.__main__ import main
from small import AS_OF, EDITION, LEDGERS, LOCKS

PLANS = f"docs/{EDITION}/zh/plans.md"
# What each check must tell besides: a fact on another page that is none.
OTHER = (f"docs/{EDITION}/en/index.md", "[[plus-prize]]", "fact-unknown")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small project, stamped and recorded."""
    return small.settled(tmp_path_factory.mktemp("small") / "p")


@pytest.fixture
def folder(ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, which is the working folder."""
    shutil.copytree(ready, tmp_path / "p", symlinks=True)
    monkeypatch.chdir(tmp_path / "p")
    return tmp_path / "p"


@pytest.fixture(autouse=True)
def _ends() -> Iterator[None]:
    """What hangs is stopped; ten minutes are enough for a build on the busiest machine."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(600)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


Check = Callable[[], tuple[int, list[str]]]


@pytest.fixture
def check(folder: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Run `kb check`: its exit code and the lines that it says."""

    def run() -> tuple[int, list[str]]:
        capsys.readouterr()
        code = main(["check", "--as-of", AS_OF])
        told = capsys.readouterr()
        lines = [line for line in told.err.splitlines() if not line.startswith("[")]
        assert lines[1:] == []  # no more than what was looked at, and the pages of rules
        return code, told.out.splitlines()

    return run


def plant_another() -> None:
    path, text, _ = OTHER
    with Path(path).open("a", encoding="utf-8") as page:
        page.write(f"\n{text}\n")


def findings(lines: list[str]) -> set[tuple[str, str]]:
    """`path:line` and rule of each finding."""
    said = [line for line in lines if line.endswith("]") and not line.startswith(" ")]
    return {
        (":".join(line.split(": ")[0].split(":")[:2]), line.rpartition("[")[2][:-1])
        for line in said
    }


def test_the_small_project_is_in_order(check: Check) -> None:
    code, lines = check()
    assert (code, findings(lines)) == (0, set())


@pytest.mark.build
def test_the_small_project_builds(folder: Path) -> None:
    built = mkdocs("build", "-q", "--strict", cwd=folder)
    assert (built.returncode, built.stdout + built.stderr) == (0, "")
    page = (folder / "site/en/index.html").read_text("utf-8")
    assert "$20" in page
    assert "gone.example" in page


def test_a_name_of_a_tag_that_is_none_is_no_name(check: Check) -> None:
    config = Path("mkdocs.yml")
    settings = "extra: {kb: {legacy: {ignore: [1, {a: b}]}}, edition"
    config.write_text(config.read_text("utf-8").replace("extra: {edition", settings), "utf-8")
    plant_another()
    assert ("docs/2026-11/en/index.md:12", "fact-unknown") in findings(check()[1])


# --- pages -----------------------------------------------------------------------------------


def front(*lines: str) -> bytes:
    """A page with these lines of front matter."""
    return "\n".join(["---", *lines, "---", "# 方案 { #plans }", "", "选一个。", ""]).encode()


TITLE = "title: 方案"
BOMB = ["a1: &a1 [x, x, x, x, x, x, x, x]"] + [
    f"a{n}: &a{n} [{', '.join(8 * [f'*a{n - 1}'])}]" for n in range(2, 10)
]
BODY = b"---\ntitle: T\ndescription: D\n---\n# T { #plans }\n\n"
PAGES = {
    "a bomb of aliases": (front(TITLE, *BOMB), 3, "front-matter"),
    "an alias of itself": (front(TITLE, "a: &a [*a]"), 3, "front-matter"),
    "a control character": (front("title: 方\b案"), 2, "front-matter"),
    "a character of C1": (front(TITLE, "checked: 2026\x9111-23"), 3, "front-matter"),
    "a deletion": (front(TITLE, "description: 甲\x7f乙"), 3, "front-matter"),
    "no float": (front("title: !!float abc"), 2, "front-matter"),
    "no day": (front(TITLE, "checked: !!timestamp 2026-02-30"), 3, "front-matter"),
    "an integer of 5,000 digits": (front(TITLE, f"a: {5000 * '9'}"), 3, "front-matter"),
    "a list as key": (front(TITLE, "? [a, b]", ": c"), 3, "front-matter"),
    "a mapping as key": (front("? {a: b}", ": c"), 2, "front-matter"),
    "a mapping in a mapping as value": (front("title: {{ page.title }}"), 2, "front-matter"),
    "lists in lists": (front(TITLE, f"a: {3000 * '['}{3000 * ']'}"), 3, "front-matter"),
    "a fact in a title": (front("title: '[[plus-price]] 方案'"), 2, "front-matter"),
    "a fact in a description": (front(TITLE, "description: 从 [[x]] 起"), 3, "front-matter"),
    "a list": (front("- a"), 2, "front-matter"),
    "a key twice": (front(TITLE, "description: a", "description: b"), 4, "front-matter"),
    "a template out of the theme": (front(TITLE, "template: ../../x.html"), 3, "front-matter"),
    "a template of another kind": (front(TITLE, "template: sitemap.xml"), 3, "front-matter"),
    "GBK": ("# 方案 { #plans }\n".encode("gbk"), 1, "file-unreadable"),
    "GBK further down": (BODY + "方案\n".encode("gbk"), 7, "file-unreadable"),
    "UTF-16": ("# 方案 { #plans }\n".encode("utf-16"), 1, "file-unreadable"),
    "NUL": (BODY + b"a\0b\n", 7, "file-unreadable"),
    "a link to no address": (BODY + b"[a](http://[::1)\n", 7, "link-malformed"),
    "a picture at no address": (
        BODY + b'<img src="http://[x/a.png" alt="">\n',
        7,
        "link-malformed",
    ),
    "a tag that nobody knows": (BODY + b"{% foo %}\n", 7, "legacy-unknown"),
}


@pytest.mark.parametrize("kind", PAGES)
def test_a_bad_page_is_told_at_its_line_and_so_is_the_next(check: Check, kind: str) -> None:
    data, line, rule = PAGES[kind]
    Path(PLANS).write_bytes(data)
    plant_another()
    code, lines = check()
    found = findings(lines)
    assert code == 1
    assert (f"{PLANS}:{line}", rule) in found
    assert (OTHER[0], OTHER[2]) in {(place.partition(":")[0], rule) for place, rule in found}


def built(folder: Path) -> str:
    """What a build that fails says."""
    run = mkdocs("build", "-q", cwd=folder)
    said = run.stdout + run.stderr
    assert run.returncode == 1
    assert "Traceback" not in said
    return said


def failed(said: list[str], page: str, line: int, rule: str) -> bool:
    """Whether a build said this of a page, as an error."""
    return any(
        one.startswith("ERROR") and f" {page}:{line}:" in one and f"[{rule}]" in one for one in said
    )


@pytest.mark.build
@pytest.mark.parametrize("kind", ["a bomb of aliases", "a template out of the theme", "GBK", "NUL"])
def test_a_bad_page_alone_fails_the_build(folder: Path, kind: str) -> None:
    data, line, rule = PAGES[kind]
    Path(PLANS).write_bytes(data)
    assert failed(built(folder).splitlines(), PLANS, line, rule)


@pytest.mark.build
def test_of_many_bad_pages_each_fails_the_build_at_its_line(folder: Path) -> None:
    names = {kind: f"docs/{EDITION}/zh/bad-{number}.md" for number, kind in enumerate(PAGES)}
    for kind, name in names.items():
        Path(name).write_bytes(PAGES[kind][0])
    plant_another()
    said = built(folder).splitlines()
    assert [kind for kind in PAGES if not failed(said, names[kind], *PAGES[kind][1:])] == []
    assert any(OTHER[0] in one and f"[{OTHER[2]}]" in one for one in said)


# --- what is no file ---------------------------------------------------------------------------


def _outside(path: Path) -> None:
    Path("secret.md").write_text("# secret { #secret }\n", "utf-8")
    path.symlink_to(Path("secret.md").absolute())


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "a.md").write_text("# A { #a }\n", "utf-8")


ODD: dict[str, Callable[[Path], None]] = {
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "a link to nothing": lambda path: path.symlink_to("gone.md"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link out of docs/": _outside,
    "a device": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_page_is_told_and_so_is_the_next(check: Check, kind: str) -> None:
    Path(PLANS).unlink()
    ODD[kind](Path(PLANS))
    plant_another()
    code, lines = check()
    found = findings(lines)
    assert code == 1
    assert (f"{PLANS}:1", "file-unreadable") in found
    assert OTHER[2] in {rule for _, rule in found}
    assert "secret" not in "\n".join(lines)


@pytest.mark.build
def test_what_is_no_page_fails_the_build_and_is_not_published(folder: Path) -> None:
    names = {
        kind: f"docs/{EDITION}/zh/odd-{number}.md" for number, kind in enumerate(ODD) if number
    }
    for kind, name in names.items():
        ODD[kind](Path(name))
    said = built(folder).splitlines()
    assert [
        kind for kind, name in names.items() if not failed(said, name, 1, "file-unreadable")
    ] == []
    assert [
        path for path in (folder / "site").rglob("*.html") if "secret" in path.read_text()
    ] == []


def test_a_name_that_is_no_text_is_shown_on_one_line(check: Check) -> None:
    odd = Path(os.fsdecode(f"docs/{EDITION}/zh/".encode() + b"\xd6\xd0\n.md"))
    odd.write_text("# A { #a }\n", "utf-8")
    code, lines = check()
    assert code == 1
    assert [line for line in lines if r"\udcd6\udcd0\n.md" in line]


# --- which editions, which languages -------------------------------------------------------------


def test_a_language_that_no_ledger_knows_is_told(check: Check) -> None:
    _folder(Path(f"docs/{EDITION}/ja"))
    code, lines = check()
    assert code == 1
    assert [line for line in lines if line.startswith(f"docs/{EDITION}/ja")]


def test_a_file_is_no_language(check: Check) -> None:
    Path(f"docs/{EDITION}/fr").write_text("notes\n", "utf-8")
    code, lines = check()
    assert code == 1
    assert (f"docs/{EDITION}/fr:1", "locale-unknown") in findings(lines)


def test_an_edition_that_the_ledger_does_not_name_is_told(check: Check) -> None:
    shutil.copytree(f"docs/{EDITION}", "docs/2027-05")
    code, lines = check()
    assert code == 1
    assert [line for line in lines if line.startswith("docs/2027-05")]


# --- ledgers -----------------------------------------------------------------------------------

ALL = [f"docs/{name}" for name in (*LEDGERS, *LOCKS)]


def _other_kind(text: str) -> str:
    """A mapping for a list, a list for a mapping."""
    first = next(line for line in text.splitlines() if not line.startswith("#"))
    return "{a: b}\n" if first.startswith("- ") else "- a\n"


BROKEN: dict[str, tuple[Callable[[bytes], bytes], int, str]] = {
    "emptied": (lambda _: b"", 1, "ledger-missing"),
    "a comment alone": (lambda _: b"# nothing\n", 1, "ledger-missing"),
    "merge mark": (lambda data: b"<<<<<<< HEAD\n" + data, 1, "ledger-schema"),
    "merge mark below": (lambda data: data + b"=======\nb: c\n", -1, "ledger-schema"),
    "GBK": (lambda data: "# 说明\n".encode("gbk") + data, 1, "file-unreadable"),
    "NUL": (lambda data: data + b"# \0\n", -1, "file-unreadable"),
    "control character": (lambda data: b"# \a\n" + data, 1, "ledger-schema"),
    "another kind": (lambda data: _other_kind(data.decode()).encode(), 1, "ledger-schema"),
    "text": (lambda _: b"some words\n", 1, "ledger-schema"),
    "a list as key": (lambda _: b"? [a, b]\n: c\n", 1, "ledger-schema"),
    "lists in lists": (lambda _: 3000 * b"[" + 3000 * b"]", 1, "ledger-schema"),
    "an alias": (lambda _: b"&a [*a]\n", 1, "ledger-schema"),
}


@pytest.mark.parametrize("fault", ["deleted", *BROKEN])
@pytest.mark.parametrize("name", ALL)
def test_a_bad_ledger_is_told_and_so_is_the_rest(check: Check, name: str, fault: str) -> None:
    path = Path(name)
    line, rule = 1, "ledger-missing"
    if fault == "deleted":
        path.unlink()
    else:
        edit, line, rule = BROKEN[fault]
        path.write_bytes(edit(path.read_bytes()))
        if line < 0:
            line = path.read_bytes().count(b"\n", 0, path.read_bytes().rindex(b"\n")) + (
                1 if fault == "NUL" else 0
            )
    code, lines = check()
    found = findings(lines)
    assert code == 1
    assert (f"{name}:{line}", rule) in found


@pytest.mark.parametrize("fault", ["deleted", "emptied", "merge mark", "GBK"])
@pytest.mark.parametrize("name", ALL)
def test_a_bad_ledger_hides_no_fault_of_a_page(check: Check, name: str, fault: str) -> None:
    path = Path(name)
    if fault == "deleted":
        path.unlink()
    else:
        path.write_bytes(BROKEN[fault][0](path.read_bytes()))
    Path(PLANS).write_bytes(PAGES["a tag that nobody knows"][0])
    code, lines = check()
    assert code == 1
    assert (f"{PLANS}:7", "legacy-unknown") in findings(lines)


def test_a_mention_without_a_ledger_names_no_fact(check: Check) -> None:
    Path("docs/ledgers/facts.yml").unlink()
    found = findings(check()[1])
    assert (f"docs/{EDITION}/zh/index.md:7", "fact-unknown") in found


WRITERS = {
    "release": ["docs/ledgers/editions.yml", "docs/ledgers/pages.yml"],
    "edition new 2027-05 --from 2026-11": ["docs/ledgers/editions.yml"],
    "screenshots --fix": ["docs/ledgers/screenshots.yml", "docs/ledgers/captures.lock"],
    f"stamp {EDITION} index": ["docs/ledgers/editions.yml", f"docs/{EDITION}/translations.yml"],
}


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".cache" not in path.parts
    }


@pytest.mark.parametrize("fault", ["merge mark", "GBK", "NUL", "another kind"])
@pytest.mark.parametrize(
    ("command", "ledger"), [(c, ledger) for c, ledgers in WRITERS.items() for ledger in ledgers]
)
def test_a_command_that_writes_refuses_a_bad_ledger(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str, ledger: str, fault: str
) -> None:
    Path(ledger).write_bytes(BROKEN[fault][0](Path(ledger).read_bytes()))
    before = everything(folder)
    capsys.readouterr()
    assert main(command.split()) == 2
    told = capsys.readouterr()
    assert f"{ledger}:" in told.err
    assert "Traceback" not in told.err
    assert everything(folder) == before
