"""`record.html`: a person's own voice, recorded by a real Chromium with a microphone of its own."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("starlette", reason="the extra `web` is not installed")

import httpx
import reader
import soundfile
from web_running import DESK, PHONE, Visit, get, open_browser, post, running, visiting

from voiceguide import studio
from voiceguide.engines.recorded import read_consent, read_recordings
from voiceguide.recording import ScriptLine
from voiceguide.recording.takes import TakeFault, VoiceFolder, folder_of, take_of
from voiceguide.web.authoring import studio_app
from voiceguide.web.pages import group, languages, texts
from voiceguide.web.serving import PhoneServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TOKEN = "the-token"

LONG = "And rest for as long as you like, and come back slowly, when you are ready to."

TEXT = f"""\
---
phrases:
  finish: "{LONG}"
chimes: none
---

Let your shoulders sink.
"""


@pytest.fixture(scope="module")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the browser's microphone hears, over and over: a line, and five seconds of a room."""
    said = reader.said("Let your shoulders sink.")
    sound = reader.in_room(reader.silence(2.5), said, reader.silence(2.5))
    return reader.write(tmp_path_factory.mktemp("microphone") / "said.wav", sound)


@pytest.fixture(scope="module")
def browser(microphone: Path) -> Iterator[Browser]:
    """With a microphone that plays a file; who asks for it is allowed to."""
    yield from open_browser(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}",
    )


@pytest.fixture
def voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the person's voice."""
    monkeypatch.setenv("VOICEGUIDE_VOICES", str(tmp_path / "voices"))
    return folder_of("my-voice")


@pytest.fixture
def address(tmp_path: Path, voice: Path) -> Iterator[str]:
    """A studio with one routine of two lines."""
    folder = tmp_path / "my sessions"
    folder.mkdir()
    (folder / "mine.md").write_text(TEXT, encoding="utf-8")
    phone = PhoneServer(lambda path, error: pytest.fail(f"{path}: {error}"), "127.0.0.1")
    with running(studio_app(folder, TOKEN, phone)) as port:
        yield f"http://127.0.0.1:{port}/{TOKEN}/"


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    with visiting(browser, viewport=request.param) as made:
        yield made


def sign(address: str) -> None:
    """Say whose voice it is."""
    asked = {"name": "mine.md", "person": "Anna Example", "permission": "for tests"}
    answer = post(f"{address}recording/sign", json=asked)
    assert answer.status_code == 200, answer.text


def wav(text: str) -> bytes:
    """A text as a page would send it."""
    sound = reader.in_room(reader.silence(0.5), reader.said(text), reader.silence(0.5))
    made = io.BytesIO()
    soundfile.write(made, sound, reader.RATE, format="WAV")
    return made.getvalue()


def send(address: str, line: str, sound: bytes, kind: str = "audio/wav") -> httpx.Response:
    """Send a take."""
    asked = {"name": "mine.md", "line": line}
    headers = {"Content-Type": kind}
    return post(f"{address}recording/take", params=asked, content=sound, headers=headers)


def keep(address: str) -> httpx.Response:
    """Keep the last take after all."""
    return post(f"{address}recording/keep", json={})


# ── in the browser ───────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_line_is_recorded_by_keys_alone(visit: Visit, address: str, voice: Path) -> None:
    """Consent, the space bar, and the line is judged, kept and played; then the next is listened
    for. What was kept is what was said, to the file in the folder and the session that it speaks.
    """
    page = visit.page
    page.goto(f"{address}record.html?name=mine.md")
    visit.until("document.body.dataset.ready")
    assert visit.violations() == []
    page.keyboard.press("Tab")  # the way back to the studio
    page.keyboard.press("Tab")  # the voice's name
    page.keyboard.press("Tab")
    page.keyboard.type("Anna Example")
    page.keyboard.press("Enter")
    visit.until("!document.querySelector('[data-desk]').hidden")
    assert page.inner_text("[data-line]") == "Let your shoulders sink."
    assert visit.violations() == []
    page.keyboard.press(" ")
    visit.until("document.querySelector('[data-place]').textContent.startsWith('Line 2')")
    page.keyboard.press("q")
    consent = read_consent(voice)
    assert consent is not None
    assert consent.who == "Anna Example"
    kept = read_recordings(voice).lines["let your shoulders sink."]
    sound = reader.in_room(reader.silence(1), reader.said(kept.text), reader.silence(1))
    assert kept.seconds == pytest.approx(take_of(sound, reader.RATE).seconds, abs=0.05)
    assert visit.complaints == []
    with studio.loads(TEXT, voice="recorded:my-voice, espeak") as session:
        assert (session.plan().voice or "").startswith("recorded:my-voice, espeak:")


