// The player of one session: one file, one <audio> element, so that a locked phone plays on.
"use strict";

{
  const { clock, chapterAt, element, keepOffline, showNow, showFigures, drawStrip } = globalThis.voiceguide;
  const holder = document.getElementById("session-data");
  const session = JSON.parse(holder.textContent);
  const find = (selector) => document.querySelector(selector);
  const audio = find("[data-audio]");
  const seek = find("[data-seek]");
  const toggle = find('[data-do="toggle"]');
  const told = find("[data-told]");
  const strip = find("[data-strip]");
  const playhead = drawStrip(strip, session);
  const POSITION = `voiceguide.position.${session.id}`;
  const DIARY = "voiceguide.diary";

  // ── what may be forbidden: a phone's private mode has no storage ──────────

  function attempt(run, otherwise = null) {
    try {
      return run();
    } catch {
      return otherwise; // the page works without
    }
  }

  const kept = {
    get: (name) => attempt(() => localStorage.getItem(name)),
    set: (name, value) =>
      attempt(() => (value === null ? localStorage.removeItem(name) : localStorage.setItem(name, value))),
  };

  // ── playing ──────────────────────────────────────────────────────────────

  const length = () => (Number.isFinite(audio.duration) ? audio.duration : session.duration);
  let wished = null; // where to begin, until the browser knows the file
  let playing = false; // whether the listener wants it to play
  let failures = 0;

  function goTo(seconds) {
    const target = Math.min(Math.max(0, seconds), length() - 0.01);
    if (audio.readyState === 0) {
      wished = target;
      audio.load();
    } else {
      audio.currentTime = target;
    }
    show(target);
  }

  function play() {
    playing = true;
    audio.play().catch(() => {}); // what keeps it from playing is told by `error`
  }

  /** A network that fails for a moment is tried again, from the same place. */
  function tryAgain() {
    failures += 1;
    if (failures > 3) {
      told.textContent = told.dataset.failed;
      return;
    }
    const again = () => {
      wished ??= audio.currentTime;
      audio.load();
      if (playing) play();
    };
    setTimeout(again, 500 * (failures - 1));
  }

  function pause() {
    playing = false;
    audio.pause();
  }

  function chapterBefore() {
    // within three seconds of its start, `previous` means the chapter before
    const here = chapterAt(session, audio.currentTime - 3);
    goTo(here < 0 ? 0 : session.chapters[here].at);
  }

  function chapterAfter() {
    const next = session.chapters[chapterAt(session, audio.currentTime) + 1];
    goTo(next ? next.at : length());
  }

  const commands = {
    toggle: () => (audio.paused ? play() : pause()),
    back: () => goTo(audio.currentTime - 15),
    ahead: () => goTo(audio.currentTime + 15),
    previous: chapterBefore,
    next: chapterAfter,
    share,
    tick: () => tick(),
    "save-diary": saveDiary,
    "clear-diary": clearDiary,
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do], [data-chapter]");
    if (!button) return;
    if (button.dataset.do) commands[button.dataset.do]();
    else {
      goTo(session.chapters[Number(button.dataset.chapter)].at);
      play();
    }
  });
  seek.addEventListener("input", () => goTo(Number(seek.value)));
  strip.addEventListener("click", (event) => {
    const box = strip.getBoundingClientRect();
    goTo(((event.clientX - box.left) / box.width) * length());
  });

  // ── showing ──────────────────────────────────────────────────────────────

  let shownChapter = null;

  function show(time = wished ?? audio.currentTime) {
    showNow(find("[data-now]"), session, time);
    showFigures(find("[data-figures]"), session, time);
    seek.value = time;
    const text = seek.dataset.text.replace("{at}", clock(time)).replace("{all}", clock(length()));
    seek.setAttribute("aria-valuetext", text);
    find("[data-at]").textContent = clock(time);
    find("[data-left]").textContent = clock(length() - time);
    playhead.setAttribute("x", time);
    showChapter(chapterAt(session, time));
  }

  function showChapter(index) {
    if (index === shownChapter) return;
    shownChapter = index;
    for (const button of document.querySelectorAll("[data-chapter]")) {
      if (Number(button.dataset.chapter) === index) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    describeForTheLockScreen(index);
  }

  function showPlaying() {
    const playing = !audio.paused;
    document.body.classList.toggle("playing", playing);
    toggle.setAttribute("aria-label", playing ? toggle.dataset.pause : toggle.dataset.play);
    if ("mediaSession" in navigator) navigator.mediaSession.playbackState = playing ? "playing" : "paused";
    if (playing) told.textContent = "";
    keepScreenOn();
  }

  audio.addEventListener("loadedmetadata", () => {
    seek.max = length();
    if (wished !== null) audio.currentTime = wished;
    wished = null;
    show();
  });
  for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, showPlaying);
  for (const name of ["timeupdate", "seeked"]) audio.addEventListener(name, () => show());
  audio.addEventListener("error", tryAgain);
  audio.addEventListener("playing", () => (failures = 0));
  audio.addEventListener("ended", () => {
    kept.set(POSITION, null);
    tick();
  });
  audio.addEventListener("pause", () => kept.set(POSITION, String(audio.currentTime)));
  addEventListener("pagehide", () => audio.ended || kept.set(POSITION, String(audio.currentTime)));
  setInterval(() => audio.paused || show(), 200); // `timeupdate` alone would let seconds stumble

  // ── the lock screen ──────────────────────────────────────────────────────

  function describeForTheLockScreen(chapter) {
    if (!("mediaSession" in navigator)) return;
    const cover = find("header img").src; // a lock screen shows nothing from a stick
    navigator.mediaSession.metadata = new MediaMetadata({
      title: session.chapters[chapter]?.title || session.title,
      artist: session.author,
      album: session.title,
      artwork: cover.startsWith("http") ? [{ src: cover, sizes: "600x600" }] : [],
    });
  }

  function tellPosition() {
    if (!("mediaSession" in navigator) || !Number.isFinite(audio.duration)) return;
    const { duration, playbackRate, currentTime } = audio;
    navigator.mediaSession.setPositionState?.({ duration, playbackRate, position: Math.min(currentTime, duration) });
  }

  function answerTheLockScreen() {
    if (!("mediaSession" in navigator)) return;
    const answers = {
      play,
      pause,
      previoustrack: chapterBefore,
      nexttrack: chapterAfter,
      seekbackward: (asked) => goTo(audio.currentTime - (asked.seekOffset || 15)),
      seekforward: (asked) => goTo(audio.currentTime + (asked.seekOffset || 15)),
      seekto: (asked) => goTo(asked.seekTime),
    };
    for (const [name, answer] of Object.entries(answers)) {
      attempt(() => navigator.mediaSession.setActionHandler(name, answer)); // an older browser lacks some
    }
    for (const name of ["play", "pause", "seeked", "ratechange", "loadedmetadata"]) {
      audio.addEventListener(name, tellPosition);
    }
  }

  // ── what only a secure address has ───────────────────────────────────────

  let lock = null;

  async function keepScreenOn() {
    if (!("wakeLock" in navigator)) return;
    const wanted = !audio.paused && document.visibilityState === "visible";
    try {
      if (wanted && !lock) {
        lock = await navigator.wakeLock.request("screen");
        lock.addEventListener("release", () => (lock = null));
        if (audio.paused) lock?.release(); // it was paused meanwhile
      } else if (!wanted && lock) await lock.release();
    } catch {
      lock = null; // a low battery may forbid it; the sound goes on
    }
  }
  document.addEventListener("visibilitychange", keepScreenOn);

  async function share() {
    const address = location.href.split("#")[0];
    try {
      if (navigator.share) await navigator.share({ title: session.title, url: address });
      else {
        await navigator.clipboard.writeText(address);
        told.textContent = told.dataset.shared;
      }
    } catch {
      // the reader changed their mind
    }
  }

  function keep() {
    const tell = (name) => audio.paused && (told.textContent = told.dataset[name] || "");
    keepOffline(holder.dataset.worker, "link[href], script[src], img[src], audio[src], .take a[href]", tell);
  }

  function tellWhatIsMissing() {
    const file = location.protocol === "file:";
    if (globalThis.isSecureContext && !file) return;
    find("[data-missing]").hidden = false;
    find(`[data-if="${file ? "file" : "http"}"]`).hidden = false;
  }

  // ── the diary: on this device alone ──────────────────────────────────────

  function entries() {
    const found = attempt(() => JSON.parse(kept.get(DIARY)));
    return Array.isArray(found) ? found : [];
  }

  function tick() {
    if (!find("[data-diary]")) return;
    const entry = { at: new Date().toISOString(), title: session.title };
    kept.set(DIARY, JSON.stringify([entry, ...entries()].slice(0, 5000)));
    showDiary();
  }

  function showDiary() {
    const list = find("[data-entries]");
    if (!list) return;
    const all = entries();
    const item = ({ at, title }) =>
      element("li", {}, `${new Date(at).toLocaleString(document.documentElement.lang)} · ${title}`);
    list.replaceChildren(...all.slice(0, 10).map(item));
    find("[data-none]").hidden = all.length > 0;
    for (const name of ["save-diary", "clear-diary"]) find(`[data-do="${name}"]`).hidden = all.length === 0;
  }

  function saveDiary() {
    const cell = (text) => `"${String(text).replaceAll('"', '""')}"`;
    const rows = [find("[data-diary]").dataset.columns.split(","), ...entries().map((e) => [e.at, e.title])];
    const text = rows.map((row) => row.map(cell).join(",")).join("\r\n");
    const href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
    const link = element("a", { href, download: "diary.csv" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  function clearDiary() {
    if (!confirm(find("[data-diary]").dataset.sure)) return;
    kept.set(DIARY, null);
    showDiary();
  }

  // ── the beginning ────────────────────────────────────────────────────────

  audio.controls = false; // ours are there
  if (audio.error) tryAgain(); // it failed before there was anybody to hear of it
  find('[data-do="share"]').hidden = !(navigator.share || navigator.clipboard);
  const left = Number(kept.get(POSITION));
  if (left > 0 && left < session.duration - 5) wished = left;
  answerTheLockScreen();
  showDiary();
  show();
  showPlaying();
  tellWhatIsMissing();
  keep();
}
