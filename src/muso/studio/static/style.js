import { accept, api, find, follow, guarded, h, left, notice, percent, upload } from "/static/page.js";
import { voiceOf } from "/static/card.js";
import { chart } from "/static/chart.js";
import { Roll } from "/static/roll.js";

const AT_ONCE = 4;
// Where in a round a stage begins, and how much of it that takes.
const PARTS = { learning: [0.1, 0.6], remembering: [0.7, 0.1], measuring: [0.8, 0.05], composing: [0.85, 0.15] };
const SCORES = /\.midi?$/i;
let pieces = [], learning = null, losses = [], held = [], drawing = null;

async function take(files) {
  const scores = files.filter((file) => SCORES.test(file.name));
  if (!scores.length) { notice("There is no MIDI file among these.", "error"); return; }
  const most = Number(find("drop").dataset.most), all = pieces.length + scores.length;
  if (all > most) { notice(`A style is learnt from ${most.toLocaleString("en")} files at most, and these are ${all.toLocaleString("en")}; take fewer.`, "error"); return; }
  const folder = scores[0].webkitRelativePath?.split("/")[0];
  if (folder) find("lesson").elements.name.value = folder.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "").slice(0, 60) || "my-style";
  find("material").hidden = false;
  find("lesson").hidden = true;
  find("reading").hidden = false;
  let done = 0;
  const waiting = [...scores];
  const failed = [];
  const passed = files.length - scores.length;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (waiting.length) {
      const file = waiting.shift();
      try {
        const { id } = await upload(file, false);
        if (!pieces.includes(id)) pieces.push(id);
      } catch (error) { failed.push(`${file.name}: ${error.message}`); }
      done += 1;
      find("reading").value = done / scores.length / 2;
      find("readsaid").textContent = `${done} of ${scores.length} files brought in`;
    }
  }));
  await read(failed, passed);
}

async function read(failed, passed) {
  const name = find("lesson").elements.name.value;
  find("readsaid").textContent = "Getting ready to read …";
  try {
    const { job } = await api("/styles/read", { method: "POST", json: { name, pieces } });
    const found = await follow(job, { progress: ({ stage, done, total, left_s: open }) => {
      find("reading").value = 0.5 + done / total / 2;
      find("readsaid").textContent = `${stage}: ${done} of ${total}, ${left(open)}`;
    } });
    const figure = (value, said) => h("div", { class: "card figure" }, h("b", {}, value), h("span", {}, said));
    find("figures").replaceChildren(figure(found.pieces.toLocaleString("en"), "pieces"), figure(found.notes.toLocaleString("en"), "notes"), figure(found.hours.toFixed(1), "hours of music"), figure(String(found.held_out), "held out, to tell how well it goes"));
    find("readsaid").textContent = passed ? `${passed} other file${passed === 1 ? "" : "s"} passed over.` : "";
    const lines = [...failed, ...found.unreadable];
    find("leftbox").hidden = !lines.length;
    find("leftbox").querySelector("summary").textContent = `${lines.length} left out, and why`;
    find("left").replaceChildren(...lines.map((line) => h("li", {}, line)));
    find("lesson").hidden = false;
    find("lesson").elements.name.focus();
  } catch (error) { find("readsaid").textContent = error.message; } finally { find("reading").hidden = true; }
}

find("clear").addEventListener("click", () => {
  pieces = [];
  find("material").hidden = true;
  find("figures").replaceChildren();
  find("choose").focus();
});

find("lesson").addEventListener("submit", guarded(async (event) => {
  event.preventDefault();
  const { name, minutes } = event.target.elements;
  const { job } = await api("/styles", { method: "POST", json: { name: name.value, minutes: Number(minutes.value), pieces } });
  await watch(job, name.value);
}));

