"use strict";
// Keeps the pictures of sound on the time axis of the chart above them, and zooms them as it is zoomed.
{
  const pictures = [...document.querySelectorAll(".sound-of")];
  let chart;

  function follow() {
    const { min, max } = chart.scales.x;
    const [left, wide] = [chart.bbox.left / uPlot.pxRatio, chart.bbox.width / uPlot.pxRatio];
    const shown = wide / (max - min); // pixels a second
    for (const picture of pictures) {
      const [, , , height] = picture.getAttribute("viewBox").split(" ");
      picture.setAttribute("viewBox", `0 0 ${chart.width} ${height}`);
      picture.querySelector("rect").setAttribute("width", wide);
      picture.querySelector("text.least")?.setAttribute("x", left + wide);
      for (const line of picture.querySelectorAll(".grid, .least[d]")) {
        line.setAttribute("d", line.getAttribute("d").replace(/H.*/, `H${left + wide}`));
      }
      for (const part of picture.querySelectorAll("[data-per-s]")) {
        const { perS, zero, scale } = part.dataset;
        part.setAttribute("transform", `translate(${left - min * shown} ${zero}) scale(${shown / perS} ${scale})`);
      }
    }
  }

  document.getElementById("quality-figure").addEventListener("quality:drawn", ({ detail }) => {
    chart = detail;
    follow();
  });
}
