// The keys of a title's QC page that need no pictures: the list of keys, and the verdict.

import { listen } from "./keys.js";

const $ = (id) => document.getElementById(id);
let decision = "approve"; // what Enter does in the field of reasons

function decide(verdict) {
  const words = $("verdict-words");
  if (!words) return;
  decision = verdict;
  const button = words.form.querySelector(`[value="${verdict}"]`);
  for (const each of words.form.querySelectorAll("button")) each.classList.toggle("main", each === button);
  words.placeholder = verdict === "approve" ? "why it may be published" : "why it may not";
  words.focus();
}

// The form may have been drawn anew by then: it is found again.
addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.id !== "verdict-words") return;
  event.preventDefault();
  event.target.form.requestSubmit(event.target.form.querySelector(`[value="${decision}"]`));
});

addEventListener("click", (event) => { if (event.target.closest("#show-keys")) $("keys").showModal(); });
listen({ "?": () => $("keys").showModal(), a: () => decide("approve"), r: () => decide("reject") });
