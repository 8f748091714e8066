"""What other people's programs find in all that voiceguide makes, of hostile titles: nothing."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import httpx
import pytest
from cli_running import COMMAND, environment
from file_reading import NEEDS_PYAV
from judges import JUDGES, Judge, as_ucs2, judge, mediainfo, nu, webvtt

from voiceguide.cli import main

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]

TITLES = {
    "quotes": "\"Say\" 'hello' & <b>bye</b> */ = ; \\",
    "script": "<script>alert(1)</script> --> ]]> &amp; &#0; </title>",
    "emoji": "🧘🏽‍♀️ שלום مرحبا 呼吸 é",
    "long": ("A title without an end, " * 20)[:299] + ".",
}

HEADINGS = {**TITLES, "emoji": "🧘🏽‍♀️ Fiancée’s café"}
"""What is spoken or heads a chapter, where letters that no voice here has are refused."""

ROUTINE = """\
---
title: {quoted}
author: {quoted}
description: {quoted}
language: en
---

> A note: {note}

Stop at a sharp pain.

## {escaped}

Breathe in: {escaped}
- hold 1s

## Second

Done. [1s]
"""

UNTAGGED = {"wav"}
"""docs/FORMATS.md: neither tags nor chapters."""

PADDING = 0.1
"""Seconds: MediaInfo counts what an encoder adds before and after."""


def escape(text: str) -> str:
    """As the routine language takes signs that would mean something."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


@contextmanager
def serving(folder: Path, cache: Path) -> Iterator[str]:
    """`voiceguide serve` as a process of its own; gives the address that it prints."""
    command = [*COMMAND, "serve", str(folder), "--host", "127.0.0.1"]
    with subprocess.Popen(
        command, env=environment(cache), stdout=subprocess.PIPE, encoding="utf-8"
    ) as server:
        try:
            assert server.stdout is not None
            yield next(line.strip() for line in server.stdout if line.startswith("http"))
        finally:
            server.terminate()


