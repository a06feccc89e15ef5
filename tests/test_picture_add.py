"""`kb picture add`, and the ports that things are served at."""

from __future__ import annotations

import socket
import subprocess
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from conftest import ROOT, small_project
from kb import project
from kb.__main__ import main
from kb.figures import Picture, Variant, render
from kb.pictures.entries import Entry
from kb_tools import preview

LEDGER = "docs/ledgers/screenshots.yml"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A project with one page in a folder, too."""
    root = small_project(tmp_path / "project")
    for locale in ("zh", "en"):
        page = root / "docs/2026-11" / locale / "start/plans.md"
        page.parent.mkdir()
        page.write_text("---\ntitle: Plans\ndescription: x\n---\n# Plans { #plans }\n", "utf-8")
    return root


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    """A capture of a phone, with metadata."""
    made = PngInfo()
    made.add_text("Author", "somebody")
    path = tmp_path / "My Shot_1.PNG"
    Image.effect_noise((117, 253), 50).save(path, pnginfo=made)
    return path


def add(home: Path, *given: object) -> int:
    return main(["--root", str(home), "picture", "add", *map(str, given), "--as-of", "2026-11-29"])


def test_a_capture_is_cleaned_named_listed_and_shown(
    home: Path, shot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert add(home, shot, "docs/2026-11/zh/start/plans.md", "--density", 3) == 0
    told = capsys.readouterr().out.strip().split("\n")
    assert told[-1] == "![](../images/my-shot-1.png)"
    made = home / "docs/2026-11/zh/images/my-shot-1.png"
    assert b"somebody" not in made.read_bytes()
    assert Image.open(made).tobytes() == Image.open(shot).tobytes()
    assert shot.exists()
    held = project.read(home)
    (entry,) = held.ledger("screenshots").data
    assert entry["path"] == "2026-11/{locale}/images/my-shot-1.png"
    assert (entry["kind"], entry["density"], str(entry["captured"])) == ("capture", 3, "2026-11-29")
    assert held.ledger("screenshots").findings == ()
    # The other language's file joins the same entry.
    before = (home / LEDGER).read_text("utf-8")
    assert add(home, shot, "2026-11/en/start/plans.md") == 0
    assert (home / LEDGER).read_text("utf-8") == before
    assert (home / "docs/2026-11/en/images/my-shot-1.png").read_bytes() == made.read_bytes()


def test_nothing_is_overwritten_or_lost(
    home: Path, shot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, ledger = "docs/2026-11/zh/start/plans.md", home / LEDGER
    ledger.write_text("# Ours.\n[]\n", "utf-8")
    assert add(home, shot, page) == 0
    assert ledger.read_text("utf-8").startswith("# Ours.\n- path:")
    first = ledger.read_text("utf-8")
    other = shot.with_name("my-shot-1.png")
    Image.effect_noise((50, 50), 9).save(other)
    assert add(home, other, page) == 2
    assert "is not overwritten" in capsys.readouterr().err
    assert ledger.read_text("utf-8") == first
    other = other.rename(other.with_name("another.png"))
    assert add(home, other, page) == 0
    assert ledger.read_text("utf-8").startswith(first)


@pytest.mark.parametrize(
    ("name", "data", "page", "said"),
    [
        ("a.png", b"no picture", "docs/2026-11/zh/index.md", "is no picture"),
        ("a.txt", b"text", "docs/2026-11/zh/index.md", "is no picture"),
        ("a.png", None, "docs/2026-11/zh/start/plan.md", "nearest: docs/2026-11/zh/start/plans.md"),
        ("none.png", b"", "docs/2026-11/zh/index.md", "is no picture"),
    ],
)
def test_what_cannot_be_added_is_told_and_nothing_is_written(
    home: Path,
    shot: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    data: bytes | None,
    page: str,
    said: str,
) -> None:
    file = shot.with_name(name)
    file.write_bytes(shot.read_bytes() if data is None else data)
    before = (home / LEDGER).read_bytes()
    assert add(home, file, page) == 2
    assert said in capsys.readouterr().err
    assert (home / LEDGER).read_bytes() == before
    assert not list(home.glob("docs/**/images"))


@pytest.mark.parametrize(
    ("density", "shown"), [(1, (1170, 2532)), (2, (585, 1266)), (3, (390, 844))]
)
def test_a_capture_of_a_fine_screen_is_shown_at_its_true_size(
    density: float, shown: tuple[int, int]
) -> None:
    picture = Picture(Variant("p.png", 1170, 2532), Entry(density=density))
    page = render('<p><img src="p.png"></p>', lambda _: picture, "")
    assert f'width="{shown[0]}" height="{shown[1]}"' in page
    declared = render('<p><img src="p.png" width="300"></p>', lambda _: picture, "")
    assert 'width="300" height="649"' in declared


def test_a_port_that_is_taken_is_told_with_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(preview.InputError) as told:
            preview.free(port)
    words = str(told.value)
    assert f"port {port} is taken" in words
    assert "\n" not in words
    free = int(words.split("PORT=")[1].split()[0])
    assert free > port
    assert preview.free(free) == free
    assert preview.free(port) == port


@pytest.mark.parametrize("ours", [False, True])
def test_a_browser_that_goes_early_is_no_fault_and_one_of_ours_is_told(
    ours: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def faulty(_: preview.Handler) -> None:
        raise ValueError("a fault of ours")

    if ours:
        monkeypatch.setattr(preview.Handler, "do_GET", faulty)
    with (tmp_path / "large").open("wb") as large:
        large.truncate(2**26)  # more than a connection holds
    with preview.server(tmp_path, "https://kb.test/") as host:
        host.daemon_threads = False  # the end waits for the answer
        with socket.create_connection(("127.0.0.1", host.server_port)) as browser:
            browser.sendall(b"GET /large HTTP/1.0\r\n\r\n")
            host.handle_request()
    told = capsys.readouterr().err
    assert "a fault of ours" in told if ours else told == ""


def test_serving_refuses_a_port_that_is_taken_and_an_edition_that_is_not_there(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["--root", str(home), "serve", "--port", port]) == 2
    assert f"port {port} is taken" in capsys.readouterr().err
    assert main(["--root", str(home), "serve", "--edition", "2026-1"]) == 2
    assert "no edition '2026-1': 2026-11" in capsys.readouterr().err


def test_the_launcher_runs_from_anywhere(tmp_path: Path) -> None:
    rule = ["make", "-n", "-s", "-B", ".venv/bin/kb", f"BIN={tmp_path}", f".venv/bin/kb={tmp_path}"]
    said = subprocess.run(rule, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    script = next(line for line in said.split("\n") if "printf" in line).partition(" > ")[0]
    text = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert text.startswith("#!/bin/sh\n")
    assert f'PYTHONPATH="{ROOT}/hooks" exec "{ROOT}/{tmp_path}/python" -m kb "$@"' in text


def test_a_preview_lists_no_folder(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    for name in ("404.html", "en/feed.xml"):
        (tmp_path / name).write_text(f"this is {name}")
    with preview.server(tmp_path, "http://x.test/repo/") as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{host.server_port}/repo/en/"
        assert urllib.request.urlopen(f"{address}feed.xml").read() == b"this is en/feed.xml"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address)
        assert (refused.value.code, refused.value.read()) == (404, b"this is 404.html")
        host.shutdown()
