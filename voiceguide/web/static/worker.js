// Keeps the pages that the visitor has opened for use without a network, and nothing else.
"use strict";

const CACHE = "voiceguide";
const PATIENCE = 4000; // milliseconds that the network may take if there is a copy

const within = (address) => address.startsWith(self.registration.scope);
const isSound = (address) => new URL(address).pathname.endsWith(".mp3");

self.addEventListener("install", () => self.skipWaiting());
// It takes over with the next visit: a sound that began from the network has to continue from it.

self.addEventListener("message", (event) => {
  const tell = (word) => event.source.postMessage(word);
  event.waitUntil(keep(event.data.keep).then(() => tell("kept"), () => tell("failed")));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !within(request.url)) return;
  event.respondWith(isSound(request.url) ? sound(request) : fresh(request));
});

async function keep(addresses) {
  const cache = await caches.open(CACHE);
  for (const address of addresses.map((one) => one.split("#")[0]).filter(within)) {
    if (isSound(address) && (await cache.match(address))) continue; // its address changes with its content
    const response = await fetch(address, { cache: "no-cache" });
    if (!response.ok) throw new Error(address);
    if (isSound(address)) await cache.delete(address, { ignoreSearch: true }); // the older version
    await cache.put(address, response);
  }
}

/** Returns the response of the network, or the copy if it fails or is slow. */
async function fresh(request) {
  const cache = await caches.open(CACHE);
  const copy = await cache.match(request, { ignoreSearch: true });
  if (!copy) return fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, copy));
  const answer = fetch(request).then(async (response) => {
    if (!response.ok) return copy;
    await cache.put(request, response.clone());
    return response;
  });
  return Promise.race([answer.catch(() => copy), late]);
}

/** Returns the copy of a sound, or the requested range of it; browsers request ranges to seek. */
async function sound(request) {
  const copy = await (await caches.open(CACHE)).match(request.url);
  if (!copy) return fetch(request);
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") || "");
  if (!asked) return copy;
  const whole = await copy.blob();
  const start = Number(asked[1]);
  const end = asked[2] ? Math.min(Number(asked[2]), whole.size - 1) : whole.size - 1;
  if (start > end) return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${whole.size}` } });
  const headers = {
    "Content-Type": "audio/mpeg",
    "Content-Range": `bytes ${start}-${end}/${whole.size}`,
    "Content-Length": String(end - start + 1),
    "Accept-Ranges": "bytes",
  };
  return new Response(whole.slice(start, end + 1), { status: 206, headers });
}
