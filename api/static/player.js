// Plays a title by shaka-player, with controls of our own: every choice is a menu and a key.

const SVG = "http://www.w3.org/2000/svg";
const $ = (id) => document.getElementById(id);
const source = JSON.parse($("source").textContent);
const video = $("video"), seek = $("seek");
const NO_CUES_MS = 3000;
let player = null, thumbnails = [], rungs = [], seeking = false, showing = "hls";
let opening = null; // what is on its way: a video that is not loaded yet does not know where it was

async function open(kind, at = 0, wasPlaying = false) {
  const mine = opening = { at, wasPlaying };
  showing = kind;
  for (const each of ["hls", "dash"]) $(`as-${each}`).setAttribute("aria-pressed", each === kind);
  const wanted = { text: chosenText(), audio: $("audio").value, rung: $("rung").value };
  note("");
  try {
    await leave(player);
    if (mine !== opening) return;
    player = new shaka.Player();
    player.setVideoContainer($("stage"));
    player.addEventListener("error", (event) => failed(event.detail));
    for (const event of ["trackschanged", "variantchanged", "adaptation", "textchanged", "audiotrackschanged"]) player.addEventListener(event, menus);
    await player.attach(video);
    if (mine !== opening) return;
    player.getNetworkingEngine().registerResponseFilter((type, response) => {
      if (type === shaka.net.NetworkingEngine.RequestType.SEGMENT && /\.(m4s|mp4)(\?|$)/.test(response.uri)) $("s-segment").textContent = new URL(response.uri, location).pathname.replace(/^\/published\/[0-9a-f]+\//, "");
    });
    await player.load(source[kind], at || undefined);
    // Until the video knows its media, and a while after, shaka sends it to where it was asked to begin.
    if (video.readyState < HTMLMediaElement.HAVE_METADATA) await new Promise((known) => video.addEventListener("loadedmetadata", known, { once: true }));
    if (mine !== opening) return;
    if (mine.at !== at) return open(kind, mine.at, wasPlaying); // somebody went elsewhere meanwhile
    opening = null;
    menus();
    restore(wanted);
    for (const id of ["seek", "play", "mute", "rung", "audio", "text", "full"]) $(id).disabled = false;
    $("audio").disabled = player.getAudioTracks().length < 2;
    $("text").disabled = !player.getTextTracks().length;
    seek.max = video.duration || source.duration_s;
    marks();
    if (wasPlaying) await video.play().catch(() => {});
  } catch (error) {
    if (mine !== opening && opening) return; // another took its place
    opening = null;
    failed(error);
  }
}
// shaka-player answers at once where it is being destroyed already, and takes the video from who comes next.
let left = Promise.resolve();
const leave = (old) => left = left.then(() => old?.destroy());
// A video without media keeps where it is sent to, and says 0 where it was sent nowhere.
const where = () => opening ? video.currentTime || opening.at : video.currentTime;
const again = (kind) => open(kind, where(), opening ? opening.wasPlaying : !video.paused);
function go(at) {
  if (opening) opening.at = at;
  video.currentTime = at;
}

function failed(error) {
  if (error?.code === 7000) return; // a load that another one took the place of
  const why = error?.category === 1 ? "its files do not answer" : error?.message || `shaka-player code ${error?.code}`;
  note(`It cannot be played as ${showing.toUpperCase()}: ${why}.${error?.category === 1 ? " An origin on another server must allow this page's (CORS)." : ""}`);
}
function note(words) { $("note").textContent = words; $("note").hidden = !words; }

// What can be chosen.
function menus() {
  const variants = player.getVariantTracks();
  const active = variants.find((track) => track.active);
  const known = new Map();
  for (const track of variants) {
    const name = `${track.height}-${track.videoBandwidth ?? track.originalVideoId ?? track.bandwidth}`;
    if (!known.has(name) || (active && same(track, active))) known.set(name, track);
  }
  rungs = [...known.values()].sort((a, b) => (a.height - b.height) || (a.bandwidth - b.bandwidth));
  const abr = player.getConfiguration().abr.enabled;
  const pinned = rungs.findIndex((track) => active && track.height === active.height && (track.originalVideoId === active.originalVideoId));
  fill($("rung"), [["auto", "as it adapts"], ...rungs.map((track, place) => [String(place), `${place + 1}  ${track.height ? `${track.height}p` : "audio"}, ${(track.bandwidth / 1e6).toFixed(2)} Mbit/s`])], abr ? "auto" : String(pinned));
  const sounds = player.getAudioTracks();
  const sound = sounds.findIndex((track) => track.active);
  fill($("audio"), sounds.length ? sounds.map((track, place) => [String(place), named(track)]) : [["", "none"]], sound < 0 ? "" : String(sound));
  const texts = player.getTextTracks();
  fill($("text"), [["", "none"], ...texts.map((track) => [String(track.id), named(track) + (track.forced ? ", forced" : "")])], chosenTrack(texts));
  $("s-rung").textContent = active ? `${active.width} × ${active.height}${abr ? "" : ", pinned"}` : "–";
  $("s-rate").textContent = active ? `${(active.bandwidth / 1e6).toFixed(2)} Mbit/s` : "–";
}
const same = (one, other) => one.language === other.language && one.audioId === other.audioId;
const named = (track) => [track.label || language(track.language), track.channelsCount > 2 ? `${track.channelsCount} channels` : ""].filter(Boolean).join(", ");
function language(tag) { try { return tag && tag !== "und" ? new Intl.DisplayNames([], { type: "language" }).of(tag) : "unknown language"; } catch { return tag; } }
const chosenTrack = (texts) => String(texts.find((track) => track.active)?.id ?? "");
function chosenText() { return $("text").selectedOptions[0]?.value ? $("text").selectedOptions[0].textContent : ""; }
function fill(select, options, value) {
  const wanted = JSON.stringify(options);
  if (select.dataset.options !== wanted) {
    select.dataset.options = wanted;
    select.replaceChildren(...options.map(([key, words]) => new Option(words, key)));
  }
  select.value = value;
}
function restore({ text, audio, rung }) {
  const option = text && [...$("text").options].find((each) => each.textContent === text);
  if (option) { $("text").value = option.value; chooseText(false); }
  const sound = player.getAudioTracks()[Number(audio)];
  if (audio && sound && !sound.active) player.selectAudioTrack(sound);
  if (rung !== "auto" && rungs[Number(rung)]) chooseRung(Number(rung));
}
function chooseRung(place) {
  const track = rungs[place];
  player.configure({ abr: { enabled: !track } });
  if (track) {
    const active = player.getVariantTracks().find((each) => each.active);
    const exact = player.getVariantTracks().find((each) => each.height === track.height && each.originalVideoId === track.originalVideoId && active && same(each, active));
    player.selectVariantTrack(exact ?? track, true);
  }
  menus();
}
function chooseText(watched = true) {
  const track = player.getTextTracks().find((each) => String(each.id) === $("text").value);
  player.selectTextTrack(track ?? null);
  if (track && watched) setTimeout(helpText, NO_CUES_MS, track, player);
}
// A seek may abort the download of cues, and shaka 5.2.12 then asks the aborted one for ever.
function helpText(track, asked) {
  if (opening || asked !== player || String(track.id) !== $("text").value || player.getBufferedInfo().text.length || video.ended) return;
  again(showing);
}
$("rung").onchange = (event) => chooseRung(event.target.value === "auto" ? -1 : Number(event.target.value));
$("audio").onchange = (event) => player.selectAudioTrack(player.getAudioTracks()[Number(event.target.value)]);
$("text").onchange = () => chooseText();
$("as-hls").onclick = () => showing !== "hls" && again("hls");
$("as-dash").onclick = () => showing !== "dash" && again("dash");

// The place in the title.
const timecode = (s) => { const w = Math.floor(s), h = Math.floor(w / 3600), m = Math.floor(w % 3600 / 60), r = String(w % 60).padStart(2, "0"); return h ? `${h}:${String(m).padStart(2, "0")}:${r}` : `${m}:${r}`; };
seek.oninput = () => { seeking = true; go(Number(seek.value)); };
seek.onchange = () => { seeking = false; };
for (const button of document.querySelectorAll("[data-at]")) button.onclick = () => go(Number(button.dataset.at));
video.ontimeupdate = shown;
video.onseeked = shown;
function shown() {
  const at = video.currentTime;
  if (!seeking) seek.value = at;
  $("when").textContent = timecode(at);
  seek.setAttribute("aria-valuetext", timecode(at));
  const now = [...document.querySelectorAll("[data-at]")].findLast((each) => Number(each.dataset.at) <= at + 0.05);
  for (const each of document.querySelectorAll("[data-at]")) each === now ? each.setAttribute("aria-current", "true") : each.removeAttribute("aria-current");
}
function marks() {
  const whole = video.duration || source.duration_s || 1;
  const parts = source.chapters.filter((chapter) => chapter.start_s > 0).map((chapter) => line("line", { class: "chapter", x1: share(chapter.start_s / whole), x2: share(chapter.start_s / whole), y1: 0, y2: 12 }));
  const buffered = [...Array(video.buffered.length).keys()].map((place) => line("rect", { class: "buffered", x: share(video.buffered.start(place) / whole), width: share((video.buffered.end(place) - video.buffered.start(place)) / whole), y: 4, height: 4 }));
  $("marks").replaceChildren(...buffered, ...parts);
}
const share = (part) => `${(100 * part).toFixed(3)}%`;
function line(name, attributes) { const node = document.createElementNS(SVG, name); for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value); return node; }

