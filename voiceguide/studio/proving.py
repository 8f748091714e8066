"""What an export promises, for `voiceguide verify`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from voiceguide import proof
from voiceguide.encode import Fill
from voiceguide.encode import Progress as Told
from voiceguide.proof.ground import ground_level
from voiceguide.proof.promise import ChapterPromise
from voiceguide.proof.text import read
from voiceguide.render import Blocks
from voiceguide.studio.results import Plan
from voiceguide.studio.voicing import Voiced


def promised(plan: Plan, voiced: Voiced, blocks: Blocks) -> str:
    """The text for `Tags.timeline`: all that a file of these blocks can be proved by."""
    timeline, settings = plan.timeline, plan.opened.settings
    chapters = (ChapterPromise(c.title, c.position, c.level) for c in timeline.chapters)
    promise = proof.promise(
        timeline,
        voiced.clip,
        title=plan.title,
        language=settings.language,
        channels=blocks.channels,
        loudness=settings.loudness,
        ground=ground_level(blocks),
        chapters=chapters,
    )
    return proof.as_text(promise)


def promised_part(text: str, start: int, stop: int, title: str) -> str:
    """The same of the samples [start, stop), for a file of their own; nothing of nothing."""
    return text and proof.as_text(proof.part_of(read(text), start, stop, title))


Prove = Callable[[proof.Report], None]
"""Is handed the report of each file that holds what it promises."""


def proven(fill: Fill, path: Path, prove: Prove) -> Fill:
    """The writing of a file that is to be `path`, read back before it takes its place.

    Raises, when it is called:
        ShortfallError: it does not hold what it promises.
    """

    def fill_and_listen(file: BinaryIO, progress: Told) -> None:
        fill(file, lambda share: progress(share / 2))
        file.flush()
        report = proof.verify(Path(file.name), lambda share: progress((1 + share) / 2))
        report = replace(report, path=path)
        if not report.passes:
            raise proof.ShortfallError(report)
        prove(report)

    return fill_and_listen