def test_a_faulty_take_is_told_and_can_be_kept_all_the_same(
    browser: Browser, address: str, voice: Path
) -> None:
    """The microphone says another line than the one that is shown: too short for its many words."""
    sign(address)
    line = ScriptLine("Let your shoulders sink.", "Let your shoulders sink.", 1.6)
    sound = reader.in_room(reader.silence(0.5), reader.said(line.text), reader.silence(0.5))
    VoiceFolder(voice, "en").keep(line, take_of(sound, reader.RATE))
    with visiting(browser, viewport=DESK, locale="de") as visit:
        visit.page.goto(f"{address}record.html?name=mine.md")
        visit.until("document.body.dataset.ready")
        assert visit.page.inner_text("[data-line]") == LONG
        visit.page.keyboard.press(" ")
        visit.until("document.querySelector('[data-faults] li')")
        assert visit.page.inner_text("[data-faults]").startswith("Zu kurz für ihre Worte")
        assert LONG.casefold() not in read_recordings(voice).lines
        visit.page.keyboard.press("n")
        visit.until("document.querySelector('[data-line]').textContent.startsWith('Alle')")
    read_recordings.cache_clear()
    assert LONG.casefold() in read_recordings(voice).lines


def test_a_voice_is_named(browser: Browser, address: str, voice: Path) -> None:
    """A name of its own is checked, kept apart, and there again the next time, among the others."""
    sign(address)
    with visiting(browser, viewport=PHONE) as visit:
        page = visit.page
        page.goto(f"{address}record.html?name=mine.md")
        visit.until("document.body.dataset.ready")
        assert page.get_by_label("The voice's name").input_value() == "my-voice"
        page.get_by_label("The voice's name").fill("a, b")
        page.keyboard.press("Tab")
        visit.until("document.querySelector('[data-wrong]').textContent.includes('cannot be')")
        assert not page.locator("[data-desk]").is_visible()
        page.get_by_label("The voice's name").fill("Anna's voice")
        page.keyboard.press("Tab")
        visit.until("!document.querySelector('[data-sign]').hidden")  # nobody has signed for it
        page.get_by_label("Who speaks?").fill("Anna")
        page.keyboard.press("Enter")
        visit.until("!document.querySelector('[data-desk]').hidden")
        page.reload()
        named = "document.querySelector('[data-voice]').value === \"Anna's voice\""
        visit.until(f"document.body.dataset.ready && {named}")
        told = page.locator("[data-voices]").inner_text()
        assert told == "Here already: Anna's voice (lines: 0), my-voice (lines: 0)"
        assert not visit.violations()
    consent = read_consent(folder_of("Anna's voice"))
    assert consent is not None
    assert consent.who == "Anna"


def test_the_studio_leads_to_it(browser: Browser, address: str) -> None:
    """With the routine that is open; and without a microphone, that is said."""
    with visiting(browser, viewport=DESK) as visit:
        visit.page.goto(address)
        visit.until("document.body.dataset.ready")
        visit.until("document.querySelector('[data-record]').href.includes('mine.md')")
        visit.page.add_init_script("delete Navigator.prototype.mediaDevices")
        visit.page.click("[data-record]")
        visit.page.wait_for_url("**/record.html*")
        sign(address)
        visit.page.reload()
        visit.until("document.body.dataset.ready")
        visit.page.click('[data-do="record"]')
        visit.until("document.querySelector('[data-wrong]').textContent.includes('microphone')")


# ── what is answered ─────────────────────────────────────────────────────────


def test_what_a_page_sends_is_checked(address: str, voice: Path) -> None:
    """Another kind of body, no sound, no such line, nobody who has signed: an error with a way
    out, and nothing is kept."""
    good = wav("Let your shoulders sink.")
    line = "let your shoulders sink."
    unsigned = send(address, line, good)
    assert unsigned.status_code == 400
    assert unsigned.json()["error"]["message"] == "nobody has said whose voice it is"
    sign(address)
    for text, sound, kind in (
        (line, good, "text/plain"),
        (line, b"no sound", "audio/wav"),
        ("another line.", good, "audio/wav"),
        (line, b"", "audio/wav"),
    ):
        answer = send(address, text, sound, kind)
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"]["message"]
    assert get(f"{address}recording.wav").status_code == 400
    assert keep(address).status_code == 400  # there is none
    assert not (voice / "lines.tsv").exists()
    assert send(address, line, good).json()["kept"] is True
    sound, rate = soundfile.read(io.BytesIO(get(f"{address}recording.wav").content))
    kept = read_recordings(voice).lines[line]
    assert len(sound) / rate == pytest.approx(kept.seconds, abs=0.001)


def test_silence_is_never_kept(address: str, voice: Path) -> None:
    """Not even when the page asks for it."""
    sign(address)
    made = io.BytesIO()
    soundfile.write(made, reader.room(2), reader.RATE, format="WAV")
    told = send(address, LONG.casefold(), made.getvalue()).json()
    assert told["faults"] == ["nothing"]
    assert keep(address).status_code == 400
    assert not (voice / "lines.tsv").exists()


def test_a_page_elsewhere_records_nothing(address: str, voice: Path) -> None:
    """Only the studio's own page is listened to."""
    sign(address)
    headers = {"Content-Type": "audio/wav", "Origin": "http://evil.example"}
    asked = {"name": "mine.md", "line": LONG.casefold()}
    answer = post(f"{address}recording/take", params=asked, content=b"x", headers=headers)
    assert answer.status_code == 403
    root = address.replace(f"{TOKEN}/", "")
    assert get(f"{root}recording?name=mine.md").status_code == 403


@pytest.mark.slow
def test_every_fault_has_its_words_in_every_language() -> None:
    """What a take may be found fault with is said in the page's language."""
    for language in languages():
        said = group(texts(language), "record")
        assert {f"fault_{fault.value}" for fault in TakeFault} <= set(said)
