"""What is said of scripts that are wrong, word for word: place, sentence, mark, way out."""

from __future__ import annotations

import re

import pytest
from tables import Case, read_table

from voiceguide.errors import Place, Severity
from voiceguide.script import Known, parse

KNOWN = Known(
    chimes=frozenset({"bowl", "bell", "wood", "bowl-start", "bell-end"}),
    routines=frozenset({"low-lunge", "warrior-one"}),
    beds=frozenset({"rain"}),
)


def problems(data: bytes | str) -> str:
    """All that is said of a script."""
    return "\n\n".join(map(str, parse(data, "r.md", KNOWN).problems))


@pytest.mark.parametrize("case", read_table("script_problems.txt"), ids=lambda case: case.name)
def test_a_problem_reads(case: Case) -> None:
    """The exact words for everything that can be wrong in a script."""
    assert problems(case.script) == case.outcome


LINE = re.compile(r"(?:write|did you mean) `([^`…]+)`")
"""A help that shows what to write in place of what is marked."""


@pytest.mark.parametrize("case", read_table("script_problems.txt"), ids=lambda case: case.name)
def test_the_line_in_the_help_passes(case: Case) -> None:
    """Put in the place of what is marked, it leaves no error there."""
    found = parse(case.script, "r.md", KNOWN).problems
    for problem in found:
        shown = LINE.match(problem.help)
        if shown and problem.place:
            after = mended(case.script, problem.place, shown[1])
            left = [p for p in parse(after, "r.md", KNOWN).problems if p.line == problem.line]
            errors = [p for p in left if p.severity is Severity.ERROR]
            others = sum(p.line == problem.line for p in found) - 1
            assert len(errors) <= others, after


def mended(script: str, place: Place, written: str) -> str:
    """A script with something else at a place."""
    lines = script.split("\n")
    line, start = lines[place.line - 1], place.column - 1
    lines[place.line - 1] = line[:start] + written + line[start + place.width :]
    return "\n".join(lines)


ACCIDENTS = [
    ("(pause 4s)", "[4s]"),
    ("(Pause for 10 seconds)", "[10s]"),
    ("(Pause for ten seconds)", "[10s]"),
    ("(long pause)", "[4s]"),
    ("*pause 10 seconds*", "[10s]"),
    ("/3s", "[3s]"),
    ('<break time="3s"/>', "[3s]"),
    ("<break time='500ms' />", "[500ms]"),
    ("<#0.5#>", "[500ms]"),
    ("[[slnc 3000]]", "[3s]"),
    ("{pause 2}", "[2s]"),
    ("[pause:20s]", "[20s]"),
    ("[PAUSE 3]", "[3s]"),
    ("[10 second pause]", "[10s]"),
    ("[pause for five seconds]", "[5s]"),
    ("[bell]", "[chime bell]"),
    ("[ring the bell]", "[chime bell]"),
    ("[gong]", "[chime bowl]"),
    ("[inhale]", "Breathe in."),
    ("[breathe out]", "Breathe out."),
    ("[inhale for 4 seconds]", "Breathe in. [4s]"),
    ("~pause 3s~", "[3s]"),
    ("(4 seconds)", "[4s]"),
    ("(4 second silence)", "[4s]"),
    ("(hold 4 seconds)", "[4s]"),
    ("— pause 4s —", "[4s]"),
    ("~4s~", "[4s]"),
    ("[PAUSE_4S]", "[4s]"),
    ("[breath pause 4s]", "[4s]"),
]


@pytest.mark.parametrize(("written", "instead"), ACCIDENTS)
def test_what_other_scripts_have_for_a_pause_is_not_spoken(written: str, instead: str) -> None:
    """It is one error, with the very tag to write, and that tag passes."""
    for script in (f"Let your breath be. {written} And rest.\n", f"Rest.\n\n{written}\n"):
        (problem,) = parse(script, "r.md", KNOWN).problems
        assert problem.help == f"write `{instead}`"
        assert problem.place
        assert parse(mended(script, problem.place, instead), "r.md", KNOWN).problems == ()


