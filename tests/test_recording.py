"""A person's own voice: its lines, recordings and folder, the prompter, the session."""

from __future__ import annotations

import os
from html.parser import HTMLParser
from pathlib import Path

import mutagen
import numpy as np
import pytest
import reader
import soundfile
from cli_running import Runner

from voiceguide import studio
from voiceguide.cli.console import FINE, plain
from voiceguide.cli.record import prompt_screen
from voiceguide.engines.recorded import read_consent, read_recordings
from voiceguide.errors import MachineError, UsageError
from voiceguide.lengths import SAMPLE_RATE
from voiceguide.recording import ScriptLine, script_of, sheet_of
from voiceguide.recording.intake import from_folder, from_long_take
from voiceguide.recording.prompter import (
    Block,
    PromptDesk,
    Prompter,
    PromptKey,
    PromptState,
    PromptView,
)
from voiceguide.recording.takes import (
    PersonVoice,
    TakeFault,
    VoiceFolder,
    VoiceTake,
    folder_of,
    known_voices,
    take_of,
)
from voiceguide.sequence import Words

SIGNED = ("--person", "Anna Example", "--permission", "for these tests")


@pytest.fixture(scope="module")
def routine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reader's routine."""
    path = tmp_path_factory.mktemp("routine") / "mine.md"
    path.write_text(reader.ROUTINE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def lines(routine: Path) -> list[ScriptLine]:
    """All that it can say."""
    return reader.script(routine)


@pytest.fixture(scope="module")
def long_take(lines: list[ScriptLine], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All lines in one take."""
    sound = reader.long_take([line.text for line in lines])
    return reader.write(tmp_path_factory.mktemp("take") / "long.wav", sound)


@pytest.fixture
def voices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the person's voice, `recorded:my-voice`."""
    monkeypatch.setenv("VOICEGUIDE_VOICES", str(tmp_path / "voices"))
    return folder_of("my-voice")


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    routine: Path,
    voices: Path,
) -> Runner:
    """Runs commands beside the routine, with a folder of voices of the test's own."""
    runner = Runner(capfd, monkeypatch, tmp_path)
    runner.write(routine.read_text(encoding="utf-8"))
    return runner


# ── what there is to say ─────────────────────────────────────────────────────


def test_every_line_that_is_said_is_among_them(routine: Path, lines: list[ScriptLine]) -> None:
    """At each level and guidance: texts, sides, numbers, the count-down; each once."""
    texts = {line.text for line in lines}
    assert {"Three.", "Two.", "One."} <= texts
    assert {"Left knee to your chest.", "Right knee to your chest."} <= texts
    assert len(texts) == len(lines)
    for guidance in ("full", "brief", "quiet"):
        with studio.load(routine, guidance=guidance, voice="silent") as session:
            events = session.plan().timeline.events
            assert {e.source.text for e in events if isinstance(e.source, Words)} <= texts


def test_what_is_chosen_leaves_lines_out(routine: Path, lines: list[ScriptLine]) -> None:
    """One guidance asks for no more than all, in the order in which it is said."""
    quiet = script_of(lambda options: studio.load(routine, **options), {"guidance": "quiet"})
    assert {line.text for line in quiet} < {line.text for line in lines}
    assert lines[0].text.startswith("Lie down")


def test_lines_of_another_voice_are_not_asked_for(tmp_path: Path) -> None:
    """What the routine gives to another voice is not this person's."""
    text = "# Two\n\nI say this.\n\n[voice espeak:en-gb]\n\nAnother says that.\n"
    path = tmp_path / "two.md"
    path.write_text(text, encoding="utf-8")
    said = [line.text for line in reader.script(path)]
    assert "I say this." in said
    assert "Another says that." not in said


class _Items(HTMLParser):
    """The texts of a page's list."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[str] = []
        self._within = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "li":
            self._within = True
            self.items.append("")

    def handle_endtag(self, tag: str) -> None:
        self._within = self._within and tag != "li"

    def handle_data(self, data: str) -> None:
        if self._within:
            self.items[-1] += data


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_the_sheet_has_every_line(language: str) -> None:
    """In order, escaped, stressed words bold; what is asked of a reader is in English or German."""
    lines = [ScriptLine("Let go & rest.", "*Let* go & rest.", 1.0), ScriptLine("<b>", "<b>", 1.0)]
    page = sheet_of("My <routine>", language, lines)
    items = _Items()
    items.feed(page)
    assert items.items == [line.text for line in lines]
    assert "<b>Let</b> go &amp; rest." in page
    assert "My &lt;routine&gt;" in page
    assert ("zwei Sekunden" in page) == (language == "de")


# ── the folder ───────────────────────────────────────────────────────────────


def good_take(text: str) -> VoiceTake:
    """A text as the reader says it."""
    sound = reader.in_room(reader.silence(0.5), reader.said(text), reader.silence(0.5))
    return take_of(sound, reader.RATE)


def test_a_line_that_is_kept_is_found_by_its_words(voices: Path) -> None:
    """With its length and day; one that is said again takes the old one's place."""
    voice = VoiceFolder(voices, "en-gb")
    line = ScriptLine("Let go.", "Let *go*.", 1.0)
    assert voice.missing([line]) == [line]
    voice.keep(line, good_take("Let go of it all."))
    kept = voice.keep(line, good_take("Let go."))
    assert VoiceFolder(voices, "en").missing([line]) == []
    assert voice.count == 1
    assert voice.line("let GO.") == kept
    assert soundfile.info(voices / kept.file).duration == pytest.approx(kept.seconds, abs=0.001)
    assert sorted(path.name for path in voices.iterdir()) == [kept.file, "lines.tsv"]


def test_a_folder_that_cannot_be_written_keeps_what_it_has(
    voices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full in the middle of a take leaves the list and the old take as they were."""
    voice = VoiceFolder(voices, "en")
    line = ScriptLine("Let go.", "Let go.", 1.0)
    kept = voice.keep(line, good_take("Let go."))
    before = (voices / kept.file).read_bytes(), (voices / "lines.tsv").read_bytes()

    def full(file: object, *_rest: object, **_more: object) -> None:
        file.write(b"fLaC")  # type: ignore[attr-defined]  # an open file
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("soundfile.write", full)
    with pytest.raises((MachineError, OSError)):
        voice.keep(line, good_take("Let go of it."))
    assert before == ((voices / kept.file).read_bytes(), (voices / "lines.tsv").read_bytes())


def test_a_folder_is_of_one_language(voices: Path) -> None:
    """Lines of another language belong into a folder of their own, and that is said."""
    VoiceFolder(voices, "en").keep(ScriptLine("One.", "One.", 0.5), good_take("One."))
    with pytest.raises(UsageError, match="are in `en`, and the routine is in `de`"):
        VoiceFolder(voices, "de")


@pytest.mark.parametrize(
    "name", ["", "..", "a/b", ".hidden", "a\\b", "a:b", "anna, espeak", "x\n", "x" * 61, "library"]
)
def test_a_voice_has_a_plain_name(name: str, voices: Path) -> None:
    """Refused: what leads out of the folder, no system takes, `voice:` cannot name, or is ours."""
    with pytest.raises(UsageError, match="cannot be the name of a voice"):
        folder_of(name)


def test_the_voices_that_are_here(voices: Path) -> None:
    """The one recorded last is first; without lines it has no language; damaged ones are out."""
    line = ScriptLine("One.", "One.", 0.5)
    VoiceFolder(folder_of("Anna Müller"), "de").keep(line, good_take("One."))
    VoiceFolder(folder_of("bob"), "en").sign("Bob", "for tests")
    broken = folder_of("broken")
    broken.mkdir()
    (broken / "lines.tsv").write_bytes(b"\xff")
    for age, name in enumerate(("bob", "broken", "Anna Müller")):
        os.utime(folder_of(name), (1e9 - age, 1e9 - age))
    assert known_voices() == [PersonVoice("bob", "", 0), PersonVoice("Anna Müller", "de", 1)]


# ── a long take ──────────────────────────────────────────────────────────────


def test_a_long_take_falls_into_its_lines(long_take: Path, lines: list[ScriptLine]) -> None:
    """Each piece beside its own line: as long as what was said, to the frame."""
    came = from_long_take(long_take, lines)
    assert came.problem == ""
    assert [row.line for row in came.rows] == lines
    assert [row.note for row in came.rows] == [""] * len(lines)
    for row, line in zip(came.rows, lines, strict=True):
        assert row.take is not None
        alone = good_take(line.text)
        assert row.take.seconds == pytest.approx(alone.seconds, abs=0.03), line.text


def test_a_line_that_was_left_out_is_named(lines: list[ScriptLine], tmp_path: Path) -> None:
    """With its number; nothing is kept on a guess."""
    texts = [line.text for line in lines]
    longest = max(range(1, len(lines)), key=lambda at: lines[at].expected)
    del texts[longest]
    came = from_long_take(reader.write(tmp_path / "a.wav", reader.long_take(texts)), lines)
    assert f"falls into {len(lines) - 1} pieces at its pauses" in came.problem
    assert f"nothing fits line {longest + 1}, `{lines[longest].text}`" in came.problem
    assert came.rows[came.first_wrong].line is lines[longest]


def test_a_line_that_was_said_twice_is_placed(lines: list[ScriptLine], tmp_path: Path) -> None:
    """By the time at which the second one begins, or the first."""
    texts = [line.text for line in lines]
    longest = max(range(1, len(lines)), key=lambda at: lines[at].expected)
    texts.insert(longest, texts[longest])
    came = from_long_take(reader.write(tmp_path / "a.wav", reader.long_take(texts)), lines)
    assert f"falls into {len(lines) + 1} pieces at its pauses" in came.problem
    assert "is one that fits no line" in came.problem
    assert came.first_wrong in (longest, longest + 1)


# ── files, one a line ────────────────────────────────────────────────────────


def files(folder: Path, texts: dict[str, str]) -> Path:
    """A folder of files by their names."""
    folder.mkdir()
    for name, text in texts.items():
        sound = reader.in_room(reader.silence(0.4), reader.said(text), reader.silence(0.4))
        reader.write(folder / name, sound)
    (folder / "notes.txt").write_text("no sound", encoding="utf-8")
    return folder


def test_files_are_known_by_the_numbers_of_the_sheet(
    lines: list[ScriptLine], tmp_path: Path
) -> None:
    """Some of them are enough, in whatever order they lie in the folder."""
    some = {f"take {number}.wav": lines[number - 1].text for number in (2, 10, 1)}
    came = from_folder(files(tmp_path / "in", some), lines)
    assert [row.line for row in came.rows] == [lines[0], lines[1], lines[9]]
    assert len(came.usable) == 3


def test_files_are_known_by_their_words(lines: list[ScriptLine], tmp_path: Path) -> None:
    """Where their names are the lines'."""
    named = {"Three.wav": "Three.", "left knee to your chest.wav": "Left knee to your chest."}
    came = from_folder(files(tmp_path / "in", named), lines)
    assert {row.line.text for row in came.rows if row.line} == set(named.values())


def test_files_are_known_by_their_order(lines: list[ScriptLine], tmp_path: Path) -> None:
    """Where they have the day in front, say; there must be as many as lines."""
    texts = [line.text for line in lines]
    named = {f"2026-11-30 take {at}.wav": text for at, text in enumerate(texts, 1)}
    came = from_folder(files(tmp_path / "in", named), lines)
    assert [row.line for row in came.rows] == lines
    fewer = dict(list(named.items())[:-1])
    came = from_folder(files(tmp_path / "fewer", fewer), lines)
    assert f"there are {len(lines) - 1} files" in came.problem


def test_an_empty_folder_is_told(lines: list[ScriptLine], tmp_path: Path) -> None:
    """There is nothing to take in."""
    with pytest.raises(UsageError, match="no sound files"):
        from_folder(files(tmp_path / "in", {}), lines)


# ── the command ──────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_new_voice_from_sheet_to_session(run: Runner, voices: Path, long_take: Path) -> None:
    """The journey: a sheet, a long take, the voice; time is right to the sample in the file.

    Read back from the decoded file: every sound at its time, both sides equal, the count-down on
    the second, and the comment says whose voice it is.
    """
    assert run("record", "mine.md", "--sheet", "lines.html").code == 0
    assert "Left knee to your chest." in (run.folder / "lines.html").read_text(encoding="utf-8")
    taken = run("record", "mine.md", "--from", str(long_take), "--yes", *SIGNED)
    assert taken.code == 0, taken.err
    assert "Left knee to your chest." in taken.out
    assert "voiceguide export mine.md --voice recorded:my-voice" in taken.err
    assert run("check", "mine.md", "--voice", "recorded:my-voice").code == 0
    made = run("export", "mine.md", "--voice", "recorded:my-voice", "-o", "mine.flac", "--verify")
    assert made.code == 0, made.err
    proof = run("verify", "mine.flac", "--json").json
    assert proof["passes"]
    measured = {check["name"]: check["measured"] for check in proof["checks"]}
    assert measured["times"] == 0.0
    assert measured["sides"] == 0.0
    events = [e for e in proof["events"] if e["text"] in ("Three.", "Two.", "One.")]
    texts = [event["text"] for event in events]
    down = [at for at in range(len(texts)) if texts[at : at + 3] == ["Three.", "Two.", "One."]]
    counts = [events[at : at + 3] for at in down]
    assert len(counts) >= 2
    for count in counts:
        times = [event["measured_at"] for event in count]
        assert np.diff(times) == pytest.approx([1.0, 1.0], abs=1 / SAMPLE_RATE)
    said = mutagen.File(run.folder / "mine.flac")["COMMENT"][0]
    assert "Voice: Anna Example" in said
    assert "Permission: for these tests" in said


def test_what_is_recorded_serves_other_routines(run: Runner, voices: Path) -> None:
    """Numbers and built-in words are asked for once."""
    voice = VoiceFolder(voices, "en")
    for text in ("Five.", "Four.", "Three.", "Two.", "One."):
        voice.keep(ScriptLine(text, text, 0.5), good_take(text))
    run.write("# Other\n\n- hold 20s, countdown 5s\n  Hold on.\n", "other.md")
    assert run("record", "other.md", "--sheet", "rest.html").code == 0
    items = _Items()
    items.feed((run.folder / "rest.html").read_text(encoding="utf-8"))
    assert "Hold on." in items.items
    assert not {"Three.", "Two.", "One."} & set(items.items)
    assert run("record", "other.md", "--all", "--sheet", "all.html").code == 0
    assert "Three." in (run.folder / "all.html").read_text(encoding="utf-8")
    assert run("record", "other.md", "--only", "hold", "--sheet", "one.html").code == 0
    items = _Items()
    items.feed((run.folder / "one.html").read_text(encoding="utf-8"))
    assert items.items == ["Hold on."]


def test_nothing_is_kept_that_nobody_believes(run: Runner, voices: Path, long_take: Path) -> None:
    """Without a terminal to ask at, `--yes` has to be said, and whose voice it is."""
    silent = run("record", "mine.md", "--from", str(long_take), "--yes")
    assert (silent.code, "--person" in silent.err) == (2, True)
    unasked = run("record", "mine.md", "--from", str(long_take), *SIGNED)
    assert (unasked.code, "--yes" in unasked.err) == (2, True)
    assert "Left knee to your chest." in unasked.out
    assert not voices.exists()


def test_a_take_that_does_not_fit_shows_where(
    run: Runner, lines: list[ScriptLine], voices: Path
) -> None:
    """The rows around the place, and what is wrong there; nothing is kept."""
    texts = [line.text for line in lines]
    reader.write(run.folder / "wrong.wav", reader.long_take(texts[:-2]))
    ran = run("record", "mine.md", "--from", "wrong.wav", "--yes", *SIGNED)
    assert ran.code == 1
    assert "(missing)" in ran.out
    assert f"there are {len(lines)} lines" in ran.err
    assert not voices.exists()


def test_a_voice_in_a_folder_of_its_own_is_installed(
    run: Runner, long_take: Path, voices: Path
) -> None:
    """`--output` keeps it beside the routine, to be shared; the way to speak with it is told."""
    ran = run("record", "mine.md", "--from", str(long_take), "--yes", "-o", "anna", *SIGNED)
    assert "voiceguide voices install anna" in ran.err
    consent = read_consent(run.folder / "anna")
    assert consent is not None
    assert consent.who == "Anna Example"
    assert run("voices", "install", "anna").code == 0
    assert run("check", "mine.md", "--voice", "recorded:anna").code == 0
    both = run("record", "mine.md", "-o", "anna", "--as", "anna")
    assert both.code == 2
    assert "Nothing is missing" in run("record", "mine.md", "-o", "anna").err


# ── the prompter ─────────────────────────────────────────────────────────────


class _Reader:
    """Says what the prompter shows, into the prompter's ear; and presses keys."""

    def __init__(self, sounds: list[Block], keys: dict[int, PromptKey] | None = None) -> None:
        self._sounds, self._keys = sounds, keys or {}
        self.takes = 0
        self.views: list[PromptView] = []
        self.played: list[VoiceTake] = []
        self._rest = np.zeros(0, np.int16)

    def read(self, seconds: float) -> Block | None:
        """A tenth of a second; what is not asked to wait begins the next take."""
        if seconds == 0:
            self._rest = self._sounds[min(self.takes, len(self._sounds) - 1)]
            self.takes += 1
            return None
        size = reader.RATE // 10
        block, self._rest = self._rest[:size], self._rest[size:]
        return np.pad(block, (0, size - len(block)))

    def keys(self, seconds: float) -> list[PromptKey]:
        """The key of this take, once, when the prompter waits for one."""
        key = self._keys.pop(self.takes, None) if seconds or self.played else None
        return [key] if key else []

    def desk(self, *, attended: bool = True) -> PromptDesk:
        """What the prompter works with."""
        return PromptDesk(
            self, reader.RATE, self.played.append, self.keys, self.views.append, attended
        )


def spoken(text: str) -> Block:
    """A line said after a moment, at a microphone."""
    sound = reader.in_room(reader.silence(0.8), reader.said(text), reader.silence(2.5))
    return np.rint(sound * 32_767).astype(np.int16)


THREE = [
    ScriptLine(text, text, seconds)
    for text, seconds in (
        ("Let your shoulders sink.", 1.6),
        ("Breathe out.", 0.8),
        ("And rest.", 0.7),
    )
]


def test_lines_are_recorded_one_after_another(voices: Path) -> None:
    """Each ends by itself, is played back and kept; hands are not needed."""
    person = _Reader([spoken(line.text) for line in THREE])
    prompter = Prompter(VoiceFolder(voices, "en"), THREE, person.desk())
    prompter.run()
    assert prompter.kept == {line.key for line in THREE}
    assert len(person.played) == 3
    assert VoiceFolder(voices, "en").missing(THREE) == []
    states = [view.state for view in person.views if view.number == 1]
    order = [PromptState.LISTENING, PromptState.SPEAKING, PromptState.PLAYING]
    assert list(dict.fromkeys(states)) == order


def test_it_can_be_left_and_gone_on_with(voices: Path) -> None:
    """What was said before `q` is there, and the next time it is not asked for."""
    voice = VoiceFolder(voices, "en")
    person = _Reader([spoken(line.text) for line in THREE], {2: PromptKey.QUIT})
    Prompter(voice, THREE, person.desk()).run()
    rest = voice.missing(THREE)
    assert 1 <= len(rest) <= 2
    person = _Reader([spoken(line.text) for line in rest])
    Prompter(voice, rest, person.desk()).run()
    assert voice.missing(THREE) == []


@pytest.mark.parametrize(
    ("key", "lines_seen"),
    [
        (PromptKey.AGAIN, [1, 1, 2, 3]),
        (PromptKey.BACK, [1, 1, 2, 3]),
        (PromptKey.SKIP, [1, 2, 3]),
        (PromptKey.NEXT, [1, 2, 3]),
    ],
)
def test_keys_lead_through_the_lines(voices: Path, key: PromptKey, lines_seen: list[int]) -> None:
    """Again, back, skip, next: pressed while the first take is played."""
    texts = [line.text for line in THREE]
    said = [texts[number - 1] for number in lines_seen]
    person = _Reader([spoken(text) for text in said], {1: key})
    Prompter(VoiceFolder(voices, "en"), THREE, person.desk()).run()
    takes = [view.number for view in person.views if view.state is PromptState.PLAYING]
    assert takes == lines_seen


def test_a_faulty_take_waits_for_its_reader(voices: Path) -> None:
    """It is not kept unless asked for by `next`; said again and well, it is."""
    short = [spoken("Let."), spoken(THREE[0].text)]
    voice = VoiceFolder(voices, "en")
    person = _Reader(short, {1: PromptKey.AGAIN})
    Prompter(voice, THREE[:1], person.desk()).run()
    kept = voice.line(THREE[0].text)
    assert kept is not None
    assert kept.seconds > 1.0
    notes = {note for view in person.views for note in view.notes}
    assert notes == {"too short for its words: say the whole line"}
    person = _Reader(short, {1: PromptKey.NEXT})
    Prompter(voice, THREE[:1], person.desk()).run()
    kept = voice.line(THREE[0].text)
    assert kept is not None
    assert kept.seconds < 1.0


def test_where_nobody_can_be_asked_a_faulty_line_is_left_out(voices: Path) -> None:
    """After three tries; a good one is kept."""
    person = _Reader([spoken("Let.")])
    voice = VoiceFolder(voices, "en")
    Prompter(voice, THREE[:1], person.desk(attended=False)).run()
    assert person.takes == 3
    assert voice.missing(THREE[:1]) == THREE[:1]


def test_a_reader_may_wait_as_long_as_they_like(voices: Path) -> None:
    """A minute of silence before a short call: it is heard all the same."""
    minute = np.rint(32_767 * reader.room(60)).astype(np.int16)
    person = _Reader([np.concatenate([minute, spoken("Rest.")])])
    voice = VoiceFolder(voices, "en")
    Prompter(voice, [ScriptLine("Rest.", "Rest.", 0.5)], person.desk()).run()
    kept = voice.line("Rest.")
    assert kept is not None
    assert kept.seconds == pytest.approx(good_take("Rest.").seconds, abs=0.05)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 12), (20, 6), (120, 50)])
def test_the_screen_has_the_line_in_its_middle(width: int, height: int) -> None:
    """Whole and within the terminal, with the keys at its foot, as far as there is room."""
    view = PromptView(THREE[0], 2, 9, PromptState.FAULTY, (TakeFault.QUIET.value,), level=-20.0)
    shown = [plain(one) for one in prompt_screen(view, width, height, FINE)]
    assert len(shown) == height
    assert max(map(len, shown)) <= width
    assert "2 of 9" in shown[0]
    assert shown[-1].startswith("a again")
    words = " ".join(" ".join(shown[2:-2]).split())
    assert THREE[0].text in words or height < 12


def test_the_list_is_read_anew_when_another_process_wrote(voices: Path) -> None:
    """The studio and a terminal may record side by side."""
    one, other = VoiceFolder(voices, "en"), VoiceFolder(voices, "en")
    one.keep(THREE[0], good_take(THREE[0].text))
    other.keep(THREE[1], good_take(THREE[1].text))
    assert one.missing(THREE) == [THREE[2]]
    assert len(read_recordings(voices).lines) == 2
