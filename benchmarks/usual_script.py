"""The usual way to make a guided track, for comparison: pyttsx3 speaks, pydub joins the pieces.

    python usual_script.py PLAN.json CHIMES OUT.mp3 [linear]

The texts, the chimes and the silences between them are those of `voiceguide plan --json`; CHIMES is
the folder of their files. It is written as the documentation of both packages shows: one engine, a
file and a `runAndWait` for each text; `+`, `silent` and `export`, for which pydub runs ffmpeg. What
the documentation does not show is done in its favour: a text that comes again is spoken once, and a
chime that would ring on under the voice is cut off, where mixing it in would take longer.

With `linear` the pieces are joined once, as bytes: `+` copies all that there is so far each time.

(Saving all texts with one `runAndWait` at the end would be shorter, and leaves only the last file.)
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

# the two are there only where the extra `bench` is
import pyttsx3  # type: ignore[import-not-found,import-untyped,unused-ignore]
from pydub import AudioSegment  # type: ignore[import-not-found,import-untyped,unused-ignore]

WORDS_A_MINUTE = 130
RATE = 48_000
SPOKEN = {"say", "count", "rep"}

Event = dict[str, Any]
Sounds = dict[str, AudioSegment]


def speak(texts: list[str], folder: Path) -> Sounds:
    """Speak each text into a file, and read it."""
    engine = pyttsx3.init()
    engine.setProperty("rate", WORDS_A_MINUTE)
    spoken = {}
    for number, text in enumerate(texts):
        path = folder / f"{number}.wav"
        engine.save_to_file(text, str(path))
        engine.runAndWait()
        spoken[text] = AudioSegment.from_wav(path)
    return spoken


def read_chimes(names: list[str], folder: Path) -> Sounds:
    """Read the file of each chime."""
    return {name: AudioSegment.from_file(folder / f"bowl-{name}.flac") for name in names}


def join(events: list[Event], spoken: Sounds, chimes: Sounds, duration: float) -> AudioSegment:
    """The session: every sound at its time, with silence up to it."""
    session = AudioSegment.silent(duration=0)
    for event in events:
        at = 1000 * event["at"]
        sounds = chimes if event["kind"] == "chime" else spoken
        gap = at - len(session)
        session = session + AudioSegment.silent(duration=gap) if gap > 0 else session[:at]
        session = session + sounds[event["text"]]
    session = session + AudioSegment.silent(duration=max(0, 1000 * duration - len(session)))
    return session[: 1000 * duration]


def join_once(events: list[Event], spoken: Sounds, chimes: Sounds, duration: float) -> AudioSegment:
    """The same session, its pieces brought to one form and joined as bytes."""
    formed = {
        id(sound): sound.set_frame_rate(RATE).set_channels(1).set_sample_width(2)
        for sound in (*spoken.values(), *chimes.values())
    }
    session = bytearray()
    for event in events:
        sounds = chimes if event["kind"] == "chime" else spoken
        start = 2 * round(RATE * event["at"])
        session = session[:start].ljust(start, bytes(1))
        session += formed[id(sounds[event["text"]])].raw_data
    whole = 2 * round(RATE * duration)
    data = bytes(session[:whole].ljust(whole, bytes(1)))
    return AudioSegment(data, frame_rate=RATE, channels=1, sample_width=2)


def main(plan_file: str, chimes_folder: str, target: str, way: str = "") -> None:
    """Make the session of the plan, and export it."""
    plan = json.loads(Path(plan_file).read_text(encoding="utf-8"))
    events = [one for one in plan["events"] if one["kind"] in {*SPOKEN, "chime"} and one["text"]]
    texts = sorted({event["text"] for event in events if event["kind"] != "chime"})
    names = sorted({event["text"] for event in events if event["kind"] == "chime"})
    with tempfile.TemporaryDirectory() as folder:
        spoken = speak(texts, Path(folder))
    chimes = read_chimes(names, Path(chimes_folder))
    joining = join_once if way == "linear" else join
    session = joining(events, spoken, chimes, plan["duration"])
    session.export(target, format="mp3", bitrate="64k")


if __name__ == "__main__":
    main(*sys.argv[1:])
