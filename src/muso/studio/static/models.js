import { api, colour, find, guarded, h, percent } from "/static/page.js";
import { chart } from "/static/chart.js";

const METRICS = { accuracy: "accuracy", balanced_accuracy: "balanced accuracy", macro_f1: "macro F1", top5: "top-5 accuracy", calibration_error: "calibration error" };

const NAMED = 16;
const told = (interval) => `${interval.value.toFixed(3)} (${interval.low.toFixed(3)}–${interval.high.toFixed(3)})`;

const scroller = (label, table) => h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, table);

async function list() {
  const { bundles, broken } = await api("/bundles");
  const tasks = [...new Set(bundles.map((one) => one.task))];
  find("list").replaceChildren(...tasks.flatMap((task) => [h("h2", {}, task), ...bundles.filter((one) => one.task === task).map((one) =>
    h("a", { href: `#${one.name}`, "data-name": one.name }, one.name, h("small", {}, summary(one))))]));
  for (const line of broken) find("list").append(h("p", { class: "failed small" }, line));
  const wanted = decodeURIComponent(location.hash.slice(1));
  if (bundles.length) await show(bundles.some((one) => one.name === wanted) ? wanted : bundles[0].name);
}

function summary(one) {
  const figure = one.metrics.accuracy === undefined ? "" : ` · ${percent(one.metrics.accuracy)} right`;
  return `${one.labels.length ? `${one.labels.length} labels` : `${one.size_mb.toFixed(1)} MB`}${figure}${one.default ? " · default" : ""}`;
}

async function show(name) {
  for (const link of find("list").querySelectorAll("a")) {
    if (link.dataset.name === name) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  const model = await api(`/bundles/${name}`);
  const { report } = model;
  find("model").replaceChildren(...[
    h("h2", {}, name),
    report.metrics ? figures(report) : null,
    report.metrics ? against(report) : null,
    report.surprise ? surprise(report) : null,
    report.confusion ? confusion(report) : null,
    report.curves ? curves(report.curves) : null,
    protocols(report),
    retrain(model),
    members(model.manifest),
    h("details", { class: "card" }, h("summary", {}, "Card"), h("div", { class: "text" }, markdown(model.card))),
  ].filter(Boolean));
  await study(model.manifest.task);
}

// Of five labels or fewer the right one is always among the first five.
const telling = (report, key) => report.metrics[key] && (key !== "top5" || report.labels.length > 5);

function figures(report) {
  return h("div", { class: "figures" }, Object.entries(METRICS).filter(([key]) => telling(report, key)).map(([key, label]) => {
    const one = report.metrics[key];
    return h("div", { class: "card figure" }, h("b", {}, one.value.toFixed(3)), h("span", {}, label), h("span", {}, `95%: ${one.low.toFixed(3)}–${one.high.toFixed(3)}`));
  }));
}

function against(report) {
  const columns = [["this model", report.metrics], ...(report.baselines ?? []).map((one) => [one.name, one.metrics])];
  const keys = Object.keys(METRICS).filter((key) => telling(report, key));
  return h("section", { class: "card" }, h("h2", {}, "Beside baselines"), scroller("Beside baselines", h("table", {},
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "metric"), columns.map(([label]) => h("th", { scope: "col" }, label)))),
    h("tbody", {}, keys.map((key) => h("tr", {}, h("th", { scope: "row" }, METRICS[key]), columns.map(([, metrics]) => h("td", {}, metrics[key] ? told(metrics[key]) : "–"))))))),
    h("p", { class: "small faint" }, `Measured on ${report.metrics.n.toLocaleString("en")} held-out pieces; intervals hold 95%, by a bootstrap over works.`));
}

// What a language model knows: how far the next note surprises it.
function surprise(report) {
  const rows = [report.surprise, ...report.baselines];
  return h("section", { class: "card" }, h("h2", {}, "How much held-out music surprises it"), scroller("Surprise", h("table", {},
    h("thead", {}, h("tr", {}, ["model", "nats a note", "of them for the pitch"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, h("th", { scope: "row" }, row.name), h("td", {}, told(row.loss)), h("td", {}, told(row.pitch))))))),
    h("p", { class: "small faint" }, `Measured on ${report.notes.toLocaleString("en")} held-out notes; fewer nats are better; intervals hold 95%.`));
}

