"""What a pair must share: each kind of difference is found, and its near miss is not."""

from __future__ import annotations

import pytest

from kb.text import page
from kb.translations import parity


def kinds(zh: str, en: str) -> list[str]:
    return [difference.kind for difference in parity.differences(side("zh", zh), side("en", en))]


def side(locale: str, text: str) -> parity.Said:
    links = page.Markdown(text).links
    targets = [[link.target for link in links if link.picture is shown] for shown in (False, True)]
    return parity.said(locale, text, *targets)


SAME = [
    ("充了 25 美元。", "Paid US$25."),
    ("充了 25 美元。", "Paid 25 dollars."),
    ("每月 20 美元或 159 元。", "US$20 or 159 yuan a month."),
    ("等五分钟。", "Wait five minutes."),
    ("等五分钟。", "Wait 5 minutes."),
    ("一个工作日内回复。", "An answer takes one business day."),
    ("大约二十天。", "About 20 days."),
    ("两百美元以上。", "More than two hundred dollars."),
    ("2.5 万个 token。", "25,000 tokens."),
    ("三亿人。", "300 million people."),
    ("税率 5%。", "A tax of 5 %."),
    ("在 2026-11-23 核对。", "Checked on 23 November 2026."),
    ("2026 年 11 月 23 日。", "November 23, 2026."),
    ("2026 年 10 月 23 日。", "October 23rd, 2026."),
    ("2026 年 10 月 1 日。", "The 1st of Oct 2026."),
    ("10 月 23 日停止。", "It ends on October 23rd."),
    ("10 月 23 日停止。", "It ends on 23 October."),
    ("5 月和 20 个人。", "May and 20 people."),
    ("5 月涨 20%，新版 3 好用。", "In May 20% more; Marketing 3 is better."),
    ("2026-06 至 2026-09 的教程。", "Guides of June to September 2026."),
    ("7 月底前。", "By the end of July."),
    ("第二次再试。", "Try a second time."),
    ("唯一一次。", "The only time."),
    ("5 月和 6 月。", "May and June."),
    ("7 月充 7 元，7 月底到账。", "Pay 7 yuan in July; it comes by the end of July."),
    ("2 个，再来 2 个。", "Two, and 2 more."),
    ("用 Apple Pay 或 GPT-4 付。", "Pay by apple pay or GPT-4."),
    ("一个 A 或 x。", "One or the other."),
    ("语言是 zh_CN 或 zh-Hans。", "The language."),
    ("1 2 3", "January February March"),
    ("找到 {} 页，列出 {best} 页。", "{best} of {} pages are listed."),
    ("小节 { #a .b }", "A section { #a }"),
    ("见[苹果](https://support.apple.com/zh-cn/118428)。", "See [Apple](https://support.apple.com/118428)."),
    ("见[帮助](https://help.openai.com/zh-hans-cn/articles/123-abc)。", "See [help](https://help.openai.com/en/articles/123-other)."),
    ("见[谷歌](https://support.google.com/x?hl=zh-CN)。", "See [Google](https://support.google.com/x?hl=en)."),
    ("见[费用](../api/billing.md#rules)。", "See [costs](../api/billing.md#rules)."),
    ("见[甲](../../2023-07/zh/a.md#x)。", "See [A](../../2023-07/en/a.md#x)."),
    ("见[英文](../en/a.md)。", "See [Chinese](../zh/a.md)."),
    ("见[甲][b]。\n\n[b]: ../../2023-07/zh/a.md", "See [A](../../2023-07/en/a.md)."),
    ("1. 一\n2. 二", "1. One\n2. Two"),
    ("- 甲\n- 乙", "* A\n* B"),
    ("| 甲 | 乙 |\n|---|---|\n| 1 | 2 |", "| A | B |\n|---|---|\n| 1 | 2 |"),
    ("运行 `kb check`。", "Run `kb check`."),
    ("写 `<名字>.yml`。", "Write `<name>.yml`."),
    ('!!! tip "提示"\n    内容', '!!! tip "Note"\n    Text'),
    ("点 **同意全部条款和条件** 按钮。", "Press **同意全部条款和条件** (agree)."),
    ("报错是“You have been rate limited, please try again later”。", "It says so."),
    ("按钮叫 Continue with Google。", "The button is Continue with Google."),
    ("![图](../images/a.png)", "![Picture](../images/a.png)"),
    ("[[plus-price]]，14 天", "[[plus-price]], 14 days"),
    ("[[stores|到 2023 年 5 月有 152 个]]。", "[[stores|many]]."),
    ("| 报错 |\n|---|\n| Your card has been declined by the bank today<br>您的卡被拒绝 |",
     "| Error |\n|---|\n| Your card has been declined by the bank today<br>您的卡已被拒绝使用了 |"),
]  # fmt: skip
DIFFERENT = [
    ("充了 30 美元。", "Paid US$35.", ["numbers"]),
    ("充了 30 美元。", "Paid 30 yuan.", ["numbers"]),
    ("等五分钟。", "Wait ten minutes.", ["numbers"]),
    ("等五分钟。", "Wait 6 minutes.", ["numbers"]),
    ("等一会儿。", "Wait six minutes.", ["numbers"]),
    ("税率 5%。", "A tax of 6 %.", ["numbers"]),
    ("2.5 万个。", "2,500 of them.", ["numbers"]),
    ("5 月和 6 月。", "May and July.", ["numbers"]),
    ("充 20，再充 20。", "Pay 20.", ["numbers"]),
    ("充 20。", "Pay 20, and 20 again.", ["numbers"]),
    ("用 PayPal 付。", "Pay by wallet.", ["names"]),
    ("用 API。", "Use it.", ["names"]),
    ("一百二十个。", "A hundred and thirty of them, 5 more.", ["numbers"]),
    ("找到 {} 页，列出 {best} 页。", "{} pages are found.", ["placeholders"]),
    ("自 {since} 起。", "Since {until}.", ["placeholders"]),
    ("在 2026-11-23 核对。", "Checked on 24 November 2026.", ["dates"]),
    ("2026 年 6 月。", "July 2026.", ["dates"]),
    ("10 月 23 日停止。", "It ends on October 22nd.", ["dates"]),
    ("2026 年 10 月 23 日停止。", "It ends on October 23rd.", ["dates"]),
    ("见[甲](a.md)、[乙](b.md)。", "See [A](a.md).", ["links"]),
    ("见[甲](https://support.apple.com/118223)。", "See [A](https://support.apple.com/999).", ["links"]),  # noqa: E501
    ("见[甲](a.md#x)。", "See [A](a.md#y).", ["links"]),
    ("见[甲](../../2023-07/zh/a.md)。", "See [A](../../2022-01/en/a.md).", ["links"]),
    ("见[甲](../../2023-07/zh/a.md)。", "See [A](a.md).", ["links"]),
    ("见[^b]。\n\n[^b]: 2026-07 起。", "See.[^b]\n\n[^b]: Since June 2026.", ["dates"]),
    ("见[^b]。\n\n[^b]: $20/月。", "See.[^b]\n\n[^b]: $30/month.", ["numbers"]),
    ("1. 一\n2. 二", "1. One", ["steps"]),
    ("1. 一\n2. 二", "- One\n- Two", ["steps", "list items"]),
    ("- 甲", "- A\n- B", ["list items"]),
    ("| 甲 | 乙 |\n|---|---|\n| x | y |", "| A | B |\n|---|---|", ["table rows"]),
    ("| 甲 | 乙 |\n|---|---|", "| A |\n|---|", ["cells of rows"]),
    ("> 引文", "No quote.", ["quotations"]),
    ("点 **设置** → **账单**。", "Press **Settings**.", ["strong words"]),
    ("运行 `kb check`。", "Run `kb build`.", ["code"]),
    ("```\na: 1\n```", "```\na: 2\n```", ["code"]),
    ('!!! tip "提示"', '!!! warning "Note"', ["boxes"]),
    ("![图](../images/a.png)", "Nothing.", ["pictures"]),
    ("不要指望到期后还能用。", "不要指望到期后还能再用几天。", ["the other language"]),
    ("You can change the plan whenever you want to.", "Change it.", ["the other language"]),
    ("写好了。", "TODO", ["an unfinished text"]),
    ("待补。", "Written.", ["an unfinished text"]),
    ("甲" * 100, "A.", ["length"]),
    ("甲。", "word " * 120, ["length"]),
]  # fmt: skip


