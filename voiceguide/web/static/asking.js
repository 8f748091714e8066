// What the studio's pages ask their server, and the words that they say.

const { find } = globalThis.voiceguide;

const said = JSON.parse(find("#said").textContent);

/** Words of the page's language, with what stands in braces filled in. */
export function say(name, values = {}) {
  return said[name].replace(/\{(\w+)\}/g, (_, value) => values[value]);
}

/** What the server answers: with an `error` where something went wrong, `stale` where nobody waits any more. */
export async function ask(path, options) {
  try {
    const answer = await fetch(path, options);
    const text = await answer.text();
    const isData = answer.headers.get("Content-Type")?.startsWith("application/json");
    const found = isData ? JSON.parse(text) : { error: { message: text.trim() || answer.statusText } };
    if (found.error) found.error.status = answer.status;
    return found;
  } catch (error) {
    return error.name === "AbortError" ? { stale: true } : { error: { message: say("lost") } };
  }
}

/** Sends an object, or what is of another type. */
export function send(path, body, { type = "application/json", signal } = {}) {
  const sent = type === "application/json" ? JSON.stringify(body) : body;
  return ask(path, { method: "POST", headers: { "Content-Type": type }, body: sent, signal });
}

/** An error in a line; nothing where there is none. */
export function inWords(error) {
  return error ? [error.message, error.help].filter(Boolean).join(" – ") : "";
}
