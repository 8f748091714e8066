"""The library: what comes with voiceguide is found, and files beside a routine stay beside it."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from voiceguide import library
from voiceguide.errors import InputError, MachineError, UsageError

# ── routines ─────────────────────────────────────────────────────────────────


def test_the_routines_are_sorted_and_there() -> None:
    """Every name leads to a file of that name."""
    names = library.routines()
    assert list(names) == sorted(set(names))
    assert {
        "constructive-rest",
        "kneeling-hip-flexor-stretch",
        "ten-minute-psoas-relief",
    } <= set(names)
    assert all(library.find_routine(name).stem == name for name in names)
    assert all(library.is_name(name) for name in names)


def test_an_unknown_routine_suggests_the_nearest() -> None:
    """A slip of the finger is wrong usage, with the right name as the way out."""
    with pytest.raises(UsageError) as caught:
        library.find_routine("constructive-rets")
    assert caught.value.message == "there is no routine `constructive-rets` in the library"
    assert caught.value.help == "did you mean `constructive-rest`?"
    assert caught.value.exit_code == 2


def test_an_unknown_routine_far_from_all_is_told_how_to_see_them() -> None:
    """Where no name is near, the way out is the list."""
    with pytest.raises(UsageError) as caught:
        library.find_routine("zzz")
    assert caught.value.help == "`voiceguide list` shows them all"


@pytest.mark.parametrize("name", ["../LICENSE", "../README", "constructive-rest.md", "", "."])
def test_a_path_is_no_routine_of_the_library(name: str) -> None:
    """A name never leads out of the library."""
    with pytest.raises(UsageError):
        library.find_routine(name)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("low-lunge", True),
        ("warm2", True),
        ("low-lunge.md", False),
        ("./low-lunge", False),
        ("My routine", False),
        ("-", False),
        ("a--b", False),
        ("", False),
        ("low-lunge\n", False),
    ],
)
def test_names_are_told_from_paths(text: str, answer: bool) -> None:
    """A name is lower-case words with hyphens between them."""
    assert library.is_name(text) is answer


# ── copying ──────────────────────────────────────────────────────────────────


def test_a_copy_is_the_same(tmp_path: Path) -> None:
    """The copy has the name and the bytes of the original."""
    copy = library.copy_routine("constructive-rest", tmp_path)
    assert copy == tmp_path / "constructive-rest.md"
    assert copy.read_bytes() == library.find_routine("constructive-rest").read_bytes()


def test_a_copy_never_overwrites(tmp_path: Path) -> None:
    """What somebody has changed stays as it is."""
    mine = tmp_path / "constructive-rest.md"
    mine.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="there is already a file"):
        library.copy_routine("constructive-rest", tmp_path)
    assert mine.read_text(encoding="utf-8") == "mine"


def test_a_copy_follows_no_dangling_link(tmp_path: Path) -> None:
    """A link that leads nowhere counts as a file that is there."""
    (tmp_path / "constructive-rest.md").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="there is already a file"):
        library.copy_routine("constructive-rest", tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_copy_needs_a_folder(tmp_path: Path) -> None:
    """A mistyped folder is not made."""
    with pytest.raises(UsageError, match="there is no folder"):
        library.copy_routine("constructive-rest", tmp_path / "missing")
    assert not list(tmp_path.iterdir())


def test_a_copy_on_a_full_disk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's fault is said, and no half of a file is left."""
    opened = Path.open

    def full(self: Path, mode: str) -> Full:
        return Full(cast(BinaryIO, opened(self, mode)))

    content = library.find_routine("constructive-rest").read_bytes()
    monkeypatch.setattr(Path, "read_bytes", lambda _: content)
    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(MachineError, match="there is no room left on the disk"):
        library.copy_routine("constructive-rest", tmp_path)
    assert not list(tmp_path.iterdir())


