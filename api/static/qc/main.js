// Source beside encode on a title's QC page: buttons, keys, chart and filmstrips all lead to one player.

import { listen } from "./keys.js";
import { Player } from "./player.js";
import { drawScopes } from "./scopes.js";
import { Stage } from "./stage.js";
import { showStrips } from "./strips.js";
import { Timeline } from "./timeline.js";
import { loadWindows } from "./windows.js";

const $ = (id) => document.getElementById(id);
const data = JSON.parse($("ab-data").textContent);
const timeline = new Timeline(goTo);
const stage = new Stage((words) => { $("ab-pixel").textContent = words; });
const player = new Player(stage, { shown, playing, problem });
let windows = [];

function shown(window, frame, shift, isWhole) {
  const at = window.timeOf(frame);
  $("ab").hidden = false;
  $("ab-at").textContent = `${clock(at)}${frame === window.worst ? "  the worst frame" : ""}`;
  if (document.activeElement !== $("ab-frame")) $("ab-frame").value = frame;
  $("ab-range").textContent = window.isStill ? "a still" : `of ${window.first}–${window.last}`;
  $("ab-score").textContent = [isWhole ? "" : "one of them has no such frame", window.delivered ? "" : "coded anew, nearly without loss: browsers do not decode it as it is delivered"].filter(Boolean).join("  ");
  $("ab-rung").textContent = window.rung;
  $("ab-shift").textContent = `encode ${shift < 0 ? "−" : shift ? "+" : "±"} ${Math.abs(shift)} ${shift ? "frame" : "frames"}`;
  $("ab-windows").value = String(windows.indexOf(window));
  for (const id of ["ab-play", "ab-back", "ab-on", "ab-earlier", "ab-later", "ab-loop", "ab-frame"]) $(id).disabled = window.isStill;
  timeline.at(at);
  Object.assign($("ab-stage").dataset, { window: window.name, frame, shift });
  if (!$("ab-scopes-shown").hidden && !player.isPlaying) scopes();
}
function playing(yes) {
  $("ab-play").setAttribute("aria-pressed", String(yes));
  $("ab-play").textContent = yes ? "Pause" : "Play";
}
function problem(words) {
  $("ab-problem").textContent = words && `It cannot be shown: ${words}.`;
  $("ab-problem").hidden = !words;
}
function scopes() {
  player.pictures.forEach((picture, place) => {
    const name = ["source", "encode"][place];
    if (picture) drawScopes(picture, $(`scope-${name}-waveform`), $(`scope-${name}-vectors`));
  });
}

// A moment of the chart: in the window of this rung that has it, in another's, else the nearest.
function goTo({ time_s, moment }) {
  if (!windows.length) return;
  const stills = moment && data.stills[moment - 1];
  const time = stills ? stills.at_s : time_s;
  const rung = stills ? stills.rung : player.window?.rung;
  const holding = windows.filter((window) => window.has(window.frameAt(time)));
  const nearest = windows.toSorted((a, b) => Math.abs(a.at_s - time) - Math.abs(b.at_s - time))[0];
  const window = holding.find((each) => each.rung === rung) ?? holding[0] ?? nearest;
  $("ab-what").textContent = holding.length ? "" : `nothing was kept of ${clock(time)}: this is what is nearest to it`;
  player.open(window, holding.length ? window.frameAt(time) : window.worst);
  look();
}
function look() {
  const { top, bottom } = $("ab-section").getBoundingClientRect();
  if (top > innerHeight * 0.7 || bottom < innerHeight * 0.3) $("ab-section").scrollIntoView({ block: "start" });
}
function another(way) {
  const place = windows.indexOf(player.window) + way;
  if (windows[place]) player.open(windows[place]);
}
function mode(name) {
  stage.show(name);
  for (const button of document.querySelectorAll("#ab-controls [data-mode]")) button.setAttribute("aria-pressed", String(button.dataset.mode === name));
}
function pressed(id, yes) { $(id).setAttribute("aria-pressed", String(yes)); }
const acts = {
  play: () => (player.isPlaying ? player.pause() : player.play()),
  loop: () => { player.loops = !player.loops; pressed("ab-loop", player.loops); },
  zoom: () => { stage.zoomOn(); $("ab-zoom").textContent = `Zoom ${stage.zoom} ×`; },
  scopes: () => { const place = $("ab-scopes-shown"); place.hidden = !place.hidden; pressed("ab-scopes", !place.hidden); if (!place.hidden) scopes(); },
  comment: () => {
    player.pause();
    const words = $("comment-words");
    if (!words) return;
    if (player.window) $("comment-time").value = clock(player.window.timeOf(player.frame));
    words.focus();
  },
};

$("ab-play").onclick = acts.play;
$("ab-loop").onclick = acts.loop;
$("ab-zoom").onclick = acts.zoom;
$("ab-scopes").onclick = acts.scopes;
$("ab-back").onclick = () => player.step(-1);
$("ab-on").onclick = () => player.step(1);
$("ab-earlier").onclick = () => player.shiftBy(-1);
$("ab-later").onclick = () => player.shiftBy(1);
$("ab-gain").onchange = (event) => stage.amplify(Number(event.target.value));
$("ab-frame").onchange = (event) => { player.pause(); player.show(Number.parseInt(event.target.value, 10) || player.frame); };
$("ab-windows").onchange = (event) => player.open(windows[Number(event.target.value)]);
for (const button of document.querySelectorAll("#ab-controls [data-mode]")) button.onclick = () => mode(button.dataset.mode);
listen({
  " ": acts.play, l: acts.loop, z: acts.zoom, s: acts.scopes, c: acts.comment,
  ArrowLeft: () => player.step(-1), ArrowRight: () => player.step(1),
  "shift+ArrowLeft": () => another(-1), "shift+ArrowRight": () => another(1),
  ",": () => player.shiftBy(-1), ".": () => player.shiftBy(1),
  w: () => mode(stage.mode === "wipe" ? "side" : "wipe"), d: () => mode(stage.mode === "difference" ? "wipe" : "difference"),
});

const [found, why] = await loadWindows(data);
windows = found;
if (why) $("ab-what").textContent = why;
$("ab-windows").replaceChildren(...windows.map((window, place) => new Option(`${clock(window.at_s)}  ${window.rung}  VMAF ${window.score.toFixed(1)}`, String(place))));
const strips = document.querySelector(".strips");
if (strips) {
  showStrips(strips, windows, (window, frame) => { player.open(window, frame); look(); });
  strips.addEventListener("click", (event) => {
    const moment = event.target.closest("[data-window]");
    const window = moment && windows.find((each) => each.name === moment.dataset.window);
    if (!window || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    player.open(window);
    look();
  });
}
if (windows.length) player.open(windows[0]);

function clock(time_s) {
  const hundredths = Math.round(time_s * 100), whole = Math.floor(hundredths / 100);
  const rest = `${String(whole % 60).padStart(2, "0")}.${String(hundredths % 100).padStart(2, "0")}`;
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
