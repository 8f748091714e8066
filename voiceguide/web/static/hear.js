// Hearing a draft: one <audio> element, and a stream that begins where it is asked to.

const { bar, clock, showNow, showFigures, drawStrip } = globalThis.voiceguide;

export class Hearing {
  /** `hover` is told the line under the pointer, or null; `hear` from which second to play. */
  constructor(root, on) {
    const find = (selector) => root.querySelector(selector);
    this.audio = find("[data-audio]");
    this.panel = find("[data-now]");
    this.strip = find("[data-strip]");
    this.seek = find("[data-seek]");
    this.toggleButton = find('[data-do="toggle"]');
    this.at = find("[data-at]");
    this.on = on;
    this.offset = 0;
    this.folder = "";
    this.session = null;
    this.playing = null;
    for (const name of ["play", "pause", "ended"]) this.audio.addEventListener(name, () => this.showPlaying());
    this.audio.addEventListener("timeupdate", () => this.show(this.time));
    setInterval(() => this.audio.paused || this.show(this.time), 200);
    this.strip.addEventListener("pointermove", (event) => this.hovered(event));
    this.strip.addEventListener("pointerleave", () => on.hover(null));
    this.strip.addEventListener("click", (event) => on.hear(this.secondAt(event)));
    this.seek.addEventListener("input", () => this.show(Number(this.seek.value)));
    this.seek.addEventListener("change", () => on.hear(Number(this.seek.value)));
  }

  get time() {
    return this.offset + this.audio.currentTime;
  }

  /** Shows a newly planned session; what plays goes on. */
  plan(session, draft) {
    this.session = session;
    if (this.audio.paused) this.folder = `drafts/${draft}/`;
    this.playhead = drawStrip(this.strip, session);
    this.seek.max = session.duration;
    if (this.audio.paused) this.show(Math.min(Number(this.seek.value), session.duration));
  }

  /** Plays a draft from `start` to `until`, or to its end. */
  play(draft, start, until = null) {
    this.playing = this.session;
    this.offset = start;
    const end = until === null ? "" : `&until=${until.toFixed(3)}`;
    this.audio.src = `drafts/${draft}/sound.mp3?at=${start.toFixed(3)}${end}`;
    this.audio.play().catch(() => {}); // an error is told by its own event
    this.follow(draft);
  }

  /** While later lines are still spoken, what is to come moves: the server tells where to. */
  follow(draft) {
    this.folder = `drafts/${draft}/`;
    this.news?.close();
    const news = (this.news = new EventSource(`${this.folder}heard`));
    news.addEventListener("message", (event) => (this.playing = JSON.parse(event.data)));
    for (const name of ["over", "error"]) news.addEventListener(name, () => news.close());
  }

  toggle(draft) {
    if (!this.audio.paused) this.audio.pause();
    else if (this.audio.src && !this.audio.ended && this.playing === this.session) this.audio.play().catch(() => {});
    else this.play(draft, this.audio.ended ? 0 : Number(this.seek.value));
  }

  show(time) {
    if (!this.session) return;
    showNow(this.panel, this.playing ?? this.session, time);
    showFigures(this.panel.querySelector("[data-figures]"), this.playing ?? this.session, time, this.folder);
    this.at.textContent = clock(time);
    this.seek.value = time;
    const text = this.seek.dataset.text.replace("{at}", clock(time)).replace("{all}", clock(this.session.duration));
    this.seek.setAttribute("aria-valuetext", text);
    this.playhead.setAttribute("x", time);
  }

  showPlaying() {
    const playing = !this.audio.paused && !this.audio.ended;
    document.body.classList.toggle("playing", playing);
    const { play, pause } = this.toggleButton.dataset;
    this.toggleButton.setAttribute("aria-label", playing ? pause : play);
    if (!playing) this.playing = this.audio.ended ? null : this.playing;
  }

  secondAt(event) {
    const box = this.strip.getBoundingClientRect();
    return Math.max(0, ((event.clientX - box.left) / box.width) * (this.session?.duration ?? 0));
  }

  hovered(event) {
    if (!this.session) return;
    const time = this.secondAt(event);
    const found = this.session.lines.filter(([at, length]) => at <= time && time < at + Math.max(length, 0.5));
    this.on.hover(found.length ? found.at(-1)[2] : null, time);
  }

  /** Shows where a line of the text is heard. */
  light(line) {
    for (const old of this.strip.querySelectorAll(".here")) old.remove();
    for (const [at, length] of this.spansOf(line)) {
      bar(this.strip, at, Math.max(length, this.session.duration / 400), 20, 2, "here");
    }
  }

  spansOf(line) {
    return this.session ? this.session.lines.filter((span) => span[2] === line) : [];
  }
}
