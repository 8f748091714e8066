// The list of sessions: it grows while the last ones are still being made, and is kept for later.
"use strict";

{
  globalThis.voiceguide.keepOffline(document.body.dataset.worker, "link[href], script[src], img[src]");
  const waiting = document.querySelector("[data-events]");
  if (waiting) {
    const events = new EventSource(waiting.dataset.events);
    events.addEventListener("ready", () => location.reload());
  }
}