// What is learnt is told from its beginning, so a page that comes back sees all of it.
async function watch(job, name) {
  learning = job;
  losses = [];
  held = [];
  find("learning").hidden = false;
  find("stop").hidden = false;
  find("use").hidden = true;
  find("samples").replaceChildren();
  cancelAnimationFrame(drawing);
  drawing = null;
  find("curves").replaceChildren();
  find("learnname").textContent = `Learning ${name}`;
  find("learnsaid").textContent = "Getting ready …";
  find("learning").scrollIntoView({ block: "nearest" });
  let round = { round: 1, rounds: 1, begun: 0, share: 1 };
  try {
    const learnt = await follow(job, {
      round: (now) => { round = now; },
      progress: ({ stage, done, total, left_s: open, values }) => {
        const [from, share] = PARTS[stage] ?? [0, 0];
        find("learned").value = round.begun + round.share * (from + (share * done) / Math.max(total, 1));
        find("learnsaid").textContent = `Round ${round.round} of ${round.rounds}, ${stage}${open === null ? "" : `, ${left(open)} in this round`}`;
        plot(values);
      },
      sample: (sample) => {
        hear(sample);
        // From the first round on it can be used, also while it goes on learning.
        if (sample.number === 1) offer(name);
      },
    });
    find("learned").value = 1;
    find("learnsaid").textContent = `Done. Of the pieces made with it ${percent(learnt.copying.made)} copy more than two bars of what it learnt from; of held-out pieces ${percent(learnt.copying.real)} do.`;
  } catch (error) {
    find("learnsaid").textContent = error.kind === "stopped" ? "Stopped. What was learnt up to the last whole epoch is kept; learning it again by the same name goes on from there." : error.message;
  } finally {
    find("stop").hidden = true;
    learning = null;
  }
  await offer(name);
}

async function offer(name) {
  const styles = await list();
  if (!find("use").hidden || !styles.some((one) => one.name === name)) return;
  find("use").hidden = false;
  find("use").replaceChildren(h("a", { class: "button primary", href: `/compose?style=${encodeURIComponent(name)}` }, "Use it in Compose"));
}

// Whoever comes back gets all that was told at once: it is drawn once a frame, not once a value.
function plot(values) {
  if (values.loss === undefined) return;
  losses.push(values.loss);
  held.push(values.validation_loss ?? null);
  drawing ??= requestAnimationFrame(draw);
}

function draw() {
  drawing = null;
  // Between epochs the held-out loss is unknown; its line goes from one known value to the next.
  let last = null;
  const known = held.map((value) => { last = value ?? last; return last; });
  const columns = { "loss (nats a note)": losses, "held-out loss": known };
  const names = known.some((value) => value !== null) ? Object.keys(columns) : ["loss (nats a note)"];
  find("curves").replaceChildren(chart(names, columns, losses.length, null, "updates"));
}

async function hear({ piece, round, number, minutes, epochs }) {
  const name = `sample ${number} of round ${round}`;
  const id = `round-${round}`;
  if (!find(id)) find("samples").prepend(h("h3", {}, `After ${spent(minutes)} of learning, ${epochs} epoch${epochs === 1 ? "" : "s"}`), h("div", { id, class: "phrases" }));
  const place = h("article", { class: "card phrase" });
  find(id).append(place);
  const music = await api(`/pieces/${piece}/notes`);
  let voice = null;
  const roll = new Roll(music, `Piano roll of ${name}`, (seconds) => voice.seek(seconds));
  const both = voiceOf(`/api/pieces/${piece}/sound.wav`, music.length_s, name, [(at, on) => roll.show(at, on)]);
  voice = both.voice;
  place.append(h("header", {}, both.button, h("h4", {}, `Sample ${number}`)), roll.element);
}

const spent = (minutes) => minutes < 1 ? `${Math.round(minutes * 60)} s` : `${Number(minutes.toFixed(1))} minutes`;

find("stop").addEventListener("click", guarded(() => learning && api(`/jobs/${learning}`, { method: "DELETE" })));

async function list() {
  const styles = (await api("/composers")).filter((one) => one.own && !one.default);
  find("styles").replaceChildren(...(styles.length ? styles.map((one) => h("li", {}, h("a", { class: "button", href: `/compose?style=${encodeURIComponent(one.name)}` }, one.name), " ", h("a", { class: "small", href: `/models#${one.name}` }, "how good it is"))) : [h("li", { class: "faint" }, "None yet.")]));
  return styles;
}

accept(find("drop"), find("choose"), guarded(take));
find("choosefolder").addEventListener("change", guarded(async (event) => { const files = [...event.target.files]; event.target.value = ""; await take(files); }));
guarded(async () => {
  await list();
  const { job, name } = await api("/styles/lesson");
  if (job) await watch(job, name);
})();
