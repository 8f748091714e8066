"""`kokoro` and `natural`: Kokoro, one model with many voices, run by our own code.

The model takes espeak-ng's phonemes, a style and a speed. A style has a row for each number of
phonemes: 128 numbers of timbre and 128 of prosody. The voices of `kokoro` are the styles that its
makers publish (`voiceguide voices install af_heart`). Those of `natural` are blends of styles that
pip installs, each with its own mix of timbre and of prosody; docs/VOICES.md has the figures by
which the blends and their languages were chosen.
"""

from __future__ import annotations

import ctypes
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

from voiceguide.engines import Voice, missing_voice
from voiceguide.engines.neural.engine import NATURAL_RATE, NeuralEngine, source_of
from voiceguide.engines.neural.sessions import (
    RAW,
    Source,
    Spoken,
    check_phonemes,
    first_unknown,
    fix_noise,
    has_sound,
    open_session,
)
from voiceguide.engines.texts import is_call
from voiceguide.errors import MachineError, UsageError
from voiceguide.installation import bring
from voiceguide.patterns import late
from voiceguide.voices import InstalledVoice, installed

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from voiceguide.audio.clip import Samples


# ── espeak-ng's phonemes in IPA, on which most models were trained ───────────


_MARKS = late(r"([.,;:!?…]+\s+|[.,;:!?…]+$)")
_SWITCH = late(r"\([a-z]{2,3}(?:-[a-z]+)*\)")
"""What espeak-ng inserts around a word of another language."""

_SYNCHRONOUS, _DONT_EXIT = 2, 0x8000
_UTF8, _IPA = 1, 2
"""espeak-ng's `AUDIO_OUTPUT_SYNCHRONOUS`, `espeakINITIALIZE_DONT_EXIT`, `espeakCHARS_UTF8`, and the
phoneme mode of `espeak_TextToPhonemes` for the IPA."""

_VOICES = {"en": "en-us", "en-gb": "en-gb-x-rp"}
"""espeak-ng's names of languages that it does not know by tag, or has several voices for."""


class Phonemizer:
    """espeak-ng with the rules of a language; only one at a time in a process.

    Raises a ValueError if espeak-ng has no such language, or its data cannot be read.
    """

    def __init__(self, language: str) -> None:
        import espeakng_loader

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        # the library keeps at most 159 bytes of the data's path: a dot always fits
        os.chdir(Path(espeakng_loader.get_data_path()).parent)
        if self._library.espeak_Initialize(_SYNCHRONOUS, 0, b".", _DONT_EXIT) <= 0:
            raise ValueError("the data of espeak-ng cannot be read")
        voice = _VOICES.get(language, language)
        if self._library.espeak_SetVoiceByName(voice.encode()):
            raise ValueError(f"espeak-ng has no language `{voice}`")
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p

    def phonemes(self, text: str) -> str:
        """Return the phonemes of a text, with its punctuation."""
        parts = _MARKS.split(text)
        said = (part if at % 2 else " ".join(self._clauses(part)) for at, part in enumerate(parts))
        return _SWITCH.sub("", "".join(said)).strip()

    def _clauses(self, text: str) -> Iterator[str]:
        rest = ctypes.c_char_p(text.strip().encode())
        while rest.value:
            yield self._library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _IPA).decode()


# ── the engines ──────────────────────────────────────────────────────────────


RATE = 24_000
"""The sample rate, in Hz."""

_LANGUAGES = {
    "a": ("en-us", "en-us"),
    "b": ("en-gb", "en-gb"),
    "e": ("es", "es"),
    "f": ("fr", "fr"),
    "h": ("hi", "hi"),
    "i": ("it", "it"),
    "p": ("pt-br", "pt-br"),
}
"""The language of a voice and espeak-ng's name for it, by the first letter of the voice's name.
Japanese (`j`) and Chinese (`z`) are left out: the model was trained on phonemes that espeak-ng does
not give."""

_BEST = ("af_heart", "af_bella", "bf_emma", "ff_siwis")
"""The voices that their makers grade best, in languages with such grades
(<https://huggingface.co/hexgrad/Kokoro-82M/blob/main/VOICES.md>)."""

