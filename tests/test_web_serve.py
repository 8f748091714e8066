"""`serve`: who is answered, what a phone is shown, and that many can listen at once."""

from __future__ import annotations

import asyncio
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from busyness import Slower

pytest.importorskip("starlette", reason="the extra `web` is not installed")

import httpx
from starlette.types import Receive, Scope, Send
from web_running import DESK, PATIENCE, PHONE, Visit, get, open_browser, running, visiting

from voiceguide import studio, web
from voiceguide.errors import MachineError, UsageError, VoiceguideError
from voiceguide.library import find_routine
from voiceguide.studio.playing import player_data
from voiceguide.web import server
from voiceguide.web.episodes import FILE, Shelf, make, slug_of, sources
from voiceguide.web.pages import languages, preferred, texts
from voiceguide.web.serving import serving_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TOKEN = "a-token"
NAME = "ten-minute-psoas-relief"
CHAPTER = "Kneeling hip flexor stretch"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
ATOM = "{http://www.w3.org/2005/Atom}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"


def filled(folder: Path) -> Path:
    """The folder with two routines, of two languages, one of which has a hostile title."""
    shutil.copy(find_routine(NAME), folder)
    german = find_routine("psoas-dehnung").read_text(encoding="utf-8")
    title = 'Dehnung </script><script>alert("x")</script> & mehr'
    hostile = german.replace("title: Psoas-Dehnung im Kniestand", f"title: '{title}'")
    assert hostile != german
    (folder / "Dehnung für mich.md").write_text(hostile, encoding="utf-8")
    (folder / "README.md").write_text("# not a routine\n", encoding="utf-8")
    return folder


def nobody(path: Path, error: VoiceguideError) -> None:
    """No routine here fails."""
    pytest.fail(f"{path}: {error}")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    folder = filled(tmp_path_factory.mktemp("sessions"))
    made = Shelf(folder, tmp_path_factory.mktemp("made"), nobody)
    until = time.monotonic() + 300
    while made.waiting() and time.monotonic() < until:
        time.sleep(0.05)
    yield made
    made.close()


@pytest.fixture(scope="module")
def address(shelf: Shelf) -> Iterator[str]:
    with running(serving_app(shelf, TOKEN, "My sessions", "phone.test")) as port:
        yield f"http://127.0.0.1:{port}/{TOKEN}/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from open_browser()


# ── who is answered ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/", "/index.html", "/wrong/index.html", f"/{TOKEN}x/", "//"])
def test_without_the_token_nothing_is_shown(address: str, path: str) -> None:
    """Every other address answers 403, and gives nothing away."""
    answer = get(address.replace(f"/{TOKEN}/", path))
    assert answer.status_code == 403
    assert NAME not in answer.text


def test_a_foreign_name_is_not_answered(address: str) -> None:
    """A name that was made to lead here (DNS rebinding) answers 421; a name of ours is answered."""
    for host, status in (("evil.example", 421), ("phone.test", 200), ("192.168.1.7:80", 200)):
        assert get(f"{address}index.html", headers={"Host": host}).status_code == status


def test_a_foreign_page_is_not_answered(address: str) -> None:
    """A script of another origin is refused, whatever it knows."""
    headers = {"Origin": "https://evil.example"}
    assert get(f"{address}feed.xml", headers=headers).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_it_only_shows(address: str, method: str) -> None:
    """Nothing but GET and HEAD is answered."""
    with httpx.Client(timeout=PATIENCE, verify=False) as client:
        assert client.request(method, f"{address}index.html").status_code == 405


def test_many_wrong_tokens_have_to_wait(shelf: Shelf) -> None:
    """Guessing addresses is slow: after twenty of them a client waits, also with the right one."""
    with running(serving_app(shelf, TOKEN, "x")) as port:
        base = f"http://127.0.0.1:{port}/"
        codes = [get(f"{base}guess{n}/").status_code for n in range(25)]
        assert codes == [403] * 20 + [429] * 5
        assert get(f"{base}{TOKEN}/index.html").status_code == 429


