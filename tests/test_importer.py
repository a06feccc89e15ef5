"""Import of an old blog: each kind of post by itself; whole posts are golden cases."""

from __future__ import annotations

import random
import re
import shutil
from html import unescape
from pathlib import Path

import markdown
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from conftest import ROOT, kb, small_project
from golden import Case, blank_project, cases
from kb import ledger
from kb.finding import InputError
from kb.legacy.convert import convert
from kb_tools import importer, writing
from kb_tools.gfm import page as pages
from making import Made, make

TO = Path("docs/2023-07/en/posts")
RECORD = Path("docs/2023-07/record/screenshots.yml")
REDIRECTS = Path("docs/ledgers/redirects.yml")
HEXO = "new_post_name: :title.md\nurl: https://old.test\n"


@pytest.fixture
def blog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An old blog beside a project of two editions, which is the working folder."""
    monkeypatch.chdir(tmp_path)
    blank_project(Path())
    Path("blog/source/_posts").mkdir(parents=True)
    Path("blog/_config.yml").write_text(HEXO)
    return Path("blog")


def post(text: str | bytes, name: str = "2020-01-02-one.md") -> Path:
    path = Path("blog/source/_posts") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def picture(name: str, width: int = 80, height: int = 40, shade: int = 0) -> Path:
    path = Path("blog") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (width, height), shade).save(path)
    return path


def run(*paths: Path, check: bool = False, to: Path = TO, **options: str) -> list[importer.Done]:
    """Import, and keep what was told in `run.told`."""
    found, done = importer.import_posts(paths, to, check, home=Path(), **options)
    TOLD[:] = [f"{each.line} {each.rule}" for each in found]
    return done


TOLD: list[str] = []


def imported(text: str | bytes, name: str = "2020-01-02-one.md") -> tuple[str, list[str]]:
    """The page of a post ("" for none), and what was told by line and rule."""
    [done] = run(post(text, name))
    return Path(done.page).read_text("utf-8") if done.page else "", TOLD


def body(text: str) -> str:
    """The imported body of a post without front matter."""
    return imported(text)[0].split("---\n", 2)[2].strip("\n")


@pytest.mark.parametrize("case", cases("import"))
def test_an_imported_page_shows_its_pictures_and_needs_no_second_import(case: Case) -> None:
    page = case.output[case.settings["page"]]
    shown = markdown.markdown(page, extensions=["attr_list"]).count("<img ")
    assert shown == page.count("![") > 0
    assert convert(page.split("---\n", 2)[2], "page.md")[1] == []


# ---- each kind of text, and how it is written

KINDS = {
    "a fence with a title": (
        "``` ruby A title http://x.test/a words\nputs 1\n# no heading\n```\n\nAfter",
        "**A title** [words](http://x.test/a)\n\n```ruby\nputs 1\n# no heading\n```\n\nAfter",
    ),
    "lists nested by two": ("- a\n  - b\n    - c\n- d", "- a\n    - b\n        - c\n- d"),
    "a list below a line": ("Steps:\n1. a\n2. b", "Steps:\n\n1. a\n2. b"),
    "lists of two kinds": ("* a\n\n1) b", "- a\n\n<!-- -->\n\n1. b"),
    "a list from three": ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
    "line breaks": ("one\ntwo", "one  \ntwo"),
    "breaks in a quotation": ("> one\n> two", "> one  \n> two"),
    "code in an item": (
        "- a\n  ```sh\n  # b\n  ```\n- c",
        "- a\n\n    ```sh\n    # b\n    ```\n\n- c",
    ),
    "struck, tasks, bare": (
        "~~a~~ http://x.test/b_c, www.x.test\n\n- [ ] d\n- [x] e",
        "<del>a</del> <http://x.test/b_c>, [www.x.test](http://www.x.test)\n\n- ☐ d\n- ☑ e",
    ),
    "a table below a line": ("a\n| b | c |\n|:-:|--|\n| `d|e` | f |", None),
    "no elements": ("Map<K,V>, <词>, List<T>", "Map&lt;K,V>, &lt;词>, List&lt;T>"),
    "braces at the end": ('Gives\n{ "a": 1 }', 'Gives  \n\\{ "a": 1 }'),
    "a fact's marks": (
        "[[a]] and {% raw %}{% b %}{{ c }}{% endraw %}",
        "\\[\\[a\\]\\] and \\{% b %}\\{\\{ c }}",
    ),
    "marks at the start": (
        "1986\\. a\n\\# b\n\\- c\n: d",
        "1986\\. a  \n\\# b  \n\\- c  \n&#58; d",
    ),
    "wide punctuation": ("**注意：**小心，**“重要”**的", "**注意：**小心，**“重要”**的"),
    "strong in strong": ("**a**b**c**", None),
    "what extensions of ours would read": (
        "a==b==c, x@y.test，\n## C# __a__ b__c",
        "a&#61;=b&#61;=c, [x@y.test](mailto:x@y.test)，\n\n## C# **a** b\\_\\_c { #C-a-b_c }",
    ),
    "a list that begins an item": ("- 1. a\n- - b", None),
    "tabs in code": ("```\n\ta\tb\n```", "```\n\ta\tb\n```"),
    "markup in an element": (
        "<center>a\n\n**b** [c](http://x.test)\n\n</center>",
        '<center>a\n<p><strong>b</strong> <a href="http://x.test">c</a></p>\n</center>',
    ),
    "code right below an element": (
        "<p>a</p>\n{% codeblock %}\n# b\n{% endcodeblock %}\n<p>c</p>",
        "<div>\n<p>a</p>\n</div>\n\n```\n# b\n```\n\n<div>\n<p>c</p>\n</div>",
    ),
    "what looks like Markdown in an element": (
        "<div>\n## a [b](c.png) [[d]]\n</div>",
        "<div>\n&#35;# a [b&#93;(c.png) &#91;[d]]\n</div>",
    ),
    "codeblock": (
        '{% codeblock lang:js title:"a" mark:1 %}\n# x {% img /a.png %}\n\n  y\n{% endcodeblock %}',
        "**a**\n\n```js\n# x {% img /a.png %}\n\n  y\n```",
    ),
    "highlight": ("{% highlight ruby linenos %}\n# c\n{% endhighlight %}", "```ruby\n# c\n```"),
    "quotations": (
        "{% blockquote A B, C %}\nq\n{% endblockquote %}\n\n{% cq %}w{% endcq %}",
        "> q\n>\n> — **A B**, *C*\n\n<!-- -->\n\n> w",
    ),
    "a pulled quotation": ('{% pullquote %}\na {" b "} c\n{% endpullquote %}', "> a b c"),
    "a note": ("{% note info %}\n- a\n{% endnote %}", '!!! info "Info"\n\n    - a'),
    "a fold": ("{% fold More %}\na\n{% endfold %}", '??? note "More"\n\n    a'),
    "tabs": (
        "{% tabs t %}\n<!-- tab One -->\na\n<!-- endtab -->\n<!-- tab Two -->\nb\n<!-- endtab -->\n"
        "{% endtabs %}",
        "**One**\n\na\n\n**Two**\n\nb",
    ),
    "links to others": (
        "{% youtube a %} {% vimeo 1 %} {% gist 2 %} {% iframe https://x.test/f 1 2 %} "
        "{% btn https://x.test/, Go %} {% link A b https://x.test/c %}",
        "[YouTube a](https://www.youtube.com/watch?v=a) [Vimeo 1](https://vimeo.com/1) "
        "[Gist 2](https://gist.github.com/2) <https://x.test/f> [Go](https://x.test/) "
        "[A b](https://x.test/c)",
    ),
    "more, and a comment": ("a\n\n<!-- more -->\n\n<!-- b -->\n\nc", "a\n\n<!-- b -->\n\nc"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_says_the_same(blog: Path, kind: str) -> None:
    """Where no form is given, the page's own comparison is the test: nothing is told of it."""
    text, wanted = KINDS[kind]
    made = body(text)
    assert not [told for told in TOLD if "differs" in told]
    if wanted is not None:
        assert made == wanted
    else:
        assert TOLD == []


