"""Fetching voices from a server that breaks off, lies, serves rubbish, or never answers."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request

import pytest
from msgspec.structs import replace
from voice_server import Server

from voiceguide import voices
from voiceguide.errors import MachineError, UsageError
from voiceguide.voices import KnownVoice, VoiceFile, catalogue, download, installing
from voiceguide.voices.download import Patience
from voiceguide.voices.installing import alone, install, update

MODEL, CONFIG = random.Random(6).randbytes(300_000), b'{"small": true}'
NAME = "xx_XX-test-low"


def known_file(path: str, data: bytes, kind: str = "md5") -> VoiceFile:
    return VoiceFile(path, len(data), f"{kind}:{hashlib.new(kind, data).hexdigest()}")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that has the voice, and an environment without proxies."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("VOICEGUIDE_VOICES_FROM", raising=False)
    with Server().running() as server:
        server.files = {"/a/model.onnx": MODEL, "/a/model.onnx.json": CONFIG}
        yield server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of voices of the test's own."""
    monkeypatch.setenv("VOICEGUIDE_VOICES", str(tmp_path / "voices"))
    return tmp_path / "voices"


@pytest.fixture
def voice(server: Server, folder: Path) -> KnownVoice:
    """The voice as a catalogue knows it."""
    files = (
        known_file("a/model.onnx", MODEL),
        known_file("a/model.onnx.json", CONFIG, "sha256"),
    )
    about = ("piper", NAME, "xx-xx", "low", 1, "CC0", "https://example.org/card")
    return KnownVoice(*about, f"{server.url}/", files)


class Waits:
    """Waits for nobody, and remembers how long it would have."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def patience(waits: Waits) -> Patience:
    return Patience(timeout=60, wait=waits)


def here(folder: Path) -> set[str]:
    """The names of all files of voices that are installed."""
    return {path.name for path in folder.glob("piper/*/*")}


WHOLE = {"model.onnx", "model.onnx.json", "voice.json"}


# ── what works ───────────────────────────────────────────────────────────────


def test_a_voice_is_fetched(voice: KnownVoice, folder: Path, patience: Patience) -> None:
    """Its files are here, byte for byte, with what is known of it; and nothing else is."""
    shares: list[float] = []
    found = install(voice, share=shares.append, patience=patience)
    assert (found.folder / "model.onnx").read_bytes() == MODEL
    assert (found.folder / "model.onnx.json").read_bytes() == CONFIG
    assert here(folder) == WHOLE
    assert voices.installed() == (found,)
    assert (found.language, found.quality, found.licence) == ("xx-xx", "low", "CC0")
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert [path.name for path in folder.glob("fetching/piper/*")] == [f"{NAME}.lock"]


def test_what_is_here_is_not_fetched_again(
    voice: KnownVoice, server: Server, patience: Patience
) -> None:
    """Not a single request; but a damaged file is replaced."""
    found = install(voice, patience=patience)
    asked = len(server.asked)
    assert install(voice, patience=patience) == found
    assert len(server.asked) == asked
    (found.folder / "model.onnx").write_bytes(b"damaged")
    install(voice, patience=patience)
    assert (found.folder / "model.onnx").read_bytes() == MODEL


def test_a_broken_download_goes_on_where_it_was(
    voice: KnownVoice, server: Server, patience: Patience, waits: Waits
) -> None:
    """Three connections bring it, each asking for the rest of the same version."""
    server.next.extend(["break", "break"])
    install(voice, patience=patience)
    assert server.ranges == [None, "bytes=100000-", "bytes=200000-", None]
    assert [headers.get("If-Range") for _, headers in server.asked[1:3]] == [server.tag] * 2
    assert waits.seconds == [1, 1]


def test_a_server_without_ranges_starts_again(
    voice: KnownVoice, server: Server, patience: Patience
) -> None:
    """It answers with everything, and everything is taken."""
    server.next.extend(["break", "no-ranges"])
    found = install(voice, patience=patience)
    assert (found.folder / "model.onnx").read_bytes() == MODEL


def test_another_version_starts_again(
    voice: KnownVoice, server: Server, patience: Patience
) -> None:
    """Half of an old file and half of a new one are no file."""
    server.next.append("break")
    server.files["/a/model.onnx"] = bytes(len(MODEL))

    def change(_seconds: float) -> None:
        server.files["/a/model.onnx"] = MODEL
        server.tag = '"second"'

    found = install(voice, patience=replace(patience, wait=change))
    assert (found.folder / "model.onnx").read_bytes() == MODEL


def test_two_versions_under_one_tag_are_noticed(
    voice: KnownVoice, server: Server, patience: Patience
) -> None:
    """The checksum is wrong: what was put together is thrown away, and fetched in one piece."""
    server.next.append("break")
    server.files["/a/model.onnx"] = bytes(len(MODEL))

    def change(_seconds: float) -> None:
        server.files["/a/model.onnx"] = MODEL

    found = install(voice, patience=replace(patience, wait=change))
    assert (found.folder / "model.onnx").read_bytes() == MODEL
    assert server.ranges == [None, "bytes=100000-", None, None]


@pytest.mark.parametrize("way", ["elsewhere", "no-size", "503", "429", "416"])
def test_odd_answers_are_put_up_with(
    voice: KnownVoice, server: Server, patience: Patience, way: str
) -> None:
    """It leads elsewhere, tells no size, or is busy for a moment."""
    server.files["/elsewhere/a/model.onnx"] = MODEL
    server.next.append(way)
    found = install(voice, patience=patience)
    assert (found.folder / "model.onnx").read_bytes() == MODEL


def test_another_part_than_asked_for_starts_again(
    voice: KnownVoice, server: Server, patience: Patience
) -> None:
    """What begins elsewhere is not put behind what is here."""
    server.next.extend(["break", "other-range"])
    found = install(voice, patience=patience)
    assert (found.folder / "model.onnx").read_bytes() == MODEL
    assert server.ranges[2] is None


def test_a_part_that_there_is_not_starts_again(
    voice: KnownVoice, server: Server, patience: Patience
) -> None:
    """The server's file has become shorter than what is here."""
    server.next.extend(["break", "416"])
    found = install(voice, patience=patience)
    assert (found.folder / "model.onnx").read_bytes() == MODEL
    assert server.ranges[:3] == [None, "bytes=100000-", None]