@pytest.mark.parametrize(
    "path",
    [
        "../README.md",
        "%2e%2e/README.md",
        "..%2f..%2fREADME.md",
        "session.m3u8",
        ".voiceguide-web.json",
    ],
)
def test_nothing_else_of_the_folder_is_shown(address: str, path: str) -> None:
    """Only the files of an episode that pages lead to."""
    answer = get(f"{address}{NAME}/{path}")
    assert answer.status_code in (403, 404)


def test_pages_run_nothing_of_others(address: str) -> None:
    """The policy allows our own files alone, and no script or style stands in a page."""
    answer = get(f"{address}{NAME}/index.html")
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "<style" not in answer.text
    assert " onclick" not in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"


# ── what is shown ────────────────────────────────────────────────────────────


def test_what_a_routine_says_is_only_text(address: str) -> None:
    """A title that is markup is shown as it is written, and the page's data stay whole."""
    html = get(f"{address}dehnung-fur-mich/index.html").text
    assert "<script>alert" not in html
    data = html.partition('id="session-data">')[2].partition("</script>")[0]
    assert json.loads(data)["title"].startswith("Dehnung </script><script>alert")


def test_the_sound_comes_in_parts(address: str) -> None:
    """A range is answered by 206 with just these bytes; one past the end by 416."""
    url = f"{address}{NAME}/session.mp3"
    whole = get(url).content
    part = get(url, headers={"Range": "bytes=1000-1999"})
    assert part.status_code == 206
    assert part.content == whole[1000:2000]
    assert get(url, headers={"Range": "bytes=999999999-"}).status_code == 416


def test_the_feed_says_what_podcast_apps_need(address: str) -> None:
    """Enclosures with their true sizes, GUIDs, chapters and transcripts that can be had."""
    channel = ET.fromstring(get(f"{address}feed.xml").content).find("channel")
    assert channel is not None
    items = channel.findall("item")
    assert len(items) == 2
    for item in items:
        enclosure = item.find("enclosure")
        assert enclosure is not None
        sound = get(enclosure.get("url", ""))
        assert len(sound.content) == int(enclosure.get("length", ""))
        assert sound.headers["content-type"] == enclosure.get("type") == "audio/mpeg"
        for name in ("chapters", "transcript"):
            beside = item.find(f"{PODCAST}{name}")
            assert beside is not None
            found = get(beside.get("url", ""))
            assert found.headers["content-type"].partition(";")[0] == beside.get("type")
        image = item.find(f"{ITUNES}image")
        assert image is not None
        assert get(image.get("href", "")).headers["content-type"] == "image/png"
    assert len({item.findtext("guid") for item in items}) == 2


RFC_822 = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"
URL = r"https?://[^\s<>\"]+"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"

CHANNEL = {
    "title": (1, ".+"),
    "link": (1, URL),
    "description": (1, ".+"),
    "language": (1, "[a-z]{2}(-[a-zA-Z]+)?"),
    "lastBuildDate": (1, RFC_822),
    "generator": (1, ".+"),
    f"{ITUNES}author": (1, ".+"),
    f"{ITUNES}explicit": (1, "true|false"),
    f"{ITUNES}type": (1, "episodic|serial"),
    f"{ITUNES}block": (1, "Yes"),
    f"{ITUNES}category": (1, None),
    f"{ITUNES}image": (1, None),
    f"{PODCAST}guid": (1, UUID),
    f"{PODCAST}locked": (1, "yes|no"),
    f"{PODCAST}medium": (1, "podcast"),
    f"{ATOM}link": (1, None),
}
ITEM = {
    "title": (1, ".+"),
    "link": (1, URL),
    "description": (1, ".+"),
    "guid": (1, ".+"),
    "pubDate": (1, RFC_822),
    "enclosure": (1, None),
    f"{ITUNES}duration": (1, r"\d+"),
    f"{ITUNES}episode": (1, r"[1-9]\d*"),
    f"{ITUNES}explicit": (1, "true|false"),
    f"{ITUNES}image": (1, None),
    f"{PODCAST}chapters": (1, None),
    f"{PODCAST}transcript": (1, None),
}
ATTRIBUTES = {
    "enclosure": {"url": URL, "length": r"[1-9]\d*", "type": "audio/mpeg"},
    "guid": {"isPermaLink": "false"},
    f"{ATOM}link": {"href": URL, "rel": "self", "type": r"application/rss\+xml"},
    f"{ITUNES}category": {"text": "Health & Fitness|Fitness"},
    f"{ITUNES}image": {"href": rf"{URL}\.(png|jpg)"},
    f"{PODCAST}chapters": {"url": URL, "type": r"application/json\+chapters"},
    f"{PODCAST}transcript": {
        "url": URL,
        "type": "text/vtt",
        "language": "[a-z]{2}(-[a-zA-Z]+)?",
        "rel": "captions",
    },
}
"""How often each element is there, what it says, and its attributes, by the RSS 2.0 specification,
Apple's requirements and the podcast namespace; what stands in none of the tables may not be."""