_SLOWEST, _FASTEST = 0.5, 2.0
"""The range of speeds, relative to the natural speed."""

_MEASURED: Mapping[str, tuple[float, float]] = {
    "cedar": (-19.65, 0.9425),
    "willow": (-20.12, 0.9716),
}
"""See `measured_by`: blends of files that do not change, measured at 130 words a minute. At 110 and
150 words a minute, they are within 2 % of the requested pace."""


class Blend(Struct, frozen=True):
    """A voice mixed from styles: the share of each style in its timbre and in its prosody."""

    timbre: Mapping[str, float]
    prosody: Mapping[str, float]


NATURAL_LANGUAGES: Mapping[str, str] = {
    "en": "en",
    "es": "es",
    "it": "it",
    "pt": "pt-br",
}
"""The languages of `natural`: the suffix of a voice's name (`cedar-es`; English is plain `cedar`),
and the language tag. Left out are French, of which a third was misheard; Hindi, which the model
knows but which has not been measured here; Japanese and Chinese, which need phonemes that espeak-ng
does not give. The model was trained on no other language."""

BLENDS: Mapping[str, Blend] = {
    "cedar": Blend({"jm_kumo": 1.0}, {"jm_kumo": 0.7, "jf_gongitsune": 0.3}),
    "willow": Blend({"jm_kumo": 0.5, "jf_alpha": 0.5}, {"jm_kumo": 0.5, "jf_gongitsune": 0.5}),
}
"""The voices of `natural`, the best first: a lower one (142 Hz at the median) and a higher one
(174 Hz)."""


class KokoroEngine(NeuralEngine):
    """Kokoro with its makers' styles."""

    name = "kokoro"
    packages: ClassVar[tuple[str, ...]] = ("onnxruntime", "onnx")
    ours = "4"
    calls_alone = True
    call_speed: ClassVar[float] = 0.9
    """Lowest speed of a short call, relative to the natural speed: at a lower one, many calls begin
    with an extra sound."""

    def voices(self) -> Sequence[Voice]:
        """Return the voices in the best installed model, the best of each language first."""
        models = installed(self.name)
        names = (
            sorted(_names(models[0]), key=lambda name: (name not in _BEST, name)) if models else []
        )
        return [Voice(name, language_of(name)) for name in names]

    def request(self, voice: str) -> dict[str, object]:
        """Return the model's files and the name of the voice; see `NeuralEngine.request`."""
        names = [one.name for one in self.voices()]
        if voice not in names:
            raise missing_voice(self.name, voice, names)
        source = source_of(installed(self.name)[0], self.ours)
        return {**source, "speaker": voice, "language": _LANGUAGES[voice[0]][1]}

    def speed(self, text: str, words_a_minute: int) -> float:
        """Return the speed, relative to the natural one; see `NeuralEngine.speed`."""
        speed = super().speed(text, words_a_minute)
        if not _SLOWEST <= speed <= _FASTEST:
            slowest, fastest = (round(NATURAL_RATE * times) for times in (_SLOWEST, _FASTEST))
            raise UsageError(
                f"{self.name} cannot speak {words_a_minute} words a minute",
                f"ask for a pace from about {slowest} to {fastest}",
            )
        return max(speed, self.call_speed) if is_call(text) else speed


class NaturalEngine(KokoroEngine):
    """Kokoro from pip, with our own voices."""

    name = "natural"
    packages = ("onnxruntime",)
    ours = "5"
    call_speed = 1.0

    def voices(self) -> Sequence[Voice]:
        """Return the blends in each language, if the model is installed."""
        if not installed(self.name):
            return []
        return [
            Voice(blend if end == "en" else f"{blend}-{end}", tag)
            for end, tag in NATURAL_LANGUAGES.items()
            for blend in BLENDS
        ]

    def request(self, voice: str) -> dict[str, object]:
        """Return the model's files and the name of the blend; see `NeuralEngine.request`."""
        models = installed(self.name)
        blend, _, end = voice.partition("-")
        if blend not in BLENDS or (end or "en") not in NATURAL_LANGUAGES:
            raise missing_voice(self.name, voice, BLENDS)
        if not models:
            raise MachineError("the model of `natural` is not installed", bring("natural"))
        language = NATURAL_LANGUAGES[end or "en"]
        return {**source_of(models[0], self.ours), "speaker": blend, "language": language}

    def measured(self, voice: str) -> tuple[float, float] | None:
        """Return the known loudness and pace of a voice; see `voiceguide.engines.measured_by`."""
        return _MEASURED.get(voice)


