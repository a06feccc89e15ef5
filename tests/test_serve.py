"""`mkdocs serve`, as an editor uses it: it follows each save, and whatever is saved, tabs live on.

What it makes is compared with a full build in test_serving.py.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser

from conftest import AS_OF, Tab, copy_project, small_project
from kb_tools.serving.server import Server

pytestmark = pytest.mark.build

CONFIGS = {"2026-11": "mkdocs.yml", "2023-07": "mkdocs.2023-07.yml"}

# The first page of each edition shows this text of a ledger.
CHANGES = {
    "2026-11": ("ledgers/facts.yml", "zh: 分开计费，互不包含", "zh: 新的说法"),
    "2023-07": ("2023-07/record/screenshots.yml", "zh: 示意图：指南封面", "zh: 示意图：新的说法"),
}


def eventually(found: Callable[[], object], what: str) -> object:
    """Wait until `found` gives something; two minutes are far more than it takes."""
    for _ in range(1200):
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


def answers(port: int) -> bool | None:
    """Whether a server listens at a port, or None."""
    with socket.socket() as client:
        return True if client.connect_ex(("127.0.0.1", port)) == 0 else None


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
    with serving(root, CONFIGS[edition]) as address:
        yield edition, root, address


@contextlib.contextmanager
def serving(root: Path, config: str = "") -> Iterator[str]:
    """Serve a project with the builder and a config, or by our own command; gives the address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    plain = ["mkdocs", "serve", "-f", config, "-a", f"127.0.0.1:{port}"]
    command = [sys.executable, "-m", *(plain if config else ["kb", "serve", "--port", str(port)])]
    environment = {**os.environ, "KB_AS_OF": AS_OF, "PYTHONPATH": "hooks"}
    with (root / "serve.log").open("w") as log:
        server = subprocess.Popen(
            command,
            cwd=root,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}/"
    try:
        eventually(lambda: answers(port), "the first answer")
        yield address
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


def test_an_address_of_another_edition_says_how_that_is_served(
    served: tuple[str, Path, str],
) -> None:
    edition, _, address = served
    other = next(each for each in CONFIGS if each != edition)
    for path, said in (
        (f"{other}/en/faq/", f"Edition {other} is not served here: `make serve EDITION={other}`"),
        (f"{other}/faq/", f"这里没有 {other} 版：运行 `make serve EDITION={other}`"),
        ("nowhere/", "<h1>404</h1>"),
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address + path)
        text = refused.value.read().decode()
        assert said in text
        assert f'<html lang="{"en" if "/en/" in path else "zh-Hans"}">' in text


def test_a_changed_ledger_is_followed_too(served: tuple[str, Path, str]) -> None:
    edition, root, address = served
    name, old, new = CHANGES[edition]
    ledger = root / "docs" / name
    text = ledger.read_text("utf-8")
    assert text.count(old) == 1
    ledger.write_text(text.replace(old, new), "utf-8")
    eventually(shows(address, "新的说法"), "the new text")


