"""The page to print: well-formed, self-contained, escaped, and an exercise on one A4 side."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace
from page_reading import read_page
from sheets import sheet_of

from voiceguide import library, load
from voiceguide.handout import CueLine, Exercise, Fact, NoteBlock, Paragraph, Section, Sheet, Span
from voiceguide.handout.page import as_html

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "footer"),
    *("section", "div", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("p", "ol", "li", "dl", "dt", "dd", "span", "strong", "code"),
    *("figure", "img", "figcaption"),
}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "start"}
ATTRIBUTES |= {"src", "alt", "aria-hidden"}  # of pictures, which the page holds itself
"""Nothing that runs, loads or leads anywhere."""

EVIL = "</style></title><script src=//x.org onload='a()'>\"&amp;&lt;"


# ── what a page is ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", library.routines())
def test_a_page_is_well_formed_and_stands_alone(name: str) -> None:
    """Every element is closed in its turn, and nothing is fetched or run."""
    session = load(name)
    html = as_html(session.sheet())
    page = read_page(html)
    assert page.tags <= TAGS
    assert page.attributes <= ATTRIBUTES
    assert all(source.startswith("data:image/") for source in re.findall(r'src="([^"]*)"', html))
    assert not re.search(r"url\(|@import|https?:|//", page.style)
    assert "default-src 'none'" in html
    assert page.language == session.settings.language


@pytest.mark.parametrize("name", library.routines())
def test_headings_are_in_order(name: str) -> None:
    """One title, and never a level left out on the way down."""
    levels = [level for level, _ in read_page(as_html(load(name).sheet())).headings]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", library.routines())
def test_everything_on_the_sheet_is_on_the_page(name: str) -> None:
    """Each text of the data is read on the page."""
    sheet = load(name).sheet()
    shown = read_page(as_html(sheet)).text.replace("\N{NO-BREAK SPACE}", " ")
    assert [text for text in texts(sheet) if text not in shown] == []


def texts(data: Any) -> list[str]:
    """All texts within a sheet that are to be shown."""
    if isinstance(data, str):
        return [data.strip()] if data else []
    if isinstance(data, tuple):
        return [text for one in data for text in texts(one)]
    hidden = {"language", "style", "author", "address"}
    inner = data.__struct_fields__ if isinstance(data, Struct) else ()
    return [text for name in inner if name not in hidden for text in texts(getattr(data, name))]


def test_the_same_sheet_is_the_same_page() -> None:
    """Byte for byte, so that a page can be kept beside its routine."""
    sheet = load("psoas-strength").sheet()
    assert as_html(sheet) == as_html(load("psoas-strength").sheet())


def test_units_stay_with_their_numbers() -> None:
    """No line ends between a number and what it counts."""
    html = as_html(sheet_of("- hold 30-60s, 3 rounds, rest 10s\n  Wait 5 s.\n"))
    assert "3\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}30–60\N{NO-BREAK SPACE}s, rest 10" in html


def test_instructions_are_numbered_on() -> None:
    """What stands between two runs of sentences does not begin the numbers anew."""
    html = as_html(sheet_of("- hold 9s\n  One. Two.\n  > Note.\n\n  Three.\n"))
    assert "<ol><li>One.</li><li>Two.</li></ol>" in html
    assert '<ol start="3"><li>Three.</li></ol>' in html
    assert "<ol" not in as_html(sheet_of("- hold 9s\n  One.\n"))


def test_the_author_is_named_once() -> None:
    """In the footer, unless it is the program's own name."""
    sheet = sheet_of("---\nauthor: Anna\ntitle: Mine\n---\nHello.\n")
    assert "<footer>Mine · Anna · Made with voiceguide</footer>" in as_html(sheet)
    own = replace(sheet, author="voiceguide")
    assert "<footer>Mine · Made with voiceguide</footer>" in as_html(own)


def test_a_bare_sheet_is_a_page() -> None:
    """A routine that says nothing of itself has no empty boxes."""
    page = read_page(as_html(sheet_of("- hold 30s\n")))
    assert [level for level, _ in page.headings] == [1]
    assert "Notes" not in page.text


# ── somebody else's words ────────────────────────────────────────────────────


