"""Signals wait while a C library calls back, and none is lost."""

from __future__ import annotations

import io
import signal
import threading
from collections.abc import Iterator
from types import FrameType

import numpy as np
import pytest
import soundfile

from voiceguide.engines.processes import decode_wave
from voiceguide.files.signals import signals_postponed


@pytest.fixture
def came() -> Iterator[list[int]]:
    """The numbers of the SIGTERMs that a handler got."""
    numbers: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        numbers.append(number)

    before = signal.signal(signal.SIGTERM, handle)
    yield numbers
    signal.signal(signal.SIGTERM, before)


def test_a_signal_is_handled_at_the_end(came: list[int]) -> None:
    """Not within the block, but with it; and afterwards at once, as before."""
    with signals_postponed():
        signal.raise_signal(signal.SIGTERM)
        assert came == []
    assert came == [signal.SIGTERM]
    signal.raise_signal(signal.SIGTERM)
    assert came == [signal.SIGTERM] * 2


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_and_a_fault_at_once(came: list[int]) -> None:
    """The block's own error does not hide Ctrl-C, and the handlers are back."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), signals_postponed():  # noqa: PT012  (they are one)
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        raise ValueError
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    """As after `nohup`: what has no function for a handler is left as it is."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with signals_postponed():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_thread_may_use_it() -> None:
    """Only the main thread sets handlers and gets signals: in another one it does nothing."""
    done: list[str] = []

    def work() -> None:
        with signals_postponed():
            done.append("done")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == ["done"]


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_does_not_shorten_what_a_voice_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes while libsndfile reads, which took the rest of the sound for missing."""
    sound = io.BytesIO()
    soundfile.write(sound, np.zeros(48_000, np.int16), 48_000, format="WAV")

    class Interrupted(io.BytesIO):
        def readinto(self, buffer: object, /) -> int:
            signal.raise_signal(signal.SIGINT)
            return super().readinto(buffer)  # type: ignore[arg-type]  # cffi's buffer

    monkeypatch.setattr("voiceguide.engines.processes.io.BytesIO", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        decode_wave(sound.getvalue())