def faults_of(feed: bytes) -> list[str]:
    """What is wrong with a feed by those rules."""
    rss = ET.fromstring(feed)
    channel = rss.find("channel")
    if rss.tag != "rss" or rss.get("version") != "2.0" or len(rss) != 1 or channel is None:
        return ["not RSS 2.0"]
    items = channel.findall("item")
    faults = list(_faults(channel, CHANNEL, skip="item"))
    for item in items:
        faults += _faults(item, ITEM)
    guids = [item.findtext("guid") for item in items]
    return faults if len(set(guids)) == len(guids) else [*faults, "a guid twice"]


def _faults(parent: ET.Element, rules: dict[str, Any], skip: str = "") -> Iterator[str]:
    for tag, (often, said) in rules.items():
        found = parent.findall(tag)
        if len(found) != often:
            yield f"{tag} is there {len(found)} times"
        for one in found:
            if said is not None and not re.fullmatch(said, one.text or ""):
                yield f"{tag} says {one.text}"
            wanted = ATTRIBUTES.get(tag, {})
            if set(one.attrib) != set(wanted):
                yield f"{tag} has {sorted(one.attrib)}"
            yield from (
                f"{tag} {name} is {one.get(name)}"
                for name, form in wanted.items()
                if not re.fullmatch(form, one.get(name, ""))
            )
    yield from (f"{one.tag} is unknown" for one in parent if one.tag not in {*rules, skip})


def test_the_feed_is_valid(address: str) -> None:
    """RSS 2.0, Apple's tags and the podcast namespace: every rule, and nothing besides."""
    feed = get(f"{address}feed.xml").content
    assert feed.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    assert faults_of(feed) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'isPermaLink="false"', b'isPermaLink="no"'),
        (b"GMT</pubDate>", b"</pubDate>"),
        (b"<link>http", b"<link>nowhere"),
        (b'type="text/vtt"', b'type="text/plain"'),
        (b"<podcast:medium>podcast", b"<podcast:medium>show"),
        (b"<generator>", b"<wrong/><generator>"),
    ],
)
def test_a_wrong_feed_is_found(address: str, old: bytes, new: bytes) -> None:
    """The rules above can fail."""
    feed = get(f"{address}feed.xml").content
    assert old in feed
    assert faults_of(feed.replace(old, new, 1)) != []


def test_the_chapters_are_valid(address: str) -> None:
    """JSON Chapters 1.2: a version, and chapters that follow one another, each with words."""
    found = get(f"{address}{NAME}/chapters.json").json()
    assert found.keys() <= {"version", "chapters", "author", "title", "podcastName", "description"}
    assert found["version"] == "1.2.0"
    starts = [chapter["startTime"] for chapter in found["chapters"]]
    assert starts == sorted(set(starts))
    assert starts[0] >= 0
    allowed = {"startTime", "title", "img", "url", "toc", "endTime", "location"}
    for chapter in found["chapters"]:
        assert {"startTime", "title"} <= chapter.keys() <= allowed
        assert isinstance(chapter["startTime"], int | float)
        assert chapter["title"]


