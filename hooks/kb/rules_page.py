"""The rules as a part of the contributor docs: made from the registry, so it cannot go stale."""

from __future__ import annotations

from html import escape

from kb.rules import LANGUAGE, RULES, Rule

MARKER = "<!-- kb:rules -->"


def part(locale: str) -> str:
    """Every rule with its severity, meaning and fix, as one block of HTML for a Markdown page."""
    items = "\n".join(
        f'<dt id="rule-{name}"><code>{name}</code> <small>{rule.severity}</small></dt>\n'
        + _words(rule, locale)
        for name, rule in sorted(RULES.items())
    )
    return f'<dl class="kb-rules">\n{items}\n</dl>'


def _words(rule: Rule, locale: str) -> str:
    told = rule.told.get(locale)
    foreign = "" if told or locale == LANGUAGE else f' lang="{LANGUAGE}"'
    meaning, fix = told or (rule.meaning, rule.fix)
    return f"<dd{foreign}>{_text(meaning)} {_text(fix)}</dd>"


def _text(words: str) -> str:
    """Escaped, `code` between its marks, braces as references: no template tag starts in it."""
    pieces = escape(words, quote=False).replace("{", "&#123;").split("`")
    code = (f"<code>{piece}</code>" if at % 2 else piece for at, piece in enumerate(pieces))
    return "".join(code)