TELLING = {
    "an unknown tag": ("{% nope *a* %}", "\\{% nope *a* %}", "legacy-unknown"),
    "an unknown pair": (
        "{% nope %}\n# a\n{% endnope %}",
        "```\n{% nope %}\n# a\n{% endnope %}\n```",
        "legacy-unknown",
    ),
    "a tag without an end": ("{% gist 1", "\\{% gist 1", "legacy-unclosed"),
    "a tag in an attribute": (
        '<a title="{% img /a.png %}">b</a>',
        '<a title="&#123;% img /a.png %}">b</a>',
        "legacy-syntax",
    ),
    "a script for a post": ("{% post_link javascript:alert(1) %}", None, "legacy-syntax"),
    "named words of an image": (
        '{% img left /gone.png title:"Map" %}',
        "[Map](https://old.test/gone.png)",
        "legacy-changed",
    ),
    "a size that is a word": (
        "{% img /gone.png 7 Steps %}",
        "[Steps](https://old.test/gone.png)",
        "legacy-changed",
    ),
    "a picture in <pre>": (
        "<pre>\n{% img /a.png %}\n</pre>",
        "<pre>&#123;% img /a.png %}\n</pre>",
        "legacy-lookalike",
    ),
    "a picture in indented code": (
        "    {% img /a.png %}",
        "```\n{% img /a.png %}\n```",
        "legacy-lookalike",
    ),
    "a script": ("a\n\n<script>b()</script>\n\nc", None, "legacy-html"),
    "a style": ('<b style="color:red">a</b>', "<b>a</b>", "legacy-html"),
    "a picture elsewhere": ("![a](http://x.test/b.png)", "[a](http://x.test/b.png)", "legacy-file"),
    "no file": ("![](/gone.png)", "[gone.png](https://old.test/gone.png)", "legacy-file"),
    "no page": ("[a](/gone/)", "[a](https://old.test/gone/)", "legacy-file"),
    "no section": ("[a](#gone)", "a", "legacy-file"),
    "what only kramdown reads": ("* TOC\n{:toc}\n\na", "a", "legacy-changed"),
    "a template's value": ("a {{ page.title }} b", "a \\{\\{ page.title }} b", "legacy-unknown"),
    "a film that is not there": (
        "a <video src=/x.mp4>no</video> b",
        'a <a href="https://old.test/x.mp4">/x.mp4</a>no b',
        "legacy-file",
    ),
    "a heading without a blank": ("##a", "\\##a", "heading-space"),
}


@pytest.mark.parametrize("kind", TELLING)
def test_what_is_lost_or_changed_is_told(blog: Path, kind: str) -> None:
    text, wanted, rule = TELLING[kind]
    made = body(text)
    if wanted is not None:
        assert made == wanted
    assert rule in [told.split()[1] for told in TOLD]


def footnotes(text: str) -> str:
    """The imported body of a post of Jekyll's, whose own parser has footnotes."""
    Path("blog/_config.yml").write_text("markdown: kramdown\n")
    return body(text)


def test_footnotes_stay_footnotes(blog: Path) -> None:
    made = footnotes("a[^1] b[^x] c[^1]\n\n[^x]: two\n[^1]: one\n    more\n\n    - d\n")
    assert made == "a[^1] b[^x] c[^1]\n\n[^1]: one\n    more\n\n    - d\n\n[^x]: two"
    assert TOLD == []


def test_beside_a_block_of_html_footnotes_stay_footnotes(blog: Path) -> None:
    made = footnotes("a[^1]\n\n3. c\n\nb[^2]\n\n[^2]: y\n[^1]: x\n")
    assert made.startswith("a[^1]\n\n<ol start=")
    assert made.endswith("b[^2]\n\n[^1]: x\n\n[^2]: y")
    assert TOLD == ["3 legacy-html"]


