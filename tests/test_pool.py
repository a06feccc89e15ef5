"""Work in several processes: none outlives the one that it works for."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import ROOT

WORKING = """
import os, sys, time
from pathlib import Path
from kb import pool

def work(some):
    Path(sys.argv[1], str(os.getpid())).touch()
    time.sleep(600)

list(pool.spread(work, range(2), 2))
"""


@pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="nothing is spread here"
)
def test_a_killed_process_takes_those_it_forked_along(tmp_path: Path) -> None:
    started = subprocess.Popen(
        [sys.executable, "-c", WORKING, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "hooks")},
    )
    while len(workers := [int(path.name) for path in tmp_path.iterdir()]) < 2:
        assert started.poll() is None
        time.sleep(0.05)
    started.kill()
    started.wait()
    while any(_runs(worker) for worker in workers):  # for ever, if they live on
        time.sleep(0.05)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
