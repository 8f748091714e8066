"""The handout: doses as they are written by hand, and everything to read in its place."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from sheets import exercises, plain, sheet_of, told

from voiceguide import library, load, studio
from voiceguide.errors import RoutineError
from voiceguide.handout import CueLine, Exercise, Fact, Figure, Paragraph, Section, Span
from voiceguide.handout.doses import count_text, length_text
from voiceguide.handout.text import read_note
from voiceguide.lengths import parse_count, parse_length
from voiceguide.sequence import EventKind

# ── doses ────────────────────────────────────────────────────────────────────

DOSES = {
    "core-circuit": [
        *("2–3 rounds, rest 1 min", "Work 30 s", "Rest 15 s", "Hold 20 s each side", "Rest 15 s"),
        *("Work 30 s", "Rest 15 s", "Work 30 s", "Rest 15 s", "Work 30 s"),
    ],
    "couch-to-5k-week-1": ["Walk 5 min", "8 × (jog 1 min, walk 1½ min)", "Walk 5 min"],
    "emom": ["10 rounds, every 1 min", "8 × (lower 2 s, lift 1 s)", "5 × (lower 2 s, lift 1 s)"],
    "knee-after-injury": [
        "10 × (squeeze 5 s, let go 3 s)",
        "2 sets of 10, rest 20 s",
        "3 sets of 8–10 × (lift 2 s, hold 3 s, lower 3 s), rest 30 s",
        "2 sets of 10 × (lift 2 s, hold 1 s, lower 2 s), rest 20 s",
    ],
    "tabata": ["Easy 2 min, brisk 1 min", "8 × work 20 s, rest 10 s", "Walk 2 min"],
    "beckenboden": ["8–10 × (heben 3–8 s, lösen 6–8 s)", "10 × (an 1 s, locker 2 s)"],
    "bird-dog": [
        "1–2 sets of 8 × (reach 3 s, hold 2–5 s, return 2 s), sides in turn, rest 15–30 s"
    ],
    "body-scan": ["25–80 s", "Hold 1–4 min"],
    "box-breathing": [
        "8–15 s",
        "6–34 breaths (in 4 s, hold 4 s, out 4 s, hold 4 s)",
        "Hold 15–40 s",
    ],
    "chair-strength": [
        "12–20 × (lift 3 s, lower 2 s) in all, sides in turn",
        "8–12 × (lift 2 s, hold 2 s, lower 2 s) each side",
        "8–12 × (pull 2 s, hold 3 s, let go 2 s)",
        "5–10 × (push 2 s, hold 2 s, lower 3 s)",
        "1–2 sets of 5–10 × (stand 2 s, sit 4 s), rest 30 s",
        "Hold 20–60 s",
    ],
    "choir-warm-up": [
        "20–40 s",
        "12–20 s",
        "4–6 × (in 3 s, hiss 8–12 s)",
        "4–6 times, one every 5 s",
        "4–6 × (in 3 s, hum 6–9 s)",
        "4–6 × (in 3 s, slide 6–9 s)",
        "5 × (in 3 s, sing 6–8 s)",
        "12–25 s",
    ],
    "constructive-rest": ["110–120 s", "Hold 7½–18 min"],
    "cuello-y-hombros": [
        "6–8 veces, una cada 4 s",
        "5–8 × (atrás 2 s, mantén 3 s, vuelve 2 s)",
        "1–2 × 15–30 s cada lado",
        "6–10 × (gira 3 s, vuelve 2 s) en total, lados alternos",
        "1–2 × 15–30 s, descanso 5 s",
    ],
    "espalda-por-la-manana": [
        "8–10 × (aprieta 3 s, suelta 3 s)",
        "8–10 × (baja 4 s, vuelve 3 s) en total, lados alternos",
        "Mantener 15–30 s cada lado",
        "8–10 × (sube 4 s, quédate 2 s, baja 4 s)",
        "8–10 × (arquea 3 s, hunde 3 s)",
        "Mantener 20–60 s",
    ],
    "eye-rest": ["Hold 20 s", "8–10 times, one every 3 s", "Hold 20–40 s"],
    "four-seven-eight": ["4–8 breaths (in 4 s, hold 7 s, out 8 s)"],
    "glute-bridge": ["1–2 sets of 8–12 × (lift 2 s, squeeze 2 s, lower 2 s), rest 15–30 s"],
    "good-night": ["1–2 min", "3–12 min"],
    "ground-bridge": ["6–12 × (lift 2 s, hold 5–10 s, lower 3 s)"],
    "hip-opening": [
        "Hold 30–60 s each side",
        "10–14 × (roll 3 s, back 2 s) in all, sides in turn",
        "Hold 45–90 s",
        "Hold 30–60 s each side",
        "Hold 45–90 s",
    ],
    "kastenatmung": [
        "8–15 s",
        "6–34 Atemzüge (ein 4 s, halten 4 s, aus 4 s, halten 4 s)",
        "Halten 15–40 s",
    ],
    "knee-to-chest": ["20 × (draw in 3 s, hold 3–5 s, release 2 s) in all, sides in turn"],
    "kneeling-hip-flexor-stretch": ["3 × hold 30–60 s each side, rest 5–15 s"],
    "koerperreise": ["25–80 s", "Halten 1–4 min"],
    "leg-circles": ["2 sets of 5–12 each side, one every 3–5 s"],
    "light-warm-up": [
        "68–130 s",
        "Each side",
        "24–40 s",
        "Each side",
        "24–40 s",
        "50–120 s",
        "45–104 s",
    ],
    "low-lunge": ["1–2 × 3–6 breaths each side"],
    "lower-back-morning": [
        "8–10 × (press 3 s, let go 3 s)",
        "8–10 × (roll 4 s, back 3 s) in all, sides in turn",
        "Hold 15–30 s each side",
        "8–10 × (peel up 4 s, hold 2 s, roll down 4 s)",
        "8–10 × (round 3 s, hollow 3 s)",
        "Hold 20–60 s",
    ],
    "lying-psoas-stretch": ["Hold 30–60 s each side"],
    "movement-break": ["40–100 s", "Hold 20–40 s", "55–150 s"],
    "muscle-relaxation": [
        "Hold 5–7 s each side",
        "20–40 s",
        "Hold 5–7 s",
        "20–40 s",
        "Hold 5–7 s",
        "20–40 s",
        "Hold 5–7 s",
        "20–40 s",
        "Hold 5–7 s",
        "20–40 s",
        "Hold 5–7 s",
        "20–40 s",
        "Hold 5–7 s",
        "20–40 s",
        "Hold 5–7 s",
        "20–40 s",
        "Hold 5–7 s",
        "20–40 s",
        "Hold 5–7 s",
        "20–40 s",
        "Hold 5–7 s each side",
        "20–40 s",
        "Hold 1–3 min",
    ],
    "nacken-und-schultern": [
        "6–8 Mal, eine Wiederholung alle 4 s",
        "5–8 × (zurück 2 s, halten 3 s, lösen 2 s)",
        "1–2 × 15–30 s je Seite",
        "6–10 × (drehen 3 s, zurück 2 s) insgesamt, Seiten im Wechsel",
        "1–2 × 15–30 s, Pause 5 s",
    ],
    "neck-and-shoulders": [
        "6–8 times, one every 4 s",
        "5–8 × (back 2 s, hold 3 s, forward 2 s)",
        "1–2 × 15–30 s each side",
        "6–10 × (turn 3 s, back 2 s) in all, sides in turn",
        "1–2 × 15–30 s, rest 5 s",
    ],
    "pelvic-floor": ["8–10 × (squeeze 3–8 s, let go 6–8 s)", "10 × (squeeze 1 s, let go 2 s)"],
    "physiological-sigh": ["20–34 breaths (in 3 s, sip 1 s, out 6 s)", "Hold 10–30 s"],
    "pomodoro": ["4 × hold 25 min, rest 5 min", "Hold 2–5 min"],
    "psoas-dehnung": ["3 × halten 30–60 s je Seite, Pause 5–15 s"],
    "psoas-march": ["20 × (lower 3–4 s, lift 2–4 s) in all, sides in turn"],
    "recorrido-corporal": ["25–80 s", "Mantener 1–4 min"],
    "resonance-breathing": ["10–25 s", "20–113 breaths (in 5 s, out 5 s)", "Hold 20–50 s"],
    "respiracion-cuadrada": [
        "8–15 s",
        "6–34 respiraciones (inhala 4 s, mantén 4 s, exhala 4 s, mantén 4 s)",
        "Mantener 15–40 s",
    ],
    "roll-up": ["1–2 sets of 4–8 × (roll up 4–5 s, roll down 4–6 s), rest 15–30 s"],
    "ruecken-am-morgen": [
        "8–10 × (pressen 3 s, lösen 3 s)",
        "8–10 × (rollen 4 s, zurück 3 s) insgesamt, Seiten im Wechsel",
        "Halten 15–30 s je Seite",
        "8–10 × (hoch 4 s, bleiben 2 s, ab 4 s)",
        "8–10 × (rund 3 s, hohl 3 s)",
        "Halten 20–60 s",
    ],
    "standing-pelvic-tilt": ["4–6 × hold 10–20 s"],
    "steady-balance": [
        "30–45 s",
        "8–12 × (lift 2 s, hold 1 s, lower 2 s)",
        "8–12 × (lift 2 s, hold 1 s, lower 2 s)",
        "1–2 × 10–20 s each side",
        "30–60 s",
        "2–3 × 10 s each side",
        "5–10 × (stand 3 s, sit 4 s)",
    ],
    "straight-leg-raise": ["8–20 × (lift 2 s, hold 3–5 s, lower 2–3 s) each side, rest 15–30 s"],
    "suelo-pelvico": ["8–10 × (aprieta 3–8 s, suelta 6–8 s)", "10 × (cierra 1 s, suelta 2 s)"],
    "sun-salutation": [
        "Hold 4–6 breaths",
        "2 rounds",
        "15–30 s",
        "1–5 rounds",
        "15–30 s",
        "Hold 20–60 s",
    ],
    "walking-meditation": ["2–5 min", "2–6 min", "2–6 min", "Hold 20–60 s"],
    "warrior-one": ["1–2 × 3–6 breaths each side"],
    "wrists-and-hands": [
        "12–20 s",
        "5–8 × (close 3 s, spread 3 s)",
        "5–8 × (hook 2 s, fist 2 s, open 2 s)",
        "Hold 15–30 s each side",
        "Hold 15–30 s each side",
    ],
    "yin-for-the-hips": [
        "Hold 2–5 min",
        "Hold 2–4 min",
        "Hold 2–5 min each side",
        "Hold 1½–3 min each side",
        "Hold 3–6 min",
    ],
    "yoga-nidra": ["2:20–6:40 min", "Hold 4–12 min"],
}
"""The dose lines of each exercise, in order, as a person has read them."""

SESSIONS = {
    "before-a-workout": ["light-warm-up"],
    "desk-break": ["movement-break", "standing-pelvic-tilt"],
    "pilates-for-the-psoas": ["roll-up", "leg-circles", "psoas-march", "= Hold 20 s – 4 min"],
    "psoas-strength": [
        "light-warm-up",
        "bird-dog",
        "ground-bridge",
        "straight-leg-raise",
        "psoas-march",
        "glute-bridge",
        "= Hold 20–60 s",
    ],
    "psoas-stretches": [
        "light-warm-up",
        "standing-pelvic-tilt",
        "kneeling-hip-flexor-stretch",
        "lying-psoas-stretch",
        "knee-to-chest",
        "= Hold 30 s – 4 min",
    ],
    "ten-minute-psoas-relief": [
        "standing-pelvic-tilt",
        "= 1–2 × 30–60 s each side",
        "lying-psoas-stretch",
        "= Hold 2–4 min",
    ],
    "yoga-for-the-psoas": ["warrior-one", "low-lunge", "= Hold 40 s – 5 min"],
}
"""The sessions: what they use, and the lines of their own."""


def expected(name: str) -> list[str]:
    """The dose lines of an exercise or a session."""
    if name in DOSES:
        return DOSES[name]
    parts = ([part[2:]] if part.startswith("= ") else DOSES[part] for part in SESSIONS[name])
    return [line for part in parts for line in part]


@pytest.mark.parametrize("name", library.routines())
def test_the_doses_of_the_library(name: str) -> None:
    """What a patient gets in hand, line by line; a session has those of what it uses."""
    sections = load(name).sheet().sections
    lines = [e.dose for section in sections for e in exercises(section.parts) if e.dose]
    assert lines == expected(name)


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("- hold 30s", "Hold 30 s"),
        ("- hold 30-60s, each side, 3 rounds, rest 10s", "3 × 30–60 s each side, rest 10 s"),
        ("- hold 30s, left side", "Hold 30 s, left side"),
        ("- hold 2 min, right side, 2 rounds", "2 × 2 min, right side"),
        ("- hold 5 breaths, each side, ready 5s, change 8s", "Hold 5 breaths each side"),
        ("- hold 20s, each side, rest 30s", "Hold 20 s each side, rest 30 s"),
        ("- 4-6 times\n  Tuck.\n  - hold 10-20s", "4–6 × hold 10–20 s"),
        ("- each side, 2 times\n  - hold 10s, rest 5s", "2 × hold 10 s each side, rest 5 s"),
        ("- optional\n  Lie.\n  - hold 9s, each side, 2 times", "2 × hold 9 s each side"),
        (
            "- 20 reps, lift 2s, hold 5s, lower 2s, each side",
            "20 × (lift 2 s, hold 5 s, lower 2 s) each side",
        ),
        ("- 8-12 reps, lift 2s", "8–12 × lift 2 s"),
        (
            "- 20 reps, alternate sides, lift 2s, lower 2s",
            "20 × (lift 2 s, lower 2 s) in all, sides in turn",
        ),
        (
            "- 8 reps, alternate sides, 3 rounds, rest 30s",
            "3 sets of 8, sides in turn, rest 30 s",
        ),
        ("- 20 reps", "20 times"),
        ("- 1 rep", "Once"),
        ("- 20 reps, each side, every 3s", "20 times each side, one every 3 s"),
        ("- 1 round\n  - 5 reps, lift 2s, lower 2s", "1 set of 5 × (lift 2 s, lower 2 s)"),
        ("- 6 breaths", "6 breaths (in 4 s, out 6 s)"),
        ("- 1 breath, in 3s, out 3s", "1 breath (in 3 s, out 3 s)"),
        ("- rest 1 min", "Rest 1 min"),
        ("- pause 90s", "1½ min"),
        ("- pause 90-120s", "1½–2 min"),
        ("- wait 20s", "Until you are ready, about 20 s"),
        ("- 3 rounds, rest 20s\n  - hold 10s\n  - 5 reps", "3 rounds, rest 20 s"),
        ("- each side\n  - hold 10s\n  - hold 20s", "Each side"),
        ("- 2 rounds\n  - hold 10s, 2 rounds", "2 rounds"),
        ("- 3 times\n  Roll your shoulders. [3s]", "3 times"),
        ("- 2 rounds\n  - hold 10s, optional\n  - 2 rounds\n    - hold 5s", "2 rounds"),
        ("- option band\n  Take it.", ""),
    ],
)
def test_a_dose_is_a_line(written: str, line: str) -> None:
    """As a physiotherapist would write it."""
    [section] = sheet_of(f"{written}\n").sections
    assert next(exercises(section.parts)).dose == line


def test_steps_that_are_no_single_line_keep_their_own() -> None:
    """Where a group holds more than one dose, each has its line."""
    text = "- 3 rounds, each side\n  - hold 10s\n  - rest 5s\n  - 2 reps, lift 1s\n"
    [section] = sheet_of(text).sections
    lines = [exercise.dose for exercise in exercises(section.parts)]
    assert lines == ["3 rounds each side", "Hold 10 s", "Rest 5 s", "2 × lift 1 s"]


def test_breaths_are_those_of_the_settings() -> None:
    """Where a routine breathes otherwise, its handout says so."""
    [section] = sheet_of("---\nbreath: 4 in, 2 hold, 6 out\n---\n- 5 breaths\n").sections
    [exercise] = exercises(section.parts)
    assert exercise.dose == "5 breaths (in 4 s, hold 2 s, out 6 s)"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("500ms", "0.5 s"),
        ("2.5s", "2.5 s"),
        ("59s", "59 s"),
        ("60s", "1 min"),
        ("90s", "1½ min"),
        ("100s", "100 s"),
        ("170s", "170 s"),
        ("200s", "3:20 min"),
        ("30-60s", "30–60 s"),
        ("30s-2min", "30–120 s"),
        ("30s-3min", "30 s – 3 min"),
        ("1-2 min", "1–2 min"),
        ("7:30-18:00", "7½–18 min"),
        ("3:10-4:20", "3:10–4:20 min"),
        ("10-20 min", "10–20 min"),
        ("1 h", "1 h"),
        ("45-90 min", "45 min – 1½ h"),
        ("75 min", "75 min"),
        ("80:10", "1:20:10 h"),
        ("1 breath", "1 breath"),
        ("3-6 breaths", "3–6 breaths"),
        ("1-2 breaths", "1–2 breaths"),
    ],
)
def test_lengths_as_people_write_them(written: str, shown: str) -> None:
    """Seconds while they are few, then minutes and their halves."""
    assert length_text(parse_length(written)) == shown


def test_counts_as_people_write_them() -> None:
    """A range has a dash."""
    assert [count_text(parse_count(text)) for text in ("3", "4-6")] == ["3", "4–6"]


# ── words ────────────────────────────────────────────────────────────────────


def sentences(text: str) -> list[str]:
    """What stands in the one section of a routine without headings."""
    [section] = sheet_of(text).sections
    return told(section.parts)


@pytest.mark.parametrize(
    ("front", "step", "read"),
    [
        ("", "each side", "Your left (right) knee bends, the right (left) one stays."),
        ("first side: right", "each side", "Your right (left) knee bends, the left (right) one"),
        ("", "left side", "Your left knee bends, the right one stays."),
        ("", "right side", "Your right knee bends, the left one stays."),
    ],
)
def test_sides_are_shown_for_the_first_side(front: str, step: str, read: str) -> None:
    """The other side stands in brackets, and nowhere where there is none."""
    text = f"---\n{front}\n---\n- hold 9s, {step}\n  Your {{left|right}} knee bends, "
    assert sentences(f"{text}the {{right|left}} one stays.\n")[1].startswith(read)


@pytest.mark.parametrize(
    ("dose", "prose", "read"),
    [
        ("hold 9s, each side", "Your {side} arm, not your {other side} arm.", None),
        ("hold 9s, each side", "{left|right} knee down.", "Left (right) knee down."),
        ("hold 9s, each side", "Go {again|}.", "Go again."),
        ("hold 9s, each side", "Go {|again}.", "Go (again)."),
        ("hold 9s, each side", "Your {same|same} arm.", "Your same arm."),
        ("hold 9s, 3 rounds", "Round {round} of {rounds}.", "Round 1 (2, 3) of 3."),
        ("hold 9s, 2 rounds", "Round {round}.", "Round 1 (2)."),
        ("hold 9s, 4-6 rounds", "Round {round} of {rounds}.", "Round 1 (2, … 4–6) of 4–6."),
        ("hold 9s, 1 round", "Round {round}.", "Round 1."),
        ("20 reps", "Do {reps} of these.", "Do 20 of these."),
        ("hold 30-60s", "Stay for {hold}.", "Stay for 30–60 s."),
        ("2 times", "For {hold}.\n  - hold 9s\n  - hold 5s", "For 9 s."),
        ("hold 9s", "Breathe. [3s] [chime] Hold *still*.", "Breathe. Hold still."),
        ("hold 9s", "Take the {thing}, and [this](https://x.org).", "Take the red band, and this."),
        ("hold 9s", "one two\n  three.", "One two three."),
    ],
)
def test_changing_words_are_filled_in(dose: str, prose: str, read: str | None) -> None:
    """What is said is what is read, but for what only sounds."""
    text = f"---\nwords:\n  thing: red band\n---\n- {dose}\n  {prose}\n"
    expected = read or "Your left (right) arm, not your right (left) arm."
    assert sentences(text)[1] == expected


def test_a_word_keeps_its_stress() -> None:
    """Stress is a style of its own."""
    [section] = sheet_of("Hold **very still** now.\n\n- hold 9s\n").sections
    paragraph = section.parts[0]
    assert isinstance(paragraph, Paragraph)
    assert paragraph.sentences == ((Span("Hold "), Span("very still", "stress"), Span(" now.")),)


def test_the_next_chapter_is_named(tmp_path: Path) -> None:
    """`{next}` is the title of the chapter after it, also of one that `use` brings in."""
    (tmp_path / "b.md").write_text("## Bee\n\nNow {next}.\n", encoding="utf-8")
    text = "Soon {next}.\n\n## One\n\nThen {next}.\n\n- use b.md\n\n## Two\n\nEnd.\n"
    sheet = sheet_of(text, tmp_path)
    assert told(sheet.opening) == ["Soon One."]
    assert [told(section.parts) for section in sheet.sections] == [
        ["Then Bee."],
        ["Now Two."],
        ["End."],
    ]


# ── cues ─────────────────────────────────────────────────────────────────────


def test_cues_stand_in_the_order_of_the_step() -> None:
    """What comes first, what comes in the hold as written, what comes at the end; no count-down."""
    text = """
        - hold 2 min, 3 rounds
          Kneel down.
          - end: Let go.
          - start: Ease in.
          - at 20s: Breathe.
          - half: Halfway there.
          - last 10s: Nearly done.
          - last 3s: count down
          - first: Take your time.
          - again: Once more.
          - every 50s: One. | Two.
        """
    assert sentences(text) == [
        "= 3 × 2 min",
        "Kneel down.",
        "First time: Take your time.",
        "Later rounds: Once more.",
        "As you begin: Ease in.",
        "After 20 s: Breathe.",
        "Halfway: Halfway there.",
        "In the last 10 s: Nearly done.",
        "Every 50 s, in turn: One. Two.",
        "At the end: Let go.",
    ]


def test_one_text_is_not_in_turn() -> None:
    """A cue that always says the same says when, and no more."""
    assert sentences("- hold 3 min\n  - every 1 min: Breathe.\n")[1] == "Every 1 min: Breathe."


def test_a_group_ends_with_its_end() -> None:
    """The cues of a group stand around what is in it."""
    text = (
        "- 3 times\n  Tuck.\n  - again: Tuck again.\n  - end: Stand.\n  - hold 9s\n    Hold it.\n"
    )
    assert sentences(text) == [
        "= 3 × hold 9 s",
        "Tuck.",
        "Later rounds: Tuck again.",
        "Hold it.",
        "At the end: Stand.",
    ]


def test_what_is_said_as_a_pause_begins_is_what_to_do_in_it() -> None:
    """A pause that is for walking has its instruction in a cue."""
    text = "- pause 1 min\n  - at 1s: Walk.\n  - at 20s: Breathe.\n"
    assert sentences(text) == ["= 1 min", "Walk.", "After 20 s: Breathe."]


# ── the whole ────────────────────────────────────────────────────────────────


def test_what_stands_above_the_chapters() -> None:
    """The opening is what is said, the notes what is not; facts come from the settings."""
    sheet = sheet_of("""
        ---
        title: My hips
        author: Anna
        description: Good for hips.
        language: en_GB
        needs: floor, band
        for: release
        length: 10 min
        ---

        > Once a day.
        >
        > - Not *twice*.

        Lie down. [3s] Stop at a pain.

        Breathe.

        - option band
          Fetch the band.

        ## Stretch

        > Both knees bent.

        - hold 1-20 min
        """)
    assert (sheet.title, sheet.author, sheet.description) == ("My hips", "Anna", "Good for hips.")
    assert sheet.language == "en-GB"
    assert sheet.facts[0].name == "Time"
    assert sheet.facts[0].text.startswith("10 min (or ")
    assert sheet.facts[1:] == (Fact("You need", "floor, band"), Fact("For", "release"))
    assert told(sheet.opening) == [
        "Lie down. Stop at a pain.",
        "Breathe.",
        "=  (With band)",
        "Fetch the band.",
    ]
    assert list(map(plain, sheet.notes)) == ["Once a day.", "• Not twice."]
    [section] = sheet.sections
    assert (section.heading, section.depth) == ("Stretch", 1)
    assert told(section.parts) == ["> Both knees bent.", "= Hold 1–20 min"]


@pytest.mark.parametrize(
    ("front", "needs"),
    [("needs: nothing", ["nothing"]), ("needs: bed", ["bed"]), ("title: Mine", [])],
)
def test_a_routine_that_does_not_say_what_it_needs_does_not_need_nothing(
    front: str, needs: list[str]
) -> None:
    """Only what its author wrote is told to a patient."""
    facts = sheet_of(f"---\n{front}\n---\nHello.\n").facts
    assert [fact.text for fact in facts if fact.name == "You need"] == needs


def test_the_time_is_a_span() -> None:
    """Without a length of its own, a routine takes what its ranges let it take."""
    [time] = sheet_of("Hello.\n\n- hold 1-20 min\n").facts
    assert (time.name, time.text) == ("Time", "2–20 min")


def test_without_chapters_all_is_one_section() -> None:
    """Nothing tells an opening from the rest; leading notes are notes all the same."""
    sheet = sheet_of("> Read this.\n\nLie down.\n\n> And this.\n\n- hold 9s\n")
    assert sheet.opening == ()
    assert list(map(plain, sheet.notes)) == ["Read this."]
    [section] = sheet.sections
    assert section.heading == ""
    assert told(section.parts) == ["Lie down.", "> And this.", "= Hold 9 s"]


def test_a_dose_before_the_first_chapter_is_no_opening() -> None:
    """It stands in a section without a heading."""
    sheet = sheet_of("Hello.\n\n- hold 9s\n  Breathe.\n\n## One\n\nGo.\n")
    assert told(sheet.opening) == ["Hello."]
    assert [section.heading for section in sheet.sections] == ["", "One"]


def test_headings_go_down_one_step_at_a_time() -> None:
    """A level that is left out would be a gap for whoever listens to the page."""
    text = "#### Deep\n\nA.\n\n## Two\n\nB.\n\n##### Deeper\n\nC.\n\n### Three\n\nD.\n"
    depths = [(section.heading, section.depth) for section in sheet_of(text).sections]
    assert depths == [("Deep", 1), ("Two", 1), ("Deeper", 2), ("Three", 2)]


def test_the_title_is_not_said_twice() -> None:
    """The chapter of a routine of one exercise has its name already."""
    sheet = sheet_of("---\ntitle: Bridge\n---\n## Bridge\n\nLift.\n\n## Rest\n\nLie.\n")
    assert [section.heading for section in sheet.sections] == ["The exercise", "Rest"]


def test_other_routines_come_with_their_chapters(tmp_path: Path) -> None:
    """Neither their opening nor their notes; what follows one stands under its last chapter."""
    (tmp_path / "b.md").write_text(
        "> Notes of B.\n\nStop at a pain.\n\n## B\n\nBe.\n\n### Bee\n\n- hold 9s\n",
        encoding="utf-8",
    )
    (tmp_path / "c.md").write_text("---\ntitle: See\n---\nSee.\n", encoding="utf-8")
    text = (
        "Hello.\n\n- use b.md\n\nAfter.\n\n- use c.md, optional\n\nOn.\n\n- use b.md, option band\n"
    )
    sheet = sheet_of(text, tmp_path)
    found = [(s.heading, s.depth, s.condition, told(s.parts)) for s in sheet.sections]
    assert found == [
        ("B", 1, "", ["Be."]),
        ("Bee", 2, "", ["= Hold 9 s", "After."]),
        ("See", 1, "Optional", ["See."]),
        ("", 1, "", ["On."]),
        ("B", 1, "With band", ["Be."]),
        ("Bee", 2, "With band", ["= Hold 9 s"]),
    ]


def test_a_routine_within_a_group_is_part_of_it(tmp_path: Path) -> None:
    """Its chapters cannot be chapters there: their headings are words."""
    (tmp_path / "b.md").write_text("## B\n\nBe {next}.\n\n- hold 9s\n", encoding="utf-8")
    [section, last] = sheet_of(
        "## A\n\n- 2 rounds, rest 5s\n  - use b.md\n\n## C\n\nEnd.\n", tmp_path
    ).sections
    assert told(section.parts) == ["= 2 rounds, rest 5 s", "= ", "B", "Be C.", "= Hold 9 s"]
    assert last.heading == "C"


def test_options_and_what_may_be_left_out_say_so() -> None:
    """A condition stands beside the dose, or before words that have none."""
    text = """
        - hold 9s, optional, option band
          - option ball
            Take the ball.
            Put it down.
        """
    [section] = sheet_of(text).sections
    outer, inner = exercises(section.parts)
    assert (outer.dose, outer.condition) == ("Hold 9 s", "With band, optional")
    assert outer.in_words == ()
    assert list(map(plain, inner.in_words)) == ["Take the ball.", "Put it down."]


def test_words_on_a_condition_are_words_alone() -> None:
    """With a cue or a dose among them they are an exercise."""
    said = Paragraph(((Span("Go."),),))
    cue = CueLine("Halfway", ((Span("On."),),))
    assert Exercise("", "With band", (said,)).in_words == said.sentences
    assert Exercise("", "", (said,)).in_words == ()
    assert Exercise("Hold 9 s", "With band", (said,)).in_words == ()
    assert Exercise("", "With band", (said, cue)).in_words == ()


def test_a_chime_is_nothing_to_read() -> None:
    """A bullet that only sounds leaves no trace."""
    assert sentences("Hello.\n\n- chime\n\nBye.\n") == ["Hello.", "Bye."]


def test_a_sheet_is_the_same_every_time() -> None:
    """Nothing in it depends on when or where it is made."""
    assert load("psoas-strength").sheet() == load("psoas-strength").sheet()


FACTS = {
    "en": ["Time", "You need", "For"],
    "de": ["Dauer", "Du brauchst", "Wofür"],
    "es": ["Duración", "Necesitas", "Para"],
}


@pytest.mark.parametrize("name", library.routines())
def test_the_library_has_everything_that_a_patient_wants_to_know(name: str) -> None:
    """Time, needs and purpose, what to do before, notes, and words for every dose."""
    sheet = load(name).sheet()
    names = [fact.name for fact in sheet.facts]
    assert names[:3] == FACTS[sheet.language]
    assert set(names[3:]) <= {"How often", "Not if", "Ask"}
    assert sheet.notes
    assert sheet.opening
    assert sheet.sections
    assert all(section.parts or _has_inner(sheet.sections, section) for section in sheet.sections)


def _has_inner(sections: tuple[Section, ...], outer: Section) -> bool:
    following = sections[sections.index(outer) + 1 :]
    return bool(following) and following[0].depth > outer.depth


# ── notes ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("note", "paragraphs"),
    [
        ("One\ntwo.\n\nThree.", [[("One two.", "")], [("Three.", "")]]),
        (
            "Begin at `--level gentle`, *slowly*, **now**.",
            [
                [
                    ("Begin at ", ""),
                    ("--level gentle", "code"),
                    (", ", ""),
                    ("slowly", "stress"),
                    (", ", ""),
                    ("now", "stress"),
                    (".", ""),
                ]
            ],
        ),
        (
            "Two:\n- one\n  more\n* two",
            [[("Two:", "")], [("• one more", "")], [("• two", "")]],
        ),
        ("3 * 4 and [a link](https://example.org)", [[("3 * 4 and ", ""), ("a link", "link")]]),
        (r"\*not\* stress, \_ either", [[("*not* stress, _ either", "")]]),
        ("`unclosed and **open", [[("`unclosed and **open", "")]]),
        ("\n\n", []),
    ],
)
def test_notes_are_markdown(note: str, paragraphs: list[list[tuple[str, str]]]) -> None:
    """Paragraphs, lists, stress and code; an address is nothing to read."""
    found = [[(span.text, span.style) for span in words] for words in read_note(note)]
    assert [one[: len(wanted)] for one, wanted in zip(found, paragraphs, strict=True)] == paragraphs


@pytest.mark.slow
def test_a_note_of_a_megabyte_is_read_at_once() -> None:
    """Marks that are never closed cost no more than others."""
    for mark in ("*", "**", "`", "[", "\\", "[a](", "*a"):
        assert read_note("a " + mark * (200_000 // len(mark)))


def test_lists_links_and_pictures_of_a_note_stay_what_they_are() -> None:
    """Numbers count on, links keep their address, pictures their file."""
    note = "3. One *two*\n4. Three\n\n- [here](https://example.org), ![A knee](knee.svg)\n"
    assert read_note(note) == (
        (Span("3. One "), Span("two", "stress")),
        (Span("4. Three"),),
        (
            Span("• "),
            Span("here", "link", "https://example.org"),
            Span(", "),
            Span("A knee", "picture", "knee.svg"),
        ),
    )


# ── a prescription ───────────────────────────────────────────────────────────

PRESCRIPTION = """
    ---
    title: Knee
    language: {language}
    frequency: twice a day
    not if: a new hip, fever
    see: Anna, room 3
    needs: chair
    address: {address}
    ---
    Stop at pain.

    > For you.
    >> For me: `--level gentle`.

    ## Slides

    - Heel slide: 3 x 8-12 each side, rest 10-30s
      **{{left|right}}** heel up, {{name|my friend}}.
      ![A bent knee](knee.svg)
    - jog 60s, walk 90s, 8 rounds
      Easy.
    - hold 10s/20s, rest 5s
      Push.
    - hold 30s left, 60s right
      Lean.
    - breathe 5 min
      Rest.
    - optional, hold 20s
      More.
