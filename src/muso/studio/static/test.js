import { accept, api, find, follow, guarded, h, notice, percent, upload } from "/static/page.js";

const MOODS = ["sad", "calm", "angry", "happy"];
let chosen = [], source = null, test = null;

const labels = () => find("make").elements.labels.value.split(",").map((label) => label.trim()).filter(Boolean);

function guess(name) {
  const low = name.toLowerCase();
  return labels().find((label) => low.includes(label.toLowerCase())) ?? "";
}

function draw() {
  find("chosen").replaceChildren(...chosen.map((one) => h("li", {}, h("span", { class: "name", title: one.name }, one.name),
    h("select", { "aria-label": `What ${one.name} is`, required: true, onchange: (event) => { one.label = event.target.value; } }, h("option", { value: "" }, "what is it?"), labels().map((label) => h("option", { value: label, selected: label === one.label }, label))),
    h("button", { class: "ghost", type: "button", "aria-label": `Leave out ${one.name}`, onclick: () => { chosen = chosen.filter((other) => other !== one); draw(); } }, "×"))));
  for (const one of chosen) if (!labels().includes(one.label)) one.label = "";
}

function add(piece, label = null) {
  if (chosen.some((one) => one.piece === piece.id)) return;
  chosen.push({ piece: piece.id, name: piece.name, label: label && labels().includes(label) ? label : guess(piece.name) });
}

accept(find("drop"), find("choose"), guarded(async (files) => {
  for (const file of files) {
    try { add(await upload(file, false)); draw(); } catch (error) { notice(`${file.name}: ${error.message}`, "error"); }
  }
}));
find("fromlist").addEventListener("click", guarded(async () => {
  for (const piece of await api("/pieces")) if (piece.media !== "cover") add(piece);
  draw();
}));
find("fromhistory").addEventListener("click", guarded(async () => {
  for (const made of await api("/compositions")) {
    const { valence, arousal } = made.request;
    const mood = valence === undefined ? null : MOODS[(valence > 0 ? 1 : 0) + (arousal > 0 ? 2 : 0)];
    add({ id: made.piece, name: `composition ${made.id}${mood ? `, ${mood}` : ""}` }, mood);
  }
  draw();
}));
find("make").elements.labels.addEventListener("change", () => { for (const one of chosen) one.label = guess(one.name); draw(); });

find("make").addEventListener("submit", guarded(async (event) => {
  event.preventDefault();
  const form = event.target.elements;
  const { job } = await api("/tests", { method: "POST", json: { title: form.title.value, labels: labels(), seconds: Number(form.seconds.value), items: chosen.map(({ piece, label }) => ({ piece, label })) } });
  find("progress").hidden = false;
  try {
    const made = await follow(job, { progress: ({ done, total }) => { find("progress").value = done / total; } });
    chosen = [];
    draw();
    location.hash = made.id;
  } finally { find("progress").hidden = true; }
}));

async function overview() {
  source?.close();
  find("overview").hidden = false;
  find("results").hidden = true;
  const tests = await api("/tests");
  find("tests").replaceChildren(...(tests.length ? tests.map((one) => h("li", {}, h("button", { type: "button", onclick: () => { location.hash = one.id; } }, one.title,
    h("span", { class: "faint small" }, `${one.listeners} listener${one.listeners === 1 ? "" : "s"}`)))) : [h("li", { class: "faint" }, "None yet.")]));
}

async function results(id) {
  test = await api(`/tests/${id}`);
  find("overview").hidden = true;
  find("results").hidden = false;
  find("heading").textContent = test.title;
  find("csv").href = `/api/tests/${id}/answers.csv`;
  show(test);
  sharing(await api("/sharing"));
  source?.close();
  source = new EventSource(`/api/tests/${id}/events`);
  source.addEventListener("results", (event) => show(JSON.parse(event.data)));
}

function sharing({ shared, address }) {
  find("share").checked = shared;
  const link = (shared ? address : location.origin) + test.link;
  find("link").replaceChildren(shared ? "Listeners open " : "On this machine: ", h("a", { href: link, target: "_blank", rel: "noreferrer" }, link));
}

find("share").addEventListener("change", guarded(async () => sharing(await api("/sharing", { method: "POST", json: { shared: find("share").checked } }))));
find("toggle").addEventListener("click", guarded(async () => {
  test = { ...test, ...(await api(`/tests/${test.id}`, { method: "PATCH", json: { open: !test.open } })) };
  show(test);
}));
find("delete").addEventListener("click", guarded(async () => {
  if (!confirm(`Delete “${test.title}” with its ${test.answers} answers?`)) return;
  await api(`/tests/${test.id}`, { method: "DELETE" });
  location.hash = "";
}));
find("back").addEventListener("click", () => { location.hash = ""; });

function show(now) {
  test = { ...test, ...now };
  find("toggle").textContent = test.open ? "Close it" : "Open it again";
  find("counts").textContent = `${test.pieces} pieces, ${test.listeners} listener${test.listeners === 1 ? "" : "s"}, ${test.answers} answer${test.answers === 1 ? "" : "s"}${test.open ? "" : ", closed"}`;
  if (now.confusion === undefined) return;
  const figure = (name, share) => h("div", { class: "card figure" }, h("b", {}, share ? percent(share.value) : "–"), h("span", {}, name), h("span", {}, share ? `95%: ${percent(share.low)}–${percent(share.high)}` : "nothing answered yet"));
  const said = h("p", { class: "small faint" }, `Chance alone would be ${percent(now.chance)}. Intervals hold 95%; other listeners and other pieces might have been asked.`);
  const figures = h("div", { class: "figures" }, figure("heard right", now.right), now.labels.map((label) => figure(`of ${label}`, now.intended.find((one) => one.name === label))));
  find("live").replaceChildren(figures, said, ...(now.confusion ? [confusion(now), eachPiece(now)] : []));
}

function confusion({ labels: names, confusion: cells }) {
  const most = Math.max(...cells.flat(), 1);
  return h("section", { class: "card" }, h("h2", {}, "What was heard for what"), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Confusion" }, h("table", { class: "heat" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "it is"), names.map((label) => h("th", { scope: "col", class: "r" }, `heard ${label}`)))),
    h("tbody", {}, names.map((label, row) => h("tr", {}, h("th", { scope: "row" }, label), cells[row].map((count, column) => h("td", { class: `r ${row === column ? "same" : "other"}`, style: { "--heat": percent(0.75 * count / most) } }, String(count)))))))));
}

function eachPiece(now) {
  return h("details", { class: "card", open: Boolean(find("live").querySelector("details")?.open) }, h("summary", {}, "Each piece"), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Each piece" }, h("table", {}, h("thead", {}, h("tr", {}, ["piece", "it is", "right", "answers"].map((name, place) => h("th", { scope: "col", class: place > 1 ? "r" : null }, name)))),
    h("tbody", {}, now.by_piece.map((one) => h("tr", {}, h("td", {}, one.name), h("td", {}, one.label), h("td", { class: "r" }, String(one.right)), h("td", { class: "r" }, String(one.count))))))));
}

const go = guarded(() => { const id = location.hash.slice(1); return id ? results(id).catch((error) => { notice(error.message, "error"); return overview(); }) : overview(); });
addEventListener("hashchange", go);
go();
