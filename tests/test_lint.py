"""What authors are warned of, rule by rule, word for word; and how to switch it off."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from cli_running import Runner
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from rehearsal import KNOWN, length_of
from tables import Case, read_table

from voiceguide import library, load
from voiceguide.errors import Problem, Severity
from voiceguide.languages import languages, phrases
from voiceguide.lint import RULE_NAMES, RULES, lint
from voiceguide.lint.rules import Subject
from voiceguide.routine import Routine
from voiceguide.script import parse
from voiceguide.sequence.steps import unroll
from voiceguide.settings import Guidance, Settings
from voiceguide.settings.merge import settle
from voiceguide.timeline import schedule

CASES = read_table("lint_problems.txt")

USED = {
    "part": "Stop at a sharp pain.\n\n## Part\n\n- hold 20s\n",
    "safety": "Stop if you feel a sharp pain.\n",
    "tale": "- 20 rounds\n  Let me tell you of it, for there is so much of it to be told to you.\n",
    "wordy": "- hold 3s\n  - start: So much to say, and no time.\n",
}
"""Routines for `use`: by themselves, most would be warned of."""

LIBRARY = replace(KNOWN, routines=frozenset(USED), rules=RULE_NAMES)


def parsed(text: str, source: str) -> Routine:
    """A routine that the parser finds nothing wrong with."""
    found = parse(text, source, LIBRARY)
    assert not [str(problem) for problem in found.problems]
    assert found.routine
    return found.routine


def settled(routine: Routine) -> Settings:
    """The settings in its front matter."""
    found = settle(routine.front, lines=routine.lines, known=LIBRARY)
    assert not [str(problem) for problem in found.problems]
    return found.settings


def linted(text: str, language: str = "en") -> list[Problem]:
    """All that lint says of a routine, with voices that take 0.4 s for a word."""
    routine = parsed(text, "r.md")
    chosen = settled(routine)
    uses = [step.dose.use for step in routine.steps() if step.dose.use]
    used = {use.place: parsed(USED[use.name], use.name) for use in uses}
    words = phrases("en", chosen.phrases)
    timeline = schedule(partial(unroll, routine, chosen, words, used=used), length_of)
    full = replace(chosen, guidance=Guidance.FULL)
    sequence = unroll(routine, full, words, used=used)
    found = lint(Subject(routine, chosen, language, sequence, timeline))
    return [replace(p, line_text=routine.lines[p.line - 1]) for p in found]


def names(problems: list[Problem]) -> list[str]:
    """The rules that found them."""
    return [problem.message.rpartition("(")[2].rstrip(")") for problem in problems]


# ── the rules ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_rule_says(case: Case) -> None:
    """The exact words where the rule is broken, and none where it is not."""
    rule = case.name.partition(":")[0]
    said = [problem for problem in linted(case.script) if f"({rule})" in problem.message]
    assert "\n\n".join(map(str, said)) == case.outcome


def test_every_rule_is_tried() -> None:
    """Each rule has a script at least that breaks it, and two that do not."""
    tried = Counter((case.name.partition(":")[0], bool(case.outcome)) for case in CASES)
    assert {rule for rule, _ in tried} == RULE_NAMES
    assert all(tried[rule, True] >= 1 and tried[rule, False] >= 2 for rule in RULE_NAMES)


SAFE = [
    "Stop if you feel pain.",
    "If anything hurts, come out of it.",
    "Ease off if you feel pinching in the hip.",
    "Never push into a sharp pain.",
    "If you get dizzy, sit down and rest.",
    "Stay within a pain-free range.",
    "Discomfort is a sign to do less.",
    "If your knee aches, skip this one.",
    "Work below the point of pain.",
    "Should you feel light-headed, breathe normally and stop.",
    "Tingling or numbness means: let go.",
    "Do not continue if you become breathless.",
    "Talk to your doctor first if you have had an injury.",
    "Leave this out if you are pregnant.",
    "Back out slowly at the first sign of strain, and stop there.",
    "A mild stretch is fine, a stabbing pain is not.",
    "Listen to your body: pain is a reason to rest. Reduce the range if it is sore.",
]
"""Sentences that name a harm and what to do at it."""

UNSAFE = ["No pain, no gain.", "Push through the pain.", "Let us begin.", "Stop at the wall."]


@pytest.mark.parametrize("sentence", SAFE)
def test_a_sentence_that_names_a_harm_and_an_action_is_enough(sentence: str) -> None:
    """In whatever words people choose."""
    assert "no-safety" not in names(linted(f"{sentence}\n\n- hold 20s\n  Lean.\n"))


@pytest.mark.parametrize("sentence", UNSAFE)
def test_a_sentence_without_either_is_not_enough(sentence: str) -> None:
    """Nor is one that sends a listener on into the pain."""
    assert "no-safety" in names(linted(f"{sentence}\n\n- hold 20s\n  Lean.\n"))


def test_a_name_is_an_instruction() -> None:
    """A step's own, or an announced heading's."""
    assert "no-instruction" not in names(linted("Stop at pain.\n\n## A\n\n- Plank: hold 20s\n"))
    announced = "---\nannounce: chapters\n---\nStop at pain.\n\n## Plank\n\n- hold 20s\n"
    assert "no-instruction" not in names(linted(announced))
    assert "no-instruction" in names(linted(announced.replace("chapters", "none")))


@pytest.mark.parametrize(
    ("language", "text", "rule"),
    [
        ("de", "Halte zehn Sekunden. Und löse.", "untimed-hold"),
        ("fr", "Tenez dix secondes. Relâchez.", "untimed-hold"),
        ("de", "(Leise Musik beginnt)", "stage-direction"),
        ("es", "Como se muestra, gira.", "nothing-to-see"),
        ("pl", "Utrzymaj dziesięć sekund. Puść.", "untimed-hold"),
    ],
)
def test_wording_is_looked_at_in_each_language(language: str, text: str, rule: str) -> None:
    """By the words of its own folder."""
    assert rule in names(linted(text, language))


def test_problems_come_in_the_order_of_the_file() -> None:
    """Whichever rule finds them, as warnings."""
    found = linted("- hold 20s, left side\n- 10 reps\n")
    assert [problem.line for problem in found] == [1, 1, 1, 1, 2, 2]
    assert names(found) == [
        "one-side",
        "no-instruction",
        "no-safety",
        "no-heading",
        "no-instruction",
        "no-way-out",
    ]
    assert {problem.severity for problem in found} == {Severity.WARNING}


WARNINGS = {
    "en": "Stop if you feel a sharp pain.",
    "de": "Höre auf, wenn du einen stechenden Schmerz spürst.",
    "fr": "Arrêtez si vous sentez une douleur vive.",
    "es": "Si sientes un dolor agudo, para.",
    "it": "Fermati se senti un dolore acuto.",
    "pt": "Pare se sentir uma dor aguda.",
    "nl": "Stop als je scherpe pijn voelt.",
    "pl": "Przerwij, jeśli poczujesz ostry ból.",
}


@pytest.mark.parametrize("language", sorted(languages()))
def test_each_language_warns_in_its_own_words(language: str) -> None:
    """What is asked of a routine can be said in its language, and is not said by another's."""
    text = "- hold 20s\n  Lean over.\n"
    assert "no-safety" in names(linted(text, language))
    for spoken, warning in WARNINGS.items():
        found = "no-safety" in names(linted(f"{warning}\n\n{text}", language))
        assert found == (spoken != language)