def test_ctrl_c_leaves_what_can_be_gone_on_with(
    voice: KnownVoice, server: Server, folder: Path, patience: Patience
) -> None:
    """Nothing looks installed; the next time, only the rest is asked for."""

    def stop(share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install(voice, share=stop, patience=patience)
    assert not here(folder)
    kept = (folder / "fetching" / "piper" / NAME / "model.onnx.part").stat().st_size
    assert 150_000 < kept < 300_000
    install(voice, patience=patience)
    assert server.ranges[1] == f"bytes={kept}-"
    assert here(folder) == WHOLE


def test_a_mirror_is_asked_instead(
    voice: KnownVoice, server: Server, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an argument or by the environment; the argument counts for more."""
    elsewhere = replace(voice, base="https://publisher.invalid/")
    monkeypatch.setenv("VOICEGUIDE_VOICES_FROM", "https://nobody.invalid")
    install(elsewhere, f"{server.url}", patience=patience)
    voices.remove(voices.installed()[0])
    monkeypatch.setenv("VOICEGUIDE_VOICES_FROM", f"{server.url}/")
    install(elsewhere, patience=patience)
    assert [path for path, _ in server.asked] == ["/a/model.onnx", "/a/model.onnx.json"] * 2


def test_a_proxy_of_the_environment_is_used(
    voice: KnownVoice, server: Server, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server here stands for the proxy; the publisher's name is known to it alone."""
    monkeypatch.setenv("http_proxy", server.url)
    found = install(voice, "http://publisher.invalid", patience=patience)
    assert (found.folder / "model.onnx").read_bytes() == MODEL
    assert server.asked[0][0] == "http://publisher.invalid/a/model.onnx"


def test_a_name_beyond_ascii_is_quoted(server: Server) -> None:
    """`tugão` is a voice of Piper."""
    assert download.address("https://host/base/", "pt/tugão/x.onnx") == (
        "https://host/base/pt/tug%C3%A3o/x.onnx"
    )


# ── what does not ────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("404", "answers 404 for"),
        ("403", "answers 403 for"),
        ("page", "is another file: it has 43 bytes instead of 300000"),
        ("other-size", "is another file: it has 300001 bytes instead of 300000"),
        ("no-size-and-more", "is another file: it has more than 300000 bytes"),
        ("rubbish", "is another file: its checksum is another one"),
        ("circle", "leads in a circle"),
    ],
)
def test_what_is_not_the_file_is_told(
    voice: KnownVoice, server: Server, folder: Path, patience: Patience, way: str, said: str
) -> None:
    """There is no voice afterwards, and no rubbish that a later attempt would go on with."""
    server.next.append(way)
    with pytest.raises(MachineError, match=said) as raised:
        install(voice, patience=patience)
    assert "127.0.0.1" in raised.value.message
    assert "`voiceguide voices update`" in raised.value.help
    assert not here(folder)
    server.next.clear()
    install(voice, patience=patience)
    assert server.ranges[-2:] == [None, None]
    assert here(folder) == WHOLE


