// Records the lines of a routine, one after another: speak, send, judge, play back, next line.

import { ask, inWords, say, send } from "./asking.js";

const { element, find, obey } = globalThis.voiceguide;
const RATE = 48000;
const QUIET = 1.3; // seconds of silence after which a line is over
const LONGEST = 20; // seconds
const ABOVE_ROOM = 15; // dB by which a voice has to be louder than the room
const name = new URLSearchParams(location.search).get("name") ?? "";
const audio = find("[data-audio]");
let voice = ""; // the voice that is recorded; empty for the one that was recorded last
let lines = []; // the lines to record
let at = 0;
let microphone = null; // its audio context, once it has been allowed
let take = null; // the take being recorded: blocks and levels
let faulty = false; // whether the last take has faults, and waits for a decision

/** Returns the server's response to a request about this routine and voice; shows an error. */
async function told(path, { body, type, ...more } = {}) {
  const address = `${path}?${new URLSearchParams({ name, voice, ...more })}`;
  const found = await (body ? send(address, body, { type }) : ask(address));
  find("[data-wrong]").textContent = inWords(found.error);
  return found;
}

// ── showing ────────────────────────────────────────────────────────────────

async function open() {
  take = null;
  const state = await told("recording");
  find("[data-sign]").hidden = Boolean(state.error || state.person);
  find("[data-desk]").hidden = !state.person;
  if (state.error) return;
  voice = find("[data-voice]").value = state.voice;
  find("#voices").replaceChildren(...state.voices.map((one) => new Option(one.language, one.name)));
  const names = state.voices.map((one) => say("voice_of", one)).join(", ");
  find("[data-voices]").textContent = names && say("voices", { names });
  lines = state.lines.filter((line) => find("[data-all]").checked || !line.recorded);
  at = 0;
  show();
  document.body.dataset.ready = "true";
}

/** Shows a line; drops a take that was begun before. */
function show() {
  take = null;
  audio.pause();
  const line = lines[at];
  find("[data-place]").textContent = line ? say("place", { at: at + 1, all: lines.length }) : "";
  const pieces = line ? line.text.split("*") : [say("done", { voice })];
  find("[data-line]").replaceChildren(...pieces.map((text, index) => element(index % 2 ? "strong" : "span", {}, text)));
  tell(line ? "ready" : "");
  showFaults([]);
}

const tell = (word) => (find("[data-state]").textContent = word && say(word));

function showFaults(found) {
  faulty = found.length > 0;
  find("[data-faults]").replaceChildren(...found.map((fault) => element("li", {}, say(`fault_${fault}`))));
}

// ── the microphone ─────────────────────────────────────────────────────────

async function openMicrophone() {
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
  const context = new AudioContext({ sampleRate: RATE });
  await context.audioWorklet.addModule("microphone.js");
  const node = new AudioWorkletNode(context, "microphone");
  node.port.onmessage = ({ data }) => hear(data);
  context.createMediaStreamSource(stream).connect(node);
  return context;
}

function hear(block) {
  const power = block.reduce((sum, sample) => sum + (sample / 32767) ** 2, 0) / block.length;
  const level = 10 * Math.log10(power + 1e-12);
  find("[data-level]").value = level;
  if (!take) return;
  take.blocks.push(block);
  take.levels.push(level);
  const loud = Math.max(-55, Math.min(...take.levels) + ABOVE_ROOM);
  const spoken = take.levels.filter((one) => one > loud).length > 1;
  if (spoken) tell("recording");
  else if (take.blocks.length > 40) {
    take.blocks.shift(); // a long wait
    take.levels.shift();
  }
  const silent = (take.levels.length - 1 - take.levels.findLastIndex((one) => one > loud)) / 10;
  if ((spoken && silent > QUIET) || take.blocks.length > LONGEST * 10) deliver();
}

async function record() {
  if (!lines[at]) return;
  try {
    microphone ??= await openMicrophone();
    await microphone.resume();
  } catch {
    return (find("[data-wrong]").textContent = say("no_microphone"));
  }
  audio.pause();
  showFaults([]);
  take = { blocks: [], levels: [] };
  tell("listening");
}

// ── a take: send, judge, play ──────────────────────────────────────────────

/** Returns blocks of samples as a WAV. */
function wav(blocks, rate) {
  const bytes = 2 * blocks.reduce((sum, block) => sum + block.length, 0);
  const long = (...values) => new Uint32Array(values);
  const short = (...values) => new Uint16Array(values);
  const format = [long(16), short(1, 1), long(rate, 2 * rate), short(2, 16)];
  return new Blob(["RIFF", long(36 + bytes), "WAVEfmt ", ...format, "data", long(bytes), ...blocks]);
}

async function deliver() {
  const body = wav(take.blocks, microphone.sampleRate);
  take = null;
  tell("judging");
  const { error, faults, kept } = await told("recording/take", { body, type: "audio/wav", line: lines[at].key });
  if (error) return tell("ready");
  showFaults(faults);
  tell(kept ? "kept" : "faulty");
  if (faults.includes("nothing")) return;
  audio.src = `recording.wav?${Date.now()}`;
  audio.play().catch(() => kept && goOn());
}

audio.addEventListener("ended", () => faulty || setTimeout(goOn, 250)); // the room is still ringing

/** Goes to the next line, and starts to record it. */
function goOn(step = 1) {
  at = Math.max(0, at + step);
  show();
  find("[data-line]").focus();
  record();
}

// ── keys and buttons ───────────────────────────────────────────────────────

async function next() {
  audio.pause();
  if (take) return deliver();
  if (faulty && (await told("recording/keep", { body: {} })).error) return;
  if (lines[at]) goOn();
}

obey({
  record: () => (take ? take.levels.length > 1 && deliver() : record()),
  again: record,
  back: () => goOn(-1),
  skip: () => lines[at] && goOn(),
  next,
  stop() {
    take = null;
    audio.pause();
    tell("ready");
  },
});

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  const named = key === " " ? "Space" : CSS.escape(key.toLowerCase());
  const button = find(`[aria-keyshortcuts="${named}"]`);
  const isTheirs = target.closest("input, a") || (key === " " && target.closest("button"));
  if (!button || isTheirs || event.ctrlKey || event.metaKey || event.altKey || find("[data-desk]").hidden) return;
  event.preventDefault();
  button.click();
});

find("[data-all]").addEventListener("change", open);
find("[data-voice]").addEventListener("change", ({ target }) => {
  voice = target.value.trim();
  open();
});
find("[data-sign]").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { person: find("[data-person]").value, permission: find("[data-permission]").value };
  const { error } = await told("recording/sign", { body });
  if (!error) await open();
});
await open();