PIECES = [
    "## Stretch",
    "### Left",
    "Stop at a sharp pain.",
    "Lean over. [3s]",
    "[chime]",
    "- hold 20s",
    "- hold 20s, left side\n  Lean over.",
    "- hold 5s, each side, optional\n  - end: Come back.",
    "- 10 reps\n  Swing.\n  - pause 5s",
    "- use part",
    "- use wordy, optional",
    "- option band\n  Take your band.\n  - hold 20s",
    "- 2 rounds\n  - 10 reps, right side\n  Come back.",
    "- optional\n  - 2 rounds\n    - hold 5s\n      - start: Breathe in, and out, and in.",
    "- rest 5s",
]


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_any_routine_can_be_linted(pieces: list[str]) -> None:
    """Whatever is left out or mixed up: each warning has a line of the file, and comes once."""
    text = "\n".join([*pieces, "Hello."])
    found = linted(text)
    assert len(set(found)) == len(found)
    assert all(problem.source == "r.md" for problem in found)
    assert all(problem.line_text in text.splitlines() for problem in found)
    assert linted(f"---\nallow: {', '.join(sorted(RULE_NAMES))}\n---\n{text}") == []


# ── switching off ────────────────────────────────────────────────────────────

BROKEN = "- hold 20s, left side\n- 10 reps\n"


@pytest.mark.parametrize("rule", sorted(set(names(linted(BROKEN)))))
def test_a_rule_can_be_switched_off(rule: str) -> None:
    """By its name, and it alone."""
    left = names(linted(f"---\nallow: {rule}\n---\n{BROKEN}"))
    assert left == [name for name in names(linted(BROKEN)) if name != rule]


@pytest.mark.parametrize(
    "allow",
    [
        "allow: no-safety, no-heading, one-side",
        "allow: [no-safety, No-Heading, one-side]",
        "allow:\n  - no-safety\n  - no-heading\n  - one-side",
    ],
)
def test_several_rules_are_switched_off_in_any_form(allow: str) -> None:
    """Commas between them or as a list."""
    left = names(linted(f"---\n{allow}\n---\n{BROKEN}"))
    assert left == ["no-instruction", "no-instruction", "no-way-out"]


