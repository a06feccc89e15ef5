"""Pictures of rendered pages as figures."""

from __future__ import annotations

from kb.figures import Picture, Variant, render
from kb.pictures.entries import Entry

ENLARGE = "放大图片"
SAID = Entry('Press "Next"', "Illustration: next")
PLAIN = Picture(Variant("../a.png", 1200, 400), SAID)
PHONE = PLAIN._replace(phone=Variant("../a.phone.png", 720, 1500))


def lookup(src: str) -> Picture | None:
    return {"../a.png": PLAIN, "../p.png": PHONE}.get(src)


def test_a_picture_of_its_own_paragraph_becomes_a_figure() -> None:
    page = render('<p><img alt="" src="../a.png" width="400" height="300" /></p>', lookup, ENLARGE)
    assert page == (
        '<figure class="kb-figure">'
        '<a class="kb-zoom" href="../a.png" title="放大图片">'
        '<img alt="Press &#34;Next&#34;" src="../a.png" width="400" height="133"'
        ' decoding="async"></a>'
        "<figcaption>Illustration: next</figcaption></figure>"
    )


def test_a_width_that_is_none_leaves_the_files_own() -> None:
    for declared in ("0", "50%", "-3", ""):
        page = render(f'<p><img src="../a.png" width="{declared}"></p>', lookup, ENLARGE)
        assert 'width="1200" height="400"' in page


def test_a_picture_within_text_stays_in_its_line() -> None:
    page = render('<p>See <img src="../a.png"> here.</p>', lookup, ENLARGE)
    assert page.startswith('<p>See <img src="../a.png" width="1200"')
    assert "figure" not in page


def test_only_pictures_after_the_first_load_lazily() -> None:
    page = render('<p><img src="../a.png"></p>' * 2, lookup, ENLARGE)
    first, second = page.split("</figure>")[:2]
    assert "lazy" not in first
    assert 'loading="lazy"' in second


def test_narrow_screens_get_the_portrait_variant() -> None:
    page = render('<p><img src="../p.png"></p>', lookup, ENLARGE)
    assert 'srcset="../a.phone.png" width="720" height="1500"><img' in page
    assert page.count("</picture>") == 1


def test_others_pictures_and_samples_stay_as_they_are() -> None:
    page = '<p><img src="https://example.org/x.png"></p><code>&lt;img src="../a.png"&gt;</code>'
    assert render(page, lookup, ENLARGE) == page


def test_a_bracket_in_an_attribute_does_not_end_the_tag() -> None:
    page = render('<p><img title="a > b" src="../a.png"></p>', lookup, ENLARGE)
    assert 'title="a &gt; b"' in page
    assert page.endswith("</figure>")


def test_browsers_that_know_webp_get_the_light_copies() -> None:
    light = PHONE._replace(
        light=(Variant("../p.1200.webp", 1200, 400), Variant("../p.760.webp", 760, 253)),
        light_phone=(Variant("../p.phone.720.webp", 720, 1500),),
    )
    page = render('<p><img src="../p.png" width="400"></p>', {"../p.png": light}.get, ENLARGE)
    sources = page.split("<picture>")[1].split("<img")[0].split("<source ")[1:]
    assert [source.split('srcset="')[1].split('"')[0] for source in sources] == [
        "../p.phone.720.webp",
        "../a.phone.png",
        "../p.1200.webp 1200w, ../p.760.webp 760w",
    ]
    assert ['type="image/webp"' in source for source in sources] == [True, False, True]
    assert all("width=" in source and "height=" in source for source in sources)
    assert 'sizes="(max-width: 47.99em) 100vw, 400px"' in sources[2]
    assert 'width="400" height="133"' in sources[2], "it counts for more than the picture's own"
    assert 'href="../a.png"' in page, "the whole picture is one click away"


def test_an_old_picture_is_told_of_below_it() -> None:
    old = PLAIN._replace(note="As of <2026>", said=SAID._replace(kind="drawing"))
    page = render('<p><img src="../a.png"></p>', {"../a.png": old}.get, ENLARGE)
    assert '<small class="kb-old">As of &lt;2026&gt;</small></figcaption>' in page
    assert '<figure class="kb-figure kb-figure--drawing"' in page


def test_a_capture_is_shown_at_the_size_of_its_screen_with_device_and_cut_sides() -> None:
    said = SAID._replace(kind="capture", density=3, frame="phone", cropped=("top", "bottom"))
    fine = PLAIN._replace(said=said)
    shown = render("<p><img src='a.png'></p>", lambda _: fine, "Enlarge")
    assert 'width="400" height="133"' in shown
    names = "kb-figure kb-figure--capture kb-figure--phone kb-cut--top kb-cut--bottom"
    assert f'<figure class="{names}">' in shown
    declared = render("<p><img src='a.png' width='600'></p>", lambda _: fine, "Enlarge")
    assert 'width="600" height="200"' in declared