def test_footnotes_without_a_form_are_html_with_all_that_names_them(blog: Path) -> None:
    made = footnotes("a[^1]\n\nc\n\n[^1]: 3. x\n")
    assert '<p>a<sup><a class="footnote-ref" href="#fn:1">1</a></sup></p>' in made
    assert '<li id="fn:1">\n<ol start="3">\n<li>x</li>' in made
    assert "\n\nc\n\n" in made
    assert {told.split()[1] for told in TOLD} == {"legacy-html"}


def test_a_footnote_that_no_text_has_and_one_of_hexo_are_told(blog: Path) -> None:
    assert body("a[^1] b[^2]\n\n[^1]: word\n\n[^3]: lost\n") == "a[^1] b\\[^2\\]\n\n[^1]: word"
    assert TOLD == ["3 legacy-changed", "5 legacy-changed"]


# What only kramdown reads, the page that it becomes, and what is told of it.
KRAMDOWN = {
    "what it reads inside of HTML": (
        '<div markdown="1">\n**a**\n</div>',
        "<div>\n<p><strong>a</strong></p>\n</div>",
        ["1 legacy-changed"],
    ),
    "lists of terms": (
        "A *b*\n: c\n  d\n: e\n\n    - f\n\nG\n\n: h",
        "A *b*\n:   c\n    d\n:   e\n\n    - f\n\nG\n:   h",
        [],
    ),
    "abbreviations": (
        "a HTML\n\n*[HTML]: words of it\n*[a b]: c\n\n`*[x]: y`\n\n    *[x]: y\n",
        "a HTML\n\n`*[x]: y`\n\n```\n*[x]: y\n```\n\n*[HTML]: words of it\n*[a b]: c",
        [],
    ),
    "ids of headings": (
        "## A {#one}\n\n### A {: .x #two}\n### A\n{: #three.x}\n\nA {#four}\n---\n"
        "[a](#three.x) [b](#one)",
        "## A { #one }\n\n### A { #two }\n\n### A { #three.x }\n\n## A { #four }\n\n"
        "[a](#three.x) [b](#one)",
        [],
    ),
    "an id that is another heading's": ("## B\n\n## C {#b}", "## B { #b-1 }\n\n## C { #b }", []),
    "ids of blocks": (
        "a\n{: .x #one}\n\n- b\n- c\n{: #two}\n\n[d](#one) [e](#no)",
        '<a id="one"></a>\n\na\n\n<a id="two"></a>\n\n- b\n- c\n\n[d](#one) e',
        ["8 legacy-file"],
    ),
    "ids of blocks above and below": (
        "# a\n\nb  \n{: #one}\n{: #two}\n\n{: #three}\nc\n\n> d\n>\n> e\n> {: #four}\n\n"
        '<a id="five"></a>\n\nf {: #six}\ng\n\n- `h\n  {: #seven}`',
        '# a { #a }\n\n<a id="one"></a>\n\n<a id="two"></a>\n\nb\n\n<a id="three"></a>\n\nc\n\n'
        '<a id="four"></a>\n\n> d\n>\n> e\n\n<a id="five"></a>\n\n<a id="six"></a>\n\nf\n\ng\n\n'
        "- `h {: #seven}`",
        [],
    ),
    "sizes of pictures": (
        '![a](/p.png){: .x width="40px"}{:.y} b\n![c](/p.png){: #i height="20"}',
        '![a](p.png){ class="x" width="40" height="20" } b\n![c](p.png){ width="40" height="20" }',
        ["1 legacy-changed"],
    ),
    "attributes that nobody sees": (
        'a [b](http://x.test){:target="_blank"} *c*{:.d} e\n{: .f}\n\n{:.g}\nh {i:j}',
        "a [b](http://x.test) *c* e\n\nh \\{i:j}",
        ["1 legacy-changed", "1 legacy-changed", "2 legacy-changed", "4 legacy-changed"],
    ),
    "tables without a head": (
        "a\n\n| b | c |\n| d | e |\n\n| f | g |\n|:--|--:|\n| h | i |",
        "a\n\n&#124; b | c |\n&#124; d | e |\n\n| f | g |\n| :-- | --: |\n| h | i |",
        ["3 legacy-unknown"],
    ),
    "comments": (
        "a {::comment}b\n\nc{:/comment} d\n\n{::comment} e",
        "a  d\n\n\\{::comment} e",
        [],
    ),
    "formulas": (
        "a $$x_1 * y_2 \\\\ *z*$$ b\n\n$$\n+ {{a}}\n= b_1\n$$\n\n`$$c$$`",
        "a $$x_1 \\* y_2 \\\\\\\\ \\*z\\*$$ b\n\n$$\n\\+ \\{\\{a}}\n&#61; b_1\n$$\n\n`$$c$$`",
        ["1 legacy-unknown", "3 legacy-unknown"],
    ),
}


@pytest.mark.parametrize(
    ("text", "fate"),
    [
        ("", "told"),
        ("---\ntitle: T\n---\n \n", "told"),
        ("---\ntitle: T\n---\n<!-- more -->\n", "told"),
        ("---\ntitle: T\n---\na\n", "converted"),
    ],
)
def test_a_post_without_text_is_told_of(blog: Path, text: str, fate: str) -> None:
    [done] = run(post(text))
    assert (done.fate, bool(done.page)) == (fate, True)
    said = {"told": [f"{4 if text else 1} legacy-changed"], "converted": []}  # behind the head
    assert said[fate] == TOLD


