"""The catalogue of voices, those that are installed, and those that somebody brings along."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_voices import STYLES

from voiceguide import voices
from voiceguide.engines.neural.kokoro import language_of
from voiceguide.errors import MachineError, UsageError
from voiceguide.voices import catalogue
from voiceguide.voices.families import recognised
from voiceguide.voices.installing import install_files


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of voices of the test's own."""
    monkeypatch.setenv("VOICEGUIDE_VOICES", str(tmp_path / "voices"))
    return tmp_path / "voices"


def piper(directory: Path, name: str = "en_US-mine-medium", **config: object) -> Path:
    """Files in the form of Piper's; the model is none."""
    directory.mkdir(parents=True, exist_ok=True)
    model = directory / f"{name}.onnx"
    model.write_bytes(b"model")
    about = {
        "audio": {"sample_rate": 16_000},
        "espeak": {"voice": "en-us"},
        "phoneme_id_map": {"a": [1]},
        **config,
    }
    (directory / f"{name}.onnx.json").write_text(json.dumps(about))
    return model


# ── the catalogue ────────────────────────────────────────────────────────────


def test_the_catalogue_has_what_an_author_looks_for() -> None:
    """Voices of both engines, each language of the built-in words among them."""
    known = catalogue.packaged()
    assert len(known) > 160
    languages = {voice.language.partition("-")[0] for voice in known}
    assert languages >= {"en", "de", "fr", "es", "it", "pt", "nl", "pl"}
    assert len({(voice.engine, voice.name) for voice in known}) == len(known)


def test_a_voice_of_the_catalogue_is_whole() -> None:
    """Two files with sizes and checksums, an address over https, its card."""
    for voice in catalogue.packaged():
        model, other = sorted(voice.files, key=lambda file: -file.size)
        assert model.name.endswith(".onnx")
        assert other.name.endswith((".onnx.json", ".bin"))
        assert model.size > 5_000_000
        assert voice.card.startswith("https://")
        assert voice.size == model.size + other.size


def test_licences_that_forbid_selling_are_named() -> None:
    """Those that most people would choose first are not free for every use."""
    licences = {voice.name: voice.licence for voice in catalogue.packaged()}
    assert licences["en_US-lessac-medium"] == "non-commercial"
    assert licences["en_US-ryan-high"] == "CC BY-NC-SA 4.0"
    assert licences["de_DE-thorsten-high"] == "CC0"
    assert licences["en_US-amy-medium"] == ""


def test_a_catalogue_is_read_as_it_is_written() -> None:
    """Not a field is lost; the package's file is in just this form."""
    known = catalogue.packaged()
    written = catalogue.write_catalogue(known)
    assert catalogue.read_catalogue(written) == known
    assert Path(catalogue.__file__).with_name(catalogue.NAME).read_bytes() == written


@pytest.mark.parametrize(
    ("name", "engine", "found"),
    [
        ("en_US-lessac-medium", None, "en_US-lessac-medium"),
        ("EN_us-lessac-MEDIUM", "piper", "en_US-lessac-medium"),
        ("en_US-lessac-medium", "kokoro", None),
        ("af_heart", None, "kokoro-v1.0"),
        ("af_heart", "kokoro", "kokoro-v1.0"),
        ("af_hearts", None, None),
    ],
)
def test_a_voice_is_found_by_its_name(name: str, engine: str | None, found: str | None) -> None:
    """Capitals do not matter; a voice within a model leads to the model."""
    voice = catalogue.find_known(name, engine)
    assert (voice.name if voice else None) == found


def test_a_slip_is_put_right() -> None:
    """The nearest name, or how to see all."""
    with pytest.raises(UsageError, match="has no voice `en_US-lesac-medium`") as raised:
        catalogue.known_voice("en_US-lesac-medium")
    assert raised.value.help == "did you mean `en_US-lessac-medium`?"
    with pytest.raises(UsageError) as raised:
        catalogue.known_voice("zzz")
    assert raised.value.help.startswith("`voiceguide voices` lists those it has")


