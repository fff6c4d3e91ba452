/* Everything that comes from a log becomes text here, never markup. */

export const byId = id => document.getElementById(id);

/* An element with attributes and children; a string is text. */
export function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "class") node.className = value;
    else if (value != null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/* A sentence whose words between backticks are code; numbers stay beside their "%". */
export function sentence(text) {
  return text.replace(/(\d) %/g, "$1\u00a0%").split("`").map((part, place) =>
    place % 2 ? make("code", {}, part) : document.createTextNode(part)).filter(node => node.textContent);
}

export function write(node, ...children) { node.replaceChildren(...children.flat()); }

export function show(node, shown) { node.hidden = !shown; return shown; }

/* Label and text, as the report lays them out. */
export function facts(rows) {
  return make("dl", { class: "facts" }, ...rows.flatMap(([label, text]) =>
    [make("dt", {}, label), make("dd", {}, ...sentence(text))]));
}

export function ago(seconds) {
  if (seconds < 2) return "just now";
  if (seconds < 90) return Math.round(seconds) + " s ago";
  if (seconds < 5400) return Math.round(seconds / 60) + " min ago";
  if (seconds < 129600) return Math.round(seconds / 3600) + " h ago";
  return Math.round(seconds / 86400) + " days ago";
}

/* Two lines of at most 40 points each, validation in front; heights are shares from 0 to 1. */
export function smallCurve(summary) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 84 28");
  svg.setAttribute("class", "small-curve");
  svg.setAttribute("aria-hidden", "true");
  for (const [heights, name] of [[summary.small_train, "train"], [summary.small, "val"]]) {
    const path = document.createElementNS(svg.namespaceURI, "path");
    let drawn = "", broken = true;
    heights.forEach((height, place) => {
      if (height == null) { broken = true; return; }
      const x = heights.length > 1 ? 2 + 80 * place / (heights.length - 1) : 42;
      drawn += (broken ? "M" : "L") + x.toFixed(1) + " " + (25 - 22 * height).toFixed(1);
      broken = false;
    });
    path.setAttribute("d", drawn);
    path.setAttribute("class", name);
    svg.append(path);
  }
  return svg;
}
