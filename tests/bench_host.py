"""The host of deploy/nginx under load: packed beforehand against packed on the way, in one run.

Run it as `python tests/bench_host.py`; `make nginx` unpacks the server. The load is bounded: 4,000
requests of this machine to itself, 16 at a time, for each of the two.
"""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import aiohttp

TESTS = Path(__file__).parent
sys.path[:0] = [str(TESTS.parent / name) for name in ("hooks", "tools", "tests")]

import nginx  # noqa: E402

REQUESTS, AT_ONCE = 4000, 16
LEAST = 3.0  # times the work saved by packing beforehand


class Load(NamedTuple):
    """What a run took: seconds of the server's processor, seconds by the clock, bytes sent."""

    cpu: float
    wall: float
    sent: int


async def _ask(address: str, pages: Sequence[str]) -> int:
    """Ask for pages in turn, all as a browser that takes gzip; gives the bytes that came."""
    left = iter(range(REQUESTS))
    sent = 0

    async def one(session: aiohttp.ClientSession) -> None:
        nonlocal sent
        for number in left:
            async with session.get(address + pages[number % len(pages)]) as answer:
                assert answer.status == 200, answer.url
                assert answer.headers["Content-Encoding"] == "gzip", answer.url
                sent += len(await answer.read())

    headers = {"Accept-Encoding": "gzip"}
    async with aiohttp.ClientSession(headers=headers, auto_decompress=False) as session:
        await asyncio.gather(*(one(session) for _ in range(AT_ONCE)))
    return sent


def measure(site: Path, pages: Sequence[str], more: str) -> Load:
    """Serve a site with some settings more, and load it."""
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        folder.chmod(0o755)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with nginx.serve(site, folder, more) as address:
            start = time.perf_counter()
            sent = asyncio.run(_ask(address, pages))
            wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Load(cpu, wall, sent)


def main() -> int:
    """Print the figures; 1 when packing beforehand saves too little."""
    if not nginx.program():
        print("no nginx: `make nginx` unpacks one")
        return 0
    root = TESTS.parent
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        folder.chmod(0o755)
        built = folder / "site"
        command = [sys.executable, "-m", "kb", "build", "--site-url", "https://guide.test/"]
        subprocess.run([*command, "--out", built], cwd=root, check=True)
        files = sorted(built.glob("2026-11/**/index.html"))
        big = [path for path in files if path.stat().st_size > 10_000]
        pages = [f"{path.parent.relative_to(built).as_posix()}/" for path in big]
        subprocess.run([nginx.HERE / "put.sh", built, folder / "guide"], check=True)
        packed = folder / "guide/now"
        loads = {"packed beforehand": measure(packed, pages, "")}
        for path in packed.rglob("*.gz"):
            path.unlink()
        way = "gzip on; gzip_comp_level 9; gzip_min_length 1024;"
        loads["packed on the way"] = measure(packed, pages, way)
    for name, load in loads.items():
        rate, each = REQUESTS / load.wall, load.sent / REQUESTS / 1024
        print(
            f"{name}: {load.cpu * 1000 / REQUESTS:.3f} ms of processor a request, "
            f"{rate:,.0f} requests a second, {each:.1f} KiB a page"
        )
    first, second = loads.values()
    ratio = second.cpu / first.cpu
    print(f"packing beforehand saves {ratio:.1f} times the work (at least {LEAST})")
    return int(ratio < LEAST)


if __name__ == "__main__":
    sys.exit(main())
