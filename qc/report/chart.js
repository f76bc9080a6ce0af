"use strict";
// Draws quality over time where scripts run. Paper and pages without scripts have the drawing.
{
  const data = JSON.parse(document.getElementById("quality-data").textContent);
  const place = document.getElementById("quality-figure");
  const buttons = [...document.querySelectorAll(".legend button")].reverse(); // lowest rung first
  const outputs = buttons.map((button) => button.querySelector("output"));
  const showAll = document.getElementById("show-all");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const CURVES = 340;
  const GUTTER = 84; // holds the names of the lanes
  const LANE = 20;
  const GAP = 10;
  const FOOT = 30;
  const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
  const below = data.lanes.length ? GAP + LANE * data.lanes.length : 0;

  // A canvas wants colours as they come out, whatever the style sheet makes them of.
  const probe = document.createElement("i");
  probe.hidden = true;
  place.after(probe);

  function themed(name) {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  }

  function colour(rung) {
    return getComputedStyle(buttons[rung].querySelector("i")).backgroundColor;
  }

  function clock(seconds, decimals) {
    const unit = 10 ** decimals;
    const rounded = Math.round(seconds * unit) / unit;
    const hours = Math.floor(rounded / 3600);
    const minutes = Math.floor(rounded / 60) % 60;
    const rest = (rounded % 60).toFixed(decimals).padStart(decimals ? decimals + 3 : 2, "0");
    return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
  }

  function summed(steps) {
    let sum = 0;
    return steps.map((step) => (sum += step));
  }

  const curves = data.rungs.map(({ fps: [rate, base], frames: steps, vmaf, band }) => {
    const frames = summed(steps);
    return {
      frames,
      times: frames.map((number) => (number * base) / rate),
      vmaf: vmaf.map((tenths) => tenths / 10),
      low: band && vmaf.map((tenths, index) => (tenths - band.below[index]) / 10),
      high: band && vmaf.map((tenths, index) => (tenths + band.above[index]) / 10),
      scored: band && new Set(summed(band.scored)),
      step: base / rate,
    };
  });

  // An edge of a band, which is closed at scored frames and nowhere else, however far the next point of it is.
  function edgeOf({ times, scored, step }, edge) {
    return times.flatMap((time, index) => {
      if (!scored.has(index)) return [[time, edge[index]]];
      const open = (side) => side in edge && !scored.has(side);
      const beside = [-1, 0, 1].filter((way) => !way || open(index + way));
      return beside.map((way) => [time + way * step, edge[index + way]]);
    });
  }

  const bands = curves.map((curve) => curve.scored && [...edgeOf(curve, curve.high), ...edgeOf(curve, curve.low).reverse()]);

  // Every curve has points of its own; the library wants one list of times for all. The title's ends are among them, where nothing may have been scored.
  const times = [...new Set([0, data.duration_s, ...curves.flatMap((curve) => curve.times)])].sort((a, b) => a - b);
  const indexOf = new Map(times.map((time, index) => [time, index]));
  const columns = curves.map((curve) => {
    const column = new Array(times.length).fill(null);
    curve.times.forEach((time, index) => (column[indexOf.get(time)] = curve.vmaf[index]));
    return column;
  });

  function nearest(sorted, value) {
    let low = 0;
    let high = sorted.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < value) low = middle + 1;
      else high = middle;
    }
    return low > 0 && value - sorted[low - 1] < sorted[low] - value ? low - 1 : low;
  }

  function happening(time) {
    const chapter = data.chapters.findLast(({ from_s: from }) => from <= time);
    const running = data.lanes.filter(({ spans }) => spans.some(([a, b]) => a <= time && time < b));
    return [chapter?.title, ...running.map(({ name }) => name)].filter(Boolean).join(" · ");
  }

  function told({ vmaf, low, high, scored }, index) {
    const value = vmaf[index].toFixed(1);
    return !scored || scored.has(index) ? value : `${value} ± ${((high[index] - low[index]) / 2).toFixed(1)}`;
  }

  function readOut(plot) {
    const { left } = plot.cursor;
    const inside = left !== undefined && left >= 0;
    const time = inside ? plot.posToVal(left, "x") : 0;
    const shown = curves.map((curve) => nearest(curve.times, time));
    outputs.forEach((output, rung) => {
      output.textContent = inside ? told(curves[rung], shown[rung]) : "";
    });
    const best = curves.length - 1;
    const [frame, at] = [curves[best].frames[shown[best]], curves[best].times[shown[best]]];
    document.getElementById("readout-time").textContent = inside ? clock(at, 2) : "";
    const how = curves[best].scored ? (curves[best].scored.has(shown[best]) ? ", scored" : ", expected") : "";
    document.getElementById("readout-frame").textContent = inside ? `frame ${frame}${how}` : "";
    document.getElementById("readout-scene").textContent = inside ? happening(at) : "";
  }

  function drawBands({ ctx, bbox, series, valToPos }) {
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.globalAlpha = 0.22;
    bands.forEach((band, rung) => {
      if (!band || !series[rung + 1].show) return;
      ctx.fillStyle = colour(rung);
      ctx.beginPath();
      for (const [time, vmaf] of band) ctx.lineTo(valToPos(time, "x", true), valToPos(vmaf, "y", true));
      ctx.fill();
    });
    ctx.restore();
  }

  // Dots where a frame was scored; without a band the line goes through scored frames alone.
  function dots({ times, scored }, rung) {
    const places = scored && [...scored].map((index) => indexOf.get(times[index]));
    const size = (rung === curves.length - 1 ? 7 : 5) - (place.clientWidth < 600 ? 2 : 0);
    return { show: !!scored || times.length < 2, filter: () => places, size, width: 0, fill: colour(rung) };
  }

  const thresholds = data.thresholds.filter(({ vmaf }) => vmaf > data.floor);

  function drawThresholds({ ctx, bbox, valToPos }, ratio) {
    ctx.strokeStyle = ctx.fillStyle = themed("fail");
    ctx.textAlign = "right";
    ctx.setLineDash([5 * ratio, 4 * ratio]);
    for (const { vmaf } of thresholds) {
      const y = Math.round(valToPos(vmaf, "y", true));
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    }
    ctx.setLineDash([]);
    ctx.strokeStyle = themed("page"); // around the words, which lie on the curves
    ctx.lineWidth = 4 * ratio;
    for (const { label, vmaf } of thresholds) {
      const y = valToPos(vmaf, "y", true) - 5 * ratio;
      ctx.strokeText(label, bbox.left + bbox.width, y);
      ctx.fillText(label, bbox.left + bbox.width, y);
    }
    ctx.lineWidth = ratio;
  }

  const laneColours = { silence: "warn", freeze: "accent", black: "ink", chapters: "accent", seams: "muted" };

  function drawLanes({ ctx, bbox, valToPos }, ratio) {
    ctx.textAlign = "right";
    data.lanes.forEach(({ name, marks, spans }, row) => {
      const y = bbox.top + bbox.height + (GAP + LANE * (row + 0.5)) * ratio;
      ctx.fillStyle = themed("muted");
      ctx.fillText(name, bbox.left - 8 * ratio, y + 4 * ratio);
      ctx.fillStyle = themed(laneColours[name] ?? "muted");
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, y - LANE * ratio, bbox.width + ratio, 2 * LANE * ratio);
      ctx.clip();
      for (const at of marks) {
        ctx.fillRect(valToPos(at, "x", true), y - 5 * ratio, ratio, 10 * ratio);
      }
      for (const [from, to] of spans) {
        const x = valToPos(from, "x", true);
        const width = Math.max(ratio, valToPos(to, "x", true) - x);
        ctx.fillRect(x, y - 4 * ratio, width, 8 * ratio);
      }
      ctx.restore();
    });
  }

  const marks = data.moments.map((_, index) => {
    const mark = document.createElement("a");
    mark.href = `#moment-${index + 1}`;
    mark.className = "number";
    mark.textContent = index + 1;
    mark.setAttribute("aria-label", `Moment ${index + 1}`);
    return mark;
  });

  function placeMarks(plot) {
    marks.forEach((mark, index) => {
      const { time_s: time, vmaf } = data.moments[index];
      const left = plot.valToPos(time, "x");
      mark.hidden = left < 0 || left > plot.over.clientWidth;
      mark.style.left = `${left}px`;
      mark.style.top = `${plot.valToPos(vmaf, "y")}px`;
    });
  }

  function drawOver(plot) {
    const ratio = uPlot.pxRatio;
    plot.ctx.save();
    plot.ctx.font = `${12 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
    plot.ctx.lineWidth = ratio;
    drawThresholds(plot, ratio);
    drawLanes(plot, ratio);
    plot.ctx.restore();
    placeMarks(plot);
    place.dispatchEvent(new CustomEvent("quality:drawn", { detail: plot })); // for a page around it
    showAll.hidden = plot.scales.x.max - plot.scales.x.min >= times.at(-1) - times[0];
  }

  function axis(options) {
    const grid = { stroke: themed("grid"), width: 1 };
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    return { stroke: themed("muted"), grid, ticks: { show: false }, font, ...options };
  }

  function options() {
    return {
      width: place.clientWidth,
      height: CURVES + below + FOOT,
      legend: { show: false },
      padding: [12, 12, 0, 0],
      cursor: {
        y: false,
        drag: { x: true, y: false },
        points: { size: 7 },
        dataIdx: (_plot, series, index, time) => {
          if (series === 0) return index; // the times themselves
          const own = curves[series - 1].times;
          return indexOf.get(own[nearest(own, time)]);
        },
      },
      scales: {
        x: { time: false, range: (_, min, max) => (max > min ? [min, max] : [0, data.duration_s]) },
        y: { range: [data.floor, 101] },
      },
      axes: [
        axis({
          size: below + FOOT,
          gap: below + 8,
          space: 80,
          incrs: STEPS_S,
          values: (_, ticks, __, ___, step) => ticks.map((at) => clock(at, step < 1 ? 1 : 0)),
        }),
        axis({ size: GUTTER, gap: 8, space: 44 }),
      ],
      series: [
        {},
        ...curves.map((curve, rung) => ({
          label: data.rungs[rung].name,
          stroke: colour(rung),
          width: (rung === curves.length - 1 ? 2.4 : 1.2) * (curve.scored ? 0.7 : 1), // expected, not seen
          spanGaps: true,
          points: dots(curve, rung),
          show: buttons[rung].getAttribute("aria-pressed") === "true",
        })),
      ],
      hooks: { drawAxes: [drawBands], draw: [drawOver], setCursor: [readOut] },
    };
  }

  let plot;

  function draw() {
    plot?.destroy();
    plot = new uPlot(options(), [times, ...columns], place);
    plot.over.append(...marks);
  }

  document.documentElement.classList.add("scripted"); // first: a hidden place has no width
  draw();
  dark.addEventListener("change", draw);
  new ResizeObserver(() => {
    if (place.clientWidth && place.clientWidth !== plot.width) {
      plot.setSize({ width: place.clientWidth, height: plot.height });
    }
  }).observe(place);
  showAll.addEventListener("click", () => {
    plot.setScale("x", { min: times[0], max: times.at(-1) });
  });
  buttons.forEach((button, rung) => {
    button.addEventListener("click", () => {
      const show = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(show));
      plot.setSeries(rung + 1, { show });
    });
  });
}