function confusion(report) {
  const { labels, confusion: cells } = report;
  const canvas = h("canvas", { class: "matrix", role: "img", "aria-label": `Confusion of ${labels.length} labels; the table of classes below says the same in numbers.` });
  const said = h("p", { class: "small faint", "aria-live": "off" }, "Rows are true labels, columns what the model said; darker is more of the row. Point at a cell.");
  const sums = cells.map((row) => Math.max(row.reduce((a, b) => a + b, 0), 1));
  const draw = () => {
    const size = Math.max(Math.floor(1200 / labels.length), 2);
    canvas.width = canvas.height = size * labels.length;
    const pen = canvas.getContext("2d");
    pen.fillStyle = colour("sunk");
    pen.fillRect(0, 0, canvas.width, canvas.height);
    cells.forEach((row, y) => row.forEach((count, x) => {
      if (!count) return;
      pen.globalAlpha = 0.15 + 0.85 * (count / sums[y]);
      pen.fillStyle = colour(x === y ? "accent" : "angry");
      pen.fillRect(x * size, y * size, size - (size > 3 ? 1 : 0), size - (size > 3 ? 1 : 0));
    }));
  };
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * labels.length);
    const y = Math.floor(((event.clientY - box.top) / box.height) * labels.length);
    if (!cells[y]?.[x] && cells[y]?.[x] !== 0) return;
    said.textContent = `${labels[y]} taken for ${labels[x]}: ${cells[y][x]} of ${sums[y]}`;
  });
  addEventListener("themechange", draw);
  draw();
  const few = labels.length <= NAMED;
  const grid = few ? h("div", { class: "named", style: { "--labels": String(labels.length) } },
    h("div", { class: "rows" }, labels.map((label) => h("span", {}, label))), canvas, h("div", { class: "columns" }, labels.map((label) => h("span", {}, label)))) : canvas;
  const classes = [...(report.classes ?? [])].sort((a, b) => b.support - a.support);
  return h("section", { class: "card" }, h("h2", {}, "Who is taken for whom"), grid, said,
    classes.length ? h("details", {}, h("summary", {}, "Each label"), scroller("Each label", h("table", {},
      h("thead", {}, h("tr", {}, ["label", "pieces", "precision", "recall", "F1"].map((name, place) => h("th", { scope: "col", class: place ? "r" : null }, name)))),
      h("tbody", {}, classes.map((one) => h("tr", {}, h("th", { scope: "row" }, one.label), [one.support, ...["precision", "recall", "f1"].map((key) => one[key] === null ? "–" : one[key].toFixed(2))].map((value) => h("td", { class: "r" }, String(value))))))))) : null);
}

function curves({ values, best_epoch: best }) {
  const names = Object.keys(values);
  const epochs = values[names[0]].length;
  const groups = [names.filter((name) => name.includes("loss")), names.filter((name) => !name.includes("loss"))].filter((group) => group.length);
  return h("section", { class: "card" }, h("h2", {}, "Training"), h("div", { class: "curves" }, groups.map((group) => chart(group, values, epochs, best))));
}

function protocols(report) {
  const { split } = report;
  if (!split) return null;
  return h("section", { class: "card stack" }, h("h2", {}, "Honest or leaky"),
    h("p", {}, split.leaky ? "This figure is leaky: the same work stands on both sides of its split, so it promises too much." : "This figure is honest: no work stands on two sides of its split."),
    h("p", { class: "small faint" }, `Protocol ${split.protocol}, seed ${split.seed}: ${split.train.units.toLocaleString("en")} pieces to train on, ${split.validation.units.toLocaleString("en")} to choose by, ${split.test.units.toLocaleString("en")} to test on.`),
    h("ul", { class: "small" }, (report.leaks ?? []).map((leak) => h("li", {}, `${leak.kind}: ${leak.detail}`))),
    h("div", { id: "study" }));
}