LINES = [
    ("title: Rest\nbed: rain\n\nBreathe.\n", "above it, and another one below"),
    ("+++\ntitle = 'Rest'\n+++\nBreathe.\n", "lines `name: value` between two lines `---`"),
    ("Breathe.\n\n## Rest\n\nbed: rain\n", "move it into the front matter"),
    ("Breathe.\n\n. . . . .\n\nAnd rest.\n", "write `[4s]`"),
    ("Breathe.\n…\nAnd rest.\n", "write `[4s]`"),
    ("Narrator: Breathe.\n", "delete it, and keep the words"),
    ("-- pause 5s --\n", "write `[5s]`"),
    ("Breathe.\n\n10 seconds\n\nRest.\n", "write `[10s]`"),
    ("Breathe.\n// to do\n", "write `<!-- to do -->`"),
    ("Breathe. [soft music plays]\n", "make it a note"),
    ("Breathe. {5s}\n", "write `[5s]`"),
    ("Sprecherin: Atme.\n", "delete it, and keep the words"),
    ("[00:30] Breathe.\n", "`voiceguide import FILE` makes silences of them"),
    ("[01:02.50]Breathe.\n", "`voiceguide import FILE` makes silences of them"),
    ("00:30 Breathe.\n", "`voiceguide import FILE` makes silences of them"),
    ("00:00:01,000 --> 00:00:04,000\nBreathe.\n", "`voiceguide import FILE`"),
    ("(0:30) Breathe.\n", "`voiceguide import FILE` makes silences of them"),
    ("**Narrator:** Breathe.\n", "delete it, and keep the words"),
    ("SFX: bell\n", "make it a note: `> SFX: bell`"),
    ("music: rain\n\nBreathe.\n", "make it a note"),
    ("INT. STUDIO - DAY\n", "make it a note"),
    ("TODO: say more\n", "make it a note"),
    ("Breathe.\n\n3 x 10 reps\n", "write `- 3 x 10 reps`"),
    ("Breathe.\n\nHold: 30s\n", "write `- Hold: 30s`"),
    ("Breathe.\n\nRest 10 seconds\n", "write `- Rest 10 seconds`"),
    ("Дышите глубоко.\n", "write it in Latin letters"),
    ("Breathe, 呼吸 and rest.\n", "write it in Latin letters"),
]


@pytest.mark.parametrize(("script", "way_out"), LINES)
def test_what_strays_into_a_script_is_not_spoken(script: str, way_out: str) -> None:
    """Settings, stamps, labels, dots and letters of other scripts: each one error."""
    (problem,) = parse(script, "r.md", KNOWN).problems
    assert problem.severity is Severity.ERROR
    assert way_out in problem.help


PLAIN = [
    "Hold here (if you can), and breathe.",
    "Bring 1/3 of your weight forward.",
    "Cats, cows … and dogs.",
    "Say: I am here.",
    "A café, naïve, 45º, the α muscle, µ, and a façade.",
    "Rest (the last part) is short.",
    "Rest 10 seconds, or longer.",
    "Note: the sound may be soft.",
    "Look at 10:30 on the clock. [1:30] And on.",
]


@pytest.mark.parametrize("prose", PLAIN)
def test_prose_is_not_taken_for_something_else(prose: str) -> None:
    """What only looks like a pause, a label or a stamp is spoken as it stands."""
    assert parse(f"{prose}\n", "r.md", KNOWN).problems == ()


def test_a_value_keeps_its_number_sign() -> None:
    """YAML takes ` #3` for a comment; ` # for now` is one."""
    script = "---\ntitle: Day #3 of ten\nlevel: gentle # for now\n---\nBreathe.\n"
    parsed = parse(script, "r.md", KNOWN)
    assert parsed.problems == ()
    assert parsed.routine
    values = {setting.name: setting.value for setting in parsed.routine.front}
    assert values == {"title": "Day #3 of ten", "level": "gentle"}


