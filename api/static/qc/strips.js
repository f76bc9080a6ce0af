// Filmstrips of the worst windows: frames of each, source above encode, drawn when they come into sight.

const ACROSS = 7, WIDTH = 160;

// Puts a strip of every clip before the stills; `go` is told which frame of which window was chosen.
export function showStrips(list, windows, go) {
  const clips = windows.filter((window) => !window.isStill);
  const numbers = new Map(clips.map((clip) => [clip, []])); // of the moments that a clip shows instead
  for (const moment of list.querySelectorAll("[data-strip]")) {
    const { strip: rung, at } = moment.dataset, item = moment.closest("li");
    const clip = clips.find((each) => each.rung === rung && each.has(each.frameAt(Number(at))));
    if (!clip) continue;
    item.hidden = true;
    numbers.get(clip).push(item.querySelector(".badge-number").cloneNode(true), " ");
  }
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      target.draw();
    }
  }, { rootMargin: "200px" });
  list.prepend(...clips.map((clip) => {
    const item = document.createElement("li");
    item.className = "strip-of";
    const name = document.createElement("p");
    name.append(...numbers.get(clip), said("strong", "", clock(clip.at_s)), " ", said("span", "mono", clip.rung), " ", said("span", "muted", `VMAF ${clip.score.toFixed(1)}`));
    const frames = framesOf(clip).map((frame) => cell(clip, frame, go));
    const strip = document.createElement("div");
    strip.className = "filmstrip";
    strip.append(...frames.map(({ button }) => button));
    item.append(name, strip);
    item.draw = () => fill(clip, frames).catch(() => { item.hidden = true; }); // the player says what is wrong
    seen.observe(item);
    return item;
  }));
}

function framesOf(clip) {
  const count = Math.min(ACROSS, clip.frames);
  const evenly = [...Array(count).keys()].map((place) => clip.first + Math.round((place * (clip.frames - 1)) / Math.max(1, count - 1)));
  const nearest = evenly.reduce((best, frame, place) => (Math.abs(frame - clip.worst) < Math.abs(evenly[best] - clip.worst) ? place : best), 0);
  evenly[nearest] = clip.worst; // the one that is looked for is among them
  return evenly;
}

function cell(clip, frame, go) {
  const button = document.createElement("button");
  button.className = frame === clip.worst ? "worst" : "";
  button.setAttribute("aria-label", `Frame ${frame}${frame === clip.worst ? ", the worst" : ""}`);
  button.onclick = () => go(clip, frame);
  const canvases = [0, 1].map(() => Object.assign(document.createElement("canvas"), { width: WIDTH, height: 90 }));
  button.append(...canvases, said("span", "", String(frame)));
  return { button, canvases, frame };
}

async function fill(clip, cells) {
  const { source, encode, sourceSkip, encodeSkip } = await clip.open();
  try {
    for (const { canvases, frame } of cells) {
      const pictures = await Promise.all([source.picture(frame + sourceSkip), encode.picture(frame + encodeSkip)]);
      pictures.forEach((picture, place) => {
        if (!picture) return;
        canvases[place].height = Math.round((WIDTH * picture.height) / picture.width);
        canvases[place].getContext("2d").drawImage(picture.image, 0, 0, WIDTH, canvases[place].height);
      });
    }
  } finally {
    source.close();
    encode.close();
  }
}
const said = (kind, style, words) => Object.assign(document.createElement(kind), { className: style, textContent: words });
const clock = (time_s) => `${Math.floor(time_s / 60)}:${(time_s % 60).toFixed(1).padStart(4, "0")}`;
