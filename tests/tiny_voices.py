"""Voices of a few kilobytes, in the form that each neural engine's library reads: every phoneme is
a tone, of a length that can be told beforehand.

They are made with `onnx`, and read by the libraries as real ones are. What a real one draws by
chance, these do as well: noise under the tones, as loud as the engine asks for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from onnx import ModelProto

HOP = 32
"""Samples in a frame."""

PIPER_RATE, PIPER_FRAMES = 16_000, 20
KOKORO_RATE, KOKORO_FRAMES = 24_000, 50
"""Hz, and the frames of a phoneme at the voice's own speed."""

STYLES = ("af_heart", "af_sky", "bf_emma", "jf_alpha", "zf_xiaobei")
"""The voices of the tiny Kokoro; Japanese and Chinese ones cannot be used."""

LEXICON = {"left": "l e f t", "side": "s i d e", "rest": "r e s t"}
"""The words that a voice of sherpa-onnx with a lexicon knows, and the letters they sound as."""

_TONE, _STEP = 100.0, 20.0
"""Hz: phoneme number n sounds at `_TONE + n * _STEP`, each further speaker `_TONE` higher."""


class _Graph:
    """Nodes and constants, named as they come."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, value: object, kind: type[np.generic] = np.float32) -> str:
        from onnx import numpy_helper

        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def add(self, kind: str, *inputs: str, named: str = "", **attributes: Any) -> str:
        from onnx import helper

        name = named or f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def cast(self, name: str, kind: str, named: str = "") -> str:
        from onnx import TensorProto

        return self.add("Cast", name, named=named, to=getattr(TensorProto, kind))

    def tones(self, ids: str, samples: str, rate: int, higher: str | None) -> str:
        """The tones of some numbers one after the other: [1, n, samples of each]."""
        hz = self.add("Mul", self.cast(ids, "FLOAT"), self.constant(_STEP))
        hz = self.add("Add", hz, self.constant(_TONE))
        if higher:
            hz = self.add("Add", hz, self.add("Mul", higher, self.constant(_TONE)))
        zero, one = self.constant(0, np.int64), self.constant(1, np.int64)
        time = self.cast(self.add("Range", zero, samples, one), "FLOAT")
        omega = self.add("Mul", hz, self.constant(2 * np.pi / rate))
        column = self.add("Unsqueeze", omega, self.constant([2], np.int64))
        sine = self.add("Sin", self.add("Mul", column, time))
        return self.add("Mul", sine, self.constant(0.3))

    def noisy(self, sound: str, scale: str) -> str:
        noise = self.add("Mul", self.add("RandomNormalLike", sound), self.constant(0.02))
        return self.add("Add", sound, self.add("Mul", noise, scale))

    def model(
        self,
        inputs: Mapping[str, tuple[str, list[Any]]],
        outputs: Mapping[str, tuple[str, list[Any]]],
        about: Mapping[str, object],
    ) -> ModelProto:
        """The model, its inputs and outputs each of a kind and a shape."""
        from onnx import checker, helper

        ins, outs = (list(map(_value, names.items())) for names in (inputs, outputs))
        graph = helper.make_graph(self._nodes, "tiny", ins, outs, self._constants)
        opset = [helper.make_opsetid("", 15)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=8)
        helper.set_model_props(model, {key: str(value) for key, value in about.items()})
        checker.check_model(model)
        return model


def _value(named: tuple[str, tuple[str, list[Any]]]) -> Any:
    from onnx import TensorProto, helper

    name, (kind, shape) = named
    return helper.make_tensor_value_info(name, getattr(TensorProto, kind), shape)


def _vits(speakers: int, about: Mapping[str, object]) -> ModelProto:
    """A model as Piper trains them: `scales` are noise, length, and noise of lengths."""
    graph = _Graph()
    first, second = (graph.constant([at], np.int64) for at in (0, 1))
    length = graph.add("Gather", "scales", second)
    each = graph.add("Mul", graph.constant([float(PIPER_FRAMES)]), length)
    frames = graph.add("Ceil", graph.add("Expand", each, graph.add("Shape", "input")))
    longest = graph.cast(graph.add("ReduceMax", frames, keepdims=0), "INT64")
    samples = graph.add("Mul", longest, graph.constant(HOP, np.int64))
    higher = graph.cast("sid", "FLOAT") if speakers > 1 else None
    tones = graph.tones("input", samples, PIPER_RATE, higher)
    noisy = graph.noisy(tones, graph.add("Gather", "scales", first))
    graph.add("Reshape", noisy, graph.constant([1, 1, 1, -1], np.int64), named="output")
    inputs: dict[str, tuple[str, list[Any]]] = {
        "input": ("INT64", ["batch", "phonemes"]),
        "input_lengths": ("INT64", ["batch"]),
        "scales": ("FLOAT", [3]),
    }
    if speakers > 1:
        inputs["sid"] = ("INT64", ["batch"])
    return graph.model(inputs, {"output": ("FLOAT", ["batch", 1, 1, "time"])}, about)


def piper_files(folder: Path, name: str = "en_US-tiny-low", speakers: int = 1) -> Path:
    """A voice as Piper's are published; the path of its model.

    Its speakers are named `first`, `7`, `2`, in this order, as far as there are any.
    """
    import onnx
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    path = folder / f"{name}.onnx"
    onnx.save(_vits(speakers, {}), str(path))
    names = ("first", "7", "2")[:speakers] if speakers > 1 else ()
    config = {
        "audio": {"sample_rate": PIPER_RATE, "quality": "low"},
        "espeak": {"voice": "en-us"},
        "language": {"code": "_".join(name.split("-")[:1])},
        "phoneme_type": "espeak",
        "num_symbols": 256,
        "num_speakers": speakers,
        "speaker_id_map": {name: number for number, name in enumerate(names)},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "hop_length": HOP,
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
    }
    path.with_name(f"{name}.onnx.json").write_text(json.dumps(config), encoding="utf-8")
    return path


def kokoro_files(folder: Path, *, timed: bool = True) -> Path:
    """A model and its file of styles, as Kokoro's are published; the folder they are in."""
    import onnx

    graph = _Graph()
    each = graph.add("Div", graph.constant([float(KOKORO_FRAMES)]), "speed")
    expanded = graph.add("Expand", graph.add("Ceil", each), graph.add("Shape", "input_ids"))
    graph.cast(expanded, "INT64", named="duration")
    longest = graph.add("ReduceMax", "duration", keepdims=0)
    samples = graph.add("Mul", longest, graph.constant(HOP, np.int64))
    higher = graph.add("ReduceMean", "style", keepdims=0)
    tones = graph.tones("input_ids", samples, KOKORO_RATE, higher)
    graph.add(
        "Reshape",
        graph.noisy(tones, graph.constant(0.5)),
        graph.constant([-1], np.int64),
        named="audio",
    )
    outputs: dict[str, tuple[str, list[Any]]] = {"audio": ("FLOAT", ["time"])}
    if timed:
        outputs["duration"] = ("INT64", ["batch", "phonemes"])
    inputs: dict[str, tuple[str, list[Any]]] = {
        "input_ids": ("INT64", ["batch", "phonemes"]),
        "style": ("FLOAT", ["batch", 256]),
        "speed": ("FLOAT", [1]),
    }
    onnx.save(graph.model(inputs, outputs, {}), str(folder / "kokoro-tiny.onnx"))
    styles = {name: np.full((510, 1, 256), at, np.float32) for at, name in enumerate(STYLES)}
    np.savez(folder / "voices.npz", **styles)  # type: ignore[arg-type]  # numpy's own types
    (folder / "voices.npz").replace(folder / "voices-tiny.bin")
    return folder


