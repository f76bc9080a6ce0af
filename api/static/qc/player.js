// Shows one frame of source and encode at a time, the very one that is asked for, or plays them.

export class Player {
  #stage; #opened = null; #window = null; #frame = 0; #shift = 0; #asked = 0; #opening = 0; #playing = false; #loops = true; #pictures = [null, null]; #told;

  // `told` hears of every frame that is shown, and of what went wrong.
  constructor(stage, told) {
    this.#stage = stage;
    this.#told = told;
  }

  get window() { return this.#window; }
  get frame() { return this.#frame; }
  get isPlaying() { return this.#playing; }
  get loops() { return this.#loops; }
  set loops(yes) { this.#loops = yes; }
  get shift() { return this.#shift; }
  get pictures() { return this.#pictures; }

  // Opens a window, closing the one before; what is asked for meanwhile is shown once it is open.
  async open(window, frame = window.worst) {
    this.pause();
    this.#frame = frame;
    if (window !== this.#window) {
      const mine = ++this.#opening;
      this.#let(this.#opened);
      this.#opened = null;
      this.#window = window;
      try {
        const opened = await window.open();
        if (mine !== this.#opening) { this.#let(opened); return; }
        this.#opened = opened;
        this.#shift = 0;
        this.#told.problem("");
      } catch (error) {
        if (mine === this.#opening) { this.#window = null; this.#told.problem(error.message); }
        return;
      }
    }
    await this.show(this.#frame);
  }

  #let(opened) {
    opened?.source.close();
    opened?.encode.close();
  }

  // Shows a frame of the title, of those that the window has; the last that was asked for wins.
  async show(frame) {
    const mine = ++this.#asked;
    const wanted = Math.max(this.#window?.first ?? frame, Math.min(this.#window?.last ?? frame, frame));
    this.#frame = wanted;
    if (!this.#opened) return;
    const { source, encode, sourceSkip, encodeSkip } = this.#opened;
    const [left, right] = await Promise.all([source.picture(wanted + sourceSkip), encode.picture(wanted + encodeSkip + this.#shift)]);
    if (mine !== this.#asked) return;
    this.#pictures = [left, right];
    this.#stage.draw(left, right);
    this.#told.shown(this.#window, wanted, this.#shift, Boolean(left && right));
  }

  step(frames) {
    this.pause();
    return this.show(this.#frame + frames);
  }

  // The encode's frame against the source's, for a look at whether one is early.
  shiftBy(frames) {
    this.#shift = Math.max(-1, Math.min(1, this.#shift + frames));
    return this.show(this.#frame);
  }

  pause() {
    this.#playing = false;
    this.#told.playing(false);
  }

  async play() {
    if (!this.#opened || this.#window.isStill) return;
    this.#playing = true;
    this.#told.playing(true);
    const window = this.#window;
    let due = performance.now();
    if (this.#frame === window.last) this.#frame = window.first - 1;
    while (this.#playing && window === this.#window) {
      if (this.#frame === window.last && !this.#loops) break;
      await this.show(this.#frame === window.last ? window.first : this.#frame + 1);
      due = Math.max(due + 1000 / window.fps, performance.now() - 200); // late, it does not hurry for long
      await new Promise((go) => setTimeout(go, Math.max(0, due - performance.now())));
    }
    if (window === this.#window) this.pause();
  }
}