// What earlier studies claimed, what muso gets the same way, and what is true.
async function study(task) {
  const claims = await api(`/studies/${task}`);
  const place = find("study");
  if (!place || !claims.length) return;
  const run = claims.some((one) => one.theirs || one.honest);
  const cell = (interval) => h("td", {}, interval ? told(interval) : "–");
  place.replaceChildren(h("h3", {}, "What others claimed"), scroller("What others claimed", h("table", {},
    h("thead", {}, h("tr", {}, ["what was tried", "claimed", "ours, their way", "ours, honestly"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, claims.map((one) => h("tr", {}, h("th", { scope: "row" }, `${one.says} (${one.protocol}${one.protocol === "work" ? "" : ", leaky"})`), h("td", {}, one.claim || "–"), cell(one.theirs), cell(one.honest)))))),
    h("p", { class: "small" }, run ? "Run it on your data: " : "Not run here yet: ", h("code", {}, `muso reproduce ${task} --data FOLDER`), "."));
}

function retrain({ name, manifest }) {
  const recipe = manifest.recipe?.name ?? manifest.task;
  const own = `${name.replace(/\.\d+$/, "")}.mine`;
  const [needs, command] = !manifest.encoding ? ["With your own corpus, a folder a label or a CSV:", `muso train ${recipe} --corpus my-corpus.csv --name ${own}`]
    : manifest.recipe?.base ? ["It goes on learning from a folder of MIDI files, here on the page Style or by:", `muso style train FOLDER --name ${name}`]
      : ["With a corpus of scores:", `muso train ${recipe} --corpus my-corpus.csv --name ${own}`];
  return h("section", { class: "card" }, h("h2", {}, "Train it anew"), h("p", {}, needs), h("pre", { tabindex: "0" }, `pip install 'muso[train]'\n${command}`));
}

function members(manifest) {
  const all = manifest.member ?? [];
  if (!all.length) return null;
  return h("details", { class: "card" }, h("summary", {}, "What it is made of"), all.map((member) => h("div", {}, h("h3", {}, member.name), h("p", { class: "small faint" }, `looks at ${member.view?.name ?? "?"}${member.weight === undefined ? "" : `, weight ${Number(member.weight).toFixed(2)}`}`),
    scroller(`Layers of ${member.name}`, h("table", {}, h("tbody", {}, (member.layer ?? []).map((layer) => h("tr", {}, h("td", {}, layer.name), h("td", { class: "r" }, layer.shape.join(" × ")), h("td", { class: "r" }, layer.parameters.toLocaleString("en")))))))))); }

// As much Markdown as muso's cards use.
export function markdown(text) {
  const out = [];
  let block = [];
  const flush = () => {
    if (!block.length) return;
    const [first] = block;
    if (first.startsWith("# ")) { block = []; return; }
    if (/^#+ /.test(first)) out.push(h("h3", {}, inline(first.replace(/^#+ /, ""))));
    else if (first.startsWith("|")) out.push(table(block));
    else if (/^[-*] /.test(first)) out.push(h("ul", {}, block.map((line) => h("li", {}, inline(line.replace(/^[-*] /, ""))))));
    else out.push(h("p", {}, inline(block.join(" "))));
    block = [];
  };
  for (const line of text.split("\n")) {
    if (!line.trim()) flush();
    else if (/^#+ /.test(line)) { flush(); block = [line]; flush(); }
    else if (!line.startsWith("![")) block.push(line);
  }
  flush();
  return out;
}

const inline = (text) => text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
  if (part.startsWith("`")) return h("code", {}, part.slice(1, -1));
  return part.startsWith("**") ? h("strong", {}, part.slice(2, -2)) : part;
});

function table(lines) {
  const cells = (line) => line.replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
  const [head, , ...rows] = lines;
  return scroller("Table", h("table", {}, h("thead", {}, h("tr", {}, cells(head).map((cell) => h("th", { scope: "col" }, cell)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, cells(row).map((cell) => h("td", {}, inline(cell))))))));
}

addEventListener("hashchange", guarded(() => show(decodeURIComponent(location.hash.slice(1)))));
guarded(list)();
