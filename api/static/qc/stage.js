// Where two pictures are held beside each other: a wipe line, side by side, or their difference.

import { pixelAt } from "./pixels.js";

const $ = (id) => document.getElementById(id);
export const MODES = ["wipe", "side", "difference"];
const ZOOMS = [1, 2, 4, 8];

export class Stage {
  #root = $("ab-stage"); #source = $("ab-source"); #encode = $("ab-encode"); #difference = $("ab-difference"); #line = $("ab-wipe");
  #pictures = [null, null]; #gain = 8; #zoom = 1; #at = [0, 0]; #wipe = 0.5; #pointer = null; #tell;

  // `tell` hears what lies under the pointer, in words.
  constructor(tell) {
    this.#tell = tell;
    this.#follow();
    this.wipeAt(0.5);
  }

  get mode() { return this.#root.dataset.mode; }
  get zoom() { return this.#zoom; }

  draw(source, encode) {
    this.#pictures = [source, encode];
    const largest = source ?? encode;
    if (!largest) return;
    this.#root.style.setProperty("--aspect", String(largest.width / largest.height));
    for (const [canvas, picture] of [[this.#source, source], [this.#encode, encode]]) fit(canvas, largest, picture);
    this.#differ();
    this.#say();
  }

  show(mode) {
    this.#root.dataset.mode = mode;
    this.#line.hidden = mode !== "wipe";
    this.#differ();
  }

  amplify(gain) {
    this.#gain = gain;
    this.#differ();
  }

  #differ() {
    const [source, encode] = this.#pictures;
    if (this.mode !== "difference" || !source) return;
    const canvas = this.#difference, context = canvas.getContext("2d");
    if (canvas.width !== source.width || canvas.height !== source.height) [canvas.width, canvas.height] = [source.width, source.height];
    context.globalCompositeOperation = "copy";
    context.drawImage(this.#source, 0, 0);
    if (!encode) return;
    context.globalCompositeOperation = "difference";
    context.drawImage(this.#encode, 0, 0);
    context.globalCompositeOperation = "lighter"; // each time as much again
    for (let gain = 1; gain < this.#gain; gain *= 2) context.drawImage(canvas, 0, 0);
  }

  // The next larger zoom, around where the pointer is, or the first again.
  zoomOn() {
    const [across, down] = this.#pointer ?? [0.5, 0.5];
    const [x, y] = this.#inPicture(across, down);
    this.#zoom = ZOOMS[(ZOOMS.indexOf(this.#zoom) + 1) % ZOOMS.length];
    this.#moveTo(x - across / this.#zoom, y - down / this.#zoom);
    this.#root.dataset.zoom = this.#zoom;
  }

  #moveTo(x, y) {
    const most = 1 - 1 / this.#zoom;
    this.#at = [clamp(x, most), clamp(y, most)];
    const [left, top] = this.#at.map((share) => -100 * share * this.#zoom);
    for (const canvas of [this.#source, this.#encode, this.#difference]) canvas.style.transform = `translate(${left}%, ${top}%) scale(${this.#zoom})`;
  }

  wipeAt(share) {
    this.#wipe = clamp(share, 1);
    this.#root.style.setProperty("--wipe", `${100 * this.#wipe}%`);
    this.#line.setAttribute("aria-valuenow", String(Math.round(100 * this.#wipe)));
  }

  #inPicture(across, down) { return [this.#at[0] + across / this.#zoom, this.#at[1] + down / this.#zoom]; }

  #say() {
    if (!this.#pointer) return;
    const [x, y] = this.#inPicture(...this.#pointer);
    const [source, encode] = this.#pictures;
    if (!source) return;
    const told = this.#pictures.map((picture) => picture && pixelAt(picture, x, y));
    const place = `${Math.floor(x * source.width)}, ${Math.floor(y * source.height)}`;
    this.#tell(`${place}  source ${told[0][0].join("/")}${encode ? `  encode ${told[1][0].join("/")}` : ""}  ${told[0][1]}`);
  }

  #follow() {
    const root = this.#root, line = this.#line;
    let held = null;
    const share = (event) => {
      const pane = this.mode === "side" ? event.target.closest(".pane") ?? root : root;
      const { left, top, width, height } = pane.getBoundingClientRect();
      return [(event.clientX - left) / width, (event.clientY - top) / height];
    };
    root.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      held = { wipes: this.mode === "wipe" && (event.target === line || this.#zoom === 1), from: share(event), at: this.#at };
      root.setPointerCapture(event.pointerId);
      if (held.wipes) this.wipeAt(held.from[0]);
    });
    root.addEventListener("pointermove", (event) => {
      const [across, down] = share(event);
      if (held?.wipes) this.wipeAt(across);
      else if (held) this.#moveTo(held.at[0] - (across - held.from[0]) / this.#zoom, held.at[1] - (down - held.from[1]) / this.#zoom);
      if (across < 0 || down < 0 || across >= 1 || down >= 1) return;
      this.#pointer = [across, down];
      this.#say();
    });
    for (const end of ["pointerup", "pointercancel"]) root.addEventListener(end, () => { held = null; });
    line.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!way) return;
      this.wipeAt(this.#wipe + way * (event.shiftKey ? 0.1 : 0.01));
      event.preventDefault();
      event.stopPropagation();
    });
  }
}

function fit(canvas, { width, height }, picture) {
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high"; // a small rung as players scale it up
  if (picture) context.drawImage(picture.image, 0, 0, width, height);
  else context.clearRect(0, 0, width, height);
}
const clamp = (value, most) => Math.max(0, Math.min(most, value));
