// The chart of scores as the player's map: a click leads there, a line says where it is, and what was said is pinned.

const figure = document.getElementById("quality-figure");

// `go` is told the moment that was clicked, or the number of a worst moment.
export class Timeline {
  #plot = null; #at = null; #head = document.createElement("i"); #pins = [];

  constructor(go) {
    this.#head.className = "playhead";
    this.#head.hidden = true;
    figure?.addEventListener("quality:drawn", ({ detail }) => {
      if (this.#plot !== detail) {
        this.#plot = detail;
        detail.over.append(this.#head);
        detail.over.addEventListener("click", (event) => {
          const mark = event.target.closest("a.number");
          if (event.target.closest("a") && !mark) return;
          if (mark) event.preventDefault();
          go(mark ? { moment: Number(mark.textContent) } : { time_s: this.#timeAt(event) });
        });
      }
      this.#place();
    });
    addEventListener("reelfarm:shown", () => this.#place(), true);
  }

  #timeAt(event) {
    const { left } = this.#plot.over.getBoundingClientRect();
    return this.#plot.posToVal(event.clientX - left, "x");
  }

  // Where the player is now.
  at(time_s) {
    this.#at = time_s;
    this.#place();
  }

  #place() {
    const plot = this.#plot;
    if (!plot) return;
    const put = (node, time_s) => {
      const left = plot.valToPos(time_s, "x");
      node.hidden = !(left >= 0 && left <= plot.over.clientWidth);
      node.style.left = `${left}px`;
    };
    if (this.#at !== null) put(this.#head, this.#at);
    for (const pin of this.#pins) pin.remove();
    this.#pins = [...document.querySelectorAll("#live [data-at]")].map((note) => {
      const pin = document.createElement("a");
      pin.className = "pin";
      pin.href = `#${note.id}`;
      pin.title = note.querySelector(".words").textContent;
      pin.setAttribute("aria-label", `Comment: ${pin.title}`);
      put(pin, Number(note.dataset.at));
      return pin;
    });
    plot.over.append(...this.#pins);
  }
}
