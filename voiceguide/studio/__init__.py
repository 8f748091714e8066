"""Run the stages in order; read this module first.

    text ─parse▶ Routine ─unroll▶ Sequence ─schedule▶ Timeline ─render▶ blocks ─encode▶ file
                                                                             └──play▶ loudspeakers

`load` parses, `Session.plan` unrolls and schedules, `Session.export` renders and encodes, and
`Session.perform` plays; `Session.sheet` makes a handout of the same routine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from msgspec.structs import replace

from voiceguide import library, sequence
from voiceguide.engines import MissingLineError
from voiceguide.errors import Problem, RoutineError, Severity
from voiceguide.lengths import in_seconds
from voiceguide.routine import Picture
from voiceguide.sequence import Choices, Words
from voiceguide.sequence.steps import unroll
from voiceguide.settings import Settings
from voiceguide.store import Store, default_store
from voiceguide.studio.estimated import Estimated, Progress, part_of
from voiceguide.studio.opening import (
    Opened,
    SourceText,
    UnmetLengthError,
    open_text,
    read,
    unreachable,
)
from voiceguide.studio.results import Album, Companions, Export, Plan
from voiceguide.studio.supplied import Chimes, Option, as_options, in_python, sort_options
from voiceguide.timeline import LengthOf, Timeline, UnreachableLengthError, bounds, schedule

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from pydub import AudioSegment

    from voiceguide.encode.formats import Purpose
    from voiceguide.handout import Sheet
    from voiceguide.handout.sheet import ShownFigures
    from voiceguide.render import Blocks
    from voiceguide.studio.narration import SpeakerPool, Voiced
    from voiceguide.studio.playing import Performance, Preview, Wishes

__all__ = [
    "Album",
    "Chimes",
    "Export",
    "Option",
    "Plan",
    "Progress",
    "Session",
    "SourceText",
    "Studio",
    "UnmetLengthError",
    "load",
    "load_text",
    "loads",
]


def load(routine: str | Path, **options: Option) -> Session:
    """Open a routine: a path, or a name from the library.

    `options` are settings that override the front matter, written as there: `length="10 min"` or a
    number of seconds, `level="gentle"` or a part of 1, `guidance="brief"`, `voice="espeak:en-gb"`;
    and `with_=["band"]` for the optional steps to include. `bed` is a name or file with a level,
    such as `"rain, -34 dB"`, or a sound; `chimes` is a family, or a map of roles to names, files
    and sounds.
    A sound is a pydub `AudioSegment`, a numpy array of shape (n,) or (n, channels) at 48 kHz, or
    a pair of such an array and its rate in Hz.

    Raises:
        RoutineError: the routine has problems; the error lists all of them.
        UsageError: there is no such routine, or an option is not valid.
    """
    with in_python():
        return load_text(read(routine), **options)


def loads(
    text: str | bytes, *, folder: str | Path = ".", name: str = "routine", **options: Option
) -> Session:
    """Open the text of a routine, as `load` does; files that it names are looked for in `folder`.

    Problems call the text `name`.
    """
    data = text.encode() if isinstance(text, str) else text
    with in_python():
        return load_text(SourceText(data, name, Path(folder)), **options)


def load_text(text: SourceText, **options: Option) -> Session:
    """Open a text that has been read already, as `load` does; errors name options as in a shell."""
    return _open(text, options, None)


def _open(text: SourceText, options: Mapping[str, Option], speakers: SpeakerPool | None) -> Session:
    named, supplied = sort_options(as_options(options))
    return Session(open_text(text, named, supplied), speakers)


class Studio(AbstractContextManager["Studio"]):
    """Opens sessions that share their engines; `close` closes these. For one thread at a time.

    Clips are kept in `store`, by default the user's own.
    """

    def __init__(self, store: Store | None = None) -> None:
        from voiceguide.studio.narration import SpeakerPool  # late: it loads all the audio code

        self._speakers = SpeakerPool(store)

    def load(self, routine: str | Path, **options: Option) -> Session:
        """Open a routine, as the function `load` does."""
        with in_python():
            return self.load_text(read(routine), **options)

    def load_text(self, text: SourceText, **options: Option) -> Session:
        """Open a text, as the function `load_text` does."""
        return _open(text, options, self._speakers)

    def close(self) -> None:
        """Close the engines; sessions that are still used start new ones."""
        self._speakers.close()

    def __exit__(self, *_: object) -> None:
        self.close()


class Session(AbstractContextManager["Session"]):
    """A routine that can be planned and exported, with the settings it was opened with."""

    def __init__(self, opened: Opened, speakers: SpeakerPool | None = None) -> None:
        self._opened = opened
        self._speakers = speakers
        self._voiced: Voiced | None = None
        self._narrated = True
        """Whether the library's narration may speak; False once it turned out to lack a line."""

    @property
    def title(self) -> str:
        """The title of the session."""
        return self._opened.title

    @property
    def settings(self) -> Settings:
        """The settings of the front matter and the options, with defaults filled in."""
        return self._opened.settings

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems in the routine that do not stop anything."""
        return self._opened.warnings

    @property
    def optional(self) -> list[str]:
        """The names of its optional steps, which `with_` includes."""
        options = (step.dose.option for step in self._opened.routine.steps())
        return sorted({option.name for option in options if option})

    def words(self) -> list[Words]:
        """Return every text that the session may say, once each, in order.

        Raises:
            RoutineError, UnmetLengthError: the length asked for cannot be met.
        """
        said = self._usual.words()
        if self.settings.length is not None:  # some texts say a length
            events = self.plan(estimate=True).timeline.events
            said += [event.source for event in events if isinstance(event.source, Words)]
        return list(dict.fromkeys(said))

    def plan(self, *, estimate: bool = False, progress: Progress | None = None) -> Plan:
        """Plan what happens when. Cues that do not fit are among the plan's problems.

        With `estimate`, the lengths of spoken texts are estimated and no engine is needed.

        Raises:
            RoutineError: the length in the front matter cannot be met.
            UnmetLengthError: the length asked for cannot be met.
            UsageError: there is no such voice.
            MachineError: no engine could speak.
        """
        if estimate:
            return self._planned(self._schedule(Estimated(self._opened)), None)
        from voiceguide.studio.narration import foreign_voice

        timeline = self._schedule(self._voice(progress))
        voiced = self._voice()  # another voice, if a line turned out not to be recorded
        return self._planned(timeline, voiced.name, *foreign_voice(self._opened, voiced))

    def bounds(self, *, estimate: bool = True) -> tuple[float, float]:
        """Return the shortest and the longest length that the session can have, in seconds.

        By estimated speech; without `estimate` by real speech, and any length between can be met.

        Raises:
            UsageError, MachineError: the session cannot be spoken; only without `estimate`.
        """
        length_of: LengthOf = Estimated(self._opened) if estimate else self._voice()
        try:
            shortest, longest = bounds(self._unroll, length_of)
        except MissingLineError:
            if self.settings.voice is not None:
                raise
            shortest, longest = bounds(self._unroll, self._spoken_by_engine())
        return in_seconds(shortest), in_seconds(longest)

    def sheet(self, *, chosen: bool = False) -> Sheet:
        """Return the routine as a handout, with all its options and ranges.

        If `chosen`, it describes only this session, with the doses of its sound; texts are only
        spoken for that if a length was requested.

        Raises:
            RoutineError, UnmetLengthError, UsageError, MachineError: as in `plan`, if `chosen`.
        """
        from voiceguide.handout.sheet import sheet

        opened = self._opened
        guessed = self.settings.length is None
        timeline = self.plan(estimate=guessed).timeline if chosen else None
        return sheet(
            opened.routine,
            opened.settings,
            opened.phrases,
            opened.used,
            title=opened.title,
            bounds=(timeline.duration, timeline.duration) if timeline else self.bounds(),
            timeline=timeline,
            figure=self._figure,
        )

    def _figure(self, picture: Picture) -> str:
        """Return the `data:` address of a picture beside its routine."""
        from voiceguide.handout import data_address

        path = self.picture_file(picture)
        return data_address(path.name, path.read_bytes())

    def picture_file(self, picture: Picture) -> Path:
        """Return the path of a picture of the routine, or of a routine that it uses."""
        return library.resolve_beside(picture.path, self._opened.folders[picture.place.source])

    def figures(self, timeline: Timeline) -> tuple[ShownFigures, ...]:
        """Return the pictures that belong to the moments of a timeline."""
        from voiceguide.handout.sheet import shown_figures

        return shown_figures((self._opened.routine, *self._opened.used.values()), timeline)

    def export(
        self,
        path: str | Path,
        *,
        kbps: int | None = None,
        stream: bool = False,
        album: Album | None = None,
        split: bool = False,
        captions: bool = False,
        bundle: bool = False,
        digital_silence: bool = False,
        verify: bool = False,
        purpose: str | None = None,
        progress: Progress | None = None,
    ) -> Export:
        """Write the session to a file, in the format of its suffix: see `encode.FORMATS`.

        The file is complete or absent: an old file stays until the new one is complete.
        `stream` encodes an MP3 in one go instead of stitching it: slower, for comparison.
        `album` is the album that the file names in its tags. `captions` writes the spoken words
        beside the file, as `.lrc` and `.vtt`; `bundle` writes these, the cover, the handout and a
        playlist; `split` writes, in place of the file, a numbered file for each chapter and a
        playlist. For the last two the folder is made; all files take their places together.
        `digital_silence` leaves out the noise floor, far below hearing, that keeps Bluetooth
        awake in silences without a bed. `verify` reads the sound back before any file takes its
        place. `purpose` is `phone`, `messenger`, `insight-timer`, `podcast` or `cd`: it sets bit
        rate, loudness and companion files, unless these are given; see `encode.formats`.

        Raises:
            RoutineError: the routine has problems.
            UsageError: the format, the bit rate or the purpose is unknown, the length cannot be
                met, or a file beside the sound exists that no export wrote.
            ShortfallError: a file that was read back breaks its promise; nothing is replaced.
            MachineError: no engine could speak, the format needs a package that is not installed,
                or the file could not be written.
        """
        from voiceguide.encode.formats import purpose_of
        from voiceguide.studio.exporting import check_target, export

        meant = purpose_of(purpose) if purpose else None
        beside = _beside(meant, split=split, captions=captions, bundle=bundle)
        target = check_target(path, kbps, beside, stream=stream, verify=verify, purpose=meant)
        encoding = part_of(progress, 0.5, 0.5)
        with self._meant_for(meant) as session:
            return export(
                session._faultless(part_of(progress, 0.0, 0.5)),
                session._voice(),
                target,
                kbps=kbps,
                stream=stream,
                store=default_store(),
                progress=encoding,
                album=album,
                beside=beside,
                page=self._page() if beside.bundle else b"",
                digital_silence=digital_silence,
                verify=verify,
                purpose=meant,
            )

    @contextmanager
    def _meant_for(self, purpose: Purpose | None) -> Iterator[Session]:
        """Yield the session at the loudness of its purpose, unless an option sets the loudness."""
        opened = self._opened
        said = "loudness" in opened.chosen
        if purpose is None or said or opened.settings.loudness == purpose.loudness:
            yield self
            return
        louder = replace(opened.settings, loudness=purpose.loudness)
        with Session(replace(opened, settings=louder), self._speakers) as session:
            yield session

    def blocks(self, *, progress: Progress | None = None) -> Blocks:
        """Return the sound of the session, to be read in pieces: 48 kHz, 16 bit.

        Raises:
            RoutineError: the routine has problems.
            UsageError: the length cannot be met.
            MachineError: no engine could speak.
        """
        from voiceguide.studio.exporting import blocks_of

        return blocks_of(self._faultless(progress), self._voice())

    def export_to(
        self,
        file: BinaryIO,
        format: str = "mp3",  # noqa: A002  (as pydub and soundfile call it)
        *,
        kbps: int | None = None,
        verify: bool = False,
        progress: Progress | None = None,
    ) -> Export:
        """Write the session to an open binary file, which need not be seekable: `io.BytesIO()`.

        `format` is the suffix of the format, such as `mp3`. The paths in the result are not valid.

        Raises:
            RoutineError, UsageError, ShortfallError, MachineError: as in `export`; then nothing
                has been written.
        """
        import shutil

        from voiceguide.files import temporary_folder

        with temporary_folder() as folder:
            path = folder / f"session.{format.removeprefix('.')}"
            done = self.export(path, kbps=kbps, verify=verify, progress=progress)
            with path.open("rb") as made:
                shutil.copyfileobj(made, file)
        return done

    def samples(self, *, progress: Progress | None = None) -> npt.NDArray[np.int16]:
        """Return the sound of the session: 48 kHz, shape (n,), or (n, 2) if it is stereo.

        Raises:
            RoutineError, UsageError, MachineError: as in `blocks`.
        """
        import numpy as np

        from voiceguide.encode.pcm import samples_of

        blocks = self.blocks(progress=progress)
        return np.concatenate(list(samples_of(blocks, 0, blocks.length)))

    def to_pydub(self, *, progress: Progress | None = None) -> AudioSegment:
        """Return the session as a pydub segment in memory: 48 kHz, 16 bit, one or two channels.

        Raises:
            RoutineError, UsageError, MachineError: as in `blocks`.
        """
        from voiceguide.encode.foreign import segment_of

        blocks = self.blocks(progress=part_of(progress, 0.0, 0.5))
        return segment_of(blocks, part_of(progress, 0.5, 0.5))

    def perform(self, wishes: Wishes, clock: Callable[[], float]) -> Performance:
        """Prepare the session to be played, as soon as its beginning is spoken.

        `clock` returns seconds, of which only differences count.

        Raises:
            RoutineError, UnmetLengthError, UsageError, MachineError: as in `plan`.
        """
        from voiceguide.studio.playing import Performance

        voiced = self._voiced = self._voiced or self._made(self._usual)
        try:
            return Performance(self._opened, voiced, self._unroll, wishes, clock)
        except UnreachableLengthError as error:
            raise unreachable(error, self._opened) from None

    def hear(self, turn: AbstractContextManager[object]) -> Preview:
        """Start to speak the session's texts in a thread; it can be heard meanwhile.

        The lock `turn` is held whenever an engine speaks.

        Raises:
            UsageError: there is no such voice.
            MachineError: no engine could speak.
        """
        from voiceguide.studio.playing import Preview

        with turn:
            voiced = self._voiced = self._voiced or self._made(self._usual)
        return Preview(self._opened, voiced, self._unroll, turn)

    def close(self) -> None:
        """Close the engine; the session can still be used, and then starts a new one."""
        if self._voiced:
            self._voiced.close()
            self._voiced = None

    def __exit__(self, *_: object) -> None:
        self.close()

    def _faultless(self, progress: Progress | None) -> Plan:
        """Return the plan; raise a RoutineError if it has errors."""
        plan = self.plan(progress=progress)
        errors = [problem for problem in plan.problems if problem.severity is Severity.ERROR]
        if errors:
            raise RoutineError(errors)
        return plan

    def _planned(self, timeline: Timeline, voice: str | None, *of_voice: Problem) -> Plan:
        found = map(self._opened.located, timeline.problems)
        return Plan(self._opened, timeline, (*self.warnings, *of_voice, *found), voice)

    def _page(self) -> bytes:
        from voiceguide.handout.page import as_html

        return as_html(self.sheet()).encode()

    def _schedule(self, length_of: LengthOf) -> Timeline:
        opened = self._opened
        try:
            return schedule(self._unroll, length_of, point=opened.settings.point, wish=opened.wish)
        except UnreachableLengthError as error:
            raise unreachable(error, self._opened) from None
        except MissingLineError:
            if self.settings.voice is not None:
                raise
            # the fit changed a choice, and now needs a line that is not recorded
            return self._schedule(self._spoken_by_engine())

    def _spoken_by_engine(self) -> Voiced:
        """Speak the session with one engine from here on, and no longer with the narration."""
        self.close()
        self._narrated = False
        return self._voice()

    @property
    def _unroll(self) -> partial[sequence.Sequence]:
        opened = self._opened
        return partial(unroll, opened.routine, opened.settings, opened.phrases, used=opened.used)

    @property
    def _usual(self) -> sequence.Sequence:
        """The sequence before it is fitted to a length."""
        return self._unroll(choices=Choices(self.settings.point))

    def _made(self, usual: sequence.Sequence) -> Voiced:
        """Return the voice of the words: the library's narration, or else one engine.

        Raises:
            RoutineError: some of its lines are not recorded.
        """
        from voiceguide.studio.narration import Voiced, library_speaker, make_speaker, unrecorded

        narration = library_speaker(self._opened, usual.words()) if self._narrated else None
        if narration or self._speakers is None:
            voiced = Voiced(self._opened, narration or make_speaker(self._opened))
        else:
            voiced = Voiced(self._opened, self._speakers.of(self._opened), shared=True)
        missing = list(unrecorded(self._opened, voiced, usual))
        if missing:
            voiced.close()
            raise RoutineError(missing)
        return voiced

    def _voice(self, progress: Progress | None = None) -> Voiced:
        if self._voiced is None:
            usual = self._usual
            self._voiced = self._made(usual)
            self._voiced.prepare(usual.words(), progress)
        return self._voiced


def _beside(meant: Purpose | None, *, split: bool, captions: bool, bundle: bool) -> Companions:
    """Return what to write besides the sound; a cue sheet is only for a single file."""
    if meant is None:
        return Companions(split=split, captions=captions, bundle=bundle)
    all_of_it = bundle or meant.bundle
    cue = meant.cue and not (split or all_of_it)
    return Companions(split, captions or meant.captions, all_of_it, cue)
