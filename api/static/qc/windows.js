// The windows that can be looked at: clips where they were kept, else stills of the worst moments.

import { openClip, openStill, whyNot } from "./frames.js";

// Returns them, the one to begin with first, and what is to be said of them.
export async function loadWindows({ clips, stills }) {
  const [told, problem] = clips ? await load(clips) : [[], ""];
  const moving = told.map(ofClip);
  const others = stills.toSorted((a, b) => b.drop - a.drop).map(ofStill).filter((still) => !moving.some((clip) => clip.rung === still.rung && clip.has(still.worst)));
  return [[...moving, ...others], problem];
}

async function load(url) {
  if (whyNot()) return [[], `stills of the worst moments are shown: ${whyNot()}`];
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    const body = await answer.json();
    return answer.ok ? [body.clips, ""] : [[], body.detail ?? body.title];
  } catch {
    return [[], "the farm does not answer: load the page again"];
  }
}

class Window {
  constructor({ name, rung, at_s, fps, score, delivered = true }, first, frames, worst, open) {
    const [rate, base] = fps.split("/").map(Number);
    Object.assign(this, { name, rung, at_s, score, delivered, first, frames, worst, open, fps: rate / (base || 1) });
  }

  get last() { return this.first + this.frames - 1; }
  get isStill() { return this.frames === 1; }
  has(frame) { return this.first <= frame && frame <= this.last; }
  timeOf(frame) { return frame / this.fps; }
  frameAt(time_s) { return Math.round(time_s * this.fps); }
}

function ofClip(clip) {
  const open = async () => {
    const [source, encode] = await Promise.all([openClip(clip.source), openClip(clip.encode)]);
    return { source, encode, sourceSkip: clip.source_skip - clip.first_frame, encodeSkip: clip.encode_skip - clip.first_frame };
  };
  return new Window(clip, clip.first_frame, clip.frames, clip.worst_frame, open);
}

function ofStill(still) {
  const open = async () => {
    const [source, encode] = await Promise.all([openStill(still.source, 0), openStill(still.encode, 0)]);
    return { source, encode, sourceSkip: -still.frame, encodeSkip: -still.frame };
  };
  return new Window(still, still.frame, 1, still.frame, open);
}
