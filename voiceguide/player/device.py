"""Sound devices and the microphone, by miniaudio (PulseAudio, ALSA, CoreAudio or WASAPI).

`Playback` plays a session on a device, from the first sample to the last one heard.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from voiceguide.errors import MachineError, UsageError, VoiceguideError, did_you_mean
from voiceguide.installation import bring
from voiceguide.lengths import SAMPLE_RATE, in_seconds, samples
from voiceguide.player.conductor import Command, Conductor, State
from voiceguide.player.transport import FADE, Transport
from voiceguide.render import Block

BUFFER = 500
"""The device's buffer in milliseconds. With 500, ten minutes played without a lost sample beside
three busy loops on two cores; with 20, it ran dry."""

LATENCY = samples(BUFFER / 1000)
"""Approximate latency in samples from pulling to hearing."""

NULL = "null"
"""Name of a silent device that pulls samples in real time."""

Pull = Callable[[int], Block]
"""Returns the given number of next samples."""

_NO_DEVICE = {
    "linux": "connect a loudspeaker or headphones, and start PipeWire or PulseAudio; "
    "on a machine without a desktop, the user has to be in the group `audio`",
    "darwin": "connect a loudspeaker or headphones, and choose it in System Settings, Sound",
    "win32": "connect a loudspeaker or headphones, and choose it in Settings, System, Sound; the "
    "service Windows Audio has to run",
}.get(sys.platform, "connect a loudspeaker or headphones, and start the system's sound service")


class Speakers(Struct, frozen=True):
    """An output device."""

    name: str
    system: str
    """Its sound system: `PulseAudio`, `ALSA`, `Core Audio`, `WASAPI`."""


class Output(Protocol):
    """Pulls samples, in real time or not."""

    @property
    def name(self) -> str:
        """Its name."""

    def start(self, pull: Pull) -> None:
        """Begin to pull from a thread of its own."""

    def close(self) -> None:
        """Stop; may be called twice."""


class Device:
    """An open sound device, idle until `start`."""

    def __init__(self, channels: int, wanted: str | None = None) -> None:
        """Open the device called `wanted`, or the system's default.

        Raises:
            MachineError: there is no device, it cannot be opened, or miniaudio is missing.
            UsageError: the name fits no device, or several.
        """
        miniaudio = _miniaudio()
        backends = [miniaudio.Backend.NULL] if wanted == NULL else None
        name, id_ = _find(wanted) if wanted and wanted != NULL else (None, None)
        try:
            with _libraries_hushed():
                self._device = miniaudio.PlaybackDevice(
                    output_format=miniaudio.SampleFormat.SIGNED16,
                    nchannels=channels,
                    sample_rate=SAMPLE_RATE,
                    buffersize_msec=BUFFER,
                    device_id=id_,
                    backends=backends,
                    app_name="voiceguide",
                )
        except miniaudio.MiniaudioError as error:
            raise MachineError(
                f"no sound device can be opened: {error.args[0]}", _NO_DEVICE
            ) from error
        if self._device.backend == "Null" and wanted != NULL:
            self._device.close()
            raise MachineError("there is no sound device", _NO_DEVICE)
        self.name: str = name or self._device.backend

    def start(self, pull: Pull) -> None:
        """Begin to pull samples; raise a MachineError if the device does not start."""
        pulling = _pulling(pull)
        next(pulling)
        try:
            self._device.start(pulling)
        except _miniaudio().MiniaudioError as error:
            raise MachineError(
                f"the sound device does not start: {error.args[0]}", _NO_DEVICE
            ) from error

    def close(self) -> None:
        """Stop and release the device."""
        self._device.close()


def _pulling(pull: Pull) -> Generator[bytes, int | None, None]:
    """The generator to which miniaudio sends the number of samples it needs."""
    count = yield b""
    while True:
        count = yield pull(count or 0).tobytes()


def speakers() -> list[Speakers]:
    """List the output devices, by the names that `--speaker` takes.

    Raise a MachineError if there is none, or if miniaudio is not installed.
    """
    known = _known()
    if not known:
        raise MachineError("there is no sound device", _NO_DEVICE)
    return [Speakers(name, system) for name, (system, _) in known.items()]


def _find(wanted: str) -> tuple[str, Any]:
    """Full name and id of the one device whose name contains `wanted`."""
    known = _known()
    fitting = [name for name in known if wanted.lower() in name.lower()]
    exact = [name for name in fitting if name.lower() == wanted.lower()]
    if len(exact or fitting) != 1:
        what = "several sound devices are" if fitting else "there is no sound device"
        way_out = did_you_mean(wanted, fitting or known) or _NO_DEVICE
        raise UsageError(f"{what} called `{wanted}`", way_out)
    [name] = exact or fitting
    return name, known[name][1]


def _known() -> Mapping[str, tuple[str, Any]]:
    """Sound system and id of every device, by its name."""
    miniaudio = _miniaudio()
    try:
        with _libraries_hushed():
            devices = miniaudio.Devices()
            found = [] if devices.backend == "Null" else devices.get_playbacks()
        return {one["name"]: (devices.backend, one["id"]) for one in found}
    except miniaudio.MiniaudioError:  # ALSA lists a device that cannot be opened
        return {}


@contextmanager
def _libraries_hushed() -> Iterator[None]:
    """Suppress standard error, where ALSA complains about every missing card."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _miniaudio(what: str = "playing") -> Any:
    try:
        import miniaudio
    except ImportError:
        raise MachineError(f"{what} needs the package miniaudio", bring("live")) from None
    return miniaudio


