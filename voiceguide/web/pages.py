"""Render the pages as HTML, in several languages, from templates that escape their values."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec.structs import asdict

from voiceguide.lengths import show_clock
from voiceguide.patterns import late
from voiceguide.picture.drawing import PALETTES

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
    "form-action 'self'"
)
"""The content security policy: a page may load and run only our own files."""

PLAYER_FILES = ("style.css", "session.js", "player.js", "icon.svg", "palettes.css")
"""The static files of player pages."""

DEFAULT = "en"

_HOME = resources.files("voiceguide.web")
_STYLE = late(r"<style>(.*?)</style>", re.DOTALL)

_SHOWN = dict.fromkeys(("root", "policy", "worker", "manifest", "events", "feed"), "")
"""Optional values of templates. `root` leads to the folder of the pages; `policy` is written into
a page for which no server sends headers."""

Texts = Mapping[str, str]
"""Texts by name, those of a group as `group.name`; `code` is their language."""


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
    """Render a template with the texts of a language, `t`, and further values."""
    return _environment().get_template(template).render({"t": words, **_SHOWN, **more})


@cache
def static(name: str) -> bytes:
    """Return a style, script or picture of the pages."""
    if name == "palettes.css":
        return "".join(f"{rule}\n" for rule in _palettes()).encode()
    return (_HOME / "static" / name).read_bytes()


def _palettes() -> Iterator[str]:
    """Yield the colours of the covers: `palette-3` has those of the fourth palette."""
    for number, colours in enumerate(PALETTES):
        values = " ".join(f"--{name}: {colour};" for name, colour in asdict(colours).items())
        yield f".palette-{number} {{ {values} }}"


def sheet_policy(html: str) -> str:
    """Return the policy for a handout: only its own style, by its hash, and its pictures."""
    digests = (hashlib.sha256(style.encode()).digest() for style in _STYLE.findall(html))
    hashes = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
    return f"default-src 'none'; style-src {' '.join(hashes)}; img-src data:; base-uri 'none'"


# ── the texts of the pages: data, in `texts/` ────────────────────────────────


@cache
def languages() -> tuple[str, ...]:
    """Return the languages of the pages, such as `de`."""
    names = (file.name.partition(".") for file in (_HOME / "texts").iterdir())
    return tuple(sorted(stem for stem, _, ending in names if ending == "yaml"))


@cache
def texts(language: str) -> Texts:
    """Return the texts of a language, for `de-AT` those of `de`; English if there are none."""
    short = language.replace("_", "-").partition("-")[0].lower()
    code = short if short in languages() else DEFAULT
    found = yaml.safe_load((_HOME / "texts" / f"{code}.yaml").read_text(encoding="utf-8"))
    return {**dict(_flat(found)), "code": code}


def _flat(found: Mapping[str, Any], group: str = "") -> Iterator[tuple[str, str]]:
    for name, text in found.items():
        if isinstance(text, Mapping):
            yield from _flat(text, f"{name}.")
        else:
            yield f"{group}{name}", text


def group(words: Texts, name: str) -> dict[str, str]:
    """Return the texts of one group, for a script."""
    start = f"{name}."
    return {key.removeprefix(start): text for key, text in words.items() if key.startswith(start)}


def preferred(accept_language: str) -> Texts:
    """Return the texts for a browser that sends this `Accept-Language` (RFC 9110, 12.5.4)."""
    asked = [part.partition(";") for part in accept_language.split(",")[:20]]
    ranked = sorted(asked, key=lambda part: -_weight(part[2]))
    short = (tag.strip().partition("-")[0].lower() for tag, _, _ in ranked)
    return texts(next((tag for tag in short if tag in languages()), DEFAULT))


def _weight(parameters: str) -> float:
    try:
        return float(parameters.partition("q=")[2] or 1)
    except ValueError:
        return 0.0
