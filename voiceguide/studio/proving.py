"""What an export promises, for `voiceguide verify`."""

from __future__ import annotations

from voiceguide import proof
from voiceguide.proof.ground import ground_level
from voiceguide.proof.promise import ChapterPromise
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
