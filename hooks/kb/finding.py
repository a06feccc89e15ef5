"""One problem, one value: what every check of the knowledge base returns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]


class Rule(NamedTuple):
    """A check's identity: its severity, what it means in one line and how to put it right."""

    severity: Severity
    meaning: str
    fix: str


RULES: dict[str, Rule] = {
    "link-broken": Rule(
        "error",
        "A link or asset of the site leads to a page or file that does not exist.",
        "Point it at an existing page or file; the hint names the nearest one.",
    ),
    "anchor-broken": Rule(
        "error",
        "A link names a section id that its page does not have.",
        "Use an id of that page, or give the heading the id with `{ #id }`.",
    ),
    "id-duplicate": Rule(
        "error",
        "Two elements of a page carry the same id, so links reach only the first.",
        "Rename one of them, in every language.",
    ),
    "image-missing": Rule(
        "error",
        "A page shows a picture whose file does not exist.",
        "Add the file or correct the path; the hint names the nearest one.",
    ),
    "image-undecodable": Rule(
        "error",
        "A picture file cannot be decoded.",
        "Replace it with an intact file; a drawing is rendered anew by `kb draw`.",
    ),
    "image-unlisted": Rule(
        "error",
        "A picture has no entry in the screenshots ledger.",
        "Add it to docs/ledgers/screenshots.yml with its kind, date and alt texts.",
    ),
    "image-alt-missing": Rule(
        "error",
        "A ledger entry has no alt text in one of the edition's languages.",
        "Write what the picture shows, in that language.",
    ),
    "image-unused": Rule(
        "error",
        "No page of the edition shows this picture.",
        "Show it, or delete the file and its ledger entry.",
    ),
    "drawing-fit": Rule(
        "error",
        "A text of a drawing does not fit, is too small or is covered.",
        "Shorten it, widen its panel, or move the pointer with `tap`.",
    ),
    "drawing-weight": Rule("error", "A drawing weighs 80 KB or more.", "Show less in it."),
    "drawing-stale": Rule(
        "error",
        "A picture is older than its source or the kit, or was changed by hand.",
        "Run `kb draw`, commit the pictures and the lock.",
    ),
    "ledger-schema": Rule(
        "error",
        "A ledger has a field that is missing, unknown or of the wrong kind.",
        "Correct the line; the contributor notes name every field.",
    ),
    "front-matter": Rule(
        "error",
        "The front matter of a page cannot be read, or has a field of the wrong kind.",
        "Correct the line; put values with a colon in quotes.",
    ),
    "asked-section": Rule(
        "error",
        "An edition's asked.yml names a page or section that does not exist.",
        "Use the path of a page and the id of one of its headings.",
    ),
    "asked-twice": Rule(
        "error",
        "A phrase of asked.yml is given to two sections, so the search cannot tell which is meant.",
        "Leave it at the section that answers it best.",
    ),
    "successor-missing": Rule(
        "error",
        "An edition's ledger entry names a page that does not exist.",
        "Correct the page path in docs/ledgers/editions.yml, or remove the line.",
    ),
    "translation-missing": Rule(
        "warning",
        "A page has no translation: its readers are shown the original, with a notice.",
        "Write the translation at the path named.",
    ),
    "translation-original": Rule(
        "error",
        "A translation has no original in the default language.",
        "Write the original, or remove the page.",
    ),
    "translation-sections": Rule(
        "error",
        "The sections of a translation differ from the original's, so links and switches miss.",
        "Give both the same headings with the same ids, in the same order.",
    ),
    "translation-stale": Rule(
        "error",
        "A section was changed in one language alone since both were found to say the same.",
        "Bring the other up to date if it needs it; then run `kb stamp EDITION PAGE`.",
    ),
    "translation-unstamped": Rule(
        "warning",
        "Nobody has recorded that a translation says what its original does.",
        "Read both, then run `kb stamp EDITION PAGE`.",
    ),
    "heading-id": Rule(
        "error",
        "A heading has no id of its own, so its address changes with its words.",
        "Write one behind it, the same in each language: `## Top up { #top-up }`.",
    ),
    "card-glyph": Rule(
        "error",
        "A page's title has a character that the font of the social cards lacks.",
        "Word the title otherwise, or add the character to the subset in hooks/kb/fonts/.",
    ),
    "page-gone": Rule(
        "error",
        "A page of the edition's last release is gone, and its address leads nowhere.",
        "Bring it back, or record in docs/ledgers/redirects.yml where its address leads now.",
    ),
    "page-unreleased": Rule(
        "warning",
        "A page is not in the list of released pages, so its loss would go unnoticed.",
        "Run `kb release` and commit docs/ledgers/pages.yml.",
    ),
    "redirect-target": Rule(
        "error",
        "A redirect leads to no page of the site, or would replace one.",
        "Correct the address in docs/ledgers/redirects.yml.",
    ),
    "legacy-unknown": Rule(
        "error",
        "A template tag of the old blog would reach the reader as text.",
        "Write it as Markdown, or put it in a code sample when it is meant as text.",
    ),
    "legacy-unclosed": Rule(
        "error",
        "A legacy tag is opened and never closed.",
        "Close it with `%}` (or its end tag).",
    ),
    "legacy-syntax": Rule(
        "error",
        "A legacy tag has no usable picture path.",
        "Give it a path or an address: `{% img /images/x.png 400 300 %}`.",
    ),
    "legacy-changed": Rule(
        "warning",
        "A legacy tag was read by its evident intent; the old generator printed another result.",
        "Check the picture once; write the tag in its plain form.",
    ),
    "legacy-lookalike": Rule(
        "warning",
        "A template tag of another system stands in the text and is left as it is.",
        "Put it in a code sample, or remove it.",
    ),
    "legacy-file": Rule(
        "warning",
        "A legacy tag names a picture or post that this site does not have.",
        "Add the file beside the page, or write its path from the root of the site.",
    ),
    "legacy-front-matter": Rule(
        "error",
        "The front matter of a post to import cannot be read.",
        "Make it valid YAML: put values with a colon in quotes.",
    ),
    "legacy-exists": Rule(
        "error",
        "An import would overwrite a file or an old address that is already recorded.",
        "Rename the post, or remove what is there; nothing was written.",
    ),
    "legacy-address": Rule(
        "warning",
        "The old address of an imported post could not be recorded as a redirect.",
        "Give the post a date, import it into an edition, or add the redirect by hand.",
    ),
    "heading-space": Rule(
        "warning",
        "A line begins with `#` and no space: some renderers take it for a heading, some do not.",
        "Put a space behind the marks; write `\\#` where it is no heading.",
    ),
    "heading-h1": Rule(
        "warning",
        "A page has more than one H1, so its outline and title are unclear.",
        "Keep the first; write the others, and what is below them, one level deeper.",
    ),
    "link-empty": Rule(
        "error",
        "A link, picture or script has an empty address.",
        "Give it its address, or remove it.",
    ),
    "link-outside": Rule(
        "error",
        "A link climbs out of the site, or starts at a root that is not the site's.",
        "Write it relative to the page.",
    ),
    "link-malformed": Rule(
        "error",
        "An address that no browser can use: no host, no mail address, no number, broken data.",
        "Correct the address.",
    ),
    "link-language": Rule(
        "warning",
        "A link leads into another language without saying so.",
        "Link to the page of the same language, or add `hreflang`.",
    ),
    "link-edition": Rule(
        "warning",
        "A link of the current edition leads to an old one though it has the page itself.",
        "Link to the page of the current edition.",
    ),
    "asset-insecure": Rule(
        "warning",
        "An encrypted page fetches a picture or script without encryption, which browsers refuse.",
        "Use its https address.",
    ),
    "page-unreadable": Rule(
        "error",
        "A file of the site cannot be read: no rights, no text, or a link out of the site.",
        "Replace it or take it out of the site.",
    ),
    "web-broken": Rule(
        "error",
        "A link to the web that no reader can follow: gone, parked, without its section, no host.",
        "Link to what replaces it; the hint names an address where a copy may be kept.",
    ),
    "web-unreachable": Rule(
        "error",
        "A link to the web that could not be judged in several runs over several days.",
        "Open it in a browser; record what robots get in docs/ledgers/links.yml, or replace it.",
    ),
    "web-unknown": Rule(
        "warning",
        "A link to the web that could not be judged this time: robots kept out, no answer in time.",
        "Nothing yet; if it lasts, it becomes `web-unreachable`.",
    ),
    "web-moved": Rule(
        "warning",
        "A link to the web is redirected for good.",
        "Write the new address, or let `kb links --fix` do it.",
    ),
    "link-exception-expired": Rule(
        "warning",
        "An entry of the links ledger is past its date and holds no longer.",
        "Look at the address again; set a new `until` or delete the entry.",
    ),
    "link-exception-unused": Rule(
        "warning",
        "An entry of the links ledger speaks of an address that the site does not link to.",
        "Delete the entry.",
    ),
    "link-exception-contradicted": Rule(
        "warning",
        "The web does not agree with an entry of the links ledger.",
        "Correct its `expect`, or delete the entry.",
    ),
    "fact-unknown": Rule(
        "error",
        "A page names a fact, a form of it or a generated part that does not exist.",
        "Correct the name, or add the fact to docs/ledgers/facts.yml.",
    ),
    "fact-unused": Rule(
        "warning",
        "A fact that no page names and that replaces no older statement, or a source of no fact.",
        "Name it in a page as `[[id]]`, or delete the entry.",
    ),
    "fact-due": Rule(
        "warning",
        "A fact is past its time to live; readers see its date with a note.",
        "Read its sources again, then set the value and `as_of` in docs/ledgers/facts.yml.",
    ),
    "fact-expired": Rule(
        "error",
        "A fact is past twice its time to live: nobody knows whether it still holds.",
        "Read its sources again, then set the value and `as_of`; or say that it is not known.",
    ),
    "fact-literal": Rule(
        "error",
        "A page of the current edition types an amount of money, a date or a model's name.",
        "Name the fact as `[[id]]`; mark what cannot change by `<!-- literal: reason -->`.",
    ),
    "fact-source": Rule(
        "error",
        "A fact has no source, or one of low confidence is stated without the mark that says so.",
        "Add the source; write `[[id]]` instead of `[[id.text]]`.",
    ),
    "fact-parity": Rule(
        "error",
        "The two languages of a page do not name the same facts equally often.",
        "Bring the translation in line: the numbers differ where the facts do.",
    ),
    "image-type": Rule(
        "error",
        "A picture is of another type than its file's ending says, or of one that browsers lack.",
        "Give it the ending of its type, or save it as PNG.",
    ),
    "image-format": Rule(
        "error",
        "A picture is animated or in the colours of print.",
        "Save one still picture in RGB.",
    ),
    "image-size": Rule(
        "error",
        "A picture has sides that no page can show.",
        "Cut or scale it; a lone pixel is no picture.",
    ),
    "image-weight": Rule(
        "error",
        "A picture file is heavier than 150 KB.",
        "Run `kb screenshots --fix`; if that is not enough, crop it or use fewer colours.",
    ),
    "image-page-weight": Rule(
        "error",
        "The pictures of a page weigh more than 500 KB together.",
        "Show fewer, smaller or plainer ones, or divide the page.",
    ),
    "image-name": Rule(
        "warning",
        "A picture's file name has capitals, spaces or other letters, which break on some hosts.",
        "Run `kb screenshots --fix`: it renames the file and all that refers to it.",
    ),
    "image-case": Rule(
        "error",
        "A page writes a picture's path with other capitals than its file has.",
        "Write it as the hint says: hosts tell capitals apart even where this machine does not.",
    ),
    "image-double": Rule(
        "error",
        "Two picture files have the same bytes.",
        "Keep one and show it twice.",
    ),
    "image-language": Rule(
        "error",
        "A page shows the picture of another language, and nothing says that they share it.",
        "Make this language's own, move it beside the language folders, or write `shared: true`.",
    ),
    "image-private": Rule(
        "error",
        "A picture file carries metadata, a thumbnail or other data that its pixels do not show.",
        "Run `kb screenshots --fix`: it removes them and keeps every pixel.",
    ),
    "image-active": Rule(
        "error",
        "An SVG file holds a script, a handler or a reference to another host.",
        "Remove it: a picture draws, and does nothing else.",
    ),
    "image-alt": Rule(
        "error",
        "An alt text is too short or too long, a file name, said twice, or begins with 'image of'.",
        "Say in that language what there is to see, and what it is needed for on this page.",
    ),
    "image-aspect": Rule(
        "warning",
        "A page declares another shape for a picture than its file has.",
        "Declare the size that the hint names.",
    ),
    "image-upscaled": Rule(
        "warning",
        "A picture is shown wider than it has pixels, and so blurred.",
        "Capture it larger, or declare a smaller width.",
    ),
    "image-wide": Rule(
        "warning",
        "A capture is wider than the page's column, so that its text shrinks.",
        "Crop it to what matters, or give its `density` in the ledger.",
    ),
    "image-allow-unused": Rule(
        "warning",
        "The screenshots ledger allows what is not found.",
        "Delete the allowance.",
    ),
    "image-due": Rule(
        "warning",
        "A picture is older than its time to live; readers see its date with a note.",
        "Look at the screen again: capture it anew, or confirm it by a new `captured`.",
    ),
    "image-expired": Rule(
        "error",
        "A picture is past twice its time to live: nobody knows whether it still holds.",
        "Capture it anew, confirm it by a new `captured`, or remove it.",
    ),
    "image-date": Rule(
        "warning",
        "A picture is dated on a day that does not exist or is still to come.",
        "Correct `captured` in docs/ledgers/screenshots.yml.",
    ),
    "image-undated": Rule(
        "error",
        "A capture's bytes changed and its date did not, or it was never recorded.",
        "Correct `captured`, then run `kb screenshots --fix`, which records both.",
    ),
    "image-reveals": Rule(
        "error",
        "A picture shows text that looks private: an address, a number, a key, a listed name.",
        "Cover it in the picture; what may be seen gets an `allow` with its reason in the ledger.",
    ),
}


@dataclass(frozen=True, order=True)
class Finding:
    """A problem at a place: `path` from the project root (posix), `line` and `col` from 1."""

    path: str
    line: int
    rule: str
    message: str
    hint: str = ""
    col: int = 0

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"unknown rule {self.rule!r}")

    @property
    def severity(self) -> Severity:
        """The severity of the finding's rule."""
        return RULES[self.rule].severity

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" + (f":{self.col}" if self.col else "")
        hint = f"\n  → {self.hint}" if self.hint else ""
        return f"{place}: {self.message} [{self.rule}]{hint}"


def unique(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in order, each said once: the same words about the same line are one problem."""
    said = {(found.path, found.line, found.rule, found.message): found for found in findings}
    return sorted(said.values())
