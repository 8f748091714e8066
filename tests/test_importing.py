"""What people have, brought in: each dialect becomes a routine that `check` passes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voiceguide.errors import InputError, Severity
from voiceguide.importing import Imported, import_text
from voiceguide.lengths import Length
from voiceguide.routine import Heading, Note, Routine, Sentence, Silence, Strike, Text
from voiceguide.script import parse
from voiceguide.studio.opening import known_names

KNOWN = known_names()
CASES = Path(__file__).parent / "cases"


def brought(text: str, name: str = "evening-rest.txt") -> Imported:
    """What comes of a text."""
    return import_text(text.encode(), name, KNOWN)


def routine(text: str, name: str = "evening-rest.txt") -> Routine:
    """The routine that a text becomes, without errors."""
    parsed = parse(brought(text, name).text, "r.md", KNOWN)
    assert [p for p in parsed.problems if p.severity is Severity.ERROR] == []
    assert parsed.routine
    return parsed.routine


def heard(text: str, name: str = "evening-rest.txt") -> list[str]:
    """What is said and how long is paused, in order."""
    told = []
    for part in routine(text, name).spoken():
        if isinstance(part, Sentence):
            told.append("".join(p.text for p in part.pieces if isinstance(p, Text)))
        elif isinstance(part, Silence):
            told.append(str(part.length))
        elif isinstance(part, Strike):
            told.append(f"chime {part.chime}")
    return told


PAUSES = [
    ("[pause 3s]", "3s"),
    ("[pause:20s]", "20s"),
    ("[PAUSE 3]", "3s"),
    ("[10 second pause]", "10s"),
    ("(pause 4s)", "4s"),
    ("(Pause for ten seconds)", "10s"),
    ("(long pause)", "4s"),
    ("*pause 10 seconds*", "10s"),
    ("/3s", "3s"),
    ('<break time="3s"/>', "3s"),
    ('<break time="750ms"/>', "750ms"),
    ("<#0.5#>", "500ms"),
    ("[[slnc 3000]]", "3s"),
    ("{pause 2}", "2s"),
    ("[silence - 30 seconds]", "30s"),
    ("[5 sec]", "5s"),
    ("[1 min]", "1 min"),
]
"""Dialects of a pause within a line."""

LINES = [
    ("...", "4s"),
    (". . . . .", "4s"),
    ("Pause 10 seconds.", "10s"),
    ("PAUSE: 10s", "10s"),
    ("--- 15 seconds ---", "15s"),
    ("(10 seconds of silence)", "10s"),
    ("~ pause for five seconds ~", "5s"),
]
"""Dialects of a pause on a line of its own."""


@pytest.mark.parametrize(("written", "length"), [*PAUSES, *LINES])
def test_a_pause_of_any_dialect_is_a_silence(written: str, length: str) -> None:
    """Of the length that it says, where it stood."""
    assert heard(f"Let your breath be.\n\n{written}\n\nAnd rest.\n") == [
        "Let your breath be.",
        length,
        "And rest.",
    ]


@pytest.mark.parametrize(("written", "length"), PAUSES)
def test_a_pause_within_a_line_stays_there(written: str, length: str) -> None:
    """Between the two sentences."""
    told = heard(f"Let your breath be. {written} And rest.\n")
    assert told == ["Let your breath be.", length, "And rest."]


def test_a_script_keeps_its_words_and_loses_its_directions() -> None:
    """Labels go, stage directions are notes, bells are chimes."""
    text = (CASES / "d4-paren.md").read_text(encoding="utf-8")
    assert heard(text) == [
        "Settle on your back.",
        "Stop if anything hurts.",
        "10s",
        "Let your breath be.",
        "4s",
    ]
    notes = [block.text for block in routine(text).body if isinstance(block, Note)]
    assert notes == ["Soft music begins"]
    assert heard("Rest. [bell] Rise. [inhale]\n") == ["Rest.", "chime bell", "Rise.", "Breathe in."]


def test_ssml_is_read_as_its_words_and_breaks() -> None:
    """Paragraphs are paragraphs; emphasis and prosody are gone."""
    text = (
        '<?xml version="1.0"?><speak><p>Lie <emphasis level="strong">down</emphasis>.'
        '<break time="2s"/></p><p><prosody rate="slow">Rest &amp; breathe.</prosody></p></speak>'
    )
    assert heard(text, "rest.ssml") == ["Lie down.", "2s", "Rest & breathe."]


SRT = """1
00:00:02,000 --> 00:00:05,500
Settle on your back.