UNSEEN = [
    (
        "Breathe\x07 in.",
        "r.md:1:8: the character U+0007 cannot be spoken\n"
        "    1 | Breathe\ufffd in.\n"
        "      |        ^\n"
        "help: delete it; it may be invisible",
    ),
    (
        "Breathe in.\n\u200bNow.",
        "r.md:2:1: the character U+200B cannot be spoken\n"
        "    2 | \ufffdNow.\n"
        "      | ^\n"
        "help: delete it; it may be invisible",
    ),
    (
        "Your back\ufffds curve.",
        "r.md:1:10: the character U+FFFD cannot be spoken\n"
        "    1 | Your back\ufffds curve.\n"
        "      |          ^\n"
        "help: delete it; it may be invisible",
    ),
    (
        "Bullets from a symbol font: \uf0b7",
        "r.md:1:29: the character U+F0B7 cannot be spoken\n"
        "    1 | Bullets from a symbol font: \ufffd\n"
        "      |                             ^\n"
        "help: delete it; it may be invisible",
    ),
    (
        "Half a character: \ud83d.",
        "r.md:1:19: the character U+D83D cannot be spoken\n"
        "    1 | Half a character: \ufffd.\n"
        "      |                   ^\n"
        "help: delete it; it may be invisible",
    ),
    (
        "- 3 rounds\n\tBreathe {rond}.",
        "r.md:2:10: unknown word `{rond}`\n"
        "    2 | \tBreathe {rond}.\n"
        "      | \t        ^^^^^^\n"
        "help: did you mean `round`?",
    ),
    (
        "---\nsay:\n\tpsoas: so-as\n---\nBreathe.",
        "r.md:3:1: the front matter cannot be read from here on\n"
        "    3 | \tpsoas: so-as\n"
        "      | ^\n"
        "help: indent with spaces, not with tabs",
    ),
    (
        '---\ntitle: "\\x07"\n---\nBreathe.',
        "r.md:2:8: the character U+0007 cannot be spoken\n"
        '    2 | title: "\\x07"\n'
        "      |        ^^^^^^\n"
        "help: leave it out",
    ),
    (
        '---\ntitle: "\\U99999999"\n---\nBreathe.',
        "r.md:1:1: the front matter cannot be read from here on\n"
        "    1 | ---\n"
        "      | ^\n"
        "help: write a line `name: value` for each setting",
    ),
]


@pytest.mark.parametrize(("script", "said"), UNSEEN, ids=[repr(row[0]) for row in UNSEEN])
def test_what_cannot_be_seen_is_told(script: str, said: str) -> None:
    """Characters that no editor shows are named; a message never prints them."""
    assert problems(script) == said


UNREADABLE = [
    (
        "Breathe.\nCafé.".encode("latin-1"),
        "r.md:2:4: the byte 0xE9 is not UTF-8\n"
        "    2 | Caf\ufffd.\n"
        "      |    ^\n"
        "help: save it as UTF-8: most editors ask for the encoding under `Save as`",
    ),
    (
        b"\xef\xbb\xbf\xff",
        "r.md:1:1: the byte 0xFF is not UTF-8\n"
        "    1 | \ufffd\n"
        "      | ^\n"
        "help: save it as UTF-8: most editors ask for the encoding under `Save as`",
    ),
    (
        b"ID3\x04\xff\x00\x00",
        "r.md:1:5: the byte 0xFF is not UTF-8\n"
        "    1 | ID3\ufffd\ufffd\ufffd\ufffd\n"
        "      |     ^\n"
        "help: name a text: a sound or a picture is not one",
    ),
    (
        "Breathe.".encode("utf-16"),
        "r.md:1:1: the file is UTF-16\n"
        "    1 | Breathe.\n"
        "      | ^\n"
        "help: save it as UTF-8: most editors ask for the encoding under `Save as`",
    ),
    (
        b"a" * ((1 << 20) + 1),
        "r.md:1:1: the file is larger than 1 MiB\nhelp: split it, and `use` its parts",
    ),
]