"""


def prescribed(tmp_path: Path, language: str = "en", address: str = "du") -> studio.Session:
    """A session of the prescription, with its picture."""
    (tmp_path / "knee.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    text = dedent(PRESCRIPTION.format(language=language, address=address))
    text = text.replace("address", "words:\n  name:\naddress", 1)
    return studio.load_text(studio.SourceText(text.strip().encode(), "knee.md", tmp_path))


def test_a_prescription_is_on_the_sheet(tmp_path: Path) -> None:
    """How often, when not, and who to ask; what is for the professional is not."""
    sheet = prescribed(tmp_path).sheet()
    facts = {fact.name: fact.text for fact in sheet.facts}
    assert facts["How often"] == "twice a day"
    assert facts["Not if"] == "a new hip, fever"
    assert facts["Ask"] == "Anna, room 3"
    assert ["".join(span.text for span in words) for words in sheet.notes] == ["For you."]


def test_names_pictures_and_new_doses_are_on_the_sheet(tmp_path: Path) -> None:
    """Each as a physiotherapist would write it; stress stays on words that change."""
    (section,) = prescribed(tmp_path).sheet().sections
    doses = [part.dose for part in section.parts if isinstance(part, Exercise)]
    assert doses == [
        "3 sets of 8–12 each side, rest 10–30 s",
        "8 × (jog 1 min, walk 1½ min)",
        "Hold 10/20 s, rest 5 s",
        "Hold 30 s left, 1 min right",
        "Breathe 5 min (in 4 s, out 6 s)",
        "Hold 20 s",
    ]
    first = section.parts[0]
    assert isinstance(first, Exercise)
    assert first.name == "Heel slide"
    told, figure = first.parts
    assert isinstance(told, Paragraph)
    assert told.sentences[0][0] == Span("Left (right)", "stress")
    assert isinstance(figure, Figure)
    assert figure.address.startswith("data:image/svg+xml;base64,")


def test_doses_are_as_chosen(tmp_path: Path) -> None:
    """At a level, every range is what the sound of the same level has, to the second."""
    (tmp_path / "knee.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    text = dedent(PRESCRIPTION.format(language="en", address="du")).strip().encode()
    source = studio.SourceText(text.replace(b"{name|my friend}", b"friend"), "knee.md", tmp_path)
    for level, count, rest in (("gentle", 8, 10), ("strong", 12, 30)):
        session = studio.load_text(source, level=level)
        sheet = session.sheet(chosen=True)
        (section,) = sheet.sections
        first = section.parts[0]
        assert isinstance(first, Exercise)
        assert first.dose == f"3 sets of {count} each side, rest {rest} s"


@pytest.mark.parametrize(
    ("language", "address", "needs"),
    [("de", "du", "Du brauchst"), ("de", "Sie", "Sie brauchen"), ("fr", "tu", "Il te faut")],
)
def test_the_sheet_addresses_as_asked(
    tmp_path: Path, language: str, address: str, needs: str
) -> None:
    """The program's own words follow the setting."""
    assert prescribed(tmp_path, language, address).sheet().facts[1].name == needs