@dataclass
class Maker:
    """Makes each file once, by the command line."""

    folder: Path
    made: dict[tuple[str, ...], Path] = field(default_factory=dict)

    def run(self, *arguments: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            patch.setenv("VOICEGUIDE_CACHE", str(self.folder / ".cache"))
            assert main(arguments) == 0

    def routine(self, title: str) -> Path:
        path = self.folder / f"{title}.md"
        words = {
            "quoted": json.dumps(TITLES[title], ensure_ascii=False),
            "note": escape(TITLES[title]),
            "escaped": escape(HEADINGS[title]),
        }
        path.write_text(ROUTINE.format(**words), encoding="utf-8")
        return path

    def sound(self, title: str, suffix: str) -> Path:
        path = self.folder / f"{title}.{suffix}"
        if not path.exists():
            self.run("export", str(self.routine(title)), "-o", str(path), "--captions")
        return path

    def seconds(self, title: str) -> float:
        """How long the session is, as Python reads a WAV."""
        with wave.open(str(self.sound(title, "wav")), "rb") as sound:
            return sound.getnframes() / sound.getframerate()

    def pages(self, title: str) -> list[Path]:
        """Handout, proof, the session's picture, and the page of a bundle."""
        mine, page = str(self.routine(title)), self.folder / f"{title}.html"
        proof, picture = self.folder / f"{title}-proof.html", self.folder / f"{title}.svg"
        self.run("handout", mine, "-o", str(page))
        self.run("verify", str(self.sound(title, "mp3")), "--html", str(proof))
        self.run("plan", mine, "-o", str(picture))
        self.run("export", mine, "--bundle", str(self.folder / f"{title}-bundle"))
        return [page, proof, picture, *(self.folder / f"{title}-bundle").rglob("*.html")]

    def served(self) -> list[Path]:
        """The pages that `serve` shows to phones, as they come from the network."""
        folder = self.folder / "served"
        folder.mkdir()
        for title in TITLES:
            shutil.copy(self.routine(title), folder)
        with serving(folder, self.folder) as address:
            paths = ["index.html", *(f"{title}/index.html" for title in TITLES)]
            answers = {path: httpx.get(address + path, timeout=180) for path in paths}
        pages = []
        for path, answer in answers.items():
            assert answer.status_code == 200
            pages.append(folder / path.replace("/", "-"))
            pages[-1].write_bytes(answer.content)
        return pages

    @cached_property
    def everything(self) -> list[Path]:
        """Every page and picture, for a checker that takes long to start."""
        pages = [page for title in TITLES for page in self.pages(title)]
        for name in ("psoas-dehnung", "psoas-strength", "ten-minute-psoas-relief"):
            self.run("handout", name)
            self.run("plan", name, "--estimate", "-o", f"{name}.svg")
            pages += [self.folder / f"{name}.html", self.folder / f"{name}.svg"]
        return pages + self.served() + sorted((ROOT / "scripts" / "figures").glob("*.svg"))


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    return Maker(tmp_path_factory.mktemp("judged"))


def cases() -> Iterator[object]:
    for suffix, judges in JUDGES.items():
        for judging in judges:
            marks = [NEEDS_PYAV] if suffix in ("m4a", "m4b") else []
            yield pytest.param(suffix, judging, id=f"{suffix}-{judging.__name__}", marks=marks)


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize(("suffix", "judging"), list(cases()))
def test_a_judge_finds_nothing_in_a_sound_file(
    maker: Maker, suffix: str, judging: Judge, title: str
) -> None:
    """No complaint of a file with a hostile title; its title and chapters are read as written."""
    verdict = judge(judging, maker.sound(title, suffix))
    assert not verdict.complaints
    if verdict.seconds is not None:
        assert verdict.seconds == pytest.approx(maker.seconds(title), abs=PADDING)
    if suffix not in UNTAGGED:
        ucs2 = suffix == "mp3" and judging is mediainfo
        assert verdict.title in (None, as_ucs2(TITLES[title]) if ucs2 else TITLES[title])
        assert verdict.chapters in (None, [TITLES[title], HEADINGS[title], "Second"])


@pytest.mark.parametrize("title", TITLES)
def test_the_parser_of_captions_finds_nothing(maker: Maker, title: str) -> None:
    """The W3C's WebVTT parser finds no error, and the words that are spoken."""
    cues = webvtt(maker.sound(title, "mp3").with_suffix(".vtt"))
    assert not cues.errors
    assert cues.texts[0] == "Stop at a sharp pain."
    assert cues.texts[1].replace("\n", " ").startswith(f"Breathe in: {HEADINGS[title][:20]}")


def test_the_checker_of_pages_finds_nothing(maker: Maker) -> None:
    """The Nu HTML checker finds nothing in handouts, proofs, plans, figures, and what is served."""
    found = nu(maker.everything)
    assert len(found) > 70
    assert {page.name: said for page, said in found.items() if said} == {}


def spoil_page(folder: Path) -> str:
    page = folder / "spoilt.html"
    page.write_text("<!DOCTYPE html><html lang=en><title>x</title><p><b>unclosed", encoding="utf-8")
    return "".join(nu([page])[page])


def test_the_judges_of_texts_do_judge(tmp_path: Path) -> None:
    """A page with an element left open, and captions that end before they begin, are found."""
    assert "unclosed" in spoil_page(tmp_path).lower()
    captions = tmp_path / "spoilt.vtt"
    captions.write_text("WEBVTT\n\n00:02.000 --> 00:01.000\nBackwards\n", encoding="utf-8")
    assert webvtt(captions).errors


@pytest.mark.parametrize(("suffix", "judging"), list(cases()))
def test_the_judges_of_sound_do_judge(
    maker: Maker, suffix: str, judging: Judge, tmp_path: Path
) -> None:
    """Each finds something in a file that lost a third, and a letter of its title."""
    whole = maker.sound("script", suffix).read_bytes()
    spoilt = tmp_path / f"spoilt.{suffix}"
    for code in ("utf-8", "utf-16-le"):
        whole = whole.replace("<script".encode(code), "<sCript".encode(code))
    spoilt.write_bytes(whole[: len(whole) * 2 // 3])
    verdict = judge(judging, spoilt)
    shorter = verdict.seconds is not None and verdict.seconds < maker.seconds("script") - PADDING
    assert verdict.complaints or verdict.title not in (None, TITLES["script"]) or shorter
