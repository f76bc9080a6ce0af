// The form beside the list of files: filled in by one title, or standing for what several share.
import { many } from "./words.js";

const form = document.getElementById("title-form"), source = form.elements.source, more = document.getElementById("more");
const MOST_ROWS = Number(form.dataset.rows);
let filled = null, several = [];

// Fill in where the one title is, once it has arrived, and what lies beside it.
export function fillIn(title) {
  several = [];
  form.classList.remove("for-many");
  source.required = true;
  const arrived = title?.state === "done" ? title.request({}) : null;
  const beside = arrived?.subtitles.length ?? 0;
  const tooMany = beside > MOST_ROWS ? `${beside} subtitle files lie beside it, and the form takes ${MOST_ROWS}: take some back, or use the API.` : "";
  source.setCustomValidity(title && !arrived ? `${title.media.name} has not arrived yet.` : tooMany);
  name("plan", "See the plan first");
  name("submit", "Hand in");
  if (!title && filled) source.value = "";
  if (!arrived || filled === JSON.stringify(arrived)) return;
  filled = JSON.stringify(arrived);
  source.value = arrived.source;
  form.elements.chapters.value = arrived.chapters ?? "";
  arrived.subtitles.slice(0, MOST_ROWS).forEach(({ uri, language, forced, hearing_impaired }, row) => {
    if (!form.elements[`subtitles-${row}`]) addRow(row);
    form.elements[`subtitles-${row}`].value = uri;
    form.elements[`language-${row}`].value = language;
    form.elements[`kind-${row}`].value = forced ? "forced" : hearing_impaired ? "sdh" : "";
  });
  more.open ||= Boolean(arrived.subtitles.length || arrived.chapters);
  const unnamed = arrived.subtitles.findIndex(({ language }) => !language);
  if (unnamed >= 0) form.elements[`language-${unnamed}`]?.focus();
}

// Show what the buttons do with several titles: those that have arrived and are not handed in yet.
export function showMany(titles) {
  several = titles;
  form.classList.add("for-many");
  source.required = false;
  source.setCustomValidity("");
  const plans = ready("plans").length, jobs = ready("jobs").length;
  name("plan", plans ? `See ${many(plans, "plan")} first` : "See the plans first", !plans);
  name("submit", jobs ? `Hand in ${many(jobs, "title")}` : "Hand in", !jobs);
}

function ready(what) {
  return several.filter(({ state, asked }) => state === "done" && (what === "jobs" ? asked?.what !== "jobs" : !asked));
}

function name(act, words, disabled = false) {
  const button = form.querySelector(`button[data-does=${act}]`);
  button.textContent = words;
  button.disabled = disabled;
}

function addRow(row) {
  const [first] = more.querySelectorAll(".subtitle"), made = first.cloneNode(true);
  for (const each of made.querySelectorAll("[id], [name], [for]")) {
    for (const attribute of ["id", "name", "for"]) if (each.hasAttribute(attribute)) each.setAttribute(attribute, each.getAttribute(attribute).replace(/-0$/, `-${row}`));
  }
  more.querySelectorAll(".subtitle").item(row - 1).after(made);
}

form.addEventListener("submit", async (event) => {
  if (!several.length) return;
  event.preventDefault();
  const what = event.submitter?.dataset.does === "plan" ? "plans" : "jobs";
  const shared = { ladder: form.elements.ladder.value.trim() || undefined, priority: Number(form.elements.priority.value) || undefined };
  for (const title of ready(what)) await title.askFor(what, shared);
  showMany(several);
});
