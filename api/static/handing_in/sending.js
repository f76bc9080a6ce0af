// One file on its way to the farm. What breaks off goes on where the farm says that it stands.
import { Lost, OWN, Problem, ask, send } from "./farm.js";
import { MOST_TRIES, PARTS_ASKED, PARTS_AT_ONCE, batches, isWorthAnotherTry, missingParts, nameOfFile, pieceFrom, waitBefore } from "./pieces.js";

const COMPLETED_WITHIN_MS = 180_000; // a store takes its time to put a large file together

export class Sending {
  // `tell` is called with "sent" whenever more has gone; with "lost" or "held up", and seconds, before another try.
  constructor(file, tell) {
    Object.assign(this, { file, tell, sentBytes: 0, upload: null });
  }

  get source() { return this.upload?.complete ? this.upload.source : null; }

  // Send what is missing until the file is complete; throws Problem, or what `signal` was aborted with.
  async run(signal) {
    let tries = 0, inVain = 0, reached = 0; // in vain: though the farm answered, no more of the file arrived
    while (!this.source) {
      try {
        this.upload = await this.#standing(signal);
        this.#sent(receivedBytes(this.upload));
        if (this.sentBytes > reached) tries = inVain = 0;
        reached = Math.max(reached, this.sentBytes);
        if (this.upload.complete) break;
        await this[this.upload.send.way](signal);
        this.upload = await ask("POST", `/v1/uploads/${this.upload.id}/complete`, { signal, withinMs: COMPLETED_WITHIN_MS });
      } catch (error) {
        signal.throwIfAborted();
        const isLost = error instanceof Lost, isStores = error.ofStore && (isLost || error.status === 403); // 403: its URL's time is over
        if (!isLost && !isStores && !isWorthAnotherTry(error.status, error.retryable)) throw error;
        if (!isLost || isStores) inVain += 1;
        if (inVain > MOST_TRIES) throw isStores && isLost ? notReached() : error;
        const wait = waitBefore(tries += 1);
        this.tell(isLost ? "lost" : "held up", wait);
        await pause(wait, signal);
      }
    }
    this.#sent(this.file.size);
  }

  // Take it back; that it is gone already, or cannot be reached, is housekeeping's matter.
  async remove() {
    forget(this.file);
    if (this.upload) await ask("DELETE", `/v1/uploads/${this.upload.id}`).catch(() => null);
  }

  async append(signal) {
    for (let offset = this.upload.received_bytes; offset < this.file.size;) {
      const { begin, end } = pieceFrom(offset, this.file.size);
      const headers = { ...OWN(), "Upload-Offset": begin, "Content-Type": "application/offset+octet-stream" };
      const answer = await send("PATCH", this.upload.send.url, this.file.slice(begin, end), { headers, signal, onSent: (bytes) => this.#sent(begin + bytes) });
      offset = Number(answer.getResponseHeader("Upload-Offset"));
    }
  }

  async put(signal) {
    await send("PUT", this.upload.send.url, this.file.slice(0, this.file.size), { signal, onSent: (bytes) => this.#sent(bytes) });
  }

  async parts(signal) {
    const { part_bytes } = this.upload.send, path = `/v1/uploads/${this.upload.id}/parts`;
    const missing = missingParts(this.file.size, part_bytes, this.upload.received);
    let safe = this.sentBytes;
    const going = new Map(), together = new AbortController();
    const lanes = AbortSignal.any([signal, together.signal]); // one that is lost ends the others
    const told = () => this.#sent(safe + [...going.values()].reduce((sum, bytes) => sum + bytes, 0));
    for (const batch of batches(missing, PARTS_ASKED)) {
      const { parts } = await ask("POST", path, { json: { numbers: batch.map(({ number }) => number) }, signal });
      const urls = new Map(parts.map(({ number, url }) => [number, url])), left = [...batch];
      const lane = async () => {
        for (let part = left.shift(); part; part = left.shift()) {
          const { number, begin, end } = part;
          await send("PUT", urls.get(number), this.file.slice(begin, end), { signal: lanes, onSent: (bytes) => { going.set(number, bytes); told(); } });
          going.delete(number);
          safe += end - begin;
          told();
        }
      };
      try {
        await Promise.all(Array.from({ length: PARTS_AT_ONCE }, lane));
      } catch (error) {
        together.abort(error);
        throw error;
      }
    }
  }

  async #standing(signal) {
    const known = this.upload?.id ?? remembered(this.file);
    if (known) {
      try {
        return await ask("GET", `/v1/uploads/${known}`, { signal });
      } catch (error) {
        if (error.status !== 404) throw error; // it was taken back, or its time was over
      }
    }
    const { name, size } = this.file;
    const begun = await ask("POST", "/v1/uploads", { json: { name, size_bytes: size }, signal });
    remember(this.file, begun.id);
    return begun;
  }

  #sent(bytes) {
    this.sentBytes = Math.min(bytes, this.file.size);
    this.tell("sent");
  }
}

const receivedBytes = ({ complete, size_bytes, received_bytes, received }) =>
  (complete ? size_bytes : received_bytes || received.reduce((sum, part) => sum + part.size_bytes, 0));

const notReached = () => new Problem({
  title: "The store cannot be reached",
  detail: "The farm answers, but this browser cannot send to the store that it keeps files in.",
  fix: "Its bucket has to allow this page's address (CORS, see docs/uploads.md): ask whoever runs the farm, then go on.",
});

// Wait, but no longer than until the browser is back on line.
function pause(seconds, signal) {
  return new Promise((done, failed) => {
    const end = (settle) => () => { clearTimeout(timer); removeEventListener("online", online); signal.removeEventListener("abort", stop); settle(signal.reason); };
    const online = end(done), stop = end(failed), timer = setTimeout(online, seconds * 1000);
    addEventListener("online", online);
    signal.addEventListener("abort", stop);
  });
}

// Which upload a file belongs to is kept, so that it goes on when the page was closed meanwhile.
function remembered(file) { try { return localStorage.getItem(nameOfFile(file)); } catch { return null; } }
function remember(file, id) { try { localStorage.setItem(nameOfFile(file), id); } catch { /* then it starts anew */ } }
function forget(file) { try { localStorage.removeItem(nameOfFile(file)); } catch { /* it was never kept */ } }