# ── playing a single sound ───────────────────────────────────────────────────


PATIENCE = 3.0
"""Seconds that a device may take beyond the sound's length."""


def play_once(sound: npt.NDArray[np.int16], output: Output, patience: float = PATIENCE) -> None:
    """Play a sound, mono, shape (n,), and close the device once it was heard.

    Raise a MachineError if the device does not start, or takes no samples.
    """
    rest = np.concatenate([sound, np.zeros(2 * LATENCY, np.int16)])  # flushes the device's buffer
    taken = Event()

    def pull(count: int) -> Block:
        nonlocal rest
        block, rest = rest[:count], rest[count:]
        if not len(rest):
            taken.set()
        return np.concatenate([block, np.zeros(count - len(block), np.int16)])

    try:
        output.start(pull)
        if not taken.wait(in_seconds(len(rest)) + patience):
            problem = f"the sound device `{output.name}` takes no sound"
            raise MachineError(problem, "choose another one: `voiceguide doctor` lists them")
    finally:
        output.close()


# ── `Playback`: plays a session on a device ──────────────────────────────────


TURN = 0.1
"""Longest wait for commands in seconds before the session's next `tick`."""

GONE = 2.0
"""Seconds without a pulled sample after which a device counts as gone."""

AGAIN = 1.0
"""Seconds between two attempts to open another device."""

Listen = Callable[[float], Iterable[Command]]
"""Waits at most the given seconds and returns the commands received meanwhile."""


class Performs(Protocol):
    """A session that can be played."""

    @property
    def conductor(self) -> Conductor:
        """Its conductor."""

    @property
    def transport(self) -> Transport:
        """Its transport."""

    @property
    def note(self) -> str:
        """A message for the listener, or an empty text."""

    def tick(self) -> None:
        """Advance the session: notice waits, its end, and errors."""


