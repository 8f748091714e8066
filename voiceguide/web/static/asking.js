// Requests of the studio's pages to their server, and the pages' texts.

const { find } = globalThis.voiceguide;

const said = JSON.parse(find("#said").textContent);

/** Returns a text in the page's language, with `{names}` replaced by values. */
export const say = (name, values = {}) => said[name].replace(/\{(\w+)\}/g, (_, value) => values[value]);

/** Returns the server's response: it has `error` if something went wrong, `stale` if it was aborted. */
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

/** Posts an object as JSON, or a body of another type. */
export function send(path, body, { type = "application/json", signal } = {}) {
  const sent = type === "application/json" ? JSON.stringify(body) : body;
  return ask(path, { method: "POST", headers: { "Content-Type": type }, body: sent, signal });
}

/** Returns an error as one line of text; empty if there is none. */
export const inWords = (error) => (error ? [error.message, error.help].filter(Boolean).join(" – ") : "");
