"""docs/LANGUAGE.md tells the truth: what it shows is read, and its figures are the program's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from voiceguide.errors import MOST_PROBLEMS
from voiceguide.lengths import MOST_BREATHS, parse_length
from voiceguide.routine import Moment
from voiceguide.script import BUILT_IN_WORDS, Known, parse
from voiceguide.script.clauses import CLAUSE_FORMS, MOST_REPS, MOST_ROUNDS
from voiceguide.script.decode import LARGEST, LARGEST_FRONT, LONGEST_LINE
from voiceguide.script.doses import MOST_CLAUSES
from voiceguide.script.tree import DEEPEST, MOST_STEPS
from voiceguide.settings import CHIME_ROLES, Settings
from voiceguide.settings.merge import settle
from voiceguide.settings.table import TABLE, Definition
from voiceguide.studio import SourceText, load_text

PAGE = (Path(__file__).parents[1] / "docs" / "LANGUAGE.md").read_text(encoding="utf-8")
KNOWN = Known(
    chimes=frozenset({"bowl", "bell", "wood"} | {f"bowl-{role}" for role in CHIME_ROLES}),
    routines=frozenset({"name"}),
    beds=frozenset({"rain", "waves", "drone", "brown"}),
)


def section(heading: str) -> str:
    """What stands under a heading of the page."""
    return re.split(r"\n##+ ", PAGE.split(f"# {heading}\n", 1)[1])[0]


def rows(text: str) -> list[list[str]]:
    """The cells of the rows of all tables in a text, with their heads left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]
    rules = [index for index, row in enumerate(cells) if set(row[0]) <= set("-")]
    heads = {index - 1 for index in rules} | set(rules)
    told = (row for index, row in enumerate(cells) if index not in heads)
    return [[cell.strip().replace("\\|", "|") for cell in row] for row in told]


def codes(text: str) -> list[str]:
    """What stands in backticks on each line."""
    return re.findall(r"`([^`\n]+)`", text)


def problems(script: str) -> list[str]:
    """What is said of a script."""
    return [str(problem) for problem in parse(script, "page.md", KNOWN).problems]


# ── examples ─────────────────────────────────────────────────────────────────

EXAMPLES = re.findall(r"```markdown\n(.*?)```", PAGE, re.DOTALL)
CLAUSES = [code for row in rows(section("Steps")) for code in codes(row[0]) if "- " not in code]
SAME = [code for row in rows(section("Steps")) for code in codes(row[2] if row[2:] else "")]
"""What may be written for a clause, too."""
CUES = [code for row in rows(section("Steps")) for code in codes(row[0]) if ": " in code]
SHOWN = [code for row in rows(PAGE) for cell in row for code in codes(cell)]
TAGS = [code for code in SHOWN if re.fullmatch(r"\[[^\]…]+\]", code)]
BRACES = [code for code in SHOWN if re.fullmatch(r"\{(?!names)[^}…]+\}", code)]
HOSTS = [
    "- 2 rounds, {}\n  - hold 5s\n    Breathe.\n",
    "- hold 5s, rest 5s, {}\n  Breathe.\n",
    "- {}\n  Breathe.\n",
    "- {}\n",
    "- hold 30s, {}\n",
    "- 20 reps, {}\n",
    "- hold 30s, each side, {}\n",
]


