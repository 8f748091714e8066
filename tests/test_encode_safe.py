"""Nothing is lost: a file is replaced whole or not at all."""

from __future__ import annotations

import io
import os
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from file_reading import EVERY_FORMAT
from session_sounds import Session, burst, speech

from voiceguide import files
from voiceguide.encode import check_target, write
from voiceguide.errors import MachineError, UsageError
from voiceguide.render import Block

POSIX = pytest.mark.skipif(os.name != "posix", reason="Windows has neither these modes nor signals")
OLD = b"what stood here before"


def session() -> Session:
    return Session(48_000 * 30, {48_000 * n: burst(9_000, n) for n in range(0, 30, 2)})


@pytest.fixture(params=EVERY_FORMAT)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file that stands already."""
    path = tmp_path / f"session{request.param}"
    path.write_bytes(OLD)
    return path


def assert_untouched(target: Path) -> None:
    assert target.read_bytes() == OLD
    assert list(target.parent.iterdir()) == [target]


# ── whatever stops it ────────────────────────────────────────────────────────


class Failing(Session):
    """Blocks that fail in the middle."""

    error: BaseException = RuntimeError("the engine is gone")

    def read(self, start: int, stop: int) -> Block:
        if start > self.length // 2:
            raise self.error
        return super().read(start, stop)


@pytest.mark.slow
@pytest.mark.parametrize("error", [RuntimeError("gone"), KeyboardInterrupt(), OSError(5, "no")])
def test_an_error_in_the_middle(target: Path, error: BaseException) -> None:
    """Whatever the blocks raise passes through as it is, and the old file stands."""
    straight = isinstance(error, OSError)  # both ways of making an MP3
    failing = Failing(session().length, session().sounds)
    failing.error = error
    with pytest.raises(type(error)) as caught:
        write(failing, target, stream=straight)
    assert caught.value is error
    assert_untouched(target)


@pytest.mark.slow
def test_ctrl_c_at_the_last_moment(target: Path) -> None:
    """Even where all but the renaming is done."""

    def press(share: float) -> None:
        if share == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(session(), target, progress=press)
    assert_untouched(target)


LIMITED = """
    import resource, sys
    from session_sounds import Session, burst
    from voiceguide.encode import write
    from voiceguide.errors import MachineError

    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
    try:
        write(Session(48_000 * 60, {0: burst(48_000 * 60)}), sys.argv[1])
    except MachineError as error:
        print(error)
"""


def run_python(text: str, *arguments: str) -> subprocess.Popen[str]:
    """A Python of its own, which finds this folder's helpers."""
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(text), *arguments],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@POSIX
def test_a_file_that_may_not_grow(target: Path) -> None:
    """The system itself stops the writing after 50 kB; it is told in a sentence."""
    said, printed = run_python(LIMITED, str(target)).communicate(timeout=60)
    assert f"`{target}` cannot be written: the file is larger than may be written here" in said
    assert "help: " in said
    assert not printed
    assert_untouched(target)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_a_full_disk(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system refuses every byte: there is no room."""

    class Full(files._Raw):
        def __init__(self, draft: Path, target: Path) -> None:
            draft.symlink_to("/dev/full")
            io.FileIO.__init__(self, draft, "r+")
            self._target = target

    monkeypatch.setattr(files, "_Raw", Full)
    with pytest.raises(MachineError, match="no room left on the disk") as caught:
        write(session(), target)
    assert "free some space" in caught.value.help
    assert_untouched(target)


SLOW = """
    import sys, time
    from session_sounds import Session, burst
    from voiceguide.encode import write

    class Slow(Session):
        def read(self, start, stop):
            if start > self.length // 2:
                print("half", flush=True)
                for _ in range(600):  # a signal that another thread takes wakes no sleeper
                    time.sleep(0.1)
            return super().read(start, stop)

    write(Slow(48_000 * 30, {48_000 * n: burst(9_000, n) for n in range(30)}), sys.argv[1])
"""


@pytest.mark.slow
@POSIX
def test_a_process_that_is_killed(target: Path) -> None:
    """The old file stands; the hidden one is left, and is in nobody's way."""
    process = run_python(SLOW, str(target))
    assert process.stdout
    assert process.stdout.readline() == "half\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert target.read_bytes() == OLD
    (left,) = set(target.parent.iterdir()) - {target}
    assert left.name.startswith(".voiceguide-")
    write(session(), target)
    assert target.read_bytes() != OLD


@pytest.mark.slow
@POSIX
def test_ctrl_c_in_a_terminal(target: Path) -> None:
    """The signal itself, in the middle of the work: nothing is left behind."""
    process = run_python(SLOW, str(target))
    assert process.stdout
    assert process.stdout.readline() == "half\n"
    process.send_signal(signal.SIGINT)
    _, printed = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in printed
    assert_untouched(target)


# ── where it goes ────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_file_is_replaced(target: Path) -> None:
    """And nothing else stands in the folder then."""
    write(session(), target)
    assert target.read_bytes() != OLD
    assert list(target.parent.iterdir()) == [target]


def test_two_exports_to_one_file_at_once(tmp_path: Path) -> None:
    """Both end well, and one of them is what stands there, whole."""
    paths = [tmp_path / name for name in ("one.mp3", "two.mp3", "both.mp3")]
    sounds = [Session(48_000 * 20, {0: speech(48_000 * 20, n)}) for n in range(2)]
    alone = {write(s, p).read_bytes() for s, p in zip(sounds, paths, strict=False)}
    threads = [threading.Thread(target=write, args=(s, paths[2])) for s in sounds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert paths[2].read_bytes() in alone
    assert sorted(tmp_path.iterdir()) == sorted(paths)


@POSIX
def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    """Those that every new file of this user has."""
    before = os.umask(0o027)
    try:
        write(session(), tmp_path / "session.mp3")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "session.mp3").stat().st_mode) == 0o640


