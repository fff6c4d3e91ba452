/* A chart with what stands around it: its title, a switch for the scale, phases, and its text alternative. */
import { make, sentence, show, write } from "./write.js";

const all = new Set();

export function makeFigure(container) {
  const title = make("h3"), box = make("input", { type: "checkbox" });
  const toggle = make("label", {}, box, " logarithmic scale");
  const place = make("div", { class: "chart", role: "img" });
  const phases = make("ol", { class: "phases", "aria-label": "Phases of the run" });
  const caption = make("figcaption"), table = make("table", { class: "fit" }), more = make("p", { class: "small" });
  const data = make("details", { class: "data" }, make("summary", {}, "Data of this chart"), make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Data of this chart" }, table), more);
  container.append(make("div", { class: "chart-head" }, title, toggle), place, phases, caption, data);
  container.hidden = true;
  let chart = null, figure = null, width = 0;

  const settings = () => ({ log: box.checked && figure.logPossible });
  function draw() {
    try {
      if (chart) chart.update(figure, settings());
      else chart = goodfitCharts.make(place, figure, settings());
      width = place.clientWidth;
      place.classList.remove("chart-broken");
    } catch (error) {
      if (chart) { try { chart.destroy(); } catch (again) { /* it never was whole */ } }
      chart = null;
      place.classList.add("chart-broken");
      place.textContent = "This chart could not be drawn (" + error.message + "). The table below holds its data.";
    }
  }
  function fill() {
    if (!data.open || !figure) return;
    const head = make("tr", {}, ...figure.header.map(name => make("th", { scope: "col", class: "number" }, name)));
    write(table, make("thead", {}, head), make("tbody", {}, ...figure.rows.map(row =>
      make("tr", {}, ...row.map(cell => make("td", { class: "number" }, cell))))));
    more.textContent = figure.rowsLeftOut ? figure.rowsLeftOut.toLocaleString("en") + " rows between these are left out; the log holds them all." : "";
  }
  data.addEventListener("toggle", fill);
  box.addEventListener("change", draw);

  const shown = {
    show(newer) {
      figure = newer;
      if (!show(container, Boolean(newer))) { this.clear(); return; }
      title.textContent = newer.title;
      place.setAttribute("aria-label", newer.summary);
      show(toggle, newer.logPossible);
      show(phases, newer.phaseRows.length > 0);
      write(phases, ...newer.phaseRows.map(([name, when, note]) =>
        make("li", {}, name + " ", make("span", { class: "when" }, when + (note ? "; " + note : "")))));
      write(caption, ...sentence(newer.summary + (newer.onset && newer.onset[0] < newer.onset[2] ? " The shaded band around the dashed line is the interval of the onset." : "")));
      draw();
      fill();
    },
    clear() { if (chart) chart.destroy(); chart = null; figure = null; container.hidden = true; },
    redraw() { if (chart && place.clientWidth) { chart.redraw(); width = place.clientWidth; } },
  };
  all.add(shown);
  new ResizeObserver(() => { if (chart && place.clientWidth && place.clientWidth !== width) shown.redraw(); }).observe(place);
  return shown;
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => all.forEach(each => each.redraw()));