def test_the_voices_within_kokoro_have_languages() -> None:
    """Each name in the catalogue tells what it speaks, and the tests' own do as well."""
    voice = catalogue.known_voice("kokoro-v1.0")
    assert voice.speakers == len(voice.within) == len(set(voice.within))
    assert all(language_of(name) for name in voice.within)
    assert [bool(language_of(name)) for name in STYLES] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "cannot be read"),
        (b"[]", "cannot be read"),
        (b"{}", "`format` is missing"),
        (b'{"format": 2}', "its format is 2, not 1"),
        (b'{"format": 1, "bases": {}, "voices": []}', "it lists no voices"),
    ],
)
def test_a_catalogue_that_is_none_is_told(data: bytes, said: str) -> None:
    """What is wrong with it."""
    with pytest.raises(MachineError, match=said):
        catalogue.read_catalogue(data)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"engine": "piper"', '"engine": "pipes"', "pipes"),
        ("https://huggingface.co/rhasspy/piper-voices/resolve", "http://x", "https://"),
        ('"language": "en-us"', '"language": "English"', "language or quality"),
        ("/en_US-lessac-medium.onnx", "/../x.onnx", "leads elsewhere"),
        (", 63201294,", ", 0,", "has no size"),
        ('"md5:', '"md4:', "has no checksum"),
    ],
)
def test_an_unsound_catalogue_is_told(old: str, new: str, said: str) -> None:
    """A catalogue decides what is fetched and where it is put: it is looked at closely."""
    sound = catalogue.write_catalogue([catalogue.known_voice("en_US-lessac-medium")]).decode()
    assert old in sound
    with pytest.raises(MachineError, match=said):
        catalogue.read_catalogue(sound.replace(old, new).encode())


# ── where they live ──────────────────────────────────────────────────────────


def test_voices_live_in_the_users_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system keeps such things, unless another place is named."""
    monkeypatch.delenv("VOICEGUIDE_VOICES")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    found = voices.voices_folder()
    assert found.name == "voices"
    assert found.parent.name == "voiceguide"
    monkeypatch.setenv("VOICEGUIDE_VOICES", "~/mine")
    assert voices.voices_folder() == Path.home() / "mine"


def test_the_best_of_a_language_comes_first(home: Path, tmp_path: Path) -> None:
    """By language, and then by quality."""
    for name in ("en_US-a-low", "de_DE-z-x_low", "en_US-z-high", "en_US-b-medium"):
        install_files(piper(tmp_path / "files", name, language={"code": name[:5]}))
        for file in (tmp_path / "files").iterdir():
            file.unlink()
    names = [voice.name for voice in voices.installed()]
    assert names == ["de_DE-z-x_low", "en_US-z-high", "en_US-b-medium", "en_US-a-low"]


def test_own_files_are_copied(home: Path, tmp_path: Path) -> None:
    """They stay where they were, and a later voice of that name takes their place."""
    model = piper(tmp_path / "mine", language={"code": "en_GB"})
    shares: list[float] = []
    found = install_files(model, share=shares.append)
    assert (found.name, found.language, found.quality) == ("en_US-mine-medium", "en-gb", "medium")
    assert found.file(".onnx") == home / "piper" / found.name / model.name
    assert found.size == model.stat().st_size + Path(f"{model}.json").stat().st_size
    assert shares == [0.5, 1]
    model.write_bytes(b"another")
    again = install_files(Path(f"{model}.json"), "de_AT")
    assert again.language == "de-at"
    path = again.file(".onnx")
    assert path is not None
    assert path.read_bytes() == b"another"
    assert model.exists()


def test_removing_leaves_what_is_not_ours(home: Path, tmp_path: Path) -> None:
    """A file that the user put beside stays; the voice can be installed anew."""
    found = install_files(piper(tmp_path))
    (found.folder / "notes.txt").write_text("mine")
    voices.remove(found)
    assert [path.name for path in found.folder.iterdir()] == ["notes.txt"]
    assert voices.installed() == ()
    install_files(piper(tmp_path))
    assert voices.find_installed(found.name) == found
    (found.folder / "notes.txt").unlink()
    voices.remove(found)
    assert not found.folder.exists()


def test_a_voice_that_is_not_here_cannot_be_removed(home: Path, tmp_path: Path) -> None:
    """A slip is put right."""
    install_files(piper(tmp_path))
    with pytest.raises(UsageError, match="is not installed") as raised:
        voices.installed_voice("en_US-main-medium")
    assert raised.value.help == "did you mean `en_US-mine-medium`?"


@pytest.mark.parametrize(
    "manifest", ["", "[]", "{}", '{"files": []}', '{"files": ["gone.onnx"], "language": "en"}']
)
def test_what_is_no_voice_is_passed_over(home: Path, tmp_path: Path, manifest: str) -> None:
    """A damaged list, or one that names what is not there."""
    found = install_files(piper(tmp_path))
    (found.folder / voices.MANIFEST).write_text(manifest)
    assert voices.installed() == ()


def test_a_list_of_files_does_not_lead_elsewhere(home: Path, tmp_path: Path) -> None:
    """Removing a voice removes nothing outside its folder, whatever its list says."""
    found = install_files(piper(tmp_path))
    precious = home / "precious.onnx"
    precious.write_text("")
    path = found.folder / voices.MANIFEST
    about = json.loads(path.read_text())
    path.write_text(json.dumps({**about, "files": [*about["files"], "../../precious.onnx"]}))
    (found.folder / "precious.onnx").write_text("")
    voices.remove(voices.installed()[0])
    assert precious.exists()


# ── what somebody brings along ───────────────────────────────────────────────


def recorded(folder: Path) -> Path:
    """A folder of a person's recordings, in German."""
    folder.mkdir(parents=True)
    heads = "text\tfile\tseconds\tdate"
    lines = f"# language: de_DE\n# voice: Anna\n{heads}\nLoslassen.\t1.flac\t1.000\t2026-11-30\n"
    (folder / "lines.tsv").write_text(lines)
    (folder / "1.flac").write_bytes(b"sound")
    return folder


