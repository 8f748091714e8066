"""Install voices from their publisher, from a mirror, or from local files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from voiceguide.errors import MachineError
from voiceguide.files import lock, make_folder, replacing, told
from voiceguide.voices import (
    FETCHING,
    InstalledVoice,
    KnownVoice,
    check_name,
    find_installed,
    settle,
    voices_folder,
)
from voiceguide.voices.catalogue import (
    NAME,
    PIPER_LIST,
    known,
    packaged,
    refreshed,
    write_catalogue,
)
from voiceguide.voices.download import Patience, address, fetch, is_whole, read_small
from voiceguide.voices.families import recognised

Share = Callable[[float], None]
"""Called with the share that is done, from 0 to 1."""

LARGEST_LIST = 16 << 20
"""Largest list that is read, in bytes; Piper's list has half a megabyte."""


def install(
    voice: KnownVoice,
    source: str | None = None,
    share: Share | None = None,
    patience: Patience | None = None,
) -> InstalledVoice:
    """Download and install a voice, all its files or none; `source` is the address of a mirror.

    An interrupted download is resumed. If all files are installed and valid, nothing is downloaded.

    Raises:
        MachineError: a file cannot be downloaded or written, or another process is installing it.
        UsageError: `source` is not an address.
    """
    base = _base(source, voice.base)
    address(base, "")
    here = find_installed(voice.name, voice.engine)
    if here and all(is_whole(here.folder / file.name, file) for file in voice.files):
        return here
    with _draft(voice.engine, voice.name) as draft:
        _check_room(draft, voice)
        done = 0
        for file in voice.files:
            fetch(base, file, draft, _shared(share, done, voice.size), patience)
            done += file.size
        names = tuple(file.name for file in voice.files)
        about = (voice.language, voice.quality, voice.licence)
        return _settled(draft, voice.engine, voice.name, about, names)


def install_files(
    path: Path, language: str | None = None, share: Share | None = None
) -> InstalledVoice:
    """Copy a local voice: Piper's `NAME.onnx` with its `NAME.onnx.json`, or a folder.

    `language` is its tag, if its files have none or a wrong one.

    Raises:
        UsageError: it is not a voice.
        MachineError: it cannot be read or written.
    """
    voice = recognised(path)
    name = check_name(voice.name)
    with _draft(voice.engine, name) as draft:
        for number, file in enumerate(voice.files, 1):
            with told(draft):
                shutil.copyfile(file, draft / file.name)
            if share:
                share(number / len(voice.files))
        about = (_tag(language) or voice.language, voice.quality, voice.licence)
        return _settled(draft, voice.engine, name, about, tuple(f.name for f in voice.files))


def update(source: str | None = None, patience: Patience | None = None) -> tuple[int, int]:
    """Update the catalogue from Piper's current list; return its counts of all and of new voices.

    Raises:
        MachineError: the list cannot be downloaded or written, or is not valid; the old one stays.
        UsageError: `source` is not an address.
    """
    base = next(voice.base for voice in packaged() if voice.engine == "piper")
    data = read_small(address(_base(source, base), PIPER_LIST), LARGEST_LIST, patience)
    before = {(voice.engine, voice.name) for voice in known()}
    voices = refreshed(data, packaged())
    make_folder(voices_folder())
    with replacing(voices_folder() / NAME) as file:
        file.write(write_catalogue(voices))
    return len(voices), sum((voice.engine, voice.name) not in before for voice in voices)


def _tag(language: str | None) -> str:
    return (language or "").lower().replace("_", "-")


def _base(source: str | None, publisher: str) -> str:
    return source or os.environ.get("VOICEGUIDE_VOICES_FROM") or publisher


@contextmanager
def _draft(engine: str, name: str) -> Iterator[Path]:
    """Lock and provide the folder in which a voice is assembled.

    After a failure the folder stays, so that the next attempt resumes.
    """
    fetching = voices_folder() / FETCHING / engine
    make_folder(fetching)
    busy = f"another voiceguide is installing `{name}` at the moment"
    with alone(fetching / f"{name}.lock", busy):
        with told(fetching):
            (fetching / name).mkdir(exist_ok=True)
        yield fetching / name


def _check_room(draft: Path, voice: KnownVoice) -> None:
    """Check the free space before the download, not after ten minutes of it."""
    missing = voice.size - sum(path.stat().st_size for path in draft.iterdir())
    free = shutil.disk_usage(draft).free
    if missing > free:
        megabytes = (missing // 1_000_000, free // 1_000_000)
        raise MachineError(
            "`{}` needs {} MB more, and the disk has {} MB left".format(voice.name, *megabytes),
            "free some space, or name another folder in VOICEGUIDE_VOICES",
        )


def _shared(share: Share | None, done: int, size: int) -> Callable[[int], None]:
    def tell(here: int) -> None:
        if share:
            share((done + here) / size)

    return tell


def _settled(
    draft: Path, engine: str, name: str, about: tuple[str, str, str], files: tuple[str, ...]
) -> InstalledVoice:
    with told(draft):
        for stray in set(draft.iterdir()) - {draft / file for file in files}:
            stray.unlink()
    voice = InstalledVoice(engine, name, *about, voices_folder() / engine / name, files)
    settle(draft, voice)
    return voice


@contextmanager
def alone(path: Path, busy: str) -> Iterator[None]:
    """Let only one process run the block; `path` is a lock file, which stays.

    Raises:
        MachineError: another process is in the block; `busy` is the message.
    """
    with told(path):
        file = path.open("a+b")
    with file:
        try:
            lock(file.fileno())
        except OSError as error:
            raise MachineError(busy, "wait until it is done") from error
        yield