def language_of(voice: str) -> str:
    """Return the language of a voice from its name; empty if it is unknown."""
    return _LANGUAGES.get(voice[:1], ("", ""))[0]


def _names(model: InstalledVoice) -> Iterator[str]:
    """Read the names of the voices in a file of styles, which is a zip with an array for each."""
    try:
        with zipfile.ZipFile(model.file(".bin") or "") as arrays:
            found = [name.removesuffix(".npy") for name in arrays.namelist()]
    except (OSError, zipfile.BadZipFile) as error:
        raise MachineError(
            f"the voices of `{model.name}` cannot be read: {error}",
            f"install it again: `voiceguide voices remove {model.name}`, then `voiceguide voices"
            f" install {model.name}`",
        ) from error
    yield from (name for name in found if name[:1] in _LANGUAGES)


# ── in the child process ─────────────────────────────────────────────────────


_STRESS = late(r"([ˈˌ])([^\sˈˌaeiouyøæœɐɑɒɔəɚɛɜɨɪɤɯʊʌᵊᵻAIOQWY]+)")
"""A stress mark before the consonants of its syllable, as in IPA."""

_MOST = 500
"""Most phonemes in a piece; the model takes 510."""

_ENDS = (".!?…", ";:,—")
"""Punctuation after which a longer text is divided, the best first."""

PAUSE = 0.3
"""Seconds between the pieces of a longer text, at the natural speed."""

_TOKENS = {
    sign: first + at
    for first, signs in (
        (1, ";:,.!?"),
        (9, '—…"()“” \u0303ʣʥʦʨᵝꭧAI'),
        (31, "O"),
        (33, "Q"),
        (35, "ST"),
        (39, "W"),
        (41, "Yᵊabcdef"),
        (50, "hijklmnopqrstuvwxyzɑɐɒæ"),
        (75, "βɔɕç"),
        (80, "ɖðʤə"),
        (85, "ɚɛɜ"),
        (90, "ɟ"),
        (92, "ɡ"),
        (99, "ɥ"),
        (101, "ɨɪʝ"),
        (110, "ɯɰŋɳɲɴø"),
        (118, "ɸθœ"),
        (123, "ɹ"),
        (125, "ɾɻ"),
        (128, "ʁɽʂʃʈʧ"),
        (135, "ʊʋ"),
        (138, "ʌɣɤ"),
        (142, "χʎ"),
        (147, "ʒʔ"),
        (156, "ˈˌː"),
        (162, "ʰ"),
        (164, "ʲ"),
        (169, "↓"),
        (171, "→↗↘"),
        (177, "ᵻ"),
    )
    for at, sign in enumerate(signs)
}
"""The token of each sign: the vocabulary of Kokoro 1.0."""


