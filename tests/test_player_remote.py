"""The remote control: what callers get, whoever they are, and what they cannot do."""

from __future__ import annotations

import json
import socket
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import pytest
from busyness import Slower
from live_services import wait_until
from msgspec.structs import replace
from rehearsal import timeline

from voiceguide.errors import MachineError, UsageError
from voiceguide.player import Command, State
from voiceguide.player.conductor import Status
from voiceguide.player.now import now
from voiceguide.player.remote import Claim, Remote, call

STATUS = Status("Sunday", State.PLAYING, now(timeline("Lie down. [30s]"), 0))


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nobody gives up because the machine is busy; a test of giving up says when."""
    monkeypatch.setattr("voiceguide.player.remote._PATIENCE", 60.0)
    return monkeypatch


class Session:
    """A session that carries commands out when it is told to."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.asked: SimpleQueue[Claim] = SimpleQueue()
        self.remote = Remote(self.asked.put, file)
        self.remote.tell(STATUS)

    def turn(self) -> Command | None:
        """Take the next command, carry it out, and tell how it stands then."""
        command = self.asked.get(timeout=60)()
        self.remote.tell(replace(STATUS, state=State.PAUSED) if command else STATUS)
        return command

    def connect(self) -> socket.socket:
        port = json.loads(self.file.read_bytes())["port"]
        return socket.create_connection(("127.0.0.1", port), 60)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = Session(tmp_path / "remote.json")
    with closing(made.remote):
        yield made


def test_the_answer_tells_how_it_stands_afterwards(session: Session) -> None:
    """`pause` is answered by `paused`: the command has been carried out by then."""
    turning = Thread(target=session.turn)
    turning.start()
    assert call("pause", session.file)["state"] == "paused"
    turning.join()


def test_a_command_that_was_in_vain_is_never_carried_out(
    session: Session, patience: pytest.MonkeyPatch
) -> None:
    """The caller is told that nothing was done, and nothing is, however late the session looks."""
    patience.setattr("voiceguide.player.remote._PATIENCE", 5.0)
    with pytest.raises(MachineError, match="it is busy, and has done nothing"):
        call("pause", session.file)
    assert session.turn() is None


def test_what_a_sleeping_session_did_not_read_is_taken_back(
    tmp_path: Path, patience: pytest.MonkeyPatch
) -> None:
    """Stopped by Ctrl-Z or a closed lid, it obeys nobody afterwards who was told it was in vain."""
    patience.setattr("voiceguide.player.remote._PATIENCE", 0.1)
    asked: list[Claim] = []
    with socket.create_server(("127.0.0.1", 0)) as asleep:
        asleep.settimeout(60)
        file = tmp_path / "remote.json"
        told = {"port": asleep.getsockname()[1], "secret": "s"}
        file.write_text(json.dumps(told), encoding="utf-8")
        with pytest.raises(MachineError, match="does not answer"):
            call("next", file)
        caller, _ = asleep.accept()
        with caller, closing(Remote(asked.append, tmp_path / "other.json")) as late:
            late._secret = "s"
            late._places.acquire()
            late._serve(caller)
        assert not asked


@pytest.mark.parametrize("sent", [b"", b"x", b"x" * 100_000, b"\xff\n", b"GET / HTTP/1.1\r\n"])
def test_strangers_delay_nobody(session: Session, sent: bytes, slower: Slower) -> None:
    """Thirty callers that say nothing, too much, or nonsense, and one that means it."""
    callers = [session.connect() for _ in range(30)]
    for caller in callers:
        caller.sendall(sent)
    began = time.monotonic()
    assert call("status", session.file)["title"] == "Sunday"
    assert time.monotonic() - began < 1.5 * slower()  # less than one of them may take
    for caller in callers:
        caller.close()


def test_a_slow_caller_has_a_deadline(session: Session, patience: pytest.MonkeyPatch) -> None:
    """A byte now and then keeps nobody's line open: the time is for the whole request."""
    patience.setattr("voiceguide.player.remote._PATIENCE", 1.0)
    with session.connect() as caller:
        caller.settimeout(0.3)
        began = time.monotonic()
        while not _closed(caller):
            assert time.monotonic() - began < 180


def _closed(caller: socket.socket) -> bool:
    """Send a byte; whether the other side has hung up."""
    try:
        caller.sendall(b"x")
        return caller.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_more_callers_than_there_are_places_are_sent_away(session: Session) -> None:
    """And when they have gone, others are served."""
    callers = [session.connect() for _ in range(100)]
    sent_away = 0
    for caller in callers[80:]:
        caller.settimeout(60)
        sent_away += caller.recv(1) == b""
        caller.close()
    assert sent_away == 20
    for caller in callers[:80]:
        caller.close()
    wait_until(lambda: bool(_answers(session)))


def _answers(session: Session) -> bool:
    try:
        return call("status", session.file)["ok"] is True
    except MachineError:
        return False


