"""`mkdocs serve`, as an editor uses it: it follows each save, and a fault is a warning."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from conftest import AS_OF, Tab, copy_project

pytestmark = pytest.mark.build

CONFIGS = {"2026-11": "mkdocs.yml", "2023-07": "mkdocs.2023-07.yml"}

# The first page of each edition shows this text of a ledger.
CHANGES = {
    "2026-11": ("ledgers/facts.yml", "zh: 分开计费，互不包含", "zh: 新的说法"),
    "2023-07": ("2023-07/record/screenshots.yml", "zh: 示意图：指南封面", "zh: 示意图：新的说法"),
}


def eventually(found: Callable[[], str | None], what: str) -> str:
    """Wait until `found` gives something; half a minute is far more than it takes."""
    for _ in range(300):
        answer = found()
        if answer is not None:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"never came: {what}")


def get(url: str) -> str | None:
    """The page at an address, or None while nobody answers."""
    try:
        with urllib.request.urlopen(url) as answer:
            return str(answer.read().decode())
    except OSError:
        return None


def shows(address: str, words: str) -> Callable[[], str | None]:
    """Whether the page at an address has come to hold some words."""
    return lambda: words if words in (get(address) or "") else None


@pytest.fixture(scope="module", params=list(CONFIGS))
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path, str]]:
    """An edition being edited: its name, the project's folder and the address."""
    edition: str = request.param
    root = copy_project(tmp_path_factory.mktemp("editor"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mkdocs", "serve", "-f", CONFIGS[edition]]
    environment = {**os.environ, "KB_AS_OF": AS_OF}
    with (root / "serve.log").open("w") as log:
        server = subprocess.Popen(
            [*command, "-a", f"127.0.0.1:{port}"],
            cwd=root,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}/"
    try:
        eventually(lambda: get(address), "the first page")
        yield edition, root, address
    finally:
        server.terminate()
        server.wait()


def test_the_console_is_clean(browser: Browser, served: tuple[str, Path, str]) -> None:
    _, _, address = served
    context = browser.new_context()
    reader = Tab(context, address)
    try:
        for path in ("", "en/"):
            page = reader.open(path)
            page.locator("article h1").wait_for()
        assert reader.problems == []
    finally:
        context.close()


def test_a_saved_page_is_shown_and_its_fault_is_a_warning(served: tuple[str, Path, str]) -> None:
    edition, root, address = served
    page = root / "docs" / edition / "zh/index.md"
    lines = page.read_text("utf-8").rstrip("\n").count("\n") + 1
    page.write_text(
        page.read_text("utf-8").rstrip("\n") + "\n\n刚存的 [x](nowhere.md)。\n", "utf-8"
    )
    eventually(shows(address, "刚存的"), "the new text")
    warning = f"WARNING -  docs/{edition}/zh/index.md:{lines + 2}:"
    log = root / "serve.log"
    eventually(lambda: "" if warning in log.read_text("utf-8") else None, warning)
    assert "Traceback" not in log.read_text("utf-8")


def test_a_changed_ledger_is_followed_too(served: tuple[str, Path, str]) -> None:
    edition, root, address = served
    name, old, new = CHANGES[edition]
    ledger = root / "docs" / name
    text = ledger.read_text("utf-8")
    assert text.count(old) == 1
    ledger.write_text(text.replace(old, new), "utf-8")
    eventually(shows(address, "新的说法"), "the new text")
