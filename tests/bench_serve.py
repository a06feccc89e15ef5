"""From a save to the page in an open tab: `PYTHONPATH=hooks:tools python tests/bench_serve.py`.

A paragraph is added, again and again, to a page that Chromium shows; what counts is the time until
its words stand there. Served are the guide as it is and grown to `--pages` pages in each language
(504), by us, by plain MkDocs with Material and, where npm is at hand, by VitePress and Starlight
(fetched into .cache). For ours it also tells what memory the server has at the first and at the
last save. It fails when ours is over its bounds, taken where nothing else runs.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Error, Page, sync_playwright

from bench_build import plain
from conftest import AS_OF, CHROMIUM_FLAGS, ROOT, copy_project
from golden import write
from growing import grow
from kb_tools.draw import executable

MOST = {"the guide": 0.4, "grown": 0.8}  # seconds, the median
SAVES, SLOW = 50, 3  # by the others, which take their time, fewer
PAGE = "start/plans"
# The newest that run on Node 20.
VITEPRESS = {"vitepress": "1.6.4"}
STARLIGHT = {"astro": "5.18.2", "@astrojs/starlight": "0.37.7"}
ASTRO = {
    "astro.config.mjs": """\
import { defineConfig } from "astro/config";
import starlight from "@astrojs/starlight";
const locales = { zh: { label: "简体中文", lang: "zh-CN" }, en: { label: "English" } };
const guide = { title: "Guide", pagefind: false, defaultLocale: "zh", locales };
export default defineConfig({ integrations: [starlight(guide)] });
""",
    "src/content.config.ts": """\
import { defineCollection } from "astro:content";
import { docsLoader } from "@astrojs/starlight/loaders";
import { docsSchema } from "@astrojs/starlight/schema";
const docs = defineCollection({ loader: docsLoader(), schema: docsSchema() });
export const collections = { docs };
""",
}


class Told(NamedTuple):
    """Seconds of each save, and MiB of the server at the first and the last."""

    seconds: list[float]
    memory: tuple[int, int]

    def __str__(self) -> str:
        part = sorted(self.seconds)[-max(len(self.seconds) // 20, 1)]
        first, last = self.memory
        return (
            f"{statistics.median(self.seconds):6.2f} s, {part:6.2f} s at most in 19 of 20, "
            f"{len(self.seconds)} saves, {first} to {last} MiB"
        )


def free() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


@contextlib.contextmanager
def started(command: Sequence[str], folder: Path) -> Iterator[int]:
    """Run a server while this lasts; gives its process."""
    quiet = {"NO_MKDOCS_2_WARNING": "1", "ASTRO_TELEMETRY_DISABLED": "1"}
    environment = {**os.environ, "KB_AS_OF": AS_OF, **quiet}
    with (folder / "serve.log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield server.pid
        finally:
            os.killpg(server.pid, 15)
            server.wait()


def opened(page: Page, url: str, process: int) -> None:
    """Open a page of a server that is starting."""
    end = time.monotonic() + 600
    while time.monotonic() < end and Path(f"/proc/{process}").exists():
        with contextlib.suppress(Error):
            page.goto(url, timeout=600_000)
            page.locator("h1").first.wait_for()
            return
        time.sleep(0.2)
    raise AssertionError(f"{url} never came")


def saves(browser: Browser, process: int, url: str, file: Path, count: int) -> Told:
    """Save a page again and again while a tab shows it."""
    page = browser.new_context().new_page()
    opened(page, url, process)
    text = file.read_text("utf-8").rstrip("\n")
    seconds, memory = [], []
    for number in range(count + 1):
        time.sleep(1)  # an editor reads what is written before the next save
        begun = time.monotonic()
        file.write_text(f"{text}\n\nSaved {number} times.\n", "utf-8")
        page.get_by_text(f"Saved {number} times.").wait_for(timeout=600_000)
        seconds.append(time.monotonic() - begun)
        status = Path(f"/proc/{process}/status").read_text()
        memory.append(int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) // 1024)
    file.write_text(text + "\n", "utf-8")
    page.context.close()
    return Told(seconds[1:], (memory[1], memory[-1]))  # the first finds everything cold


class Fetched(NamedTuple):
    """A server of npm's: its packages, its program, where its texts lie, its other files."""

    packages: dict[str, str]
    program: str
    docs: str
    files: dict[str, str]

    def command(self, name: str, docs: Path) -> list[str] | None:
        """What serves a folder of Markdown, laid out; None where there is no npm to fetch it."""
        npm = shutil.which("npm")
        if npm is None:
            return None
        work = ROOT / ".cache" / name
        package = {"private": True, "type": "module", "dependencies": self.packages}
        write(work, {"package.json": json.dumps(package), **self.files})
        quiet = ["--silent", "--no-audit", "--no-fund"]
        subprocess.run([npm, "install", *quiet], cwd=work, check=True)
        shutil.rmtree(work / self.docs, ignore_errors=True)
        shutil.copytree(docs, work / self.docs)
        for page in (work / self.docs).rglob("*.md"):  # Vue would read tags and braces as its own
            text = page.read_text("utf-8")
            page.write_text(re.sub(r"[<>]|\{\{?[^}\n]*\}?\}", "", text), "utf-8")
        return [str(work / "node_modules/.bin" / self.program), "dev"]