def test_a_voice_that_was_recorded_in_its_folder_is_listed(home: Path) -> None:
    """By the language of its list and the size of its files, though nothing installed it."""
    folder = recorded(home / "recorded" / "anna")
    (home / "recorded" / "empty").mkdir()
    (voice,) = voices.installed("recorded")
    assert (voice.engine, voice.name, voice.language) == ("recorded", "anna", "de-de")
    assert voice.size == sum(path.stat().st_size for path in folder.iterdir())


def test_the_only_copy_of_recordings_is_not_removed(home: Path, tmp_path: Path) -> None:
    """Neither when it is asked for, nor for another voice of that name; what is installed is."""
    folder = recorded(home / "recorded" / "anna")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (voice,) = voices.installed("recorded")
    with pytest.raises(UsageError, match="may be the only ones") as raised:
        voices.remove(voice)
    assert str(folder) in raised.value.help
    other = recorded(tmp_path / "other" / "anna")
    (other / "1.flac").write_bytes(b"other sound")
    with pytest.raises(UsageError, match="may be the only ones"):
        install_files(other)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    found = install_files(recorded(tmp_path / "berta"))
    assert (found.name, found.language) == ("berta", "de-de")
    voices.remove(found)
    assert [one.name for one in voices.installed("recorded")] == ["anna"]


def test_files_are_recognised(tmp_path: Path) -> None:
    """By what is in them and beside them."""
    model = piper(tmp_path / "a")
    assert recognised(model).engine == "piper"
    assert recognised(model.parent).files == recognised(Path(f"{model}.json")).files
    sherpa = tmp_path / "vits-piper-de_DE-karl-low"
    sherpa.mkdir()
    for name in ("model.onnx", "tokens.txt", "lexicon.txt"):
        (sherpa / name).write_text("")
    found = recognised(sherpa)
    assert (found.engine, found.name) == ("sherpa", "vits-piper-de_DE-karl-low")
    assert (found.language, found.quality, len(found.files)) == ("de-de", "low", 3)
    kokoro = tmp_path / "k"
    kokoro.mkdir()
    for name in ("kokoro-v1.0.onnx", "voices-v1.0.bin", "README"):
        (kokoro / name).write_text("")
    assert recognised(kokoro).engine == "kokoro"
    assert recognised(kokoro).name == "kokoro-v1.0"
    assert len(recognised(kokoro).files) == 2


def _no_config(directory: Path) -> Path:
    model = piper(directory)
    Path(f"{model}.json").unlink()
    return model


def _bad_config(directory: Path) -> Path:
    model = piper(directory)
    Path(f"{model}.json").write_text('{"audio": {}}')
    return model


def _two_voices(directory: Path) -> Path:
    piper(directory, "one")
    return piper(directory, "two").parent


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda directory: directory / "nothing.onnx", "is not a voice"),
        (lambda directory: directory, "contains no voice, or more than one"),
        (_no_config, r"without `en_US-mine-medium\.onnx\.json` beside it"),
        (_bad_config, "does not describe a voice of Piper"),
        (_two_voices, "contains no voice, or more than one"),
        (lambda directory: piper(directory, "a voice"), "`a voice` is not a name"),
    ],
)
def test_what_is_no_voice_is_told(
    home: Path, tmp_path: Path, make: Callable[[Path], Path], said: str
) -> None:
    """What was looked for, and what a voice is."""
    (tmp_path / "x").mkdir()
    with pytest.raises(UsageError, match=said) as raised:
        install_files(make(tmp_path / "x"))
    assert raised.value.help
    assert voices.installed() == ()
