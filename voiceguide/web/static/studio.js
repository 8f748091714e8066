// The studio: the text is planned, shown and can be heard as it is written.

import { ask, inWords, say, send } from "./asking.js";
import { Editor } from "./editor.js";
import { cancel, run, showPhone } from "./hand-over.js";
import { Hearing } from "./hear.js";

const { clock, element, find, obey } = globalThis.voiceguide;
const QUIET = 90; // milliseconds after the last key, after which the text is planned
const options = find("[data-options]");
const slider = find("[data-option-length]");
const files = find("[data-files]");

let file = { name: "new.md", digest: null, text: "" };
let draft = null; // the number of the draft that was planned last
let waiting = null;
let planning = null;
let spoken = null; // the promise of the plan with spoken lengths
let saving = Promise.resolve(); // the last save; one begins when the one before is over
let opening = null; // the newest question for a file

const editor = new Editor({
  change: changed,
  move: lightLine,
  hear: hearLine,
  offer: (before) => send("offers", { before }),
});
const hearing = new Hearing({
  hear: (second) => heard((number) => hearing.play(number, second)),
  hover: hovered,
  fail: () => tell(say("not_heard")),
});

const tell = (text) => (find("[data-status]").textContent = text);
const warn = (error) => (find("[data-wrong]").textContent = inWords(error));

// ── planning ───────────────────────────────────────────────────────────────

/** Returns the options beside the text; fields named `{word}` are the words for a person. */
function chosen() {
  const found = { words: {} };
  for (const [name, value] of new FormData(options)) {
    const text = value.trim();
    if (!text) continue;
    if (name.startsWith("{")) found.words[name.slice(1, -1)] = text;
    else found[name] = name === "with" ? text.split(/\s*,\s*/) : text;
  }
  if (slider.dataset.wished) found.length = `${slider.value}s`;
  return found;
}

function changed() {
  tell(isSaved() ? "" : say("unsaved"));
  planning?.abort(); // a plan of the text before, still on its way, is no draft of this one
  draft = null;
  document.body.dataset.exact = "";
  clearTimeout(waiting);
  waiting = setTimeout(() => plan(), QUIET);
}

/** Plans with guessed lengths first, then with spoken ones; a newer text ends both. */
async function plan(exact = false) {
  planning?.abort();
  planning = new AbortController();
  const { signal } = planning;
  const found = await send("plan", { name: file.name, text: editor.text, options: chosen(), exact }, { signal });
  if (signal.aborted || found.stale) return;
  if (found.error) return showProblems([{ severity: "error", line: null, ...found.error }]);
  show(found, exact);
  if (found.session && !exact) spoken = plan(true);
}

function show({ draft: number, problems, session, bounds, words }, exact) {
  draft = number;
  showProblems(problems);
  if (!session) return;
  hearing.plan(session, number);
  lightLine(editor.line);
  const length = clock(session.duration);
  find("[data-length]").textContent = exact ? length : say("approximate", { length });
  document.body.dataset.exact = exact;
  if (bounds) showBounds(bounds, session.duration);
  showWords(words);
}

/** Shows a field for each word that can be set for a person; its value is stored nowhere. */
function showWords(words) {
  const fields = find("[data-words]");
  const names = Object.keys(words).join();
  fields.hidden = !names;
  if (names === fields.dataset.names) return;
  fields.dataset.names = names;
  const field = ([name, placeholder]) => element("label", {}, `{${name}} `, element("input", { name: `{${name}}`, placeholder }));
  fields.replaceChildren(fields.firstElementChild, ...Object.entries(words).map(field));
}

function showBounds([low, high], duration) {
  slider.min = Math.ceil(low);
  slider.max = Math.floor(high);
  slider.disabled = slider.max - slider.min < 1;
  if (!slider.dataset.wished) slider.value = duration;
  const range = say("from", { low: clock(slider.min), high: clock(slider.max) });
  find("[data-wished]").textContent = `${clock(slider.dataset.wished ? slider.value : duration)} (${range})`;
}

function showProblems(problems) {
  editor.showProblems(problems);
  find("[data-problems]").replaceChildren(...problems.map(problemItem));
  const text = problems.length ? say("some_problems", { number: problems.length }) : say("no_problems");
  if (find("[data-found]").textContent !== text) find("[data-found]").textContent = text;
  document.body.dataset.count = problems.length;
}

function problemItem({ severity, line, column, message, help }) {
  const head = element("b", {}, line ? `${say(severity)}, ${say("line", { number: line })}` : say(severity));
  const button = element("button", { type: "button" }, head, `: ${message}`, element("small", {}, help ?? ""));
  button.addEventListener("click", () => line && editor.goTo(line, column));
  return element("li", { className: severity }, button);
}

/** Runs something with the draft of the current text; if `exact`, after planning with spoken lengths. */
async function withDraft(run, exact = false) {
  if (draft === null) {
    clearTimeout(waiting);
    await plan();
    if (exact) await spoken;
  }
  if (draft !== null) run(draft);
}
const heard = (run) => withDraft(run, true);

// ── lines and their places ─────────────────────────────────────────────────

function lightLine(line) {
  editor.light(line);
  hearing.light(line);
}

function hovered(line, time) {
  find("[data-hint]").textContent = line === null ? "" : `${clock(time)} · ${say("line", { number: line })}`;
  editor.light(line ?? editor.line);
}

