"""What a change does to the site, told to who reviews it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from conftest import kb
from kb.finding import InputError
from kb_tools.changes import Seen, compare, read

PRICE = {"id": "price", "text": {"zh": "20 美元", "en": "US$20"}, "as_of": "2026-01-01"}


def seen(**parts: Any) -> Seen:
    """A site with one page, fact and picture, but for what is given."""
    given = {
        "pages": {"e/a/": "# A { #a }\n\nx\n"},
        "facts": {"e price": PRICE},
        "pictures": {"e/x.png": "1"},
    }
    return Seen(**{**given, **parts})


def test_the_same_site_changes_nothing() -> None:
    assert compare(seen(), seen()) == "nothing changes for readers\n"


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (
            seen(pages={"e/a/": "# A { #a }\n\ny\nz\n", "e/b/": "# B { #b }\n"}),
            "pages: 2 of 2\n  + e/b/  B\n  ~ e/a/  lines: 2 more, 1 fewer\n",
        ),
        (seen(pages={}), "pages: 1 of 0\n  - e/a/  A\n"),
        (
            seen(facts={"e price": {**PRICE, "text": {"zh": "22 美元", "en": "US$22"}}}),
            "facts: 1 of 1\n  ~ e price  20 美元 / US$20 → 22 美元 / US$22; other: text\n",
        ),
        (
            seen(facts={"e price": {**PRICE, "as_of": "2026-02-01", "note": "n"}}),
            "facts: 1 of 1\n  ~ e price  other: as_of, note\n",
        ),
        (seen(facts={}), "facts: 1 of 0\n  - e price  20 美元 / US$20\n"),
        (
            seen(pictures={"e/x.png": "2", "e/y.png": "1"}),
            "pictures: 2 of 2\n  + e/y.png\n  ~ e/x.png  another picture\n",
        ),
    ],
)
def test_what_is_new_gone_or_other_is_a_line_each(new: Seen, said: str) -> None:
    assert compare(seen(), new) == said


def test_nothing_in_a_text_starts_a_line_or_turns_it_round() -> None:
    text = compare(seen(), seen(pages={"e/\u202eb\x1b[31m/": "# B\u2028c"}))
    assert text.splitlines()[1] == "  + e/ b [31m/  B c"


def make(folder: Path) -> Path:
    """A built site of one page, with what `kb build` puts beside it."""
    for name, text in {
        "e/index.md": "# Home\n",
        "e/index.html": "<p>Home",
        "e/facts.json": json.dumps({"facts": [PRICE]}),
        "e/images/x.png": "1",
        "e/images/x.760.webp": "copy",
        "e/cards/zh/index.png": "card",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def test_a_site_is_its_pages_facts_and_pictures_alone(
    tmp_path: Path,
) -> None:
    found = read(make(tmp_path))
    assert dict(found.pages) == {"e/": "# Home\n"}
    assert dict(found.facts) == {"e price": PRICE}
    assert list(found.pictures) == ["e/images/x.png"]


@pytest.mark.parametrize("text", ["", "[]", '{"facts": [{}]}', '{"facts": [{"id": 1, "text": 2}]}'])
def test_facts_that_cannot_be_read_are_named(tmp_path: Path, text: str) -> None:
    (make(tmp_path) / "e/facts.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"e/facts\.json lists no facts"):
        read(tmp_path)


def test_the_command_compares_folders_and_refuses_what_is_no_site(
    tmp_path: Path, site: Path
) -> None:
    old, new = make(tmp_path / "old"), make(tmp_path / "new")
    (new / "e/images/x.png").write_text("2", "utf-8")
    done = kb("changes", str(old), str(new))
    assert (done.returncode, done.stdout) == (
        0,
        "pictures: 1 of 1\n  ~ e/images/x.png  another picture\n",
    )
    shutil.rmtree(new)
    refused = kb("changes", str(old), str(new))
    assert refused.returncode == 2
    assert "holds no page of ours" in refused.stderr
    same = kb("changes", str(site), str(site))
    assert (same.returncode, same.stdout) == (0, "nothing changes for readers\n")