def test_only_the_user_may_read_the_secret(session: Session) -> None:
    """Whatever the permissions of a file that lay there before."""
    assert stat.S_IMODE(session.file.stat().st_mode) == 0o600


def test_a_long_title_is_answered_whole(session: Session) -> None:
    """An answer may be longer than a request."""
    session.remote.tell(replace(STATUS, title="Sunday " * 2_000))
    assert call("status", session.file)["title"] == "Sunday " * 2_000


# ── a session that is none ───────────────────────────────────────────────────


@contextmanager
def stranger(file: Path, reply: bytes) -> Iterator[None]:
    """Another program that listens on the port which the file names."""
    server = socket.create_server(("127.0.0.1", 0))
    file.write_text(json.dumps({"port": server.getsockname()[1], "secret": "s"}))

    def serve() -> None:
        with suppress(OSError):  # nobody called, or the caller has heard enough
            caller, _ = server.accept()
            with caller:
                caller.recv(1000)
                caller.sendall(reply)

    thread = Thread(target=serve, daemon=True)
    thread.start()
    with closing(server):
        yield
    thread.join(10)


@pytest.mark.parametrize(
    "reply",
    [b"", b"\n", b"[]\n", b"null\n", b"{}\n", b"HTTP/1.1 400\r\n", b"\xff\xff\n", b"x" * 2_000_000],
)
def test_a_stranger_on_the_port_is_no_session(tmp_path: Path, reply: bytes) -> None:
    """Whatever it answers, there is a sentence and a way out."""
    file = tmp_path / "remote.json"
    with stranger(file, reply), pytest.raises(MachineError) as raised:
        call("status", file)
    assert raised.value.message.startswith("the session ")
    assert raised.value.help


def test_what_a_killed_session_leaves_is_removed(tmp_path: Path) -> None:
    """The file of a session that is gone says so once, and is gone itself."""
    file = tmp_path / "remote.json"
    with socket.create_server(("127.0.0.1", 0)) as server:
        file.write_text(json.dumps({"port": server.getsockname()[1], "secret": "s"}))
    with pytest.raises(UsageError, match="no session is being played"):
        call("status", file)
    assert not file.exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"port": "x"}', '{"port": 99999, "secret": ""}'])
def test_a_damaged_file_is_no_session(tmp_path: Path, text: str) -> None:
    """It is as if there were none."""
    file = tmp_path / "remote.json"
    file.write_text(text)
    with pytest.raises(UsageError, match="no session is being played"):
        call("status", file)


# ── several sessions at once ─────────────────────────────────────────────────


def kill(remote: Remote) -> None:
    """End a session without a chance to tidy up: nobody listens, and its address stays."""
    file, content = remote._file, remote._file.read_bytes()
    remote.close()
    file.write_bytes(content)


def titled(title: str, file: Path) -> Remote:
    """A session with a title that listens."""
    remote = Remote(lambda claim: None, file)
    remote.tell(replace(STATUS, title=title))
    return remote


def heard(file: Path) -> object:
    """The title of the session that answers."""
    return call("status", file)["title"]


@pytest.mark.parametrize("end", [Remote.close, kill], ids=["ends", "is killed"])
def test_the_newest_session_answers_and_then_the_one_before(
    end: Callable[[Remote], None], tmp_path: Path
) -> None:
    """The second session took the first one's address away, and left none when it ended."""
    file = tmp_path / "live" / "remote.json"
    sessions = [titled(name, file) for name in ("first", "second", "third")]
    for remote in reversed(sessions):
        assert heard(file) == remote._status.title  # type: ignore[union-attr]  # it has one
        end(remote)
    with pytest.raises(UsageError, match="no session is being played"):
        heard(file)
    assert not file.exists()


def test_an_older_session_may_end_first(tmp_path: Path) -> None:
    """Its address goes, and the newest session keeps the file, as other programs read it."""
    file = tmp_path / "remote.json"
    first, second = (titled(name, file) for name in ("first", "second"))
    port = json.loads(file.read_bytes())["port"]
    first.close()
    assert heard(file) == "second"
    assert json.loads(file.read_bytes()) == {"port": port, "secret": second._secret}
    second.close()
    assert not file.exists()


def test_sessions_that_begin_at_once_are_all_listed(tmp_path: Path) -> None:
    """None overwrites another's address: each answers in its turn."""
    file = tmp_path / "remote.json"
    sessions: SimpleQueue[Remote] = SimpleQueue()
    names = [f"session {n}" for n in range(8)]
    begun = [Thread(target=lambda n=name: sessions.put(titled(n, file))) for name in names]
    for thread in begun:
        thread.start()
    for thread in begun:
        thread.join()
    by_title = {}
    for _ in names:
        remote = sessions.get()
        by_title[remote._status.title] = remote  # type: ignore[union-attr]  # it has one
    answered = []
    for _ in names:
        answered.append(str(heard(file)))
        by_title[answered[-1]].close()
    assert sorted(answered) == names
