"""`Prompter`: show lines one by one, record, judge, play back and keep a take of each.

`RecordingDesk` does the same for a web page that uses the browser's microphone and keys.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import soundfile
from msgspec import Struct, to_builtins
from msgspec.structs import replace

from voiceguide import studio
from voiceguide.audio.clip import Samples
from voiceguide.errors import UsageError
from voiceguide.recording import ScriptLine, script_of
from voiceguide.recording.takes import (
    FRAME,
    NAME,
    HeardVoice,
    Levels,
    TakeFault,
    VoiceFolder,
    VoiceTake,
    folder_of,
    frame_size,
    known_voices,
    levels_of,
    take_of,
)

Block = npt.NDArray[np.int16]
"""Mono samples, shape (n,)."""

_FULL_SCALE = np.float32(32_768)


class PromptKey(Enum):
    """A reader's command."""

    AGAIN = "again"
    BACK = "back"
    SKIP = "skip"
    NEXT = "next"
    QUIT = "quit"


class PromptState(Enum):
    """The state of the prompter."""

    LISTENING = "say it"
    SPEAKING = "recording"
    PLAYING = "played back"
    FAULTY = "something is wrong"


class PromptView(Struct, frozen=True):
    """The data to show for a line."""

    line: ScriptLine
    number: int
    """From 1."""
    count: int
    state: PromptState = PromptState.LISTENING
    notes: tuple[str, ...] = ()
    """Faults of its last take, in words."""
    level: float = -120.0
    """Current input level, dBFS."""


class Ear(Protocol):
    """A microphone."""

    def read(self, seconds: float) -> Block | None:
        """Return the next samples, waiting up to `seconds`; None if none arrive."""


class PromptDesk(Struct, frozen=True):
    """The devices that a prompter works with."""

    ear: Ear
    rate: int
    """Sample rate of the microphone, Hz."""
    play: Callable[[VoiceTake], None]
    """Plays a take to its end."""
    keys: Callable[[float], Iterable[PromptKey]]
    """Returns the keys pressed within a number of seconds."""
    show: Callable[[PromptView], None]
    attended: bool = True
    """Whether there are keys; without them the reader cannot be asked."""


# ── one take, as it comes in ─────────────────────────────────────────────────

QUIET = 1.3
"""Seconds of silence after which a line counts as finished."""

LONGEST = 40.0
"""Longest take in seconds."""

_STANDS_OUT = 15.0
"""Least difference between the room and the loudest sound that counts as speech, in dB."""

_SAID = 0.15
"""Least length of speech in seconds; anything shorter is noise."""

_WAITED, _KEPT = 4.0, 2.0
"""After `_WAITED` seconds without speech, all but the last `_KEPT` seconds are dropped."""


