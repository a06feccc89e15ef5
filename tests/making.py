"""Posts of an old blog with every construct, and what each says: words, code, links, pictures."""

from __future__ import annotations

import re
from random import Random
from typing import NamedTuple


class Made(NamedTuple):
    """What a text says: its words `w1`, `w2`, … in order, its code, links and pictures."""

    words: list[str]
    code: list[str]
    links: list[str]
    pictures: list[str]


# P is a run of these, W a word, U an address, CODE a piece of code.
INLINE = """
W W | **W** | *W* | ~~W~~ | `W` | **W *W* W** | _W_ W_W_ | <b>W</b> | Map<K,V> W | W<br>W | [W](U) |
[W **W**](U) | <U> | ![](/images/p.png) | {% img /images/p.png 40 20 %} | 中文，**W：**W |
W {W} | W [[W]] |
&copy; W & W | \\* W | {% youtube abc %} | {% gist 12 %} | 1. W | # W | W: W |
"W" 'W' | $W$ | W ^ W~W
"""
POSTS = """
P
---
P
P
---
## P
---
- P
- P
  - P
    1. P
  - P
- P
---
P:
1. P
2. P

   P
---
* P

  ```js
  CODE
  ```
* P
---
> P
> P
>
> - P
---
``` ruby W U W
CODE
```
---
~~~
CODE
~~~
---
W

    CODE
---
P
| W | P |
|---|:-:|
| W | `W` |
---
{% codeblock lang:js W %}
CODE
{% endcodeblock %}
---
{% highlight python linenos %}
CODE
{% endhighlight %}
---
{% note info %}
P

- P
{% endnote %}
---
{% blockquote Somebody, A Book %}
P
{% endblockquote %}
---
{% cq %}P{% endcq %}
---
<div align="center">
W <b>W</b>
</div>
---
<center>W

P

</center>
---
- [ ] P
- [x] P
---
***
---
3. P
4. P
---
Setext W
---------
---
{% fold W %}
P
{% endfold %}
---
<!-- more -->
---
- P

1. P

- P
"""
EMBEDDED = {
    "{% youtube abc %}": "https://www.youtube.com/watch?v=abc",
    "{% gist 12 %}": "https://gist.github.com/12",
}
CODE = (
    "a = 1",
    "# no heading",
    "\tx\n\n\ty",
    "{% img /a.png %}",
    "<b>&amp;</b>",
    "- a\n  - b",
    "{{ x }} {# y #}",
    "**a** _b_ `c`",
    "    deep\n  less",
    "~~ [[a]] $x$",
    "if (a < b && c > d) {}\n\n\nend",
)


def make(chance: Random) -> tuple[str, Made]:
    """A post of some blocks, and what it says."""
    held = Made([], [], [], [])
    inline = [piece.strip() for piece in INLINE.replace("\n", " ").split(" | ")]
    blocks = [block.strip("\n") for block in POSTS.split("\n---\n")]

    def word() -> str:
        held.words.append(f"w{len(held.words) + 1}")
        return held.words[-1]

    def filled(text: str) -> str:
        out, at = "", 0
        while at < len(text):
            char = text[at]
            alone = not text[at + 1 : at + 2].isalpha() and not text[at - 1 : at].isalpha()
            if text.startswith("CODE", at):
                margin = text[text.rfind("\n", 0, at) + 1 : at]
                code = chance.choice(CODE)
                held.code.append(code)
                out += code.replace("\n", f"\n{margin}")
                at += 4
                continue
            if char == "P" and alone:
                out += filled(" ".join(chance.choices(inline, k=chance.randrange(1, 4))))
            elif char == "W" and alone:
                out += word()
            elif char == "U" and alone:
                held.links.append(f"https://x.test/{len(held.links)}")
                out += held.links[-1]
            else:
                out += char
            at += 1
        return out

    chosen = chance.choices(blocks, k=chance.randrange(2, 7))
    text = "\n\n".join(filled(block) for block in chosen)
    shown = re.findall(r"\]\(/images/p\.png|img /images/p\.png", text)
    held.pictures.extend("images/p.png" for _ in shown)
    named = re.findall(r"(\{% (?:youtube|gist) \w+ %\})|(https://x\.test/\d+)", text)
    held.links[:] = [EMBEDDED.get(tag, address) for tag, address in named]
    return f"---\ntitle: T\ndate: 2020-01-02 10:00:00\n---\n{text}\n", held