def test_a_server_that_breaks_off_again_and_again(
    voice: KnownVoice, server: Server, patience: Patience, waits: Waits
) -> None:
    """After five connections that bring nothing it is told, and what is here is kept."""
    server.next.extend(["break", *["break-at-once"] * 5])
    with pytest.raises(MachineError, match="breaks off again and again") as raised:
        install(voice, patience=patience)
    assert "it ended after 100000 of 300000 bytes" in raised.value.message
    assert raised.value.help == "what has arrived is kept: the same command goes on from there"
    assert waits.seconds == [1, 2, 4, 8]
    server.next.clear()
    install(voice, patience=patience)
    assert server.ranges[-2:] == ["bytes=100000-", None]


def test_a_server_that_never_answers(voice: KnownVoice, server: Server, patience: Patience) -> None:
    """Each connection has its time-out."""
    server.next.extend(["hang"] * 5)
    with pytest.raises(MachineError, match="again and again: timed out"):
        install(voice, patience=replace(patience, timeout=0.05))


def test_no_server_at_all(voice: KnownVoice, server: Server, patience: Patience) -> None:
    """Nothing listens there; a name that nobody knows is told alike."""
    with pytest.raises(MachineError, match=r"`127\.0\.0\.1:9` cannot be reached") as raised:
        install(voice, "http://127.0.0.1:9", patience=patience)
    assert "HTTPS_PROXY names a proxy" in raised.value.help


@pytest.mark.parametrize("url", ["ftp://host/x", "file:///etc", "host/x", "https:///x", ""])
def test_what_is_no_address_is_told(voice: KnownVoice, url: str) -> None:
    """Only web servers are asked, whatever a catalogue or a user says."""
    with pytest.raises(UsageError, match="is not an address to fetch from"):
        download.address(url, "x")


def test_nothing_leads_out_of_an_encrypted_connection() -> None:
    """A redirection from https to http is refused."""
    request = Request("https://host/x")
    arguments = (None, 302, "Found", None, "http://host/x")
    with pytest.raises(URLError, match="from https to"):
        download._Redirects().redirect_request(request, *arguments)  # type: ignore[arg-type]  # unused


def test_nothing_leads_to_another_protocol(
    voice: KnownVoice, server: Server, patience: Patience
) -> None:
    """Python's own opener would follow a server from http to ftp."""
    server.next.append("ftp")
    with pytest.raises(MachineError, match="leads from http to `ftp:"):
        install(voice, patience=patience)


@pytest.mark.parametrize("way", ["endless-range", "endless-size"])
def test_a_size_of_thousands_of_digits_is_told(
    voice: KnownVoice, server: Server, patience: Patience, way: str
) -> None:
    """Python refuses to make a number of so many digits, by an exception of its own."""
    server.next.append("break")
    server.next.extend([way] * download.TRIES)
    with pytest.raises(MachineError):
        install(voice, patience=patience)
    server.next.clear()
    install(voice, patience=patience)


