// What a picture's pixels are: as they were coded where that can be had, else as they are shown.

// Returns [[a, b, c], "YUV" or "RGB"] in 8 bits of the pixel at a share of width and height.
export function pixelAt(picture, across, down) {
  const x = clamp(Math.floor(across * picture.width), picture.width), y = clamp(Math.floor(down * picture.height), picture.height);
  if (picture.planes) return [yuvAt(picture.planes, x, y), "YUV"];
  const [red, green, blue] = shown(picture).data.subarray(4 * (y * picture.width + x));
  return [[red, green, blue], "RGB"];
}

function yuvAt({ data, layout, interleaved, across, down, bytesEach, shift }, x, y) {
  const at = (plane, column, row) => {
    const place = layout[plane].offset + row * layout[plane].stride + column * bytesEach;
    return (bytesEach === 2 ? data[place] | (data[place + 1] << 8) : data[place]) >> shift;
  };
  const [column, row] = [Math.floor(x / across), Math.floor(y / down)];
  if (interleaved) return [at(0, x, y), at(1, 2 * column, row), at(1, 2 * column + 1, row)];
  return [at(0, x, y), at(1, column, row), at(2, column, row)];
}

// Every pixel's [Y, U, V] in 8 bits, thinned out to so many columns and rows: for scopes.
export function* sampled(picture, columns, rows) {
  const wide = Math.min(columns, picture.width), high = Math.min(rows, picture.height);
  const rgb = picture.planes ? null : shown(picture).data;
  for (let row = 0; row < high; row++) {
    const y = Math.floor(((row + 0.5) * picture.height) / high);
    for (let column = 0; column < wide; column++) {
      const x = Math.floor(((column + 0.5) * picture.width) / wide);
      yield [column / wide, ...(rgb ? fromRgb(rgb, 4 * (y * picture.width + x)) : yuvAt(picture.planes, x, y))];
    }
  }
}

function fromRgb(data, place) { // BT.709, limited range
  const [r, g, b] = [data[place], data[place + 1], data[place + 2]];
  return [16 + 0.1826 * r + 0.6142 * g + 0.062 * b, 128 - 0.1006 * r - 0.3386 * g + 0.4392 * b, 128 + 0.4392 * r - 0.3989 * g - 0.0403 * b].map(Math.round);
}

const read = new WeakMap();
function shown(picture) {
  if (!read.has(picture)) {
    const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d", { willReadFrequently: true });
    context.drawImage(picture.image, 0, 0);
    read.set(picture, context.getImageData(0, 0, picture.width, picture.height));
  }
  return read.get(picture);
}
const clamp = (value, size) => Math.max(0, Math.min(size - 1, value));
