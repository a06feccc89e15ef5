"""Checks of the facts in pages: names that exist, alike in each language; what is typed or ages."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from kb import kept, nearest, words
from kb.data import beside
from kb.facts import entries
from kb.facts.entries import Facts, holds
from kb.facts.prose import FORMS, PARTS
from kb.finding import Finding
from kb.kept import NONE, Memo
from kb.ledger import Ledger
from kb.text.page import DocsPath, Page
from kb.text.places import replaced
from kb.translations import stamps
from kb.translations.parity import blank

AGEING = "ageing"  # the ledger of sentences that age and need no fact


def check(
    ledger: Ledger,
    pages: Mapping[DocsPath, Page],
    locales: Sequence[str],
    named: Collection[str] | None,
    today: date,
    memo: Memo = NONE,
) -> list[Finding]:
    """What is wrong with the facts that an edition's pages name, and with the ledger they are from.

    Of the current edition, which has `named`, all that pages of any edition name, it is told what
    expired by `today` and what none names; its pages type no value themselves. A ledger that is
    faulty is told alone: it says nothing of the pages.
    """
    known, findings = entries.read(ledger), entries.check(ledger)
    if not known.facts and any(found.rule != "ledger-missing" for found in findings):
        return findings
    for page in pages.values():
        findings += _mentions(page, known)
    findings += _parity(pages, locales[0])
    if named is not None:
        late = (due.finding for due in entries.status(ledger, today))
        findings += (finding for finding in late if finding.rule == "fact-expired")
        findings += _unused(ledger, known, named)
        same = kept.key(ledger.text)
        for page in pages.values():
            findings += memo.of((same, page.file, page.text), list, literals(page, known))
    return sorted(findings)


def _mentions(page: Page, known: Facts) -> Iterator[Finding]:
    for mention in page.mentions:
        place = page.places.of(mention.start)
        fact = known.facts.get(mention.id)
        if fact is None:
            message = f"there is no fact '{mention.id}'"
            hint = nearest.hint(mention.id, known.facts)
            yield _finding(page, place, "fact-unknown", message, hint)
        elif mention.form not in FORMS:
            message = f"a fact has no form '{mention.form}'"
            yield _finding(page, place, "fact-unknown", message, "forms: .date, .text, .model")
        elif mention.form == "model" and not fact.token_price:
            message = f"'{mention.id}' is no price of a model"
            yield _finding(page, place, "fact-unknown", message)
        elif mention.words and (mention.form or not holds(fact.value, page.locale, mention.words)):
            message = f"the words '{mention.words}' do not contain the value of '{mention.id}'"
            value = entries.say(fact.value, page.locale)
            hint = f"it is '{value}'; other ways to put it are listed in its `forms`"
            yield _finding(page, place, "fact-words", message, hint)
        elif mention.form == "text" and fact.confidence == "low" and "unknown" not in fact.value:
            message = f"'{mention.id}' is of low confidence and stands here without its mark"
            yield _finding(page, place, "fact-source", message, f"write [[{mention.id}]]")
    for part in page.parts:
        hint = nearest.hint(part.id, PARTS)
        if part.id not in PARTS and hint:  # a name unlike ours is another hook's
            message = f"there is no part 'kb:{part.id}'"
            yield _finding(page, page.places.of(part.start), "fact-unknown", message, hint)


def _parity(pages: Mapping[DocsPath, Page], default: str) -> Iterator[Finding]:
    """Differences between a page and its translations, told on the translation."""
    for page, original in stamps.translated(pages, default):
        here, there = (
            Counter((mention.id, mention.form) for mention in side.mentions)
            for side in (page, original)
        )
        places = {(m.id, m.form): page.places.of(m.start) for m in reversed(page.mentions)}
        for key in sorted(key for key in here.keys() | there.keys() if here[key] != there[key]):
            name = ".".join(filter(None, key))
            message = f"names '{name}' {here[key]} times, {original.file} {there[key]} times"
            yield _finding(page, places.get(key, (1, 0)), "fact-parity", message)


def _unused(ledger: Ledger, known: Facts, named: Collection[str]) -> Iterator[Finding]:
    for index, fact in enumerate(known.facts.values()):
        # Older statements stand on the page of changes, prices of tokens in the estimator.
        if fact.id not in named and not fact.was and not fact.token_price:
            message = f"no page names '{fact.id}'"
            yield ledger.finding("fact-unused", message, "facts", index, "id")


_EXCEPTION = re.compile(r"<!--[ \t]*literal:[ \t]*\w")
_DIGIT = re.compile(r"\d")  # each of them has one
_LITERAL = re.compile("|".join(beside(__file__, "typed.yml")), re.X | re.I)


def literals(page: Page, known: Facts) -> Iterator[Finding]:
    """Money, full dates and names of models that a page types instead of naming a fact."""
    lines = page.text.split("\n")
    for number, line in enumerate(blank(page.live).split("\n"), 1):
        if not _DIGIT.search(line) or _EXCEPTION.search(lines[number - 1]):
            continue
        for match in _LITERAL.finditer(line):
            typed = match[0].strip(" .,")
            same = [f"[[{name}]]" for name in _holders(entries.bare(typed), known)[:3]]
            hint = "same value: " + ", ".join(same) if same else ""
            message = f"'{typed}' is typed here and comes from no fact"
            yield _finding(page, (number, match.start() + 1), "fact-literal", message, hint)


def _holders(typed: str, known: Facts) -> list[str]:
    """The facts whose value, in some language, is what somebody typed."""
    return [
        fact.id
        for fact in known.facts.values()
        if typed == fact.value.get("date")
        or any(typed == entries.bare(entries.say(fact.value, locale)) for locale in words.locales())
    ]


_MENU = r"\*\*[^*\n]+\*\*(?:[ ]?（[^（）\n]*）)?[ ]?→"  # **Settings** → …
_SENTENCE = re.compile(r"[^。！？；|\n.!?;]+(?:[.!?;](?!\s)[^。！？；|\n.!?;]*)*")
_FACT = "\0"  # stands for each character of a fact's name and words


def ageing(ledger: Ledger, pages: Mapping[DocsPath, Page], memo: Memo = NONE) -> Iterator[Finding]:
    """Sentences of the current edition's pages that say "now" or name a menu, and name no fact.

    Entries of the ledger that nothing on their page needs are told as well.
    """
    rows = defaultdict[tuple[str, str], list[tuple[int, str]]](list)
    for at, row in enumerate(ledger.sound or ()):
        for locale, said in row["text"].items():
            rows[row["page"], locale].append((at, said))
    unused = {(at, locale): name for (name, locale), held in rows.items() for at, _ in held}
    for page in pages.values():
        mine = rows.get((page.name, page.locale), ())
        for place, word, sentence in memo.of((page.locale, page.text), list, _aged(page)):
            excused = [at for at, said in mine if said in sentence]
            if not excused:
                message = f"'{word}' ages, and its sentence names no fact"
                yield _finding(page, place, "fact-ages", message)
            for at in excused:
                unused.pop((at, page.locale), None)
    for (at, locale), name in unused.items():
        message = f"no sentence of '{name}' needs this"
        yield ledger.finding("fact-ages", message, at, "text", locale)


def _aged(page: Page) -> Iterator[tuple[tuple[int, int], str, str]]:
    """The sentences that age and name no fact: where, by which word, the sentence."""
    ages = re.compile(f"{words.of(page.locale)('facts.ages')}|{_MENU}", re.IGNORECASE)
    for sentence in _SENTENCE.finditer(prose(page)):
        found = ages.search(sentence[0]) if _FACT not in sentence[0] else None
        if found:
            place = page.places.of(sentence.start() + found.start())
            yield place, found[0], sentence[0]


def prose(page: Page) -> str:
    """A page's text at its places: facts as marks, addresses and ids blank."""
    facts = ((m.start, m.end, _FACT * (m.end - m.start)) for m in page.mentions)
    return blank(replaced(page.live, facts))


def _finding(
    page: Page, place: tuple[int, int], rule: str, message: str, hint: str = ""
) -> Finding:
    return Finding(page.file, place[0], rule, message, hint, place[1])
