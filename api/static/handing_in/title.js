// One title that is handed in as files: its row in the list, and what is sent for it.
import { ask, once } from "./farm.js";
import { rateOf, recent, secondsLeft } from "./pieces.js";
import { Sending } from "./sending.js";
import { percent, planned, size, underWay, whatIsBeside } from "./words.js";

const LOOK_AGAIN_MS = 2000;

export class HandedTitle {
  // `tell` is called with what became of it ("state", "progress", "removed") and, where it is to be read out, words.
  constructor(media, row, tell) {
    Object.assign(this, { media, row, tell, sendings: [], sidecars: { subtitles: [], chapters: null }, state: "waiting", samples: [], asked: null });
    this.part("name").textContent = media.name;
    this.part("bar").setAttribute("aria-label", media.name);
    for (const button of row.querySelectorAll("button")) {
      button.append(Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: ` ${media.name}` }));
      button.addEventListener("click", () => this[button.dataset.act]());
    }
    this.take(this.sidecars, new Map([[media.name, media]]));
  }

  part(name) { return this.row.querySelector(`[data-part=${name}]`); }
  get sizeBytes() { return this.sendings.reduce((sum, { file }) => sum + file.size, 0); }
  get sentBytes() { return this.sendings.reduce((sum, each) => sum + each.sentBytes, 0); }
  get share() { return this.sizeBytes ? this.sentBytes / this.sizeBytes : 0; }
  sourceOf(name) { return this.sendings.find(({ file }) => file.name === name)?.source; }

  // Note what lies beside the media; files that came later are sent as well, the small ones first.
  take(sidecars, files) {
    this.sidecars = sidecars;
    const names = [...sidecars.subtitles.map(({ name }) => name), ...(sidecars.chapters ? [sidecars.chapters] : []), this.media.name];
    this.sendings = names.map((name) => this.sendings.find(({ file }) => file.name === name)
      ?? new Sending(files.get(name), (what, seconds) => this.#moved(what, seconds)));
    const beside = whatIsBeside(sidecars.subtitles, sidecars.chapters);
    this.part("facts").textContent = size(this.sizeBytes) + (beside && `, with ${beside}`);
    if (this.state === "done" && this.sendings.some(({ source }) => !source)) this.become("waiting");
    else this.show();
  }

  async run() {
    this.stop = new AbortController();
    const { signal } = this.stop;
    this.samples = [];
    this.become("sending");
    try {
      for (let each; (each = this.sendings.find(({ source }) => !source));) await each.run(signal);
      this.become("done", `${this.media.name} has arrived`);
    } catch (problem) {
      if (signal.aborted) return;
      this.problem = problem;
      this.become("failed", `${this.media.name}: ${problem.message}`);
    }
  }

  pause() { this.stop?.abort(); this.become("paused"); this.row.querySelector("[data-act=resume]").focus(); }
  resume() { this.become("waiting"); this.row.querySelector("[data-act=pause]").focus(); }
  remove() {
    this.stop?.abort();
    for (const each of this.sendings) each.remove();
    this.row.remove();
    this.tell("removed", `${this.media.name} was taken back`);
  }

  become(state, words = "") {
    this.state = state;
    if (state !== "failed") this.problem = null;
    this.show();
    this.tell("state", words);
  }

  #moved(what, seconds) {
    if (what !== "sent") {
      this.samples = [];
      this.wait = Math.round(seconds);
      this.why = what === "lost" ? "connection lost" : "held up";
      if (this.state !== "lost") this.become("lost", `${this.media.name}: ${this.why}, it goes on by itself`);
    } else {
      const now = performance.now();
      this.samples = [...recent(this.samples, now), [now, this.sentBytes]];
      if (this.state === "lost") this.become("sending", `${this.media.name} goes on`);
    }
    this.show();
    this.tell("progress", "");
  }

  get words() {
    const rate = rateOf(this.samples);
    return {
      waiting: "waiting",
      sending: underWay(this.share, rate, secondsLeft(this.sizeBytes - this.sentBytes, rate)),
      lost: `${this.why} at ${percent(this.share)}; tries again ${this.wait > 1 ? `in ${this.wait} s` : "now"}`,
      paused: `paused at ${percent(this.share)}`,
      failed: `stopped at ${percent(this.share)}`,
      done: "arrived",
    }[this.state];
  }

  show() {
    this.part("bar").value = this.share;
    for (const each of this.row.querySelectorAll("[data-if]")) {
      each.hidden = each.dataset.if !== this.state;
      if (!each.hidden) each.querySelector("span").textContent = this.words;
    }
    for (const button of this.row.querySelectorAll("button")) button.hidden = this.asked?.what === "jobs" || !button.dataset.when.split(" ").includes(this.state);
    this.showProblem(this.problem);
  }

  showProblem(problem) {
    this.part("problem").hidden = !problem;
    this.part("detail").textContent = problem?.message ?? "";
    this.part("fix").textContent = problem?.fix ?? "";
  }

  // What is asked of the farm: `shared` holds for all titles of the list.
  request(shared) {
    const subtitles = this.sidecars.subtitles.map(({ name, language, kind }) => ({
      uri: this.sourceOf(name), language, forced: kind === "forced", hearing_impaired: kind === "sdh",
    }));
    return {
      ...shared, source: this.sourceOf(this.media.name), subtitles,
      ...(this.sidecars.chapters && { chapters: this.sourceOf(this.sidecars.chapters) }),
    };
  }

  // Ask for the plan of the title, or for the title itself; what is refused stands in the row.
  async askFor(what, shared) {
    const fromPlan = what === "jobs" && this.asked?.what === "plans" && this.asked.state === "PLANNED";
    const path = fromPlan ? `/v1/plans/${this.asked.id}/submit` : `/v1/${what}`;
    this.keys = { ...this.keys, [path]: this.keys?.[path] ?? once() };
    try {
      const { id, state } = await ask("POST", path, { json: fromPlan ? null : this.request(shared), headers: { "Idempotency-Key": this.keys[path] } });
      this.asked = { what, id, state };
      this.show();
      const link = Object.assign(document.createElement("a"), { href: what === "jobs" ? `/titles/${id}` : `/plans/${id}`, textContent: what === "jobs" ? "The title" : "Its plan" });
      this.part("result").replaceChildren(link, document.createElement("span"));
      if (what === "plans") this.#follow();
    } catch (problem) {
      delete this.keys[path];
      this.showProblem(problem);
      this.tell("state", `${this.media.name}: ${problem.message}`);
    }
  }

  async #follow() {
    for (const { id } = this.asked; this.asked.id === id && ["QUEUED", "RUNNING"].includes(this.asked.state);) {
      await new Promise((done) => setTimeout(done, LOOK_AGAIN_MS));
      const plan = await ask("GET", `/v1/plans/${id}`).catch(() => null);
      if (!plan || this.asked.id !== id) continue;
      this.asked.state = plan.state;
      this.part("result").lastChild.textContent = plan.error ? `: ${plan.error.message}` : planned(plan) && `: ${planned(plan)}`;
      if (!["QUEUED", "RUNNING"].includes(plan.state)) this.tell("state", `plan of ${this.media.name}: ${planned(plan)}`);
    }
  }
}
