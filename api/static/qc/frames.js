// Pictures of a clip by their number, exactly: what the file's own table says is the n-th, decoded.

const HELD_BYTES = 96e6; // of decoded pictures, for each of the two clips
const library = () => import("../vendor/mediabunny/dist/bundles/mediabunny.min.mjs");

export class Undecodable extends Error {}

// Returns why this browser cannot decode clips, in words; nothing where it can.
export function whyNot() {
  if ("VideoDecoder" in globalThis) return "";
  return isSecureContext
    ? "this browser has no WebCodecs, which shows frames exactly"
    : "browsers decode frames on https pages and on localhost alone, and this page came by plain http";
}

// Opens a clip; raises an error with words for people where this browser cannot play it.
export async function openClip(url) {
  try {
    return await open(url);
  } catch (error) {
    throw error instanceof Undecodable ? error : new Undecodable(`its clips do not load (${error.message})`);
  }
}

async function open(url) {
  const { Input, UrlSource, MP4, EncodedPacketSink, VideoSampleSink } = await library();
  const source = new UrlSource(url, { getRetryDelay: (tries) => (tries < 3 ? 0.5 : null) });
  const input = new Input({ source, formats: [MP4] });
  const track = await input.getPrimaryVideoTrack();
  if (!track) throw new Undecodable("its clip has no pictures");
  if (!(await track.canDecode())) {
    throw new Undecodable(`this browser does not decode ${await track.getCodecParameterString()}: use one that does`);
  }
  const times = [];
  for await (const packet of new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true })) times.push(packet.timestamp);
  times.sort((a, b) => a - b); // from the order of decoding to that of showing
  return new ClipFrames(input, new VideoSampleSink(track), times);
}

class ClipFrames {
  #input; #sink; #times; #samples = null; #next = -1; #held = new Map(); #bytes = 0; #queue = Promise.resolve();

  constructor(input, sink, times) {
    this.#input = input;
    this.#sink = sink;
    this.#times = times;
  }

  get count() { return this.#times.length; }

  // The n-th picture of the file, null where it has none. One after the other: there is one decoder.
  picture(number) {
    const asked = this.#queue.then(() => this.#picture(number));
    this.#queue = asked.catch(() => {});
    return asked;
  }

  async #picture(number) {
    if (number < 0 || number >= this.count) return null;
    if (this.#held.has(number)) return this.#held.get(number);
    const isAhead = this.#samples && number >= this.#next && number < this.#next + 24;
    if (!isAhead) await this.#from(number);
    for (;;) {
      const { value: sample, done } = await this.#samples.next();
      if (done) { this.#samples = null; return null; }
      const found = this.#numberAt(sample.timestamp);
      this.#next = found + 1;
      if (found < number) { sample.close(); continue; }
      const picture = await pictureOf(sample);
      this.#hold(found, picture);
      return found === number ? picture : null;
    }
  }

  async #from(number) {
    await this.#samples?.return();
    const [at, after] = [this.#times[number], this.#times[number + 1]];
    // Between two frames, so that no rounding of clocks leads to a neighbour.
    this.#samples = this.#sink.samples(after === undefined ? at : (at + after) / 2);
    this.#next = number;
  }

  // Decoders round times to microseconds: the nearest is meant.
  #numberAt(time) {
    let low = 0, high = this.count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#times[middle] < time) low = middle + 1; else high = middle;
    }
    return low > 0 && time - this.#times[low - 1] < this.#times[low] - time ? low - 1 : low;
  }

  #hold(number, picture) {
    this.#held.set(number, picture);
    this.#bytes += picture.bytes;
    for (const [old, other] of this.#held) {
      if (this.#bytes <= HELD_BYTES || this.#held.size <= 2) break;
      if (old === number) continue;
      this.#held.delete(old);
      this.#bytes -= other.bytes;
      // Not closed: whoever is drawing it may still be at it.
    }
  }

  async close() {
    await this.#queue;
    await this.#samples?.return();
    this.#held.clear();
    this.#input.dispose();
  }
}

async function pictureOf(sample) {
  const frame = sample.toVideoFrame();
  try {
    const [image, planes] = await Promise.all([createImageBitmap(frame), planesOf(frame)]);
    return { image, planes, width: image.width, height: image.height, bytes: 4 * image.width * image.height + (planes?.data.byteLength ?? 0) };
  } finally {
    frame.close();
    sample.close();
  }
}

const PLANAR = /^I4(20|22|44)A?(P1[02])?$/;
async function planesOf(frame) {
  const planar = PLANAR.exec(frame.format ?? "");
  if (!planar && frame.format !== "NV12") return null; // RGB, or in the memory of a graphics card
  const data = new Uint8Array(frame.allocationSize());
  const layout = await frame.copyTo(data);
  const deep = planar?.[2];
  return {
    data, layout, interleaved: !planar,
    across: planar?.[1] === "44" ? 1 : 2, down: planar && planar[1] !== "20" ? 1 : 2,
    bytesEach: deep ? 2 : 1, shift: deep ? Number(deep.slice(1)) - 8 : 0,
  };
}

// A still instead of a clip: one picture, whatever number is asked for.
export async function openStill(url, number) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Undecodable("its stills were kept for their time, and are gone");
  const image = await createImageBitmap(await answer.blob());
  const picture = { image, planes: null, width: image.width, height: image.height, bytes: 0 };
  return { count: 1, picture: async (asked) => (asked === number ? picture : null), close: async () => {} };
}
