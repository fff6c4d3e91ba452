"use strict";
/* The one way a curve is drawn, in the report and on the live page:
 *   const chart = goodfitCharts.make(place, figure, {log: false});
 *   chart.update(figure, {log: true});  chart.redraw();  chart.destroy();
 */
const goodfitCharts = (function () {
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const arms = ["arm-1", "arm-2", "arm-3", "arm-4", "arm-5"];
  const font = size => size + "px system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif";
  const short = v => v == null ? "" : Math.abs(v) >= 1000 || v === Math.round(v) ? v.toLocaleString("en") : String(+v.toPrecision(4));

  const LANE = 11; /* height of one phase above the plot */

  function look(series, place) {
    const wide = { chosen: 2.25, val: 2.25, "arm-train": 1.25 }[series.role] || 1.75;
    const name = { train: "train", "train-eval": "train", val: "val", control: "control", chosen: "chosen" }[series.role];
    const dash = { "train-eval": [7, 4], control: [7, 4], "arm-train": [3, 3] }[series.role] || (series.role === "arm" ? [[], [2, 3], [10, 3], [10, 3, 2, 3]][place % 4] : []);
    return { stroke: colour(name || arms[place % arms.length]), width: wide, dash: dash };
  }

  /* Points of another curve's grid become undefined, which uPlot spans; a value that is not finite is null, a gap. */
  const joined = figure => uPlot.join(figure.series.map(s => [s.x, s.y]), figure.series.map(() => [1]));

  function behind(shown) {
    return u => {
      const figure = shown.figure, { ctx, bbox } = u, dpr = devicePixelRatio;
      ctx.save();
      ctx.beginPath(); ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height); ctx.clip();
      const last = figure.phases[figure.phases.length - 1];
      if (last && figure.phases.length > 1) {
        const left = u.valToPos(last.start, "x", true), right = u.valToPos(last.end, "x", true);
        ctx.fillStyle = colour("band"); ctx.fillRect(left, bbox.top, Math.max(right - left, dpr), bbox.height);
      }
      if (figure.onset) {
        const [low, at, high] = figure.onset.map(x => u.valToPos(x, "x", true));
        ctx.fillStyle = colour("onset-band"); ctx.fillRect(low, bbox.top, Math.max(high - low, dpr), bbox.height);
        ctx.strokeStyle = colour("val"); ctx.lineWidth = dpr; ctx.setLineDash([4 * dpr, 3 * dpr]);
        ctx.beginPath(); ctx.moveTo(at, bbox.top); ctx.lineTo(at, bbox.top + bbox.height); ctx.stroke();
      }
      ctx.restore();
    };
  }

  function inFront(shown) {
    return u => {
      const figure = shown.figure, { ctx, bbox } = u, dpr = devicePixelRatio;
      ctx.save();
      ctx.textBaseline = "middle"; ctx.textAlign = "right"; ctx.font = font(10 * dpr);
      figure.phases.forEach((phase, lane) => {
        const y = bbox.top - ((figure.phases.length - lane) * LANE - LANE / 2) * dpr;
        const left = u.valToPos(phase.start, "x", true), right = u.valToPos(phase.end, "x", true);
        ctx.fillStyle = colour("control");
        ctx.fillRect(left, y - 1.5 * dpr, Math.max(right - left, 3 * dpr), 3 * dpr);
        ctx.fillStyle = colour("muted");
        ctx.fillText(phase.number, left - 4 * dpr, y + dpr);
      });
      if (figure.best) {
        const x = u.valToPos(figure.best[0], "x", true), y = u.valToPos(figure.best[1], "y", true);
        ctx.fillStyle = colour("best"); ctx.strokeStyle = colour("paper"); ctx.lineWidth = 2 * dpr;
        ctx.beginPath(); ctx.arc(x, y, 5 * dpr, 0, 2 * Math.PI); ctx.fill(); ctx.stroke();
        ctx.font = "600 " + font(12 * dpr); ctx.textBaseline = figure.bestIsHighest ? "bottom" : "top";
        const text = "keep: " + u.axes[0].label + " " + figure.best[0];
        const right = x + 8 * dpr + ctx.measureText(text).width > bbox.left + bbox.width;
        ctx.textAlign = right ? "right" : "left";
        const at = [text, x + (right ? -8 : 8) * dpr, y + (figure.bestIsHighest ? -6 : 7) * dpr];
        ctx.lineWidth = 4 * dpr; ctx.lineJoin = "round";
        ctx.strokeText(...at); /* paper under the letters, where a curve runs through them */
        ctx.fillText(...at);
      }
      ctx.restore();
    };
  }

  function axis(label, size, log) {
    const grid = { stroke: colour("line"), width: 1 };
    const made = { label: label, stroke: colour("muted"), font: font(12), labelFont: font(12), grid: grid, ticks: grid, size: size, labelSize: 18 };
    if (!log) made.values = (u, ticks) => ticks.map(short);
    return made;
  }

  function options(shown, width) {
    const figure = shown.figure, lanes = figure.phases.length * LANE;
    let arm = 0;
    return {
      padding: [lanes + 6, null, null, null],
      width: width, height: lanes + Math.round(Math.max(230, Math.min(figure.onset ? 380 : 300, width * .5))),
      cursor: { drag: { x: true, y: false }, points: { size: 7 } },
      legend: { markers: { width: 2.5, dash: (u, i) => u.series[i].dash && u.series[i].dash.length ? "dashed" : "solid" } },
      scales: { x: { time: false }, y: { distr: shown.log ? 3 : 1 } },
      axes: [axis(figure.xLabel, 34), axis(figure.yLabel, 52, shown.log)],
      series: [{ label: figure.xLabel, value: (u, v) => short(v) }].concat(figure.series.map(s => Object.assign(
        { label: s.label, value: (u, v) => short(v), points: { show: s.x.length < 2 } }, look(s, s.tint != null ? s.tint : s.role === "arm" ? arm++ : 0)))),
      hooks: { drawClear: [behind(shown)], draw: [inFront(shown)] },
    };
  }

  /* What a plot is built for; while it stays the same, only the numbers are exchanged, and a stretch that was zoomed into stays. */
  const shape = shown => JSON.stringify([shown.log, shown.figure.xLabel, shown.figure.yLabel, shown.figure.phases.length,
    Boolean(shown.figure.onset), shown.figure.series.map(s => [s.label, s.role, s.tint, s.x.length < 2])]);

  function make(place, figure, settings) {
    const shown = { figure: figure, log: Boolean(settings && settings.log) };
    let plot = null, built = "";
    function build() {
      if (plot) plot.destroy();
      built = shape(shown);
      plot = new uPlot(options(shown, place.clientWidth), joined(shown.figure), place);
    }
    build();
    return {
      redraw: build,
      destroy: () => { plot.destroy(); },
      update: (newer, changed) => {
        shown.figure = newer;
        shown.log = Boolean(changed && changed.log);
        if (shape(shown) !== built) { build(); return; }
        const x = plot.data[0], scale = plot.scales.x;
        const zoomed = x.length > 1 && (scale.min > x[0] || scale.max < x[x.length - 1]);
        plot.setData(joined(newer), !zoomed);
        if (zoomed) plot.redraw();
      },
    };
  }

  return { make: make };
})();
