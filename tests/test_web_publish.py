"""`publish`: a folder that any host can show, and a stick, and a phone without a network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

pytest.importorskip("starlette", reason="the extra `web` is not installed")

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from web_running import DESK, PHONE, Visit, open_browser, running, visiting

from voiceguide.cli import main
from voiceguide.errors import RoutineError, UsageError
from voiceguide.library import find_routine
from voiceguide.web.publishing import Publication, check_site, publish

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAME = "ten-minute-psoas-relief"
OTHER = "desk-break"
CHAPTER = "Kneeling hip flexor stretch"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two routines."""
    made = tmp_path_factory.mktemp("sessions")
    for name in (NAME, OTHER):
        shutil.copy(find_routine(name), made)
    return made


@pytest.fixture(scope="module")
def site(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their site, with a feed."""
    made = tmp_path_factory.mktemp("out") / "my site"
    publish(folder, made, Publication("For Anna", address="https://example.org/anna/"))
    return made


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with one short routine."""
    made = tmp_path / "small"
    made.mkdir()
    (made / "one.md").write_text("# One\n\nHello.\n", encoding="utf-8")
    return made


def files(site: Path) -> dict[str, bytes]:
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in site.rglob("*")
        if path.is_file()
    }


# ── what is written ──────────────────────────────────────────────────────────


def test_all_addresses_are_relative(site: Path) -> None:
    """No page, style or script names a host or the root of one, so any path will do."""
    for name, data in files(site).items():
        if not name.endswith((".html", ".css", ".js", ".webmanifest")):
            continue
        text = data.decode()
        links = re.findall(r'(?:href|src)="([^"]*)"', text)
        assert not [link for link in links if link.startswith(("/", "http", "//"))], name
        without_namespace = text.replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in without_namespace, name
        assert "https://" not in without_namespace, name


def test_the_same_folder_gives_the_same_bytes(folder: Path, site: Path, tmp_path: Path) -> None:
    """Published once more, not a byte is another one."""
    again = tmp_path / "again"
    publish(folder, again, Publication("For Anna", address="https://example.org/anna/"))
    assert files(again) == files(site)


def test_what_is_written_is_used_and_leads_somewhere(site: Path) -> None:
    """A site has no dead links and nothing that no page uses."""
    assert check_site(site) == ()


@pytest.mark.parametrize(
    "lost", [f"{NAME}/session.mp3", "player.js", f"{NAME}/cover.png", "worker.js"]
)
def test_a_dead_link_is_found(site: Path, tmp_path: Path, lost: str) -> None:
    """Each page that leads to a file that is gone is told."""
    broken = tmp_path / "broken"
    shutil.copytree(site, broken)
    (broken / lost).unlink()
    (broken / "left-over.txt").write_text("x", encoding="utf-8")
    faults = check_site(broken)
    name = Path(lost).name
    assert any("leads nowhere" in fault and name in fault for fault in faults)
    assert "left-over.txt: no page uses it" in faults


def test_the_feed_knows_where_the_site_will_be(site: Path) -> None:
    """Its addresses are those of the site, and each of them is a file of it."""
    channel = ET.parse(site / "feed.xml").find("channel")
    assert channel is not None
    enclosures = [item.find("enclosure") for item in channel.findall("item")]
    addresses = [one.get("url", "") for one in enclosures if one is not None]
    assert len(addresses) == 2
    for address in addresses:
        assert address.startswith("https://example.org/anna/")
        assert (site / address.removeprefix("https://example.org/anna/")).is_file()


def test_private_sessions_lead_nowhere_else(folder: Path, tmp_path: Path) -> None:
    """128 random bits in each address, no list; the same addresses the next time."""
    how = Publication("For Anna", address="https://example.org/", private=True)
    episodes = publish(folder, tmp_path / "site", how)
    slugs = [episode.slug for episode in episodes]
    assert all(len(slug) >= 22 for slug in slugs)
    assert not (tmp_path / "site" / "feed.xml").exists()
    (feed,) = (tmp_path / "site").glob("*/feed.xml")
    assert feed.parent.name not in slugs
    for name, data in files(tmp_path / "site").items():
        if name.endswith("feed.xml"):
            continue
        assert feed.parent.name.encode() not in data, name
        others = [slug for slug in slugs if not name.startswith(slug)]
        assert not [slug for slug in others if slug.encode() in data], name
    assert check_site(tmp_path / "site") == ()
    again = publish(folder, tmp_path / "site", how)
    assert [episode.slug for episode in again] == slugs
    assert feed.is_file()  # at the same address


def test_the_old_site_stands_where_a_new_one_fails(small: Path, tmp_path: Path) -> None:
    """A routine with a problem, and nothing has changed; nothing half-written stays either."""
    site = tmp_path / "site"
    publish(small, site, Publication("x"))
    before = files(site)
    (small / "two.md").write_text("---\nlength: nonsense\n---\n\nHello.\n", encoding="utf-8")
    with pytest.raises(RoutineError):
        publish(small, site, Publication("x"))
    assert files(site) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site", "small"]