@pytest.mark.slow
@POSIX
def test_a_replaced_file_keeps_its_permissions(target: Path) -> None:
    """Also where they are unusual."""
    target.chmod(0o604)
    write(session(), target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o604


@POSIX
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What it points to is replaced, or made where there is none yet."""
    music = tmp_path / "music"
    music.mkdir()
    link = tmp_path / "session.mp3"
    link.symlink_to(music / "real.mp3")
    for _ in range(2):
        write(session(), link)
        assert link.is_symlink()
        assert (music / "real.mp3").read_bytes()[:2] == b"\xff\xfb"
        assert list(music.iterdir()) == [music / "real.mp3"]


@POSIX
def test_a_link_that_leads_to_itself(tmp_path: Path) -> None:
    """It is refused, not replaced."""
    link = tmp_path / "session.mp3"
    link.symlink_to(link)
    with pytest.raises(MachineError, match=r"session\.mp3"):
        write(session(), link)
    assert link.is_symlink()


def test_a_missing_folder_is_not_made_in_silence(tmp_path: Path) -> None:
    """It may be a slip of the pen: the way to make it is told."""
    with pytest.raises(UsageError, match="there is no folder") as caught:
        write(session(), tmp_path / "my music" / "session.mp3")
    assert "mkdir" in caught.value.help
    assert "'" in caught.value.help or '"' in caught.value.help
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    """A folder of that name is not touched."""
    (tmp_path / "session.mp3").mkdir()
    with pytest.raises(MachineError, match="is a folder"):
        write(session(), tmp_path / "session.mp3")


def test_a_file_is_no_folder(target: Path) -> None:
    """Where the path leads through a file."""
    with pytest.raises(UsageError, match=r"is a file, not a folder"):
        write(session(), target / "session.mp3")
    assert_untouched(target)


@POSIX
def test_devices_and_pipes_are_not_replaced(tmp_path: Path) -> None:
    """Renaming over them would destroy them."""
    pipe = tmp_path / "session.mp3"
    os.mkfifo(pipe)
    with pytest.raises(MachineError, match="not an ordinary file"):
        write(session(), pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@POSIX
def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    """Found out before any work."""
    with pytest.raises(MachineError, match="the name is too long"):
        check_target(tmp_path / ("a" * 300 + ".mp3"))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, which pytest's are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def ordinary_user() -> Iterator[None]:
    """The superuser may write everywhere: for a while this process is somebody else."""
    if os.geteuid() != 0:
        yield
        return
    if not hasattr(os, "setresuid"):
        pytest.skip("this system lets the superuser become nobody, but not come back")
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@POSIX
def test_a_folder_that_may_not_be_written(open_folder: Path) -> None:
    """It is told which, and what to do."""
    open_folder.chmod(0o555)
    with ordinary_user(), pytest.raises(MachineError, match="may not be written") as caught:
        write(session(), open_folder / "session.mp3")
    assert "choose another folder" in caught.value.help
    assert list(open_folder.iterdir()) == []


@POSIX
def test_a_file_that_is_write_protected(open_folder: Path) -> None:
    """Replacing needs leave of the folder alone; the file's own wish is heeded all the same."""
    target = open_folder / "session.mp3"
    target.write_bytes(OLD)
    target.chmod(0o444)
    open_folder.chmod(0o777)
    with ordinary_user(), pytest.raises(MachineError, match="is write-protected"):
        write(session(), target)
    assert_untouched(target)


@POSIX
def test_a_folder_that_may_not_be_entered(open_folder: Path) -> None:
    """Where not even the question is allowed whether the file exists."""
    closed = open_folder / "closed"
    closed.mkdir()
    closed.chmod(0)
    with ordinary_user(), pytest.raises(MachineError, match="may not be written"):
        write(session(), closed / "session.mp3")


# ── the file itself ──────────────────────────────────────────────────────────


def test_what_is_written_can_be_read_and_changed(tmp_path: Path) -> None:
    """As the Info frame needs it: the file is open for both, and complete when it appears."""
    path = tmp_path / "any"
    with files.replacing(path) as file:
        file.write(b"....frames")
        file.seek(0)
        file.write(b"Info")
        assert file.read() == b"frames"
        assert not path.exists()
    assert path.read_bytes() == b"Infoframes"


@pytest.mark.slow
def test_it_is_on_the_disk_before_it_takes_the_place(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flushed to the disk, then renamed: a power cut leaves one of the two files."""
    order = []

    def noted(name: str, do: Callable[..., None]) -> Callable[..., None]:
        def noting(*arguments: object) -> None:
            order.append(name)
            do(*arguments)

        return noting

    monkeypatch.setattr(os, "fsync", noted("fsync", os.fsync))
    monkeypatch.setattr(Path, "replace", noted("replace", Path.replace))
    write(session(), target)
    assert order == ["fsync", "replace"]


@pytest.mark.slow
def test_an_unknown_refusal_is_told_in_the_machines_words(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No error of the machine leaves as a traceback."""

    def refuse(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(MachineError, match="cannot be written: Input/output error"):
        write(session(), target)
    assert_untouched(target)
