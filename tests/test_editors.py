"""What editors are given: files that can be read, a grammar that knows the page's examples."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from voiceguide.script.clauses import CLAUSE_FORMS
from voiceguide.studio.editing import CUES

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "editors" / "vscode"
GRAMMAR: dict[str, Any] = json.loads(
    (FOLDER / "syntaxes" / "voiceguide.tmLanguage.json").read_text(encoding="utf-8")
)
RULES: dict[str, dict[str, Any]] = GRAMMAR["repository"]


def pattern(rule: str) -> re.Pattern[str]:
    """The pattern of a rule, or with which it begins; Python reads it as editors do."""
    found = RULES[rule]
    return re.compile(found.get("match") or found["begin"], re.MULTILINE)


def examples() -> list[str]:
    """The routines that the language's page shows."""
    page = (ROOT / "docs" / "LANGUAGE.md").read_text(encoding="utf-8")
    return re.findall(r"^```markdown\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def lines() -> list[str]:
    """The lines of these routines below their front matter."""
    return [line for text in examples() for line in text.rpartition("\n---\n")[2].splitlines()]


def of_kind(start: str) -> list[str]:
    """Those that begin so."""
    found = [line for line in lines() if line.lstrip().startswith(start)]
    assert found
    return found


# ── the grammar ──────────────────────────────────────────────────────────────


def rules(node: Any) -> Iterator[dict[str, Any]]:
    """Every rule of the grammar, however deep."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from rules(one)


def test_every_pattern_can_be_read_and_every_include_is_there() -> None:
    """Nothing in the grammar leads nowhere."""
    for rule in rules(GRAMMAR):
        for key in ("match", "begin", "end"):
            if isinstance(rule.get(key), str):
                re.compile(rule[key])
        included = rule.get("include")
        if isinstance(included, str) and included.startswith("#"):
            assert included[1:] in RULES


def test_the_front_matter_and_headings_of_the_page_are_known() -> None:
    """A fence at the top, and every heading."""
    assert any(pattern("front-matter").match(text) for text in examples())
    assert all(pattern("heading").fullmatch(line) for line in of_kind("#"))


def test_every_bullet_of_the_page_is_a_cue_or_a_dose() -> None:
    """Cues with their labels; doses with nothing left that is neither clause, length nor phase."""
    cues = 0
    for line in of_kind("- "):
        found = pattern("cue").fullmatch(line)
        cues += bool(found)
        if not found:
            assert rest_of_dose(line) == "", line
    assert cues


def rest_of_dose(line: str) -> str:
    """What no pattern of a dose colours, without spaces and commas."""
    begun = pattern("dose").match(line)
    assert begun, line
    rest = line[begun.end() :]
    phase = RULES["dose"]["patterns"][-1]["match"]
    for one in (phase, RULES["length"]["match"], RULES["clause"]["match"]):
        rest = re.sub(one, "", rest)
    return re.sub(r"[\s,]", "", rest)


@pytest.mark.parametrize("form", CLAUSE_FORMS, ids=lambda form: form.kind.value)
def test_every_clause_is_a_keyword(form: Any) -> None:
    """All words of the parser's table, but those of the author's own choice."""
    for word in form.words:
        assert pattern("clause").fullmatch(word), word
    assert pattern("dose").match(f"- {form.example}")


@pytest.mark.parametrize("cue", CUES)
def test_every_cue_is_known_by_its_label(cue: str) -> None:
    """With words, without, and behind the name of a segment."""
    for line in (f"  - {cue}: Breathe.", f"- {cue}:", f"    - jog {cue}: count down"):
        found = pattern("cue").fullmatch(line)
        assert found, line
        assert found[3] == cue
    assert not pattern("cue").fullmatch("- Half moon: hold 30s")


@pytest.mark.parametrize(
    ("line", "name"), [("- Heel slide: 3 x 10", "Heel slide"), ("- hold 1:30, each side", None)]
)
def test_a_named_step_is_known_by_its_name(line: str, name: str | None) -> None:
    """A colon within a length names nothing."""
    found = pattern("dose").match(line)
    assert found
    assert found[2] == name


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        *((tag, "constant.other.tag") for tag in ("[4s]", "[1 breath]", "[chime bowl]")),
        *((word, "variable.parameter.word") for word in ("{left|right}", "{other side}")),
        ("[text](url)", "markup.underline.link"),
        ("**word**", "markup.bold"),
        ("*word*", "markup.italic"),
        (r"\*", "constant.character.escape"),
    ],
)
def test_what_stands_in_prose_is_known(text: str, scope: str) -> None:
    """Tags, words that change, links, stress: the first rule that matches is the right one."""
    named = [rule for rule in RULES["inline"]["patterns"] if "match" in rule]
    first = next(rule for rule in named if re.fullmatch(rule["match"], text))
    assert first["name"] == f"{scope}.voiceguide"


# ── the folder, and the page ─────────────────────────────────────────────────


def test_the_extension_names_files_that_are_there() -> None:
    """package.json is valid, and what it points to stands beside it."""
    package = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
    (language,) = package["contributes"]["languages"]
    (grammar,) = package["contributes"]["grammars"]
    for name in (package["main"], language["configuration"], grammar["path"]):
        assert (FOLDER / name).is_file(), name
    assert grammar["scopeName"] == GRAMMAR["scopeName"]
    configuration = json.loads((FOLDER / language["configuration"]).read_text(encoding="utf-8"))
    for rule in configuration["onEnterRules"]:
        re.compile(rule["beforeText"])
    client = (FOLDER / package["main"]).read_text(encoding="utf-8")
    assert '["lsp"]' in client
    assert package["contributes"]["configuration"]["properties"].keys() == {"voiceguide.command"}


def test_the_lines_for_helix_can_be_read() -> None:
    """They are TOML, and begin the server."""
    page = (ROOT / "docs" / "EDITORS.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"## Helix\n.*?```\n(.*?)```", page, re.DOTALL)
    lines_ = tomllib.loads(block)
    assert lines_["language-server"]["voiceguide"] == {"command": "voiceguide", "args": ["lsp"]}
    assert lines_["language"][0]["language-servers"] == ["voiceguide"]
