// What the player pages and the studio share: the time, the moment, the strip.
// A classic script, not a module: a page that was opened from a stick may load no modules.
"use strict";

globalThis.voiceguide = (() => {
  const SVG = "http://www.w3.org/2000/svg";

  /** 754.3 as `12:34`. */
  function clock(seconds) {
    const whole = Math.max(0, Math.round(seconds));
    const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const tail = String(rest).padStart(2, "0");
    return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
  }

  /** A new element with its properties, and what is in it. */
  function element(tag, properties = {}, ...inside) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...inside);
    return made;
  }

  /** The index of the last of `starts` that is not after `time`; -1 before the first one. */
  function lastBefore(starts, time) {
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The texts of the session at `time`; `moments` are rows of [at, ends, and indices of texts]. */
  function momentAt(session, time) {
    session.starts ??= session.moments.map((moment) => moment[0]);
    const found = session.moments[lastBefore(session.starts, time)];
    if (!found) return { ends: time, chapter: "", step: "", words: "", next: "" };
    const [, ends, ...texts] = found;
    const [chapter, step, words, next] = texts.map((index) => session.texts[index]);
    return { ends, chapter, step, words, next };
  }

  /** The chapter that `time` lies in, as an index; -1 before the first one. */
  function chapterAt(session, time) {
    return lastBefore(session.chapters.map((chapter) => chapter.at), time + 0.02);
  }

  /** Shows in the elements `data-now="…"` of `panel` what happens at `time`. */
  function showNow(panel, session, time) {
    const moment = momentAt(session, time);
    const seconds = Math.max(0, Math.ceil(moment.ends - time - 0.05));
    const left = seconds < 100 ? String(seconds) : clock(seconds);
    for (const [name, text] of Object.entries({ ...moment, left })) {
      const element = panel.querySelector(`[data-now="${name}"]`);
      // a text that stays is not written again: nothing flickers, and a selection is kept
      if (element && element.textContent !== (text || "\u00a0")) element.textContent = text || "\u00a0";
    }
  }

  /** Shows the pictures that belong to `time` in the element `box`; `root` leads to their folder. */
  function showFigures(box, session, time, root = "") {
    const row = lastBefore(session.shown.map(([at]) => at), time);
    const wanted = row < 0 ? [] : session.shown[row][1];
    const key = `${root} ${wanted}`;
    if (box.dataset.shown === key) return;
    box.dataset.shown = key;
    const image = ({ src, alt, mirrored }) =>
      element("img", { src: root + src, alt, className: mirrored ? "mirrored" : "" });
    box.replaceChildren(...wanted.map((index) => image(session.figures[index])));
    box.hidden = !session.figures.length;
  }

  /** Draws a bar of a session's strip. */
  function bar(svg, at, length, top, height, name) {
    const shape = document.createElementNS(SVG, "rect");
    const place = { x: at, y: top, width: Math.max(length, 0.2), height, class: name };
    for (const [key, value] of Object.entries(place)) shape.setAttribute(key, value);
    svg.append(shape);
    return shape;
  }

  const ROWS = { left: [2, 9], right: [11, 9], both: [2, 18], pale: [8, 6], words: [9.5, 3] };

  /** Draws the session: the left side above, the right one below, words as a thin line. */
  function drawStrip(svg, session) {
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${session.duration} 22`);
    svg.setAttribute("preserveAspectRatio", "none");
    bar(svg, 0, session.duration, 0, 22, "ground");
    for (const [at, length, name] of session.blocks) bar(svg, at, length, ...ROWS[name], name);
    for (const chapter of session.chapters) bar(svg, chapter.at, session.duration / 600, 0, 22, "mark");
    return bar(svg, 0, session.duration / 300, 0, 22, "playhead");
  }

  /** Has `worker` keep this page, and what of it fits `selector`, for times without the network. */
  async function keepOffline(worker, selector, tell = () => {}) {
    if (!worker || !("serviceWorker" in navigator) || !location.protocol.startsWith("http")) return;
    navigator.serviceWorker.addEventListener("message", (event) => tell(event.data));
    try {
      await navigator.serviceWorker.register(worker);
      const { active } = await navigator.serviceWorker.ready;
      const parts = [...document.querySelectorAll(selector)].map((part) => part.href || part.src);
      tell("keeping");
      active.postMessage({ keep: [...new Set([location.href, ...parts])] });
    } catch {
      // without it the page works as long as there is a network
    }
  }

  return { bar, clock, element, keepOffline, chapterAt, showNow, showFigures, drawStrip };
})();