class KokoroModel:
    """A Kokoro model with its styles, and espeak-ng for the language of the texts."""

    def __init__(self, source: Source) -> None:
        import numpy as np

        self._styles: dict[str, npt.NDArray[np.float32]]
        with np.load(source.file(".npz", ".bin")) as styles:
            self._styles = {name: styles[name].reshape(-1, 256) for name in styles.files}
        self._session = open_session(source.prepared, lambda: _without_chance(source.model()))
        # the two exports of the model have different names for their first input
        self._tokens = self._session.get_inputs()[0].name
        self._phonemizer = Phonemizer(source.language)

    def say(self, text: str, speed: float, speaker: str | None) -> Spoken:
        """Speak a text; see `Model`."""
        import numpy as np

        phonemes = as_call(self._phonemes(text)) if is_call(text) else self._phonemes(text)
        if not has_sound(phonemes):
            return Spoken(np.zeros(0, np.float32), RATE, None)
        style = self._style(speaker or "")
        pause = np.zeros(round(PAUSE / speed * RATE), np.float32)
        parts: list[Samples] = []
        for piece in pieces(phonemes):
            parts += [pause] * bool(parts) + [self._said(piece, style, speed)]
        return Spoken(np.concatenate(parts), RATE, None)

    def transcribe(self, text: str) -> str:
        """Return the phonemes of plain words; see `Model`."""
        return self._phonemizer.phonemes(text)

    def unknown(self, phonemes: str) -> str | None:
        """Return the first part that the model was not trained on; see `Model`."""
        return first_unknown(phonemes, _TOKENS)

    def _said(self, phonemes: str, style: npt.NDArray[np.float32], speed: float) -> Samples:
        import numpy as np

        ids = [_TOKENS[sign] for sign in phonemes if sign in _TOKENS]
        given = {
            self._tokens: np.array([[0, *ids, 0]], np.int64),
            "style": style[min(len(ids), len(style)) - 1][None],
            "speed": np.array([speed], np.float32),
        }
        return np.asarray(self._session.run(None, given)[0], np.float32).ravel()

    def _style(self, name: str) -> npt.NDArray[np.float32]:
        """Return the rows of a voice: a style of the file, or a blend of several."""
        import numpy as np

        if name not in BLENDS:
            return self._styles[name]
        blend, half = BLENDS[name], 128
        mixed = np.zeros_like(next(iter(self._styles.values())), np.float32)
        for style, share in blend.timbre.items():
            mixed[:, :half] += np.float32(share) * self._styles[style][:, :half]
        for style, share in blend.prosody.items():
            mixed[:, half:] += np.float32(share) * self._styles[style][:, half:]
        return mixed

    def _phonemes(self, text: str) -> str:
        """Return the phonemes of a text: espeak-ng's for its words, and those written in it.

        The model was trained on stress marks as espeak-ng writes them, directly before a vowel; a
        mark before consonants may be heard as an extra sound.
        """
        parts = RAW.split(text)
        check_phonemes(parts[1::2], _TOKENS)
        said = (
            before_vowels(part) if at % 2 else self._around(part) for at, part in enumerate(parts)
        )
        return " ".join("".join(said).split())

    def _around(self, words: str) -> str:
        """Return the phonemes of words, with the blanks that separate them from what is beside."""
        if not any(map(str.isalnum, words)):
            return words
        before = " " if words[:1].isspace() else ""
        after = " " if words[-1:].isspace() else ""
        return f"{before}{self.transcribe(words)}{after}"


def _without_chance(data: bytes) -> bytes:
    """Replace the random nodes of a model by our own noise; the model from pip has none."""
    if b"RandomNormalLike" not in data and b"RandomUniformLike" not in data:
        return data
    import onnx

    model = onnx.load_from_string(data)
    fix_noise(model)
    made: bytes = model.SerializeToString()
    return made


def before_vowels(phonemes: str) -> str:
    """Move each stress mark directly before a vowel: `ˈsoʊæs` becomes `sˈoʊæs`."""
    return _STRESS.sub(r"\2\1", phonemes)


def as_call(phonemes: str) -> str:
    """Adapt the phonemes of a call: stress `and`, or `And rest.` is heard as `Unrest.`"""
    return f"ˈ{phonemes}" if phonemes.startswith("ænd ") else phonemes


def pieces(phonemes: str, most: int = _MOST) -> Iterator[str]:
    """Divide phonemes into pieces of at most `most`, where a voice would pause."""
    while len(phonemes) > most:
        start = phonemes[:most]
        cuts = (max(start.rfind(f"{mark} ") for mark in marks) for marks in _ENDS)
        cut = next((at + 1 for at in cuts if at > 0), start.rfind(" ") + 1 or most)
        yield phonemes[:cut].strip()
        phonemes = phonemes[cut:].strip()
    if phonemes:
        yield phonemes