class Full:
    """A file on a disk with no room."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def __enter__(self) -> Full:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def write(self, _: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


# ── sounds ───────────────────────────────────────────────────────────────────


def test_every_chime_that_is_named_is_there() -> None:
    """A family has all six roles; a full name is one of them; all are files."""
    roles = ("start", "end", "switch", "rest", "finish", "wake")
    families = ("bowl", "bell", "wood")
    full = {f"{family}-{role}" for family in families for role in roles}
    assert library.chime_names() == full | set(families)
    for name in full:
        path = library.chime_file(name)
        assert path is not None
        assert path.is_file()


def test_a_family_has_a_role_and_a_full_name_has_its_own() -> None:
    """The role asked for counts for a family alone."""
    by_role = library.chime_file("bell", "switch")
    by_name = library.chime_file("bell-switch", "start")
    assert by_role == by_name
    assert by_role is not None
    assert by_role.name == "bell-switch.flac"


@pytest.mark.parametrize(
    ("name", "role"),
    [("gong", "start"), ("bowl", "tune"), ("bowl-tune", "start"), ("tick", "start"), ("", "end")],
)
def test_an_unknown_chime_is_none(name: str, role: str) -> None:
    """Whose fault that is, the caller knows, with the place."""
    assert library.chime_file(name, role) is None


def test_the_tick_and_the_beds_are_known() -> None:
    """The tick is a file; the beds are names that a routine may use, and files too."""
    assert library.tick_file().is_file()
    assert library.bed_names() == {"rain", "waves", "drone", "brown"}
    files = [library.bed_file(name) for name in sorted(library.bed_names())]
    assert all(path and path.is_file() for path in files)
    assert library.bed_file("snow") is None


# ── files that a routine names ───────────────────────────────────────────────


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A routine's folder with two sounds, and a file outside it."""
    folder = tmp_path / "routines"
    (folder / "sounds").mkdir(parents=True)
    (folder / "waves.flac").touch()
    (folder / "sounds" / "rain.wav").touch()
    (tmp_path / "secret.wav").touch()
    return folder


@pytest.mark.parametrize(
    "text", ["waves.flac", "./waves.flac", "sounds/rain.wav", "sounds/../waves.flac"]
)
def test_a_file_beside_the_routine_is_found(beside: Path, text: str) -> None:
    """Paths start at the routine's own folder and may go deeper."""
    assert library.resolve_beside(text, beside).is_file()


def test_an_absolute_path_within_the_folder_is_found(beside: Path) -> None:
    """What matters is where it leads, not how it is written."""
    path = (beside / "waves.flac").resolve()
    assert library.resolve_beside(str(path), beside) == path


def test_a_folder_reached_by_a_link_is_its_own(beside: Path, tmp_path: Path) -> None:
    """A routine in a linked folder finds what lies beside it."""
    (tmp_path / "link").symlink_to(beside, target_is_directory=True)
    assert library.resolve_beside("waves.flac", tmp_path / "link").is_file()


def test_a_file_of_the_library_may_be_named(beside: Path) -> None:
    """The library's own folders are open to every routine."""
    chime = library.chime_file("bowl")
    assert library.resolve_beside(str(chime), beside) == chime


@pytest.mark.parametrize("text", ["../secret.wav", "../missing.wav", "/etc/passwd", ".."])
def test_a_path_never_leads_out(beside: Path, text: str) -> None:
    """Whether the file outside exists or not, the answer is the same."""
    with pytest.raises(InputError) as caught:
        library.resolve_beside(text, beside)
    assert caught.value.message == f"`{text}` is outside the routine's folder"
    assert caught.value.help == "put the file beside the routine, and write only its name"
    assert caught.value.exit_code == 1


def test_a_link_never_leads_out(beside: Path) -> None:
    """A link beside the routine is judged by what it leads to."""
    (beside / "mine.wav").symlink_to(beside.parent / "secret.wav")
    with pytest.raises(InputError, match="outside the routine's folder"):
        library.resolve_beside("mine.wav", beside)


def test_a_folder_whose_name_begins_alike_is_outside(beside: Path) -> None:
    """`routines-of-others` is not in `routines`."""
    other = beside.parent / "routines-of-others"
    other.mkdir()
    (other / "waves.flac").touch()
    with pytest.raises(InputError, match="outside"):
        library.resolve_beside("../routines-of-others/waves.flac", beside)