def test_what_is_not_ours_is_not_replaced(small: Path, tmp_path: Path) -> None:
    """A folder with something else in it is refused, with a way out, and kept."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "photo.jpg").write_bytes(b"x")
    with pytest.raises(UsageError, match="not a site of ours") as caught:
        publish(small, site, Publication("x"))
    assert "new folder" in caught.value.help
    assert files(site) == {"photo.jpg": b"x"}


def test_the_command_publishes_and_checks(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It prints the pages' paths; `--check` ends with 1 where something is wrong."""
    site = tmp_path / "site"
    assert main(["publish", str(small), "-o", str(site)]) == 0
    assert str(site / "one" / "index.html") in capsys.readouterr().out
    assert main(["publish", "-o", str(site), "--check"]) == 0
    (site / "style.css").unlink()
    assert main(["publish", "-o", str(site), "--check"]) == 1
    assert "`style.css` leads nowhere" in capsys.readouterr().out
    assert main(["publish", "-o", str(tmp_path), "--check"]) in (0, 1)
    assert main(["publish", str(small), "-o", str(site), "--address", "example.org"]) == 2


def test_what_a_list_cannot_be_is_told(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A language without words would be English in silence; a file is no folder to be made."""
    site, file = tmp_path / "site", small / "one.md"
    assert main(["publish", str(small), "-o", str(site), "--language", "zz"]) == 2
    assert "no words in the language `zz`\nhelp: known are `de`" in capsys.readouterr().err
    assert not site.exists()
    assert main(["studio", str(file), "--no-open"]) == 2
    assert f"name the folder it is in: `{small}`" in capsys.readouterr().err


# ── in a browser ─────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path] | None:
    """A certificate with its key; None where no openssl can make them."""
    folder = tmp_path_factory.mktemp("certificate")
    key, made = folder / "key.pem", folder / "certificate.pem"
    kind = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=patients.test", "-addext", "subjectAltName=DNS:patients.test"]
    files = ["-keyout", str(key), "-out", str(made)]
    return (made, key) if _openssl("req", *kind, *names, *files) is not None else None


def _openssl(*arguments: str, given: bytes = b"") -> bytes | None:
    if shutil.which("openssl") is None:
        return None
    command = ["openssl", *arguments]
    return subprocess.run(command, input=given, check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def browser(certificate: tuple[Path, Path] | None) -> Iterator[Browser]:
    """A browser that trusts that certificate, by the hash of its key, and finds its host here."""
    if certificate is None:
        yield from open_browser()
        return
    public = _openssl("x509", "-in", str(certificate[0]), "-pubkey", "-noout") or b""
    der = _openssl("pkey", "-pubin", "-outform", "der", given=public) or b""
    digest = base64.b64encode(hashlib.sha256(der).digest()).decode()
    yield from open_browser(
        f"--ignore-certificate-errors-spki-list={digest}",
        "--host-resolver-rules=MAP patients.test 127.0.0.1",
    )


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    with visiting(browser, viewport=request.param) as made:
        yield made


def seek_to_chapter(visit: Visit) -> None:
    """Play a chapter, and hold there."""
    page = visit.page
    visit.until(
        "document.readyState === 'complete' && document.querySelector('audio').readyState > 0"
    )
    page.get_by_role("button", name=CHAPTER).click()
    script = "JSON.parse(document.getElementById('session-data').textContent).chapters"
    begins = next(one["at"] for one in page.evaluate(script) if one["title"] == CHAPTER)
    visit.until(f"document.querySelector('audio').currentTime >= {begins}")
    page.get_by_role("button", name="Pause").click()
    assert CHAPTER in page.locator(".now .chapter").inner_text()


def test_it_plays_from_a_stick(visit: Visit, site: Path) -> None:
    """Opened as files, without any server: list, page, sound, chapters, sheet."""
    page = visit.page
    page.goto((site / "index.html").as_uri())
    page.get_by_role("link", name="Ten-minute psoas relief").click()
    seek_to_chapter(visit)
    page.get_by_role("link", name="The sheet").click()
    page.wait_for_url("**/session.html")
    assert "psoas" in page.locator("h1").inner_text().lower()
    assert all(url.startswith(("file:", "data:")) for url in visit.asked)
    assert not visit.complaints


def test_it_plays_when_the_server_is_gone(
    browser: Browser, certificate: tuple[Path, Path] | None, site: Path
) -> None:
    """Over https, opened once; then without any server: reloaded, played, sought. And only that."""
    if certificate is None:
        pytest.skip("no openssl on this machine")
    hosted = Starlette(routes=[Mount("/deep/path", StaticFiles(directory=site, html=True))])
    with visiting(browser, viewport=PHONE) as visit:
        page = visit.page
        with running(hosted, certificate=certificate) as port:
            base = f"https://patients.test:{port}/deep/path/"
            page.goto(f"{base}{NAME}/index.html")
            assert page.evaluate("isSecureContext")
            visit.until("document.querySelector('[data-told]').textContent.startsWith('This sess')")
        page.reload()
        assert page.get_by_role("heading", name="Ten-minute psoas relief").is_visible()
        seek_to_chapter(visit)
        page.goto(f"{base}{NAME}/session.html")
        assert "psoas" in page.locator("h1").inner_text().lower()
        kept = page.evaluate(
            "caches.open('voiceguide').then(c => c.keys()).then(k => k.map(r => r.url))"
        )
        assert kept
        assert not [url for url in kept if OTHER in url]


def test_a_network_that_fails_is_tried_again(browser: Browser, site: Path) -> None:
    """Two answers are lost, and it plays nevertheless; where all are, the page says so."""
    hosted = Starlette(routes=[Mount("/", StaticFiles(directory=site))])
    with running(hosted) as port, visiting(browser, service_workers="block") as visit:
        lost: list[str] = []

        def lose(route: Any) -> None:
            lost.append(route.request.url)
            if len(lost) > 2:
                route.continue_()
            else:
                route.abort()

        visit.page.route("**/*.mp3*", lose)
        visit.page.goto(f"http://localhost:{port}/{NAME}/index.html")
        seek_to_chapter(visit)
        visit.page.unroute_all(behavior="ignoreErrors")
        visit.page.route("**/*.mp3*", lambda route: route.abort())
        visit.page.reload()
        visit.until(
            "document.querySelector('[data-told]').textContent.includes('cannot be played')"
        )


def test_the_screen_stays_on_while_it_plays(visit: Visit, site: Path) -> None:
    """A wake lock is asked for while the sound plays, and given back when it is paused; it is
    asked for once, though the answer takes longer than the sound to begin."""
    visit.page.add_init_script(
        "globalThis.locks = []; const given = () => {"
        " const lock = new EventTarget(); lock.release = async () => {"
        " locks.push('released'); lock.dispatchEvent(new Event('release')); }; return lock; };"
        "const soon = () => new Promise((answer) => setTimeout(answer, 300));"
        "Object.defineProperty(navigator, 'wakeLock', { value: { request: async (kind) => {"
        " locks.push(kind); await soon(); return given(); } } });"
    )
    with running(Starlette(routes=[Mount("/", StaticFiles(directory=site))])) as port:
        visit.page.goto(f"http://localhost:{port}/{NAME}/index.html")
        seek_to_chapter(visit)
        visit.until("globalThis.locks.length >= 2")
        assert visit.page.evaluate("locks") == ["screen", "released"]


def test_a_diary_stays_on_the_phone(visit: Visit, site: Path, tmp_path: Path) -> None:
    """Ticked, there after a reload, saved as a file, deleted; nothing of it is sent."""
    page = visit.page
    with running(Starlette(routes=[Mount("/", StaticFiles(directory=site))])) as port:
        page.goto(f"http://localhost:{port}/{NAME}/index.html")
        page.get_by_role("button", name="I have done it").focus()
        page.keyboard.press("Enter")
        page.reload()
        assert page.locator("[data-entries] li").count() == 1
        with page.expect_download() as saving:
            page.get_by_role("button", name="Save as a file").click()
        saving.value.save_as(tmp_path / "diary.csv")
        text = (tmp_path / "diary.csv").read_text(encoding="utf-8-sig")
        assert text.splitlines()[0] == '"time","session"'
        assert "Ten-minute psoas relief" in text
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Delete my diary").click()
        visit.until("document.querySelectorAll('[data-entries] li').length === 0")
        assert page.evaluate("localStorage.getItem('voiceguide.diary')") is None
        assert {url.split("/")[2] for url in visit.asked if "blob:" not in url} == {
            f"localhost:{port}"
        }
        assert page.context.cookies() == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(browser: Browser, site: Path, scheme: str) -> None:
    """No violation that axe can find, and no scrolling sideways on a narrow phone."""
    with running(Starlette(routes=[Mount("/", StaticFiles(directory=site))])) as port:
        for size in (PHONE, DESK):
            with visiting(browser, viewport=size, color_scheme=scheme) as visit:
                for path in ("index.html", f"{NAME}/index.html", f"{OTHER}/index.html"):
                    visit.page.goto(f"http://localhost:{port}/{path}")
                    assert not visit.violations()
                    assert (
                        visit.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
                    )
                    assert not visit.complaints


@pytest.mark.slow
def test_it_can_be_installed(browser: Browser, site: Path) -> None:
    """Chromium finds nothing that keeps the page from being installed as an app."""
    with (
        running(Starlette(routes=[Mount("/", StaticFiles(directory=site))])) as port,
        visiting(browser, viewport=PHONE) as visit,
    ):
        visit.page.goto(f"http://localhost:{port}/{NAME}/index.html")
        session = visit.page.context.new_cdp_session(visit.page)
        found: Any = session.send("Page.getAppManifest")
        assert found["errors"] == []
        assert json.loads(found["data"])["name"] == "Ten-minute psoas relief"
        wrong: Any = session.send("Page.getInstallabilityErrors")
        # an incognito window installs nothing
        assert {one["errorId"] for one in wrong["installabilityErrors"]} <= {"in-incognito"}
