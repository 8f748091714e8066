// The editor: a native <textarea> for every key, touch and reader; behind it a painted layer.

const { element } = globalThis.voiceguide;
const CLAUSE = /^(\s*-\s+)(.*)$/;
const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const wrap = (name, text) => `<span class="${name}">${text}</span>`;

/** What a line looks like, as HTML; `front` tells whether it stands in the front matter. */
function painted(line, front) {
  const text = escape(line);
  if (front) return wrap("front", text.replace(/^(\s*[\w ]+:)/, wrap("clause", "$1")));
  if (/^#{1,6}\s/.test(line)) return wrap("heading", text);
  if (/^\s*&gt;/.test(text)) return wrap("note", text);
  const marked = text
    .replace(/\[[^\]]*\]/g, wrap("pause", "$&"))
    .replace(/\{[^}]*\}/g, wrap("sides", "$&"));
  const bullet = CLAUSE.exec(marked);
  if (!bullet) return marked;
  const cue = /^([^:,]{1,20}:)(.*)$/.exec(bullet[2]);
  return cue ? bullet[1] + wrap("clause", cue[1]) + cue[2] : bullet[1] + wrap("clause", bullet[2]);
}

/** Which lines stand in the front matter, the fences among them. */
function frontLines(lines) {
  const end = lines[0]?.trim() === "---" ? lines.findIndex((line, index) => index > 0 && line.trim() === "---") : -1;
  return end + 1;
}

/** Where a line stands, as the program's table of what can be completed names it. */
function scopeOf(above, line) {
  const isFence = (one) => one.trimEnd() === "---";
  if (!above.length || !isFence(above[0]) || above.slice(1).some(isFence)) return "body";
  if (!/^\s/.test(line)) return "front";
  return (above.findLast((one) => !/^\s/.test(one)) || "").split(":")[0].trim();
}

