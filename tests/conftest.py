"""Shared by the tests: the built site, a host that serves it under a sub-path, and a browser."""

from __future__ import annotations

import fcntl
import gc
import http.server
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable, Generator, Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    sync_playwright,
)

from golden import settle
from kb import clock, project
from kb.__main__ import main
from kb_tools import preview
from kb_tools.draw import executable

ROOT = Path(__file__).parent.parent
PREFIX = "/repo/"  # a host like GitHub Pages serves a project below a path of its own

SITE_URL = f"https://kb.test{PREFIX}"
GUIDE = project.read(ROOT)
# The day to which the guide's own dates have come: its builds and findings are the same ever after.
AS_OF = GUIDE.newest.day.isoformat()

# `--hypothesis-profile` chooses another. Whatever a clock measures is no property of the code: no
# profile has a deadline or minds slow data, and only the long one draws new examples each time.
COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("quick", max_examples=100, derandomize=True, **COMMON)
settings.register_profile("whole", max_examples=200, derandomize=True, **COMMON)
settings.register_profile("soak", max_examples=8000, **COMMON)
settings.load_profile("whole")

ROOM = 2**31  # bytes free: the tests of 2026-11-30 held 247 MiB at most, beside three browsers
# The files that take longest, from two minutes to half a one; those of the browser below.
LONG = (
    *("kept", "page_commands", "repository", "whole_site", "cut_off", "frozen", "build"),
    *("lacking", "serving", "linear", "bad_input", "freshness", "clock", "importer", "new_edition"),
    *("serve", "accessibility", "search", "hostile", "drawing", "site", "ways"),
)
PATIENCE = 120  # seconds, for what comes at once on a machine that does nothing else
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def mkdocs(
    *arguments: str, cwd: Path = ROOT, site_url: str = "", repo_url: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run MkDocs as a maintainer would; the result has its exit code and output."""
    environment = {"KB_AS_OF": AS_OF, **os.environ, "NO_MKDOCS_2_WARNING": "1"}
    if site_url:
        environment["SITE_URL"] = site_url
    if repo_url:
        environment["REPO_URL"] = repo_url
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def copy_project(to: Path) -> Path:
    """A copy of the project to change, without what is made from it."""
    to.mkdir(parents=True, exist_ok=True)
    for name in ("docs", "hooks", "tools", "overrides"):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    for config in ROOT.glob("mkdocs*.yml"):
        shutil.copy(config, to)
    return to


def small_project(to: Path) -> Path:
    """A project of one edition with one page in two languages, to plant things in."""
    to.mkdir(parents=True, exist_ok=True)
    for name in ("hooks", "tools", "overrides"):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    config = (ROOT / "mkdocs.yml").read_text("utf-8")
    config = re.sub(r"^nav:\n(?:  .*\n)+", "nav:\n  - index.md\n", config, flags=re.M)
    (to / "mkdocs.yml").write_text(config, "utf-8")
    docs = to / "docs"
    page = "---\ntitle: {0}\ndescription: {1}\n---\n# {0} {{ #home }}\n\n{1}\n"
    for path, text in {
        "2026-11/zh/index.md": page.format("首页", "一句话。"),
        "2026-11/en/index.md": page.format("Home", "A sentence."),
        **dict.fromkeys(
            ("2026-11/zh/asked.yml", "2026-11/en/asked.yml", "2026-11/translations.yml"), "{}\n"
        ),
    }.items():
        (docs / path).parent.mkdir(parents=True, exist_ok=True)
        (docs / path).write_text(text, "utf-8")
    settings = (to / "mkdocs.yml").read_text("utf-8")
    settle(to)
    (to / "mkdocs.yml").write_text(settings, "utf-8")  # which names the languages
    return to


def called(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """What `kb` below gives, from this process and its code: for all that needs no start."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, chdir(cwd):
        patch.setenv(clock.VARIABLE, os.environ.get(clock.VARIABLE, AS_OF))
        with redirect_stdout(out), redirect_stderr(err):
            try:
                code = main(arguments)
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else 0
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def kb(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a command of ours as a maintainer would."""
    return subprocess.run(
        [sys.executable, "-m", "kb", *arguments],
        cwd=cwd,
        env={"KB_AS_OF": AS_OF, **os.environ, "PYTHONPATH": str(cwd / "hooks")},
        capture_output=True,
        text=True,
        check=False,
    )


def built_pages(folder: Path) -> list[Path]:
    """The pages of a built folder; what only leads on from an old address is none."""
    every = sorted(folder.rglob("*.html"))
    return [path for path in every if 'http-equiv="refresh"' not in path.read_text("utf-8")]


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Serve a folder on a free port of this machine; gives its address, PREFIX included."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(folder: Path) -> str:
        server = preview.server(folder, SITE_URL)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}{PREFIX}"

    yield start
    for server in servers:
        server.shutdown()


def shared_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """What `make` makes at a path, once, also where several processes run the tests."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    out = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not out.exists():
            make(out)
    return out


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, built once."""

    def build(out: Path) -> None:
        built = kb("build", "--out", str(out), "--site-url", SITE_URL)
        assert built.returncode == 0, built.stdout + built.stderr

    return shared_once(tmp_path_factory, "built", build)


@pytest.fixture(scope="session")
def address(site: Path, serve: Callable[[Path], str]) -> str:
    """Where the built site is served."""
    return serve(site)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, which `make test` installs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=CHROMIUM_FLAGS)
        browser.on("context", lambda context: context.set_default_timeout(1000 * PATIENCE))
        yield browser
        browser.close()


def peak(work: Callable[[], Any]) -> tuple[Any, int]:
    """What a piece of work gives, and how many bytes it held at most beyond what there was."""
    gc.collect()
    tracemalloc.start()
    try:
        return work(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def in_memory(shared: Path, told: Path) -> bool:
    """Whether a folder lies in memory and takes all that the tests write, and lets them run it.

    `told` is where the system tells how much memory is left.
    """
    try:
        disk = os.statvfs(shared)
        left = re.search(r"^MemAvailable: +(\d+) kB$", told.read_text(), re.M)
    except OSError:
        return False
    room = min(disk.f_bavail * disk.f_frsize, 1024 * int(left[1]) if left else 0)
    runs = not disk.f_flag & os.ST_NOEXEC
    return runs and os.access(shared, os.W_OK | os.X_OK) and room >= ROOM


def pytest_configure() -> None:
    """Let the tests write into memory, where a disk would make them wait."""
    shared = Path("/dev/shm")
    if "TMPDIR" not in os.environ and in_memory(shared, Path("/proc/meminfo")):
        os.environ["TMPDIR"] = tempfile.tempdir = str(shared)


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """One process more than there are processors: a test waits for a third of its time.

    Browsers take memory: there are never more than four.
    """
    processors = yield
    return min(processors + 1, 4)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the browser or the built site; what uses the browser comes last.

    Its driver leaves an event loop behind, and asyncio.run() wants none. Of either, the longest
    files come first: no process is left with one at the end, when the others have nothing to do.
    """
    long = [ROOT / f"tests/test_{name}.py" for name in LONG]
    assert all(path.is_file() for path in long), "LONG names a file that is gone"
    rank = {path: place - len(long) for place, path in enumerate(long)}
    opened, modules = set(), set()
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "site" in fixtures:
            item.add_marker("build")
        if "browser" in fixtures:
            item.add_marker("browser")
            opened.add(item)
            modules.add(item.path)
    items.sort(key=lambda item: (item.path in modules, rank.get(item.path, 0), item in opened))


def pytest_collection_finish() -> None:
    """Leave what was collected out of all that the garbage collector looks through from here on."""
    gc.collect()
    gc.freeze()


WATCH = """document.addEventListener("securitypolicyviolation", (event) =>
  kbRefused(`${document.URL}: ${event.effectiveDirective} ${event.blockedURI}`))"""


def until(page: Page, expression: str) -> None:
    """Wait until an expression holds on a page, whose address may change meanwhile.

    Playwright's own `wait_for_function` evaluates inside the page from its second look on, which
    our policy refuses: it passed only where the first look found what it waited for.
    """

    def holds() -> bool:
        try:
            return bool(page.evaluate(expression))
        except Error as error:
            if "because of a navigation" not in error.message:
                raise
            return False  # the page that was asked has gone

    wait_for(page, holds, expression)


def wait_for(page: Page, holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds here, such as what a page's events told."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"never so: {what}"
        page.wait_for_timeout(50)


class Tab:
    """A browser tab that remembers what went wrong: console, failures, outside requests."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.refused: list[str] = []  # what the policy did not let the page do
        self.page.expose_function("kbRefused", lambda what: self.refused.append(what))
        self.page.add_init_script(WATCH)
        self.address = address
        self.problems: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        self.page.on("request", lambda request: self._request(request.url))
        self.page.on(
            "response",
            lambda response: (
                response.status >= 400
                and self.problems.append(f"{response.status}: {response.url}")
            ),
        )

    def _console(self, message: ConsoleMessage) -> None:
        # A picture opened alone has no icon of its own: the browser asks the host's root for one.
        icon = message.location.get("url", "").endswith("/favicon.ico")
        if message.type in ("error", "warning") and not icon:
            self.problems.append(f"console: {message.text}")

    def _request(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            self.problems.append(f"outside request: {url}")

    def open(self, path: str) -> Page:
        """Open a page by its path in the site, its scripts and pictures loaded."""
        self.page.goto(self.address + path)
        return self.page


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Callable[..., Tab]]:
    """Open tabs: `tab()` as wide as a desk, `tab(phone=True)`, `tab(javascript=False)`, …

    A test whose page wanted what the policy refuses fails at its end.
    """
    contexts: list[BrowserContext] = []
    tabs: list[Tab] = []

    def start(*, phone: bool = False, javascript: bool = True, locale: str = "zh-CN") -> Tab:
        context = browser.new_context(
            viewport={"width": 375, "height": 780} if phone else {"width": 1360, "height": 900},
            device_scale_factor=2 if phone else 1,
            has_touch=phone,
            locale=locale,
            java_script_enabled=javascript,
        )
        contexts.append(context)
        tabs.append(Tab(context, address))
        return tabs[-1]

    yield start
    for context in contexts:
        context.close()
    assert [refused for tab in tabs for refused in tab.refused] == []