@pytest.mark.parametrize("kind", KRAMDOWN)
def test_what_only_kramdown_reads(blog: Path, kind: str) -> None:
    picture("p.png")
    (blog / "_config.yml").write_text("markdown: kramdown\n")
    text, wanted, told = KRAMDOWN[kind]
    assert body(text) == wanted
    assert told == TOLD
    (blog / "_config.yml").write_text(HEXO)
    assert "legacy-differs" not in imported(text, "2020-01-03-two.md")[1]


def test_an_abbreviation_is_one_on_the_page(blog: Path) -> None:
    (blog / "_config.yml").write_text("markdown: kramdown\n")
    html = RENDER.reset().convert(body('a HTML\n: b\n\n*[HTML]: "c" & d'))
    assert '<dt>a <abbr title="&quot;c&quot; &amp; d">HTML</abbr></dt>' in html


def test_an_address_of_two_variables_and_a_post(blog: Path) -> None:
    post("Other", "2020-01-03-two.md")
    (blog / "_config.yml").write_text("baseurl: /b\n")
    one = post("[a]({{ site.baseurl }}{% post_url 2020-01-03-two %}) {{ site.url }}{{ root_url }}/")
    done = run(one, Path("blog/source/_posts/2020-01-03-two.md"))
    assert "[a](two.md)" in Path(done[0].page).read_text("utf-8")
    assert TOLD == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("!!! this is great", "&#33;!! this is great"),
        ("??? what is it", "&#63;?? what is it"),
        ("- !!! a b", "- &#33;!! a b"),
        ("!!! note a", '!!! note "a"'),  # a plug-in of Hexo reads it as we do
        ("```\n!!! a b\n```", "```\n!!! a b\n```"),
    ],
)
def test_three_marks_are_no_note(blog: Path, text: str, wanted: str) -> None:
    assert (body(text), TOLD) == (wanted, [])


def test_what_is_told_in_the_same_words_is_told_once(blog: Path) -> None:
    body("{% img /a.png 9px %}\n\n{% nope %}\n\n{% nope %}\n\n{% img /a.png 9px %}\n")
    assert TOLD == ["1 legacy-changed", "1 legacy-file", "3 legacy-unknown"]


def test_a_frame_becomes_a_link_and_its_text_stays(blog: Path) -> None:
    made = body('<p>a <iframe src="https://x.test/v"></iframe> b</p>')
    assert '<a href="https://x.test/v">https://x.test/v</a>' in made
    assert "iframe" not in made


# ---- the head

HEADS = {
    "---\ntitle: T\ndate: 2013-04-19 16:46:00\n---\n": "2013-04-19 16:46:00",
    "\n---\ntitle: T\ndate: 2013-04-19\n---\n": "2013-04-19",
    "-----\ntitle: T\ndate: 2013/4/19 6:46\n-----\n": "2013-04-19 06:46:00",
    "date: 2013-04-19\ntitle: T\n---\n": "2013-04-19",
    ';;;\n"title": "T",\n"date": "2013-04-19 16:46:00"\n;;;\n': "2013-04-19 16:46:00",
    '+++\ntitle = "T"\ndate = 2013-04-19\n+++\n': "2013-04-19",
    "---\ntitle: T\ndate: 2013-01-01 24:00:00\n---\n": "2013-01-02 00:00:00",
    "---\ntitle: T\ndate: 2013-02-30\n---\n": "2013-03-02",
    "---\ntitle: T\ndate: 2013-04-19 16:46\n---\n": "2013-04-19 16:46:00",
    "---\ntitle: T\ndate: 2013-04-19T16:46:00Z\n---\n": "2013-04-20 00:46:00",
    "---\ntitle: T\ndate: 2013-04-19 16:46:00 +0900\n---\n": "2013-04-19 15:46:00",
    "---\ntitle: T\ndate: Fri, 19 Apr 2013 16:46:00 +0800\n---\n": "2013-04-19 16:46:00",
    "---\ntitle: T\ntags:\n\t- a\n---\n": "2020-01-02",
}


@pytest.mark.parametrize("head", HEADS)
def test_heads_of_all_generators(blog: Path, head: str) -> None:
    Path("blog/_config.yml").write_text(f"{HEXO}timezone: Asia/Shanghai\n")
    page, told = imported(f"{head}Text\n")
    assert told == []
    found = ledger.load(page.split("---\n")[1], "")
    assert (found.data["title"], found.data["date"]) == ("T", HEADS[head])
    assert page.endswith("# T { #one }\n\nText\n")


def test_a_rule_in_a_post_without_a_head_is_text(blog: Path) -> None:
    assert body("A: b\n\n---\n\nText\n") == "A: b\n\n---\n\nText"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\ntitle: a: b\n---\n\nText\n", 2),
        ("---\n- text\n---\n\nText\n", 2),
        ("---\ntitle: &a x\ntags: *a\n---\n", 2),
        (';;;\n"title": \n;;;\n', 2),
        ("+++\ntitle = \n+++\n", 2),
    ],
)
def test_one_bad_post_is_told_and_stops_no_other(blog: Path, text: str, line: int) -> None:
    done = run(post(text, "a.md"), post("Text", "b.md"))
    assert [bool(each.page) for each in done] == [False, True]
    assert TOLD[0] in (f"{line} legacy-front-matter", "1 legacy-front-matter")


def test_an_unknown_date_is_told_and_the_file_name_has_one(blog: Path) -> None:
    page, told = imported("---\ntitle: T\ndate: someday\n---\nText")
    assert told == ["3 legacy-front-matter"]
    assert "date: 2020-01-02\n" in page


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("中文\n".encode("gbk"), "1 legacy-changed"),
        ("中\n".encode() + "文\n".encode("gbk"), "2 legacy-changed"),
        (b"a\n\xff\xff\n", "2 file-unreadable"),
        (b"a\0", "1 file-unreadable"),
    ],
)
def test_other_encodings(blog: Path, data: bytes, said: str) -> None:
    page, told = imported(data)
    assert told[0] == said
    assert bool(page) == ("changed" in said)


