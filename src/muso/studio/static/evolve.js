import { accept, api, bring, find, follow, guarded, h, left, notice, s } from "/static/page.js";
import { playButton } from "/static/card.js";
import { Voice } from "/static/player.js";
import { Roll } from "/static/roll.js";

const AUTO = 5;
let state = null, pairs = false, here = 0, voices = [], source = null, busy = false;

// The lobby

async function lobby() {
  const sessions = await api("/sessions");
  find("sessions").replaceChildren(...(sessions.length ? sessions.map((one) => h("li", {}, h("button", { type: "button", onclick: guarded(() => open(one.name)) },
    one.name, h("span", { class: "faint small" }, new Date(one.changed).toLocaleString())))) : [h("li", { class: "faint" }, "No session yet. Those of the terminal show up here too.")]));
  find("lobby").hidden = false;
  find("sitting").hidden = true;
  location.hash = "";
}

async function open(name) {
  state = await api(`/sessions/${name}?pairs=${pairs}`);
  here = Math.max(state.phrases.findIndex((one) => one.stars === null), 0);
  find("lobby").hidden = true;
  find("sitting").hidden = false;
  location.hash = name;
  show();
  focus(here);
}

find("begin").addEventListener("submit", guarded(async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const wanted = { pauses: form.has("pauses"), metronome: form.has("metronome"), moods: form.has("moods"), key: form.get("key"), scale: form.get("scale") };
  for (const key of ["bars", "notes_a_bar", "steps", "octave", "bpm", "size", "seed"]) wanted[key] = Number(form.get(key));
  if (form.get("name")) wanted.name = form.get("name");
  if (source) wanted.source = source;
  const begun = await api("/sessions", { method: "POST", json: wanted });
  await open(begun.name);
}));

function startFrom(id, name) {
  source = id;
  find("sourcename").textContent = `from ${name}: its key, octave and tempo are taken`;
}

accept(find("begin"), find("source"), guarded(async (files) => {
  if (find("lobby").hidden) { notice("A score begins a session: go to Sessions first.", "error"); return; }
  const piece = await bring(files);
  if (piece) startFrom(piece.id, piece.name);
}));
const composed = new URLSearchParams(location.search).get("from");
if (composed) startFrom(composed, "what you composed");

// The sitting

function show() {
  const known = `The ear knows ${state.verdicts} of your verdicts`;
  const right = state.agreement === null ? "" : `; of two phrases rated apart it foretold the better ${Math.round(state.agreement * 100)}% of the time (chance is 50%)`;
  find("heading").textContent = `${state.name}, generation ${state.generation}`;
  find("ear").textContent = `${known}${right}.`;
  find("export").href = `/api/sessions/${state.name}/best.zip?count=3`;
  find("alone").disabled = state.verdicts < state.verdicts_needed;
  find("alone").title = `Once it knows ${state.verdicts_needed} of your verdicts`;
  find("bystars").setAttribute("aria-pressed", String(!pairs));
  find("bypairs").setAttribute("aria-pressed", String(pairs));
  find("phrases").hidden = find("starkeys").hidden = pairs;
  find("pair").hidden = find("pairkeys").hidden = !pairs;
  for (const voice of voices) voice?.stop();
  voices = [];
  if (pairs) showPair();
  else find("phrases").replaceChildren(...state.phrases.map((one) => phrase(one)));
  if (find("treebox").open) tree();
}

function sound(one) {
  const roll = new Roll(one.music, `Piano roll of ${one.name}`);
  const button = playButton(one.name, () => voice.toggle());
  button.tabIndex = -1;
  const voice = new Voice(`/api/pieces/${one.piece}/sound.wav`, one.music.length_s, (at, on) => {
    button.classList.toggle("on", on);
    roll.show(at, on);
  });
  voices[one.number] = voice;
  return { roll, button };
}

const past = (one) => one.parents.length ? `${one.origin} of ${one.parents.join(" and ")}` : one.origin;

