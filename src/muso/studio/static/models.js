import { api, colour, find, guarded, h, percent, s } from "/static/page.js";
import { chart } from "/static/chart.js";

const METRICS = { accuracy: "accuracy", balanced_accuracy: "balanced accuracy", macro_f1: "macro F1", top5: "top-5 accuracy", calibration_error: "calibration error" };

const NAMED = 16;
const NO_SHARE = /second|minute|nats|bits/;
// Both ends are null where too few works were tested to say anything of them.
const between = ({ low, high }) => low === null ? "no interval" : `${low.toFixed(3)}–${high.toFixed(3)}`;
const told = (interval) => `${interval.value.toFixed(3)} (${between(interval)})`;

const scroller = (label, table) => h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, table);

async function list() {
  const { bundles, broken } = await api("/bundles");
  const tasks = [...new Set(bundles.map((one) => one.task))];
  find("list").replaceChildren(...tasks.flatMap((task) => [h("h2", {}, task.replaceAll("_", " ")), ...bundles.filter((one) => one.task === task).map((one) =>
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
    if (link.dataset.name === name) { link.setAttribute("aria-current", "true"); link.scrollIntoView({ block: "nearest", inline: "center" }); }
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
    return h("div", { class: "card figure" }, h("b", {}, one.value.toFixed(3)), h("span", {}, label), h("span", {}, one.low === null ? between(one) : `95%: ${between(one)}`));
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
  const said = h("p", { class: "small faint", "aria-live": "off" }, "Rows are true labels, columns what the model said; stronger is more of the row. Point at a cell.");
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

function sides({ train, validation, test, folds }) {
  const [learnt, chosen, tested] = [train, validation, test].map((side) => side.units.toLocaleString("en"));
  if (folds) return `each of ${tested} pieces was tested once, by a model that learnt from the other ${folds - 1} of ${folds} parts`;
  return `${learnt} pieces to train on, ${chosen} to choose by, ${tested} to test on`;
}

function protocols(report) {
  const { split } = report;
  if (!split) return null;
  return h("section", { class: "card stack" }, h("h2", {}, "Honest or leaky"),
    h("p", {}, split.leaky ? "This figure is leaky: the same work stands on both sides of its split, so it promises too much." : "This figure is honest: no work stands on two sides of its split."),
    h("p", { class: "small faint" }, `Protocol ${split.protocol}, seed ${split.seed}: ${sides(split)}.`),
    h("ul", { class: "small" }, (report.leaks ?? []).map((leak) => h("li", {}, `${leak.kind}: ${leak.detail}`))),
    h("div", { id: "study" }));
}

// What earlier studies claimed, what muso gets the same way, and what is true.
async function study(task) {
  const found = await api(`/studies/${task}`);
  const place = find("study");
  if (!place || !found.claims.length) return;
  const run = found.claims.filter((one) => one.theirs || one.honest);
  const open = found.claims.filter((one) => !run.includes(one));
  place.replaceChildren(h("h3", {}, "What an earlier study claimed, and what is true"), ...[
    run.length ? scroller("Claimed, leaky and honest", claimed(run)) : null,
    run.length ? h("p", { class: "small faint" }, h("span", { class: "mark leaky" }), "its way, leaky ", h("span", { class: "mark honest" }), "honest: no work on two sides. Lines hold 95%, from 0 to 1. “Its way” draws the split as the study did, on our data.") : null,
    run.length ? h("ul", { class: "small faint" }, found.notes.map((note) => h("li", {}, inline(note)))) : null,
    open.length ? h("details", { class: "small" }, h("summary", {}, run.length ? `${open.length} more, not run yet` : `${open.length} experiments, none run yet`), h("ul", {}, open.map((one) => h("li", {}, one.says, one.claim ? h("span", { class: "faint" }, `: it claimed ${one.claim}`) : null)))) : null,
    h("p", { class: "small" }, "Run them on your data: ", h("code", {}, `muso reproduce ${found.study} --data FOLDER`), ""),
  ].filter(Boolean));
}

function claimed(rows) {
  return h("table", { class: "claims" }, h("thead", {}, h("tr", {}, ["what was tried", "it claimed", "ours, its way", "ours, honest"].map((name) => h("th", { scope: "col" }, name)), h("td", {}))),
    h("tbody", {}, rows.map((one) => {
      const leaky = one.leaky && one.theirs;
      const small = [one.metric === "accuracy" ? null : one.metric.replaceAll("_", " "), one.size === "full size" ? null : one.size, one.own ? "run by you" : null].filter(Boolean).join(" · ");
      return h("tr", {}, h("th", { scope: "row" }, one.says, small ? h("span", { class: "faint small" }, small) : null), h("td", { class: one.claim ? "wraps" : "none", "data-is": "it claimed" }, one.claim || "–"),
        h("td", { class: leaky ? null : "none", title: one.how || null, "data-is": "ours, its way" }, leaky ? told(one.theirs) : "–", leaky ? h("span", { class: "faint small" }, `${one.protocol}, leaky`) : null),
        h("td", { class: one.honest ? null : "none", "data-is": "ours, honest" }, one.honest ? told(one.honest) : "–"), h("td", {}, NO_SHARE.test(one.metric) ? null : ranges(leaky ? one.theirs : null, one.honest)));
    })));
}

// Both intervals on one line from 0 to 1; nothing where a figure is no share or has no interval.
function ranges(theirs, honest) {
  const shown = [[theirs, "leaky", 9], [honest, "honest", 19]].filter(([one]) => one);
  if (shown.some(([one]) => one.low === null || one.low < 0 || one.high > 1)) return null;
  const x = (share) => 8 + 104 * share;
  return s("svg", { class: "ranges", viewBox: "0 0 120 28", "aria-hidden": "true" }, s("path", { class: "axis", d: "M8 3v22M60 3v22M112 3v22" }),
    ...shown.flatMap(([one, kind, y]) => [s("path", { class: kind, d: `M${x(one.low)} ${y}H${x(one.high)}` }), s("circle", { class: kind, cx: x(one.value), cy: y, r: 3.6 })]));
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