@pytest.mark.parametrize("head", ["published: false", "published: no", "draft: true"])
def test_what_was_not_published_is_left_out(blog: Path, head: str) -> None:
    files = [post(f"---\ntitle: T\n{head}\n---\nsecret"), post("a", "../_drafts/b.md")]
    done = run(*files)
    assert [each.fate.partition(":")[0] for each in done] == ["left out", "left out"]
    assert (TOLD, TO.exists()) == ([], False)


def test_front_matter_has_one_form(blog: Path) -> None:
    picture("source/x.png")
    page, told = imported(
        "---\nlayout: post\ncategories: [[a, b], c]\ntags: x, y\nkeywords: k，l\ntitle: 'T: 1'\n"
        "date: 2020-05-06\ndescription: D\nauthor: {name: N}\ncover: /x.png\n"
        "banner: {big: /no.png}\n"
        "---\nText\n"
    )
    assert page == (
        "---\ntitle: 'T: 1'\ndate: 2020-05-06\ndescription: D\ntags:\n- x\n- y\n"
        "categories:\n- a\n- b\n- c\nkeywords:\n- k\n- l\nlayout: post\nauthor:\n  name: N\n"
        "cover: x.png\nbanner: {}\n---\n\n# T: 1 { #one }\n\nText\n"
    )
    assert told == ["1 legacy-file"]


# ---- headings


def test_the_title_is_the_only_h1(blog: Path) -> None:
    text = "# One\n\n## Two\n\n###### Six\n\nSet\n===\n\nSub\n---\n\n```\n# no\n```\n\n# One\n"
    page, told = imported(f"---\ntitle: T\n---\n{text}")
    assert page.endswith(
        "# T { #one }\n\n## One { #One }\n\n### Two { #Two }\n\n###### Six { #Six }\n\n"
        "## Set { #Set }\n\n### Sub { #Sub }\n\n```\n# no\n```\n\n## One { #One-1 }\n"
    )
    assert told == []


def test_ids_are_those_of_the_old_generator(blog: Path) -> None:
    text = "## A b.c\n\n[x](#A-b-c) [y](#a-b-c) [z](#no)\n"
    assert body(text) == "## A b.c { #A-b-c }\n\n[x](#A-b-c) [y](#A-b-c) z"
    Path("blog/_config.yml").write_text("kramdown: {}\n")
    [done] = run(post("## A b.c", "2020-01-03-two.md"))
    assert Path(done.page).read_text().endswith("## A b.c { #a-b-c }\n")


# ---- files


def test_files_are_found_copied_and_pointed_at(blog: Path) -> None:
    for shade, name in enumerate(("images/a b.png", "_posts/2020-01-02-one/b.png", "c.png")):
        picture(f"source/{name}", shade=shade)
    text = (
        "{% img /images/a%20b.png 40 99 %} {% asset_img b.png B %} ![](/c.png) ![r][1] "
        '`![](/c.png)`\n\n<p><img src="/c.png" width="40px" height="9"></p>\n\n'
        "![](/images/a b.png) [](https://old.test/c.png) [d](/c.png)\n\n[1]: /c.png\n"
    )
    assert body(text) == (
        '![](images/a%20b.png){ width="40" height="20" } ![](one/b.png "B") ![](c.png) ![r](c.png) '
        '`![](/c.png)`\n\n<div>\n<p><img src="../c.png" width="40" height="20"></p>\n</div>\n\n'
        "![](images/a%20b.png) [](c.png) [d](c.png)"
    )
    copies = sorted(path.relative_to(TO).as_posix() for path in TO.rglob("*.png"))
    assert copies == ["c.png", "images/a b.png", "one/b.png"]
    held = ledger.load(RECORD.read_text("utf-8"), "screenshots.yml", "screenshots")
    assert held.findings == ()
    assert [item["path"] for item in held.data] == [
        f"2023-07/en/posts/{name}" for name in ("images/a b.png", "one/b.png", "c.png")
    ]


def test_nothing_outside_the_blog_is_copied(blog: Path) -> None:
    Image.new("L", (1, 1)).save("secret.png")
    Path("blog/source/link.png").symlink_to(Path("secret.png").resolve())
    imported("{% img /../secret.png %} {% img /link.png %} {% img ../../../../secret.png %}")
    assert [told.split()[1] for told in TOLD].count("legacy-file") == 3
    assert list(TO.rglob("*.png")) == []


def test_a_post_that_leads_out_of_the_blog_is_refused(blog: Path) -> None:
    Path("secret.md").write_text("Secret")
    link = Path("blog/source/_posts/link.md")
    link.symlink_to(Path("secret.md").resolve())
    inside = link.with_name("inside.md")
    inside.symlink_to(post("Text"))
    assert [done.fate for done in run(link, inside)] == ["refused", "told"]
    assert "1 file-unreadable" in TOLD


@pytest.mark.parametrize("name", ["x" * 300, "binary.c", "../../secret.c"])
def test_code_that_cannot_be_read_stops_no_post(blog: Path, name: str) -> None:
    home = blog / "source/downloads/code"
    home.mkdir(parents=True)
    (home / "binary.c").write_bytes(b"\0")
    Path("secret.c").write_text("secret")
    assert body(f"{{% include_code {name} %}}").startswith("\\{% include_code ")
    assert TOLD == ["1 legacy-unknown"]


def test_code_in_the_encoding_of_its_day_is_shown(blog: Path) -> None:
    home = blog / "source/downloads/code"
    home.mkdir(parents=True)
    (home / "a.c").write_bytes("// 中文".encode("gbk"))
    assert "// 中文" in body("{% include_code a.c %}")


def test_another_picture_of_that_name_is_kept_beside_it(blog: Path) -> None:
    picture("source/a.png")
    TO.mkdir(parents=True)
    (TO / "a.png").write_text("mine")
    page = body("{% img /a.png %}")
    assert (TO / "a.png").read_text() == "mine"
    assert re.fullmatch(r"!\[\]\(a-\w{6}\.png\)", page)
    assert (TO / page[4:-1]).exists()