class Playback:
    """Plays a session to the end, or until the listener leaves."""

    def __init__(
        self, session: Performs, open_output: Callable[[], Output], clock: Callable[[], float]
    ) -> None:
        """Open a device; raises what `open_output` raises."""
        self._gone = ""
        self._session = session
        self._open_output = open_output
        self._clock = clock
        self._output: Output | None = open_output()
        self._taken = 0
        self._taken_at = clock()
        self._was_playing = False

    @property
    def note(self) -> str:
        """A message for the listener, or an empty text."""
        return self._gone or self._session.note

    def run(self, listen: Listen, show: Callable[[], None]) -> State:
        """Play from the current position; `show` is called several times a second."""
        conductor = self._session.conductor
        self._start()
        conductor.start()
        try:
            while conductor.state not in (State.OVER, State.QUIT):
                show()
                for command in listen(TURN):
                    conductor.handle(command)
                self._session.tick()
                self._watch()
            show()  # the final state
            self._drain(listen)
        except KeyboardInterrupt:
            conductor.handle(Command.QUIT)
            self._drain(listen)
            raise
        finally:
            self._close()
        return conductor.state

    def _start(self) -> None:
        if self._output:
            self._output.start(self._session.transport.pull)
            self._taken_at = self._clock()

    def _close(self) -> None:
        if self._output:
            self._output.close()
            self._output = None

    def _drain(self, listen: Listen) -> None:
        """Wait until the device's buffer and a fade are heard; give up if the device is gone."""
        enough = self._session.transport.pulled + FADE + 2 * LATENCY
        given_up = self._clock() + GONE
        while self._session.transport.pulled < enough and self._clock() < given_up:
            listen(TURN)

    def _watch(self) -> None:
        if self._output is None:
            self._look_for_another()
        elif self._session.transport.pulled != self._taken:
            self._taken, self._taken_at = self._session.transport.pulled, self._clock()
        elif self._clock() - self._taken_at > GONE:
            self._lose()

    def _lose(self) -> None:
        conductor = self._session.conductor
        self._was_playing = conductor.state is State.PLAYING
        if self._was_playing:  # a wait goes on: its timer stands still meanwhile
            conductor.pause()
        self._close()
        self._gone = "the sound device has gone: connect one, and the session goes on"
        self._taken_at = self._clock()

    def _look_for_another(self) -> None:
        if self._clock() - self._taken_at < AGAIN:
            return
        self._taken_at = self._clock()
        try:
            self._output = self._open_output()
            self._start()
        except VoiceguideError:
            self._close()
            return
        self._gone = ""
        if self._was_playing:
            self._session.conductor.go_on()


# ── the microphone ───────────────────────────────────────────────────────────


_HEARD_AT_A_TIME = 60
"""The microphone's buffer in milliseconds: two frames of the recogniser."""

_NO_MICROPHONE = "connect one, or allow this program to use it"


class Microphone:
    """The system's default microphone, open until `close`: mono, 16 bit."""

    def __init__(self, rate: int) -> None:
        """Begin to record at `rate` Hz; raise a MachineError without a microphone or miniaudio."""
        miniaudio = _miniaudio("a microphone")
        self._came: SimpleQueue[bytes] = SimpleQueue()
        try:
            with _libraries_hushed():
                self._device: Any = miniaudio.CaptureDevice(
                    input_format=miniaudio.SampleFormat.SIGNED16,
                    nchannels=1,
                    sample_rate=rate,
                    buffersize_msec=_HEARD_AT_A_TIME,
                    app_name="voiceguide",
                )
            if self._device.backend == "Null":  # miniaudio found no microphone
                self._device.close()
                raise MachineError("there is no microphone", _NO_MICROPHONE)
            self._receiver = _receiving(self._came)
            next(self._receiver)
            self._device.start(self._receiver)
        except miniaudio.MiniaudioError as error:
            message = f"no microphone can be opened: {error.args[0]}"
            raise MachineError(message, _NO_MICROPHONE) from error

    def read(self, seconds: float) -> npt.NDArray[np.int16] | None:
        """Return the samples received, shape (n,); None if none came within `seconds`."""
        try:
            pieces = [self._came.get(timeout=seconds)]
        except Empty:
            return None
        while not self._came.empty():
            pieces.append(self._came.get())
        return np.frombuffer(b"".join(pieces), np.int16)

    def close(self) -> None:
        """Release the microphone."""
        self._device.close()


def _receiving(came: SimpleQueue[bytes]) -> Generator[None, bytes, None]:
    while True:
        came.put(bytes((yield)))
