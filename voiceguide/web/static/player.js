// The player of one session: one file and one <audio> element, so that a locked phone keeps playing.
"use strict";

{
  const { chapterAt, clock, drawStrip, element, find, obey, secondAt, ...showing } = globalThis.voiceguide;
  const session = JSON.parse(find("#session-data").textContent);
  const audio = find("[data-audio]");
  const seek = find("[data-seek]");
  const told = find("[data-told]");
  const strip = find("[data-strip]");
  const media = navigator.mediaSession; // the lock screen; undefined if there is none
  const POSITION = `voiceguide.position.${session.id}`;
  const DIARY = "voiceguide.diary";

  /** Tries something that may be forbidden, such as storing a value: the page works without. */
  function attempt(run) {
    try {
      return run();
    } catch {
      return null;
    }
  }

  const recall = (name) => attempt(() => localStorage.getItem(name));
  const remember = (name, text) => attempt(() => localStorage.setItem(name, text));

  // ── playing ──────────────────────────────────────────────────────────────

  const length = () => (Number.isFinite(audio.duration) ? audio.duration : session.duration);
  let wished = null; // where to begin, until the browser has loaded the file's metadata
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
    audio.play().catch(() => {}); // the event `error` reports failures
  }

  /** Tries again, from the same place, after a short failure of the network. */
  function tryAgain() {
    failures += 1;
    if (failures > 3) return (told.textContent = told.dataset.failed);
    setTimeout(() => {
      wished ??= audio.currentTime;
      audio.load();
      if (playing) play();
    }, 500 * (failures - 1));
  }

  function pause() {
    playing = false;
    audio.pause();
  }

  // within three seconds of a chapter's start, `previous` means the chapter before
  const chapterBefore = () => goTo(session.chapters[chapterAt(session, audio.currentTime - 3)]?.at ?? 0);
  const chapterAfter = () => goTo(session.chapters[chapterAt(session, audio.currentTime) + 1]?.at ?? length());

  obey({
    toggle: () => (audio.paused ? play() : pause()),
    back: () => goTo(audio.currentTime - 15),
    ahead: () => goTo(audio.currentTime + 15),
    previous: chapterBefore,
    next: chapterAfter,
    chapter(button) {
      goTo(session.chapters[Number(button.dataset.chapter)].at);
      play();
    },
    share,
    tick,
    "save-diary": saveDiary,
    "clear-diary": clearDiary,
  });
  seek.addEventListener("input", () => goTo(Number(seek.value)));
  strip.addEventListener("click", (event) => goTo(secondAt(event, length())));

  // ── showing ──────────────────────────────────────────────────────────────

  let shownChapter = null;

  function show(time = wished ?? audio.currentTime) {
    showing.showPlace(session, time, length());
    find("[data-left]").textContent = clock(length() - time);
    showChapter(chapterAt(session, time));
  }

  function showChapter(index) {
    if (index === shownChapter) return;
    shownChapter = index;
    find("[data-chapter][aria-current]")?.removeAttribute("aria-current");
    find(`[data-chapter="${index}"]`)?.setAttribute("aria-current", "true");
    describeForTheLockScreen(index);
  }

  function showChange() {
    show();
    const playing = showing.showPlaying(audio);
    if (media) media.playbackState = playing ? "playing" : "paused";
    if (playing) told.textContent = "";
    tellPosition();
    keepScreenOn();
  }

  audio.addEventListener("loadedmetadata", () => {
    seek.max = length();
    if (wished !== null) audio.currentTime = wished;
    wished = null;
  });
  for (const name of ["play", "pause", "ended", "seeked", "ratechange", "loadedmetadata"]) audio.addEventListener(name, showChange);
  audio.addEventListener("error", tryAgain);
  audio.addEventListener("playing", () => (failures = 0));
  audio.addEventListener("ended", () => {
    remember(POSITION, "0");
    tick();
  });
  audio.addEventListener("pause", () => remember(POSITION, String(audio.currentTime)));
  addEventListener("pagehide", () => audio.ended || remember(POSITION, String(audio.currentTime)));
  setInterval(() => audio.paused || show(), 200); // `timeupdate` alone comes too irregularly

  // ── the lock screen ──────────────────────────────────────────────────────

  function describeForTheLockScreen(chapter) {
    if (!media) return;
    const cover = find("header img").src; // a lock screen shows no pictures from `file:`
    media.metadata = new MediaMetadata({
      title: session.chapters[chapter]?.title || session.title,
      artist: session.author,
      album: session.title,
      artwork: cover.startsWith("http") ? [{ src: cover, sizes: "600x600" }] : [],
    });
  }

  function tellPosition() {
    const { duration, playbackRate, currentTime } = audio;
    const position = Math.min(currentTime, duration);
    if (Number.isFinite(duration)) media?.setPositionState?.({ duration, playbackRate, position });
  }

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
    attempt(() => media.setActionHandler(name, answer)); // older browsers lack some, or all
  }

  // ── features of secure addresses ─────────────────────────────────────────

  let lock = Promise.resolve(null); // the last lock; a change begins when the one before is over

  function keepScreenOn() {
    const change = async (held) => {
      const wanted = !audio.paused && document.visibilityState === "visible";
      const holds = Boolean(held && !held.released);
      if (wanted === holds) return held;
      return holds ? held.release() : navigator.wakeLock.request("screen");
    };
    lock = lock.then(change).catch(() => null); // a low battery may forbid it; the sound goes on
  }
  document.addEventListener("visibilitychange", keepScreenOn);

  async function share() {
    const url = location.href.split("#")[0];
    try {
      if (navigator.share) return await navigator.share({ title: session.title, url });
      await navigator.clipboard.writeText(url);
      told.textContent = told.dataset.shared;
    } catch {
      // the user cancelled it
    }
  }

  // ── the diary: only on this device ───────────────────────────────────────

  function entries() {
    const found = attempt(() => JSON.parse(recall(DIARY)));
    return Array.isArray(found) ? found : [];
  }

  function tick() {
    if (!find("[data-diary]")) return;
    const entry = { at: new Date().toISOString(), title: session.title };
    remember(DIARY, JSON.stringify([entry, ...entries()].slice(0, 5000)));
    showDiary();
  }

  function showDiary() {
    const list = find("[data-entries]");
    if (!list) return;
    const item = ({ at, title }) => element("li", {}, `${new Date(at).toLocaleString(document.documentElement.lang)} · ${title}`);
    list.replaceChildren(...entries().slice(0, 10).map(item));
  }

  function saveDiary() {
    const cell = (text) => `"${String(text).replaceAll('"', '""')}"`;
    const rows = [find("[data-diary]").dataset.columns.split(","), ...entries().map((e) => [e.at, e.title])];
    const text = rows.map((row) => row.map(cell).join(",")).join("\r\n");
    const href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
    element("a", { href, download: "diary.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10_000);
  }

  function clearDiary() {
    if (!confirm(find("[data-diary]").dataset.sure)) return;
    attempt(() => localStorage.removeItem(DIARY));
    showDiary();
    find('[data-do="tick"]').focus(); // the other buttons are gone
  }

  // ── start ────────────────────────────────────────────────────────────────

  audio.controls = false; // the page has its own
  if (audio.error) tryAgain(); // it failed before there was a listener
  find('[data-do="share"]').hidden = !(navigator.share || navigator.clipboard);
  const left = Number(recall(POSITION));
  if (left > 0 && left < session.duration - 5) wished = left;
  drawStrip(strip, session);
  showDiary();
  showChange();
  if (location.protocol === "file:") find('[data-missing="file"]').hidden = false;
  else if (!globalThis.isSecureContext) find('[data-missing="http"]').hidden = false;
}