def test_who_should_leave_it_is_said_once_and_first(tmp_path: Path) -> None:
    """Unless the phrase is switched off."""
    events = prescribed(tmp_path).plan(estimate=True).timeline.events
    said = [event.text for event in events if event.kind is EventKind.SAY]
    assert said[0] == "Not suitable with: a new hip, fever."
    assert said.count(said[0]) == 1


def test_a_picture_in_a_note_is_on_the_page(tmp_path: Path) -> None:
    """With its bytes where it stands beside the routine, else with its text alone."""
    (tmp_path / "knee.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    text = (
        "> ![A knee](knee.svg) ![Gone](gone.svg) ![Out](../out.svg)\n\nBreathe.\n\n## A\n\nRest.\n"
    )
    (words,) = sheet_of(text, tmp_path).notes
    pictures = [span for span in words if span.style == "picture"]
    assert [bool(span.address) for span in pictures] == [True, False, False]
    assert pictures[0].address.startswith("data:image/svg+xml;base64,")


def test_a_missing_picture_is_an_error(tmp_path: Path) -> None:
    """With its line."""
    text = studio.SourceText(b"Breathe.\n\n![A knee](nowhere.svg)\n", "knee.md", tmp_path)
    with pytest.raises(RoutineError, match=r"knee\.md:3:1"):
        studio.load_text(text)