def sherpa_styled_files(folder: Path, family: str) -> Path:
    """A folder of the family `kokoro` or `kitten` with two speakers; that folder."""
    import onnx

    graph = _Graph()
    tokens, rows = ("tokens", 510) if family == "kokoro" else ("input_ids", 1)
    each = graph.add("Div", graph.constant([float(KOKORO_FRAMES)]), "speed")
    expanded = graph.add("Expand", graph.add("Ceil", each), graph.add("Shape", tokens))
    longest = graph.add("ReduceMax", graph.cast(expanded, "INT64"), keepdims=0)
    samples = graph.add("Mul", longest, graph.constant(HOP, np.int64))
    tones = graph.tones(tokens, samples, KOKORO_RATE, graph.add("ReduceMean", "style", keepdims=0))
    graph.add("Reshape", tones, graph.constant([-1], np.int64), named="audio")
    about = {
        "model_type": {"kokoro": "kokoro", "kitten": "kitten-tts"}[family],
        "language": "English",
        "voice": "en-us",
        "has_espeak": 1,
        "version": 1,
        "sample_rate": KOKORO_RATE,
        "style_dim": "510,1,256" if family == "kokoro" else "1,256",
        "n_speakers": 2,
        "speaker2id": "low->0,high->1",
        "id2speaker": "0->low,1->high",
        "speaker_names": "low,high",
    }
    inputs: dict[str, tuple[str, list[Any]]] = {
        tokens: ("INT64", ["batch", "phonemes"]),
        "style": ("FLOAT", ["batch", 256]),
        "speed": ("FLOAT", [1]),
    }
    onnx.save(
        graph.model(inputs, {"audio": ("FLOAT", ["time"])}, about), str(folder / "model.onnx")
    )
    styles = [np.full((rows, 1, 256), at, np.float32) for at in (0, 3)]
    np.stack(styles).tofile(folder / "voices.bin")
    return _with_tokens(folder)


