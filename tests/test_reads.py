"""Each file of docs/ is read once in a process, and by no more processes than there is work for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from conftest import AS_OF, small_project

# Python runs this first in every process: an audit hook cannot be got round.
HOOK = """
import os, sys
_log = os.open(os.environ["READS"], os.O_APPEND | os.O_CREAT | os.O_WRONLY)
def _heard(event, arguments):
    if event == "open" and "/docs/" in str(arguments[0]):
        frame, why = sys._getframe(1), ""  # what is kept is known by the bytes of its sources
        while frame and not why:
            why = "+hash" * frame.f_code.co_filename.endswith("/kb/kept.py")
            frame = frame.f_back
        os.write(_log, f"{os.getpid()}{why}\\t{arguments[0]}\\n".encode())
sys.addaudithook(_heard)
"""
TEXTS = (".md", ".yml", ".lock")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project whose processes tell what they open."""
    home = small_project(tmp_path_factory.mktemp("reads"))
    (home / "docs/drawings").mkdir()
    drawing = "title: {zh: 图, en: Picture}\nsize: [600, 300]\npanels: []\n"
    (home / "docs/drawings/link.yml").write_text(drawing, "utf-8")
    (home / "heard").mkdir()
    (home / "heard" / "sitecustomize.py").write_text(HOOK, "utf-8")
    return home


def reads(home: Path, *command: str) -> dict[str, Counter[str]]:
    """How often each process opened each text of docs/."""
    log = home / "heard" / f"{len(list(home.iterdir()))}-{'-'.join(command[:3])}.log"
    ran = subprocess.run(
        [sys.executable, *command],
        cwd=home,
        env={
            **os.environ,
            "KB_AS_OF": AS_OF,
            "NO_MKDOCS_2_WARNING": "1",
            "READS": str(log),
            "PYTHONPATH": f"{home / 'heard'}:{home / 'hooks'}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for line in log.read_text("utf-8").splitlines():
        process, path = line.split("\t")
        if path.endswith(TEXTS):
            found[process][path.partition("/docs/")[2]] += 1
    return found


def everything(home: Path) -> set[str]:
    """All texts of docs/."""
    docs = home / "docs"
    return {p.relative_to(docs).as_posix() for p in docs.rglob("*") if p.suffix in TEXTS}


def test_a_check_reads_each_file_once(home: Path) -> None:
    (process,) = reads(home, "-m", "kb", "check").values()
    assert process == Counter(everything(home))
    assert process["drawings/link.yml"] == 1


@pytest.mark.build
def test_a_build_reads_the_project_once_for_all_its_editions(home: Path) -> None:
    found = reads(home, "-m", "kb", "build", "--out", "site")
    pages = {path for path in everything(home) if path.endswith(".md")}
    readers = [name for name, process in found.items() if process.keys() & pages]
    # `kb build` itself: its builders are forked from it.
    assert len([name for name in readers if "+" not in name]) == 1
    again = {path: n for process in found.values() for path, n in process.items() if n > 1}
    assert again == {}