# What cannot be built, by what is saved; and what the bar says of it.
BROKEN = {
    "no text": ("docs/{}/zh/index.md", "汉".encode("gbk"), "zh/index.md:1 [file-unreadable]"),
    "front matter": ("docs/{}/zh/index.md", b"---\na: [\n---\n# x\n", "zh/index.md:"),
    "template": (
        "overrides/main.html",
        b"<html>\n{% if %}",
        "overrides/main.html:2 [serve-stopped]",
    ),
    "settings": ("mkdocs.yml", b"nav:\n\t- x\n", "mkdocs.yml:2 "),
    "value": ("mkdocs.yml", b"site_name: 7\nplugins: 8\n", "mkdocs.yml:"),
    "no folder": ("", b"", "isn't an existing directory"),
    "hook": ("hooks/blocks.py", b"\ndef x(:\n", "hooks/blocks.py:2 [serve-stopped]"),
    "ledger": ("docs/ledgers/facts.yml", b"a: [\n", "facts.yml:"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_tab_keeps_the_last_good_page_and_says_what_to_mend(
    browser: Browser, served: tuple[str, Path, str], kind: str
) -> None:
    edition, root, address = served
    name, broken, told = BROKEN[kind]
    file = root / (name.format(edition) or CONFIGS[edition])
    good = file.read_bytes()
    if not broken:  # settings that can be read, one of them wrong
        broken = good.replace(b"docs_dir: docs/", b"docs_dir: nowhere/")
        line = broken.decode().split("\n").index(f"docs_dir: nowhere/{edition}") + 1
        told = f"{CONFIGS[edition]}:{line} ["  # of another edition, or no folder
    context = browser.new_context()
    page = Tab(context, address).open("")
    try:
        title = page.locator("article h1").inner_text()
        file.write_bytes(broken)
        entry = page.locator("kb-findings li", has_text=told)
        entry.first.wait_for(state="attached")
        assert page.locator("article h1").inner_text() == title
        page.reload()  # also for one who comes now
        assert page.locator("article h1").inner_text() == title
        entry.first.wait_for(state="attached")
        file.write_bytes(good)
        entry.first.wait_for(state="detached")
    finally:
        file.write_bytes(good)
        context.close()


def test_the_bar_is_read_by_keys_and_says_nothing_as_html(
    browser: Browser, served: tuple[str, Path, str]
) -> None:
    edition, root, address = served
    file = root / f"docs/{edition}/zh/index.md"
    good = file.read_bytes()
    context = browser.new_context(viewport={"width": 375, "height": 700})
    page = Tab(context, address).open("")
    try:
        file.write_bytes(good + b"\n[just saved](<img-src=x onerror=document.title=1>.md)\n")
        page.get_by_text("just saved").wait_for()
        button = page.locator("kb-findings button")
        button.wait_for()
        assert button.get_attribute("aria-expanded") == "false"
        assert page.locator("kb-findings ol").is_hidden()
        button.press("Enter")
        entry = page.locator("kb-findings li", has_text="onerror")
        entry.first.wait_for()
        assert page.locator("kb-findings img").count() == 0
        # Nothing of the page stays below it.
        page.keyboard.press("Escape")
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        last, bar = page.locator("footer").bounding_box(), button.bounding_box()
        assert last
        assert bar
        assert last["y"] + last["height"] <= bar["y"] + 1
    finally:
        file.write_bytes(good)
        context.close()


def test_a_tab_is_loaded_anew_when_its_page_has_changed_and_at_no_other_time(
    browser: Browser, served: tuple[str, Path, str]
) -> None:
    edition, root, address = served
    context = browser.new_context()
    page = Tab(context, address).open("en/")
    loads: list[str] = []
    page.on("load", lambda: loads.append(page.url))
    try:
        other, own = (root / f"docs/{edition}/{locale}/index.md" for locale in ("zh", "en"))
        other.write_text(other.read_text("utf-8").rstrip("\n") + "\n\n别的一页。\n", "utf-8")
        eventually(shows(address, "别的一页"), "the other page")
        own.write_text(own.read_text("utf-8").rstrip("\n") + "\n\nThis very page.\n", "utf-8")
        page.get_by_text("This very page.").wait_for()
        page.wait_for_load_state()
        assert loads == [f"{address}en/"]
    finally:
        context.close()


def test_a_renamed_page_is_gone_and_comes_back(tmp_path: Path, browser: Browser) -> None:
    root = copy_project(tmp_path / "p")
    with serving(root, "mkdocs.yml") as address:
        context = browser.new_context()
        page = Tab(context, address).open("start/plans/")
        page.locator("article h1").wait_for()
        file = root / "docs/2026-11/zh/start/plans.md"
        both = [file, root / "docs/2026-11/en/start/plans.md"]
        for each in both:
            each.rename(each.with_name("prices.md"))
        page.get_by_text("404", exact=True).wait_for()
        eventually(lambda: get(address + "start/prices/"), "the page under its new name")
        for each in both:
            each.with_name("prices.md").rename(each)
        page.locator("article h1").wait_for()
        context.close()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("docs/2026-11/zh/index.md", "汉".encode("gbk"), "file-unreadable"),
        ("overrides/main.html", b"{% if %}", "overrides/main.html:1"),
        ("docs/ledgers/facts.yml", b"a: [", "facts.yml:"),
    ],
)
def test_it_starts_whatever_there_is(
    tmp_path: Path, browser: Browser, name: str, text: bytes, told: str
) -> None:
    root = small_project(tmp_path / "p")
    file = root / name
    good = file.read_bytes()
    file.write_bytes(text)
    with serving(root, "mkdocs.yml") as address:
        context = browser.new_context()
        page = Tab(context, address).open("")
        page.locator("kb-findings li", has_text=told).first.wait_for(state="attached")
        file.write_bytes(good)
        page.locator("article h1").wait_for()
        page.locator("kb-findings li", has_text=told).first.wait_for(state="detached")
        context.close()


def test_the_terminal_tells_what_is_new_and_what_is_mended(tmp_path: Path) -> None:
    root = small_project(tmp_path / "p")
    page, log = root / "docs/2026-11/en/index.md", root / "serve.log"
    good = page.read_text("utf-8")
    with serving(root, "mkdocs.yml"):
        for number, said in ((1, "WARNING"), (2, "WARNING"), (3, "mended: ")):
            link = f"\n[x](nowhere-{number}.md)\n" * (number < 3)
            page.write_text(good + link, "utf-8")
            told = f"{said}.*en/index.md:.*nowhere-{min(number, 2)}.md.*\\[link-broken\\]"
            eventually(lambda told=told: re.search(told, log.read_text("utf-8")), told)
    lines = log.read_text("utf-8").split("\n")
    assert sum("WARNING" in line and "link 'nowhere-1.md'" in line for line in lines) == 1
    assert "Traceback" not in log.read_text("utf-8")