@pytest.mark.parametrize(("zh", "en"), SAME)
def test_what_says_the_same_is_fine(zh: str, en: str) -> None:
    assert kinds(zh, en) == []


@pytest.mark.parametrize(("zh", "en", "expected"), DIFFERENT)
def test_what_differs_is_found(zh: str, en: str, expected: list[str]) -> None:
    assert kinds(zh, en) == expected


@pytest.mark.parametrize(("han", "found"), [(8, False), (9, True)])
def test_a_name_in_chinese_is_no_sentence_left_over(han: int, found: bool) -> None:
    assert (
        "the other language"
        in kinds("甲乙丙丁戊己庚辛壬", f"The word {'甲乙丙丁戊己庚辛壬'[:han]} here.")
    ) is found


@pytest.mark.parametrize(("words", "found"), [(6, False), (7, True)])
def test_a_name_in_english_is_no_sentence_left_over(words: int, found: bool) -> None:
    text = " ".join(["one", "two", "three", "four", "five", "six", "seven"][:words])
    assert ("the other language" in kinds(f"点这里 {text}。", "Here.")) is found


@pytest.mark.parametrize(
    ("han", "words", "found"),
    [(40, 10, False), (41, 10, True), (39, 1, False), (40, 80, False), (40, 81, True)],
)
def test_a_text_much_too_short_or_long_is_found(han: int, words: int, found: bool) -> None:
    assert ("length" in kinds("甲" * han, "word " * words)) is found


NAMES = [{"zh": "支付宝", "en": "Alipay"}, {"zh": "App Store", "en": "App Store"}]


@pytest.mark.parametrize(
    ("zh", "en", "found"),
    [
        ("用支付宝。", "With Alipay.", []),
        ("用支付宝。", "With an app.", [("支付宝", "none")]),
        ("用它。", "In the App Store.", [("none", "App Store")]),
        ("用它。", "In a store.", []),
    ],
)
def test_products_are_named_in_both(zh: str, en: str, found: list[tuple[str, str]]) -> None:
    told = parity.differences(side("zh", zh), side("en", en), NAMES)
    assert [(difference.first, difference.other) for difference in told] == found


def test_what_differs_on_purpose_says_so() -> None:
    text = "<!-- differs: numbers, links: counted in wan -->"
    assert parity.excused(text) == {"numbers", "links"}
    assert parity.excused("<!-- differs: numbers: -->") == frozenset()


def test_code_is_told_in_the_order_of_its_text() -> None:
    (found,) = parity.differences(side("zh", "`a`\n\n```\nb\n```\n\n`c`"), side("en", ""))
    assert (found.kind, found.first, found.other) == ("code", "a, ``` b ```, c", "none")


def test_characters_that_mark_code_within_are_text_when_an_author_types_them() -> None:
    assert kinds("\ue0009\ue002 和 `b`", "\ue0009\ue002 and `b`") == []
    assert kinds("\ue0000\ue002 `b`", "0 `b` `b`") == ["code"]
