"""`kb screenshots --take`: pages are captured as the ledger says, and it knows the day."""

from __future__ import annotations

import http.server
import io
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import ClassVar

import pytest
from PIL import Image
from playwright.sync_api import Browser

from golden import settle, write
from kb import ledger, project
from kb.finding import InputError
from kb.pictures import fresh
from kb_tools import capture, mend
from kb_tools.web import safety

DAY = date(2026, 11, 29)
ENTRY = """\
- path: 2026-11/{locale}/images/NAME.png
  kind: capture
  of: a page
  captured: 2026-01-02
  ttl_days: 90
  density: 2
  page: {address: "ADDRESS/{locale}/NAME", viewport: [400, 300], language: "{locale}"}
  alt: {zh: 一个网页的画面, en: The screen of a page}
  caption: {zh: 甲, en: A}
"""


class _Pages(http.server.BaseHTTPRequestHandler):
    """A page that is red in Chinese, blue else; none at /gone; others lead to another name."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        host = self.headers["Host"]
        self.asked.append(host.partition(":")[0] + self.path)
        if self.path.endswith(("moved", ".css")):
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{host.partition(':')[2]}/secret")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        gone = self.path.endswith("gone")
        chinese = self.headers.get("Accept-Language", "").startswith("zh")
        colour = "red" if chinese else "blue"
        body = (
            f"<link rel=stylesheet href=a.css><body style='background:{colour}'><script>"
            f"new WebSocket('ws://localhost:{host.partition(':')[2]}/socket')</script>"
        ).encode()
        self.send_response(404 if gone else 200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def lay(folder: Path, *entries: str) -> project.Project:
    write(
        folder,
        {
            "docs/2026-11/zh/index.md": "![](images/shot.png)\n",
            "docs/2026-11/zh/images/shot.png": [8, 6],
            "docs/2026-11/en/images/shot.png": [8, 6],
            "docs/ledgers/screenshots.yml": "# stays\n" + "".join(entries),
        },
    )
    settle(folder)
    return project.read(folder)


def test_a_capture_is_taken_again_in_each_language(
    tmp_path: Path, web: str, browser: Browser
) -> None:
    shot = ENTRY.replace("ADDRESS", web).replace("NAME", "shot")
    gone = ENTRY.replace("ADDRESS", web).replace("NAME", "gone")
    held = lay(tmp_path, gone, shot)
    left = capture.take(held, [], DAY, browser, private=True)
    assert [str(found).split("\n")[0] for found in left] == [
        "docs/ledgers/screenshots.yml:5: '2026-11/{locale}/images/gone.png' was not taken: "
        "its page answers 404 [image-undated]"
    ]
    for locale, colour in (("zh", (255, 0, 0)), ("en", (0, 0, 255))):
        data = (tmp_path / f"docs/2026-11/{locale}/images/shot.png").read_bytes()
        with Image.open(io.BytesIO(data)) as image:
            assert image.size == (800, 600)
            assert image.convert("RGB").getpixel((9, 9)) == colour
    text = (tmp_path / "docs/ledgers/screenshots.yml").read_text("utf-8")
    assert text == "# stays\n" + gone + shot.replace("2026-01-02", "2026-11-29")
    again = project.read(tmp_path)
    digests = {path: file.digest for path, file in again.pictures.items()}
    listed, lock = again.ledger("screenshots"), again.ledger("captures.lock").data
    told = list(fresh.check_lock(digests, listed, ["zh", "en"], lock))
    assert [found.line for found in told if "shot" in found.message] == []
    assert mend.fix(again, dry=True) == []


def test_only_the_public_web_is_opened(tmp_path: Path, web: str, browser: Browser) -> None:
    held = lay(tmp_path, ENTRY.replace("ADDRESS", web).replace("NAME", "shot"))
    before = (tmp_path / "docs/2026-11/zh/images/shot.png").read_bytes()
    left = capture.take(held, [], DAY, browser)
    assert ["was not taken" in found.message for found in left] == [True]
    assert (tmp_path / "docs/2026-11/zh/images/shot.png").read_bytes() == before


def test_what_is_public_leads_nowhere_else(
    tmp_path: Path, web: str, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(host: str) -> None:
        if host != "127.0.0.1":
            raise safety.Forbidden(safety.Forbidden.ERRNO, host)

    monkeypatch.setattr(safety, "check", check)
    _Pages.asked.clear()
    moved, shot = (
        ENTRY.replace("ADDRESS", web).replace("NAME", name) for name in ("moved", "shot")
    )
    left = capture.take(lay(tmp_path, moved, shot), [], DAY, browser)
    assert [str(found).split("\n")[0] for found in left] == [
        "docs/ledgers/screenshots.yml:5: '2026-11/{locale}/images/moved.png' was not taken: "
        "its page answers 302 [image-undated]"
    ]
    assert "127.0.0.1/zh/a.css" in _Pages.asked
    assert [asked for asked in _Pages.asked if "localhost" in asked] == []
    with Image.open(tmp_path / "docs/2026-11/zh/images/shot.png") as image:
        assert image.convert("RGB").getpixel((9, 9)) == (255, 0, 0)


def test_an_entry_without_a_page_is_not_taken(tmp_path: Path, browser: Browser) -> None:
    held = lay(tmp_path, ENTRY.replace("ADDRESS", "https://a.test").replace("NAME", "shot"))
    with pytest.raises(InputError, match="no entry with a `page`"):
        capture.take(held, ["2026-11/zh/images/other.png"], DAY, browser)


def test_status_names_the_command_that_takes_a_capture_again() -> None:
    shot = ENTRY.replace("ADDRESS", "https://a.test").replace("NAME", "shot")
    by_hand = "\n".join(line for line in shot.split("\n") if "page:" not in line)
    for text, hint in (
        (shot, "kb screenshots --take 2026-11/{locale}/images/shot.png"),
        (by_hand, "a page"),
    ):
        listed = ledger.load(text, "l.yml", "screenshots")
        assert listed.findings == ()
        (due,) = fresh.status(listed, date(2026, 5, 2))
        assert due.finding.hint == f"look at it again: {hint}"
        assert list(fresh.status(listed, date(2026, 2, 2))) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("address: ", 'address: "file:///etc/passwd", at: '),
        ("[400, 300]", "[400]"),
        ("[400, 300]", "[40, 300]"),
        ('language: "{locale}"', "language: Deutsch"),
        ("kind: capture", "kind: drawing\n  source: drawings/a.yml"),
    ],
)
def test_an_entry_that_cannot_be_taken_is_a_finding(old: str, new: str) -> None:
    text = ENTRY.replace("ADDRESS", "https://a.test").replace("NAME", "shot")
    assert old in text
    assert ledger.load(text.replace(old, new, 1), "l.yml", "screenshots").findings
