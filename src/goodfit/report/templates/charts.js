"use strict";
(function () {
  const data = JSON.parse(document.getElementById("chart-data").textContent);
  const charts = new Map();

  function draw(figure) {
    const old = charts.get(figure.key);
    if (old) old.destroy();
    charts.delete(figure.key);
    const toggle = document.querySelector('[data-log="' + figure.key + '"]');
    charts.set(figure.key, goodfitCharts.make(document.getElementById(figure.key), figure, { log: toggle && toggle.checked }));
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