function phrase(one, choose = null) {
  const { roll, button } = sound(one);
  const stars = choose ? h("button", { class: "primary", type: "button", onclick: choose }, "This one is better") :
    h("div", { class: "stars", role: "group", "aria-label": `Stars for ${one.name}` }, [0, 1, 2, 3, 4, 5].map((count) => h("button", {
      type: "button", tabindex: "-1", "aria-pressed": String(one.stars === count), "aria-label": `${count} star${count === 1 ? "" : "s"}`, onclick: () => rate(one.number, count) }, String(count))));
  // What the ear expected is told only after the rating, so that it doesn't sway it.
  const ear = one.stars === null ? "" : one.expected === null ? "the ear had nothing to go by" : `the ear expected ${Math.min(Math.max(one.expected, 0), 5).toFixed(1)} ± ${one.unsure.toFixed(1)}`;
  const element = h("article", { class: "card phrase", tabindex: "0", "data-number": String(one.number), "aria-label": `${one.name}, ${past(one)}${one.stars === null ? "" : `, ${one.stars} stars`}` },
    h("header", {}, button, h("div", {}, h("h3", {}, one.name), h("p", { class: "faint small", title: past(one) }, past(one))),
      h("button", { class: "ghost aside", type: "button", tabindex: "-1", "aria-pressed": String(one.saved), "aria-label": `Set ${one.name} aside`, title: "Set aside: later phrases may quote it", onclick: () => save(one.number) }, one.saved ? "◆" : "◇")),
    roll.element, stars, choose ? null : h("p", { class: "ear faint small" }, ear));
  element.addEventListener("focusin", () => mark(one.number));
  return element;
}

function showPair() {
  const [one, other] = state.pair.map((number) => state.phrases[number]);
  find("pair").replaceChildren(phrase(one, () => choose(one.number, other.number)), phrase(other, () => choose(other.number, one.number)));
}

function mark(number) {
  here = number;
  for (const one of document.querySelectorAll(".phrase")) one.classList.toggle("here", Number(one.dataset.number) === number);
}

function focus(number) {
  document.querySelector(`.phrase[data-number="${number}"]`)?.focus();
}

const changing = (work) => guarded(async (...given) => {
  if (busy) return;
  busy = true;
  try { await work(...given); } finally { busy = false; }
});

function replace(number) {
  const old = document.querySelector(`.phrase[data-number="${number}"]`);
  voices[number]?.stop();
  old.replaceWith(phrase(state.phrases[number]));
  find("ear").textContent = find("ear").textContent.replace(/knows \d+/, `knows ${state.verdicts}`);
  find("alone").disabled = state.verdicts < state.verdicts_needed;
}

const rate = changing(async (number, stars) => {
  state = await api(`/sessions/${state.name}/ratings`, { method: "POST", json: { number, stars } });
  replace(number);
  const open = state.phrases.filter((one) => one.stars === null).map((one) => one.number);
  if (!open.length) { find("next").focus(); notice("All are rated: breed the next generation."); }
  else focus(open.find((one) => one > number) ?? open[0]);
});

const choose = changing(async (preferred, other) => {
  state = await api(`/sessions/${state.name}/choices`, { method: "POST", json: { preferred, other } });
  state = await api(`/sessions/${state.name}?pairs=true`);
  show();
  focus(state.pair[0]);
});

const save = changing(async (number) => {
  state = await api(`/sessions/${state.name}/saved`, { method: "POST", json: { number } });
  if (!pairs) replace(number);
  focus(number);
  notice(`${state.phrases[number].name} is set aside; later phrases may quote it.`);
});

const undo = changing(async () => {
  const { undone } = await api(`/sessions/${state.name}/undo`, { method: "POST" });
  state = await api(`/sessions/${state.name}?pairs=${pairs}`);
  if (!undone) notice("There is nothing to take back.");
  show();
  focus(Math.min(here, state.phrases.length - 1));
});

const breed = changing(async (alone) => {
  for (const id of ["next", "alone"]) find(id).disabled = true;
  try {
    const { job } = await api(`/sessions/${state.name}/generations?pairs=${pairs}`, { method: "POST", json: { alone } });
    find("bred").value = 0;
    find("bred").hidden = false;
    let now = { number: 1, of: 1 };
    const told = (more) => { find("ear").textContent = `${alone ? `The ear breeds: generation ${now.number} of ${now.of}` : "Breeding"}${more} …`; };
    state = await follow(job, {
      generation: (next) => { now = next; find("bred").value = (now.number - 1) / now.of; told(""); },
      progress: ({ done, total, left_s: open }) => {
        find("bred").value = (now.number - 1 + done / Math.max(total, 1)) / now.of;
        told(`, ${done} of ${total} phrases heard${open > 1 ? `, ${left(open)}` : ""}`);
      },
    });
  } catch (error) {
    // Generations that were bred before it failed are on the disk.
    state = await api(`/sessions/${state.name}?pairs=${pairs}`).catch(() => state);
    throw error;
  } finally {
    find("bred").hidden = true;
    find("next").disabled = false;
    show();
  }
  here = pairs ? state.pair[0] : Math.max(state.phrases.findIndex((one) => one.stars === null), 0);
  focus(here);
  document.querySelector(".phrase.here")?.scrollIntoView({ block: "nearest" });
});

async function judge(byPairs) {
  pairs = byPairs;
  state = await api(`/sessions/${state.name}?pairs=${pairs}`);
  show();
}

