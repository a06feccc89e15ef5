"""How fast 1,000 pictures are checked: `PYTHONPATH=hooks python tests/bench_pictures.py`.

Cold is a first run; warm is the next one, when each is known by its content. The whole step is
measured, in seconds of processor time on all cores: reading, decoding, every rule, fifty pages.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from pathlib import Path

import yaml
from PIL import Image, ImageDraw

from kb import ledger
from kb.pictures import checks, probe, uses
from kb.text.page import Page

COUNT, PAGES = 1_000, 50
BUDGETS = {"cold": 5.0, "warm": 0.3}  # seconds of processor time


def picture(number: int) -> bytes:
    """A screen of 1200×800 pixels with as much on it as a settings page has."""
    image = Image.new("P", (1200, 800), 1)
    image.putpalette([40, 40, 40, 250, 250, 250, 90, 120, 200, 230, 120, 40])
    pen = ImageDraw.Draw(image)
    for row in range(24):
        start = (number * 37 + row * 61) % 500
        pen.rectangle((40, row * 32 + 8, 60 + start, row * 32 + 24), row % 4)
        pen.text((620, row * 32 + 8), f"Setting {number} of page {row}", 0)
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def lay_out(root: Path) -> None:
    """A project of COUNT pictures on PAGES pages."""
    entries = []
    for number in range(COUNT):
        path = root / f"docs/e1/zh/images/shot-{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(number))
        entries.append(
            {
                "path": f"e1/zh/images/shot-{number}.png",
                "kind": "capture",
                "of": "an application",
                "captured": "2026-11-23",
                "ttl_days": 365,
                "density": 2,
                "alt": {"zh": f"第 {number} 个设置页面的按钮"},
                "caption": {"zh": "设置"},
            }
        )
    for page in range(PAGES):
        shown = range(page, COUNT, PAGES)
        text = "\n\n".join(f"![](images/shot-{number}.png)" for number in shown)
        (root / f"docs/e1/zh/page-{page}.md").write_text(text, "utf-8")
    (root / "docs/ledgers").mkdir()
    text = yaml.safe_dump(entries, allow_unicode=True)
    (root / "docs/ledgers/screenshots.yml").write_text(text, "utf-8")


def run(root: Path) -> tuple[float, int]:
    """Seconds of the picture check, and how much it found. The ledger is read beforehand."""
    path = root / "docs/ledgers/screenshots.yml"
    listed = ledger.load(path.read_text("utf-8"), "l.yml", "screenshots")
    folder = root / "docs/e1/zh"
    pages = [
        Page(f"e1/zh/{page.name}", page.read_text("utf-8")) for page in sorted(folder.glob("*.md"))
    ]
    start = sum(os.times()[:4])
    paths = {f"e1/zh/images/{path.name}": path for path in (folder / "images").iterdir()}
    found = checks.check(probe.read(paths, root / probe.CACHE), [*uses.uses(pages)], listed, ["zh"])
    return sum(os.times()[:4]) - start, len(found)


def main() -> int:
    """Print the times; 1 when one is over its budget."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lay_out(root)
        times = {"cold": run(root), "warm": min(run(root) for _ in range(3))}
    for name, (seconds, found) in times.items():
        print(f"{name}: {seconds:5.2f} s of {BUDGETS[name]} s, {found} findings")
    return int(any(seconds > BUDGETS[name] for name, (seconds, _) in times.items()))


if __name__ == "__main__":
    sys.exit(main())