2
00:00:15,500 --> 00:00:18,000
Let your <i>breath</i> be.
"""


def test_subtitles_keep_their_gaps() -> None:
    """The silence before the first line, and what lies between two of them."""
    told = ["2s", "Settle on your back.", "10s", "Let your breath be."]
    assert heard(SRT, "rest.srt") == told
    vtt = "WEBVTT\n\n" + SRT.replace(",", ".").replace("1\n00", "00").replace("2\n00", "00")
    assert heard(vtt, "rest.vtt") == told


def test_lyrics_and_stamped_lines_keep_their_times() -> None:
    """What is left once the line has been spoken, by a guess; the tags of the file are settings."""
    lyrics = "[ti:Evening rest]\n[ar:Anna]\n[00:00.00]Settle on your back.\n[00:30.00]Rest.\n"
    told = heard(lyrics, "x.lrc")
    assert (told[0], told[2]) == ("Settle on your back.", "Rest.")
    assert 27 < float(told[1].removesuffix("s")) < 30
    made = brought(lyrics, "x.lrc")
    assert "title: Evening rest\nauthor: Anna\n" in made.text
    assert made.unknown
    stamped = (CASES / "d14-timestamps.md").read_text(encoding="utf-8")
    assert heard(stamped)[0] == "Settle on your back."
    assert heard("00:00 Settle.\n00:20 Rest.\n")[0] == "Settle."


def steps(text: str, name: str = "x.txt") -> list[str]:
    """The steps as they are written."""
    lines = brought(text, name).text.split("\n")
    return [line for line in lines if line.lstrip().startswith("- ")]


def test_tables_become_steps() -> None:
    """By their heads; without heads the columns are name, seconds and rounds, and that is told."""
    table = "Exercise,Seconds,Sets,Rest,Notes\nPlank,40,3,15,Belly in.\nSquats,30,1,0,\n"
    assert steps(table, "x.csv") == ["- plank 40s, 3 rounds, rest 15s", "- squats 30s"]
    assert "  Belly in." in brought(table, "x.csv").text
    assert steps("Plank\t40\t3\nRest\t15\t1\n", "x.tsv") == ["- plank 40s, 3 rounds", "- rest 15s"]
    assert brought("Plank\t40\t3\n", "x.tsv").unknown
    assert steps("name,reps,sets\nHeel slide,10,3\n", "x.csv") == [
        "- Heel slide: 10 reps, 3 rounds"
    ]


def test_interval_lists_become_groups_and_segments() -> None:
    """As people type them."""
    assert steps("Hips 3x / Pigeon right 45s / Pigeon left 45s\n") == [
        "- 3 rounds",
        "  - pigeon right 45s",
        "  - pigeon left 45s",
    ]
    chapters = routine("Hips 3x / Pigeon right 45s / Pigeon left 45s\n").body
    assert [block.title for block in chapters if isinstance(block, Heading)] == ["Hips"]
    assert steps("Warm up 5 min\nJog 60 sec\nRest 15s\n20 squats\n10s break\n") == [
        "- warm up 5 min",
        "- jog 60 sec",
        "- rest 15s",
        "- squats: 20 reps",
        "- rest 10s",
    ]
    (first, *_) = routine("Warm up 5 min\nJog 60s\n").steps()
    assert first.dose.segments[0].length == Length(300, 300)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "Hips 3x\nPigeon right 45s\nRest 15s\n\nCool down 2 min",
            ["- 3 rounds", "  - pigeon right 45s", "  - rest 15s", "- cool down 2 min"],
        ),
        ("Tabata: 8 rounds\n20s work\n10s rest", ["- 8 rounds", "  - work 20s", "  - rest 10s"]),
        (
            "1. Squats - 3x12\n2. Plank - 3 x 30s\n3. Lunges - 10 each leg",
            [
                "- Squats: 12 reps, 3 rounds",
                "- Plank: hold 30s, 3 rounds",
                "- Lunges: 10 reps, each side",
            ],
        ),
        ("Squats 12x\nLunges 10x", ["- Squats: 12 reps", "- Lunges: 10 reps"]),
    ],
)
def test_lists_of_doses_keep_their_rounds(text: str, lines: list[str]) -> None:
    """A line with a count opens a group, to the next blank line; a dose in sets is a step."""
    assert steps(text) == lines
    assert not brought(text).unknown


def test_settings_at_the_top_become_front_matter() -> None:
    """Whichever fence they have, and strayed ones too."""
    toml = "+++\ntitle = 'Rest'\nbed = 'rain'\n+++\nBreathe.\n"
    for text in ("title: Rest\nbed: rain\n\nBreathe.\n", toml):
        assert "title: Rest\nbed: rain\n" in brought(text).text
    assert "bed: rain\n" in brought("Breathe.\n\nbed: rain\n").text


def test_what_cannot_be_known_is_told_and_kept_as_a_note() -> None:
    """Nothing is lost without a word."""
    made = brought("Breathe.\n\nДышите.\n")
    assert "> Дышите." in made.text
    assert any("Дышите" in sentence for sentence in made.unknown)
    assert brought("Breathe. [camera left]\n").unknown
    with pytest.raises(InputError):
        import_text("Café.".encode("latin-1"), "x.txt", KNOWN)


@given(st.text(alphabet="ab .,:;0123456789smx/[](){}<>*#-_|`\\\n\"'&~=!…>", max_size=120))
@settings(max_examples=300, deadline=None)
@example("- ```\n| a |\n")
@example("---\na: b\n")
@example("title: x\n---\n")
def test_whatever_comes_in_passes(text: str) -> None:
    """No text makes a routine with errors, but for one in which there is nothing to say.

    Refused is only what is empty, or a routine already.
    """
    if not text.strip():
        return
    refused = ""
    try:
        made = brought(text).text
    except InputError as error:
        refused, made = str(error), text
    assert refused == "" or "a routine already" in refused
    assert errors_of(made) in ([], ["there is nothing to say here, and nothing to time"])


def errors_of(text: str) -> list[str]:
    """What keeps a text from being a routine."""
    problems = parse(text, "r.md", KNOWN).problems
    return [p.message for p in problems if p.severity is Severity.ERROR]