// Pictures on the seek bar: sprites, as the WebVTT beside the title says.
async function loadThumbnails() {
  try {
    const answer = await fetch(source.thumbnails);
    if (!answer.ok) return;
    const seconds = (text) => text.split(":").reduce((sum, part) => 60 * sum + Number(part), 0);
    thumbnails = (await answer.text()).split(/\n\n+/).flatMap((block) => {
      const found = block.match(/([\d:.]+) --> ([\d:.]+)\S*\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)/);
      return found ? [{ from: seconds(found[1]), to: seconds(found[2]), url: new URL(found[3], new URL(source.thumbnails, location)).href, place: found.slice(4).map(Number) }] : [];
    });
  } catch { /* a title without pictures plays as well */ }
}
seek.onpointermove = (event) => {
  const box = seek.getBoundingClientRect(), whole = Number(seek.max);
  const at = Math.min(whole, Math.max(0, (event.clientX - box.left - 8) / (box.width - 16) * whole));
  const found = thumbnails.find((each) => each.from <= at && at < each.to) ?? thumbnails.at(-1);
  const preview = $("preview"), picture = preview.firstElementChild;
  if (found) {
    const [x, y, width, height] = found.place;
    Object.assign(picture.style, { width: `${width}px`, height: `${height}px`, backgroundImage: `url("${found.url}")`, backgroundPosition: `-${x}px -${y}px` });
  }
  const chapter = source.chapters.findLast((each) => each.start_s <= at);
  preview.lastElementChild.textContent = timecode(at) + (chapter?.title ? ` · ${chapter.title}` : "");
  preview.hidden = false;
  preview.style.left = `${Math.min(box.width - preview.offsetWidth, Math.max(0, event.clientX - box.left - preview.offsetWidth / 2))}px`;
};
seek.onpointerleave = () => { $("preview").hidden = true; };

