"""The one reader and the one writer: what they refuse, and what a kill at any point leaves."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable
from pathlib import Path

import pytest

import kill
from conftest import ROOT
from kb import files
from kb.finding import Finding, InputError
from kb_tools import report, tracking, writing

# --- reading -------------------------------------------------------------------------------------


def refused(path: Path, root: Path | None = None) -> tuple[str, int, str]:
    with pytest.raises(InputError) as caught:
        files.read_text(path, root)
    found = caught.value.finding
    assert found is not None
    assert found.rule == "file-unreadable"
    return found.path, found.line, found.message


def test_text_is_read_without_mark_and_carriage_returns(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n")
    assert files.read_text(tmp_path / "a.md", tmp_path) == "a\nb\nc\n"


@pytest.mark.parametrize(
    ("data", "line"), [("价格\n中文".encode("gbk"), 1), (b"a\nb\n\xffc", 3), (b"a\n\xc3", 2)]
)
def test_what_is_not_utf8_is_named_with_its_line(tmp_path: Path, data: bytes, line: int) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/a.md").write_bytes(data)
    assert refused(tmp_path / "sub/a.md", tmp_path) == ("sub/a.md", line, "is not UTF-8 text")


def test_a_nul_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"a\r\nb\0")
    assert refused(tmp_path / "a.md", tmp_path)[1:] == (2, "holds a NUL character: it is no text")


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


ODD: dict[str, tuple[Callable[[Path], object], str]] = {
    "folder": (Path.mkdir, "is no plain file"),
    "pipe": (os.mkfifo, "is no plain file"),
    "device": (lambda path: path.symlink_to("/dev/null"), "leads out"),
    "dangling link": (lambda path: path.symlink_to("gone.md"), "is a link to nothing"),
    "loop": (_loop, "cannot be read"),
    "link out": (lambda path: path.symlink_to("/etc/passwd"), "leads out"),
    "missing": (lambda path: None, "does not exist"),
}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_plain_file_of_the_project_is_refused(tmp_path: Path, kind: str) -> None:
    make, said = ODD[kind]
    make(tmp_path / "x.md")
    path, line, message = refused(tmp_path / "x.md", tmp_path)
    assert (path, line) == ("x.md", 1)
    assert said in message


def test_a_link_to_a_neighbour_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a", "utf-8")
    (tmp_path / "b.md").symlink_to("a.md")
    assert files.read_text(tmp_path / "b.md", tmp_path) == "a"


def test_a_folder_linked_in_from_outside_is_refused(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (outside / "a.md").write_text("secret", "utf-8")
    (root / "sub").symlink_to(outside)
    assert "leads out" in refused(root / "sub/a.md", root)[2]


@pytest.mark.parametrize(
    ("name", "said"), [(b"a\nb.md", r"a\nb.md"), (b"\xff.md", r"\udcff.md"), (b"a b.md", "a b.md")]
)
def test_any_name_stands_on_one_line(name: bytes, said: str) -> None:
    assert files.shown(Path("/p") / os.fsdecode(name), Path("/p")) == said


# --- writing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../a", "a/../../b", "/etc/a", "", "a//b", "./a", "a/", "a\nb", "<b>", 'a"b', "a\\b", "a\x7f"],
)
@pytest.mark.parametrize("write", [writing.write, files.put])
def test_nothing_is_written_outside_or_under_a_name_of_markup(
    tmp_path: Path, name: str, write: Callable[[Path, str, str], None]
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with pytest.raises(InputError):
        write(root, name, "x")
    change = writing.Change(root)
    change.write(name, "x")
    with pytest.raises(InputError):
        change.commit()
    assert kill.tree(tmp_path) == {}


@pytest.mark.parametrize("name", ["价格.md", "a b.md", "it's & more.png", "..a/b..c"])
def test_other_names_are_written(tmp_path: Path, name: str) -> None:
    writing.write(tmp_path, name, "x")
    assert kill.tree(tmp_path) == {name: b"x"}


def test_nothing_is_written_through_a_link_that_leads_out(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (outside / "a").write_text("kept", "utf-8")
    (root / "a").symlink_to(outside / "a")
    (root / "sub").symlink_to(outside)
    for name in ("a", "sub/a", "sub/new"):
        with pytest.raises(InputError, match="leads out"):
            writing.write(root, name, "x")
    assert kill.tree(outside) == {"a": b"kept"}


def test_a_link_inside_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old", "utf-8")
    (tmp_path / "b").symlink_to("a")
    writing.write(tmp_path, "b", "new")
    assert (tmp_path / "b").is_symlink()
    assert (tmp_path / "a").read_text("utf-8") == "new"


def test_the_mode_of_a_file_stays(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old", "utf-8")
    (tmp_path / "a").chmod(0o640)
    writing.write(tmp_path, "a", "new")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_folder_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(InputError, match="no plain file"):
        writing.write(tmp_path, "a", "x")


def test_a_report_may_go_to_a_device_and_is_added_to(tmp_path: Path) -> None:
    writing.report(Path("/dev/null"), "x")
    assert Path("/dev/null").is_char_device()
    writing.report(tmp_path / "a", "1")
    writing.report(tmp_path / "a", "2", append=True)
    assert kill.tree(tmp_path) == {"a": b"12"}
    for path, said in ((tmp_path, "is a folder"), (tmp_path / "no/a", "no folder")):
        with pytest.raises(InputError, match=said):
            writing.report(path, "x")


@pytest.mark.parametrize("form", report.FORMATS)
def test_a_report_replaces_a_report_and_nobodys_file(tmp_path: Path, form: str) -> None:
    items = [report.Located(Finding("a b.md", 3, "link-broken", "no", col=2))]
    path = tmp_path / "out"
    for text in (report.FORMATS[form](items), tracking.issue(items, "x"), "", "new\n"):
        writing.report(path, text)
    with pytest.raises(InputError, match="is no earlier report"):
        writing.report(path, "newer\n")
    assert path.read_text("utf-8") == "new\n"


def test_a_file_is_old_or_new_whenever_its_writer_is_ended(tmp_path: Path) -> None:
    path, at = tmp_path / "a", 0
    path.write_text("old", "utf-8")
    while kill.cut(lambda: writing.write(tmp_path, "a", "new"), tmp_path, at := at + 1):
        assert path.read_text("utf-8") in ("old", "new")
        writing.write(tmp_path, "a", "new")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a"]
        path.write_text("old", "utf-8")
    assert at > 2


# --- several files as one step -------------------------------------------------------------------


@pytest.fixture
def start(tmp_path: Path) -> Callable[[], tuple[Path, writing.Change]]:
    """A root and a change of it that writes over, adds below new folders, and removes."""
    made = iter(range(1000))

    def fresh() -> tuple[Path, writing.Change]:
        root = tmp_path / str(next(made))
        (root / "kept").mkdir(parents=True)
        for name in ("over", "kept/gone", "same", "kept/other"):
            (root / name).write_text("old", "utf-8")
        change = writing.Change(root)
        change.write("over", "new")
        change.write("same", "old")
        change.write("deep/er/added", "new", new=True)
        change.remove("kept/gone")
        change.write("deep/second", "new")
        return root, change

    return fresh


OLD = {"over": b"old", "kept/gone": b"old", "same": b"old", "kept/other": b"old"}
NEW = {
    "over": b"new", "same": b"old", "deep/er/added": b"new", "deep/second": b"new",
    "kept/other": b"old",
}  # fmt: skip


def test_a_change_writes_what_differs(start: Callable[[], tuple[Path, writing.Change]]) -> None:
    root, change = start()
    assert change.commit() == ["over", "deep/er/added", "kept/gone", "deep/second"]
    assert kill.tree(root) == NEW
    assert sorted(path.name for path in root.iterdir()) == ["deep", "kept", "over", "same"]
    again = writing.Change(root)
    again.write("over", "new")
    assert again.commit() == []


def test_a_change_that_is_ended_anywhere_is_taken_back_or_done(
    start: Callable[[], tuple[Path, writing.Change]],
) -> None:
    seen, at = [], 0
    while True:
        root, change = start()
        at += 1
        if not kill.cut(change.commit, root, at):
            break
        told = writing.recover(root)
        state = kill.tree(root)
        assert state in (OLD, NEW), at
        assert not (told and state == NEW), at
        assert (root / "deep").exists() == (state == NEW)
        assert not list(root.rglob("*.kb-new"))
        assert writing.recover(root) == []
        seen.append(state == NEW)
        if state == OLD:
            change.commit()
        assert kill.tree(root) == NEW
    assert seen == sorted(seen)
    assert {False, True} == set(seen)


def test_taking_back_can_be_ended_anywhere_too(
    start: Callable[[], tuple[Path, writing.Change]],
) -> None:
    at, ended = 0, True
    while ended:
        root, change = start()
        writes = 0
        while kill.cut(change.commit, root, writes := writes + 1):
            if kill.tree(root) not in (OLD, NEW):
                break
            writing.recover(root)
            if kill.tree(root) == NEW:
                root, change = start()
        ended = kill.cut(lambda root=root: writing.recover(root), root, at := at + 1)
        writing.recover(root)
        assert kill.tree(root) == OLD
    assert at > 3


@pytest.mark.parametrize(
    "text",
    [
        "{", "[1]", '{"a": 1}', '{"a": {}}', '{"a": {"old": "", "new": "", "made": "1"}}',
        '{"a": {"old": "", "new": "", "made": 1, "more": 1}}',
    ],
)  # fmt: skip
def test_what_no_command_left_is_named_and_not_followed(tmp_path: Path, text: str) -> None:
    files.put(tmp_path, ".change.kb-new/journal.json", text)
    with pytest.raises(InputError, match=r"\.change\.kb-new was not left by a command"):
        writing.recover(tmp_path)


def test_a_file_in_the_place_of_what_is_pending_is_named(tmp_path: Path) -> None:
    (tmp_path / ".change.kb-new").write_text("mine", "utf-8")
    change = writing.Change(tmp_path)
    change.write("a", "new")
    with pytest.raises(InputError, match="a file has its place"):
        change.commit()
    assert [path.name for path in tmp_path.iterdir()] == [".change.kb-new"]


def test_what_a_person_edited_since_is_left(
    start: Callable[[], tuple[Path, writing.Change]],
) -> None:
    at = 0
    while True:
        root, change = start()
        if not kill.cut(change.commit, root, at := at + 1):
            break
        for name in ("over", "deep/second", "kept/gone"):
            if (root / name).parent.exists():
                (root / name).write_text("mine", "utf-8")
        told = writing.recover(root)
        for name in ("over", "deep/second", "kept/gone"):
            if (root / name).exists():
                assert (root / name).read_text("utf-8") in ("mine", "new"), (at, name)
        if told:
            assert "over was edited since: it is left as it is" in told


def test_a_change_that_the_disk_refuses_is_undone(
    start: Callable[[], tuple[Path, writing.Change]], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.replace
    for at in range(1, 20):
        root, change = start()
        calls = 0

        def full(path: Path, target: Path, at: int = at) -> Path:
            nonlocal calls
            calls += 1
            if calls == at:
                raise OSError(28, "No space left on device")
            return real(path, target)

        with monkeypatch.context() as patched:
            patched.setattr(Path, "replace", full)
            try:
                change.commit()
            except OSError:
                assert kill.tree(root) == OLD
                assert not list(root.rglob("*.kb-new"))
            else:
                assert kill.tree(root) == NEW
                assert at > 3
                return
    pytest.fail("never done")


def test_what_is_new_overwrites_nothing(start: Callable[[], tuple[Path, writing.Change]]) -> None:
    root, change = start()
    (root / "deep/er").mkdir(parents=True)
    (root / "deep/er/added").write_text("mine", "utf-8")
    with pytest.raises(InputError, match="is not overwritten"):
        change.commit()
    assert kill.tree(root) == {**OLD, "deep/er/added": b"mine"}


# --- a folder as one step ------------------------------------------------------------------------


def publish(out: Path) -> None:
    with files.beside(out) as made:
        files.put(made, "index.html", "new")
        files.put(made, "a/index.html", "new")
        files.exchange(made, out)


@pytest.mark.parametrize("swaps", [True, False], ids=["exchange", "two renames"])
def test_a_folder_is_old_or_new_whenever_its_maker_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swaps: bool
) -> None:
    if not swaps:
        monkeypatch.setattr(files, "_renameat2", lambda one, other: False)
    out, at, states = tmp_path / "site", 0, []
    while True:
        for name in ("index.html", "old.html"):
            files.put(tmp_path, f"site/{name}", "old")
        if not kill.cut(lambda: publish(out), tmp_path, at := at + 1):
            break
        states.append(sorted(kill.tree(out)))
        assert states[-1] in (["a/index.html", "index.html"], ["index.html", "old.html"]) or (
            not swaps and not out.exists()
        )
        with files.beside(out):  # mends and sweeps
            assert sorted(kill.tree(out)) in (
                ["a/index.html", "index.html"], ["index.html", "old.html"],
            )  # fmt: skip
        assert [path.name for path in tmp_path.iterdir()] == ["site"]
        if "a/index.html" in states[-1]:
            for name in ("a/index.html", "index.html"):
                (out / name).unlink()
            (out / "a").rmdir()
    assert kill.tree(out) == {"index.html": b"new", "a/index.html": b"new"}
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    assert at > 6


def test_two_cannot_make_the_same_folder(tmp_path: Path) -> None:
    out = tmp_path / "site"
    with (
        files.beside(out),
        pytest.raises(InputError, match="by another process"),
        files.beside(out),
    ):
        pass
    with files.beside(out), files.beside(tmp_path / "other"):
        pass


# --- caches --------------------------------------------------------------------------------------


def test_a_cache_gives_what_was_kept_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "deep/entry"
    for data in (b"", b"one\ntwo", bytes(range(256))):
        files.remember(path, data)
        assert files.recall(path) == data
    whole = path.read_bytes()
    for damaged in (b"", whole[:-1], whole + b"x", b"rubbish", whole[:70] + b"?" + whole[71:]):
        path.write_bytes(damaged)
        assert files.recall(path) is None
    assert files.recall(tmp_path / "none") is None


def test_without_a_place_for_it_there_is_no_cache(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file", "utf-8")
    files.remember(tmp_path / "cache/entry", b"x")
    assert files.recall(tmp_path / "cache/entry") is None


# --- nobody else writes --------------------------------------------------------------------------

_METHODS = frozenset(
    {
        "write_text", "write_bytes", "rename", "unlink", "rmdir", "mkdir", "touch", "symlink_to",
        "hardlink_to", "chmod", "truncate", "makedirs", "removedirs", "remove_tree", "rmtree",
        "copyfile", "copytree", "copy2", "move", "NamedTemporaryFile", "TemporaryDirectory",
        "mkstemp", "mkdtemp",
    }
)  # fmt: skip
_WRITERS = ("kb/files.py", "kb_tools/writing.py")  # of what is made anew; of what people keep
_ELSEWHERE = {
    ("kb/__main__.py", "open"),  # the null device, when the reader of our output is gone
    ("kb/build.py", "open"),  # what a builder says, in a folder that is made anew
    (
        "kb_tools/web/history.py",
        "connect",
    ),  # SQLite writes its own files; whose they are is checked
}


def _writes(call: ast.Call) -> str:
    """The name of what a call writes by; "" when it writes nothing."""
    function = call.func
    name = getattr(function, "attr", getattr(function, "id", ""))
    owner = getattr(getattr(function, "value", None), "id", "")
    texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
    texts += [word.value.value for word in call.keywords if isinstance(word.value, ast.Constant)]
    modes = [text for text in texts if isinstance(text, str) and set(text) <= set("rwaxbt+")]
    if name == "open":
        return name if owner == "os" or any(set(mode) & set("wax+") for mode in modes) else ""
    if name == "replace":  # a path's takes one argument, a text's two
        return name if len(call.args) == 1 and not call.keywords else ""
    if name == "connect":
        return name if owner == "sqlite3" else ""
    if name == "remove":
        return name if owner == "os" else ""
    return name if name in _METHODS else ""


def test_what_was_made_aside_is_added_to_what_lies_there(tmp_path: Path) -> None:
    aside, root = tmp_path / "aside", tmp_path / "root"
    files.merge(aside, root)
    assert not root.exists(), "nothing was made aside"
    files.put(root, "a/kept.txt", "kept")
    files.put(root, "a/b/old.txt", "old")
    files.put(aside, "a/b/old.txt", "new")
    files.put(aside, "c/d.txt", "d")
    files.merge(aside, root)
    held = {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*.txt")}
    assert held == {"a/kept.txt": "kept", "a/b/old.txt": "new", "c/d.txt": "d"}
    assert not [path for path in aside.rglob("*") if path.is_file()]


def test_the_one_writer_is_the_only_one() -> None:
    found = {
        (path.relative_to(ROOT / folder).as_posix(), name)
        for folder in ("hooks", "tools")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and (name := _writes(node))
    }
    assert {place for place in found if place[0] not in _WRITERS} == _ELSEWHERE
    assert {("kb/files.py", "write_bytes"), ("kb_tools/writing.py", "rename")} <= found


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("p.write_text(t)", "write_text"), ("shutil.copyfile(a, b)", "copyfile"),
        ("a.replace(b)", "replace"), ("a.replace('b', 'c')", ""), ("p.open('a')", "open"),
        ("open(p, mode='wb')", "open"), ("p.open()", ""), ("p.open('rb')", ""),
        ("os.open(p, 1)", "open"), ("Image.open(p)", ""), ("listed.remove(x)", ""),
        ("os.remove(p)", "remove"), ("day.replace(day=1)", ""), ("sqlite3.connect(p)", "connect"),
    ],
)  # fmt: skip
def test_what_counts_as_writing(code: str, name: str) -> None:
    call = ast.parse(code, mode="eval").body
    assert isinstance(call, ast.Call)
    assert _writes(call) == name


def test_half_of_an_entry_of_a_cache_is_written_over(tmp_path: Path) -> None:
    (tmp_path / f".entry{files.NEW}").write_bytes(b"cut o")
    files.remember(tmp_path / "entry", b"whole")
    assert files.recall(tmp_path / "entry") == b"whole"
    assert [path.name for path in tmp_path.iterdir()] == ["entry"]


def test_where_nothing_was_cut_off_nobody_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "locked", None)  # a build holds the folder for minutes
    assert writing.recover(tmp_path) == []
