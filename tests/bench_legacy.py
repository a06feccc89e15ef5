"""How the legacy converter's time grows: `PYTHONPATH=hooks python tests/bench_legacy.py`.

For each hostile text, the seconds at 1x, 2x and 4x its size (4x is 2 MB) and the two ratios, which
stay near 2 where time is linear.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from kb.legacy.convert import convert

SIZE = 2_000_000


def _filled(unit: str, size: int) -> str:
    return unit * (size // len(unit))


TEXTS: dict[str, Callable[[int], str]] = {
    "img without an end": lambda n: _filled("{% img ", n),
    "img without an end, by line": lambda n: _filled("{% img /a.png\n", n),
    "tags on one line": lambda n: _filled("{% img /a.png 400 300 'T' 'A' %}", n),
    "tags in list items": lambda n: _filled("- a\n\n{% img /a.png %}\n\n", n),
    "ERB spelling without an end": lambda n: _filled("<% img ", n),
    "backticks of all lengths": lambda n: "".join(
        f"{'`' * k} " for k in range(1, int((2 * n) ** 0.5))
    ),
    "single backticks by paragraph": lambda n: _filled("`a\n\n", n),
    "raw without an end": lambda n: _filled("{% raw %}", n),
    "raw pairs": lambda n: _filled("{% raw %}{% img %}{% endraw %}", n),
    "fences without an end": lambda n: _filled("- ```\n\n", n),
    "comments without an end": lambda n: _filled("<!-- ", n),
    "dashes": lambda n: "<!--" + "-" * n,
    "braces": lambda n: _filled("{{ ", n),
    "template comments without an end": lambda n: _filled("{# ", n),
    "heading ids without an end": lambda n: "{#" + "a" * n,
    "elements without an end": lambda n: _filled("<code>", n),
    "elements without a bracket": lambda n: _filled("<code ", n),
    "notes in notes": lambda n: (
        _filled("{% note %}\n", n // 2) + _filled("{% endnote %}\n", n // 2)
    ),
    "a wide margin": lambda n: (
        "a\n" + " " * (n // 2) + "{% codeblock %}" + "\n" * (n // 2) + "{% endcodeblock %}"
    ),
    "quotes": lambda n: "{% img /a.png " + _filled("'\"", n) + " %}",
    "quotes and spaces": lambda n: "{% img /a.png " + _filled("' \" ", n) + " %}",
    "a title of spaces": lambda n: "{% img /a.png 'a" + " " * n + "b' %}",
    "spaces": lambda n: "{%" + " " * n,
    "list marks": lambda n: _filled("- ", n) + "x",
    "quote marks": lambda n: _filled("> \n", n),
    "hashes": lambda n: _filled("#", n),
    "blank lines": lambda n: "\n" * n,
    "prose": lambda n: _filled(
        "从目前来看，`code` and [a link](https://example.org/a_b) stay.\n\n", n
    ),
}


def measure(make: Callable[[int], str], size: int) -> float:
    """Seconds for one conversion of a text of about `size` characters."""
    text = make(size)
    start = time.perf_counter()
    convert(text, "page.md")
    return time.perf_counter() - start


def main() -> None:
    """Print a table."""
    print(f"{'text':36} {'1x':>7} {'2x':>7} {'4x':>7}   2x/1x 4x/2x")
    for name, make in TEXTS.items():
        one, two, four = (measure(make, SIZE // part) for part in (4, 2, 1))
        print(f"{name:36} {one:7.3f} {two:7.3f} {four:7.3f}   {two / one:5.2f} {four / two:5.2f}")


if __name__ == "__main__":
    main()
