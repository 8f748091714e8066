// The editor: a native <textarea> for keys, touch and screen readers; behind it a painted layer.

const { element, find } = globalThis.voiceguide;
const CLAUSE = /^\s*-\s+(?:([^:,]{1,20}:)|(.*))/d;

/** Yields the colours of a line, as [name, start, end]; `front`: whether it is in the front matter. */
function* coloured(line, front) {
  if (front) {
    yield ["front", 0, line.length];
    yield ["clause", 0, /^(\s*[\w ]+:)?/.exec(line)[0].length];
  } else if (/^\s*>/.test(line)) yield ["note", 0, line.length];
  else if (!isHeading(line)) {
    const [start, end] = (CLAUSE.exec(line)?.indices ?? []).slice(1).find(Boolean) ?? [0, 0];
    yield ["clause", start, end];
    for (const { 0: found, index } of line.matchAll(/\[[^\]]*\]/g)) yield ["pause", index, index + found.length];
    for (const { 0: found, index } of line.matchAll(/\{[^}]*\}/g)) yield ["sides", index, index + found.length];
  }
}

const isHeading = (line) => /^#{1,6}\s/.test(line);

/** Returns the number of lines in the front matter, including its fences. */
function frontLines(lines) {
  if (lines[0].trim() !== "---") return 0;
  return lines.findIndex((line, index) => index > 0 && line.trim() === "---") + 1;
}

export class Editor {
  root = find(".editor");
  area = find(".editor textarea");
  layer = find(".paint");
  list = find(".offers");
  rows = []; // of the layer; each knows what it shows
  problems = [];
  choices = []; // the offers that are shown
  chosen = -1; // the offer that Enter takes
  /** Empty in a browser without the Highlight API: the text is plain there. */
  colours = new Map((CSS.highlights ? ["front", "clause", "note", "pause", "sides", "problem"] : []).map((name) => [name, new Highlight()]));

