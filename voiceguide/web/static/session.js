// Code shared by the player pages and the studio: the time, the moment, the strip, the buttons.
// A classic script, not a module: a page opened from a USB stick (`file:`) may not load modules.
"use strict";

globalThis.voiceguide = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const find = (selector, root = document) => root.querySelector(selector);

  /** Returns 754.3 as `12:34`; no session lasts a day. */
  function clock(seconds) {
    const time = new Date(1000 * Math.max(0, Math.round(seconds)));
    return time.toISOString().slice(11, 19).replace(/^(00:)?0?/, "");
  }

  /** Returns a new element with its properties and children. */
  function element(tag, properties = {}, ...inside) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...inside);
    return made;
  }

  /** Runs the command that a clicked element's `data-do` names, with that element. */
  function obey(commands) {
    document.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-do]");
      if (button) commands[button.dataset.do](button);
    });
  }

  /** Returns the index of the chapter at `time`; -1 before the first. */
  const chapterAt = (session, time) => session.chapters.findLastIndex((chapter) => chapter.at <= time + 0.02);

  /** Shows in the elements `data-now="…"` what happens at `time`; a moment is [at, ends, indices of texts…]. */
  function showNow(session, time) {
    const [, ends, ...texts] = session.moments.findLast(([at]) => at <= time) ?? [0, time];
    const seconds = Math.max(0, Math.ceil(ends - time - 0.05));
    const [chapter, step, words, next] = texts.map((index) => session.texts[index]);
    const left = seconds < 100 ? String(seconds) : clock(seconds);
    for (const [name, text] of Object.entries({ chapter, step, words, next, left })) {
      const place = find(`[data-now="${name}"]`);
      // an unchanged text is not written again: nothing flickers, and a selection is kept
      if (place.textContent !== (text || "\u00a0")) place.textContent = text || "\u00a0";
    }
  }

  /** Shows the pictures that belong to `time`; `root` leads to their folder. */
  function showFigures(session, time, root) {
    const box = find("[data-figures]");
    const [, wanted] = session.shown.findLast(([at]) => at <= time) ?? [0, []];
    const key = `${root} ${wanted}`;
    if (box.dataset.shown === key) return;
    box.dataset.shown = key;
    const image = ({ src, alt, mirrored }) => element("img", { src: root + src, alt, className: mirrored ? "mirrored" : "" });
    box.replaceChildren(...wanted.map((index) => image(session.figures[index])));
    box.hidden = !session.figures.length;
  }

  /** Shows everything on a page that depends on `time`, in a session of `length` seconds. */
  function showPlace(session, time, length, root = "") {
    showNow(session, time);
    showFigures(session, time, root);
    const seek = find("[data-seek]");
    seek.value = time;
    seek.setAttribute("aria-valuetext", seek.dataset.text.replace("{at}", clock(time)).replace("{all}", clock(length)));
    find("[data-at]").textContent = clock(time);
    find(".strip .playhead").setAttribute("x", time);
  }

  /** Shows whether `audio` plays, also in the label of its button. */
  function showPlaying(audio) {
    const playing = !audio.paused && !audio.ended;
    document.body.classList.toggle("playing", playing);
    const button = find('[data-do="toggle"]');
    button.setAttribute("aria-label", playing ? button.dataset.pause : button.dataset.play);
    return playing;
  }

  /** Draws a bar of a session's strip. */
  function bar(svg, at, length, top, height, name) {
    const shape = document.createElementNS(SVG, "rect");
    const place = { x: at, y: top, width: Math.max(length, 0.2), height, class: name };
    for (const [key, value] of Object.entries(place)) shape.setAttribute(key, value);
    svg.append(shape);
  }

  const ROWS = { left: [2, 9], right: [11, 9], both: [2, 18], pale: [8, 6], words: [9.5, 3] };

  /** Draws the session: the left side above, the right side below, words as a thin line. */
  function drawStrip(svg, session) {
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${session.duration} 22`);
    bar(svg, 0, session.duration, 0, 22, "ground");
    for (const [at, length, name] of session.blocks) bar(svg, at, length, ...ROWS[name], name);
    for (const chapter of session.chapters) bar(svg, chapter.at, session.duration / 600, 0, 22, "mark");
    bar(svg, 0, session.duration / 300, 0, 22, "playhead");
  }

  /** Returns the second of a strip under the pointer. */
  function secondAt(event, duration) {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.max(0, ((event.clientX - box.left) / box.width) * duration);
  }

  /** Lets the service worker keep the page and its files, for use without a network. */
  async function keepOffline() {
    const { worker } = document.body.dataset;
    if (!worker || !("serviceWorker" in navigator) || !location.protocol.startsWith("http")) return;
    const told = find("[data-told]");
    const tell = (name) => told && find("audio").paused && (told.textContent = told.dataset[name] ?? "");
    navigator.serviceWorker.addEventListener("message", (event) => tell(event.data));
    try {
      await navigator.serviceWorker.register(worker);
      const { active } = await navigator.serviceWorker.ready;
      const all = "link[href], script[src], img[src], audio[src], .take a[href]";
      const parts = [...document.querySelectorAll(all)].map((part) => part.href || part.src);
      tell("keeping");
      active.postMessage({ keep: [...new Set([location.href, ...parts])] });
    } catch {
      // without the worker, the page works while there is a network
    }
  }

  keepOffline();
  const waiting = find("[data-events]"); // the list grows while sessions are still being made
  if (waiting) new EventSource(waiting.dataset.events).addEventListener("ready", () => location.reload());

  return { bar, chapterAt, clock, drawStrip, element, find, obey, secondAt, showPlace, showPlaying };
})();
