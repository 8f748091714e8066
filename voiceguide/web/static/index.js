// The list of sessions: it grows while the last ones are still being made.
"use strict";

{
  const waiting = document.querySelector("[data-events]");
  if (waiting) {
    const events = new EventSource(waiting.dataset.events);
    events.addEventListener("ready", () => location.reload());
  }
}