def test_the_chapters_of_the_feed_are_those_of_the_file(address: str, shelf: Shelf) -> None:
    """`podcast:chapters` has the titles and times of the plan."""
    found = get(f"{address}{NAME}/chapters.json").json()
    with studio.load(NAME) as session:
        planned = session.plan().timeline
    expected = [(c.title, round(c.position / 48_000, 3)) for c in planned.chapters]
    assert [(c["title"], c["startTime"]) for c in found["chapters"]] == expected


def test_guids_survive_renaming_and_editing(tmp_path: Path) -> None:
    """A renamed file, and a file that was edited, stay the same episode; a new one is another."""
    first = tmp_path / "first.md"
    first.write_text("# One\n\nHello.\n", encoding="utf-8")
    guid = sources(tmp_path)[0].known.guid
    first.rename(tmp_path / "second.md")
    assert sources(tmp_path)[0].known.guid == guid
    (tmp_path / "second.md").write_text("# Two\n\nHello again.\n", encoding="utf-8")
    assert sources(tmp_path)[0].known.guid == guid
    first.write_text("# Three\n\nHello.\n", encoding="utf-8")
    assert {source.known.guid == guid for source in sources(tmp_path)} == {True, False}


def test_a_folder_remembers_its_address(tmp_path: Path) -> None:
    """The token is the same the next time, so that a feed stays subscribed."""
    (tmp_path / "one.md").write_text("# One\n\nHello.\n", encoding="utf-8")
    sources(tmp_path)
    before = json.loads((tmp_path / FILE).read_bytes())["token"]
    sources(tmp_path)
    assert json.loads((tmp_path / FILE).read_bytes())["token"] == before
    assert len(before) == 16


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    """A folder without a routine says how one gets there."""
    with pytest.raises(UsageError, match="no routine") as caught:
        sources(tmp_path)
    assert "voiceguide copy" in caught.value.help


def test_a_routine_that_changes_is_made_again(tmp_path: Path) -> None:
    """What was made stays until the new sound is there; a broken one is told, and not shown."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "one.md").write_text("# One\n\nHello.\n", encoding="utf-8")
    (folder / "two.md").write_text("---\nlength: nonsense\n---\n\nHello.\n", encoding="utf-8")
    failed: list[str] = []
    shelf = Shelf(folder, tmp_path / "made", lambda path, _error: failed.append(path.name))
    try:
        _until(lambda: not shelf.waiting())
        assert failed == ["two.md"]
        (before,) = shelf.ready()
        (folder / "one.md").write_text("# One\n\nHello, and hello.\n", encoding="utf-8")
        shelf.look()
        assert shelf.ready()
        _until(lambda: shelf.ready()[0].version != before.version)
        assert shelf.ready()[0].duration > before.duration
    finally:
        shelf.close()


def _until(done: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_every_language_has_the_same_words() -> None:
    """No page lacks a word in one of its languages."""
    assert {"de", "en"} <= set(languages())
    assert len({frozenset(texts(language)) for language in languages()}) == 1


def test_a_browser_is_answered_in_its_language() -> None:
    """The best of what it prefers; English where there is nothing of it."""
    assert preferred("fr, de-AT;q=0.8, en;q=0.7")["code"] == "de"
    assert preferred("ja")["code"] == "en"
    assert preferred("")["code"] == "en"
    assert preferred("de;q=nonsense, en")["code"] == "en"


def test_addresses_are_plain() -> None:
    """Umlauts and marks become letters; a name of none of them has one still."""
    assert slug_of("Dehnung für Füße, größer") == "dehnung-fur-fusse-grosser"
    assert slug_of("体操") == "session"


def test_a_page_tells_the_moments_of_the_plan() -> None:
    """What a page shows at a second is what the timeline has there, with the time that is left."""
    with studio.load(NAME) as session:
        timeline = session.plan().timeline
    data = json.loads(json.dumps(player_data(timeline, texts("en"))))
    hold = next(e for e in timeline.events if e.kind.value == "hold" and e.side is not None)
    at = hold.position / 48_000 + 1
    row = [moment for moment in data["moments"] if moment[0] <= at][-1]
    assert row[1] == pytest.approx(hold.end / 48_000, abs=0.001)
    assert data["texts"][row[2]] == CHAPTER
    assert data["texts"][row[3]] == "Hold, left side, round 1"


# ── in a browser ─────────────────────────────────────────────────────────────


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    with visiting(browser, viewport=request.param) as made:
        yield made


def insecure(address: str) -> str:
    """The same over a name of the network, as phones have it: not a secure context."""
    return address.replace("127.0.0.1", "phone.test")


def audio(visit: Visit, what: str) -> float:
    found = visit.page.evaluate(f"document.querySelector('audio').{what}")
    assert isinstance(found, int | float)
    return found


def chapter_of(visit: Visit) -> dict[str, Any]:
    """The chapter that the tests go to, as the page knows it."""
    script = "JSON.parse(document.getElementById('session-data').textContent).chapters"
    chapters = visit.page.evaluate(script)
    number = [chapter["title"] for chapter in chapters].index(CHAPTER)
    return dict(chapters[number])


def ready(visit: Visit) -> None:
    """Until the page's scripts listen, and the browser knows the sound."""
    visit.until(
        "document.readyState === 'complete' && document.querySelector('audio').readyState > 0"
    )


