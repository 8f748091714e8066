"""What `use` brings in of another routine."""

from __future__ import annotations

from voiceguide.routine import Block, Heading, Routine, Setting, Use


def chapters_of(routine: Routine, use: Use) -> tuple[Block, ...]:
    """From the first heading on; a routine without headings whole, as one chapter."""
    body = routine.body
    first = next((i for i, block in enumerate(body) if isinstance(block, Heading)), None)
    if first is not None:
        return body[first:]
    return (Heading(1, _title(routine, use), use.place), *body)


def _title(routine: Routine, use: Use) -> str:
    def named(setting: Setting) -> bool:
        return setting.name == "title" and isinstance(setting.value, str)

    front = next((str(setting.value) for setting in routine.front if named(setting)), None)
    return front or routine.title or use.name
