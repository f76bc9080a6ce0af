// What is asked of the farm and sent to it. A refusal is a Problem, with what to do; no answer is Lost.

const ANSWER_WITHIN_MS = 30_000, STALLS_AFTER_MS = 30_000;

export class Problem extends Error {
  constructor({ title, detail, fix, status = 0, retryable = false }) {
    super(detail || title);
    Object.assign(this, { title, detail, fix, status, retryable });
  }
}

export class Lost extends Error {
  constructor(message, ofStore = false) {
    super(message);
    this.ofStore = ofStore; // the store did not answer; whether the farm does is not known
  }
}

const token = () => document.querySelector("input[name=form_token]").value;
export const OWN = () => ({ "X-Form-Token": token() });

// Random letters that make a request one that is done once.
export const once = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export async function ask(method, path, { json, form, headers = {}, signal, withinMs = ANSWER_WITHIN_MS } = {}) {
  const body = json ? JSON.stringify(json) : form && new URLSearchParams({ ...form, form_token: token() });
  const all = { Accept: "application/json", ...OWN(), ...(json && { "Content-Type": "application/json" }), ...headers };
  let answer;
  try {
    answer = await fetch(path, { method, body, headers: all, signal: AbortSignal.any([AbortSignal.timeout(withinMs), ...(signal ? [signal] : [])]) });
    if (answer.status === 204) return null;
    if (answer.ok) return await answer.json();
  } catch (error) {
    signal?.throwIfAborted();
    throw new Lost(error.message);
  }
  throw problemOf(answer.status, await answer.text().catch(() => ""));
}

// Send a stretch of a file, telling how many bytes of it have gone; resolves to the answer's headers.
export function send(method, url, stretch, { headers = {}, signal, onSent }) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest(); // fetch does not tell how far it is
    const ofStore = !url.startsWith("/"); // the farm's own paths are without a host
    let stalled = 0;
    const end = (settle, value) => { clearTimeout(stalled); signal.removeEventListener("abort", stop); removeEventListener("offline", cut); settle(value); };
    const stop = () => { request.abort(); end(failed, signal.reason); };
    const lost = () => end(failed, new Lost(url, ofStore));
    const cut = () => { request.abort(); lost(); };
    const moved = () => { clearTimeout(stalled); stalled = setTimeout(cut, STALLS_AFTER_MS); };
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => { moved(); onSent(loaded); };
    request.onerror = lost;
    request.onload = () => (request.status < 300 ? end(done, request) : end(failed, Object.assign(problemOf(request.status, request.responseText), { ofStore })));
    signal.addEventListener("abort", stop);
    addEventListener("offline", cut); // a request would only notice after minutes
    moved();
    request.send(stretch);
  });
}

function problemOf(status, text) {
  try {
    return new Problem({ ...JSON.parse(text), status });
  } catch { // a proxy's answer, or the store's, in its own words
    return new Problem({
      title: "Refused", status,
      detail: status === 413 ? "Something between here and the farm takes no bodies of this size (413)." : `The answer was ${status}.`,
      fix: status === 413 ? "Have the proxy before the farm let them through (docs/uploads.md)." : "Try again; if it stays so, ask whoever runs the farm.",
    });
  }
}
