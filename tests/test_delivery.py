"""What a reader downloads: WebP copies in the built site, light, without loss and in place."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Response

from conftest import ROOT, Tab, until, wait_for
from golden import write
from kb.pictures import probe, webp

PAGES = ("2023-07/plus/virtual-card/", "2023-07/en/plus/apple-alipay/")
BUDGET = 250_000
SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((e) => { sum += e.value; }))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 100);
})"""


def look_through(tab: Tab, path: str) -> dict[str, int]:
    """Open a page and scroll to its end: the pictures that were fetched, and their bytes."""
    fetched: dict[str, int] = {}

    def note(response: Response) -> None:
        if response.request.resource_type == "image" and "/images/" in response.url:
            fetched[response.url.rpartition("/")[2]] = len(response.body())

    tab.page.on("response", note)
    page = tab.open(path)
    for figure in page.locator("figure.kb-figure").all():
        figure.scroll_into_view_if_needed()
    until(page, "[...document.images].every((i) => i.complete && i.naturalWidth)")
    shown = page.locator(".kb-figure img").evaluate_all(
        "(images) => images.map((image) => image.currentSrc.split('/').at(-1))"
    )
    # A picture may be shown before its response is noted.
    wait_for(page, lambda: fetched.keys() >= set(shown), f"{shown} were fetched")
    return fetched


@pytest.mark.parametrize("path", PAGES)
def test_four_pictures_on_a_phone_are_light_and_do_not_move_the_page(
    tab: Callable[..., Tab], path: str
) -> None:
    phone = tab(phone=True)
    fetched = look_through(phone, path)
    assert len(fetched) == 4
    assert all(name.endswith(".webp") for name in fetched)
    assert sum(fetched.values()) <= BUDGET
    assert phone.page.evaluate(SHIFTS) < 0.01
    assert phone.problems == []


def test_a_desk_gets_the_wide_copies(tab: Callable[..., Tab]) -> None:
    fetched = look_through(tab(), PAGES[0])
    assert len(fetched) == 4
    assert all(name.endswith(".webp") and ".phone." not in name for name in fetched)


def test_copies_look_exactly_like_their_pictures(site: Path) -> None:
    copies = sorted(site.rglob("images/**/*.webp"))
    assert copies
    for copy in copies:
        stem, width, _ = copy.name.rsplit(".", 2)
        with Image.open(copy) as light, Image.open(copy.with_name(f"{stem}.png")) as whole:
            assert light.size == whole.size == (int(width), whole.height)
            pair = [Image.new("RGBA", whole.size, "white") for _ in range(2)]
            for canvas, image in zip(pair, (light, whole), strict=True):
                canvas.alpha_composite(image.convert("RGBA"))
            assert ImageChops.difference(*pair).getbbox() is None, copy.name
            assert copy.stat().st_size < copy.with_name(f"{stem}.png").stat().st_size


def test_nothing_is_written_into_docs() -> None:
    assert list((ROOT / "docs").rglob("*.webp")) == []


def make(folder: Path, size: list[int], mode: str, draw: Callable[[int, int], int]) -> list[str]:
    """The copies made of one picture, by width."""
    write(folder, {"docs/2026-11/zh/a.png": size})
    image = Image.new("L", (size[0], size[1]))
    image.putdata([draw(x, y) for y in range(size[1]) for x in range(size[0])])
    image.convert(mode).save(folder / "docs/2026-11/zh/a.png")
    files = probe.read({"2026-11/zh/a.png": folder / "docs/2026-11/zh/a.png"})
    made = webp.make(folder / "docs", files, folder / "cache")
    assert webp.make(folder / "docs", files, folder / "cache") == made, "kept"
    return [f"{c.width}×{c.height}" for c in made["2026-11/zh/a.png"]]


_RANDOM = random.Random(8).randbytes(1600 * 400)


def rough(x: int, y: int) -> int:
    return _RANDOM[y * 1600 + x]


def noisy(x: int, y: int) -> int:
    return (x * x + y * 7) // 3 % 256


def test_fine_captures_have_narrower_copies_and_drawings_do_not(tmp_path: Path) -> None:
    assert make(tmp_path / "a", [1600, 400], "RGB", rough) == ["1600×400", "760×190"]
    assert make(tmp_path / "b", [1600, 400], "P", rough) == ["1600×400"]


def test_a_copy_that_is_not_lighter_is_left_out(tmp_path: Path) -> None:
    assert make(tmp_path, [400, 40], "L", noisy) == []


def test_a_copy_that_is_damaged_in_the_cache_is_made_anew(tmp_path: Path) -> None:
    make(tmp_path, [1600, 400], "RGB", rough)
    kept = sorted((tmp_path / "cache").iterdir())
    whole = [path.read_bytes() for path in kept]
    kept[0].write_bytes(b"rubbish")
    kept[1].write_bytes(b"")
    assert make(tmp_path, [1600, 400], "RGB", rough) == ["1600×400", "760×190"]
    assert [path.read_bytes() for path in kept] == whole


def test_the_same_bytes_give_the_same_copy() -> None:
    data = io.BytesIO()
    Image.effect_noise((64, 48), 40).save(data, "PNG")
    first = webp.encode(data.getvalue(), 64)
    assert first == webp.encode(data.getvalue(), 64)
    assert first[:4] == b"RIFF"
