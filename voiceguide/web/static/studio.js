// The studio: what is written is planned, shown and heard at once.

import { Editor } from "./editor.js";
import { HandOver } from "./hand-over.js";
import { Hearing } from "./hear.js";

const { clock, element } = globalThis.voiceguide;
const find = (selector) => document.querySelector(selector);
const said = JSON.parse(find("#said").textContent);
const QUIET = 90; // milliseconds without a key, after which the text is planned

// ── the studio's server ────────────────────────────────────────────────────

async function answer(path, options) {
  try {
    const response = await fetch(path, options);
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return { error: { message: said.lost, help: "" } };
  }
}

function send(path, body, signal) {
  const headers = { "Content-Type": "application/json" };
  return answer(path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

const state = await answer("state");
let file = { name: "", digest: null, text: "" };
let draft = null; // the number of what was planned last
let waiting = null;
let planning = null;

const editor = new Editor(find("[data-editor]"), state.completions, {
  change: changed,
  move: (line) => lightLine(line),
  hear: hearLine,
});
const hearing = new Hearing(document.body, {
  hear: (second) => withDraft((number) => hearing.play(number, second)),
  hover: hovered,
});
const handOver = new HandOver(document.body, send, said);

// ── planning ───────────────────────────────────────────────────────────────

function options() {
  const chosen = {};
  for (const input of document.querySelectorAll("[data-option]")) {
    const value = input.value.trim();
    if (value) chosen[input.dataset.option] = input.dataset.option === "with" ? value.split(/\s*,\s*/) : value;
  }
  const words = [...document.querySelectorAll("[data-word]")].filter((input) => input.value.trim());
  if (words.length) chosen.words = Object.fromEntries(words.map((input) => [input.dataset.word, input.value.trim()]));
  const length = find("[data-option-length]");
  if (length.dataset.wished) chosen.length = `${length.value}s`;
  return chosen;
}

function changed() {
  showSaved();
  draft = null;
  clearTimeout(waiting);
  waiting = setTimeout(plan, QUIET);
}

/** Plans by guessed lengths at once, then by spoken ones; a newer text ends both. */
async function plan() {
  planning?.abort();
  planning = new AbortController();
  const { signal } = planning;
  const asked = { name: file.name || "new.md", text: editor.text, options: options() };
  try {
    for (const exact of [false, true]) {
      const found = await send("plan", { ...asked, exact }, signal);
      if (signal.aborted || found.stale) return;
      if (found.error) return showWrong(found.error);
      show(found, exact);
      if (!found.session) return;
    }
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

function show({ draft: number, problems, session, bounds, words }, exact) {
  draft = number;
  editor.showProblems(problems);
  showProblems(problems);
  find("[data-sheet]").href = `drafts/${number}/sheet.html`;
  find("[data-record]").href = `record.html?name=${encodeURIComponent(file.name)}`;
  if (!session) return;
  hearing.plan(session, number);
  lightLine(editor.line);
  const length = clock(session.duration);
  find("[data-length]").textContent = exact ? length : said.approximate.replace("{length}", length);
  document.body.dataset.exact = exact;
  if (bounds) showBounds(bounds, session.duration);
  showWords(words);
}

/** A field for each word that a person can be given; what is written there is kept nowhere. */
function showWords(words) {
  const fields = find("[data-words]");
  const names = Object.keys(words);
  fields.hidden = !names.length;
  if (names.join() === fields.dataset.names) return;
  fields.dataset.names = names.join();
  const field = (name) => {
    const input = element("input", { placeholder: words[name] });
    input.dataset.word = name;
    input.addEventListener("change", changed);
    return element("label", {}, `{${name}} `, input);
  };
  fields.replaceChildren(fields.firstElementChild, ...names.map(field));
}

function showBounds([low, high], duration) {
  const slider = find("[data-option-length]");
  slider.min = Math.ceil(low);
  slider.max = Math.floor(high);
  slider.disabled = slider.max - slider.min < 1;
  if (!slider.dataset.wished) slider.value = duration;
  const range = said.from.replace("{low}", clock(slider.min)).replace("{high}", clock(slider.max));
  find("[data-wished]").textContent = `${clock(slider.dataset.wished ? slider.value : duration)} (${range})`;
}

function showProblems(problems) {
  const list = find("[data-problems]");
  list.replaceChildren(...problems.map(problemItem));
  const text = problems.length ? said.some_problems.replace("{number}", problems.length) : said.no_problems;
  if (find("[data-found]").textContent !== text) find("[data-found]").textContent = text;
  document.body.dataset.count = problems.length;
}

function problemItem({ severity, line, column, message, help }) {
  const where = line ? said.line.replace("{number}", line) : "";
  const head = element("b", {}, [said[severity], where].filter(Boolean).join(", "));
  const button = element("button", { type: "button" }, head, `: ${message}`, element("small", {}, help ?? ""));
  button.addEventListener("click", () => line && editor.goTo(line, column));
  return element("li", { className: severity }, button);
}

function showWrong({ message, help }) {
  showProblems([{ severity: "error", line: null, message, help }]);
}

/** Does something with the draft of what is written now. */
async function withDraft(run) {
  if (draft === null) {
    clearTimeout(waiting);
    await plan();
  }
  if (draft !== null) run(draft);
}

// ── lines and their places ─────────────────────────────────────────────────

function lightLine(line) {
  editor.light(line);
  hearing.light(line);
}

function hovered(line, time) {
  const hint = find("[data-hint]");
  hint.textContent = line === null ? "" : `${clock(time)} · ${said.line.replace("{number}", line)}`;
  editor.light(line ?? editor.line);
}

function spansHere() {
  // the line of the cursor, or the next one that is heard
  for (let line = editor.line; line <= editor.text.split("\n").length; line += 1) {
    const spans = hearing.spansOf(line);
    if (spans.length) return spans;
  }
  return [];
}

function hearLine() {
  withDraft((number) => {
    const spans = hearing.spansOf(editor.line);
    if (!spans.length) return (find("[data-status]").textContent = said.nothing_there);
    const [at, length] = spans[0];
    hearing.play(number, at, at + Math.max(length, 0.3) + 0.2);
  });
}

// ── files ──────────────────────────────────────────────────────────────────

const isSaved = () => editor.text === file.text;

function showSaved() {
  find("[data-status]").textContent = isSaved() ? "" : said.unsaved;
}

function listFiles(names) {
  const select = find("[data-files]");
  select.replaceChildren(...names.map((name) => new Option(name, name)));
  select.value = file.name;
}

async function open(name) {
  if (!isSaved() && !confirm(said.leave)) return listFiles(state.files);
  const found = await answer(`file?name=${encodeURIComponent(name)}`);
  if (found.error) return showWrong(found.error);
  file = found;
  if (!state.files.includes(name)) state.files = [...state.files, name].sort();
  listFiles(state.files);
  editor.text = found.text;
  resetOptions();
  location.hash = encodeURIComponent(name);
  changed();
}

async function save() {
  const { name, digest } = file;
  const text = editor.text;
  const found = await send("save", { name, text, digest });
  if (found.error) return showWrong(found.error);
  file = { name, digest: found.digest, text };
  find("[data-status]").textContent = isSaved() ? said.saved : said.unsaved;
}

async function bring(path, body, dialog) {
  const found = await send(path, body);
  dialog.querySelector("[data-wrong]").textContent = found.error ? `${found.error.message} – ${found.error.help}` : "";
  if (found.error) return;
  dialog.close();
  await open(found.name);
  editor.area.focus();
}

// ── the library ────────────────────────────────────────────────────────────

function fillLibrary() {
  const fill = (select, words) => select.append(...[...new Set(words)].sort().map((word) => new Option(word, word)));
  fill(find("[data-purpose]"), state.library.flatMap((entry) => entry.for));
  fill(find("[data-needs]"), state.library.flatMap((entry) => entry.needs));
  showLibrary();
}

function showLibrary() {
  const [words, purpose, needs] = ["[data-filter]", "[data-purpose]", "[data-needs]"].map((one) => find(one).value);
  const fits = (entry) =>
    `${entry.title} ${entry.description}`.toLowerCase().includes(words.toLowerCase()) &&
    (!purpose || entry.for.includes(purpose)) &&
    (!needs || entry.needs.includes(needs));
  const found = state.library.filter(fits);
  find("[data-many]").textContent = said.many.replace("{number}", found.length);
  find("[data-library]").replaceChildren(...found.map(libraryItem));
}

function libraryItem(entry) {
  const range = said.from.replace("{low}", clock(entry.shortest)).replace("{high}", clock(entry.longest));
  const about = [entry.description, range].filter(Boolean).join(" · ");
  const ariaLabel = `${said.copy_routine}: ${entry.title}`;
  const button = element("button", { type: "button", className: "quiet", ariaLabel }, said.copy_routine);
  button.addEventListener("click", () => bring("copy", { name: entry.name }, find('[data-dialog="library"]')));
  return element("li", {}, element("strong", {}, entry.title), element("p", {}, about), button);
}

// ── options ────────────────────────────────────────────────────────────────

function fillOptions() {
  for (const name of ["level", "guidance", "bed"]) {
    const words = state.completions.values[name] || [];
    find(`[data-option="${name}"]`).append(...words.map((word) => new Option(word, word)));
  }
  find("[data-format]").append(...state.formats.map((name) => new Option(name.toUpperCase(), name)));
  find("[data-programme]").append(...state.programmes.map((name) => new Option(name, name)));
  find("[data-start]").valueAsDate = new Date();
  const templates = Object.entries(state.templates).map(([name, what]) => new Option(`${name}: ${what}`, name));
  find("[data-new-purpose]").append(...templates);
}

function resetOptions() {
  for (const input of document.querySelectorAll("[data-option], [data-word]")) input.value = "";
  delete find("[data-option-length]").dataset.wished;
}

async function fillVoices() {
  const { voices } = await answer("voices");
  find("#voices").append(...(voices || []).map(({ voice, language }) => new Option(language, voice)));
}

for (const input of document.querySelectorAll("[data-option]")) input.addEventListener("change", changed);
find('[data-option="voice"]').addEventListener("focus", fillVoices, { once: true });
find("[data-option-length]").addEventListener("input", (event) => {
  event.target.dataset.wished = "yes";
  find("[data-wished]").textContent = clock(event.target.value);
  changed();
});

function programme(write) {
  const [name, start, at] = ["programme", "start", "time"].map((one) => find(`[data-${one}]`).value);
  return handOver.run("programme", { name, start, at, write });
}

// ── what can be done ───────────────────────────────────────────────────────

const commands = {
  save,
  "open-new": () => find('[data-dialog="new"]').showModal(),
  "open-library": () => find('[data-dialog="library"]').showModal(),
  "make-new": () =>
    bring("new", { title: find("[data-new-title]").value, purpose: find("[data-new-purpose]").value }, find('[data-dialog="new"]')),
  toggle: () => withDraft((number) => hearing.toggle(number)),
  "hear-line": hearLine,
  "hear-on": () => withDraft((number) => hearing.play(number, spansHere()[0]?.[0] ?? 0)),
  "hear-all": () => withDraft((number) => hearing.play(number, 0)),
  reset: () => {
    resetOptions();
    changed();
  },
  export: () => withDraft((number) => handOver.export(number)),
  publish: () => handOver.run("publish", { private: find("[data-private]").checked }),
  programme: () => programme(true),
  "show-days": () => programme(false),
  cancel: () => handOver.cancel(),
  phone: () => withDraft((number) => handOver.phone(number)),
};

find("[data-sheet]").addEventListener("click", (event) => {
  event.preventDefault(); // first what was written last has to be planned
  withDraft((number) => window.open(`drafts/${number}/sheet.html`, "_blank", "noopener"));
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) commands[button.dataset.do]();
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
  event.preventDefault();
  save();
});
addEventListener("beforeunload", (event) => isSaved() || event.preventDefault());
find("[data-files]").addEventListener("change", (event) => open(event.target.value));
for (const name of ["filter", "purpose", "needs"]) find(`[data-${name}]`).addEventListener("input", showLibrary);
find('[data-dialog="new"] form').addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
  event.preventDefault();
  commands["make-new"]();
});

fillOptions();
fillLibrary();
const wanted = decodeURIComponent(location.hash.slice(1));
const first = state.files.includes(wanted) ? wanted : state.files[0];
if (first) await open(first);
else find('[data-dialog="library"]').showModal();
document.body.dataset.ready = "yes";
