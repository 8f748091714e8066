"""What nobody foresaw: one sentence, an exit code, and the traceback where it is asked for."""

from __future__ import annotations

import signal

import pytest

from voiceguide.cli import main

FAILURES = [
    (MemoryError(), "there is not enough memory"),
    (PermissionError(13, "Permission denied", "/somewhere"), "`/somewhere`: Permission denied"),
    (OSError(5, "Input/output error"), "Input/output error"),
    (KeyError("left"), "voiceguide has a fault (KeyError: 'left')"),
    (RecursionError("too deep\nindeed"), "voiceguide has a fault (RecursionError: too deep)"),
]


@pytest.mark.parametrize(("error", "sentence"), FAILURES)
@pytest.mark.parametrize("debug", [False, True])
def test_what_was_not_foreseen_is_a_sentence(
    error: Exception,
    sentence: str,
    debug: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With a way out and exit code 3; the traceback comes with `--debug`, wherever that stands."""

    def fail() -> None:
        raise error

    monkeypatch.setattr("voiceguide.library.catalogue", fail)
    assert main(["list", "--debug"] if debug else ["list"]) == 3
    told = capsys.readouterr().err
    assert f"error: {sentence}" in told
    assert "help: " in told
    assert ("Traceback" in told) is debug


def test_debug_may_stand_first(capsys: pytest.CaptureFixture[str]) -> None:
    """Before the command, too; a file of that name can be named behind `--`."""
    assert main(["--debug", "check", "nowhere.md"]) != 0
    assert "Traceback" in capsys.readouterr().err
    assert main(["check", "--", "--debug"]) != 0
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_callers_signal_handlers_are_put_back(name: str) -> None:
    """Who calls `main` from Python keeps what it had set."""
    number = getattr(signal, name, None)
    if number is None:
        pytest.skip(f"this system has no {name}")

    def handler(_number: int, _frame: object) -> None:
        """The caller's own."""

    before = signal.signal(number, handler)
    try:
        assert main(["--version"]) == 0
        assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, before)
