// Exports with their progress, and a QR code for the phone.

import { inWords, say, send } from "./asking.js";

const { clock, element, find } = globalThis.voiceguide;
const told = find("[data-exported]");
const days = find("[data-days]");
let job = null; // its number; 0 while it is being started

/** Starts a job of the studio, and shows its progress. */
export async function run(path, asked) {
  if (job !== null) return; // one at a time
  job = 0;
  const answer = await send(path, asked);
  if (answer.error) return over(answer);
  job = answer.job;
  showBusy(true);
  told.textContent = say("exporting");
  const events = new EventSource(`jobs/${job}/events`);
  events.addEventListener("message", (event) => {
    const now = JSON.parse(event.data);
    find("[data-progress]").value = now.share;
    if (!["done", "failed", "cancelled"].includes(now.state)) return;
    events.close();
    over(now);
  });
  events.addEventListener("error", () => {
    events.close();
    over({ error: { message: say("lost") } });
  });
}

function over({ state, error, files, days: planned }) {
  job = null;
  showBusy(false);
  told.textContent = inWords(error) || say("cancelled");
  if (state === "done") told.textContent = files.length ? say("exported", { files: files.join(", ") }) : "";
  if (planned) showDays(planned);
}

/** Shows the calendar of a programme: a row for each session. */
function showDays({ sessions, files }) {
  const form = { weekday: "short", day: "numeric", month: "long" };
  const row = ({ date, time, number }) => {
    const day = new Date(`${date}T12:00`).toLocaleDateString(document.documentElement.lang, form);
    const track = files[number - 1];
    const cells = [[day, time].filter(Boolean).join(", "), track.title, clock(track.duration)];
    return element("tr", {}, ...cells.map((text) => element("td", {}, text)));
  };
  days.tBodies[0].replaceChildren(...sessions.map(row));
  days.hidden = false;
}

/** Shows whether a job runs; never hides or disables the focused element, so that keys keep working. */
function showBusy(busy) {
  const stop = find('[data-do="cancel"]');
  if (document.activeElement === stop) find("[data-starts]").focus();
  find("[data-progress]").hidden = stop.hidden = !busy;
  for (const button of document.querySelectorAll("[data-starts]")) button.ariaDisabled = busy;
}

export const cancel = () => send(`jobs/${job}/cancel`, {});

/** Shows the QR code that leads a phone to a draft. */
export async function showPhone(draft) {
  const { address, error } = await send(`drafts/${draft}/phone`, {});
  told.textContent = inWords(error);
  if (error) return;
  find("[data-code]").src = `phone.svg?${Date.now()}`;
  const link = find("[data-address]");
  link.href = link.textContent = address;
  find("[data-phone]").hidden = false;
  find("[data-phone]").scrollIntoView({ block: "nearest" });
}