def sherpa_matcha_files(folder: Path) -> Path:
    """A folder of the family Matcha: a model of spectra, and a vocoder; that folder."""
    import onnx

    graph = _Graph()
    each = graph.add("Mul", graph.constant([float(PIPER_FRAMES)]), "length_scale")
    frames = graph.cast(graph.add("Ceil", each), "INT64")
    count = graph.add("Gather", graph.add("Shape", "x"), graph.constant([1], np.int64))
    column = graph.add("Unsqueeze", graph.cast("x", "FLOAT"), graph.constant([1, 3], np.int64))
    shape = graph.add("Concat", graph.constant([1, 80], np.int64), count, frames, axis=0)
    spectrum = graph.add("Expand", column, shape)
    graph.add("Reshape", spectrum, graph.constant([1, 80, -1], np.int64), named="mel")
    about = {
        "model_type": "matcha-tts",
        "language": "English",
        "voice": "en-us",
        "has_espeak": 1,
        "jieba": 0,
        "version": 1,
        "n_speakers": 1,
        "sample_rate": PIPER_RATE,
        "pad_id": 0,
        "use_eos_bos": 0,
        "use_icefall": 0,
        "num_ode_steps": 3,
    }
    inputs: dict[str, tuple[str, list[Any]]] = {
        "x": ("INT64", ["batch", "phonemes"]),
        "x_length": ("INT64", ["batch"]),
        "noise_scale": ("FLOAT", [1]),
        "length_scale": ("FLOAT", [1]),
    }
    mel: dict[str, tuple[str, list[Any]]] = {"mel": ("FLOAT", ["batch", 80, "time"])}
    onnx.save(graph.model(inputs, mel, about), str(folder / "model-steps-3.onnx"))
    graph = _Graph()
    row = graph.add("Gather", "mel", graph.constant(0, np.int64), axis=1)
    wave = graph.constant(0.01 * np.sin(np.arange(HOP) * 0.4)[None, None])
    tone = graph.add("Mul", graph.add("Unsqueeze", row, graph.constant([2], np.int64)), wave)
    graph.add("Reshape", tone, graph.constant([1, 1, -1], np.int64), named="audio")
    sound: dict[str, tuple[str, list[Any]]] = {"audio": ("FLOAT", ["batch", 1, "samples"])}
    vocoder = graph.model(mel, sound, {"model_type": "hifigan", "sample_rate": PIPER_RATE})
    onnx.save(vocoder, str(folder / "hifigan_tiny.onnx"))
    return _with_tokens(folder)