  /** `on` has the callbacks `change`, `move`, `hear`, and `offer`, which gets the text before the cursor. */
  constructor(on) {
    this.on = on;
    for (const [name, colour] of this.colours) CSS.highlights.set(name, colour);
    this.area.addEventListener("input", () => this.changed());
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.area.addEventListener("blur", () => this.closeOffers());
    document.addEventListener("selectionchange", () => document.activeElement === this.area && on.move(this.line));
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the text keeps the focus
      this.chosen = [...this.list.children].indexOf(event.target.closest("li"));
      if (this.chosen >= 0) this.accept();
    });
  }

  get text() {
    return this.area.value;
  }

  set text(text) {
    this.area.value = text;
    this.problems = [];
    this.area.setSelectionRange(0, 0);
    this.paint();
  }

  /** The line of the cursor, from 1. */
  get line() {
    return this.text.slice(0, this.area.selectionStart).split("\n").length;
  }

  changed() {
    this.paint();
    this.offer(false);
    this.on.change();
  }

  /** Paints a row for each line: one text node, with coloured ranges. Only rows that changed are painted. */
  paint() {
    const lines = this.text.split("\n");
    const front = frontLines(lines);
    const worst = this.problems.toSorted((a, b) => (a.severity === "error") - (b.severity === "error"));
    const severities = new Map(worst.map(({ line, severity }) => [line, severity]));
    this.fit(lines);
    lines.forEach((line, index) => this.paintRow(this.rows[index], line, index < front, severities.get(index + 1) ?? ""));
    this.light(this.lit);
    this.colours.get("problem")?.clear();
    for (const { line, column, width } of this.problems) this.colour("problem", this.rows[line - 1], column - 1, column - 1 + (width || 1));
  }

  /** Adds or removes rows at the first line that changed, so that the rows below it keep their lines. */
  fit(lines) {
    const more = lines.length - this.rows.length;
    const at = this.rows.findIndex((row, index) => row.line !== lines[index]);
    const below = at < 0 ? [] : this.rows.splice(at);
    for (const row of below.splice(0, -more)) this.paintRow(row, "", true, "").remove();
    const added = Array.from({ length: more }, () => element("div"));
    for (const row of added) this.layer.insertBefore(row, below[0] ?? null);
    this.rows = [...this.rows, ...added, ...below];
  }

  paintRow(row, line, front, severity) {
    if (row.line === line && row.front === front && row.severity === severity) return row;
    for (const takeAway of row.colours ?? []) takeAway();
    if (row.line !== line) row.textContent = line || "\u200b";
    const className = !front && isHeading(line) ? `${severity} heading` : severity;
    const colours = [...coloured(line, front)].map(([name, start, end]) => this.colour(name, row, start, end));
    return Object.assign(row, { line, front, severity, className, colours });
  }

  /** Colours a part of a row; returns a function that takes the colour away. */
  colour(name, row, start, end) {
    const [node, colour] = [row?.firstChild, this.colours.get(name)];
    if (!colour || !node || start >= Math.min(end, node.length)) return () => {};
    const range = new StaticRange({ startContainer: node, startOffset: start, endContainer: node, endOffset: Math.min(end, node.length) });
    colour.add(range);
    return () => colour.delete(range);
  }

  showProblems(problems) {
    this.problems = problems.filter((problem) => problem.line);
    this.paint();
  }

  light(line) {
    this.here?.classList.remove("here");
    [this.lit, this.here] = [line, this.rows[line - 1]];
    this.here?.classList.add("here");
  }

  /** Moves the cursor, and scrolls it into view. */
  goTo(line, column = 1) {
    const before = this.text.split("\n").slice(0, line - 1);
    const at = before.join("\n").length + (line > 1 ? 1 : 0) + column - 1;
    this.area.focus({ preventScroll: true });
    this.area.setSelectionRange(at, at);
    this.layer.children[line - 1]?.scrollIntoView({ block: "nearest" });
  }

  goToProblem(step) {
    const inTurn = this.problems.toSorted((a, b) => step * (a.line - b.line));
    const next = inTurn.find((problem) => step * (problem.line - this.line) > 0) ?? inTurn[0];
    if (next) this.goTo(next.line, next.column);
  }

  key(event) {
    const control = event.ctrlKey || event.metaKey;
    if (event.key === "F8") this.goToProblem(event.shiftKey ? -1 : 1);
    else if (control && event.key === "Enter") this.on.hear();
    else if (control && event.key === " ") this.offer(true);
    else if (!this.list.hidden && event.key === "ArrowDown") this.choose(1);
    else if (!this.list.hidden && event.key === "ArrowUp") this.choose(-1);
    else if (!this.list.hidden && event.key === "Escape") this.closeOffers();
    else if (this.chosen >= 0 && (event.key === "Enter" || event.key === "Tab")) this.accept();
    else return;
    event.preventDefault();
  }

  // ── completion ───────────────────────────────────────────────────────────

  /** Offers completions at the cursor; if they were not `asked` for, only after two letters. */
  async offer(asked) {
    const before = this.text.slice(0, this.area.selectionStart);
    const request = (this.request = {});
    const { begun = "", offers = [] } = await this.on.offer(before);
    // an answer counts only if it is the newest question's, and the text is still the same
    if (request !== this.request || before !== this.text.slice(0, this.area.selectionStart)) return;
    this.choices = offers.slice(0, 40);
    if (!this.choices.length || (!asked && begun.length < 2)) return this.closeOffers();
    [this.prefix, this.chosen] = [begun.length, -1];
    const item = ({ text, help }, index) => element("li", { id: `offer-${index}`, role: "option" }, text, element("small", {}, help));
    this.list.replaceChildren(...this.choices.map(item));
    this.list.hidden = false;
    this.placeOffers();
    this.choose(asked ? 1 : 0);
  }

  placeOffers() {
    const before = this.text.slice(0, this.area.selectionStart).split("\n");
    const range = document.createRange();
    range.setStart(this.layer.children[before.length - 1].firstChild, before.at(-1).length);
    const [caret, box] = [range.getBoundingClientRect(), this.root.getBoundingClientRect()];
    this.list.style.left = `${Math.max(0, Math.min(caret.left - box.left, box.width - 220))}px`;
    this.list.style.top = `${caret.bottom - box.top + this.root.scrollTop + 4}px`;
  }

  choose(step) {
    this.chosen = step ? (this.chosen + step + this.choices.length) % this.choices.length : -1;
    [...this.list.children].forEach((item, index) => (item.ariaSelected = index === this.chosen));
    if (this.chosen < 0) return;
    this.area.setAttribute("aria-activedescendant", `offer-${this.chosen}`);
    this.list.children[this.chosen].scrollIntoView({ block: "nearest" });
  }

  accept() {
    const word = this.choices[this.chosen].text;
    const at = this.area.selectionStart;
    this.area.setSelectionRange(at - this.prefix, at);
    document.execCommand("insertText", false, word); // deprecated, but only this keeps the undo history
    this.closeOffers();
  }

  closeOffers() {
    this.list.hidden = true;
    [this.chosen, this.request] = [-1, null]; // an answer that is on its way does not open them again
    this.area.removeAttribute("aria-activedescendant");
  }
}
