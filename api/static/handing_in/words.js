// What is said of files on their way, as the server's pages say it (api/pages/words.py).

const UNITS = [["GB", 1e9, 2], ["MB", 1e6, 1], ["kB", 1e3, 0]];
const LEAST_PRICE = 0.001;
const SPANS = [["d", 86400, "h", 3600], ["h", 3600, "min", 60], ["min", 60, "s", 1]];

export function size(bytes) {
  const [unit, of, places] = UNITS.find(([, least]) => bytes >= least) ?? ["B", 1, 0];
  return `${(bytes / of).toFixed(places)} ${unit}`;
}

export function duration(seconds) {
  const whole = Math.round(seconds);
  const span = SPANS.find(([, least]) => whole >= least);
  if (!span) return `${whole} s`;
  const [unit, least, smaller, small] = span, rest = Math.floor(whole % least / small);
  return `${Math.floor(whole / least)} ${unit}${rest ? ` ${rest} ${smaller}` : ""}`;
}

export const many = (count, one, more = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : more}`;

export const percent = (share) => `${Math.floor(share * 100 + 1e-9)} %`;

export function money(amount, currency) {
  if (amount > 0 && amount < LEAST_PRICE) return `< ${LEAST_PRICE} ${currency}`;
  const places = amount >= 0.1 || !amount ? 2 : 1 - Math.floor(Math.log10(amount));
  return `${amount.toFixed(places)} ${currency}`;
}

// "62 %, 12.0 MB/s, 3 min left"; what is not known yet is left out.
export function underWay(share, bytesPerS, leftS) {
  const said = [percent(share)];
  if (bytesPerS) said.push(`${size(bytesPerS)}/s`);
  if (leftS !== null && share < 1) said.push(`${duration(Math.max(1, leftS))} left`);
  return said.join(", ");
}

export function whatIsBeside(subtitles, chapters) {
  const said = [];
  if (subtitles.length) said.push(many(subtitles.length, "subtitle file"));
  if (chapters) said.push("chapters");
  return said.join(", ");
}

export function planned({ ladder, predicted }) {
  if (!predicted) return "";
  const said = [many(ladder.rungs.length, "rung"), size(predicted.size_bytes.expected)];
  if (predicted.price) said.push(money(predicted.price.compute, predicted.price.currency));
  if (predicted.eta) said.push(`published ${clock(predicted.eta.earliest)}–${clock(predicted.eta.latest)}`);
  return said.join(", ");
}

const clock = (moment) => new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
