// Keeps a page as true as it was when it was served: one stream of events a tab; what changed is
// asked for again and morphed in, so that focus, scroll and open folds stay.

const REFRESH_MS = 1000;   // at most so often, whatever happens
const RELATIVE_MS = 15000;
const STALE_AFTER_MS = 4000; // a stream that reconnects at once is nobody's worry

const $ = (id) => document.getElementById(id);
let stream = null, refreshing = false, again = false, lastRefresh = 0, timer = 0, lostTimer = 0, asOf = new Date();

function say(state, words) {
  const place = $("live-state");
  if (!place) return;
  if (place.dataset.state !== state) place.dataset.state = state;
  if (place.textContent !== words) place.textContent = words;
}

function connect() {
  const part = $("live");
  stream?.close();
  stream = null;
  if (!part?.dataset.stream) return;
  stream = new EventSource(part.dataset.stream);
  stream.onopen = () => { clearTimeout(lostTimer); lostTimer = 0; say("live", "● live"); };
  stream.onerror = () => {
    if (stream?.readyState === EventSource.CLOSED) { // told not to come again, or refused
      if (part.hasAttribute("data-ended")) say("off", "");
      else { lost(); setTimeout(connect, 5000); }
      return;
    }
    lostTimer ||= setTimeout(lost, STALE_AFTER_MS);
  };
  for (const type of TYPES) stream.addEventListener(type, soon);
}

const TYPES = ["job.accepted", "job.paused", "job.resumed", "review.asked", "review.claimed", "review.noted", "review.approved", "source.probed", "step.started",
  "step.progress", "step.ended", "rendition.ready", "track.ready", "title.playable", "warning",
  "job.planned", "job.published", "job.failed", "job.rejected", "job.cancelled", "job.superseded"];

function lost() { say("stale", `as of ${asOf.toLocaleTimeString()}`); }

function soon() {
  if (timer) return;
  timer = setTimeout(refresh, Math.max(50, lastRefresh + REFRESH_MS - Date.now()));
}

async function refresh() {
  timer = 0;
  if (refreshing) { again = true; return; }
  const part = $("live");
  // Nothing is taken from under somebody who is writing in a filter of this page.
  if (!part || document.hidden) { again = document.hidden; return; }
  refreshing = true;
  lastRefresh = Date.now();
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.redirected && new URL(answer.url).pathname === "/sign-in") { location.reload(); return; }
    if (!answer.ok) throw new Error(answer.status);
    const text = await answer.text();
    const page = new DOMParser().parseFromString(text, "text/html");
    const fresh = page.getElementById("live");
    if (fresh) {
      const known = new Set([...part.querySelectorAll("tr[id]")].map((row) => row.id));
      const active = document.activeElement;
      const typing = active && part.contains(active) && /^(INPUT|SELECT|TEXTAREA)$/.test(active.tagName);
      if (typing) fresh.querySelector(`#${CSS.escape(active.id)}`)?.setAttribute("value", active.value);
      const typed = typing ? active.value : null;
      fresh.dataset.stream = part.dataset.stream; // the one that is open goes on
      await htmx.swap({ target: part, text: fresh.outerHTML, swap: "outerMorph", sourceElement: part });
      if (typing && document.activeElement?.id === active.id) document.activeElement.value = typed;
      for (const row of document.querySelectorAll("#live tr[id]")) if (known.size && !known.has(row.id)) row.classList.add("new");
      asOf = new Date();
      if (page.title && page.title !== document.title) document.title = page.title;
    }
    settle();
  } catch {
    lost();
    setTimeout(soon, 3000);
  } finally {
    refreshing = false;
    if (again) { again = false; soon(); }
  }
}

// What only the reader's machine knows: the zone, and how long ago by now.
function settle() {
  const now = Date.now();
  for (const each of document.querySelectorAll("time[datetime]")) {
    const moment = new Date(each.dateTime);
    if (each.hasAttribute("data-clock")) {
      const day = moment.toDateString() === new Date().toDateString() ? "" : moment.toLocaleDateString([], { weekday: "short" }) + " ";
      set(each, day + moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false }));
    } else if (each.hasAttribute("data-relative")) set(each, age((now - moment) / 1000));
    const exact = moment.toLocaleString([], { dateStyle: "medium", timeStyle: "medium" });
    if (each.title !== exact) each.title = exact;
  }
  document.dispatchEvent(new CustomEvent("reelfarm:shown"));
}
function set(node, words) { if (node.textContent !== words) node.textContent = words; }
function age(seconds) {
  const far = Math.abs(seconds);
  if (far < 10) return "just now";
  const [size, name] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].find(([each]) => far >= each);
  const count = Math.floor(far / size);
  return seconds > 0 ? `${count} ${name} ago` : `in ${count} ${name}`;
}

document.addEventListener("visibilitychange", () => { if (!document.hidden && again) { again = false; soon(); } });
document.addEventListener("htmx:after:swap", settle);
addEventListener("pagehide", () => stream?.close());
addEventListener("pageshow", (event) => { if (event.persisted) { connect(); soon(); } });
setInterval(settle, RELATIVE_MS);
settle();
connect();
