"""Tables and steps of rendered pages."""

from __future__ import annotations

from kb.blocks import steps, tables

DUE = '<a class="kb-fact kb-fact--due" href="#">8<span class="kb-fact__due">（待复核）</span></a>'
NOTES = {"due": "note", "expired": "note"}
HEAD = '<thead>\n<tr>\n<th>Plan</th>\n<th>A <b>month</b> &amp; "up"</th>\n</tr>\n</thead>\n'


def table(body: str, head: str = HEAD) -> str:
    return f"<table>\n{head}<tbody>\n{body}</tbody>\n</table>"


def test_cells_name_their_columns_and_rows_have_a_heading() -> None:
    page = tables(table("<tr>\n<td>Go</td>\n<td>8</td>\n</tr>\n"), NOTES)
    assert '<th scope="row">Go</th>' in page
    assert '<td data-head="A month &amp; &quot;up&quot;">8</td>' in page
    assert "note" not in page


def test_how_old_values_are_is_said_once_above_the_table() -> None:
    old = DUE.replace("--due", "--expired")
    row = f"<tr><td>Go</td><td>{DUE}</td><td>{DUE}或 {old}</td></tr>\n"
    page = tables(f"<p>{DUE}</p>" + table(row * 3), {"due": "<late>", "expired": "gone"})
    text, _, cells = page.partition("<table>")
    assert text.split("</p>", 1)[1] == (
        '<p class="kb-table-note">* &lt;late&gt;</p>\n<p class="kb-table-note">† gone</p>\n'
    )
    assert "（待复核）" in text, "prose keeps its own note"
    assert "（待复核）" not in cells
    assert cells.count('<span class="kb-fact__due">*</span>') == 6
    assert cells.count('<span class="kb-fact__due">†</span>') == 3
    assert cells.count("或") == 3


def test_an_empty_heading_is_a_cell_and_alignment_is_kept() -> None:
    head = '<thead>\n<tr>\n<th></th>\n<th align="right">Price</th>\n</tr>\n</thead>\n'
    page = tables(table('<tr>\n<td>Go</td>\n<td align="right">8</td>\n</tr>\n', head), NOTES)
    assert "<td></td>\n<th align" in page
    assert '<td data-head="Price" align="right">8</td>' in page


def test_a_cell_beyond_the_heads_has_no_name() -> None:
    page = tables(table("<tr><td>Go</td><td>8</td><td>9</td></tr>"), NOTES)
    assert '<td data-head="">9</td>' in page


def test_tables_with_named_columns_or_of_others_stay() -> None:
    named = table('<tr><th scope="row">x</th><td data-head="Then">y</td></tr>')
    for page in (
        named,
        '<table class="x"><thead></thead><tr><td>1</td></tr></table>',
        "<table></table>",
    ):
        assert tables(page, NOTES) == page


def test_the_first_numbered_list_of_a_named_section_is_steps() -> None:
    page = (
        '<h2 id="steps">S</h2><p>x</p><ol><li>a<ol><li>b</li></ol></li></ol>'
        '<h3 class="y" id="more">M</h3><ol><li>c</li></ol>'
        '<h2 id="cancel">C</h2><ul><li>d</li></ul><h2 id="e">E</h2><ol><li>f</li></ol>'
    )
    made = steps(page, ["steps", "cancel"])
    assert made == page.replace("<ol>", '<ol class="kb-steps">', 1)
    assert steps(page, ["more"]).count("kb-steps") == 1
    assert steps(page, []) == page
