// Records the lines of a routine, one after another: said, sent, judged, played back, gone on with.

const RATE = 48000;
const QUIET = 1.3; // seconds of silence after which a line is over
const LONGEST = 20; // seconds
const ABOVE_ROOM = 15; // dB by which a voice is louder than the room

const find = (selector) => document.querySelector(selector);
const said = JSON.parse(find("#said").textContent);
const name = new URLSearchParams(location.search).get("name") ?? "";
const routine = `name=${encodeURIComponent(name)}`;
const audio = find("[data-audio]");
let lines = []; // those to be recorded
let at = 0;
let microphone = null; // its context and node, once it was allowed
let take = null; // what is being recorded: blocks and levels
let faulty = false; // whether the last take waits for a word

async function answer(path, options) {
  try {
    const found = await (await fetch(path, options)).json();
    find("[data-wrong]").textContent = found.error ? [found.error.message, found.error.help].join(" – ") : "";
    return found;
  } catch {
    find("[data-wrong]").textContent = said.lost;
    return { error: {} };
  }
}

const post = (path, body, kind) => answer(path, { method: "POST", body, headers: { "Content-Type": kind } });
const send = (path, asked) => post(path, JSON.stringify(asked), "application/json");

// ── what is shown ──────────────────────────────────────────────────────────

async function open() {
  const state = await answer(`recording?${routine}`);
  if (state.error) return;
  find("[data-sign]").hidden = Boolean(state.person);
  find("[data-desk]").hidden = !state.person;
  lines = state.lines.filter((line) => find("[data-all]").checked || !line.recorded);
  at = 0;
  show();
  document.body.dataset.ready = "true";
}

function show() {
  const line = lines[at];
  find("[data-place]").textContent = line ? said.place.replace("{at}", at + 1).replace("{all}", lines.length) : "";
  find("[data-line]").replaceChildren(...(line ? stressed(line.text) : [said.done]));
  tell(line ? said.ready : "");
  faults([]);
}

function stressed(text) {
  return text.split("*").map((part, index) => {
    const piece = document.createElement(index % 2 ? "strong" : "span");
    piece.textContent = part;
    return piece;
  });
}

function tell(text) {
  find("[data-state]").textContent = text;
}

function faults(found) {
  faulty = found.length > 0;
  const items = found.map((name) => Object.assign(document.createElement("li"), { textContent: said[`fault_${name}`] }));
  find("[data-faults]").replaceChildren(...items);
}

// ── the microphone ─────────────────────────────────────────────────────────

async function openMicrophone() {
  if (microphone) return true;
  try {
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
    const context = new AudioContext({ sampleRate: RATE });
    await context.audioWorklet.addModule("microphone.js");
    const node = new AudioWorkletNode(context, "microphone");
    node.port.onmessage = ({ data }) => hear(data);
    context.createMediaStreamSource(stream).connect(node);
    microphone = { context, node, stream };
  } catch {
    find("[data-wrong]").textContent = said.no_microphone;
  }
  return Boolean(microphone);
}

function hear(block) {
  const power = block.reduce((sum, sample) => sum + sample * sample, 0) / block.length;
  const level = 10 * Math.log10(power + 1e-12);
  find("[data-level]").value = level;
  if (!take) return;
  take.blocks.push(block);
  take.levels.push(level);
  const loud = Math.min(...take.levels) + ABOVE_ROOM;
  const last = take.levels.findLastIndex((one) => one > loud && one > -55);
  const spoken = take.levels.filter((one) => one > loud && one > -55).length > 1;
  if (spoken) tell(said.recording);
  else if (take.blocks.length > 40) take.blocks.shift(), take.levels.shift(); // a long wait
  const silent = (take.levels.length - 1 - last) / 10;
  if ((spoken && silent > QUIET) || take.blocks.length > LONGEST * 10) deliver();
}

async function record() {
  if (!lines[at] || !(await openMicrophone())) return;
  await microphone.context.resume();
  audio.pause();
  faults([]);
  take = { blocks: [], levels: [] };
  tell(said.listening);
}

// ── a take: sent, judged, played ───────────────────────────────────────────

function wav(blocks) {
  const count = blocks.reduce((sum, block) => sum + block.length, 0);
  const view = new DataView(new ArrayBuffer(44 + 2 * count));
  const text = (place, letters) => [...letters].forEach((one, index) => view.setUint8(place + index, one.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * count, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, microphone.context.sampleRate, true);
  view.setUint32(28, 2 * microphone.context.sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * count, true);
  let place = 44;
  for (const block of blocks)
    for (const sample of block) {
      view.setInt16(place, Math.round(Math.max(-1, Math.min(1, sample)) * 32767), true);
      place += 2;
    }
  return view.buffer;
}

async function deliver() {
  const body = wav(take.blocks);
  take = null;
  tell(said.judging);
  const told = await post(`recording/take?${routine}&line=${encodeURIComponent(lines[at].key)}`, body, "audio/wav");
  if (told.error) return tell(said.ready);
  faults(told.faults);
  tell(told.kept ? said.kept : said.faulty);
  if (told.faults.includes("nothing")) return;
  audio.src = `recording.wav?${Date.now()}`;
  audio.play().catch(() => told.kept && goOn());
}

audio.addEventListener("ended", () => faulty || setTimeout(goOn, 250)); // the room is still ringing

/** To the next line, which is listened for at once. */
function goOn(step = 1) {
  at = Math.max(0, at + step);
  show();
  find("[data-line]").focus();
  record();
}

// ── keys and buttons ───────────────────────────────────────────────────────

const commands = {
  record: () => (take ? take.levels.length > 1 && deliver() : record()),
  again: record,
  back: () => goOn(-1),
  skip: () => lines[at] && goOn(),
  next: async () => {
    if (take) return deliver();
    if (faulty && (await send("recording/keep", {})).error) return;
    if (lines[at]) goOn();
  },
  stop: () => {
    take = null;
    audio.pause();
    tell(said.ready);
  },
};
const keys = { " ": "record", a: "again", b: "back", s: "skip", n: "next", q: "stop" };

document.addEventListener("click", ({ target }) => {
  const name = target.closest?.("[data-do]")?.dataset.do;
  if (name) halted(name);
});
document.addEventListener("keydown", (event) => {
  const busy = event.target.closest?.("input, button, a") || event.ctrlKey || event.metaKey || event.altKey;
  const name = keys[event.key.toLowerCase()];
  if (busy && !(event.target.closest?.("button") && name !== "record")) return;
  if (!name || find("[data-desk]").hidden) return;
  event.preventDefault();
  halted(name);
});

/** Does what is asked for; what else was begun is let go. */
function halted(name) {
  if (!["record", "next"].includes(name)) take = null;
  audio.pause();
  commands[name]();
}

find("[data-all]").addEventListener("change", open);
find("[data-sign]").addEventListener("submit", async (event) => {
  event.preventDefault();
  const signed = { person: find("[data-person]").value, permission: find("[data-permission]").value };
  const done = await send("recording/sign", { name, ...signed });
  if (!done.error) await open();
});
await open();
