"""Prose in order: sentences with the pauses between them, tags, and when to say it at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voiceguide.errors import Place
from voiceguide.routine import Break, PlaySound, Sentence, Silence, Spoken, Strike, Timed
from voiceguide.sequence.items import Kind, Run, Sound
from voiceguide.sequence.score import AFTER_CHIME, PARAGRAPH, SENTENCE, Score
from voiceguide.sequence.wording import Here, names_side


def play(score: Score, parts: Iterable[Spoken], here: Here, *, aloud: bool = True) -> None:
    """Write prose; where it is not `aloud`, its tags alone."""
    for part in parts:
        if isinstance(part, Sentence):
            if aloud:
                score.say_sentence(part, here)
        elif isinstance(part, Break):
            score.add(PARAGRAPH)
        elif isinstance(part, Silence):
            score.still(Kind.PAUSE, Timed(part.length, part.place), here)
        else:
            _play_sound(score, part, here)


def _play_sound(score: Score, part: Strike | PlaySound, here: Here) -> None:
    sound = _sound(score, part, here)
    if sound:
        score.add(sound)
        score.add(SENTENCE if sound.whole else AFTER_CHIME)


def _sound(score: Score, part: Strike | PlaySound, here: Here) -> Sound | None:
    if isinstance(part, Strike):
        return score.named_chime(part, here)
    return score.sound_file(part, here)


def run(score: Score, parts: Iterable[Spoken], here: Here) -> Run:
    """The same as sounds one after another, for a cue: its pauses are fixed."""
    return tuple(_run(score, parts, here))


def _run(score: Score, parts: Iterable[Spoken], here: Here) -> Iterator[tuple[float, Sound]]:
    pause = 0.0
    for part in parts:
        if isinstance(part, Silence):
            pause = score.seconds(part.length)
        elif isinstance(part, Break):
            pause = max(pause, PARAGRAPH.natural)
        else:
            sound = _cue_sound(score, part, here)
            if sound:
                yield pause, sound
                pause = SENTENCE.natural if sound.whole else AFTER_CHIME.natural


def _cue_sound(score: Score, part: Sentence | Strike | PlaySound, here: Here) -> Sound | None:
    if isinstance(part, Sentence):
        return score.spoken_sentence(part, here)
    return _sound(score, part, here)


def tells_side(parts: Iterable[Spoken]) -> bool:
    """Whether the words say by themselves which side it is."""
    return any(isinstance(part, Sentence) and names_side(part) for part in parts)


def side_alone(score: Score, place: Place, here: Here) -> None:
    """`Left side.`, where there is a side."""
    if here.side:
        score.say(score.phrases.side_alone(here.side), place, here)
