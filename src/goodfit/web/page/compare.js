/* Chosen runs in one chart: validation of each, training too when it is asked for, and their verdicts in a table. */
import { byId, make, sentence, show, write } from "./write.js";
import { makeFigure } from "./figure.js";

export const MOST = 8;

export function makeComparison(changed) {
  const figure = makeFigure(byId("comparison-figure")), training = byId("with-training");
  training.addEventListener("change", changed);

  function series(parts, role, newRole) {
    return parts.flatMap(({ summary, loss }, tint) => loss.series.filter(each => each.role === role).slice(0, 1).map(each =>
      ({ label: summary.name + (newRole === "arm-train" ? " (training)" : ""), role: newRole, tint: tint, x: each.x, y: each.y })));
  }

  function overlay(parts) {
    const alike = parts.filter(({ loss }) => loss.xLabel === parts[0].loss.xLabel && loss.yLabel === parts[0].loss.yLabel);
    const shown = series(alike, "val", "arm").concat(training.checked ? series(alike, "train", "arm-train") : []);
    if (!shown.length) return [null, alike];
    const ends = shown.filter(each => each.role === "arm").map(each => {
      const last = each.y.filter(y => y != null).pop();
      return each.label + " ends at " + (last == null ? "no finite value" : +last.toPrecision(3));
    });
    return [{
      key: "comparison", title: "Validation " + parts[0].loss.yLabel, xLabel: parts[0].loss.xLabel, yLabel: parts[0].loss.yLabel,
      series: shown, phases: [], phaseRows: [], onset: null, best: null, bestIsHighest: false,
      summary: "Validation " + parts[0].loss.yLabel + " by " + parts[0].loss.xLabel + ": " + ends.join("; ") + ".",
      logPossible: shown.every(each => each.y.every(y => y == null || y > 0)), ...rows(parts[0].loss.xLabel, shown),
    }, alike];
  }

  /* At most 200 places of the chart as a table. */
  function rows(xLabel, shown) {
    const places = [...new Set(shown.flatMap(each => each.x))].sort((a, b) => a - b);
    const step = Math.max(1, Math.ceil(places.length / 200)), values = shown.map(each => new Map(each.x.map((x, i) => [x, each.y[i]])));
    const kept = places.filter((x, i) => i % step === 0 || i === places.length - 1);
    const cell = y => y === undefined ? "–" : y === null ? "not finite" : String(+y.toPrecision(4));
    return { header: [xLabel, ...shown.map(each => each.label)], rows: kept.map(x => [String(x), ...values.map(each => cell(each.get(x)))]), rowsLeftOut: places.length - kept.length };
  }

  return {
    show(parts) {
      if (!show(byId("comparison"), parts.length > 1)) { figure.clear(); return; }
      const drawable = parts.filter(part => part.loss);
      const [drawn, alike] = drawable.length ? overlay(drawable) : [null, []];
      figure.show(drawn);
      const others = parts.filter(part => !alike.includes(part));
      show(byId("left-out"), others.length);
      byId("left-out").textContent = "Not in the chart, since they are logged by another axis or metric: " + others.map(part => part.summary.name).join(", ");
      write(byId("comparison-rows"), ...parts.map(({ summary }) => make("tr", {},
        make("td", {}, summary.name),
        make("td", {}, make("span", { class: "tone-" + summary.tone, "aria-hidden": "true" }, summary.symbol + " "), ...sentence(summary.verdict)),
        ...[summary.onset, summary.gap, summary.best].map(text => make("td", {}, ...sentence(text || "–"))))));
    },
  };
}