@pytest.mark.parametrize(("data", "said"), UNREADABLE)
def test_what_is_no_text_is_told(data: bytes, said: str) -> None:
    """A wrong encoding and a file without end are one clear problem, and no routine."""
    parsed = parse(data, "r.md", KNOWN)
    assert problems(data) == said
    assert parsed.routine is None


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    """Front matter, prose, steps, cues and headings: one run tells of all of them."""
    script = (
        "---\nlevel: gentle\nlevel: strong\n---\n"
        "Breathe. [in] Now {here}.\n"
        "- hodl 30s\n  Kneel [down].\n"
        "- hold 30s, 3 sets, 3x\n  - hlaf: Breathe.\n  - end: [out]\n"
        "##End\n<!--\n"
    )
    places = [str(problem.place) for problem in parse(script, "r.md", KNOWN).problems]
    assert places == [
        "r.md:3:1",
        "r.md:5:10",
        "r.md:5:19",
        "r.md:6:3",
        "r.md:7:9",
        "r.md:8:21",
        "r.md:9:5",
        "r.md:10:10",
        "r.md:11:1",
        "r.md:12:1",
    ]


def test_a_broken_dose_does_not_blame_what_stands_under_it() -> None:
    """Where a dose cannot be read, its sides, rounds and hold may be any."""
    script = "- hodl 30s, each sied\n  {left|right} for {hold}, {round}.\n  - at 40s: {rep}.\n"
    assert [problem.line for problem in parse(script, "r.md", KNOWN).problems] == [1, 1]


def test_broken_front_matter_does_not_blame_the_words_it_may_hold() -> None:
    """Names in braces are not called unknown where the list of them cannot be read."""
    script = "---\nwords:\n  cushion: a: b\n---\nTake {cushion}.\n"
    assert [problem.line for problem in parse(script, "r.md", KNOWN).problems] == [3]


def test_oddities_are_warnings() -> None:
    """A rest that never comes does no harm: the routine can be exported."""
    (problem,) = parse("- hold 30s, rest 10s\n", "r.md", KNOWN).problems
    assert problem.severity is Severity.WARNING


# ── limits ───────────────────────────────────────────────────────────────────


def test_a_line_without_end_is_told() -> None:
    """A line of more than ten thousand characters is left out, and the rest is read."""
    parsed = parse("a" * 10_001 + "\nBreathe. [in]\n", "r.md", KNOWN)
    assert [problem.message for problem in parsed.problems] == [
        "the line is longer than 10,000 characters",
        "unknown tag `[in]`",
    ]


def test_steps_without_end_are_told() -> None:
    """More than five thousand steps are one problem, and those before are read."""
    parsed = parse("- hold 1s\n" * 5_002, "r.md", KNOWN)
    assert [str(problem.place) for problem in parsed.problems] == ["r.md:5001:1"]
    assert parsed.problems[0].message == "there are more than 5,000 steps"
    assert parsed.routine
    assert len(list(parsed.routine.steps())) == 5_000


def test_clauses_without_end_are_told() -> None:
    """More than a hundred clauses are one problem."""
    (problem,) = parse("- " + ", ".join(["hold 1s"] * 101), "r.md", KNOWN).problems
    assert problem.message == "this step has more than 100 clauses"


def test_front_matter_without_end_is_told() -> None:
    """More than 64 KiB of settings are not read."""
    script = "---\ntitle: |\n" + "  words words words\n" * 4_000 + "---\nBreathe.\n"
    (problem,) = parse(script, "r.md", KNOWN).problems
    assert problem.message == "the front matter is longer than 65,536 characters"


def test_problems_without_end_are_cut() -> None:
    """What has more than five hundred problems is no routine."""
    parsed = parse("[in]\n" * 600, "r.md", KNOWN)
    assert parsed.routine is None
    assert len(parsed.problems) == 501
    assert parsed.problems[-1].message == "there are more than 500 problems"
    assert parsed.problems[-1].line == 501