@pytest.mark.parametrize(
    ("text", "message", "way_out"),
    [
        ("wave.flac", "there is no file `wave.flac`", "did you mean `waves.flac`?"),
        ("waves.wav", "there is no file `waves.wav`", "did you mean `waves.flac`?"),
        ("zzz", "there is no file `zzz`", "a path starts at the routine's own folder"),
        ("no/where.wav", "there is no file `no/where.wav`", "a path starts at"),
        ("sounds\\rain.wav", "there is no file `sounds\\rain.wav`", "write `/` between"),
        ("sounds", "`sounds` is not a file", "name a file, not a folder"),
        ("", "`` is not a file", "name a file, not a folder"),
        ("a\0b", "`a\0b` cannot be a file's name", "write a plain name"),
        ("x" * 5000, f"`{'x' * 5000}` cannot be opened: File name too long", ""),
        ("waves.flac/a", "there is no file `waves.flac/a`", "a path starts at"),
    ],
)
def test_a_file_that_cannot_be_had_says_why(
    beside: Path, text: str, message: str, way_out: str
) -> None:
    """What is wrong, and the way out of it."""
    with pytest.raises(InputError) as caught:
        library.resolve_beside(text, beside)
    assert caught.value.message == message
    assert caught.value.help.startswith(way_out)


def test_a_loop_of_links_is_no_file(beside: Path) -> None:
    """Two links that lead to each other end in an error, not in a crash."""
    (beside / "one.wav").symlink_to(beside / "two.wav")
    (beside / "two.wav").symlink_to(beside / "one.wav")
    with pytest.raises(InputError):
        library.resolve_beside("one.wav", beside)


def test_a_crowded_folder_does_not_stop_the_suggestion(beside: Path) -> None:
    """Only so many names are compared."""
    for number in range(library.MOST_SUGGESTIONS + 10):
        (beside / f"{number:05d}").touch()
    with pytest.raises(InputError) as caught:
        library.resolve_beside("wave.flac", beside)
    assert caught.value.help == "a path starts at the routine's own folder"


# ── use ──────────────────────────────────────────────────────────────────────


def test_use_finds_a_name_and_a_path(beside: Path) -> None:
    """A name means the library; anything else is a path beside the routine."""
    (beside / "mine.md").touch()
    name = "constructive-rest"
    assert library.find_used(name, beside) == library.find_routine(name)
    assert library.find_used("mine.md", beside) == (beside / "mine.md").resolve()


def test_use_suggests_a_name_of_the_library(beside: Path) -> None:
    """What is neither a name nor a file was most likely meant to be a name."""
    with pytest.raises(InputError) as caught:
        library.find_used("constructive-rst", beside)
    assert caught.value.help == "did you mean `constructive-rest`?"


# ── the two homes ────────────────────────────────────────────────────────────


def test_an_installed_package_has_its_library_within(tmp_path: Path) -> None:
    """The folder within the package counts, whatever lies beside it."""
    package = tmp_path / "site-packages" / "voiceguide"
    (package / "scripts").mkdir(parents=True)
    (tmp_path / "site-packages" / "scripts").mkdir()
    assert library.find_home("scripts", package) == package / "scripts"


def test_a_checkout_has_its_library_beside(tmp_path: Path) -> None:
    """A checkout is known by its pyproject.toml."""
    package = tmp_path / "voiceguide"
    package.mkdir()
    (tmp_path / "scripts").mkdir()
    (tmp_path / "pyproject.toml").touch()
    assert library.find_home("scripts", package) == tmp_path / "scripts"


def test_somebody_elses_folder_is_not_the_library(tmp_path: Path) -> None:
    """An installation without its library says so, and reads nothing of others."""
    package = tmp_path / "site-packages" / "voiceguide"
    package.mkdir(parents=True)
    (tmp_path / "site-packages" / "scripts").mkdir()
    with pytest.raises(MachineError, match="missing from this installation"):
        library.find_home("scripts", package)


def test_finding_imports_nothing_heavy() -> None:
    """`voiceguide list` needs no numpy, no sound library and no picture library."""
    code = (
        "import sys, voiceguide.library as l; l.routines(); l.chime_names();"
        "print(sorted({'numpy', 'soundfile', 'PIL', 'yaml'} & set(sys.modules)))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert out.strip() == "[]"
