"""Each command that writes, ended by SIGKILL at each change of the disk: old or new, never between.

A start of the next command takes a half-done change back; then the same command runs to its end.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import kill
from conftest import PATIENCE, ROOT
from golden import empty_ledgers, write
from kb import build, files, project
from kb.__main__ import main
from kb.finding import InputError
from kb_tools import clean, writing
from kb_tools import draw as drawing
from kb_tools.web import job
from kb_tools.web.history import History, Record
from kb_tools.web.verdict import Verdict

PAGE = "---\ntitle: {0}\ndescription: {0} in one sentence.\n---\n# {0} {{ #home }}\n\n{1}\n"
CAPTURE = """\
- path: 2026-11/{locale}/images/My Shot_1.png
  kind: capture
  of: an application
  captured: 2026-11-23
  ttl_days: 365
  alt: {zh: 一个设置页面, en: A page of settings}
  caption: {zh: 甲, en: A}
"""
DRAWING = """\
- path: 2026-11/{locale}/images/drawn.png
  kind: drawing
  source: drawings/drawn.yml
  of: an application
  captured: 2026-11-23
  ttl_days: 365
  alt: {zh: 一张示意图, en: A drawing}
  caption: {zh: 乙, en: B}
"""
POST = "---\ntitle: {}\ndate: 2023-07-0{}\n---\nText.\n\n![x](/shot.png)\n"


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project with something to do for every command."""
    root = tmp_path_factory.mktemp("start") / "p"
    root.mkdir()
    shown = "![](<images/My Shot_1.png>)\n\n![](images/drawn.png)\n\n[>](plans.md)"
    config = (ROOT / "mkdocs.yml").read_text("utf-8")
    head, rest = config.split("nav:\n")
    rest = rest[rest.index("\nplugins:") :]
    write(
        root,
        {
            "mkdocs.yml": f"{head}nav:\n  - index.md\n  - plans.md\n{rest}",
            "docs/ledgers/editions.yml": "- name: 2026-11\n  config: mkdocs.yml\n"
            "  aliases: [latest]\n",
            "docs/ledgers/screenshots.yml": CAPTURE + DRAWING,
            **dict.fromkeys(("docs/ledgers/captures.lock", "docs/ledgers/drawings.lock"), "{}\n"),
            "docs/2026-11/translations.yml": "{}\n",
            "docs/ledgers/pages.yml": "2026-11:\n- gone\n",
            "docs/2026-11/zh/index.md": PAGE.format("首页", shown),
            "docs/2026-11/en/index.md": PAGE.format("Home", shown),
            "docs/2026-11/zh/plans.md": PAGE.format("方案", "见[首页](index.md)。"),
            "docs/2026-11/en/plans.md": PAGE.format("Plans", "See [home](index.md)."),
            "docs/2026-11/zh/images/My Shot_1.png": {"size": [40, 30], "text": {"Author": "Li"}},
            "docs/2026-11/en/images/My Shot_1.png": {"size": [30, 30], "text": {"Author": "Li"}},
            "docs/drawings/drawn.yml": (ROOT / "docs/drawings/api-band.yml").read_text("utf-8"),
            "overrides/main.html": "",
            "source/_posts/one.md": POST.format("One", 1),
            "source/_posts/two.md": POST.format("Two", 2),
            "source/shot.png": [20, 10],
        },
    )
    for name in ("hooks", "tools"):
        (root / name).symlink_to(ROOT / name)
    empty_ledgers(root)
    for name in ("zh", "en"):
        write(root, {f"docs/2026-11/{name}/asked.yml": "{}\n"})
    return root


@pytest.fixture(autouse=True)
def _same_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_AS_OF", "2026-11-29")


@contextlib.contextmanager
def _no_browser(*_: object) -> Iterator[None]:
    yield None


def _links_fix(root: Path) -> object:
    fixes = [
        job.Fix(f"docs/2026-11/{locale}/index.md", f"changed {locale}\n", "a diff", ())
        for locale in ("zh", "en")
    ]
    job.apply(fixes, root)
    return 0


def _command(*arguments: str) -> Callable[[Path], object]:
    return lambda root: main(["--root", str(root), *arguments])


def _import(root: Path) -> object:
    posts = [str(root / f"source/_posts/{name}.md") for name in ("one", "two")]
    return main(["--root", str(root), "import", *posts, "--to", str(root / "docs/2026-11/zh")])