// Buttons and keys.
const toggle = () => { video.paused ? video.play() : video.pause(); };
$("play").onclick = toggle;
video.onclick = toggle;
video.onplay = video.onpause = () => { $("play").textContent = video.paused ? "▶ Play" : "❚❚ Pause"; $("play").setAttribute("aria-label", video.paused ? "Play" : "Pause"); };
$("mute").onclick = () => { video.muted = !video.muted; };
video.onvolumechange = () => $("mute").setAttribute("aria-pressed", video.muted);
$("full").onclick = () => document.fullscreenElement ? document.exitFullscreen() : $("stage").requestFullscreen();
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(SELECT|INPUT|TEXTAREA)$/.test(event.target.tagName) && event.target !== seek) return;
  const key = event.key;
  if (event.target.tagName === "BUTTON" && (key === " " || key === "Enter")) return;
  if (key === " ") toggle();
  else if (event.target !== seek && (key === "ArrowLeft" || key === "ArrowRight")) go(Math.max(0, where() + (key === "ArrowLeft" ? -5 : 5)));
  else if (/^[0-9]$/.test(key) && player) chooseRung(Number(key) - 1);
  else if (key === "c") { const texts = $("text"); texts.selectedIndex = (texts.selectedIndex + 1) % texts.options.length; chooseText(); }
  else if (key === "m") video.muted = !video.muted;
  else if (key === "f") $("full").click();
  else return;
  event.preventDefault();
});

setInterval(() => {
  if (!player || !video.duration) return;
  const stats = player.getStats();
  const range = [...Array(video.buffered.length).keys()].find((place) => video.buffered.start(place) <= video.currentTime + 0.1 && video.currentTime <= video.buffered.end(place));
  $("s-buffer").textContent = range === undefined ? "empty" : `${(video.buffered.end(range) - video.currentTime).toFixed(1)} s`;
  $("s-network").textContent = stats.estimatedBandwidth ? `${(stats.estimatedBandwidth / 1e6).toFixed(2)} Mbit/s` : "–";
  $("s-dropped").textContent = `${stats.droppedFrames || 0} of ${stats.decodedFrames || 0}`;
  $("s-stalls").textContent = `${stats.stallsDetected || 0}, ${(stats.bufferingTime || 0).toFixed(1)} s`;
  marks();
}, 500);

if (globalThis.shaka && shaka.Player.isBrowserSupported()) {
  shaka.polyfill.installAll();
  loadThumbnails();
  open("hls");
} else note("This browser cannot play it: it has no Media Source Extensions, or the farm was built without its player (make assets).");
globalThis.reelfarm = { video, get player() { return player; } };