def test_the_page_has_examples_of_all_kinds() -> None:
    """What the tests below take from it is there to be taken."""
    assert EXAMPLES
    assert {"hold 30-60s", "3 rounds", "4-6 times", "each side", "option NAME"} <= set(CLAUSES)
    assert len(CUES) >= 8
    assert {"[4s]", "[20-40s]", "[chime bowl]", "[sound waves.flac]"} <= set(TAGS)
    assert {"{left|right}", "{side}", "{hold}", "{next}"} <= set(BRACES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_whole_routine_has_no_problems(example: str) -> None:
    """The routines that the page shows are right, settings included."""
    assert problems(example) == []
    routine = parse(example, "page.md", KNOWN).routine
    assert routine
    assert settle(routine.front, lines=routine.lines, known=KNOWN).problems == ()


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_whole_routine_is_one_that_check_passes(example: str) -> None:
    """Parsed, scheduled within the length it asks for, and linted, as a user would."""
    session = load_text(SourceText(example.encode(), "page.md", Path()))
    assert [str(problem) for problem in session.plan(estimate=True).problems] == []
    shortest, longest = session.bounds()
    assert session.settings.length
    assert shortest < session.settings.length < longest


def test_the_page_is_short() -> None:
    """One small language: under 250 lines, and its grammar on a screen."""
    assert len(PAGE.splitlines()) < 250


def test_every_clause_of_the_table_is_on_the_page() -> None:
    """Whatever the parser reads, the page tells of."""
    told = " ".join(CLAUSES)
    for form in CLAUSE_FORMS:
        assert not form.words or any(word in told for word in form.words), form.kind


@pytest.mark.parametrize("clause", [*CLAUSES, *SAME])
def test_a_clause_of_the_page_is_read(clause: str) -> None:
    """Alone, or beside a hold, reps or sides, without even a warning."""
    written = clause.replace("NAME", "name")
    assert any(not problems(host.format(written)) for host in HOSTS)


@pytest.mark.parametrize("cue", CUES)
def test_a_cue_of_the_page_is_read(cue: str) -> None:
    """Under a hold with rounds, where all of them may be."""
    written = cue.replace("…", "Breathe.")
    assert problems(f"- hold 5 min, 2 rounds\n  {written}\n") == []


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_of_the_page_is_read(tag: str) -> None:
    """In the middle of prose."""
    assert problems(f"Breathe. {tag} And on.\n") == []


@pytest.mark.parametrize("word", BRACES)
def test_a_word_of_the_page_is_read(word: str) -> None:
    """Where there are sides, rounds and a hold; a rep is counted in the middle of the reps."""
    step = "- 20 reps, each side, 2 rounds\n  - half: {}\n"
    hold = "- Stretch: hold 30s, each side, 2 rounds\n  {}\n"
    host = step if word in ("{rep}", "{reps}") else hold
    assert problems(host.replace("{}", f"Now {word}.")) == []


def test_all_built_in_words_are_on_the_page() -> None:
    """Nothing is hidden."""
    assert {f"{{{word}}}" for word in BUILT_IN_WORDS} <= set(BRACES)


@pytest.mark.parametrize("length", codes(section("Lengths").strip().splitlines()[0]))
def test_a_length_of_the_page_is_read(length: str) -> None:
    """All the ways to write one."""
    assert parse_length(length).high > 0


@pytest.mark.parametrize("sign", codes(PAGE.split("makes it an ordinary one:")[1].split("\n")[0]))
def test_an_escape_of_the_page_is_read(sign: str) -> None:
    """A sign behind a backslash is spoken as it stands."""
    assert problems(f"{sign} go.\n") == []


@pytest.mark.parametrize(
    "line", ["* a", "+ a", "1. a", "| a | b |", "```", "![a](b)", "<b>", "_a_", "a\n\n---"]
)
def test_what_the_page_says_cannot_be_spoken_is_a_problem(line: str) -> None:
    """Other lists, tables, code, pictures, HTML, `_`, and a rule in the middle."""
    assert problems(f"{line}\n")


def test_the_cues_of_the_page_are_those_of_the_program() -> None:
    """Every moment has its row."""
    assert {cue.split()[1].rstrip(":") for cue in CUES} == {moment.value for moment in Moment}


# ── settings and figures ─────────────────────────────────────────────────────

SETTING_ROWS = rows(section("Settings"))


def test_the_settings_of_the_page_are_those_of_the_program() -> None:
    """A row for each, in the same order, with the same default and the same words."""
    told = {row.name: (f"`{row.default}`" if row.default else "", row.help) for row in TABLE}
    assert {codes(name)[0]: (default, text) for name, default, text in SETTING_ROWS} == told
    assert [codes(row[0])[0] for row in SETTING_ROWS] == [row.name for row in TABLE]


@pytest.mark.parametrize("row", [row for row in TABLE if row.default], ids=lambda row: row.name)
def test_a_default_of_the_page_is_the_programs(row: Definition) -> None:
    """Writing it changes nothing."""
    routine = parse(f"---\n{row.name}: {row.default}\n---\nGo.\n", "page.md", KNOWN).routine
    assert routine
    result = settle(routine.front, lines=routine.lines, known=KNOWN)
    assert result.problems == ()
    assert result.settings.tail == Settings().tail
    assert replace(result.settings, lead_out=None) == Settings()


@pytest.mark.parametrize("row", [row for row in TABLE if row.words], ids=lambda row: row.name)
def test_what_completion_offers_can_be_written(row: Definition) -> None:
    """Each word of the list is a value."""
    for word in row.words:
        assert settle((), options={row.name: word}, known=KNOWN).problems == ()


def test_the_limits_of_the_page_are_those_of_the_program() -> None:
    """Each figure, where the page says it."""
    limits = dict(row[:2] for row in rows(section("The file")))
    assert limits == {
        "a file": f"{LARGEST >> 20} MiB; {LARGEST_FRONT >> 10} KiB of them front matter",
        "a line": f"{LONGEST_LINE:,} characters",
        "steps": f"{MOST_STEPS:,} in a file, {DEEPEST} within one another, "
        f"{MOST_CLAUSES} clauses each",
        "rounds, reps": f"{MOST_ROUNDS:,} and {MOST_REPS:,}",
        "breaths in a length": f"{MOST_BREATHS:,}",
        "errors": f"{MOST_PROBLEMS}: what has more is no routine",
    }
