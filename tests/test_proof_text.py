"""The promise in a tag: it comes back as it was, and a broken or lying one is refused in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proof_files import exported

from voiceguide import proof
from voiceguide.audio.fingerprint import fingerprint
from voiceguide.audio.levels import measured
from voiceguide.encode import tags_in
from voiceguide.lengths import SAMPLE_RATE, samples
from voiceguide.proof import BrokenPromiseError
from voiceguide.proof.listening import LONGEST
from voiceguide.proof.promise import as_text
from voiceguide.proof.promise import read_promise as read


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The timeline in a real file."""
    found = tags_in(exported(tmp_path_factory.mktemp("text"))).timeline
    assert found
    return found


def test_a_promise_comes_back(text: str) -> None:
    """What is read, written again, is the same text; and it is what was planned."""
    promise = read(text)
    assert as_text(promise) == text
    assert promise.title == "A short stretch"
    assert [chapter.title for chapter in promise.chapters] == [
        "A short stretch",
        "Lean",
        "Lift",
    ]
    assert {moment.side for moment in promise.moments} == {None, "left", "right"}
    assert {moment.rep for moment in promise.moments} >= {None, 1, 2, 3}
    assert all(moment.end <= promise.length for moment in promise.moments)


def test_the_same_export_has_the_same_text(text: str, tmp_path: Path) -> None:
    """Exported anew, the tag is the same."""
    assert tags_in(exported(tmp_path)).timeline == text


def test_it_is_small(text: str) -> None:
    """A tag takes less than 4 kB a minute, with all its fingerprints, in a short session too."""
    promise = read(text)
    assert len(text.encode()) < 4000 * (promise.length / 48_000 / 60 + 1)


def test_a_part_promises_its_own(text: str) -> None:
    """A part has the moments within it, from its own beginning on, and can be written too."""
    promise = read(text)
    start, stop = promise.chapters[0].position, promise.chapters[1].position
    part = proof.part_of(promise, start, stop, "Lean")
    assert read(as_text(part)) == part
    assert part.length == stop - start
    whole = [one for one in promise.moments if start <= one.position < stop]
    assert [one.position for one in part.moments] == [one.position - start for one in whole]
    assert [one.text for one in part.moments] == [one.text for one in whole]


def test_a_chime_that_rings_into_a_part_may_be_heard(text: str) -> None:
    """What began before a part is in its promise, but is not looked for."""
    promise = read(text)
    chime = next(one for one in promise.moments if one.kind == "chime")
    start = chime.position + 9600
    part = proof.part_of(promise, start, promise.length, "rest")
    ringing = part.sounds[part.moments[0].sound or 0]
    assert part.moments[0].position == 0
    assert ringing.fingerprint is None
    assert 0 < ringing.length <= chime.length + promise.sounds[chime.sound or 0].tail - 9600


# ── broken ones ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("", "not JSON"),
        ("rubbish", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "no version"),
        ("null", "no version"),
        ("{}", "no version"),
        ('{"voiceguide":"1"}', "no version"),
        ('{"voiceguide":0}', "no version"),
        ('{"voiceguide":2}', "version 2"),
        ('{"voiceguide":1}', "makes no sense"),
    ],
)
def test_what_is_no_promise_is_refused(broken: str, said: str) -> None:
    """Rubbish, and versions that are not known, are named as such."""
    with pytest.raises(BrokenPromiseError, match=said) as caught:
        read(broken)
    assert caught.value.help
    assert caught.value.exit_code == 2


def test_a_text_cut_off_is_refused(text: str) -> None:
    """Wherever it breaks off."""
    for length in range(0, len(text), max(1, len(text) // 50)):
        with pytest.raises(BrokenPromiseError):
            read(text[:length])


LIES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 0, 10**30, 0.5, 1e308, float("nan"), float("inf"), "", "x", [], [[]], {}]
)


@settings(max_examples=300)
@given(st.data())
def test_a_promise_that_lies_is_refused_or_read(text: str, data: st.DataObject) -> None:
    """With any value in it replaced by any other, it is refused in words, or makes sense."""
    found = json.loads(text)
    spot, key = data.draw(st.sampled_from(_spots(found)))
    spot[key] = data.draw(LIES)
    try:
        promise = read(json.dumps(found))
    except BrokenPromiseError:
        return
    assert promise.length > 0
    for moment in promise.moments:
        assert 0 <= moment.position <= promise.length
        assert moment.sound is None or promise.sounds[moment.sound].length >= 0
        assert moment.chapter is None or promise.chapters[moment.chapter].title is not None


def _spots(value: Any) -> list[tuple[Any, Any]]:
    """Every place of a value in an object of JSON: its container and its key."""
    pairs = list(value.items() if isinstance(value, dict) else enumerate(value))
    inner = [spot for _, one in pairs if isinstance(one, dict | list) for spot in _spots(one)]
    return [*((value, key) for key, _ in pairs), *inner]


def test_a_long_line_is_known_by_what_is_listened_to() -> None:
    """Of a line of a minute, as of 3,000 letters, no excerpt lies where nothing is looked for."""
    noise = np.random.default_rng(5).normal(0, 0.1, samples(60)).astype(np.float32)
    known = fingerprint(measured(noise, SAMPLE_RATE), samples(60))
    assert len(known.excerpts) == 5
    assert max(excerpt.end for excerpt in known.excerpts) <= LONGEST