def test_a_phone_plays_a_session(visit: Visit, address: str) -> None:
    """By the keyboard alone: from the list to a chapter within 50 ms of its beginning, and back."""
    page = visit.page
    page.goto(insecure(address))
    page.get_by_role("link", name="Ten-minute psoas relief").focus()
    page.keyboard.press("Enter")
    ready(visit)
    assert not page.evaluate("isSecureContext")
    page.get_by_role("button", name=CHAPTER).focus()
    page.keyboard.press("Enter")
    visit.until("!document.querySelector('audio').paused")
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    visit.until("document.querySelector('audio').paused")
    assert CHAPTER in page.locator(".now .chapter").inner_text()
    begins = chapter_of(visit)["at"]
    # however long it has played: `previous` means this chapter's own beginning after three seconds
    page.evaluate(f"document.querySelector('audio').currentTime = {begins + 1}")
    page.get_by_role("button", name="Previous chapter").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Next chapter").focus()
    page.keyboard.press("Enter")
    visit.until("!document.querySelector('audio').seeking")
    assert audio(visit, "currentTime") == pytest.approx(begins, abs=0.05)
    before = audio(visit, "currentTime")
    page.get_by_role("button", name="Back 15 seconds").click()
    assert audio(visit, "currentTime") == pytest.approx(before - 15, abs=0.05)
    assert not visit.complaints


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_asks_nobody_else(visit: Visit, address: str, scheme: Any) -> None:
    """No request to another host, no cookie, and no violation that axe can find."""
    visit.page.emulate_media(color_scheme=scheme)
    for path in ("", f"{NAME}/index.html", f"{NAME}/session.html", "dehnung-fur-mich/index.html"):
        visit.page.goto(insecure(address) + path)
        assert not visit.violations()
    assert {url.split("/")[2].partition(":")[0] for url in visit.asked} == {"phone.test"}
    assert visit.page.context.cookies() == []
    assert not visit.complaints


def test_it_says_what_is_missing_without_https(visit: Visit, address: str) -> None:
    """Over plain http in plain words; on this machine, a secure context, nothing is missing."""
    missing = visit.page.get_by_role("heading", name="What this page cannot do here")
    visit.page.goto(f"{insecure(address)}{NAME}/index.html")
    assert missing.is_visible()
    visit.page.goto(f"{address}{NAME}/index.html")
    assert not missing.is_visible()


