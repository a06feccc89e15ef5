"""What a change means: edits for looks alone leave the fingerprint, edits of meaning do not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.translations import meaning

TEXT = """\
## 退款 { #refund }

要找 OpenAI 帮助中心，不知道是谁收的，看账单。期限“是” **14 天**，过期
作废。

- **Apple：** OpenAI 不经手这笔钱
- 其他：见[红旗](scams.md#flags)

| 谁收的钱 | 找谁 |
|---|---|
| OpenAI | 帮助中心 |

1. 先查
2. 再找

!!! tip "有 Plus"
    运行 `kb  check`，再看。

```yaml
ttl_days: 365
  other: 1
```
"""
ENGLISH = "It goes through the help centre. If you do not know who charged you, look at the bill.\n"

COSMETIC = {
    "wrapped anew": ("是谁收的，看账单", "是谁收的，\n看账单"),
    "joined": ("过期\n作废", "过期作废"),
    "blank between scripts removed": ("找 OpenAI 帮", "找OpenAI帮"),
    "blank behind a strong stop": ("**Apple：** OpenAI", "**Apple：**OpenAI"),
    "half-width comma": ("收的，看", "收的,看"),
    "half-width comma and a blank": ("收的，看", "收的, 看"),
    "half-width colon": ("其他：见", "其他: 见"),
    "other list sign": ("- 其他", "* 其他"),
    "other number sign": ("2. 再找", "2) 再找"),
    "numbers by the renderer": ("2. 再找", "1. 再找"),
    "blank line more": ("作废。\n\n", "作废。\n\n\n"),
    "blank line between items": ("这笔钱\n- ", "这笔钱\n\n- "),
    "table padded": ("| OpenAI | 帮助中心 |", "|  OpenAI  |帮助中心|"),
    "table ruled otherwise": ("|---|---|", "| ----- | --- |"),
    "comment": ("## 退款 { #refund }\n", "## 退款 { #refund }\n\n<!-- ask again -->\n"),
    "comment in a line": ("不经手", "不经手<!-- really? -->"),
    "trailing blanks": ("帮助中心 |\n", "帮助中心 |  \n"),
    "carriage returns": ("\n", "\r\n"),
    "braces of the id": ("{ #refund }", "{#refund}"),
    "other strong sign": ("**14 天**", "__14 天__"),
    "straight quotes": ("“是”", '"是"'),
}
MEANT = {
    "number": ("14 天", "15 天"),
    "word": ("帮助中心，", "客服，"),
    "negation": ("不经手", "经手"),
    "step added": ("2. 再找", "2. 再找\n3. 等"),
    "steps changed": ("1. 先查\n2. 再找", "1. 再找\n2. 先查"),
    "item became a step": ("- 其他", "1. 其他"),
    "item became a child": ("- 其他", "    - 其他"),
    "link target": ("scams.md#flags", "scams.md#other"),
    "heading": ("## 退款", "## 退费"),
    "level": ("## 退款", "### 退款"),
    "id": ("#refund", "#refunds"),
    "box": ("!!! tip", "!!! warning"),
    "row added": ("| OpenAI |", "| Apple | Apple |\n| OpenAI |"),
    "cell moved": ("| OpenAI | 帮助中心 |", "| 帮助中心 | OpenAI |"),
    "value in code": ("ttl_days: 365", "ttl_days: 36"),
    "indentation in code": ("  other", "    other"),
    "blank in inline code": ("`kb  check`", "`kb check`"),
    "full width in inline code": ("`kb  check`", "`kb  check：`"),
    "generated part": ("1. 先查", "<!-- kb:sources -->\n\n1. 先查"),
    "emphasis": ("**14 天**", "14 天"),
}


@pytest.mark.parametrize("edit", COSMETIC)
def test_looks_do_not_count(edit: str) -> None:
    old, new = COSMETIC[edit]
    assert old in TEXT
    assert meaning.fingerprint(TEXT.replace(old, new)) == meaning.fingerprint(TEXT)
    assert meaning.changes(TEXT, TEXT.replace(old, new)) == []


@pytest.mark.parametrize("edit", MEANT)
def test_meaning_counts(edit: str) -> None:
    old, new = MEANT[edit]
    assert old in TEXT
    assert meaning.fingerprint(TEXT.replace(old, new, 1)) != meaning.fingerprint(TEXT)
    assert meaning.changes(TEXT, TEXT.replace(old, new, 1)) != []


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("centre. If", "centre.\nIf", True),
        ("know who", "know\nwho", True),
        ("you, look", "you, look", True),
        ("you, look", "you look", False),
        ("do not", "do", False),
        ("who charged", "whocharged", False),
        ("bill.", "bill. Renew early.", False),
    ],
)
def test_english_too(old: str, new: str, same: bool) -> None:
    changed = ENGLISH.replace(old, new)
    assert (meaning.fingerprint(changed) == meaning.fingerprint(ENGLISH)) is same


def test_a_diff_shows_what_was_and_what_is() -> None:
    new = TEXT.replace("14 天", "15 天").replace("2. 再找", "2. 再找\n3. 等")
    assert meaning.changes(TEXT, new) == [
        "- 要找 OpenAI 帮助中心，不知道是谁收的，看账单。期限“是” **14 天**，过期 作废。",
        "+ 要找 OpenAI 帮助中心，不知道是谁收的，看账单。期限“是” **15 天**，过期 作废。",
        "+ 1. 等",
    ]


def test_a_change_late_in_a_long_line_is_shown() -> None:
    one, other = "a" * 400 + " old" + "b" * 400, "a" * 400 + " new" + "b" * 400
    gone, come = meaning.changes(one, other)
    assert (gone[:4], come[:4]) == ("- …a", "+ …a")
    assert " oldb" in gone
    assert " newb" in come
    assert len(gone) == len(come) == 2 + meaning.WIDE + 1
    short = "a" * 150
    assert meaning.changes(f"{short} old", f"{short} new") == [f"- {short} old", f"+ {short} new"]


def test_blocks_are_of_their_kinds() -> None:
    assert [block.kind for block in meaning.blocks(TEXT)] == [
        *("heading", "text", "item", "item", "row", "row", "row"),
        *("step", "step", "box", "text", "code"),
    ]


@given(st.text(alphabet="ab 汉字，,.-*#|`\n>!{}[]<-1.", max_size=200))
def test_any_text_has_blocks(text: str) -> None:
    assert all(block.raw or block.meaning for block in meaning.blocks(text))
    assert meaning.changes(text, text) == []


@settings(max_examples=50)
@given(
    st.lists(
        st.sampled_from(["一行 text", "- 项", "1. step", "| a | b |", "# 题", ""]), max_size=12
    )
)
def test_lines_wrapped_by_an_editor_mean_the_same(lines: list[str]) -> None:
    text = "\n\n".join(lines)
    assert meaning.fingerprint(text.replace("\n\n", "\n\n\n")) == meaning.fingerprint(text)