def evil_sheet() -> Sheet:
    """A sheet whose every text would break a page that did not escape it."""
    words = (Span(EVIL), Span(EVIL, "stress"), Span(EVIL, "code"))
    paragraph, note, cue = Paragraph((words,)), NoteBlock((words,)), CueLine(EVIL, (words,))
    inner = Exercise("", EVIL, (paragraph,))
    exercise = Exercise(EVIL, EVIL, (paragraph, paragraph, note, cue, inner))
    sections = (
        Section(1, EVIL, EVIL, (paragraph, exercise)),
        Section(2, "", EVIL, (note, cue, inner)),
    )
    facts = (Fact(EVIL, EVIL),)
    return Sheet(EVIL, EVIL, EVIL, EVIL, facts, (paragraph, inner), (words,), sections)


def test_every_text_is_escaped() -> None:
    """Whatever stands where: it is shown as it was written, and is never markup."""
    page = read_page(as_html(evil_sheet()))
    assert page.tags <= TAGS
    assert page.attributes <= ATTRIBUTES
    assert "script" not in page.style
    assert page.language == EVIL
    shown = len(re.findall(re.escape(EVIL), page.text))
    assert (
        shown == sum(text == EVIL for text in texts(evil_sheet())) + 3
    )  # the title again twice, and the author


def test_an_evil_routine_is_a_harmless_page() -> None:
    """The same from a file: front matter, notes, prose and cues."""
    html = as_html(
        sheet_of("""
        ---
        title: "<script>alert(1)</script> & co"
        author: "A & B <b>"
        description: "\\"><img src=x onerror=alert(2)>"
        needs: mum's mat
        ---

        > <script>alert(3)</script> & [a link](javascript:alert(4))

        Fish & chips. Is 3 < 5? "Quoted" & 'single'.

        ## Salt & pepper

        > </style><style>*{display:none}

        - hold 20s, each side
          Lift & hold your {left & out|right & in} leg.
          - half: AT&T.
        """)
    )
    page = read_page(html)
    assert page.tags <= TAGS
    assert page.attributes <= ATTRIBUTES
    assert 'href="javascript' not in html.lower()
    assert "display:none" not in page.style
    for shown in (
        "<script>alert(1)</script> & co",
        '"><img src=x onerror=alert(2)>',
        "<script>alert(3)</script> & [a link](javascript:alert(4))",
        "Fish & chips. Is 3 < 5? \"Quoted\" & 'single'.",
        "Lift & hold your left & out (right & in) leg.",
        "Halfway: AT&T.",
    ):
        assert shown in page.text


# ── on paper ─────────────────────────────────────────────────────────────────


def is_exercise(name: str) -> bool:
    """Whether a routine is an exercise: put together from no others, and of one chapter at most."""
    text = library.find_routine(name).read_text(encoding="utf-8")
    return "\n- use " not in text and text.count("\n## ") <= 1


EXERCISES = [name for name in library.routines() if is_exercise(name)]


def tool(*names: str) -> str:
    """The first of these programs that is here; CI has to have one."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"CI has to have one of {', '.join(names)}")
        pytest.skip(f"none of {', '.join(names)} is installed")
    return found


def printed(html: str, folder: Path) -> dict[str, str]:
    """What `pdfinfo` tells of a page that a browser has printed."""
    browser = tool("chromium", "chromium-browser", "google-chrome")
    info = tool("pdfinfo")
    page, paper = folder / "page.html", folder / "page.pdf"
    page.write_text(html, encoding="utf-8")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    command += [f"--user-data-dir={folder / 'browser'}", f"--print-to-pdf={paper}", page.as_uri()]
    subprocess.run(command, capture_output=True, check=True, timeout=600)
    told = subprocess.run([info, str(paper)], capture_output=True, text=True, check=True).stdout
    return {name: value.strip() for name, _, value in (r.partition(":") for r in told.split("\n"))}


def test_the_exercises_are_those_that_stand_alone() -> None:
    """Most routines of the library are exercises, and the others are put together from them."""
    assert {"kneeling-hip-flexor-stretch", "light-warm-up"} <= set(EXERCISES)
    assert "psoas-strength" not in EXERCISES


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_is_one_side(tmp_path: Path, name: str) -> None:
    """A4, and one sheet of it, as a browser prints it."""
    told = printed(as_html(load(name).sheet()), tmp_path)
    assert told["Pages"] == "1"
    assert told["Page size"].endswith("(A4)")
    assert told["Title"] == load(name).title


def test_pages_are_counted(tmp_path: Path) -> None:
    """A long session takes several sides: the count above can fail."""
    assert int(printed(as_html(load("psoas-strength").sheet()), tmp_path)["Pages"]) > 1
