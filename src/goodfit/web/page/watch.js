/* What the server tells becomes what is shown; one stream of news, and the details of the chosen runs. */
import { byId, make, show, write } from "./write.js";
import { makeComparison, MOST } from "./compare.js";
import { makeList } from "./list.js";
import { makeRun } from "./run.js";

const SILENCE = 15000; /* ms without a word from the server, after which it counts as lost */
const AGAIN = 2000;
const runs = new Map(), details = new Map(), wanted = new Set();
let chosen = null, compared = new Set(), offset = 0, heard = Date.now(), stream = null, timer = 0, begun = false;

const run = makeRun(), comparison = makeComparison(draw);
const list = makeList(choose, (key, on) => {
  if (on && compared.size >= MOST) { say("At most " + MOST + " runs are compared."); draw(); return; }
  if (on) compared.add(key); else compared.delete(key);
  remember(); ask(key); draw();
});

function choose(key, byHand) {
  chosen = key;
  remember();
  ask(key);
  draw();
  if (byHand && matchMedia("(max-width: 60rem)").matches) { byId("verdict").focus({ preventScroll: true }); byId("chosen").scrollIntoView(); }
}

byId("clear").addEventListener("click", () => { compared.clear(); remember(); draw(); byId("list").querySelector("button")?.focus(); });

/* The choice stands in the address, so that it survives a reload. */
function remember() {
  const parts = [chosen && "run=" + chosen, compared.size && "compare=" + [...compared].join(",")].filter(Boolean);
  history.replaceState(null, "", "#" + parts.join("&"));
}
function recall() {
  const found = new URLSearchParams(location.hash.slice(1));
  chosen = found.get("run");
  compared = new Set((found.get("compare") || "").split(",").filter(Boolean).slice(0, MOST));
}

function draw() {
  const shownChosen = chosen && runs.has(chosen) && details.has(chosen);
  list.update(runs, compared, chosen);
  show(byId("empty"), !runs.size);
  if (shownChosen) run.show(chosen, runs.get(chosen), details.get(chosen));
  else if (!runs.has(chosen)) run.clear();
  const parts = [...compared].filter(key => runs.has(key) && details.has(key)).map(key =>
    ({ summary: runs.get(key), loss: details.get(key).figures.find(each => each.key === "chart-loss") }));
  comparison.show(parts);
  const summary = runs.get(chosen);
  document.title = (summary ? summary.symbol + " " + summary.verdict + " – " : "") + document.body.dataset.name + " – goodfit watch";
  tick();
}

/* Details of one run; while they are on their way, a further wish is kept. */
const asking = new Map();
async function ask(key) {
  if (!runs.has(key)) return;
  if (asking.has(key)) { asking.set(key, true); return; }
  asking.set(key, false);
  try {
    const answer = await fetch("runs/" + key, { cache: "no-store" });
    if (answer.ok) { details.set(key, await answer.json()); draw(); }
  } catch (error) { /* the server is gone; its news will say so, and come again */ }
  const again = asking.get(key);
  asking.delete(key);
  if (again) ask(key);
}

function say(text) { byId("announce").textContent = text; }

function onNews(event) {
  const news = JSON.parse(event.data);
  link("live", "Live");
  offset = news.now - Date.now() / 1000;
  const before = new Map(runs);
  for (const [key, summary] of Object.entries(news.runs)) runs.set(key, summary);
  const keys = new Set(news.keys), read = news.reading[0] >= news.reading[1];
  /* A server that has just come back reads for a while; what was known stays until it has. */
  if (read) for (const key of [...runs.keys()]) if (!keys.has(key)) { runs.delete(key); details.delete(key); }
  for (const key of [...details.keys()]) if (key !== chosen && !compared.has(key)) details.delete(key);
  announce(before, news);
  if ((!chosen || (!runs.has(chosen) && begun)) && runs.size && read) choose(list.update(runs, compared, null) || list.first(), false);
  begun = begun || read;
  for (const key of Object.keys(news.runs)) if (key === chosen || compared.has(key)) ask(key);
  unread(news.unread);
  byId("empty").textContent = !read && news.reading[1] > 3 ? "Reading " + news.reading[1] + " logs." : "Waiting for the first line of a log.";
  show(byId("trouble"), news.trouble);
  byId("trouble").textContent = "goodfit could not look at the logs: " + news.trouble + ". This is a fault in goodfit; it goes on trying.";
  draw();
}

/* A verdict that changed is told to those who do not see the list; not what a first look brings. */
function announce(before, news) {
  if (!begun) return;
  const told = [];
  for (const [key, summary] of Object.entries(news.runs)) {
    const old = before.get(key);
    const words = each => each.rank + "|" + each.verdict.replace(/[\d.,]+/g, "");
    if (!old) told.push("New run " + summary.name + ": " + summary.verdict);
    else if (summary.withdrawn && summary.withdrawn !== old.withdrawn) told.push(summary.name + ": warning withdrawn. " + summary.withdrawn);
    else if (words(old) !== words(summary)) told.push(summary.name + ": " + summary.verdict);
  }
  if (told.length) say(told.slice(0, 3).join(". ") + (told.length > 3 ? ". And " + (told.length - 3) + " more." : ""));
}

function unread(files) {
  const place = byId("unread");
  show(place, files.length);
  place.querySelector("summary").textContent = files.length + (files.length === 1 ? " log is" : " logs are") + " not shown";
  write(place.querySelector("ul"), ...files.slice(0, 200).map(each => make("li", {}, make("span", { class: "path" }, each.path), ": " + each.reason)));
}

function link(state, words) {
  heard = state === "live" ? Date.now() : heard;
  const place = byId("link");
  if (place.dataset.state === state && place.textContent === words) return;
  place.dataset.state = state;
  place.textContent = words;
  document.body.toggleAttribute("data-lost", state === "lost");
}

/* A browser tries again by itself, but not after a refusal, nor where the network went away without a word. */
function connect() {
  clearTimeout(timer);
  if (stream) stream.close();
  stream = new EventSource("news");
  stream.addEventListener("news", onNews);
  stream.addEventListener("beat", event => { offset = JSON.parse(event.data).now - Date.now() / 1000; link("live", "Live"); });
  stream.addEventListener("error", () => {
    link("lost", "Connection lost, trying again");
    if (stream.readyState === EventSource.CLOSED) { clearTimeout(timer); timer = setTimeout(refused, AGAIN); }
  });
}
async function refused() {
  try {
    const answer = await fetch("news", { method: "HEAD", cache: "no-store" });
    if (answer.status === 403) link("lost", "The server was started anew: open the address that it printed");
  } catch (error) { /* not there yet */ }
  connect();
}

function tick() { run.tell(runs.get(chosen), Date.now() / 1000 + offset); }
setInterval(() => {
  tick();
  if (Date.now() - heard > SILENCE && stream.readyState !== EventSource.CLOSED) { heard = Date.now(); link("lost", "Connection lost, trying again"); connect(); }
}, 1000);

recall();
connect();