STEPWISE = "import"  # post by post: the pictures of a whole blog are more than memory holds
COMMANDS: dict[str, Callable[[Path], object]] = {
    "stamp": _command("stamp", "2026-11", "index"),
    "release": _command("release"),
    "edition new": _command("edition", "new", "2027-05", "--from", "2026-11"),
    "page new": _command("page", "new", "2026-11", "start/more", "--after", "plans"),
    "page mv": _command("page", "mv", "2026-11", "plans", "start/plans"),
    "page rm": _command("page", "rm", "2026-11", "plans", "--to", "index"),
    "screenshots --fix": _command("screenshots", "--fix"),
    "import": _import,
    "links --fix": _links_fix,
}


@pytest.fixture(autouse=True)
def _unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are not packed: the packer's threads do not outlive a fork, which waits for them."""
    monkeypatch.setattr(clean, "packed", lambda png, _file: png)


def _copies(start: Path, folder: Path) -> Iterator[Path]:
    for number in range(10_000):
        yield shutil.copytree(start, folder / str(number), symlinks=True)


def _state(root: Path) -> dict[str, bytes]:
    return {name: data for name, data in kill.tree(root).items() if not name.startswith(".")}


def _whole(work: Callable[[Path], object], root: Path) -> None:
    """Run `work` to its end, in a process of its own too: threads of it would outlive a fork."""

    def rightly() -> None:
        assert work(root) == 0

    assert not kill.cut(rightly, root, 1_000_000)


def _each(
    work: Callable[[Path], object], copies: Iterator[Path], every: int
) -> Iterator[tuple[int, Path]]:
    """The project after `work` was ended before its change 1, 1 + `every`, … of the disk."""
    at = 1
    while True:
        root = next(copies)
        if not kill.cut(lambda root=root: work(root), root, at):
            return
        yield at, root
        shutil.rmtree(root)
        at += every


@pytest.mark.build
@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.soak)])
@pytest.mark.parametrize("name", COMMANDS)
def test_old_or_new_and_then_as_if_nothing_had_happened(
    start: Path, tmp_path: Path, name: str, every: int, capfd: pytest.CaptureFixture[str]
) -> None:
    work, copies = COMMANDS[name], _copies(start, tmp_path)
    done = next(copies)
    old = _state(done)
    _whole(work, done)
    new = _state(done)
    assert new != old
    seen = []
    for at, root in _each(work, copies, every):
        writing.recover(root)
        state = _state(root)
        assert state in (old, new) or name == STEPWISE, f"{name} ended at change {at}"
        seen.append(state == new)
        assert not list(root.rglob(".change*")), "nothing of it is left"
        if state != new:
            _whole(work, root)
        assert _state(root) == new, f"{name} again, after it was ended at change {at}"
    assert seen == sorted(seen)
    assert len(seen) > 1
    assert every > 1 or {False, True} == set(seen)
    assert "Traceback" not in capfd.readouterr().err


