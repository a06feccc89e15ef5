"""Blocks of rendered pages, made ready for phones and for hands: tables, and steps to tick off."""

import re
from collections.abc import Container, Mapping
from html import escape, unescape
from itertools import count

_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<t([hd])\b([^>]*)>(.*?)</t\1>", re.DOTALL)
_AGED = re.compile(
    r'(<a class="[^"]*\bkb-fact--(due|expired)\b[^>]*>(?:(?!</a>).)*?<span class="kb-fact__due">)'
    r"[^<]*",
    re.DOTALL,
)
_HEADING = re.compile(r'<h[1-6][^>]*\bid="([^"]*)"')
# As pymdownx.tabbed and pymdownx.tasklist write them: with controls, which no text may hold.
_TAB = re.compile(
    r'<input(?: checked="checked")? id="__tabbed_\d+_\d+" name="__tabbed_\d+" type="radio" />'
    r'<label for="__tabbed_\d+_\d+">(.*?)</label><div class="tabbed-content">'
)
_TASK = re.compile(
    r'(<li class="task-list-item">(?:\s*<p>)?)<input type="checkbox" disabled( checked)?/>'
)
_LIST = re.compile(r"(<h[1-6]\b[^>]*>|<ol>)")
MARKS = {"due": "*", "expired": "†"}


def steps(page: str, sections: Container[str]) -> str:
    """A page's HTML whose first numbered list in each of these sections is one of steps."""
    parts = _LIST.split(page)  # between the headings and the starts of numbered lists
    wanted = False
    for at, part in enumerate(parts):
        if part == "<ol>" and wanted:
            parts[at] = '<ol class="kb-steps">'
            wanted = False
        elif heading := _HEADING.match(part):
            wanted = heading[1] in sections
    return "".join(parts)


def plain(page: str) -> str:
    """A page's HTML whose tabs are named parts, and whose tasks have marks, without any script."""
    page = re.sub(r'(<div class="tabbed-set") data-tabs="[\d:]+"', r"\1", page)
    page = _TAB.sub(r'<div class="kb-tab"><p class="kb-tab__name">\1</p>', page)
    return _TASK.sub(
        lambda task: f'{task[1]}<span class="kb-task">{"☑" if task[2] else "☐"}</span>', page
    )


def tables(page: str, notes: Mapping[str, str]) -> str:
    """A page's HTML with its tables made ready; one that has its columns named stays as it is.

    A phone shows each row as a card, so its cells name their columns. The first cell of a row is
    its heading. What cells say of how old a value is shrinks to a mark, and the note on its state,
    `due` or `expired`, stands once above the table.
    """
    return _TABLE.sub(lambda match: _table(match[0], notes), page)


def _table(table: str, notes: Mapping[str, str]) -> str:
    head, end, body = table.partition("</thead>")
    if not end or " data-head=" in body:
        return table
    heads = [unescape(re.sub(r"<[^>]*>", "", cell[3])).strip() for cell in _CELL.finditer(head)]
    head = re.sub(r"<th([^>]*)></th>", r"<td\1></td>", head)
    body = _ROW.sub(lambda row: _row(row[0], heads), body)
    states = {match[2] for match in _AGED.finditer(body)}
    body = _AGED.sub(lambda match: match[1] + MARKS[match[2]], body)
    told = "".join(
        f'<p class="kb-table-note">{mark} {escape(notes[state])}</p>\n'
        for state, mark in MARKS.items()
        if state in states
    )
    return told + head + end + body


def _row(row: str, heads: list[str]) -> str:
    place = count()

    def cell(match: re.Match[str]) -> str:
        at = next(place)
        if not at:
            return f'<th scope="row"{match[2]}>{match[3]}</th>'
        name = escape(heads[at]) if at < len(heads) else ""
        return f'<td data-head="{name}"{match[2]}>{match[3]}</td>'

    return _CELL.sub(cell, row)
