// How a file is cut and sent, and how fast: arithmetic alone, nothing of the page or the network.

export const PIECE_BYTES = 16 << 20; // of a file that is appended: what a broken connection sends again at most
export const PARTS_AT_ONCE = 3;
export const PARTS_ASKED = 6;        // for so many a URL is asked at once: they hold for an hour
export const MOST_TRIES = 3;         // in vain, though the farm answers
const LONGEST_WAIT_S = 30, RATE_OVER_MS = 8000;
const AGAIN = new Set([408, 409, 425, 429, 500, 502, 503, 504]);

export const pieceFrom = (offset, sizeBytes) => ({ begin: offset, end: Math.min(offset + PIECE_BYTES, sizeBytes) });

// The parts that have not arrived, each with its place in the file; they are numbered from 1.
export function missingParts(sizeBytes, partBytes, received) {
  const there = new Map(received.map(({ number, size_bytes }) => [number, size_bytes]));
  const missing = [];
  for (let begin = 0, number = 1; begin < sizeBytes; begin += partBytes, number++) {
    const end = Math.min(begin + partBytes, sizeBytes);
    if (there.get(number) !== end - begin) missing.push({ number, begin, end });
  }
  return missing;
}

export function batches(things, size) {
  return Array.from({ length: Math.ceil(things.length / size) }, (_, n) => things.slice(n * size, (n + 1) * size));
}

// Seconds until the next try: soon at first, never rarer than every half minute.
export const waitBefore = (tries) => Math.min(LONGEST_WAIT_S, 2 ** Math.max(0, tries - 1));

// Whether the same may succeed later: what was refused for good is not asked again.
export const isWorthAnotherTry = (status, retryable) => Boolean(retryable) || AGAIN.has(status);

// Bytes a second over the last few seconds; samples are [ms, bytes], the oldest first.
export function rateOf(samples) {
  const [lastMs, lastBytes] = samples.at(-1) ?? [0, 0];
  const [firstMs, firstBytes] = samples.find(([ms]) => lastMs - ms <= RATE_OVER_MS) ?? [0, 0];
  return lastMs > firstMs ? Math.max(0, lastBytes - firstBytes) * 1000 / (lastMs - firstMs) : null;
}

export const recent = (samples, nowMs) => samples.filter(([ms]) => nowMs - ms <= RATE_OVER_MS);

export const secondsLeft = (leftBytes, bytesPerS) => (bytesPerS ? leftBytes / bytesPerS : null);

// What a file is known by when it is chosen again: browsers tell no path.
export const nameOfFile = ({ name, size, lastModified }) => `reelfarm upload ${name} ${size} ${lastModified}`;

export const isRows = ({ name, type }) => /\.csv$/i.test(name) || type === "text/csv";