OTHERS = {
    "VitePress": Fetched(VITEPRESS, "vitepress", "docs", {}),
    "Starlight": Fetched(STARLIGHT, "astro", "src/content/docs", ASTRO),
}


def measure(browser: Browser, project: Path, count: int, slow: int) -> dict[str, Told]:
    """What each server takes for the texts of a project."""
    python = [sys.executable, "-m", "mkdocs", "serve", "-a"]
    found = {}
    port = free()
    with started([*python, f"127.0.0.1:{port}"], project) as process:
        file = project / f"docs/2026-11/zh/{PAGE}.md"
        url = f"http://127.0.0.1:{port}/{PAGE}/"
        found["ours"] = saves(browser, process, url, file, count)
    with tempfile.TemporaryDirectory() as folder:
        config = next(each for each in plain(project, Path(folder)) if "2026-11" in str(each))
        for name, other in OTHERS.items():
            if command := other.command(name.lower(), config.parent / "docs"):
                port, work = free(), ROOT / ".cache" / name.lower()
                where = ["docs"] if name == "VitePress" else []
                with started([*command, *where, "--port", str(port)], work) as process:
                    file = work / other.docs / f"zh/{PAGE}.md"
                    url = f"http://localhost:{port}/zh/{PAGE}"
                    found[name] = saves(browser, process, url, file, slow)
        port = free()
        with started([*python, f"127.0.0.1:{port}"], config.parent) as process:
            file = config.parent / f"docs/zh/{PAGE}.md"
            url = f"http://127.0.0.1:{port}/{PAGE}/"
            found["MkDocs with Material"] = saves(browser, process, url, file, slow)
    return found


def main() -> int:
    """Measure, print, and judge."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--pages", type=int, default=504)
    asked.add_argument("--saves", type=int, default=SAVES)
    asked.add_argument("--only", choices=MOST)
    given = asked.parse_args()
    over = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable(), args=CHROMIUM_FLAGS)
        for name, most in MOST.items():
            if given.only not in (None, name):
                continue
            to = Path(folder, name.replace(" ", "-"))
            project = copy_project(to) if name == "the guide" else grow(to, given.pages)
            for server, told in measure(browser, project, given.saves, SLOW).items():
                print(f"{name:10} {server:21} {told}", flush=True)
                if server == "ours" and statistics.median(told.seconds) > most:
                    over.append(f"{name}: over {most} s")
        browser.close()
    print(*over, sep="\n", end="")
    return bool(over)


if __name__ == "__main__":
    sys.exit(main())
