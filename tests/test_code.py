"""What holds for the code as a whole."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from conftest import ROOT, in_memory

MODULES = [path for top in ("hooks", "tools") for path in sorted((ROOT / top).rglob("*.py"))]


def undocumented(node: ast.Module | ast.ClassDef, inside: str = "") -> Iterator[str]:
    """What is public in a module, and of its public classes, and says nothing of itself."""
    if not ast.get_docstring(node):
        yield inside or "the module"
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for each in (each for each in node.body if isinstance(each, kinds) and each.name[0] != "_"):
        if isinstance(each, ast.ClassDef):
            yield from undocumented(each, f"{inside}{each.name}.")
        elif not ast.get_docstring(each):
            yield inside + each.name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_public_says_what_it_is(path: Path) -> None:
    assert list(undocumented(ast.parse(path.read_text("utf-8")))) == []


def test_what_says_nothing_is_found() -> None:
    text = '"""m"""\nclass A:\n    def f(self): ...\n    def _g(self): ...\ndef h():\n    """h"""\n'
    assert list(undocumented(ast.parse(text))) == ["A.", "A.f"]


def folders() -> dict[str, set[str]]:
    """Each room of kb, and the rooms that it imports."""
    found: dict[str, set[str]] = {}
    rooms = {path.name for path in (ROOT / "hooks/kb").iterdir() if (path / "__init__.py").exists()}
    for path in (ROOT / "hooks/kb").rglob("*.py"):
        room = path.relative_to(ROOT / "hooks/kb").parts[0]
        named = {
            f"{node.module}.{alias.name}"
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }
        parts = {name.split(".")[1] for name in named if name.startswith("kb.")}
        found.setdefault(room, set()).update(parts & rooms - {room})
    return {room: found[room] for room in rooms}


def test_no_two_rooms_import_each_other() -> None:
    reach = folders()
    assert len(reach) > 8
    for _ in reach:
        reach = {room: to.union(*(reach[each] for each in to)) for room, to in reach.items()}
    assert [room for room, to in reach.items() if room in to] == []


def possessive(module: ast.Module) -> list[str]:
    """The expressions that repeat a group possessively: before 3.11.5 Python takes too much."""
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    texts = [
        str(part.value)
        for call in calls
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "re"
        for part in ast.walk(call)
        if isinstance(part, ast.Constant)
    ]
    return [text for text in texts if re.search(r"(?<!\\)\)(?:[*+?]|\{[\d,]+\})\+", text)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_group_is_repeated_possessively(path: Path) -> None:
    assert possessive(ast.parse(path.read_text("utf-8"))) == []


def test_a_group_that_is_repeated_possessively_is_found() -> None:
    text = r"""re.sub(r"(?:a|b)*+c", "", y), re.compile(f"(a){{2,3}}+"), re.compile("[b]++\\)*+")"""
    assert possessive(ast.parse(text)) == ["(?:a|b)*+c", "(a){2,3}+"]
    assert possessive(ast.parse('quote(x, safe=")*+"), re.sub(r"(?>(?:ab)*)c", "", y)')) == []


@pytest.mark.parametrize(
    ("blocks", "flags", "told", "used"),
    [
        (1024, os.ST_NOSUID, "MemTotal: 9 kB\nMemAvailable:    2097152 kB\n", True),
        (1023, 0, "MemAvailable:    2097152 kB\n", False),
        (1024, 0, "MemAvailable:    2097151 kB\n", False),
        (1024, os.ST_NOEXEC, "MemAvailable:    2097152 kB\n", False),
        (1024, 0, "MemFree:    2097152 kB\n", False),
        (1024, 0, None, False),
    ],
)
def test_the_tests_write_into_memory_only_where_it_has_room_and_runs_what_they_write(
    blocks: int,
    flags: int,
    told: str | None,
    used: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disk = SimpleNamespace(f_bavail=blocks, f_frsize=2**21, f_flag=flags)
    monkeypatch.setattr(os, "statvfs", lambda _: disk)
    memory = tmp_path / "meminfo"
    if told is not None:
        memory.write_text(told)
    assert in_memory(tmp_path, memory) is used
    assert not in_memory(tmp_path / "none", memory)  # nobody may write there
