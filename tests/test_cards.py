"""Social cards."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from kb import build, cards
from kb.cards import Card

CARD = Card("虚拟信用卡与 OneKey", "存档版 2023-07", "ChatGPT Plus 与 API 付费指南")


def test_a_card_has_the_size_that_networks_show() -> None:
    image = Image.open(io.BytesIO(cards.draw(CARD)))
    assert image.size == (1200, 630)


def test_the_same_words_give_the_same_bytes_and_others_do_not() -> None:
    assert cards.draw(CARD) == cards.draw(CARD)
    assert cards.draw(CARD) != cards.draw(CARD._replace(title="苹果卡"))


def test_a_card_is_small_enough_to_send_with_every_page() -> None:
    assert len(cards.draw(CARD)) < 30_000


def test_a_long_title_stays_on_the_card() -> None:
    words = "Corrections, sources and what has changed since the post of July 2023 was written down"
    size, lines = cards._fit(words)
    assert " ".join(lines) == words
    assert len(lines) <= 3
    width = cards.SIZE[0] - 2 * cards.MARGIN
    assert all(cards._font(size).getlength(line) <= width for line in lines)


def test_no_line_starts_with_closing_or_ends_with_opening_punctuation() -> None:
    text = "更正与现状，" * 3 + "（附来源）" * 12
    for size in cards.TITLE_SIZES:
        lines = cards._wrap(text, size)
        assert "".join(lines) == text
        assert not any(line[0] in "，）" for line in lines)
        assert not any(line[-1] == "（" for line in lines[:-1])


def test_a_character_that_the_font_lacks_is_named() -> None:
    assert cards.missing_glyphs(CARD) == ""
    assert cards.missing_glyphs(CARD._replace(title="龘 and 虚拟")) == "龘"


def test_a_card_is_drawn_once_and_a_damaged_one_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [CARD, CARD._replace(title="苹果卡")]
    kept = tmp_path / "cards"
    first = build._pictures(kept, wanted)
    assert first == {card: cards.draw(card) for card in wanted}
    drawn: list[Card] = []
    real = cards.draw

    def counted(card: Card) -> bytes:
        drawn.append(card)
        return real(card)

    monkeypatch.setattr(cards, "draw", counted)
    assert build._pictures(kept, wanted) == first
    assert drawn == []
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    assert build._pictures(kept, wanted) == first
    assert drawn == wanted


def test_a_card_is_kept_by_all_its_words(tmp_path: Path) -> None:
    others = [CARD._replace(**{field: "x"}) for field in Card._fields]
    shifted = Card(CARD.title + CARD.edition, "", CARD.site)
    every = [CARD, shifted, *others]
    build._pictures(tmp_path / "cards", every)
    found = build._pictures(tmp_path / "cards", every)
    assert found == {card: cards.draw(card) for card in every}
    assert len(found) == 5
