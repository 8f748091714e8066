// Playing a draft: one <audio> element, and a stream that begins at the requested time.

const { bar, drawStrip, find, secondAt, showPlace, showPlaying } = globalThis.voiceguide;

export class Hearing {
  audio = find("[data-audio]");
  strip = find("[data-strip]");
  seek = find("[data-seek]");
  offset = 0; // the second at which the stream began
  folder = ""; // path of the draft that is shown
  session = null; // the session of the current text
  playing = null; // the session that is heard

  /** Callbacks: `on.hover` gets the line under the pointer, or null; `on.hear` the second to play from; `on.fail` is called on an error. */
  constructor(on) {
    this.on = on;
    for (const name of ["play", "pause", "ended"]) this.audio.addEventListener(name, () => this.changed());
    this.audio.addEventListener("error", on.fail);
    setInterval(() => this.audio.paused || this.show(this.offset + this.audio.currentTime), 200);
    this.strip.addEventListener("pointermove", (event) => this.hovered(event));
    this.strip.addEventListener("pointerleave", () => on.hover(null));
    this.strip.addEventListener("click", (event) => this.session && on.hear(secondAt(event, this.session.duration)));
    this.seek.addEventListener("input", () => this.show(Number(this.seek.value)));
    this.seek.addEventListener("change", () => on.hear(Number(this.seek.value)));
  }

  /** Shows a newly planned session; playing goes on. */
  plan(session, draft) {
    this.session = session;
    drawStrip(this.strip, session);
    this.seek.max = session.duration;
    if (!this.audio.paused) return;
    this.folder = `drafts/${draft}/`;
    this.show(Math.min(Number(this.seek.value), session.duration));
  }

  /** Plays a draft from `start` to `until`, or to its end. */
  play(draft, start, until = null) {
    this.playing = this.session;
    this.offset = start;
    const end = until === null ? "" : `&until=${until.toFixed(3)}`;
    this.audio.src = `drafts/${draft}/sound.mp3?at=${start.toFixed(3)}${end}`;
    this.audio.play().catch(() => {}); // an error has its own event
    this.folder = `drafts/${draft}/`;
    this.news?.close(); // while later lines are being spoken, coming events move: the server sends their new times
    const news = (this.news = new EventSource(`${this.folder}heard`));
    news.addEventListener("message", (event) => (this.playing = JSON.parse(event.data)));
    for (const name of ["over", "error"]) news.addEventListener(name, () => news.close());
  }

  goOn(draft) {
    if (this.audio.src && !this.audio.ended && this.playing === this.session) this.audio.play().catch(() => {});
    else this.play(draft, this.audio.ended ? 0 : Number(this.seek.value));
  }

  show(time) {
    if (this.session) showPlace(this.playing ?? this.session, time, this.session.duration, this.folder);
  }

  changed() {
    if (!showPlaying(this.audio) && this.audio.ended) this.playing = null;
  }

  hovered(event) {
    if (!this.session) return;
    const time = secondAt(event, this.session.duration);
    const found = this.session.lines.findLast(([at, length]) => at <= time && time < at + Math.max(length, 0.5));
    this.on.hover(found?.[2] ?? null, time);
  }

  /** Marks where a line of the text is heard. */
  light(line) {
    for (const old of this.strip.querySelectorAll(".here")) old.remove();
    for (const [at, length] of this.spansOf(line)) {
      bar(this.strip, at, Math.max(length, this.session.duration / 400), 20, 2, "here");
    }
  }

  spansOf(line) {
    return this.session?.lines.filter((span) => span[2] === line) ?? [];
  }
}
