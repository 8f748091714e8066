"""The pages as HTML: templates that escape what they are given, and nothing inline that runs."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec.structs import asdict

from voiceguide.lengths import show_clock
from voiceguide.patterns import late
from voiceguide.picture.drawing import PALETTES
from voiceguide.web.texts import Texts

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
    "form-action 'self'"
)
"""What a page may load and run: our own files."""

PLAYER_FILES = ("style.css", "session.js", "player.js", "index.js", "icon.svg")
"""What player pages are made of, besides `palettes.css`."""

_STATIC = resources.files("voiceguide.web") / "static"
_STYLE = late(r"<style>(.*?)</style>", re.DOTALL)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("voiceguide.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clock"] = lambda seconds: show_clock(round(seconds))
    environment.filters["megabytes"] = lambda size: f"{size / 1e6:.1f} MB"
    return environment


def page(template: str, words: Texts, **more: object) -> str:
    """A template with the words of a language, `t`, and what else it shows.

    `root` leads from the page to the folder of the pages; `policy` is written into a page that no
    server sends headers for.
    """
    shown = {"t": words, "language": words.language, "root": "", "policy": "", **more}
    return _environment().get_template(template).render(shown)


@cache
def static(name: str) -> bytes:
    """A style, script or picture of the pages."""
    return _palettes().encode() if name == "palettes.css" else (_STATIC / name).read_bytes()


def _palettes() -> str:
    """The colours of the covers as a style sheet: `palette-3` has those of the fourth."""
    return "\n".join(_rules()) + "\n"


def _rules() -> Iterator[str]:
    for number, colours in enumerate(PALETTES):
        values = " ".join(f"--{name}: {colour};" for name, colour in asdict(colours).items())
        yield f".palette-{number} {{ {values} }}"


def sheet_policy(html: str) -> str:
    """The policy for a handout: its own style, known by its hash, and nothing else."""
    digests = (hashlib.sha256(style.encode()).digest() for style in _STYLE.findall(html))
    hashes = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
    return f"default-src 'none'; style-src {' '.join(hashes)}; base-uri 'none'"
