"""Edits of one language or both, and whether anybody notices: by the command, on real files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import small
from kb.__main__ import main
from small import AS_OF, EDITION

ZH = """\
---
title: 取消与退款
description: 谁收的钱就找谁，各有各的期限。
checked: 2026-11-01
---

# 取消与退款 { #plans }

谁收的钱，就找谁。Plus 每月 [[plus-price]]。

## 取消 { #cancel }

1. 到**设置**里点**取消**，至少提前 2 天。
2. 看到“已取消”的提示才算成功。
3. 已付的这一期用得到期末，五分钟后再看 OpenAI 的邮件。

## 退款 { #refund }

- **Apple：** 只能[向 Apple 申请](https://support.apple.com/zh-cn/118223)。
- **网页：** 充了 30 美元，一般 14 天内可退，不知道就看账单。

| 谁收的 | 找谁 |
|---|---|
| Apple | Apple |
| 网页 | 帮助中心 |

!!! tip "先截图"
    运行 `kb check`，再看下面。

```yaml
ttl_days: 365
  size: 2
```

## 换账号 { #move }

也不行。商店里的订阅跟着商店账户走，换了手机也一样。要换就等这一期结束，再用新的账户买。
![](images/screen.png)
"""
EN = """\
---
title: Cancelling and refunds
description: Whoever charged you pays you back, each with a deadline.
checked: 2026-11-01
---

# Cancelling and refunds { #plans }

Ask whoever charged you. Plus costs [[plus-price]] a month.

## Cancelling { #cancel }

1. Press **Cancel** in **Settings**, at least 2 days ahead.
2. It is done when you see the notice “cancelled”.
3. What is paid for lasts to its end; look for OpenAI's e-mail five minutes later.

## Refunds { #refund }

- **Apple:** only [Apple itself](https://support.apple.com/118223) pays back.
- **The web:** US$30 comes back within 14 days as a rule. If unsure, look at the bill.

| Charged by | Ask |
|---|---|
| Apple | Apple |
| The web | the help centre |

!!! tip "Take a picture first"
    Run `kb check`, then read on.

```yaml
ttl_days: 365
  size: 2
```

## Changing account { #move }

Not possible either. What the store sold belongs to the store account, also on a new phone. Wait for
the end of the period, then buy it with the new account.
![](images/screen.png)
"""
STALE, UNSTAMPED, SECTIONS, PARITY = (
    "translation-stale",
    "translation-unstamped",
    "translation-sections",
    "translation-parity",
)
Edit = tuple[str, str, str]  # file below docs/, what is there, what stands there then
zh, en = f"{EDITION}/zh/plans.md", f"{EDITION}/en/plans.md"
FACTS, SHOTS = "ledgers/facts.yml", "ledgers/screenshots.yml"


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small project with these pages, in order and stamped."""
    folder = small.project(tmp_path_factory.mktemp("drift") / "p")
    (folder / "docs" / zh).write_text(ZH, "utf-8")
    (folder / "docs" / en).write_text(EN, "utf-8")
    for command in (["stamp", EDITION, "--all"], ["stamp", "ledgers", "--all"]):
        assert main(["--root", str(folder), *command, "--as-of", AS_OF]) == 0
    assert main(["--root", str(folder), "screenshots", "--fix"]) == 0
    return folder


Tell = Callable[..., set[str]]


@pytest.fixture
def rules(
    ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Tell:
    """Edit a copy and give the rules of translations and pictures that `kb check` names."""
    shutil.copytree(ready, tmp_path / "p")
    monkeypatch.chdir(tmp_path / "p")

    def tell(*edits: Edit) -> set[str]:
        for name, old, new in edits:
            path = Path("docs", name)
            text = path.read_bytes().decode()
            assert old in text, (name, old)
            path.write_bytes(text.replace(old, new, 1 if old != "\n" else -1).encode())
        capsys.readouterr()
        main(["check", "--as-of", AS_OF])
        lines = capsys.readouterr().out.splitlines()
        said = {line.rpartition("[")[2][:-1] for line in lines if line.endswith("]")}
        return {rule for rule in said if rule.startswith(("translation-", "image-"))}

    return tell


QUIET: dict[str, list[Edit]] = {
    "nothing": [],
    "en wrapped anew": [(en, "account, also on", "account,\nalso on")],
    "zh wrapped anew": [(zh, "账户走，换了", "账户走，\n换了")],
    "blank between scripts gone": [(zh, "再看 OpenAI 的", "再看OpenAI的")],
    "half-width comma": [(zh, "14 天内可退，", "14 天内可退,")],
    "quotes of another kind": [(zh, "“已取消”", '"已取消"')],
    "trailing blanks": [(en, "the bill.\n", "the bill.  \n")],
    "carriage returns": [(en, "\n", "\r\n")],
    "a comment": [(zh, "## 退款 { #refund }\n", "## 退款 { #refund }\n\n<!-- ask again -->\n")],
    "another bullet": [(en, "- **Apple:**", "* **Apple:**")],
    "another way of numbers": [(en, "2. It is", "2) It is")],
    "a second blank line": [(zh, "。\n\n## 退款", "。\n\n\n## 退款")],
    "table padded": [(en, "| Charged by | Ask |\n|---|---|", "| Charged by   | Ask  |\n| --- | --- |")],  # noqa: E501
    "id without blanks": [(zh, "{ #move }", "{#move}")],
    "a number of the ledger": [(FACTS, "amount: 20,", "amount: 22,")],
    "both stamped values": [(zh, "checked: 2026-11-01", "checked: 2026-11-02"),
                            (en, "checked: 2026-11-01", "checked: 2026-11-02")],
}  # fmt: skip
# What a person typed in one language alone, or in both, and what has to be told of it at least.
TOLD: dict[str, tuple[str, list[Edit]]] = {
    "number": (STALE, [(zh, "30 美元", "35 美元")]),
    "step added": (STALE, [(zh, "2. 看到", "2. 等一天。\n3. 看到")]),
    "step removed": (STALE, [(en, "2. It is done when you see the notice “cancelled”.\n", "")]),
    "steps changed places": (STALE, [(zh, "2. 看到“已取消”的提示才算成功。\n3. 已付的这一期用得到期末，五分钟后再看 OpenAI 的邮件。", "2. 已付的这一期用得到期末，五分钟后再看 OpenAI 的邮件。\n3. 看到提示才算成功。")]),  # noqa: E501
    "link": (STALE, [(zh, "zh-cn/118223", "zh-cn/118224")]),
    "heading": (STALE, [(zh, "## 换账号", "## 把订阅转走")]),
    "heading id": (SECTIONS, [(en, "{ #move }", "{ #moving }")]),
    "value in code": (STALE, [(zh, "ttl_days: 365", "ttl_days: 36")]),
    "indentation in code": (STALE, [(en, "  size: 2", "    size: 2")]),
    "inline code": (STALE, [(en, "`kb check`", "`kb build`")]),
    "picture on the page": (STALE, [(zh, "![](images/screen.png)", "![](images/other.png)")]),
    "label": (STALE, [(zh, "点**取消**", "点**终止**")]),
    "sentence added": (STALE, [(en, "new phone.", "new phone. Renew early.")]),
    "negation": (STALE, [(en, "Not possible either", "Possible, too")]),
    "table row": (STALE, [(zh, "| 网页 |", "| 公司 | 公司 |\n| 网页 |")]),
    "kind of box": (STALE, [(zh, "!!! tip", "!!! warning")]),
    "title": (STALE, [(zh, "title: 取消与退款", "title: 退订")]),
    "description": (STALE, [(en, "Whoever charged", "Never who charged")]),
    "a comma: a person decides": (STALE, [(en, "possible either", "possible, either")]),
    "emphasis": (STALE, [(zh, "**设置**里", "设置里")]),
    "both sides": (UNSTAMPED, [(zh, "也不行。", "也不可以。"), (en, "Not possible", "Impossible")]),
    "a new section in both": (UNSTAMPED, [(zh, "## 换账号", "## 新 { #new }\n\n新的。\n\n## 换账号"), (en, "## Changing", "## New { #new }\n\nNew.\n\n## Changing")]),  # noqa: E501
    "section split": (SECTIONS, [(zh, "要换就等", "\n\n## 宽限 { #grace }\n\n要换就等")]),
    "section merged": (SECTIONS, [(en, "## Changing account { #move }\n\n", "")]),
    "section moved": (SECTIONS, [(zh, "{ #cancel }", "{ #x }"), (zh, "{ #refund }", "{ #cancel }"), (zh, "{ #x }", "{ #refund }")]),  # noqa: E501
    "another fact": (STALE, [(zh, "[[plus-price]]", "[[plus-price.date]]")]),
    "alt text": (STALE, [(SHOTS, "设置页面里的订阅按钮", "设置页面里的取消按钮")]),
    "caption": (STALE, [(SHOTS, "en: Settings", "en: The settings")]),
    "label of a fact": (STALE, [(FACTS, "Plus 每月价格", "Plus 每年价格")]),
    "title of a source": (STALE, [(FACTS, "en: Help}", "en: Help centre}")]),
    "date of the check": (PARITY, [(en, "checked: 2026-11-01", "checked: 2026-03-01")]),
    "front matter": (PARITY, [(zh, "checked: 2026-11-01\n", "")]),
}  # fmt: skip
# Both sides changed, and what they say then differs: no stamp will have it.
UNLIKE: dict[str, list[Edit]] = {
    "amounts": [(zh, "30 美元", "35 美元"), (en, "US$30", "US$40")],
    "currencies": [(zh, "30 美元", "40 元"), (en, "US$30", "US$40")],
    "numbers in words": [(zh, "五分钟", "六分钟"), (en, "five minutes", "ten minutes")],
    "a link missing": [(zh, "也不行。", "也不行：见[首页](index.md)。"), (en, "Not possible", "Impossible")],  # noqa: E501
    "another link": [(zh, "/118223", "/1"), (en, "/118223", "/2")],
    "a row missing": [(zh, "| 网页 |", "| 公司 | 公司 |\n| 网页 |"), (en, "the help centre", "the help desk")],  # noqa: E501
    "a step missing": [(zh, "2. 看到", "2. 等。\n3. 看到"), (en, "ahead.", "before.")],
    "code": [(zh, "ttl_days: 365", "ttl_days: 36"), (en, "ttl_days: 365", "ttl_days: 63")],
    "a picture missing": [(zh, "也不行。", "也不行。![](images/screen.png)"), (en, "Not possible", "Impossible")],  # noqa: E501
    "a sentence left over": [(zh, "也不行。", "不可以。"), (en, "Not possible either.", "商店里的订阅跟着商店账户走，换了手机也一样。")],  # noqa: E501
    "a placeholder": [(zh, "也不行。", "不可以。"), (en, "Not possible either.", "TODO.")],
    "an emptied section": [(zh, "也不行。", "不可以。"), (en, EN.split("{ #move }\n\n")[1].split("\n![")[0], "No.")],  # noqa: E501
    "a box of another kind": [(zh, "!!! tip", "!!! warning"), (en, "!!! tip", "!!! danger")],
    "a label missing": [(zh, "点**取消**", "点**终止**"), (en, "**Cancel** in", "the button in")],
    "a date": [(zh, "也不行。", "2026 年 11 月 2 日起也不行。"), (en, "Not possible", "From 3 November 2026 not possible")],  # noqa: E501
}  # fmt: skip


@pytest.mark.parametrize("edit", QUIET)
def test_what_changes_nothing_is_quiet(edit: str, rules: Tell) -> None:
    assert rules(*QUIET[edit]) == set()


@pytest.mark.parametrize("edit", TOLD)
def test_what_changes_something_is_told(edit: str, rules: Tell) -> None:
    rule, edits = TOLD[edit]
    assert rule in rules(*edits)


@pytest.mark.parametrize("edit", UNLIKE)
def test_what_says_different_things_is_never_stamped(
    edit: str, rules: Tell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert PARITY in rules(*UNLIKE[edit])
    stamps = Path("docs", EDITION, "translations.yml")
    before = stamps.read_bytes()
    for how in (["--all", "--yes"], ["plans"], ["plans#move", "plans#cancel", "plans#refund"]):
        assert main(["stamp", EDITION, *how, "--as-of", AS_OF]) == 1
    assert "do not say the same yet" in capsys.readouterr().err
    assert stamps.read_bytes() == before


def test_a_picture_with_other_bytes_is_told(rules: Tell) -> None:
    Image.new("L", (80, 60), 9).save(Path("docs", EDITION, "zh/images/screen.png"))
    assert rules() & {"image-undated", "image-private"}


def test_a_stale_section_is_blessed_by_its_name_alone(
    rules: Tell, capsys: pytest.CaptureFixture[str]
) -> None:
    both = [(zh, "也不行。", "也不可以。"), (en, "Not possible", "Impossible")]
    assert rules((zh, "就找谁。", "就问谁。"), *both) == {STALE, UNSTAMPED}
    stamp = ["stamp", "--as-of", AS_OF, EDITION]
    assert main([*stamp, "plans"]) == 2
    told = capsys.readouterr()
    assert "en/plans#plans: changed in zh alone" in told.out
    assert "name it, or give --yes" in told.err
    assert rules() == {STALE, UNSTAMPED}
    assert main([*stamp, "plans#move"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "en/plans#move: new, or changed in both"
    assert rules() == {STALE}
    assert main([*stamp, "plans#plans"]) == 0
    assert rules() == set()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([EDITION], "name pages or sections"),
        ([EDITION, "plans", "--all"], "name pages or sections"),
        ([EDITION, "plan"], "nothing there is called 'plan'; nearest: plans"),
        (
            [EDITION, "plans#cancle"],
            "nothing there is called 'plans#cancle'; nearest: plans#cancel",
        ),
        (["2020-01", "plans"], f"no edition '2020-01'; there are: {EDITION}, ledgers"),
        ([EDITION, "plans#cancel", "--behind"], "for sections that changed in one language alone"),
    ],
)
def test_a_stamp_of_nothing_is_refused(
    arguments: list[str], said: str, rules: Tell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stamp", *arguments, "--as-of", AS_OF]) == 2
    assert said in capsys.readouterr().err
    assert rules() == set()


def test_a_correction_runs_ahead(rules: Tell, capsys: pytest.CaptureFixture[str]) -> None:
    assert rules((zh, "30 美元", "35 美元")) == {STALE, PARITY}
    assert main(["stamp", EDITION, "plans#refund", "--behind", "--as-of", AS_OF]) == 0
    assert f"docs/{en}:17: '#refund' lags from now on" in capsys.readouterr().out
    assert rules() == set()
    assert main(["status", "--strict", "--as-of", "2026-11-25"]) == 1
    assert "lags behind its zh text since 2026-11-20" in capsys.readouterr().out
    assert rules((en, "US$30", "US$35")) == {UNSTAMPED}
    assert main(["stamp", EDITION, "plans#refund", "--as-of", AS_OF]) == 0
    assert rules() == set()
    assert main(["status", "--strict", "--as-of", "2026-11-25"]) == 0


def test_a_clone_without_history_knows_what_changed(
    rules: Tell, capsys: pytest.CaptureFixture[str]
) -> None:
    rules((zh, "30 美元", "35 美元"))
    main(["check", "--as-of", AS_OF])
    assert "    - - **网页：** 充了 30 美元" in capsys.readouterr().out
