"use strict";
(function () {
  const data = JSON.parse(document.getElementById("chart-data").textContent);
  const charts = new Map();
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const arms = ["arm-1", "arm-2", "arm-3", "arm-4", "arm-5"];
  const font = size => size + "px system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif";
  const short = v => v == null ? "" : Math.abs(v) >= 1000 || v === Math.round(v) ? v.toLocaleString("en") : String(+v.toPrecision(4));

  const LANE = 11; /* height of one phase above the plot */

  function look(series, place) {
    const wide = series.role === "chosen" || series.role === "val" ? 2.25 : 1.75;
    const name = { train: "train", "train-eval": "train", val: "val", control: "control", chosen: "chosen" }[series.role];
    const dash = { "train-eval": [7, 4], control: [7, 4] }[series.role] || (series.role === "arm" ? [[], [2, 3], [10, 3], [10, 3, 2, 3]][place % 4] : []);
    return { stroke: colour(name || arms[place % arms.length]), width: wide, dash: dash };
  }

  /* Points of another curve's grid become undefined, which uPlot spans; a value that is not finite is null, a gap. */
  const joined = figure => uPlot.join(figure.series.map(s => [s.x, s.y]), figure.series.map(() => [1]));

  function behind(figure) {
    return u => {
      const { ctx, bbox } = u, dpr = devicePixelRatio;
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

  function inFront(figure) {
    return u => {
      const { ctx, bbox } = u, dpr = devicePixelRatio;
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
        ctx.fillText(text, x + (right ? -8 : 8) * dpr, y + (figure.bestIsHighest ? -6 : 7) * dpr);
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

  function draw(figure) {
    const place = document.getElementById(figure.key);
    const old = charts.get(figure.key);
    if (old) old.destroy();
    const toggle = document.querySelector('[data-log="' + figure.key + '"]');
    const log = Boolean(toggle && toggle.checked);
    const width = place.clientWidth;
    let arm = 0;
    const options = {
      padding: [figure.phases.length * LANE + 6, null, null, null],
      width: width, height: figure.phases.length * LANE + Math.round(Math.max(230, Math.min(figure.onset ? 380 : 300, width * .5))),
      cursor: { drag: { x: true, y: false }, points: { size: 7 } },
      legend: { markers: { width: 2.5, dash: (u, i) => u.series[i].dash && u.series[i].dash.length ? "dashed" : "solid" } },
      scales: { x: { time: false }, y: { distr: log ? 3 : 1 } },
      axes: [axis(figure.xLabel, 34), axis(figure.yLabel, 52, log)],
      series: [{ label: figure.xLabel, value: (u, v) => short(v) }].concat(figure.series.map(s => Object.assign(
        { label: s.label, value: (u, v) => short(v), points: { show: s.x.length < 2 } }, look(s, s.role === "arm" ? arm++ : 0)))),
      hooks: { drawClear: [behind(figure)], draw: [inFront(figure)] },
    };
    charts.set(figure.key, new uPlot(options, joined(figure), place));
  }

  function drawAll() {
    for (const figure of data) {
      try { draw(figure); } catch (error) {
        const place = document.getElementById(figure.key);
        place.className = "chart chart-broken";
        place.textContent = "This chart could not be drawn (" + error.message + "). The table below holds its data.";
      }
    }
  }

  for (const toggle of document.querySelectorAll("[data-log]")) {
    toggle.parentElement.hidden = false;
    toggle.addEventListener("change", drawAll);
  }
  let width = window.innerWidth;
  addEventListener("resize", () => { if (window.innerWidth !== width) { width = window.innerWidth; drawAll(); } });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  addEventListener("beforeprint", () => {
    document.documentElement.classList.add("printing");
    document.querySelectorAll("details:not(.data)").forEach(each => { each.open = true; });
    drawAll();
  });
  addEventListener("afterprint", () => { document.documentElement.classList.remove("printing"); drawAll(); });
  drawAll();
})();
