"""`voiceguide voices`: what it lists, installs, removes, and lets be heard."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
from cli_running import Runner
from msgspec.structs import replace
from tiny_voices import kokoro_files, piper_files
from voice_server import Server

from voiceguide import engines, voices
from voiceguide.cli import say
from voiceguide.cli.console import plain
from voiceguide.cli.voices import VoiceOffer, offer_lines, offers
from voiceguide.voices import catalogue
from voiceguide.voices.download import digest

TEXT = "Kneel on your left knee."


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs commands with a folder of voices of the test's own."""
    monkeypatch.setenv("VOICEGUIDE_VOICES", str(tmp_path / "voices"))
    return Runner(capfd, monkeypatch, tmp_path)


def need_libraries() -> None:
    """Skip where a neural engine is not installed; where everything is tested, fail."""
    for module in ("onnx", "onnxruntime", "piper"):
        if importlib.util.find_spec(module) is None:
            if os.environ.get("CI"):
                pytest.fail(f"{module} is not installed")
            pytest.skip(f"{module} is not installed")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The model of a tiny voice of Piper, with its configuration beside it."""
    need_libraries()
    (tmp_path / "mine").mkdir()
    return piper_files(tmp_path / "mine")


@pytest.fixture
def published(run: Runner, files: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server with that voice, and a catalogue that knows it as `en_US-lessac-medium`."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    real = catalogue.known_voice("en_US-lessac-medium")
    with Server().running() as server:
        entries = []
        for file, path in zip(real.files, (files, Path(f"{files}.json")), strict=True):
            server.files[f"/{file.path}"] = path.read_bytes()
            checksum = f"md5:{digest(path, 'md5')}"
            entries.append(replace(file, size=path.stat().st_size, checksum=checksum))
        others = [voice for voice in catalogue.known() if voice.name != real.name]
        written = catalogue.write_catalogue([*others, replace(real, files=tuple(entries))])
        voices.voices_folder().mkdir()
        (voices.voices_folder() / catalogue.NAME).write_bytes(written)
        yield server


# ── listing ──────────────────────────────────────────────────────────────────


def test_in_a_pipe_fields_are_parted_by_tabs(run: Runner) -> None:
    """Name, language, quality, bytes, licence; nothing is here yet."""
    rows = [line.split("\t") for line in run("voices").out.splitlines()]
    assert ["piper", "de_DE-thorsten-low", "de-de", "low", "63108685", "CC0", "available"] in rows
    assert {row[0] for row in rows} == {"piper", "kokoro"}
    assert {len(row) for row in rows} == {7}


@pytest.mark.parametrize("language", ["de", "DE", "de_DE", "de-de"])
def test_voices_of_a_language(run: Runner, language: str) -> None:
    """Those that speak it, and no others."""
    rows = [line.split("\t") for line in run("voices", "--language", language).out.splitlines()]
    assert len(rows) > 5
    assert {row[2] for row in rows} == {"de-de"}


def test_a_model_of_many_languages_is_among_those_of_each(run: Runner) -> None:
    """With the voices that speak it alone."""
    found = run("voices", "--engine", "kokoro", "--language", "fr", "--json").json["voices"]
    assert [(voice["name"], voice["voices"]) for voice in found] == [
        ("kokoro-v1.0", ["ff_siwis"]),
        ("kokoro-v1.0-int8", ["ff_siwis"]),
    ]


def test_voices_that_an_engine_brings_along(run: Runner) -> None:
    """Only where that engine is asked for."""
    rows = [line.split("\t") for line in run("voices", "--engine", "espeak").out.splitlines()]
    assert ["espeak", "en-gb", "en-gb", "", "", "unknown", "installed"] in rows


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--engine", "pipr"], "there is no speech engine `pipr`\nhelp: did you mean `piper`?"),
        (["--language", "xx"], "no voice speaks `xx`"),
        (["remove", "nobody"], "the voice `nobody` is not installed"),
        (["install", "en_US-lesac-medium"], "did you mean `en_US-lessac-medium`?"),
        (["install", "kokoro:en_US-lessac-medium"], "the catalogue has no voice"),
        (["install", "./nothing.onnx"], "`nothing.onnx` is not a voice"),
        (["install", "en_US-amy-low", "--from", "ftp://x"], "is not an address to fetch from"),
        (["try", " "], "there is nothing to say"),
        (["try", TEXT, "--all", "--voice", "espeak"], "contradict each other"),
        (["try", TEXT, "-o", "x.doc"], "`.doc` is not a format"),
        (["try", TEXT, "--voice", "espeak:nobody"], "has no voice `nobody`"),
    ],
)
def test_wrong_usage_is_told(run: Runner, arguments: list[str], said: str) -> None:
    """Exit code 2, a sentence, a way out."""
    ran = run("voices", *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert "help: " in ran.err


def test_nothing_installed_is_told(run: Runner) -> None:
    """An empty list is no error."""
    ran = run("voices", "--installed")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "None of these voices is installed.\n"


NARROW, WIDE = 40, 80


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("names", [False, True])
def test_no_line_is_wider_than_the_terminal(run: Runner, width: int, *, names: bool) -> None:
    """The whole catalogue, with its longest names."""
    found = offers(None, None, here_only=False)
    lines = list(map(plain, offer_lines(found, width, names=names)))
    assert max(map(len, lines)) <= width
    rows = [line for line in lines if "de_DE-thorsten-high" in line]
    whole = "  de_DE-thorsten-high                 de-de   high     113.9 MB  CC0"
    assert rows == [whole if width == WIDE else "  de_DE-thorsten-high"]
    assert "af_sky" in " ".join(lines) or not names


def test_what_is_here_comes_first() -> None:
    """In sections, each with its heading."""
    found = [
        VoiceOffer("piper", "one", "en", "low", 1_000_000, "CC0"),
        VoiceOffer("piper", "two", "en", "low", 2_000_000, "", "https://card", False, (), 3),
    ]
    assert list(map(plain, offer_lines(found, 80, names=False))) == [
        "piper: installed",
        "  voice  speaks  quality  size    licence",
        "  one    en      low      1.0 MB  CC0",
        "",
        "piper: can be installed",
        "  voice  speaks  quality  size    licence",
        "  two    en      low      2.0 MB  see its card",
        "    3 speakers: two+0 to +2",
    ]


# ── installing and removing ──────────────────────────────────────────────────


def test_a_voice_is_installed_heard_and_removed(run: Runner, published: Server) -> None:
    """From the name in the catalogue to the sound, and away again."""
    ran = run("voices", "install", "piper:en_US-lessac-medium", "--from", published.url)
    assert (ran.code, ran.out) == (0, "piper:en_US-lessac-medium\n")
    assert "Its licence: non-commercial. See https://huggingface.co/" in ran.err
    rows = run("voices", "--installed").out.splitlines()
    assert len(rows) == 1
    assert rows[0].startswith("piper\ten_US-lessac-medium\ten-us\tmedium\t")
    assert rows[0].endswith("\tnon-commercial\tinstalled")
    ran = run("voices", "try", TEXT, "--voice", "piper:en_us-lessac-medium", "-o", "heard.wav")
    assert (ran.code, ran.out) == (0, "heard.wav\n")
    heard, rate = soundfile.read(run.folder / "heard.wav")
    assert 1 < len(heard) / rate < 5
    assert abs(heard).max() > 0.05
    ran = run("voices", "remove", "en_US-lessac-medium")
    assert ran.out.startswith("Removed piper:en_US-lessac-medium, ")
    assert run("voices", "--installed").out == ""


def test_a_server_without_the_voice_is_the_machines_fault(run: Runner, published: Server) -> None:
    """Exit code 3, and a way out."""
    published.files.clear()
    ran = run("voices", "install", "en_US-lessac-medium", "--from", published.url)
    assert ran.code == 3
    assert "answers 404" in ran.err


def test_own_files_are_installed(run: Runner, files: Path) -> None:
    """By their path; a routine can name the voice at once."""
    ran = run("voices", "install", str(files), "--language", "en-gb")
    assert (ran.code, ran.out, ran.err) == (0, "piper:en_US-tiny-low\n", "")
    run.write("voice: piper:en_US-tiny-low\n\nSit down.\n", "x.md")
    run.write("---\nvoice: piper:en_US-tiny-low\n---\n\nSit down.\n")
    assert run("plan", "mine.md", "--json").json["exact"]


def test_the_list_of_today(run: Runner, published: Server) -> None:
    """How many there are, and how many are new."""
    entry = '{"language": {"code": "aa_AA"}, "quality": "low", "num_speakers": 1, "files": {'
    file = '"aa/x.onnx": {"size_bytes": 5, "md5_digest": "%s"}}}' % ("a" * 32)
    published.files["/voices.json"] = f'{{"aa_AA-x-low": {entry}{file}}}'.encode()
    ran = run("voices", "update", "--from", published.url)
    assert ran.out == "3 voices, 1 of them new.\n"
    assert "aa_AA-x-low" in run("voices").out


# ── trying ───────────────────────────────────────────────────────────────────


def test_a_sentence_has_a_file_of_its_voice_s_name(run: Runner) -> None:
    """In the current folder, where nothing else is said."""
    ran = run("voices", "try", TEXT, "--voice", "espeak:en-gb")
    assert ran.out == "voice-espeak-en-gb.wav\n"
    heard, rate = soundfile.read(run.folder / "voice-espeak-en-gb.wav")
    assert 1 < len(heard) / rate < 4


def test_each_voice_has_a_numbered_file(
    run: Runner, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neural voices of that language, one by one, and the best of each other engine."""
    run("voices", "install", str(files))
    kokoro = run.folder / "kokoro"
    kokoro.mkdir()
    kokoro_files(kokoro)
    run("voices", "install", "kokoro")
    names = ["espeak", "kokoro", "piper", "silent"]
    monkeypatch.setattr(engines, "names", lambda: names)
    ran = run("voices", "try", TEXT, "--all", "--language", "en-us", "-o", "samples")
    assert ran.out.splitlines() == [
        str(Path("samples", name))
        for name in (
            "01-kokoro-af_heart.wav",
            "02-kokoro-af_sky.wav",
            "03-piper-en_US-tiny-low.wav",
            "04-espeak-en-us.wav",
        )
    ]
    assert ran.code == 0


def test_one_voice_that_fails_does_not_keep_back_the_others(
    run: Runner, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named with its fault, and the exit code tells."""
    run("voices", "install", str(files))
    (here,) = voices.installed()
    (here.folder / here.files[0]).write_bytes(b"no model")
    monkeypatch.setattr(engines, "names", lambda: ["espeak", "piper"])
    ran = run("voices", "try", TEXT, "--all")
    assert ran.out == "02-espeak-en-us.wav\n"
    assert "piper:en_US-tiny-low: the files of the voice `en_US-tiny-low` cannot be used" in ran.err
    assert "error: 1 voice of 2 could not be tried" in ran.err
    assert ran.code == 3


def test_a_text_without_words_makes_no_file(run: Runner) -> None:
    """There is nothing to hear."""
    ran = run("voices", "try", "...", "--voice", "espeak")
    assert ran.code == 3
    assert "makes no sound for this text" in ran.err
    assert not list(run.folder.glob("*.wav"))


def test_a_file_is_named_after_any_voice() -> None:
    """No name leads out of the folder, or is too long for it."""
    assert say.file_name("x:../../etc") == "voice-x-..-..-etc.wav"
    assert len(say.file_name("x" * 300, 7)) == 67
