"""The API cost estimator: formula, dated prices and a worked example; a script adds the form."""

from __future__ import annotations

from decimal import Decimal

from markupsafe import Markup

from kb import words
from kb.facts.entries import Fact, Facts
from kb.facts.prose import Place, Site, bare, linked, plain, stale
from kb.render import render
from kb.words import Words

PER = 1_000_000  # prices are per as many tokens
LONG_CONTEXT = "api-long-context"  # the fact that bounds the standard price, where there is one
_LINES = ("input-line", "output-line", "request-line", "total-line", "invalid")
_EXAMPLE = (1_000, 2_000, 500)  # requests, input and output tokens of each


def estimator(known: Facts, here: Place, site: Site) -> str:
    """The formula with dated prices and a worked example; the script adds the form."""
    text, today = words.of(here.locale), site.today
    prices = token_prices(known)
    limit = known.facts.get(LONG_CONTEXT)
    requests, given, made = _EXAMPLE
    first = [_price(side) for sides in prices.values() for side in sides][:2]
    each = [str(price) for price in first] or ["", ""]
    lines = cost_lines(text, requests, (given, made), (first[0], first[1])) if first else []

    def marked(model: str, sides: tuple[Fact, Fact]) -> Markup:
        """A model whose prices nobody confirms says so wherever they are counted with."""
        return Markup(plain(model) + max(stale(fact, here.locale, today) for fact in sides))

    return render(
        "facts/estimator.md",
        text=text,
        data={
            **{line: text(f"estimator.{line}") for line in _LINES},
            "long": text("estimator.long", bare(limit, here.locale, today)) if limit else "",
            "limit": str(limit.value["number"]) if limit else "",
        },
        fields=[
            ("input-price", each[0], "any"),
            ("output-price", each[1], "any"),
            ("input-tokens", given, "1"),
            ("output-tokens", made, "1"),
            ("requests", requests, "1"),
        ],
        prices=prices,
        price=_price,
        marked=marked,
        linked=lambda fact: Markup(linked(fact, here, site)),
        intros=[
            Markup(text("estimator.example")).format(
                model=marked(model, sides),
                requests=f"{requests:,}",
                input=f"{given:,}",
                output=f"{made:,}",
            )
            for model, sides in list(prices.items())[:1]
        ],
        lines=lines,
    ).rstrip("\n")


def token_prices(known: Facts) -> dict[str, tuple[Fact, Fact]]:
    """Model -> its facts for input and output; a model with only one of them is left out."""
    found: dict[str, dict[str, Fact]] = {}
    for fact in known.facts.values():
        if fact.token_price:
            found.setdefault(fact.token_price.model, {})[fact.token_price.of] = fact
    return {
        model: (sides["input"], sides["output"])
        for model, sides in found.items()
        if len(sides) == 2
    }


def cost_lines(
    text: Words, requests: int, tokens: tuple[int, int], prices: tuple[Decimal, Decimal]
) -> list[str]:
    """The arithmetic of an estimate, line by line; the script writes the same lines."""
    costs = [count * price / PER for count, price in zip(tokens, prices, strict=True)]
    each = sum(costs, Decimal(0))
    return [
        text(
            "estimator.input-line",
            tokens=f"{tokens[0]:,}",
            price=_cost(prices[0]),
            cost=_cost(costs[0]),
        ),
        text(
            "estimator.output-line",
            tokens=f"{tokens[1]:,}",
            price=_cost(prices[1]),
            cost=_cost(costs[1]),
        ),
        text(
            "estimator.request-line",
            input=_cost(costs[0]),
            output=_cost(costs[1]),
            cost=_cost(each),
        ),
        text(
            "estimator.total-line",
            requests=f"{requests:,}",
            each=_cost(each),
            cost=_cost(requests * each),
        ),
    ]


def _cost(amount: Decimal) -> str:
    """Two decimals at least, more where the amount is small: `4.00`, `0.00065`."""
    whole, _, decimals = f"{amount:,.10f}".rstrip("0").partition(".")
    return f"{whole}.{decimals:0<2}"


def _price(fact: Fact) -> Decimal:
    return Decimal(str(fact.value["amount"]))