export class Editor {
  /** `offers` are the words that can be completed, and where; `on` has `change`, `move` and `hear`. */
  constructor(root, offers, on) {
    this.area = root.querySelector("textarea");
    this.layer = root.querySelector(".paint");
    this.list = root.querySelector(".offers");
    this.root = root;
    this.offers = offers;
    this.on = on;
    this.shown = [];
    this.problems = [];
    this.choices = [];
    this.chosen = -1;
    this.area.addEventListener("input", () => this.changed());
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.area.addEventListener("blur", () => setTimeout(() => this.closeOffers(), 150));
    document.addEventListener("selectionchange", () => document.activeElement === this.area && this.moved());
    this.list.addEventListener("pointerdown", (event) => {
      const item = event.target.closest("li");
      if (!item) return;
      event.preventDefault(); // the text keeps the focus
      this.chosen = [...this.list.children].indexOf(item);
      this.accept();
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

  moved() {
    const line = this.line;
    if (line === this.lastLine) return;
    this.lastLine = line;
    this.on.move(line);
  }

  /** Paints the lines that look otherwise than before. */
  paint() {
    const lines = this.text.split("\n");
    const front = frontLines(lines);
    while (this.layer.children.length > lines.length) this.layer.lastChild.remove();
    while (this.layer.children.length < lines.length) this.layer.append(document.createElement("div"));
    const severity = new Map();
    for (const { line, severity: how } of this.problems) if (severity.get(line) !== "error") severity.set(line, how);
    lines.forEach((line, index) => {
      const html = painted(line, index < front) || "​";
      const row = this.layer.children[index];
      if (this.shown[index] !== html) row.innerHTML = html;
      this.shown[index] = html;
      row.className = severity.get(index + 1) || "";
      if (index + 1 === this.lit) row.classList.add("here");
    });
    this.shown.length = lines.length;
    this.markProblems(lines);
  }

  /** Underlines where problems stand; a line's marks go with its next painting. */
  markProblems(lines) {
    for (const { line, column, width } of this.problems) {
      const row = this.layer.children[line - 1];
      if (!row || !lines[line - 1]) continue;
      const [start, end] = [this.pointIn(row, column - 1), this.pointIn(row, column - 1 + Math.max(1, width))];
      const range = document.createRange();
      range.setStart(...start);
      range.setEnd(...end);
      const mark = element("mark");
      mark.append(range.extractContents());
      range.insertNode(mark);
      this.shown[line - 1] = null;
    }
  }

  /** The text node and place of a character of a painted line. */
  pointIn(row, offset) {
    const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
    let node = walker.nextNode();
    while (node && offset > node.length) {
      offset -= node.length;
      const next = walker.nextNode();
      if (!next) return [node, node.length];
      node = next;
    }
    return node ? [node, offset] : [row, 0];
  }

  showProblems(problems) {
    this.problems = problems.filter((problem) => problem.line);
    this.shown = []; // marks of before go
    this.paint();
  }

  light(line) {
    this.layer.children[this.lit - 1]?.classList.remove("here");
    this.lit = line;
    this.layer.children[line - 1]?.classList.add("here");
  }

  /** Puts the cursor somewhere, and into sight. */
  goTo(line, column = 1) {
    const before = this.text.split("\n").slice(0, line - 1);
    const at = before.join("\n").length + (line > 1 ? 1 : 0) + column - 1;
    this.area.focus({ preventScroll: true });
    this.area.setSelectionRange(at, at);
    this.layer.children[line - 1]?.scrollIntoView({ block: "nearest" });
    this.moved();
  }

  goToProblem(step) {
    const lines = [...new Set(this.problems.map((problem) => problem.line))].sort((a, b) => a - b);
    if (!lines.length) return;
    const here = this.line;
    const ahead = step > 0 ? lines.find((line) => line > here) : lines.findLast((line) => line < here);
    const line = ahead ?? lines.at(step > 0 ? 0 : -1);
    this.goTo(line, this.problems.find((problem) => problem.line === line).column);
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

  /** What could stand where the cursor is: [what is begun, offers], by the table of the program. */
  begun() {
    const lines = this.text.slice(0, this.area.selectionStart).split("\n");
    const line = lines.pop();
    const scope = scopeOf(lines, line);
    for (const context of this.offers.contexts) {
      const found = context.scope === scope && new RegExp(context.pattern).exec(line);
      if (!found) continue;
      const values = (this.offers.values[found[1].trim()] || []).map((text) => ({ text, help: "" }));
      const listed = context.lists.flatMap((name) => this.offers.lists[name]);
      return [found.at(-1), context.lists.length ? listed : values];
    }
    return ["", []];
  }

  offer(asked) {
    const [begun, offers] = this.begun();
    const low = begun.toLowerCase();
    const fits = ({ text }) => text.toLowerCase().startsWith(low) && text.trim() !== begun.trim();
    this.choices = offers.filter(fits).slice(0, 40);
    if (!this.choices.length || (!asked && begun.length < 2)) return this.closeOffers();
    this.prefix = begun.length;
    this.list.replaceChildren(...this.choices.map((word, index) => this.item(word, index)));
    this.list.hidden = false;
    this.placeOffers();
    this.chosen = -1;
    this.choose(asked ? 1 : 0);
  }

  item({ text, help }, index) {
    const more = help ? [element("small", {}, help)] : [];
    return element("li", { id: `offer-${index}`, role: "option" }, text, ...more);
  }

  placeOffers() {
    const before = this.text.slice(0, this.area.selectionStart).split("\n");
    const range = document.createRange();
    range.setStart(...this.pointIn(this.layer.children[before.length - 1], before.at(-1).length));
    const [caret, box] = [range.getBoundingClientRect(), this.root.getBoundingClientRect()];
    this.list.style.left = `${Math.max(0, Math.min(caret.left - box.left, box.width - 220))}px`;
    this.list.style.top = `${caret.bottom - box.top + this.root.scrollTop + 4}px`;
  }

  choose(step) {
    this.chosen = step ? (this.chosen + step + this.choices.length) % this.choices.length : -1;
    [...this.list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === this.chosen)));
    if (this.chosen < 0) return;
    this.area.setAttribute("aria-activedescendant", `offer-${this.chosen}`);
    this.list.children[this.chosen].scrollIntoView({ block: "nearest" });
  }

  accept() {
    const word = this.choices[this.chosen].text;
    const at = this.area.selectionStart;
    this.area.setSelectionRange(at - this.prefix, at);
    // the old way is the only one that leaves an undo
    if (!document.execCommand("insertText", false, word)) {
      this.area.setRangeText(word, at - this.prefix, at, "end");
      this.changed();
    }
    this.closeOffers();
  }

  closeOffers() {
    this.list.hidden = true;
    this.chosen = -1;
    this.area.removeAttribute("aria-activedescendant");
  }
}