find("bystars").addEventListener("click", guarded(() => judge(false)));
find("bypairs").addEventListener("click", guarded(() => judge(true)));
find("undo").addEventListener("click", () => undo());
find("leave").addEventListener("click", guarded(() => { for (const voice of voices) voice?.stop(); return lobby(); }));
find("next").addEventListener("click", () => breed(0));
find("alone").addEventListener("click", () => breed(AUTO));

// Keys

addEventListener("keydown", (event) => {
  if (find("sitting").hidden || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, summary")) return;
  const onButton = event.target.closest("button:not(.play), a");
  const key = event.key.toLowerCase();
  const shown = pairs ? state.pair : state.phrases.map((one) => one.number);
  const place = Math.max(shown.indexOf(here), 0);
  const act = {
    " ": onButton ? null : () => voices[here]?.toggle(),
    arrowright: () => focus(shown[Math.min(place + 1, shown.length - 1)]),
    arrowleft: () => focus(shown[Math.max(place - 1, 0)]),
    s: () => save(here), u: () => undo(), n: () => breed(0), r: () => voices[here]?.play(0),
  }[key] ?? (!pairs && /^[0-5]$/.test(key) ? () => rate(here, Number(key)) : null)
    ?? (pairs && /^[12]$/.test(key) ? () => choose(shown[key - 1], shown[2 - key]) : null);
  if (!act) return;
  event.preventDefault();
  act();
});

// The family tree

const STEP = 34, ROW = 46, EDGE = 46;
let heard = null;

async function tree() {
  const nodes = await api(`/sessions/${state.name}/tree`);
  const places = new Map(), counts = [];
  for (const node of nodes) {
    counts[node.born] = (counts[node.born] ?? 0) + 1;
    places.set(node.row, { x: EDGE + counts[node.born] * STEP, y: 24 + node.born * ROW });
  }
  const width = EDGE + (Math.max(...counts) + 1) * STEP, height = counts.length * ROW + 8;
  const lines = nodes.flatMap((node) => node.parents.map((parent) => {
    const from = places.get(parent), to = places.get(node.row);
    return s("line", { x1: from.x, y1: from.y, x2: to.x, y2: to.y, "data-child": node.row, "data-parent": parent });
  }));
  const dots = nodes.map((node) => {
    const { x, y } = places.get(node.row);
    const said = `${node.name}, ${node.origin}${node.stars === null ? "" : `, ${node.stars} stars`}`;
    const dot = s("circle", { cx: x, cy: y, r: node.stars === null ? 4 : 5 + node.stars * 1.300, class: node.current ? "current" : "", tabindex: 0, role: "button", "aria-label": said, "data-row": node.row }, s("title", {}, said));
    const choose = guarded(() => hear(node, nodes));
    dot.addEventListener("click", choose);
    dot.addEventListener("keydown", (event) => { if (event.key === "Enter") choose(); });
    return dot;
  });
  const labels = counts.map((_, born) => s("text", { x: 4, y: 28 + born * ROW }, `g${String(born).padStart(3, "0")}`));
  find("tree").replaceChildren(h("div", { class: "tree" }, s("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Family tree" }, ...lines, ...labels, ...dots)), h("p", { id: "heard", class: "small", "aria-live": "polite" }));
}

async function hear(node, nodes) {
  const near = new Set();
  const climb = (row) => { if (near.has(row)) return; near.add(row); for (const parent of nodes[row].parents) climb(parent); };
  climb(node.row);
  for (const line of find("tree").querySelectorAll("line")) line.classList.toggle("near", near.has(Number(line.dataset.child)) && near.has(Number(line.dataset.parent)));
  for (const dot of find("tree").querySelectorAll("circle")) dot.classList.toggle("near", near.has(Number(dot.dataset.row)));
  find("heard").textContent = `${node.name}, ${node.origin}; ${near.size - 1} ancestors${node.expected === null ? "" : `; the ear now gives it ${Math.min(Math.max(node.expected, 0), 5).toFixed(1)} stars`}`;
  const { piece, music } = await api(`/sessions/${state.name}/rows/${node.row}`);
  heard?.stop();
  heard = new Voice(`/api/pieces/${piece}/sound.wav`, music.length_s, () => {});
  heard.play();
}

find("treebox").addEventListener("toggle", guarded(() => { if (find("treebox").open) return tree(); return null; }));

find("begin").elements.seed.value = String(Math.floor(Math.random() * 1e6));
const go = guarded(() => {
  const wanted = decodeURIComponent(location.hash.slice(1));
  if (wanted === (find("sitting").hidden ? "" : state?.name) && state) return null;
  return wanted ? open(wanted).catch(lobby) : lobby();
});
addEventListener("hashchange", go);
go();
