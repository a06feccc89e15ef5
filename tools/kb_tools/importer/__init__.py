"""Posts of an old blog -> pages that say the same, with their pictures, links and old addresses.

Each post is written as one step, so that a run that was ended goes on where it was; the ledgers
follow at the end. Nothing is ever overwritten. A check does all but write.

- front: the head of a post · blog: the folder of a blog · post: one post on its way to a page
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from kb import files
from kb.finding import Finding, InputError
from kb_tools.importer.blog import Blog, Post
from kb_tools.importer.post import Import
from kb_tools.importer.site import Site


class Done(NamedTuple):
    """What became of one post: its page ("" where there is none), and what was told of it."""

    source: str
    page: str
    fate: str
    told: Counter[str]


def import_posts(
    given: Sequence[Path], to: Path, check: bool, *, home: Path, permalink: str = ""
) -> tuple[list[Finding], list[Done]]:
    """Write a page into the folder `to` for each post; with `check` only say what would be done.

    `given` are posts, or the folder of a blog; `permalink` is its pattern for addresses, in place
    of its settings. InputError where `to` is no folder of a language.
    """
    site = Site(home, to, Blog(given, permalink))
    findings, done, posts = site.findings, list[Done](), list[Post]()
    for file in site.blog.posts(given):
        try:
            post, told = site.blog.read(file)
        except InputError as error:
            findings += [error.finding] if error.finding else []
            done.append(Done(files.shown(file), "", "refused", Counter()))
            continue
        findings += told
        if post.out:
            done.append(Done(files.shown(file), "", f"left out: {post.out}", Counter()))
        else:
            posts.append(post)
    for post in site.place(posts):
        job = Import(post, site)
        page, fate = job.run(check)
        findings += job.findings
        counts = Counter(found.rule for found in job.findings)
        done.append(Done(job.shown, page, fate, counts))
    if not check:
        site.commit()
    return findings, done


def render(done: Sequence[Done]) -> str:
    """The account as text: a line per post, and the sums."""
    lines = []
    for each in done:
        told = ", ".join(f"{rule} {count}" for rule, count in sorted(each.told.items()))
        lines.append(
            f"{each.source} → {each.page or '–'}: {each.fate} {told and f'({told})'}".strip()
        )
    sums = Counter(each.fate.partition(":")[0] for each in done)
    return "\n".join([*lines, "", ", ".join(f"{count} {fate}" for fate, count in sums.items())])
