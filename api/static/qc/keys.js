// Keys of the page: none is taken from somebody who writes, chooses, or has a button in focus.

const WRITES = "input, textarea, select, [contenteditable]";

// `acts` maps a key, with "shift+" before it where that is held, to what it does.
export function listen(acts) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const at = event.target instanceof Element ? event.target : document.body;
    if (at.closest(WRITES) || document.querySelector("dialog[open]")) return;
    if (event.key === " " && at.closest("button, summary, a")) return;
    const act = acts[event.shiftKey && event.key.length > 1 ? `shift+${event.key}` : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