def test_the_lock_screen_has_its_buttons(visit: Visit, address: str) -> None:
    """Media Session: the titles, the position, and a handler for each button."""
    page = visit.page
    page.add_init_script(
        "globalThis.handled = {}; const set = navigator.mediaSession.setActionHandler;"
        "navigator.mediaSession.setActionHandler = function (name, run) {"
        " globalThis.handled[name] = run; set.call(this, name, run); };"
    )
    page.goto(f"{insecure(address)}{NAME}/index.html")
    ready(visit)
    names = {"play", "pause", "previoustrack", "nexttrack", "seekbackward", "seekforward", "seekto"}
    assert set(page.evaluate("Object.keys(handled)")) == names
    page.evaluate(f"handled.seekto({{ seekTime: {chapter_of(visit)['at'] - 1} }})")
    page.evaluate("handled.nexttrack({})")
    assert page.evaluate("navigator.mediaSession.metadata.title") == CHAPTER
    page.evaluate("handled.seekto({ seekTime: 60 })")
    assert audio(visit, "currentTime") == pytest.approx(60, abs=0.05)


def test_it_fits_a_narrow_screen_and_large_letters(browser: Browser, address: str) -> None:
    """At 360 pixels, and at 200 % of a desk's zoom, nothing has to be scrolled sideways."""
    for width, height in ((360, 740), (640, 400), (320, 640)):
        with visiting(browser, viewport={"width": width, "height": height}) as visit:
            for path in ("", f"{NAME}/index.html", "dehnung-fur-mich/index.html"):
                visit.page.goto(insecure(address) + path)
                wide = visit.page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, path


def test_german_sessions_are_shown_in_german(visit: Visit, address: str) -> None:
    """The page of a session speaks its language, and says so to screen readers."""
    visit.page.goto(f"{insecure(address)}dehnung-fur-mich/index.html")
    assert visit.page.get_by_role("button", name="Abspielen").is_visible()
    assert visit.page.locator("html").get_attribute("lang") == "de"


# ── many, and slow ones ──────────────────────────────────────────────────────


@pytest.mark.slow
def test_fifty_phones_stream_at_once(address: str, slower: Slower) -> None:
    """Each of them gets its sound far faster than it is heard, and all of it."""
    size = len(get(f"{address}{NAME}/session.mp3").content)
    url = f"{address}{NAME}/session.mp3"
    # the browser's tests have a loop in this thread
    with ThreadPoolExecutor(1) as apart:
        heard = apart.submit(lambda: asyncio.run(_fifty(url))).result(600)
        assert [taken for taken, _ in heard] == [size] * 50
        # a phone holds some ten seconds in advance
        assert max(longest for _, longest in heard) < 10 * slower()


async def _fifty(url: str) -> list[tuple[int, float]]:
    """Bytes taken, and the longest wait for the next ones, of each phone."""

    async def listen(phone: httpx.AsyncClient) -> tuple[int, float]:
        taken, longest, before = 0, 0.0, time.monotonic()
        async with phone.stream("GET", url, headers={"Range": "bytes=0-"}) as answer:
            async for piece in answer.aiter_bytes():
                taken += len(piece)
                longest = max(longest, time.monotonic() - before)
                before = time.monotonic()
        return taken, longest

    async with AsyncExitStack() as stack:
        # a phone each: from one address no more than thirty-two are let in
        hosts = [f"127.0.0.{number}" for number in range(2, 52)]
        ways = [httpx.AsyncHTTPTransport(local_address=host, verify=False) for host in hosts]
        clients = [httpx.AsyncClient(transport=way, timeout=PATIENCE) for way in ways]
        phones = [await stack.enter_async_context(client) for client in clients]
        return await asyncio.gather(*map(listen, phones))


def test_one_client_cannot_take_all_connections(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past its share a client's connections are closed, and another one is still answered."""
    monkeypatch.setattr(server, "HEAD_SECONDS", 600)  # none is closed for saying nothing
    port = int(address.split(":")[2].split("/", maxsplit=1)[0])
    held = [_from("127.0.0.77", port) for _ in range(60)]
    try:
        way = httpx.HTTPTransport(local_address="127.0.0.9", verify=False)
        with httpx.Client(transport=way, timeout=PATIENCE) as other:
            assert other.get(f"{address}index.html").status_code == 200
        closed: set[socket.socket] = set()

        def counted() -> int:
            readable, _, _ = select.select(held, [], [], 0.3)
            closed.update(one for one in readable if one.recv(1, socket.MSG_PEEK) == b"")
            return len(closed)

        _until(lambda: counted() >= 60 - server.MOST_OF_A_CLIENT)
        assert counted() == 60 - server.MOST_OF_A_CLIENT
    finally:
        for one in held:
            one.close()


def _from(host: str, port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), source_address=(host, 0))