def _with_tokens(folder: Path) -> Path:
    """The folder, with the signs of the IPA as they are numbered for Piper."""
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    signs = {sign: ids[0] for sign, ids in DEFAULT_PHONEME_ID_MAP.items() if len(sign) == 1}
    lines = (f"{sign} {number}" for sign, number in signs.items())
    (folder / "tokens.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def sherpa_files(folder: Path, *, phonemes: bool, speakers: int = 1) -> Path:
    """A folder as sherpa-onnx reads them, by phonemes or by a lexicon; that folder."""
    import onnx
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    # the library reads single characters alone
    signs = {sign: ids[0] for sign, ids in DEFAULT_PHONEME_ID_MAP.items() if len(sign) == 1}
    about = {
        "model_type": "vits",
        "comment": "piper",
        "language": "English",
        "voice": "en-us",
        "has_espeak": int(phonemes),
        "n_speakers": speakers,
        "sample_rate": PIPER_RATE,
        "add_blank": 1,
    }
    onnx.save(_vits(speakers, about), str(folder / "model.onnx"))
    if not phonemes:
        signs = {sign: number for number, sign in enumerate("_ .,defilrst")}
        words = "".join(f"{word} {letters}\n" for word, letters in LEXICON.items())
        (folder / "lexicon.txt").write_text(words, encoding="utf-8")
    lines = (f"{sign} {number}" for sign, number in signs.items())
    (folder / "tokens.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


# ── the families of sherpa-onnx that read letters ────────────────────────────

_WIDE = 1024
"""Numbers in an embedding of Pocket TTS; its library takes no other width, nor other than 32 in a
frame."""


def sherpa_pocket_files(folder: Path) -> Path:
    """A folder of Pocket TTS with two recordings, `high` and `low`; that folder.

    It speaks a frame for every token, at a pitch that follows from the tokens and the recording.
    """
    import onnx
    import soundfile

    parts = {
        "lm_main": _pocket_main(),
        "lm_flow": _pocket_flow(),
        "encoder": _pocket_encoder(),
        "decoder": _pocket_decoder(),
        "text_conditioner": _pocket_conditioner(),
    }
    for name, model in parts.items():
        onnx.save(model, str(folder / f"{name}.onnx"))
    signs = [chr(at) for at in range(32, 127)] + ["▁", *(f"<0x{at:02X}>" for at in range(256))]
    for name, values in (("vocab", range(len(signs))), ("token_scores", [-1.0] * len(signs))):
        listed = dict(zip(signs, values, strict=True))
        (folder / f"{name}.json").write_text(json.dumps(listed), encoding="utf-8")
    for name, level in (("high", 0.5), ("low", 0.1)):
        soundfile.write(folder / f"{name}.wav", np.full(KOKORO_RATE, level), KOKORO_RATE)
    return folder


def _pocket_main() -> ModelProto:
    """Counts frames and tokens, and ends when there are as many; adds up what it is told."""
    graph = _Graph()

    def counted(before: str, of: str, named: str) -> str:
        size = graph.add("Gather", graph.add("Shape", of), graph.constant([1], np.int64))
        return graph.add("Add", before, size, named=named)

    frames = counted("frames", "sequence", "frames_then")
    tokens = counted("tokens", "text", "tokens_then")
    said = graph.add("ReduceSum", "text", keepdims=0)
    total = graph.add("Add", "total", said, named="total_then")
    graph.add("Reshape", total, graph.constant([1, 1], np.int64), named="conditioning")
    over = graph.cast(graph.add("Sub", frames, tokens), "FLOAT")
    late = graph.add("Sub", over, graph.constant(4.5))  # the end is noticed above -4
    graph.add("Reshape", late, graph.constant([1, 1], np.int64), named="end")
    states: dict[str, tuple[str, list[Any]]] = {
        "frames": ("INT64", [1]),
        "tokens": ("INT64", [1]),
        "total": ("FLOAT", [1]),
    }
    inputs: dict[str, tuple[str, list[Any]]] = {
        "sequence": ("FLOAT", [1, "frames", 32]),
        "text": ("FLOAT", [1, "tokens", _WIDE]),
        **states,
    }
    outputs: dict[str, tuple[str, list[Any]]] = {
        "conditioning": ("FLOAT", [1, 1]),
        "end": ("FLOAT", [1, 1]),
        **{f"{name}_then": state for name, state in states.items()},
    }
    return graph.model(inputs, outputs, {})


def _pocket_flow() -> ModelProto:
    """Towards the sum, wherever the noise began."""
    graph = _Graph()
    still = graph.add("Mul", graph.add("Add", "s", "t"), graph.constant(0.0))
    graph.add("Add", graph.add("Sub", "c", "x"), still, named="flow")
    one: tuple[str, list[Any]] = ("FLOAT", [1, 1])
    inputs = {"c": one, "s": one, "t": one, "x": ("FLOAT", [1, 32])}
    return graph.model(inputs, {"flow": ("FLOAT", [1, 32])}, {})


def _pocket_encoder() -> ModelProto:
    """Twice the loudness of a recording."""
    graph = _Graph()
    loud = graph.add("ReduceMean", graph.add("Abs", "audio"), axes=[2])
    graph.add("Expand", loud, graph.constant([1, 2, _WIDE], np.int64), named="embedding")
    outputs: dict[str, tuple[str, list[Any]]] = {"embedding": ("FLOAT", [1, 2, _WIDE])}
    return graph.model({"audio": ("FLOAT", [1, 1, "samples"])}, outputs, {})


def _pocket_decoder() -> ModelProto:
    """A tone for each frame, the first number of it being its height."""
    graph = _Graph()
    first = graph.add("Gather", "latent", graph.constant(0, np.int64), axis=2)
    hz = graph.add("Add", first, graph.constant(_TONE))
    hop = KOKORO_FRAMES * HOP
    time = graph.constant(2 * np.pi / KOKORO_RATE * np.arange(hop)[None, None])
    phase = graph.add("Mul", graph.add("Unsqueeze", hz, graph.constant([2], np.int64)), time)
    sound = graph.add("Mul", graph.add("Sin", phase), graph.constant(0.3))
    graph.add("Reshape", sound, graph.constant([1, 1, -1], np.int64), named="audio")
    graph.add("Add", "said", graph.constant([1], np.int64), named="said_then")
    state: tuple[str, list[Any]] = ("INT64", [1])
    inputs = {"latent": ("FLOAT", [1, "frames", 32]), "said": state}
    outputs = {"audio": ("FLOAT", [1, 1, "samples"]), "said_then": state}
    return graph.model(inputs, outputs, {})


def _pocket_conditioner() -> ModelProto:
    """The number of each token, over and over."""
    graph = _Graph()
    small = graph.add("Mul", graph.cast("ids", "FLOAT"), graph.constant(1e-4))
    column = graph.add("Unsqueeze", small, graph.constant([2], np.int64))
    graph.add("Expand", column, graph.constant([1, 1, _WIDE], np.int64), named="embeddings")
    outputs: dict[str, tuple[str, list[Any]]] = {"embeddings": ("FLOAT", [1, "tokens", _WIDE])}
    return graph.model({"ids": ("INT64", [1, "tokens"])}, outputs, {})


def sherpa_supertonic_files(folder: Path) -> Path:
    """A folder of Supertonic with two speakers; that folder.

    A text lasts a twentieth of a second for each letter, and its tone follows from its letters, the
    speaker, and the noise.
    """
    import onnx

    parts = {
        "duration_predictor": _supertonic_lengths(),
        "text_encoder": _supertonic_text(),
        "vector_estimator": _supertonic_step(),
        "vocoder": _supertonic_sound(),
    }
    for name, model in parts.items():
        onnx.save(model, str(folder / f"{name}.int8.onnx"))
    about = {
        "ae": {"sample_rate": PIPER_RATE, "base_chunk_size": HOP},
        "ttl": {"chunk_compress_factor": 4, "latent_dim": 2},
    }
    (folder / "tts.json").write_text(json.dumps(about), encoding="utf-8")
    np.arange(256, dtype=np.int32).tofile(folder / "unicode_indexer.bin")
    sizes = np.array([2, 1, 4, 2, 1, 4], np.int64)
    styles = np.repeat([0.0, 3.0], 4).astype(np.float32)
    (folder / "voice.bin").write_bytes(sizes.tobytes() + 2 * styles.tobytes())
    return folder


_TEXT: dict[str, tuple[str, list[Any]]] = {
    "ids": ("INT64", [1, "letters"]),
    "style": ("FLOAT", [1, 1, 4]),
    "mask": ("FLOAT", [1, 1, "letters"]),
}


def _supertonic_lengths() -> ModelProto:
    graph = _Graph()
    each = graph.add("ReduceSum", "mask", keepdims=0)
    graph.add(
        "Reshape",
        graph.add("Mul", each, graph.constant(0.05)),
        graph.constant([1], np.int64),
        named="seconds",
    )
    return graph.model(_TEXT, {"seconds": ("FLOAT", [1])}, {})


def _supertonic_text() -> ModelProto:
    graph = _Graph()
    column = graph.add("Unsqueeze", graph.cast("ids", "FLOAT"), graph.constant([1], np.int64))
    higher = graph.add("Mul", graph.add("ReduceMean", "style", keepdims=0), graph.constant(_TONE))
    graph.add("Add", column, higher, named="embedding")
    return graph.model(_TEXT, {"embedding": ("FLOAT", [1, 1, "letters"])}, {})


def _supertonic_step() -> ModelProto:
    """Nearly all the noise goes with each step, and the tone comes."""
    graph = _Graph()
    little = graph.add("Mul", "noisy", graph.constant(0.1))
    tone = graph.add("ReduceMean", "text", keepdims=0)
    graph.add("Add", little, tone, named="clearer")
    latent: tuple[str, list[Any]] = ("FLOAT", [1, 8, "time"])
    inputs: dict[str, tuple[str, list[Any]]] = {
        "noisy": latent,
        "text": ("FLOAT", [1, 1, "letters"]),
        "style": ("FLOAT", [1, 1, 4]),
        "latent_mask": ("FLOAT", [1, 1, "time"]),
        "text_mask": ("FLOAT", [1, 1, "letters"]),
        "step": ("FLOAT", [1]),
        "steps": ("FLOAT", [1]),
    }
    return graph.model(inputs, {"clearer": latent}, {})


def _supertonic_sound() -> ModelProto:
    graph = _Graph()
    row = graph.add("Gather", "latent", graph.constant(0, np.int64), axis=1)
    hz = graph.add("Add", row, graph.constant(_TONE))
    time = graph.constant(2 * np.pi / PIPER_RATE * np.arange(4 * HOP)[None, None])
    phase = graph.add("Mul", graph.add("Unsqueeze", hz, graph.constant([2], np.int64)), time)
    sound = graph.add("Mul", graph.add("Sin", phase), graph.constant(0.3))
    graph.add("Reshape", sound, graph.constant([1, -1], np.int64), named="sound")
    latent: tuple[str, list[Any]] = ("FLOAT", [1, 8, "time"])
    return graph.model({"latent": latent}, {"sound": ("FLOAT", [1, "samples"])}, {})