/** Returns where the cursor's line begins in seconds, or the next line that is heard. */
function beginsHere() {
  const lines = hearing.session?.lines.map((span) => span[2]) ?? [];
  const next = Math.min(...lines.filter((line) => line >= editor.line));
  return hearing.spansOf(next)[0]?.[0] ?? 0;
}

function hearLine() {
  heard((number) => {
    const [span] = hearing.spansOf(editor.line);
    if (!span) return tell(say("nothing_there"));
    const [at, length] = span;
    hearing.play(number, at, at + Math.max(length, 0.3) + 0.2);
  });
}

// ── files ──────────────────────────────────────────────────────────────────

const isSaved = () => editor.text === file.text;
const names = () => [...files.options].map((option) => option.value);

/** Shows the name in the list and in the address, so that a reload or `back` has the same file. */
function showName() {
  const all = file.digest ? new Set([...names(), file.name]) : names();
  files.replaceChildren(...[...all].sort().map((name) => new Option(name)));
  files.value = file.name;
  location.hash = encodeURIComponent(file.name);
  find("[data-record]").href = `record.html?name=${encodeURIComponent(file.name)}`;
}

async function open(name) {
  if (!isSaved() && !confirm(say("leave"))) return showName();
  const [request, text] = [(opening = {}), editor.text];
  const found = await ask(`file?name=${encodeURIComponent(name)}`);
  await saving;
  if (request !== opening) return; // another file was chosen meanwhile
  if (editor.text !== text && !isSaved() && !confirm(say("leave"))) return showName();
  file = found.error ? file : found;
  showName();
  warn(found.error);
  if (found.error) return;
  editor.text = found.text;
  options.reset();
}

/** Saves the text, after a save that is still on its way: the file is then as that one left it. */
function save() {
  saving = saving.then(() => store(file.name, file.digest));
}

/** Stores the text; if another program or tab has changed the file, stores it beside that instead. */
async function store(name, digest) {
  const text = editor.text;
  const { error, digest: now } = await send("save", { name, text, digest });
  if (error?.status === 409 && (!digest || confirm(`${inWords(error)}\n\n${say("keep_both")}`))) {
    return store(name.replace(/(?: (\d+))?\.md$/, (_, number = 1) => ` ${Number(number) + 1}.md`), null);
  }
  warn(error);
  if (error) return;
  file = { name, digest: now, text };
  showName();
  tell(isSaved() ? say("saved") : say("unsaved"));
}

async function bring(path, body, dialog) {
  const { name, error } = await send(path, body);
  find("[data-wrong]", dialog).textContent = inWords(error);
  if (error) return;
  dialog.close();
  await open(name);
  editor.area.focus();
}

function showLibrary() {
  const [words, purpose, needs] = ["[data-filter]", "[data-purpose]", "[data-needs]"].map((one) => find(one).value);
  const entries = [...find("[data-library]").children];
  for (const entry of entries) {
    const about = entry.firstElementChild.textContent.toLowerCase();
    const hasAll = entry.dataset.for.includes(purpose) && entry.dataset.needs.includes(needs);
    entry.hidden = !about.includes(words.toLowerCase()) || !hasAll;
  }
  find("[data-many]").textContent = say("many", { number: entries.filter((entry) => !entry.hidden).length });
}

// ── commands ───────────────────────────────────────────────────────────────

async function fillVoices() {
  const { voices } = await ask("voices");
  find("#voices").append(...(voices ?? []).map(({ voice, language }) => new Option(language, voice)));
}

obey({
  save,
  "open-new": () => find('[data-dialog="new"]').showModal(),
  "open-library": () => find('[data-dialog="library"]').showModal(),
  copy: (button) => bring("copy", { name: button.value }, button.closest("dialog")),
  toggle: () => (hearing.audio.paused ? heard((number) => hearing.goOn(number)) : hearing.audio.pause()),
  "hear-line": hearLine,
  "hear-on": () => heard((number) => hearing.play(number, beginsHere())),
  "hear-all": () => heard((number) => hearing.play(number, 0)),
  // the latest text has to be planned first
  sheet: () => withDraft((number) => window.open(`drafts/${number}/sheet.html`, "_blank", "noopener")),
  close: (button) => button.closest("dialog").close(),
  cancel,
  phone: () => withDraft(showPhone),
});

options.addEventListener("change", changed);
options.addEventListener("reset", () => {
  delete slider.dataset.wished;
  changed();
});
slider.addEventListener("input", () => {
  slider.dataset.wished = "yes";
  find("[data-wished]").textContent = clock(slider.value);
  changed();
});
options.elements.voice.addEventListener("focus", fillVoices, { once: true });
document.addEventListener("submit", (event) => {
  event.preventDefault();
  const { job, bring: path } = event.target.dataset;
  const asked = Object.fromEntries(new FormData(event.target, event.submitter));
  if (path) bring(path, asked, event.target.closest("dialog"));
  else if (job.startsWith("drafts/")) withDraft((number) => run(job.replace("{draft}", number), asked));
  else run(job, asked);
});
find('[data-dialog="library"]').addEventListener("input", showLibrary);
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
  event.preventDefault();
  save();
});
addEventListener("beforeunload", (event) => isSaved() || event.preventDefault());
addEventListener("hashchange", () => named() === file.name || open(named()));
files.addEventListener("change", () => open(files.value));

find('[name="start"]').valueAsDate = new Date();
showLibrary();
const named = () => decodeURIComponent(location.hash.slice(1));
const first = names().includes(named()) ? named() : names()[0];
if (first) await open(first);
else find('[data-dialog="library"]').showModal();
document.body.dataset.ready = "yes";
