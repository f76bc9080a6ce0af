// Waveform and vectorscope of the frame that is shown, as stills.

import { sampled } from "./pixels.js";

const COLUMNS = 512, ROWS = 270;

export function drawScopes(picture, waveform, vectors) {
  const wide = waveform.width;
  const levels = new Float32Array(wide * 256), hues = new Float32Array(256 * 256);
  for (const [across, y, u, v] of sampled(picture, COLUMNS, ROWS)) {
    levels[(255 - y) * wide + Math.floor(across * wide)] += 1;
    hues[(255 - v) * 256 + u] += 1;
  }
  paint(waveform, levels, 12);
  line(waveform, [[0, 255 - 16, wide, 255 - 16], [0, 255 - 235, wide, 255 - 235]]);
  paint(vectors, hues, 3);
  line(vectors, [[128, 0, 128, 256], [0, 128, 256, 128]]);
}

function paint(canvas, counts, full) {
  const context = canvas.getContext("2d");
  const picture = context.createImageData(canvas.width, canvas.height);
  for (let place = 0; place < counts.length; place++) {
    const light = counts[place] ? 60 + 195 * Math.min(1, counts[place] / full) : 0;
    picture.data.fill(light, 4 * place, 4 * place + 3);
    picture.data[4 * place + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
}

function line(canvas, lines) {
  const context = canvas.getContext("2d");
  context.strokeStyle = "rgb(128 128 128 / 60%)";
  context.setLineDash([4, 4]);
  for (const [left, top, right, bottom] of lines) {
    context.beginPath();
    context.moveTo(left, top + 0.5);
    context.lineTo(right, bottom + 0.5);
    context.stroke();
  }
}