def test_two_names_for_the_same_bytes_are_one_file(blog: Path) -> None:
    picture("source/a.png")
    shutil.copy("blog/source/a.png", "blog/source/b.png")
    assert body("![](/a.png) ![](/b.png)") == "![](a.png) ![](a.png)"


# ---- the blog


def test_a_whole_blog(blog: Path) -> None:
    Path("blog/_config.yml").write_text(
        "permalink: /:categories/:year/:title.html\nbaseurl: /w\nkramdown: {}\n"
    )
    shutil.rmtree("blog/source")
    picture("assets/a.png")
    text = (
        "---\ncategories: X\nredirect_from: [/older/, /ancient.html]\n---\n"
        "[a]({% post_url 2020-01-02-two %}) [b]({{ site.baseurl }}/x/2020/two.html#Part) "
        '![i]({{ "/assets/a.png" | relative_url }}) <a href="/w/x/2020/two.html">c</a> '
        "[d](two.html) {% post_link two %}\nnext\n"
    )
    Path("blog/_posts").mkdir()
    Path("blog/_posts/2020-01-01-one.md").write_text(text)
    Path("blog/_posts/2020-01-02-two.md").write_text(
        "---\ntitle: Two\ncategories: X\n---\n\n## Part\n"
    )
    done = run(Path("blog"))
    assert [each.fate for each in done] == ["converted", "converted"]
    assert (
        (TO / "one.md")
        .read_text()
        .endswith(
            '[a](two.md) [b](two.md#part) ![i](assets/a.png) <a href="../two/">c</a> [d](two.md) '
            "[Two](two.md)\nnext\n"
        )
    )
    moved = ledger.load(REDIRECTS.read_text("utf-8"), "redirects.yml", "redirects")
    assert moved.findings == ()
    assert {entry["from"]: entry["to"] for entry in moved.data} == {
        "/w/x/2020/one.html/": "/2023-07/en/posts/one/",
        "/w/older/": "/2023-07/en/posts/one/",
        "/w/ancient.html/": "/2023-07/en/posts/one/",
        "/w/x/2020/two.html/": "/2023-07/en/posts/two/",
    }


def test_posts_of_one_name_have_pages_of_their_own(blog: Path) -> None:
    done = run(post("A", "x/index.md"), post("B", "2020-01-02-x.md"), post("C", "2021-01-02-x.md"))
    assert [each.page.removeprefix(f"{TO}/") for each in done] == [
        "x.md", "2020-01-02-x.md", "2021-01-02-x.md",
    ]  # fmt: skip
    assert [each.fate for each in done] == ["told", "told", "told"]
    assert TOLD.count("1 legacy-changed") == 2


@pytest.mark.parametrize(
    ("one", "two"), [("a.md", "A.md"), ("index.md", "README.md"), ("\u00e9.md", "e\u0301.md")]
)
def test_no_two_pages_are_one_where_names_have_no_capitals(blog: Path, one: str, two: str) -> None:
    """Nor on a disk that joins accents, nor for MkDocs, to which a README is an index."""
    files = [post(f"---\ndate: 2020-01-02\n---\n{name}", name) for name in (one, two)]
    pages = [each.page.removeprefix(f"{TO}/") for each in run(*files)]
    assert pages == [one, f"2020-01-02-{two}"]
    assert TOLD == ["1 legacy-changed"]
    assert run(*files)[0].page
    assert sorted(path.name for path in TO.iterdir()) == sorted(pages)


def test_a_link_leads_to_the_post_that_is_spelled_like_it(blog: Path) -> None:
    """Each name and address is one post's, where two differ in capitals alone; else none matter."""
    (blog / "_config.yml").write_text(HEXO + "permalink: :title/\n")
    text = "{% post_link one %} {% post_link One %} [c](/one/) [d](/One/) [e](/TWO/) [f](One.md)\n"
    files = [post(f"---\ndate: 2020-01-02\n---\n{name}", name) for name in ("One.md", "one.md")]
    run(*files, post(text, "two.md"))
    assert re.findall(r"\]\((\S+)\)", (TO / "two.md").read_text("utf-8")) == [
        "2020-01-02-one.md", "One.md", "2020-01-02-one.md", "One.md", "two.md", "One.md",
    ]  # fmt: skip


def test_a_page_beside_one_that_differs_in_capitals_is_refused(blog: Path) -> None:
    TO.mkdir(parents=True)
    (TO / "One.md").write_text("mine")
    assert imported("Text") == ("", ["1 legacy-exists"])
    assert [path.name for path in TO.iterdir()] == ["One.md"]


def test_pictures_whose_names_differ_in_capitals_alone_stay_two(blog: Path) -> None:
    picture("source/a.png")
    picture("source/A.png", shade=9)
    assert re.fullmatch(r"!\[\]\(a\.png\) !\[\]\(A-\w{6}\.png\)", body("![](/a.png) ![](/A.png)"))


def test_a_folder_that_is_no_blog_is_no_input(blog: Path) -> None:
    Path("notes").mkdir()
    Path("notes/a.md").write_text("Text")
    theme = blog / "themes/one"
    theme.mkdir(parents=True)
    (theme / "_config.yml").write_text("a: b\n")
    (theme / "README.md").write_text("Text")
    for folder in (Path("notes"), theme, blog):  # whose `_posts` is empty
        with pytest.raises(InputError, match=f"{folder} is no blog with posts: none of _posts, "):
            run(folder)
    assert not TO.exists()


