"""The chimes: as the script makes them, at the right level, and told apart with eyes closed."""

from __future__ import annotations

import runpy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from voiceguide.library import TICKS, chime_file, find_home, tick_file

Samples = npt.NDArray[np.float64]

RATE = 48_000
FAMILIES = ("bowl", "bell", "wood")
ROLES = ("start", "end", "switch", "rest", "finish")
NAMES = [f"{family}-{role}" for family in FAMILIES for role in ROLES]
WAKES = [f"{family}-wake" for family in FAMILIES]
BREATHS = ["breath_in", "breath_hold", "breath_out"]
STRUCK = [*NAMES, "tick", *BREATHS]
EVERYTHING = [*STRUCK, *WAKES]

# what each role is: the pitch of its strikes relative to the family's `start`
MELODIES: Mapping[str, tuple[float, ...]] = {
    "start": (1.0,),
    "end": (1.0, 3 / 4),
    "switch": (1.0, 3 / 2),
    "rest": (2 / 3,),
    "finish": (1.0, 1.0, 1 / 2),
}


@cache
def decoded(name: str) -> npt.NDArray[np.int16]:
    path = tick_file(name) if name in TICKS else chime_file(name)
    assert path is not None
    samples, rate = soundfile.read(path, dtype="int16")
    assert rate == RATE
    return np.asarray(samples)


def sound(name: str) -> Samples:
    return decoded(name) / 32768.0


# ── as the script makes them ─────────────────────────────────────────────────


@cache
def made() -> Mapping[str, npt.NDArray[np.int16]]:
    script: dict[str, Any] = runpy.run_path(str(find_home("audio_assets") / "make_chimes.py"))
    return dict(script["chimes"]())


def test_the_script_makes_every_file_and_no_other() -> None:
    """The folder holds exactly what the script makes."""
    files = {path.stem for path in (find_home("audio_assets") / "chimes").iterdir()}
    assert files == set(made()) == set(EVERYTHING)


@pytest.mark.parametrize("name", EVERYTHING)
def test_the_script_makes_the_file_again(name: str) -> None:
    """The samples are those of the script; one step is left to a processor's own sine."""
    again = made()[name]
    assert len(again) == len(decoded(name))
    assert np.abs(again.astype(int) - decoded(name)).max() <= 1


@pytest.mark.parametrize("name", EVERYTHING)
def test_the_format_is_48_khz_mono_16_bit_flac(name: str) -> None:
    """Every chime has the session's own rate, so that none is ever resampled."""
    path = tick_file(name) if name in TICKS else chime_file(name)
    info = soundfile.info(path)
    assert (info.format, info.subtype, info.channels, info.samplerate) == (
        "FLAC",
        "PCM_16",
        1,
        RATE,
    )


# ── how they begin and end ───────────────────────────────────────────────────