class IncomingTake:
    """The sound from the microphone for one line, until the line is finished."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._sound = np.zeros(0, np.float32)
        self._levels: Levels = np.zeros(0)

    def feed(self, block: Block) -> None:
        """Append a block of samples."""
        self._sound = np.concatenate([self._sound, block.astype(np.float32) / _FULL_SCALE])
        begun = len(self._levels) * frame_size(self._rate)
        self._levels = np.concatenate([self._levels, levels_of(self._sound[begun:], self._rate)])
        if not self.heard and self.seconds > _WAITED:
            self._forget()

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self._sound) / self._rate

    @property
    def level(self) -> float:
        """Highest level of the last 10 frames, dBFS."""
        return float(self._levels[-10:].max(initial=-120.0))

    @property
    def heard(self) -> bool:
        """Whether there is speech."""
        return self._span() is not None

    @property
    def over(self) -> bool:
        """Whether the reader has spoken and is silent now, or the take is too long."""
        span = self._span()
        return self.seconds > LONGEST or bool(span and self.seconds - span[1] > QUIET)

    @property
    def samples(self) -> Samples:
        """All samples kept so far."""
        return self._sound

    def _span(self) -> tuple[float, float] | None:
        heard = HeardVoice.of(self._levels, self._rate)
        span = heard.span() if heard.loud - heard.room > _STANDS_OUT else None
        return span if span and span[1] - span[0] >= _SAID else None

    def _forget(self) -> None:
        frame = frame_size(self._rate)
        frames = round(_KEPT / FRAME)
        stay = len(self._sound) - (len(self._levels) - frames) * frame
        self._sound, self._levels = self._sound[-stay:], self._levels[-frames:]


# ── all lines ────────────────────────────────────────────────────────────────

_TURN = 0.1
"""Seconds between two polls of keys and microphone."""

_TRIES = 3
"""Takes of a line before it is skipped, if the reader cannot be asked about a faulty take."""


class Prompter:
    """Goes through lines with a reader. Good takes are kept immediately."""

    def __init__(self, voice: VoiceFolder, lines: Sequence[ScriptLine], desk: PromptDesk) -> None:
        self._voice, self._lines, self._desk = voice, lines, desk
        self.kept: set[str] = set()
        """The keys of the lines that were recorded."""

    def run(self) -> None:
        """Go through the lines until the reader quits or all are recorded.

        Raises:
            MachineError: the microphone or the loudspeaker fails, or a line cannot be written.
        """
        at = 0
        while at < len(self._lines):
            view = PromptView(self._lines[at], at + 1, len(self._lines))
            key = self._record(view)
            if key is PromptKey.QUIT:
                return
            at = max(0, at - 1) if key is PromptKey.BACK else at + 1

    def _record(self, view: PromptView) -> PromptKey:
        """Repeat a line until there is a take or the reader goes elsewhere."""
        notes: tuple[str, ...] = ()
        for tries in range(1, 1_000):
            take = self._take(replace(view, notes=notes))
            if isinstance(take, PromptKey):
                if take is PromptKey.AGAIN:
                    continue
                return take
            notes = tuple(take.sentences)
            key = self._judge(replace(view, notes=notes), take)
            if key is not PromptKey.AGAIN:
                return key
            if not self._desk.attended and tries >= _TRIES:
                return PromptKey.SKIP
        return PromptKey.SKIP

    def _take(self, view: PromptView) -> VoiceTake | PromptKey:
        """Record the next take, or return the command that the reader gave instead."""
        while self._desk.ear.read(0) is not None:  # drop the sound of the playback
            pass
        coming = IncomingTake(self._desk.rate)
        while not coming.over:
            block = self._desk.ear.read(_TURN)
            if block is not None:
                coming.feed(block)
            state = PromptState.SPEAKING if coming.heard else PromptState.LISTENING
            self._desk.show(replace(view, state=state, level=coming.level))
            for key in self._desk.keys(0):
                if key is not PromptKey.NEXT:
                    return key
                if coming.heard:
                    return take_of(coming.samples, self._desk.rate, view.line.expected)
        return take_of(coming.samples, self._desk.rate, view.line.expected)

    def _judge(self, view: PromptView, take: VoiceTake) -> PromptKey:
        """Play a take; keep it if it is good, otherwise ask the reader what to do."""
        if TakeFault.NOTHING in take.faults:
            return PromptKey.AGAIN
        if not take.faults:
            self._keep(view.line, take)
        self._desk.show(replace(view, state=PromptState.PLAYING))
        self._desk.play(take)
        pressed = list(self._desk.keys(0))
        if not take.faults:
            return pressed[-1] if pressed else PromptKey.NEXT
        key = pressed[-1] if pressed else self._ask(replace(view, state=PromptState.FAULTY))
        if key is PromptKey.NEXT:
            self._keep(view.line, take)
        return key

    def _ask(self, view: PromptView) -> PromptKey:
        """Ask the reader about a faulty take: repeat it, keep it with `next`, or leave."""
        while self._desk.attended:
            self._desk.show(view)
            for key in self._desk.keys(_TURN):
                return key
        return PromptKey.AGAIN

    def _keep(self, line: ScriptLine, take: VoiceTake) -> None:
        self._voice.keep(line, take)
        self.kept.add(line.key)


# ── recording in a browser ───────────────────────────────────────────────────


LONGEST_SENT = 30.0
"""Longest part of a take that is used, in seconds."""


class RecordingDesk:
    """Handles takes of a routine's lines that web pages record. Not thread-safe."""

    def __init__(self) -> None:
        self.name = ""
        """Name of the voice; if empty, the last recorded voice in the routine's language."""
        self._lines: dict[str, ScriptLine] = {}
        self._of: tuple[bytes, str] = (b"", "")
        """Data of the routine that `_lines` belong to, and its language."""
        self._last: tuple[VoiceFolder, ScriptLine, VoiceTake] | None = None

    def state(self, text: studio.SourceText) -> dict[str, Any]:
        """The voice, its person, all known voices, and every line with whether it is recorded.

        The mapping can be encoded as JSON.

        Raises:
            RoutineError: the routine has problems.
            UsageError: the name of the voice is not valid, or its lines are in another language.
            MachineError: its folder is damaged.
        """
        voice = self._voice(text)
        missing = {line.key for line in voice.missing(self._lines.values())}
        consent = voice.consent
        return {
            "voice": voice.path.name,
            "voices": to_builtins(known_voices()),
            "person": consent.who if consent else None,
            "lines": [
                {"key": key, "text": line.stressed, "recorded": key not in missing}
                for key, line in self._lines.items()
            ],
        }

    def sign(self, text: studio.SourceText, who: str, permission: str) -> None:
        """Record whose voice it is; see `VoiceFolder.sign`."""
        self._voice(text).sign(who, permission)

    def take(self, text: studio.SourceText, key: str, sound: bytes) -> dict[str, Any]:
        """Judge a take in WAV, and keep it if it has no faults; returns a mapping for JSON.

        Raises:
            UsageError: it is not audio, the routine has no such line, or nobody has signed.
            RoutineError, MachineError: as `state`, or the take cannot be written.
        """
        voice = self._voice(text)
        if voice.consent is None:
            raise UsageError("nobody has said whose voice it is", "say it first")
        if key not in self._lines:
            raise UsageError("the routine has no such line any more", "reload the page")
        line = self._lines[key]
        take = _read_take(sound, line.expected)
        self._last = voice, line, take
        return self._told(kept=not take.faults)

    def keep(self) -> dict[str, Any]:
        """Keep the last take in spite of its faults.

        Raises:
            UsageError: there is none, or nothing is heard in it.
            MachineError: it cannot be written.
        """
        return self._told(kept=True)

    def sound(self) -> bytes:
        """Return the last take as WAV, trimmed and levelled; a UsageError if there is none."""
        _, _, take = self._latest()
        made = io.BytesIO()
        soundfile.write(made, take.samples, take.rate, format="WAV", subtype="PCM_16")
        return made.getvalue()

    def _told(self, *, kept: bool) -> dict[str, Any]:
        voice, line, take = self._latest()
        if kept and TakeFault.NOTHING in take.faults:
            raise UsageError("nothing is heard in it", "record it again")
        if kept:
            voice.keep(line, take)
        return {"kept": kept, "faults": list(take.faults), "seconds": round(take.seconds, 2)}

    def _latest(self) -> tuple[VoiceFolder, ScriptLine, VoiceTake]:
        if self._last is None:
            raise UsageError("nothing has been recorded yet", "record a line first")
        return self._last

    def _voice(self, text: studio.SourceText) -> VoiceFolder:
        """The folder of the voice; also update `_lines` to those of the text."""
        if text.data != self._of[0]:
            lines = script_of(lambda options: studio.load_text(text, **options), {})
            language = studio.load_text(text).settings.language
            self._lines, self._of = {line.key: line for line in lines}, (text.data, language)
        return VoiceFolder(folder_of(self.name or _latest_voice(self._of[1])), self._of[1])


def _latest_voice(language: str) -> str:
    spoken = language.partition("-")[0]
    fitting = (v.name for v in known_voices() if v.language.partition("-")[0] in ("", spoken))
    return next(fitting, NAME)


def _read_take(sound: bytes, expected: float) -> VoiceTake:
    try:
        with soundfile.SoundFile(io.BytesIO(sound)) as file:
            most = round(LONGEST_SENT * file.samplerate)
            samples = file.read(most, dtype="float32", always_2d=True)
            rate = file.samplerate
    except (soundfile.SoundFileError, RuntimeError, TypeError) as error:
        raise UsageError("the page sent no sound", "reload the page") from error
    return take_of(samples.mean(axis=1, dtype="float32"), rate, expected)