def test_folders_of_posts_wherever_the_generators_look(blog: Path) -> None:
    for name in ("_posts/a.md", "tech/_posts/b.md", "source/_drafts/c.md", "source/about/d.md"):
        path = blog / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Text")
    post("Text", "2020/e.md")
    post("<p>Text", "f.html")
    fates = {Path(each.source).name: each.fate for each in run(blog)}
    assert fates == {
        "a.md": "told",
        "b.md": "told",
        "c.md": "left out: it is a draft",
        "e.md": "told",
        "f.html": "left out: it is no Markdown",
    }
    assert len(run(blog / "source/_posts/2020")) == 1


def test_a_run_that_was_ended_goes_on(blog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture("source/a.png")
    posts = [post(f"![](/a.png) {n}", f"2020-01-0{n}-p{n}.md") for n in (1, 2, 3)]
    whole = writing.Change.commit

    def ended(change: writing.Change) -> list[str]:
        if any(name.endswith("p3.md") for name in change.files):
            raise KeyboardInterrupt
        return whole(change)

    with monkeypatch.context() as patched:
        patched.setattr(writing.Change, "commit", ended)
        with pytest.raises(KeyboardInterrupt):
            run(*posts)
    assert RECORD.read_text() == "[]\n"
    assert [each.fate for each in run(*posts)] == ["converted"] * 3
    assert len(ledger.load(REDIRECTS.read_text(), "r", "redirects").data) == 3
    assert len(ledger.load(RECORD.read_text(), "s", "screenshots").data) == 1
    before = {path: path.read_bytes() for path in Path("docs").rglob("*.*")}
    run(*posts)
    assert {path: path.read_bytes() for path in Path("docs").rglob("*.*")} == before


def test_a_check_says_the_same_and_writes_nothing(blog: Path) -> None:
    picture("source/images/a.png")
    source = post("---\ntitle: T\n---\n{% img /images/a.png %}{% nope %}\n")
    before = sorted(Path().rglob("*"))
    said = importer.import_posts([source], TO, True, home=Path())
    assert sorted(Path().rglob("*")) == before
    assert importer.import_posts([source], TO, False, home=Path()) == said
    assert (TO / "one.md").exists()


def test_nothing_is_overwritten(blog: Path) -> None:
    TO.mkdir(parents=True)
    (TO / "one.md").write_text("mine")
    assert imported("Text") == ("", ["1 legacy-exists"])
    assert (TO / "one.md").read_text() == "mine"
    assert REDIRECTS.read_text() == "[]\n"


@pytest.mark.parametrize(
    "to",
    ["nosuch", "docs", "docs/2023-07", "docs/2019-01/zh", "docs/2023-07/fr", "../x"]
    + [f"docs/2023-07/en/{name}" for name in (".hidden", "a b", "a#b", "a/.b/c")],
)
def test_pages_go_into_a_folder_of_a_language(blog: Path, to: str) -> None:
    with pytest.raises(InputError, match="no folder of a language"):
        run(post("Text"), to=Path(to))


def test_no_page_goes_into_a_file(blog: Path) -> None:
    there = Path("docs/2023-07/en/there.md")
    there.parent.mkdir(parents=True)
    there.write_text("Text")
    for to in (there, there / "posts"):
        with pytest.raises(InputError, match="is a file"):
            run(post("Text"), to=to)


@pytest.mark.parametrize(
    "text", ["title: [x\n", "- a\n", "words\n", "url: http://a.test\nurl: http://b.test\n"]
)
def test_settings_that_cannot_be_read_end_the_run(blog: Path, text: str) -> None:
    (blog / "_config.yml").write_text(text)
    with pytest.raises(InputError, match=r"_config\.yml"):
        run(post("Text"))


def test_settings_of_the_wrong_kind_are_passed_over(blog: Path) -> None:
    (blog / "_config.yml").write_text(
        'marked: 3\nurl: "http://[bad"\ntimezone: ../x\nnew_post_name: 3\n'
    )
    assert (
        "[a](http://[b/) [c](http://a\u2100b/)"
        in imported("[a](http://[b/) [c](http://a\u2100b/)")[0]
    )


# ---- old addresses


def test_old_addresses_follow_what_people_wrote(blog: Path) -> None:
    REDIRECTS.write_text("# Mine\n- {from: /a/, to: /2023-07/, reason: r}")
    files = [
        post("---\ntitle: A\npermalink: /blog/a.html\n---\nText", "a.md"),
        post("---\ntitle: B\ndate: 2020-02-03\ncategories: x\n---\nText", "b.md"),
    ]
    run(*files, permalink=":category/:year/:title.html")
    text = REDIRECTS.read_text("utf-8")
    assert (TOLD, text.startswith("# Mine\n- {from: /a/")) == ([], True)
    moved = ledger.load(text, "redirects.yml", "redirects")
    assert moved.findings == ()
    assert [(entry["from"], entry["to"]) for entry in moved.data[1:]] == [
        ("/blog/a.html/", "/2023-07/en/posts/a/"),
        ("/x/2020/b.html/", "/2023-07/en/posts/b/"),
    ]


def test_an_old_address_that_leads_elsewhere_stays(blog: Path) -> None:
    before = "- {from: /2020/01/02/2020-01-02-one/, to: /2023-07/, reason: r}\n"
    REDIRECTS.write_text(before)
    assert imported("Text")[1] == ["1 legacy-exists"]
    assert REDIRECTS.read_text() == before


@pytest.mark.parametrize(
    ("text", "name"),
    [("Text", "undated.md"), ("---\npermalink: /?p=1\n---\nText", "2020-01-02-one.md")],
)
def test_an_old_address_that_cannot_be_recorded(blog: Path, text: str, name: str) -> None:
    assert imported(text, name)[1] == ["1 legacy-address"]
    assert REDIRECTS.read_text() == "[]\n"


def test_a_broken_ledger_is_reported_and_left_alone(blog: Path) -> None:
    REDIRECTS.write_text("- {from: nowhere}\n")
    imported("Text")
    assert {told.split()[1] for told in TOLD} == {"ledger-schema", "legacy-address"}
    assert REDIRECTS.read_text() == "- {from: nowhere}\n"


# ---- the proof

SETTINGS = ledger.load((ROOT / "mkdocs.yml").read_text("utf-8"), "mkdocs.yml", tagged=True).data
RENDER = pages.renderer(SETTINGS)


def said(page: str) -> Made:
    """What a page says, by means that the import does not use."""
    html = RENDER.reset().convert(page.split("---\n", 2)[2])
    code = [
        re.sub("<[^>]*>", "", found) for found in re.findall(r"<pre[^>]*>(.*?)</pre>", html, re.S)
    ]
    prose = re.sub("<[^>]*>", " ", re.sub(r"<pre[^>]*>.*?</pre>", " ", html, flags=re.S))
    return Made(
        re.findall(r"w\d+", prose),
        [text.strip("\n") for text in map(unescape, code)],
        re.findall(r'href="(http[^"]*)"', html),
        re.findall(r'<img[^>]*src="(?:\.\./)?([^"]*)"', html),
    )


def soak(count: int, seed: int) -> None:
    chance = random.Random(seed)
    picture("source/images/p.png")
    made = {f"p{n}": make(chance) for n in range(count)}
    for name, (text, _) in made.items():
        post(text, f"2020-01-02-{name}.md")
    done = run(Path("blog"))
    fates = {Path(each.source).stem.rpartition("-")[2]: each for each in done}
    wrong = []
    for name, (text, wanted) in made.items():
        fate = fates[name]
        assert fate.page, text
        assert fate.told or fate.fate == "converted"
        if fate.fate != "differs" and (here := said(Path(fate.page).read_text("utf-8"))) != wanted:
            wrong.append((text, here, wanted))
    assert wrong[:2] == []
    assert sum(fate.fate == "differs" for fate in done) <= count / 100


def test_every_post_says_the_same_or_is_told(blog: Path) -> None:
    soak(200, 1)


@pytest.mark.soak
def test_two_thousand_posts_say_the_same_or_are_told(blog: Path) -> None:
    soak(2000, random.randrange(10**9))


class _Alone:
    """A site of which a tree needs nothing; it keeps what is told."""

    breaks, kramdown = True, False

    def __init__(self) -> None:
        self.told: list[str] = []

    def picture(self, src: str, line: int, alt: str = "") -> None:
        return None

    def link(self, href: str, line: int) -> str:
        return href

    def raw(self, address: str) -> str:
        return address

    def tell(self, rule: str, message: str, line: int) -> None:
        self.told.append(rule)


PIECES = [
    "w1",
    "w2",
    "**",
    "*",
    "_",
    "`",
    "``",
    "```",
    "~~~",
    "#",
    "##",
    "-",
    "+",
    "1.",
    "3)",
    ">",
    ">>",
    "|",
    "---",
    "===",
    ":",
    "::",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "!",
    "<",
    ">",
    "&",
    "&amp;",
    "\\",
    "~~",
    "<b>",
    "</b>",
    "<div>",
    "</div>",
    "<T>",
    "<!--",
    "-->",
    "http://a.b/c",
    "www.a.b",
    "[x](y)",
    "![x](y)",
    "<http://a.b>",
    "[^1]",
    "!!!",
    "???",
    "字",
    "。",
    "：",
]
PIECES += [
    " ",
    "  ",
    "    ",
    "\n",
    "\n\n",
    "\n- ",
    "\n  - ",
    "\n    ",
    "\n1. ",
    "\n> ",
    "\n| a | b |\n|--|--|\n| ",
    "\t",
]
SOUP = st.binary(max_size=40).map(lambda drawn: "".join(PIECES[b % len(PIECES)] for b in drawn))


@given(SOUP)
@example("<div>\n<![x](y) <w2 ::\n<!--> w3 <!--a-->\n</div>")  # none of these ends where it seems
def test_what_is_called_the_same_is_the_same(text: str) -> None:
    """Words in order and code by the byte, by means that the comparison does not use."""
    site = _Alone()
    tree = pages.Tree(text, site)
    pages.head(tree.tokens, "", "own", lambda text: re.sub(r"\W+", "-", text), ())
    page = pages.Page(tree, site, RENDER)
    if "legacy-differs" not in site.told:
        shown = tree.html(tree.tokens), RENDER.reset().convert(page.text)
        bare = (
            unescape(re.sub(r"<!--.*?-->|<[a-zA-Z/][^>]*>", "", html, flags=re.S)) for html in shown
        )
        one, other = (re.sub(r"\s", "", each) for each in bare)
        assert one == other


@pytest.mark.build
def test_an_imported_blog_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small_project(tmp_path / "site"))
    Path("blog/source/_posts").mkdir(parents=True)
    Path("blog/_config.yml").write_text(HEXO)
    picture("source/images/p.png", 900, 500)
    chance = random.Random(5)
    for n in range(8):
        post(make(chance)[0], f"p{n}.md")
    text = "{% img /images/p.png %} [a](/2020/01/02/p1/) <i>b</i>\n"
    post(f"---\ntitle: L\ndate: 2020-01-01\n---\n{text}", "l.md")
    done = kb("import", "blog", "--to", "docs/2026-11/zh/posts", cwd=Path())
    assert done.returncode in (0, 1), done.stderr
    assert [path.name for path in Path("docs").rglob("l.md")] == ["l.md"]
    built = kb("build", cwd=Path())
    assert 'not included in the "nav" configuration:\n  - zh/posts/l.md\n' in built.stderr
    config = Path("mkdocs.yml")
    names = [f"posts/{path.name}" for path in Path("docs/2026-11/zh/posts").glob("*.md")]
    listed = "".join(f"  - {name}\n" for name in ("index.md", *names))
    config.write_text(config.read_text("utf-8").replace("  - index.md\n", listed, 1), "utf-8")
    built = kb("build", cwd=Path())
    assert built.returncode == 0, built.stdout + built.stderr