@pytest.mark.parametrize("name", STRUCK)
def test_it_begins_without_a_step_and_at_once(name: str) -> None:
    """The first sample is zero, and the strike is there within two milliseconds."""
    samples = sound(name)
    peak = np.abs(samples[: RATE // 5]).max()
    assert samples[0] == 0
    assert np.abs(samples[1]) < 0.002
    assert np.argmax(np.abs(samples) > 0.1 * peak) < 0.002 * RATE


@pytest.mark.parametrize("name", EVERYTHING)
def test_it_fades_to_digital_zero_without_a_click(name: str) -> None:
    """The last millisecond is silent, and what comes before it is too soft to be cut off."""
    samples = decoded(name)
    assert not samples[-RATE // 1000 :].any()
    assert np.abs(samples[-RATE // 50 :]).max() <= (4 if name in NAMES else 40)


@pytest.mark.parametrize("name", EVERYTHING)
def test_it_has_no_offset(name: str) -> None:
    """The mean is below a tenth of the smallest step."""
    assert abs(decoded(name).mean()) < 0.1


@pytest.mark.parametrize("name", STRUCK)
def test_its_length_leaves_room_for_words(name: str) -> None:
    """A chime is 2 to 3.5 seconds long, a finish at most 7, a tick under a fifth of one."""
    seconds = len(decoded(name)) / RATE
    if name in TICKS:
        assert seconds < (0.2 if name == "tick" else 0.6)
    elif name.endswith("finish"):
        assert 4 < seconds <= 7
    else:
        assert 2 <= seconds <= 3.5


# ── how loud they are ────────────────────────────────────────────────────────


def filtered(samples: Samples, feed: tuple[float, ...], back: tuple[float, ...]) -> Samples:
    """A second-order filter, sample by sample: another way than the script's spectrum."""
    out = np.empty(len(samples))
    x1 = x2 = y1 = y2 = 0.0
    for index, x in enumerate(samples.tolist()):
        y = feed[0] * x + feed[1] * x1 + feed[2] * x2 - back[0] * y1 - back[1] * y2
        x1, x2, y1, y2 = x, x1, y, y1
        out[index] = y
    return out


def k_weighted(samples: Samples) -> Samples:
    """ITU-R BS.1770-4, tables 1 and 2, at 48 kHz."""
    shelf = filtered(
        samples,
        (1.53512485958697, -2.69169618940638, 1.19839281085285),
        (-1.69065929318241, 0.73248077421585),
    )
    return filtered(shelf, (1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621))


def lufs(power: float) -> float:
    return -0.691 + 10 * float(np.log10(power))


@cache
def loudest_400_ms(name: str) -> float:
    """LUFS, in steps of 100 ms, as a meter's momentary reading."""
    step, window = RATE // 10, RATE * 4 // 10
    power = np.concatenate((k_weighted(sound(name)) ** 2, np.zeros(window)))
    starts = range(0, len(power) - window, step)
    return lufs(max(float(power[start : start + window].mean()) for start in starts))


def true_peak(samples: Samples) -> float:
    """dBTP, between the samples too: four times as many of them."""
    spectrum = np.fft.rfft(samples)
    between = np.fft.irfft(spectrum, 4 * len(samples)) * 4
    return 20 * float(np.log10(np.abs(between).max()))


def test_the_meter_reads_the_standard_tone() -> None:
    """A full-scale sine of 997 Hz reads -3.01 LUFS, as the standard says."""
    tone = np.sin(2 * np.pi * 997 * np.arange(RATE) / RATE)
    assert lufs(float((k_weighted(tone)[RATE // 2 :] ** 2).mean())) == pytest.approx(
        -3.01, abs=0.02
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_chime_is_below_the_voice(name: str) -> None:
    """The voice is levelled at -19 LUFS; a chime's loudest moment lies 6 to 7 LU below it."""
    assert -26.5 < loudest_400_ms(name) < -24.5


def test_all_chimes_are_about_as_loud() -> None:
    """Between the softest and the loudest of all lie no more than 1.5 LU."""
    levels = [loudest_400_ms(name) for name in NAMES]
    assert max(levels) - min(levels) <= 1.5


def test_the_tick_is_softer_than_every_chime() -> None:
    """It comes with every phase of every rep."""
    assert loudest_400_ms("tick") == pytest.approx(-32, abs=0.5)


def test_the_tone_of_a_breath_rises_stays_or_falls() -> None:
    """The pitch of its second half is above, at and below that of its first."""
    for name, way in zip(BREATHS, (1, 0, -1), strict=True):
        samples = sound(name)
        first, second = samples[: RATE * 14 // 100], samples[RATE * 25 // 100 :]
        pitches = [_loudest_frequency(part) for part in (first, second)]
        assert np.sign(round((pitches[1] - pitches[0]) / 30)) == way, name


def _loudest_frequency(samples: Samples) -> float:
    size = 1 << 17
    return float(np.abs(np.fft.rfft(samples, size)).argmax()) * RATE / size


@pytest.mark.parametrize("name", WAKES)
def test_a_wake_sound_is_hardly_heard(name: str) -> None:
    """It swells from nothing, lies 19 LU below the voice, and is over before the words begin."""
    samples = sound(name)
    assert loudest_400_ms(name) == pytest.approx(-38, abs=0.5)
    assert len(samples) < 0.5 * RATE
    level = np.sqrt((samples[: len(samples) // 1440 * 1440].reshape(-1, 1440) ** 2).mean(axis=1))
    assert 0.09 < np.argmax(level) * 0.03 < 0.3
    assert np.abs(np.diff([0.0, *level, 0.0])).max() < 0.35 * level.max()


@pytest.mark.parametrize("name", EVERYTHING)
def test_its_peak_leaves_room(name: str) -> None:
    """Below -3 dBTP, so that nothing clips where it meets words."""
    assert true_peak(sound(name)) < -3


# ── how they are told apart ──────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Heard:
    """What an ear makes of a chime."""

    strikes: tuple[float, ...]
    """Seconds."""
    pitches: tuple[float, ...]
    """Hz, the strongest tone after each strike."""
    brightness: float
    """Hz, the centre of the spectrum after the first strike."""
    ring: float
    """Seconds in which the last strike falls by 20 dB."""


@cache
def heard(name: str) -> Heard:
    samples = sound(name)
    strikes = strike_times(samples)
    spectra = [spectrum(samples, at) for at in strikes]
    return Heard(
        strikes,
        tuple(float(frequencies[np.argmax(power)]) for frequencies, power in spectra),
        float(np.average(spectra[0][0], weights=spectra[0][1])),
        ring_time(samples[round(strikes[-1] * RATE) :]),
    )


def envelope(samples: Samples) -> Samples:
    """The RMS of every 5 ms."""
    whole = len(samples) // 240 * 240
    return np.asarray(np.sqrt((samples[:whole].reshape(-1, 240) ** 2).mean(axis=1)))


def strike_times(samples: Samples) -> tuple[float, ...]:
    """Where the level rises by a third within 15 ms, at least 100 ms apart."""
    level = np.concatenate((np.zeros(6), envelope(samples), np.zeros(2)))
    found: list[int] = []
    for now in range(6, len(level) - 2):
        rises = level[now : now + 3].max() > 1.35 * level[now - 6 : now].max()
        if rises and level[now] > 0.1 * level.max() and (not found or now - found[-1] > 20):
            found.append(now)
    return tuple((now - 6) * 0.005 for now in found)


def spectrum(samples: Samples, at: float) -> tuple[Samples, Samples]:
    """Frequencies and power of the quarter of a second after `at`."""
    part = samples[round(at * RATE) :][: RATE // 4]
    power = np.abs(np.fft.rfft(part * np.hanning(len(part)), 1 << 17)) ** 2
    return np.asarray(np.fft.rfftfreq(1 << 17, 1 / RATE)), np.asarray(power)


def ring_time(samples: Samples) -> float:
    level = envelope(samples)
    return float(np.flatnonzero(level > 0.1 * level.max())[-1] * 0.005)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_the_same_melody_in_every_family(family: str, role: str) -> None:
    """Each role has its number of strikes and its intervals, whatever is struck."""
    base = heard(f"{family}-start").pitches[0]
    intervals = [pitch / base for pitch in heard(f"{family}-{role}").pitches]
    assert intervals == pytest.approx(MELODIES[role], rel=0.03)


@pytest.mark.parametrize("family", FAMILIES)
def test_two_roles_of_a_family_are_told_apart(family: str) -> None:
    """Any two differ in the number of strikes, or in the pitch of one by a fourth at least."""
    for one, other in combinations(ROLES, 2):
        a, b = heard(f"{family}-{one}").pitches, heard(f"{family}-{other}").pitches
        furthest = max(max(p / q, q / p) for p, q in zip(a, b, strict=False))
        assert len(a) != len(b) or furthest > 1.3, (one, other)


@pytest.mark.parametrize("role", ROLES)
def test_two_families_are_told_apart(role: str) -> None:
    """In every role, any two differ by a third or more in pitch and in brightness or ring."""
    for one, other in combinations(FAMILIES, 2):
        a, b = heard(f"{one}-{role}"), heard(f"{other}-{role}")
        pitch = ratio(a.pitches[0], b.pitches[0])
        assert pitch > 1.3, (one, other)
        assert max(ratio(a.brightness, b.brightness), ratio(a.ring, b.ring)) > 1.5, (one, other)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_rest_is_softer_and_darker_than_a_start(family: str) -> None:
    """It tells the listener to let go."""
    assert loudest_400_ms(f"{family}-rest") < loudest_400_ms(f"{family}-start") - 0.5
    assert heard(f"{family}-rest").brightness < 0.7 * heard(f"{family}-start").brightness


def ratio(a: float, b: float) -> float:
    return max(a / b, b / a)
