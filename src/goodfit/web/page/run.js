/* The chosen run: the verdict first, then its curves, what changed, and what to change. */
import { ago, byId, facts, make, sentence, show, write } from "./write.js";
import { makeFigure } from "./figure.js";

export function makeRun() {
  const figures = [makeFigure(byId("figure-0")), makeFigure(byId("figure-1"))];
  let now = null;

  function head(summary, detail) {
    byId("name").textContent = detail.name;
    const verdict = byId("verdict");
    verdict.className = "tone-" + detail.head.tone;
    write(verdict, make("span", { class: "symbol", "aria-hidden": "true" }, summary.symbol), " ", make("span", { class: "words" }, ...sentence(detail.head.text)));
    write(byId("detail"), ...sentence(detail.head.detail));
    show(byId("detail"), detail.head.detail);
    byId("todo").className = "todo tone-" + detail.head.tone;
    write(byId("todo").querySelector("span"), ...sentence(detail.head.todo));
    show(byId("todo"), detail.head.todo);
    show(byId("withdrawn"), detail.withdrawn);
    write(byId("withdrawn"), make("b", {}, "Warning withdrawn"), make("span", {}, ...sentence(detail.withdrawn)));
    write(byId("cards"), ...detail.cards.map(card => make("div", {},
      make("dt", {}, card.label), make("dd", {}, ...sentence(card.value)), make("dd", {}, ...sentence(card.note)))));
  }

  function changes(detail) {
    show(byId("unchanged"), !detail.changes.length);
    write(byId("changes"), ...detail.changes.map(each => make("li", { class: each.kind },
      make("span", { class: "where" }, each.where), make("b", {}, each.what), make("span", { class: "because" }, ...sentence(each.because)))));
  }

  function advice(detail) {
    write(byId("advice"), ...detail.advice.map((each, place) => make("div", { class: "remedy" },
      make("h3", {}, (detail.advice.length > 1 ? place + 1 + ". " : "") + each.title), facts(each.facts))));
    const rejected = byId("rejected");
    show(rejected, detail.rejected.length);
    rejected.querySelector("summary").textContent = "Why nothing else: " + detail.rejected.length + " remedies left";
    write(rejected.querySelector("dl"), ...facts(detail.rejected.map(each => [each.remedy.replaceAll("-", " "), each.because])).children);
  }

  const finding = each => make("li", {},
    make("span", { class: "code" }, each.code),
    make("span", {}, make("b", {}, each.name.replaceAll("-", " ")), " ",
      make("span", { class: "tone-" + each.tone }, each.symbol + " " + each.outcome), each.remark ? make("span", { class: "muted" }, ", " + each.remark) : ""),
    make("span", { class: "message" }, ...sentence(each.message)));

  function findings(key, detail) {
    const found = detail.findings.filter(each => each.outcome !== "inconclusive");
    const open = detail.findings.filter(each => each.outcome === "inconclusive");
    write(byId("findings"), ...found.map(finding));
    show(byId("open"), open.length);
    byId("open").querySelector("summary").textContent = open.length + (open.length === 1 ? " rule" : " rules") + " that this log does not settle";
    write(byId("open").querySelector("ul"), ...open.map(finding));
    byId("silent").textContent = (found.length ? "" : "None has a finding. ") + detail.silent + (detail.silent === 1 ? " rule" : " rules") + " looked and found nothing, or could not look.";
    byId("report").href = "runs/" + key + "/report";
    show(byId("notes"), detail.warnings.length);
    write(byId("notes").querySelector("ul"), ...detail.warnings.map(each => make("li", {}, each)));
  }

  return {
    show(key, summary, detail) {
      show(byId("chosen"), true);
      head(summary, detail);
      figures.forEach((figure, place) => figure.show(detail.figures[place] || null));
      changes(detail);
      advice(detail);
      findings(key, detail);
      now = summary;
    },
    clear() { show(byId("chosen"), false); figures.forEach(each => each.clear()); now = null; },
    /* How long ago the last line came; `time` is the server's. */
    tell(summary, time) {
      now = summary || now;
      if (!now) return;
      const state = byId("state");
      state.dataset.running = now.running;
      state.textContent = (now.running ? "running, last line " : "at rest, last line ") + ago(Math.max(0, time - now.written));
    },
  };
}
