"""The site's search against the theme's own: `PYTHONPATH=hooks python tests/bench_search.py`.

On the queries that nothing was tuned on, for each edition and language: the share whose right page
comes first, the mean reciprocal rank, and the time to build an index and answer all of them in the
same browser. Each figure is given for ours, for the theme's (lunr, over the same texts), and as a
ratio of the two.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from conftest import CHROMIUM_FLAGS, PREFIX, SITE_URL, kb
from kb import preview
from test_search import HOME, hit_first, mean_reciprocal_rank, name, queries, ranks

# Both workers speak one protocol. The theme's gets the texts with the settings that are its own.
ASK = """async ({ worker, asked, index, locale }) => {
    const { docs, config } = await (await fetch(index)).json()
    const plain = docs.map(({ location, title, text, tags }) => ({ location, title, text, tags }))
    const fields = { title: { boost: 1e3 }, text: { boost: 1 }, tags: { boost: 1e6 } }
    const separator = "[\\s\\-]+"
    const theme = { lang: [locale], separator, pipeline: ["stopWordFilter"], fields }
    const ours = worker.includes("/assets/search/")
    const options = { suggest: false }
    const data = ours ? { docs, config } : { docs: plain, config: theme, options }
    const replies = []
    const started = performance.now()
    const running = new Worker(worker)
    await new Promise((done, failed) => {
        setTimeout(() => failed(new Error(`${worker} does not answer`)), 60_000)
        running.onmessage = ({ data: { type, data } }) => {
            if (type === 1) asked.forEach((query) => running.postMessage({ type: 2, data: query }))
            if (type === 3 && replies.push(data.items) === asked.length) done()
        }
        running.postMessage({ type: 0, data })
    })
    running.terminate()
    const pages = replies.map((items) => items.map(([{ location }]) => location.split("#")[0]))
    return { pages, seconds: (performance.now() - started) / 1000 }
}"""


def measure(page: Page, worker: str, edition: str, locale: str) -> dict[str, float]:
    """First, MRR and seconds of a worker on the unseen queries of an edition's language."""
    unseen = queries(f"heldout-{edition}-{locale}")
    index = f"{PREFIX}{HOME[edition, locale]}search/search_index.json"
    asked = [query for query, _ in unseen]
    answer: dict[str, Any] = page.evaluate(
        ASK, {"worker": worker, "asked": asked, "index": index, "locale": locale}
    )
    found = [[name(location) for location in pages] for pages in answer["pages"]]
    places = ranks(found, (pages for _, pages in unseen))
    return {
        "first": hit_first(places),
        "MRR": mean_reciprocal_rank(places),
        "seconds": answer["seconds"],
    }


def main() -> None:
    """Build the site, serve it, and ask both workers."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Path(folder) / "site"
        built = kb("build", "--out", str(site), "--site-url", SITE_URL)
        assert built.returncode == 0, built.stdout + built.stderr
        server = preview.server(site, SITE_URL)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
        )
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}{PREFIX}{HOME['2026-11', 'zh']}")
        for edition, locale in HOME:
            assets = f"{PREFIX}{edition}/assets"
            theirs = next((site / edition).glob("assets/javascripts/workers/search.*.js")).name
            ours = measure(page, f"{assets}/search/worker.js", edition, locale)
            other = measure(page, f"{assets}/javascripts/workers/{theirs}", edition, locale)
            for figure, value in ours.items():
                ratio = value / other[figure]
                print(
                    f"{edition} {locale} {figure:8} ours {value:.3f}"
                    f"  theme's {other[figure]:.3f}  ratio {ratio:.2f}"
                )
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()
