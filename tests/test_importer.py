"""Import of old posts: each promise by itself; whole posts are golden cases."""

from __future__ import annotations

from pathlib import Path

import markdown
import pytest
from PIL import Image

from golden import Case, cases
from kb import ledger
from kb.legacy.convert import convert
from kb_tools import importer

TO = Path("docs/2023-07/en/posts")


@pytest.fixture
def blog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An old blog beside a new project, which is the working folder."""
    monkeypatch.chdir(tmp_path)
    Path("docs/ledgers").mkdir(parents=True)
    Path("blog/source/_posts").mkdir(parents=True)
    Path("blog/_config.yml").touch()
    return Path("blog")


def post(text: str, name: str = "2020-01-02-one.md") -> Path:
    path = Path("blog/source/_posts") / name
    path.write_text(text, "utf-8")
    return path


def picture(name: str, width: int = 80, height: int = 40) -> Path:
    path = Path("blog") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (width, height)).save(path)
    return path


def imported(text: str, name: str = "2020-01-02-one.md") -> tuple[str, list[str], dict[str, str]]:
    """The page of a post, its findings, and its account."""
    findings, [done] = importer.import_posts([post(text, name)], TO, check=False)
    account: dict[str, str] = dict(iter(done.counts))
    page = Path(done.page).read_text("utf-8") if done.page else ""
    return page, [f"{found.line} {found.rule}" for found in findings], account


def body(text: str) -> str:
    """The imported body of a post without front matter."""
    return imported(text)[0].split("---\n", 2)[2].strip("\n")


@pytest.mark.parametrize("case", cases("import"))
def test_an_imported_page_shows_its_pictures_and_needs_no_second_import(case: Case) -> None:
    page = case.output[case.settings["page"]]
    shown = markdown.markdown(page, extensions=["attr_list"]).count("<img ")
    assert shown == page.count("![") > 0
    left = convert(page.split("---\n", 2)[2], "page.md")[1]
    assert {found.rule for found in left} <= {"legacy-unknown"}


def test_front_matter_has_one_form(blog: Path) -> None:
    page, _, account = imported(
        "---\nlayout: post\ncategories: [[a, b], c]\ntags: x, y\nkeywords: k，l\ntitle: 'T: 1'\n"
        "date: 2020-05-06\ndescription: D\nauthor: {name: N}\n---\nText\n"
    )
    assert page == (
        "---\ntitle: 'T: 1'\ndate: 2020-05-06\ndescription: D\ntags:\n- x\n- y\n"
        "categories:\n- a\n- b\n- c\nkeywords:\n- k\n- l\nlayout: post\nauthor:\n  name: N\n---\n\n"
        "# T: 1\n\nText\n"
    )
    assert account["front matter: tags"] == "converted"
    assert (account["front matter: layout"], account["front matter: author"]) == ("kept", "kept")


def test_front_matter_without_its_first_line(blog: Path) -> None:
    page, _, _ = imported("title: T\n---\n\nText\n")
    assert page == "---\ntitle: T\ndate: 2020-01-02\n---\n\n# T\n\nText\n"


def test_a_rule_in_a_post_without_front_matter_is_text(blog: Path) -> None:
    assert body("A: b\n\n---\n\nText\n") == "A: b\n\n---\n\nText"


@pytest.mark.parametrize("front", ["title: a: b", "just text"])
def test_unreadable_front_matter_stops_the_import(blog: Path, front: str) -> None:
    page, findings, _ = imported(f"---\n{front}\n---\n\nText\n")
    assert (page, findings[0].split()[1]) == ("", "legacy-front-matter")
    assert not TO.exists()


def test_the_title_is_the_only_h1(blog: Path) -> None:
    text = "# One\n\n## Two\n\n###### Six\n\nSet\n===\n\nSub\n---\n\n```\n# no\n```\n"
    page, findings, account = imported(f"---\ntitle: T\n---\n{text}")
    assert page.endswith(
        "# T\n\n## One\n\n### Two\n\n###### Six\n\n## Set\n\n### Sub\n\n```\n# no\n```\n"
    )
    assert findings == []
    assert account["heading of level 6"] == "kept"


def test_sections_below_the_title_stay(blog: Path) -> None:
    page, _, _ = imported("---\ntitle: T\n---\n\n## One\n")
    assert page.endswith("---\n\n# T\n\n## One\n")


def test_a_tag_becomes_a_markdown_image(blog: Path) -> None:
    picture("source/images/a b.png")
    local = "{% img left '/images/a b.png' 40 99 'T \"q\"' 'A [x]' %}"
    page = body(f"{local} {{% img https://x.example/b_(1).png 50% %}}")
    assert page == (
        '![A \\[x\\]](images/a%20b.png "T &quot;q&quot;"){ class="left" width="40" height="20" }'
        ' ![](https://x.example/b_%281%29.png){ width="50%" }'
    )
    html = markdown.markdown(page, extensions=["attr_list"])
    assert 'alt="A [x]"' in html
    assert 'title="T &quot;q&quot;"' in html


def test_pictures_are_found_copied_and_pointed_at(blog: Path) -> None:
    picture("source/images/a.png")
    picture("source/_posts/2020-01-02-one/b.png")
    picture("source/c.png")
    text = "{% img /images/a.png %} {% asset_img b.png %} ![](/c.png) ![](/gone.png) `![](/c.png)`"
    assert body(text) == (
        '![](images/a.png){ width="80" height="40" } ![](one/b.png){ width="80" height="40" }'
        " ![](c.png) ![](/gone.png) `![](/c.png)`"
    )
    copies = sorted(path.relative_to(TO).as_posix() for path in TO.rglob("*.png"))
    assert copies == ["c.png", "images/a.png", "one/b.png"]


def test_nothing_outside_the_blog_is_copied(blog: Path) -> None:
    Image.new("L", (1, 1)).save("secret.png")
    Path("blog/source/link.png").symlink_to(Path("secret.png").resolve())
    _, findings, _ = imported(
        "{% img /../secret.png %}{% img /link.png %}{% img ../../../secret.png %}"
    )
    assert findings.count("1 legacy-file") == 3
    assert list(TO.rglob("*.png")) == []


def test_every_construct_is_counted(blog: Path) -> None:
    _, findings, account = imported(
        "{% include_code x %} {% img %} {% youtube a %} {% raw %}a{% endraw %} {{% b %}} "
        "<!-- c -->\n"
        "<!--more-->\n\n```\nd\n```\n\n<b>e</b> <https://x.example/> {% note %}f{% endnote %}\n#g\n"
        "{% gist 1"
    )
    assert account == {
        "date in the file name": "converted",
        "{% include_code %}": "unknown",
        "{% img %}": "kept",
        "{% youtube %}": "converted",
        "{% raw %}": "converted",
        "tag of another system": "kept",
        "comment": "kept",
        "<!--more-->": "converted",
        "code block": "kept",
        "{% note %}": "converted",
        "{% gist %}": "kept",
        "HTML": "kept",
        "heading": "kept",
        "permalink": "converted",
    }
    assert findings == [
        "1 legacy-unknown",
        "1 legacy-syntax",
        "1 legacy-lookalike",
        "10 legacy-unclosed",
        "9 heading-space",
    ]


def test_lines_count_from_the_top_of_the_post(blog: Path) -> None:
    assert imported("---\ntitle: T\n---\n\n\n{% nope %}\n")[1] == ["6 legacy-unknown"]


def test_a_check_says_the_same_and_writes_nothing(blog: Path) -> None:
    picture("source/images/a.png")
    source = post("---\ntitle: T\n---\n{% img /images/a.png %}{% nope %}\n")
    before = sorted(Path().rglob("*"))
    said = importer.import_posts([source], TO, check=True)
    assert sorted(Path().rglob("*")) == before
    assert importer.import_posts([source], TO, check=False) == said
    assert (TO / "one.md").exists()


def test_nothing_is_overwritten(blog: Path) -> None:
    TO.mkdir(parents=True)
    (TO / "one.md").write_text("mine")
    page, findings, _ = imported("{% nope %}")
    assert (page, findings) == ("", ["1 legacy-unknown", "1 legacy-exists"])
    assert (TO / "one.md").read_text() == "mine"
    assert not Path("docs/ledgers/redirects.yml").exists()


def test_another_picture_of_that_name_stops_the_import(blog: Path) -> None:
    picture("source/a.png")
    TO.mkdir(parents=True)
    (TO / "a.png").write_text("mine")
    assert imported("{% img /a.png %}")[:2] == ("", ["1 legacy-exists"])
    assert (TO / "a.png").read_text() == "mine"


def test_posts_share_a_picture(blog: Path) -> None:
    picture("source/a.png")
    files = [post("{% img /a.png %}", f"2020-01-0{day}-{day}.md") for day in (1, 2)]
    findings, posts = importer.import_posts(files, TO, check=False)
    assert findings == []
    assert [done.page for done in posts] == [f"{TO}/1.md", f"{TO}/2.md"]


@pytest.mark.parametrize("check", [True, False])
def test_two_posts_of_one_name(blog: Path, check: bool) -> None:
    files = [post("A", "2020-01-01-a.md"), post("B", "2020-01-02-a.md")]
    findings, posts = importer.import_posts(files, TO, check)
    assert [found.rule for found in findings] == ["legacy-exists"]
    assert [done.page for done in posts] == [f"{TO}/a.md", ""]


REDIRECTS = Path("docs/ledgers/redirects.yml")


def test_old_addresses_follow_what_people_wrote(blog: Path) -> None:
    REDIRECTS.write_text("# Mine\n- {from: /a/, to: /2023-07/, reason: r}")
    files = [
        post("---\ntitle: A\npermalink: /blog/a.html\n---\n", "a.md"),
        post("---\ntitle: B\ndate: 2020-02-03\ncategories: x\n---\n", "b.md"),
    ]
    pattern = ":category/:year/:title.html"
    assert importer.import_posts(files, TO, False, permalink=pattern)[0] == []
    text = REDIRECTS.read_text("utf-8")
    assert text.startswith("# Mine\n- {from: /a/")
    moved = ledger.load(text, "redirects.yml", "redirects")
    assert moved.findings == ()
    assert [(entry["from"], entry["to"]) for entry in moved.data[1:]] == [
        ("/blog/a.html/", "/2023-07/en/posts/a/"),
        ("/x/2020/b.html/", "/2023-07/en/posts/b/"),
    ]


def test_an_old_address_that_leads_elsewhere_stays(blog: Path) -> None:
    before = "- {from: /2020/01/02/one/, to: /2023-07/, reason: r}\n"
    REDIRECTS.write_text(before)
    assert imported("Text")[1] == ["1 legacy-exists"]
    assert REDIRECTS.read_text() == before


@pytest.mark.parametrize(
    ("text", "name"),
    [("Text", "undated.md"), ("---\npermalink: /?p=1\n---\n", "2020-01-02-one.md")],
)
def test_an_old_address_that_cannot_be_recorded(blog: Path, text: str, name: str) -> None:
    assert imported(text, name)[1] == ["1 legacy-address"]
    assert not REDIRECTS.exists()


def test_a_page_outside_the_editions_has_no_redirect(blog: Path, tmp_path: Path) -> None:
    findings, _ = importer.import_posts([post("Text")], tmp_path / "elsewhere", check=False)
    assert [found.rule for found in findings] == ["legacy-address"]
    assert (tmp_path / "elsewhere/one.md").exists()


def test_a_broken_ledger_is_reported_and_left_alone(blog: Path) -> None:
    REDIRECTS.write_text("- {from: nowhere}\n")
    findings, _ = importer.import_posts([post("Text")], TO, check=False)
    assert {found.rule for found in findings} == {"ledger-schema", "legacy-address"}
    assert REDIRECTS.read_text() == "- {from: nowhere}\n"
