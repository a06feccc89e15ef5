"""The API cost estimator: formula, dated prices and a worked example; a script adds the form."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from kb import words
from kb.facts.entries import Fact, Facts
from kb.facts.prose import bare, plain, stale
from kb.words import Words

PER = 1_000_000  # prices are per as many tokens
LONG_CONTEXT = "api-long-context"  # the fact that bounds the standard price, where there is one
_LINES = ("input-line", "output-line", "request-line", "total-line", "invalid")
_EXAMPLE = (1_000, 2_000, 500)  # requests, input and output tokens of each


def estimate(known: Facts, locale: str, today: date) -> dict[str, Any]:
    """What the part of a page is made with: dated prices and a worked example."""
    text, prices, limit = words.of(locale), token_prices(known), known.facts.get(LONG_CONTEXT)
    first = [_price(side) for side in next(iter(prices.values()), ())]
    requests, *tokens = _EXAMPLE

    def marked(model: str, sides: tuple[Fact, Fact]) -> Markup:
        """A model whose prices nobody confirms says so wherever they are counted with."""
        return Markup(plain(model) + max(stale(fact, locale, today) for fact in sides))

    return {
        "texts": _LINES,
        "long": text("estimator.long", bare(limit, locale, today)) if limit else "",
        "limit": limit.value["number"] if limit else "",
        "example": _EXAMPLE,
        "first": first or ("", ""),
        "prices": prices,
        "price": _price,
        "marked": marked,
        "lines": cost_lines(text, requests, tokens, first) if first else [],
    }


def token_prices(known: Facts) -> dict[str, tuple[Fact, Fact]]:
    """Model -> its facts for input and output; a model with only one of them is left out."""
    found: dict[str, dict[str, Fact]] = {}
    for fact in known.facts.values():
        if fact.token_price:
            found.setdefault(fact.token_price["model"], {})[fact.token_price["of"]] = fact
    return {
        model: (sides["input"], sides["output"])
        for model, sides in found.items()
        if len(sides) == 2
    }


def cost_lines(
    text: Words, requests: int, tokens: Sequence[int], prices: Sequence[Decimal]
) -> list[str]:
    """The arithmetic of an estimate, line by line; the script writes the same lines."""
    costs = [count * price / PER for count, price in zip(tokens, prices, strict=True)]
    each, (given, made) = sum(costs, Decimal(0)), map(_cost, costs)
    total = _cost(requests * each)
    return [
        *(
            text(f"estimator.{side}-line", tokens=f"{count:,}", price=_cost(price), cost=cost)
            for side, count, price, cost in zip(
                ("input", "output"), tokens, prices, (given, made), strict=True
            )
        ),
        text("estimator.request-line", input=given, output=made, cost=_cost(each)),
        text("estimator.total-line", requests=f"{requests:,}", each=_cost(each), cost=total),
    ]


def _cost(amount: Decimal) -> str:
    """Two decimals at least, more where the amount is small: `4.00`, `0.00065`."""
    whole, _, decimals = f"{amount:,.10f}".rstrip("0").partition(".")
    return f"{whole}.{decimals:0<2}"


def _price(fact: Fact) -> Decimal:
    return Decimal(str(fact.value["amount"]))