def test_a_server_that_drips_is_given_up(
    voice: KnownVoice, server: Server, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few bytes for each connection are progress, and would be it for years: there is a limit
    over all."""
    monkeypatch.setattr(download, "MOST_CONNECTIONS", 7)
    server.next.extend(["drip"] * 20)
    with pytest.raises(MachineError, match="7 connections did not bring `model"):
        install(voice, patience=patience)
    assert len(server.asked) == 7


def test_a_connection_that_drips_is_given_up(
    voice: KnownVoice, server: Server, patience: Patience
) -> None:
    """A byte now and then keeps a connection alive; after a minute it has to have brought more."""
    clock = iter(range(0, 100_000, 31))
    server.next.extend(["drip"] * download.TRIES)
    install(voice, patience=replace(patience, clock=lambda: float(next(clock))))
    assert server.ranges[:2] == [None, "bytes=2-"]


def test_two_at_once_are_kept_apart(
    voice: KnownVoice, folder: Path, server: Server, patience: Patience
) -> None:
    """The second one is told so, and asks for nothing."""
    (folder / "fetching" / "piper").mkdir(parents=True)
    lock = folder / "fetching" / "piper" / f"{NAME}.lock"
    with (
        alone(lock, "held by the test"),
        pytest.raises(MachineError, match="another voiceguide is installing") as raised,
    ):
        install(voice, patience=patience)
    assert raised.value.help == "wait until it is done"
    assert not server.asked
    install(voice, patience=patience)


def test_a_disk_too_small_is_told_at_once(
    voice: KnownVoice, server: Server, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a byte is fetched."""
    usage = type("Usage", (), {"free": 1_000})
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(MachineError, match="the disk has 0 MB left"):
        install(voice, patience=patience)
    assert not server.asked


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_a_full_disk_is_told(
    voice: KnownVoice, server: Server, folder: Path, patience: Patience
) -> None:
    """The system's refusal becomes a sentence."""
    draft = folder / "fetching" / "piper" / NAME
    draft.mkdir(parents=True)
    (draft / "model.onnx.part").symlink_to("/dev/full")
    version = f'{{"url": "{server.url}/a/model.onnx", "version": ""}}'
    (draft / "model.onnx.part.json").write_text(version)
    with pytest.raises(MachineError, match="there is no room left on the disk"):
        install(voice, patience=patience)
    assert not here(folder)


def test_a_folder_that_cannot_be_made_is_told(
    voice: KnownVoice, tmp_path: Path, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a file stands, no folder can be."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VOICEGUIDE_VOICES", str(tmp_path / "file"))
    with pytest.raises(UsageError, match="is a file, not a folder"):
        install(voice, patience=patience)


# ── the list of today ────────────────────────────────────────────────────────

FOLDER = "aa/aa_AA/new/high"
LISTED = json.dumps(
    {
        "aa_AA-new-high": {
            "language": {"code": "aa_AA"},
            "quality": "high",
            "num_speakers": 2,
            "files": {
                f"{FOLDER}/aa_AA-new-high.onnx": {"size_bytes": 5, "md5_digest": "a" * 32},
                f"{FOLDER}/aa_AA-new-high.onnx.json": {"size_bytes": 6, "md5_digest": "b" * 32},
                f"{FOLDER}/MODEL_CARD": {"size_bytes": 7, "md5_digest": "c" * 32},
            },
        }
    }
)


def test_the_list_of_today_is_taken(server: Server, folder: Path, patience: Patience) -> None:
    """Piper's voices are those of the list, all others stay."""
    server.files["/voices.json"] = LISTED.encode()
    assert update(server.url, patience) == (3, 1)
    new = catalogue.known_voice("aa_AA-new-high")
    assert [file.size for file in new.files] == [5, 6]
    assert (new.language, new.speakers, new.licence) == ("aa-aa", 2, "")
    assert new.card.endswith("/blob/main/aa/aa_AA/new/high/MODEL_CARD")
    assert {voice.engine for voice in catalogue.known()} == {"piper", "kokoro"}
    assert update(server.url, patience) == (3, 0)


@pytest.mark.parametrize(
    "listed",
    [
        "<html>",
        "[]",
        "{}",
        '{"x": {}}',
        LISTED.replace("aa/aa_AA/new/high/aa_AA-new-high.onnx.json", "../../x.onnx.json"),
        LISTED.replace("aa/aa_AA/new/high/aa_AA-new-high.onnx.json", "aa/x\\u0000.onnx.json"),
        LISTED.replace("aa/aa_AA/new/high/aa_AA-new-high.onnx.json", "C:/x.onnx.json"),
        LISTED.replace('"aa_AA-new-high": {', '"aa\\u0000": {'),
        LISTED.replace('"aa_AA-new-high": {', f'"{"a" * 300}": {{'),
        LISTED.replace("a" * 32, "none"),
        LISTED.replace('"size_bytes": 5', '"size_bytes": -5'),
        LISTED.replace('"aa_AA-new-high": {', '"../evil": {'),
        LISTED.replace('"high"', '"splendid"'),
    ],
)
def test_an_unsound_list_is_not_taken(
    server: Server, folder: Path, patience: Patience, listed: str
) -> None:
    """What is fetched decides where files are written: it is looked at closely."""
    server.files["/voices.json"] = listed.encode()
    with pytest.raises(MachineError, match="that is not a list of Piper's voices"):
        update(server.url, patience)
    assert catalogue.known() == catalogue.packaged()


def test_a_list_without_end_is_not_taken(
    server: Server, folder: Path, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is a largest size that it can have; and a server that is busy is asked again."""
    monkeypatch.setattr(installing, "LARGEST_LIST", 1000)
    server.files["/voices.json"] = bytes(1001)
    server.next.append("503")
    with pytest.raises(MachineError, match="is larger than such a file can be"):
        update(server.url, patience)
    server.next.extend(["503"] * download.TRIES)
    with pytest.raises(MachineError, match="again and again: the server answers 503"):
        update(server.url, patience)


def test_a_damaged_catalogue_is_not_used(folder: Path) -> None:
    """The package's own is, as if there were no other."""
    folder.mkdir()
    (folder / "catalogue.json").write_bytes(b'{"format": 2, "bases": {}, "voices": []}')
    assert catalogue.known() == catalogue.packaged()


def test_pieces_are_not_larger_than_memory(voice: KnownVoice) -> None:
    """A file is checked in pieces."""
    assert download._PIECE < 1 << 20
