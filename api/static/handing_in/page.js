// Files that are dropped on the page, or chosen: rows of a catalog are looked at, media is sent.
import { ask } from "./farm.js";
import { isRows } from "./pieces.js";
import { HandedTitle } from "./title.js";
import { fillIn, showMany } from "./form.js";
import { percent } from "./words.js";
import { lookAtRows } from "./rows.js";

const READ_OUT_MS = 10_000;
const $ = (id) => document.getElementById(id);
const list = $("files"), files = new Map(), titles = new Map(), own = document.title;
let sending = null, readAt = 0;

async function take(dropped) {
  const rows = dropped.find(isRows);
  if (rows) { lookAtRows(rows); return; }
  for (const file of dropped) if (file.size) files.set(file.name, file); // an empty one may be a folder
  if (!dropped.some(({ size }) => size)) { say("Nothing was taken: files alone can be dropped, and no empty ones.", true); return; }
  try {
    const found = await ask("POST", "/submit/beside", { form: { names: [...files.keys()].join("\n") } });
    for (const { media, subtitles, chapters } of found.titles) {
      if (!titles.has(media)) add(files.get(media));
      titles.get(media).take({ subtitles, chapters }, files);
    }
    for (const name of found.others) files.delete(name);
    say(found.others.length ? `Left aside: ${found.others.join(", ")}. By ${found.others.length === 1 ? "its name it is" : "their names they are"} neither media nor subtitles or chapters of one.` : "", true);
  } catch (problem) {
    say(`${problem.message}. ${problem.fix ?? "Drop the files again once the farm answers."}`, true);
  }
  next();
}

function add(media) {
  const row = $("file-row").content.firstElementChild.cloneNode(true);
  list.append(row);
  titles.set(media.name, new HandedTitle(media, row, (what, words) => changed(media.name, what, words)));
}

function changed(name, what, words) {
  if (what === "removed") {
    for (const { file } of titles.get(name)?.sendings ?? []) files.delete(file.name);
    titles.delete(name);
    $("choose").focus();
  }
  if (what !== "progress") next();
  const all = [...titles.values()];
  list.hidden = !all.length;
  const going = all.filter(({ state }) => state !== "done");
  const share = all.reduce((sum, each) => sum + each.sentBytes, 0) / (all.reduce((sum, each) => sum + each.sizeBytes, 0) || 1);
  document.title = going.length ? `${sending ? "◐" : "⏸"} ${percent(share)} ${own}` : own;
  if (words) say(words);
  else if (what === "progress" && performance.now() - readAt > READ_OUT_MS) say(titles.get(name).words);
  if (what === "progress") return;
  if (all.length > 1 || all[0]?.asked) showMany(all);
  else fillIn(all[0]);
}

// One title at a time: together they would arrive no sooner, and the first one later.
async function next() {
  if (sending) return;
  sending = [...titles.values()].find(({ state }) => state === "waiting") ?? null;
  if (!sending) return;
  await sending.run();
  sending = null;
  next();
}

// For those who do not see it; also shown where no row could tell.
function say(words, isShown = false) {
  readAt = performance.now();
  $("files-said").textContent = words;
  if (isShown) { $("files-aside").textContent = words; $("files-aside").hidden = !words; }
}

addEventListener("dragover", (event) => { if (event.dataTransfer.types.includes("Files")) { event.preventDefault(); document.body.classList.add("dropping"); } });
addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dropping"); });
addEventListener("drop", (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  document.body.classList.remove("dropping");
  take([...event.dataTransfer.files]);
});
$("choose").addEventListener("change", () => { take([...$("choose").files]); $("choose").value = ""; });
addEventListener("beforeunload", (event) => { if (sending) event.preventDefault(); }); // asks: what goes now would have to be chosen again