@pytest.mark.parametrize(
    ("allow", "said"),
    [
        (
            "allow: no-saftey",
            "r.md:2:8: there is no rule `no-saftey` to allow\n"
            "    2 | allow: no-saftey\n"
            "      |        ^^^^^^^^^\n"
            "help: did you mean `no-safety`?",
        ),
        (
            "allow: everything",
            "r.md:2:8: there is no rule `everything` to allow\n"
            "    2 | allow: everything\n"
            "      |        ^^^^^^^^^^\n"
            "help: known are `long-sentence`, `long-talk`, `long-words`, `no-ending`, "
            "`no-heading`, `no-instruction`, `no-safety`, `no-way-out`, `nothing-to-see`, "
            "`one-side`, `stage-direction`, `technical-note`, `untimed-hold`",
        ),
    ],
)
def test_an_unknown_rule_cannot_be_switched_off(allow: str, said: str) -> None:
    """An error with a suggestion, so that a slip of the pen hides nothing."""
    routine = parsed(f"---\n{allow}\n---\nHello.\n", "r.md")
    found = settle(routine.front, lines=routine.lines, known=LIBRARY)
    assert [str(problem) for problem in found.problems] == [said]


# ── in use ───────────────────────────────────────────────────────────────────


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands in an empty folder."""
    return Runner(capfd, monkeypatch, tmp_path)


ODD = "Stop at a sharp pain.\n\n- hold 20s\n  Lean over.\n"

WARNED = """\
mine.md:3:3: warning: nothing is said after this hold, the last of its chapter (no-way-out)
    3 | - hold 20s
      |   ^^^^^^^^
help: say how to come out of it: add `- end: …` under the step, or prose after it
"""


def test_check_warns(run: Runner) -> None:
    """It shows the warning, and succeeds all the same."""
    run.write(ODD)
    ran = run("check", "--estimate", "mine.md")
    assert (ran.code, ran.out) == (0, WARNED)


def test_check_strict_fails(run: Runner) -> None:
    """With `--strict` the warning is an error."""
    run.write(ODD)
    ran = run("check", "--estimate", "--strict", "mine.md")
    assert (ran.code, ran.out) == (1, WARNED.replace("warning: ", ""))


@pytest.mark.parametrize(("strict", "severity"), [([], "warning"), (["--strict"], "error")])
def test_check_tells_the_severity_in_json(run: Runner, strict: list[str], severity: str) -> None:
    """The object says what the exit code means."""
    run.write(ODD)
    ran = run("check", "--estimate", "--json", *strict, "mine.md")
    assert ran.code == bool(strict)
    assert [problem["severity"] for problem in ran.json["problems"]] == [severity]


def test_check_strict_takes_every_warning_for_an_error(run: Runner) -> None:
    """Also those that come from elsewhere than the rules."""
    run.write("Stop at a sharp pain.\n\n- hold 20s, rest 5s\n  Lean.\n  - end: Come back.\n")
    plain = run("check", "--estimate", "mine.md")
    strict = run("check", "--estimate", "--strict", "mine.md")
    assert (plain.code, strict.code) == (0, 1)
    assert "warning: `rest 5s` never comes" in plain.out
    assert strict.out == plain.out.replace("warning: ", "")


def test_plan_and_export_do_not_lint(run: Runner) -> None:
    """They make what is asked for: only `check` is for authors."""
    run.write(ODD)
    assert "no-way-out" not in run("plan", "--estimate", "mine.md").err
    exported = run("export", "--voice", "silent", "mine.md", "-o", "mine.wav")
    assert exported.code == 0
    assert "no-way-out" not in exported.err + exported.out


def test_a_plan_can_be_linted(run: Runner) -> None:
    """In Python, a plan tells of its warnings; what is used answers for itself."""
    run.write("- hold 20s\n", "part.md")
    mine = run.write("Stop at a sharp pain.\n\n- use part.md\n")
    assert load(mine).plan(estimate=True).lint() == ()
    part = load(run.folder / "part.md").plan(estimate=True).lint()
    assert names(list(part)) == ["no-instruction", "no-way-out", "no-safety"]


@pytest.mark.parametrize("name", library.routines())
def test_the_library_is_clean(name: str, run: Runner) -> None:
    """No warning of any kind in the routines that come along."""
    ran = run("check", "--estimate", "--strict", name)
    assert (ran.code, ran.out) == (0, "")


def test_the_page_of_the_language_tells_every_rule() -> None:
    """Its table has them in the order of the code."""
    page = Path(__file__).parents[1] / "docs" / "LANGUAGE.md"
    section = page.read_text(encoding="utf-8").partition("\n## What `check` warns of\n")[2]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [rule.name for rule in RULES]
