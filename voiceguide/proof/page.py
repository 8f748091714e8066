"""A report as a page of HTML: the waveform, what was promised over it, and what falls short.

One file that asks for nothing else and runs nothing, and says so to the browser. All text is
escaped: what a tag says is somebody else's words.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib import resources

from voiceguide.lengths import SAMPLE_RATE
from voiceguide.proof.drawing import rows
from voiceguide.proof.heard import HeardSound
from voiceguide.proof.levels import clock, figure, limit, off_by, verdict
from voiceguide.proof.promise import PromisedMoment
from voiceguide.proof.report import Check, Report

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Nothing but the page's own style is loaded or run."""

_KEY = (
    ("left", "left side"),
    ("right", "right side"),
    ("both", "both sides"),
    ("rest", "rest or pause"),
    ("words", "words"),
    ("chime", "chime"),
    ("fault", "falls short"),
)


def as_html(report: Report) -> str:
    """The whole page; the same report always gives the same text."""
    return "\n".join(
        (
            "<!DOCTYPE html>",
            f'<html lang="en"><head>{_head(report)}</head>',
            "<body><main>",
            *_header(report),
            *_short(report),
            *_checks(report),
            *_picture(report),
            *_events(report),
            "</main></body></html>",
            "",
        )
    )


def _head(report: Report) -> str:
    style = (resources.files(__package__ or "") / "page.css").read_text(encoding="utf-8")
    return (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(report.promise.title)}: proof</title><style>\n{style}</style>"
    )


def _header(report: Report) -> Iterator[str]:
    heard = report.heard
    channels = {1: "mono", 2: "stereo"}.get(heard.channels, f"{heard.channels} channels")
    told = f"{clock(heard.length)}, {heard.codec}, {heard.rate / 1000:g} kHz, {channels}"
    yield f"<header><h1>{escape(report.promise.title)}</h1>"
    yield f"<p>{escape(report.path.name)}: {told}</p>"
    mark = "good" if report.passes else "bad"
    yield f'<p class="verdict {mark}">{verdict(report)}</p></header>'


def _short(report: Report) -> Iterator[str]:
    if report.passes:
        return
    yield '<section class="short"><h2>What falls short</h2><ul>'
    for fault in report.faults:
        at = f"<b>{clock(fault.at)}</b> " if fault.at is not None else ""
        yield f"<li>{at}{escape(fault.message)}</li>"
    yield "</ul></section>"


def _checks(report: Report) -> Iterator[str]:
    yield '<section><h2>Checks</h2><table class="checks">'
    yield "<thead><tr><th></th><th>check</th><th>measured</th><th>limit</th></tr></thead><tbody>"
    yield from map(_check, report.checks)
    yield "</tbody></table></section>"


def _check(check: Check) -> str:
    kind, mark = ("good", "✓") if check.passes else ("bad", "✗")
    about = f"{escape(check.name)} <small>{escape(check.about)}</small>"
    return (
        f'<tr class="{kind}"><td>{mark}</td><td>{about}</td>'
        f"<td>{figure(check.measured, check.unit)}</td><td>{limit(check)}</td></tr>"
    )


def _picture(report: Report) -> Iterator[str]:
    yield '<section class="picture"><h2>The session</h2><p class="key">'
    yield from (f'<span class="{kind}">{said}</span>' for kind, said in _KEY)
    yield "</p>"
    yield from rows(report)
    yield "</section>"


def _events(report: Report) -> Iterator[str]:
    yield '<section><h2>Events</h2><table class="events"><thead><tr>'
    heads = ("time", "what", "off by", "length", "off by", "loudness")
    yield "".join(f"<th>{head}</th>" for head in heads) + "</tr></thead><tbody>"
    chapter = None
    for moment, sound, length in report.events:
        if moment.chapter is not None and moment.chapter != chapter:
            chapter = moment.chapter
            title = escape(report.promise.chapters[chapter].title)
            yield f'<tr class="heading"><th colspan="6">{title}</th></tr>'
        missing = sound is None and report.promise.is_heard(moment)
        yield _event(moment, sound, length, missing=missing)
    yield "</tbody></table></section>"


def _event(
    moment: PromisedMoment, sound: HeardSound | None, length: int | None, *, missing: bool
) -> str:
    late = "missing" if missing else off_by(sound.late if sound else None)
    said = f"{moment.side} {moment.kind}" if moment.side else moment.kind
    text = f" <q>{escape(moment.text)}</q>" if moment.text else ""
    cells = (
        clock(moment.position),
        f"{said}{text}",
        late,
        f"{moment.length / SAMPLE_RATE:.1f} s",
        off_by(None if length is None else length - moment.length),
        figure(sound.loudness, "LUFS") if sound else "",
    )
    row = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr class="bad">{row}</tr>' if missing else f"<tr>{row}</tr>"