def test_a_save_that_cannot_be_read_is_followed_once(tmp_path: Path) -> None:
    """To read what is watched is told as a save, too: it would be followed for ever."""
    (tmp_path / "mkdocs.yml").write_text("good")
    server = Server(lambda: None, "127.0.0.1", 0, str(tmp_path))
    server.look(tmp_path, ())
    followed: list[list[str]] = []
    server.site = SimpleNamespace(
        findings=(), follow=lambda saved, gone: followed.append([*saved, *gone])
    )
    for text in ("a tab", "a tab", "another one"):
        (tmp_path / "mkdocs.yml").write_text(text)
        os.utime(tmp_path / "mkdocs.yml", (1, 1))
        server._follow()
    assert followed == [["mkdocs.yml"], ["mkdocs.yml"]]


def first(asked: str, place: str) -> str | None:
    """What the bar says first, if that is of a place."""
    found = json.loads(get(asked) or '{"findings": []}')["findings"]
    return str(found[0]["message"]) if found and found[0]["place"] == place else None


def instead(url: str) -> bool | None:
    """Whether a page stands there, with the bar's script, in the place of one that cannot."""
    try:
        urllib.request.urlopen(url)
    except urllib.error.HTTPError as refused:
        return b'src="/livereload.js"' in refused.read() or None
    except OSError:  # it begins anew
        return None
    return None


BEFORE = {  # a file, what it becomes, and what is said of it
    "tab": ("mkdocs.yml", lambda good: b"\tx: 1\n" + good, "mkdocs.yml:1: found character"),
    "plugin": (
        "mkdocs.yml",
        lambda good: good.replace(b"plugins:\n", b"plugins:\n  no-such: {}\n"),
        "mkdocs.yml:{plugins}: Config value 'plugins': The \"no-such\" plugin",
    ),
    "hook": ("hooks/blocks.py", lambda good: good + b"\ndef x(:\n", "hooks/blocks.py:{end}: "),
    "none": ("mkdocs.yml", lambda good: None, "mkdocs.yml:1: this file is not there"),
}


def test_what_is_broken_before_it_begins_stands_at_the_port_till_it_is_mended(
    tmp_path: Path,
) -> None:
    root, log = small_project(tmp_path / "p"), tmp_path / "p/serve.log"
    told: list[str] = []
    whole = {name: (root / name).read_bytes() for name, _, _ in BEFORE.values()}
    with contextlib.ExitStack() as stack:
        address = ""
        for name, spoil, what in BEFORE.values():
            bad, good = spoil(whole[name]), whole[name]
            (root / name).unlink() if bad is None else (root / name).write_bytes(bad)
            for other in whole.keys() - {name}:  # only now: at no time is all of it whole
                (root / other).write_bytes(whole[other])
            lines = good.decode().split("\n")
            at = {"plugins": lines.index("plugins:") + 1 if "plugins:" in lines else 0}
            told.append(what.format(**at, end=len(lines) + 1))
            address = address or stack.enter_context(serving(root))
            # The bar of any page says it, and so does the terminal.
            place, _, said = told[-1].partition(": ")
            asked = f"{address}livereload/?page=/start/&at=none"
            answer = eventually(partial(first, asked, place), told[-1])
            assert str(answer).startswith(said)
            eventually(shows(f"{address}livereload.js", "attachShadow"), "the script of the bar")
            eventually(partial(instead, f"{address}start/"), "a page in the place of any")
        settings = root / "mkdocs.yml"  # a key that nobody knows is no reason to end
        settings.write_bytes(b"no_such_key: 1\n" + whole["mkdocs.yml"])
        eventually(shows(address, "一句话。"), "the page itself")
    written = log.read_text("utf-8")
    for what in told:
        assert re.search(rf"(?m)^{re.escape(what)}.* \[serve-stopped\]$", written), written
    assert "Unrecognised configuration name: no_such_key" in written
    assert "Traceback" not in written


def test_a_server_that_could_not_begin_ends_at_the_keyboard(tmp_path: Path) -> None:
    root = small_project(tmp_path / "p")
    (root / "mkdocs.yml").unlink()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "kb", "serve", "--port", str(port)]
    environment = {**os.environ, "KB_AS_OF": AS_OF, "PYTHONPATH": "hooks"}
    server = subprocess.Popen(
        command,
        cwd=root,
        env=environment,
        stdout=subprocess.DEVNULL,
        # As at a keyboard: what a shell runs in the background is deaf to Ctrl+C, tests as well.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        script = f"http://127.0.0.1:{port}/livereload.js"
        eventually(shows(script, "attachShadow"), "the first answer")
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=120) == 130
    finally:
        server.kill()