def test_the_next_command_takes_a_half_done_one_back_and_says_so(
    start: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work, copies = COMMANDS["edition new"], _copies(start, tmp_path)
    told = 0
    for _, root in _each(work, copies, 5):
        capsys.readouterr()
        main(["--root", str(root), "release"])
        said = capsys.readouterr().err
        told += "was taken back: run it again" in said
        assert len(list((root / "docs").glob("2027-05"))) == (
            "2027-05" in (root / "docs/ledgers/editions.yml").read_text("utf-8")
        )
    assert told > 1


def _draw(root: Path) -> object:
    held = project.read(root)
    listed, lock = held.ledger("screenshots"), held.ledger("drawings.lock")
    return drawing.draw(root, held.drawings, listed, lock, ("zh", "en"), progress=lambda _: None)


def test_a_drawing_that_was_ended_is_drawn_to_its_end(
    start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    png = (start / "source/shot.png").read_bytes()
    monkeypatch.setattr(drawing, "browser", _no_browser)
    monkeypatch.setattr(drawing, "studio", _no_browser)
    monkeypatch.setattr(
        drawing,
        "shoot",
        lambda drawn, *_: drawing.Shot(png + drawn.name.encode(), 20, "", [], 18),
    )
    copies = _copies(start, tmp_path)
    done = next(copies)
    _draw(done)
    new = _state(done)
    count = 0
    for at, root in _each(_draw, copies, 2):
        for path in root.rglob("*.png"):
            assert path.stat().st_size, f"half a picture, ended at change {at}"
        _draw(root)
        assert _state(root) == new
        assert not list(root.rglob("*.kb-new"))
        count = at
    assert count > 4


def test_shards_are_merged_as_a_whole(tmp_path: Path) -> None:
    record = Record("", 1.0, Verdict("ok"), {})
    for name, urls in {"part": range(9), "other": range(5, 20), "all": range(3)}.items():
        with History(tmp_path / name) as history:
            for number in urls:
                history.put(record._replace(url=f"http://{number}.test/"))
    parts = [tmp_path / "part", tmp_path / "other"]
    for at in range(1, 25):
        child = os.fork()
        if child == 0:
            _kill_at_call(History, "get", at)
            job.merge(tmp_path / "all", parts)
            os._exit(0)
        assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
        with contextlib.closing(sqlite3.connect(tmp_path / "all")) as db:
            assert db.execute("SELECT count(*) FROM page").fetchone() == (3,)
    assert job.merge(tmp_path / "all", parts) == 24
    with History(tmp_path / "all") as history:
        assert len(history.rows()) == 20


def _kill_at_call(owner: type, name: str, at: int) -> None:
    real, count = getattr(owner, name), 0

    def counted(*given: Any) -> Any:
        nonlocal count
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given)

    setattr(owner, name, counted)


# --- the build -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(start: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project in order, with its site of yesterday and the edition that is built today."""
    root = tmp_path_factory.mktemp("built") / "p"
    shutil.copytree(start, root, symlinks=True)
    for path in (root / "docs/2026-11").rglob("*.md"):
        path.write_text(path.read_text("utf-8").partition("![]")[0] + "Text.\n", "utf-8")
    linked = ("about/disclosure", "about/sources", "subscribe/index", "start/index", "faq")
    for name, page in itertools.product(("zh", "en"), linked):  # by the theme
        text = PAGE.format(page.partition("/")[0].title(), "Text.").replace("#home", "#top")
        files.put(root, f"docs/2026-11/{name}/{page}.md", text)
    config = root / "mkdocs.yml"
    nav = "".join(f"  - {page}.md\n" for page in ("index", *linked))
    config.write_text(config.read_text("utf-8").replace("  - index.md\n", nav), "utf-8")
    shutil.rmtree(root / "overrides")
    shutil.copytree(ROOT / "overrides", root / "overrides")
    shutil.rmtree(root / "docs/drawings")
    for name in ("zh", "en"):
        shutil.rmtree(root / f"docs/2026-11/{name}/images")
    (root / "docs/ledgers/screenshots.yml").write_text("[]\n", "utf-8")
    (root / "docs/ledgers/pages.yml").unlink()
    for command in (["release"], ["stamp", "2026-11", "index", *linked], ["build"]):
        assert main(["--root", str(root), *command]) == 0
    shutil.rmtree(root / build.RESULT.rpartition("/")[0])  # another edition of the same sources
    shutil.copytree(root / "site/2026-11", root / "edition")
    for page in (root / "edition").rglob("index.html"):
        page.write_text(page.read_text("utf-8").replace("Text.", "Today."), "utf-8")
    return root


@contextlib.contextmanager
def _beside(out: Path) -> Iterator[None]:
    """As in the next build. The workers of a killed one end right after it: they hold its lock."""
    with contextlib.ExitStack() as held:
        for _ in range(100 * PATIENCE):
            with contextlib.suppress(InputError):
                held.enter_context(files.beside(out))
                break
            time.sleep(0.01)
        else:
            raise AssertionError("somebody holds it for ever")
        yield


def _built(root: Path) -> str:
    page = root / "site/2026-11/index.html"
    if not page.exists() or not (root / "site/sitemap.xml").exists():
        return "neither"
    return "new" if "Today." in page.read_text("utf-8") else "old"


@pytest.mark.build
@pytest.mark.parametrize("every", [34, pytest.param(1, marks=pytest.mark.soak)])
@pytest.mark.parametrize("swaps", [True, False], ids=["exchange", "two renames"])
def test_the_published_folder_is_the_old_or_the_new_one(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int, swaps: bool
) -> None:
    @contextlib.contextmanager
    def edition(home: Path, made: Path, *_: object) -> Iterator[Callable[[], None]]:
        subprocess.run(["cp", "-al", home / "edition", made / "2026-11"], check=True)
        yield lambda: None

    monkeypatch.setattr(build, "_builders", edition)
    if not swaps:
        monkeypatch.setattr(files, "_renameat2", lambda one, other: False)
    states = []
    for at, root in _each(_command("build"), _copies(site, tmp_path), every):
        states.append(_built(root))
        assert states[-1] in (("old", "new") if swaps else ("old", "new", "neither")), at
        with _beside(root / "site"):
            assert _built(root) == ("old" if states[-1] == "neither" else states[-1])
        assert not list(root.glob("*.kb-new"))
        if at % 51 == 1:
            assert main(["--root", str(root), "build"]) == 0
            assert _built(root) == "new"
            assert not [path.name for path in root.glob(".*") if path.name != ".cache"]
    assert states.count("old") > 3
    assert states.count("new") > 3
    assert states.count("neither") <= 1
