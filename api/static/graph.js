// The DAG, laid out from left to right by dagre; loaded once the browser has nothing else to do.
const SVG = "http://www.w3.org/2000/svg";
const NODE_HEIGHT = 28, LETTER = 7.4;
let layoutOf = null, drawn = "";

async function draw() {
  const place = document.getElementById("dag"), data = document.getElementById("dag-data")?.textContent;
  if (!place || !data || data === drawn || !layoutOf) return;
  const { nodes, edges } = JSON.parse(data);
  const graph = new layoutOf.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 12, ranksep: 36, marginx: 2, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(node.id, { ...node, width: node.words.length * LETTER + 44, height: NODE_HEIGHT });
  for (const [from, to] of edges) graph.setEdge(from, to);
  layoutOf.layout(graph);
  const ys = graph.edges().flatMap((edge) => graph.edge(edge).points.map(({ y }) => y));
  const { width, height } = graph.graph(), top = Math.min(0, ...ys.map((y) => y - 2)), bottom = Math.max(height, ...ys.map((y) => y + 2));
  const svg = make("svg", { width, height: bottom - top, viewBox: `0 ${top} ${width} ${bottom - top}` });
  const defs = make("defs", {}), head = make("marker", { id: "head", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" });
  head.append(make("path", { d: "M0 0L8 4L0 8z" }));
  defs.append(head);
  svg.append(defs);
  for (const edge of graph.edges()) {
    const points = graph.edge(edge).points;
    svg.append(make("path", { class: "edge", d: "M" + points.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L"), "marker-end": "url(#head)" }));
  }
  for (const id of graph.nodes()) {
    const node = graph.node(id), left = node.x - node.width / 2, top = node.y - NODE_HEIGHT / 2;
    const group = make("g", { class: `node tone-${node.tone}${node.critical ? " critical" : ""}` });
    group.append(make("rect", { x: left, y: top, width: node.width, height: NODE_HEIGHT, rx: 4 }));
    const glyph = make("g", { class: `glyph tone-${node.tone}`, transform: `translate(${left + 8} ${node.y - 7})` });
    if (node.fill) glyph.append(make("path", { class: "f", d: node.fill }));
    if (node.stroke) glyph.append(make("path", { class: "s", d: node.stroke }));
    const words = make("text", { x: left + 28, y: node.y + 5 });
    words.textContent = node.words;
    const title = make("title", {});
    title.textContent = `${node.words}: ${node.state}`;
    group.append(glyph, words, title);
    svg.append(group);
  }
  place.replaceChildren(svg);
  drawn = data;
}

function make(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

// Not only once it comes into view: whoever prints the page, or jumps to its end, would see none.
async function load() {
  layoutOf = await import("./vendor/@dagrejs/dagre/dist/dagre.esm.js");
  draw();
}
if (document.getElementById("dag")) {
  window.requestIdleCallback ? requestIdleCallback(load, { timeout: 2000 }) : setTimeout(load, 200); // Safari has none
  document.addEventListener("reelfarm:shown", draw);
}
