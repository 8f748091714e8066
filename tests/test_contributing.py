"""CONTRIBUTING's walks are true: the files that they name are those that a change has to touch."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import voiceguide
from voiceguide.encode.formats import FORMATS
from voiceguide.languages import languages
from voiceguide.library import chime_names
from voiceguide.script.clauses import CLAUSE_FORMS

ROOT = Path(__file__).parent.parent
PACKAGE = Path(voiceguide.__file__).parent
PAGE = ROOT / "CONTRIBUTING.md"


def walk(title: str) -> str:
    """The text below a heading of the page."""
    found = re.search(rf"^### {title}\n(.*?)^##", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def files(text: str) -> set[str]:
    """The files and folders that a walk names."""
    return set(re.findall(r"`((?:voiceguide|audio_assets|docs|tests)/[\w/.]+)`", text))


def naming(pattern: str) -> set[str]:
    """The modules of the package that mention something."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*.py")
        if path != PACKAGE / "script" / "__init__.py"  # the grammar, a docstring
        and re.search(pattern, path.read_text(encoding="utf-8"))
    }


def outside(pattern: str, title: str) -> set[str]:
    """Modules that mention it and that its walk leaves out."""
    named = files(walk(title))
    return {
        module
        for module in naming(pattern)
        if module not in named
        and not any(module.startswith(one) for one in named if one[-1] == "/")
    }


@pytest.mark.parametrize(
    "title", ["A clause", "A format", "A language", "An engine", "A chime family"]
)
def test_what_a_walk_names_is_there(title: str) -> None:
    """No file has been moved away from under a walk."""
    for name in files(walk(title)) - {"voiceguide/languages/xx/"}:
        assert (ROOT / name).exists(), name


def test_the_walk_of_a_clause() -> None:
    """`shuffle`, a clause like any, is known where the walk says, and has its line on the page."""
    assert "shuffle" in {word for form in CLAUSE_FORMS for word in form.words}
    assert outside(r"(?i)\bshuffle", "A clause") == set()
    assert "`shuffle`" in (ROOT / "docs" / "LANGUAGE.md").read_text(encoding="utf-8")


def test_the_walk_of_a_format() -> None:
    """Opus is named in the registry and in the room that writes it, and nowhere above."""
    assert ".opus" in {one.ending for one in FORMATS}
    above = outside(r"(?i)[\"\'`.]opus\b", "A format")
    assert {module for module in above if not module.startswith("voiceguide/encode/")} == set()
    said = (PACKAGE / "cli" / "export.py").read_text(encoding="utf-8")
    assert all(one.ending in said for one in FORMATS if not one.muxer)


def test_the_walk_of_a_language() -> None:
    """Every language has the files that the walk names, and no others; no module names one."""
    named = set(re.findall(r"`(\w+\.yaml)`", walk("A language")))
    for language in languages():
        found = {path.name for path in (PACKAGE / "languages" / language).glob("*.yaml")}
        assert named - {"clauses.yaml"} <= found <= named, language
    engines_of_their_own = {"voiceguide/engines/silent.py"}  # which pretends to speak many
    assert naming(r"[\"\']pl[\"\']") <= engines_of_their_own


def test_the_walk_of_a_chime_family() -> None:
    """The library knows a family by its files; the walk names the sentences that list them."""
    assert "wood" in chime_names()
    for name in files(walk("A chime family")) - {"audio_assets/chimes/"}:
        assert "wood" in (ROOT / name).read_text(encoding="utf-8").lower(), name
    decides = naming(r"[\"\']bell[\"\']") - files(walk("A chime family"))
    assert decides <= {"voiceguide/script/foreign.py"}, "what other programs call a bell"
