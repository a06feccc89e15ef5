"""V8 in a process of its own, whose memory ends with it: `python engine.py SCRIPT…`."""

import contextlib
import sys
from pathlib import Path

from py_mini_racer import DEFAULT_V8_FLAGS, MiniRacer, init_mini_racer

# V8 would let garbage grow as the machine's memory allows: 553 MiB for 700 pages are 234.
init_mini_racer(flags=[*DEFAULT_V8_FLAGS, "--optimize-for-size"])
with contextlib.closing(MiniRacer()) as engine:  # left open, it may keep Python from ending
    for path in sys.argv[1:]:
        engine.eval(Path(path).read_text("utf-8"))
    sys.stdout.write(str(engine.call("made", sys.stdin.read())))
