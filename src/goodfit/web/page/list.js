/* The list of runs, the worst first; rows are kept and changed, so that focus and scrolling stay. */
import { byId, make, sentence, show, smallCurve, write } from "./write.js";

const MANY = 8; /* runs from which on they can be searched */

export function makeList(choose, tick) {
  const list = byId("list"), find = byId("find"), rows = new Map();
  let known = new Map(), ticked = new Set(), chosen = null;

  function row(key) {
    const button = make("button", { type: "button", class: "run" });
    const box = make("input", { type: "checkbox" });
    const label = make("label", { class: "tick", title: "compare" }, box, make("span", { class: "hidden" }));
    const item = make("li", {}, button, label);
    button.addEventListener("click", () => choose(key, true));
    box.addEventListener("change", () => tick(key, box.checked));
    rows.set(key, { item: item, button: button, box: box, label: label.lastChild, said: "" });
    return rows.get(key);
  }

  function fill(key) {
    const run = known.get(key), each = rows.get(key) || row(key);
    each.box.checked = ticked.has(key);
    each.button.toggleAttribute("data-chosen", key === chosen);
    if (key === chosen) each.button.setAttribute("aria-current", "true"); else each.button.removeAttribute("aria-current");
    const said = JSON.stringify({ ...run, written: 0 });
    if (said === each.said) return each.item;
    each.said = said;
    each.label.textContent = "Compare " + run.name;
    const kept = [run.gap_short && "gap " + run.gap_short, run.best && "keep " + run.best.split(" (")[0]].filter(Boolean).join(" · ");
    write(each.button,
      make("span", { class: "line" },
        make("span", { class: "symbol tone-" + run.tone, "aria-hidden": "true" }, run.symbol),
        make("span", { class: "verdict" }, ...sentence(run.short)), smallCurve(run)),
      make("span", { class: "path" }, run.name),
      make("span", { class: "kept" }, (run.running ? "running, " : "") + run.reached + (kept ? " · " + kept : "")),
      ...(run.withdrawn ? [make("span", { class: "gone" }, "warning withdrawn")] : []));
    each.item.className = run.running ? "running" : "";
    return each.item;
  }

  function order() {
    return [...known.keys()].sort((a, b) => {
      const one = known.get(a), other = known.get(b);
      return other.rank - one.rank || other.running - one.running || one.name.localeCompare(other.name, "en", { numeric: true });
    });
  }

  function draw() {
    const sought = find.value.trim().toLowerCase(), ordered = order();
    const shown = ordered.filter(key => !sought || (known.get(key).name + " " + known.get(key).verdict).toLowerCase().includes(sought));
    for (const key of rows.keys()) if (!known.has(key)) { rows.get(key).item.remove(); rows.delete(key); }
    const items = shown.map(fill);
    if (items.length !== list.children.length || items.some((item, place) => list.children[place] !== item)) {
      const focused = document.activeElement;
      list.replaceChildren(...items);
      if (focused && focused !== document.activeElement && list.contains(focused)) focused.focus({ preventScroll: true });
    }
    show(byId("finder"), known.size > MANY || sought);
    show(byId("chooser"), known.size > 1 && ticked.size < 2);
    const running = [...known.values()].filter(run => run.running).length;
    byId("count").textContent = known.size ? known.size + (running ? ", " + running + " running" : "") + (sought ? ", " + shown.length + " found" : "") : "";
  }

  find.addEventListener("input", draw);
  list.addEventListener("keydown", event => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    const buttons = [...list.querySelectorAll("button.run")], at = buttons.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    buttons[Math.max(0, Math.min(buttons.length - 1, at + step))].focus();
  });

  return {
    first: () => order()[0],
    update(runs, compared, key) { known = runs; ticked = compared; chosen = key; draw(); },
  };
}
