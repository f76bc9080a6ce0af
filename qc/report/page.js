"use strict";
// Draws the figures in the colours of the theme, and shows pictures at full size.

const figures = JSON.parse(document.getElementById("figures").textContent);
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function themed(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// From violet for the lowest rung to green for the best one: apart in hue and, for readers who
// do not see hues, in lightness.
function rungColour(place, of) {
  const share = of > 1 ? place / (of - 1) : 1;
  const hue = 285 - 135 * share;
  const lightness = dark.matches ? 52 + 20 * share : 66 - 38 * share;
  return `hsl(${hue} ${dark.matches ? 62 : 58}% ${lightness}%)`;
}

const roles = {
  ladder: () => ({
    line: { color: themed("muted"), width: 1.5 },
    marker: { size: 11 },
    textfont: { color: themed("ink"), size: 12 },
  }),
  moment: () => ({
    marker: { size: 19, color: themed("fail"), line: { color: themed("card"), width: 1 } },
    textfont: { color: themed("card"), size: 11, weight: 700 },
  }),
  "scene cuts": () => mark("line-ns-open", 11, themed("muted")),
  chapters: () => mark("diamond", 9, themed("accent")),
  black: () => bar(themed("ink")),
  freeze: () => bar(themed("accent")),
  silence: () => bar(themed("warn")),
};

function mark(symbol, size, color) {
  return { marker: { symbol, size, color, line: { width: 1.5, color } } };
}

function bar(color) {
  return { line: { width: 9, color } };
}

function colouredTrace(trace) {
  if (trace.meta.rung !== undefined) {
    const color = rungColour(trace.meta.rung, trace.meta.of);
    return { ...trace, line: { ...trace.line, color } };
  }
  const coloured = { ...trace, ...roles[trace.meta.role]() };
  if (trace.meta.role === "ladder") {
    const colours = trace.x.map((_, i) => rungColour(i, trace.x.length));
    coloured.marker.color = colours;
    coloured.error_y = { ...trace.error_y, color: themed("muted"), thickness: 1.2, width: 4 };
  }
  return coloured;
}

function colouredAxis(axis) {
  const line = themed("grid");
  return { gridcolor: line, linecolor: line, zerolinecolor: line, automargin: true, ...axis };
}

function colouredLayout(layout) {
  const coloured = {
    ...layout,
    autosize: true,
    margin: { l: 56, r: 16, t: 32, b: 44, ...layout.margin },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, color: themed("muted"), size: 12 },
    hoverlabel: { bgcolor: themed("card"), font: { color: themed("ink") }, align: "left" },
    modebar: { color: themed("muted"), activecolor: themed("accent"), bgcolor: "rgba(0,0,0,0)" },
  };
  for (const name of Object.keys(layout).filter((key) => /^[xy]axis/.test(key))) {
    coloured[name] = colouredAxis(layout[name]);
  }
  coloured.shapes = (layout.shapes || []).map((shape) => ({
    ...shape,
    line: { color: themed("fail"), width: 1, dash: "dash" },
  }));
  return coloured;
}

const buttons = [["zoom2d", "pan2d", "resetScale2d", "toImage"]];

function draw() {
  for (const [name, figure] of Object.entries(figures)) {
    Plotly.react(
      document.getElementById(`${name}-figure`),
      figure.data.map(colouredTrace),
      colouredLayout(figure.layout),
      { displaylogo: false, responsive: true, modeBarButtons: buttons },
    );
  }
}

// A moment lies on its rung's curve, and the pointer may have met either.
function momentNumber(point, moments) {
  if (point.data.meta.role === "moment") {
    return point.pointNumber + 1;
  }
  const [frame] = point.customdata || [];
  return moments.findIndex(([at, rung]) => at === frame && rung === point.data.name) + 1;
}

function openMoment(event) {
  const { customdata } = figures.quality.data.find((trace) => trace.meta.role === "moment");
  const moment = document.getElementById(`moment-${momentNumber(event.points[0], customdata)}`);
  if (moment) {
    moment.scrollIntoView({ block: "center" });
    moment.focus();
  }
}

const viewer = document.getElementById("viewer");
let pair = [];
let shown = 0;

function show(index) {
  shown = index;
  const image = pair[index].querySelector("img");
  const picture = document.getElementById("viewer-picture");
  picture.src = image.src;
  picture.alt = image.alt;
  document.getElementById("viewer-title").textContent = image.alt;
}

function flip() {
  show(1 - shown);
}

if (viewer) {
  for (const group of document.querySelectorAll(".pair")) {
    const buttons = [...group.querySelectorAll("button")];
    buttons.forEach((button, index) => {
      button.addEventListener("click", () => {
        pair = buttons;
        show(index);
        viewer.showModal();
      });
    });
  }
  document.getElementById("viewer-flip").addEventListener("click", flip);
  document.getElementById("viewer-picture").addEventListener("click", flip);
  document.getElementById("viewer-close").addEventListener("click", () => viewer.close());
  viewer.addEventListener("keydown", (event) => {
    if (event.target.tagName !== "BUTTON" && event.key === " ") {
      event.preventDefault();
      flip();
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      flip();
    }
  });
}

draw();
document.getElementById("quality-figure").on("plotly_click", openMoment);
dark.addEventListener("change", draw);