def test_a_client_that_takes_nothing_is_given_up(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection is closed after a while, and costs no more."""
    monkeypatch.setattr(server, "STALL", 0.3)
    app, given_up = serving_app(shelf, TOKEN, "x"), Event()

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)
        if scope["type"] == "http":
            given_up.set()

    with running(watched) as port:
        stalled = socket.socket()
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.connect(("127.0.0.1", port))
        request = f"GET /{TOKEN}/{NAME}/session.mp3 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        stalled.sendall(request.encode())
        assert given_up.wait(PATIENCE)
        stalled.settimeout(PATIENCE)
        taken = 0
        with suppress(ConnectionResetError):
            while piece := stalled.recv(1 << 16):
                taken += len(piece)
        stalled.close()
    size = len((shelf.ready()[1].folder / "session.mp3").read_bytes())
    assert taken < size


def test_a_connection_without_a_request_is_closed(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever connects and says nothing does not stay."""
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.2)
    port = int(address.split(":")[2].split("/", maxsplit=1)[0])
    with socket.create_connection(("127.0.0.1", port)) as silent:
        silent.sendall(b"GET / HT")
        silent.settimeout(PATIENCE)
        assert silent.recv(1) == b""


# ── the command ──────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_the_command_shows_an_address_and_a_code(tmp_path: Path) -> None:
    """`voiceguide serve` prints both, answers under that address, and ends by Ctrl-C."""
    (tmp_path / "one.md").write_text("# One\n\nHello.\n", encoding="utf-8")
    command = [sys.executable, "-m", "voiceguide", "serve", str(tmp_path), "--host", "127.0.0.1"]
    run = subprocess.Popen(
        [*command, "--port", str(_free_port())],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"},
    )
    assert run.stdout is not None
    try:
        lines: list[str] = []
        while not lines or not lines[-1].startswith("http"):
            lines.append(run.stdout.readline().strip())
            assert run.poll() is None
        assert "█" in lines[0]
        _until(lambda: get(f"{lines[-1]}one/index.html").status_code == 200)
    finally:
        run.send_signal(signal.SIGINT)
        out = run.communicate(timeout=PATIENCE)
    assert run.returncode in (0, 130), out


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_a_taken_port_is_told() -> None:
    """Who asks for one that is taken is told so, with a way out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(UsageError, match="cannot listen") as caught:
            server.listen("127.0.0.1", taken.getsockname()[1])
        assert "--port" in caught.value.help


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence and a way out, not a traceback."""
    monkeypatch.setattr(web, "find_spec", lambda name: None if name == "segno" else object())
    with pytest.raises(MachineError, match="`segno`") as caught:
        web.check_installed()
    assert "voiceguide[web]" in caught.value.help


def test_a_code_leads_to_the_address(tmp_path: Path) -> None:
    """The rows of the terminal's code are as wide as they are many, with quiet around them."""
    rows = server.qr_text("http://192.168.1.7:8640/0123456789abcdef/").split("\n")
    assert len({len(row) for row in rows}) == 1
    assert 2 * len(rows) - len(rows[0]) in (0, 1)
    assert set(rows[0]) == {"█"}
    picture = ET.fromstring(server.qr_svg("http://192.168.1.7/"))
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.slow
def test_an_episode_is_the_export(tmp_path: Path) -> None:
    """The sound of a page is what `export` writes: the same bytes."""
    (tmp_path / "one.md").write_text("# One\n\nHello.\n\n- hold 5s\n", encoding="utf-8")
    (source,) = sources(tmp_path)
    episode = make(source, tmp_path / "made")
    with studio.load(tmp_path / "one.md") as session:
        session.export(tmp_path / "other.mp3")
    written = (episode.folder / episode.audio).read_bytes()
    assert written == (tmp_path / "other.mp3").read_bytes()
    assert episode.size == len(written)
