import { accept, api, clock, find, follow, guarded, h, left, notice, theme, upload } from "/static/page.js";
import { bars, moodLine, MOODS, plane, voiceOf } from "/static/card.js";
import { Roll } from "/static/roll.js";

const AT_ONCE = 4;
const KINDS = { score: "score", clip: "recording", cover: "album cover" };
const cards = new Map();
const waiting = [];
let running = 0, asked = 0, answered = 0, began = 0;

function card(piece) {
  const picture = h("div", { class: "shown" }, h("div", { class: "picture wait" }));
  const said = h("div", { class: "answers", "aria-busy": "true" }, h("p", { class: "faint wait" }, "Listening …"));
  const below = h("div", {});
  const about = h("p", { class: "faint small" }, KINDS[piece.media]);
  const header = h("header", {}, h("div", {}, h("h2", { title: piece.name }, piece.name), about),
    h("button", { class: "ghost remove", type: "button", "aria-label": `Remove ${piece.name}`, onclick: guarded(() => remove(piece.id)) }, "×"));
  const element = h("li", { class: "card piece" }, h("div", {}, header, picture, below), said);
  return { piece, element, picture, said, about, header, below, roll: null };
}

async function draw(entry) {
  const { piece, picture } = entry;
  if (piece.media === "score") {
    const music = await api(`/pieces/${piece.id}/notes`);
    const url = `/api/pieces/${piece.id}/sound.wav`;
    let voice = null;
    entry.roll = new Roll(music, `Piano roll of ${piece.name}`, (seconds) => voice.seek(seconds));
    const made = voiceOf(url, music.length_s, piece.name, [(at, on) => entry.roll.show(at, on)], () => notice(`${piece.name} can't be played.`, "error"));
    voice = made.voice;
    entry.header.prepend(made.button);
    picture.replaceChildren(entry.roll.element);
    entry.about.textContent = `score · ${clock(music.length_s)} · ${music.count.toLocaleString("en")} notes · ${Math.round(music.tempo_bpm)} beats a minute`;
    return;
  }
  const image = h("img", { alt: piece.media === "clip" ? `Spectrogram of ${piece.name}` : piece.name, src: `/api/pieces/${piece.id}/picture.png?theme=${theme()}` });
  entry.frame = h("div", { class: `picture wait ${piece.media}` }, image);
  for (const end of ["load", "error"]) image.addEventListener(end, () => entry.frame.classList.remove("wait"), { once: true });
  if (piece.media === "clip") drawClip(entry, image);
  picture.replaceChildren(entry.frame);
}

function drawClip(entry, image) {
  const { piece, frame, header } = entry;
  const head = h("div", { class: "playhead", hidden: true });
  frame.append(head);
  const { voice, button } = voiceOf(`/api/pieces/${piece.id}/sound.wav`, Infinity, piece.name, [(at, on, whole) => {
    if (Number.isFinite(whole)) measure(entry, whole);
    head.hidden = !(on || at > 0);
    head.style.transform = `translateX(${entry.length ? Math.min(at / entry.length, 1) * frame.clientWidth : 0}px)`;
  }], () => notice(`${piece.name} can't be played.`, "error"));
  header.prepend(button);
  frame.addEventListener("click", (event) => {
    const box = frame.getBoundingClientRect();
    if (entry.length) voice.seek(((event.clientX - box.left) / box.width) * entry.length);
    else voice.play();
  });
  addEventListener("themechange", () => { image.src = `/api/pieces/${piece.id}/picture.png?theme=${theme()}`; });
}

function measure(entry, seconds) {
  if (entry.length === seconds) return;
  entry.length = seconds;
  entry.about.textContent = `recording · ${clock(seconds)}`;
}

function tell(entry, said) {
  entry.said.setAttribute("aria-busy", "false");
  const answers = Object.entries(said.predictions ?? {});
  if (!answers.length) {
    entry.said.replaceChildren(h("p", { class: "faint" }, `No model here names anything about ${KINDS[entry.piece.media]}s yet. The page Models says how to train one.`));
    return;
  }
  entry.said.replaceChildren(...answers.map(([task, one]) => answer(entry, task, one)));
  const [, first] = answers[0];
  light(entry, first);
  // The picture of silence is an empty one.
  entry.picture.hidden = Boolean(first.reason?.startsWith("silence"));
}

function answer(entry, task, said) {
  const unknown = said.label === "unknown";
  const mood = said.valence !== undefined;
  const parts = [
    h("div", { class: "head" }, h("span", { class: "task" }, task.replaceAll("_", " ")), h("span", { class: "faint small" }, said.bundle)),
    h("p", { class: `label${unknown ? " unsure" : ""}` }, unknown ? "unknown" : said.label),
  ];
  const spoke = `Show what spoke for ${unknown ? said.ranking[0]?.[0] : "it"}`;
  if (unknown) parts.push(h("p", { class: "small faint" }, said.reason ? `It can't be told: ${said.reason}.` : "None of the labels this model knows is likely enough. Nearest:"));
  const shares = bars(said.ranking.slice(0, 5), mood ? MOODS : {});
  if (mood) {
    const place = `valence ${said.valence.toFixed(2)}, arousal ${said.arousal.toFixed(2)}`;
    parts.push(h("div", { class: "mood" }, plane(said.valence, said.arousal, `Mood: ${place}`), h("div", {}, shares, h("p", { class: "faint small" }, place))));
    followMood(entry, task);
  } else parts.push(shares);
  if (entry.piece.media === "cover" && said.ranking.length) parts.push(heat(entry, spoke));
  if ((said.evidence ?? []).length > 1 && entry.piece.media !== "cover") {
    const show = h("button", { type: "button", "aria-pressed": "false", onclick: () => light(entry, said, show) }, spoke);
    show.dataset.task = task;
    parts.push(h("div", { class: "row" }, show));
  }
  return h("section", { class: "said", "aria-label": `${task} of ${entry.piece.name}` }, parts);
}

// Where on a cover the model saw it: the picture itself is lit.
function heat(entry, spoke) {
  const plain = `/api/pieces/${entry.piece.id}/picture.png`;
  const key = h("p", { class: "small faint", hidden: true }, "Orange spoke for it, blue against it.");
  const show = h("button", { type: "button", "aria-pressed": "false", onclick: () => {
    const lit = show.getAttribute("aria-pressed") !== "true";
    show.setAttribute("aria-pressed", String(lit));
    key.hidden = !lit;
    entry.frame.querySelector("img").src = lit ? `/api/pieces/${entry.piece.id}/heat.png` : plain;
  } }, spoke);
  return h("div", {}, h("div", { class: "row" }, show), key);
}

// The line over time takes longer than the answer, and comes when it is there.
async function followMood(entry, task) {
  try {
    const { windows } = await api(`/pieces/${entry.piece.id}/timeline?task=${task}`);
    if (windows.length > 1) entry.below.replaceChildren(moodLine(windows, entry.roll?.length ?? windows.at(-1).end_s));
  } catch { /* the point on the plane says enough */ }
}

function light(entry, said, button = null) {
  const lit = button?.getAttribute("aria-pressed") !== "true" && (said.evidence ?? []).length > 1;
  for (const one of entry.said.querySelectorAll("[data-task]")) one.setAttribute("aria-pressed", "false");
  const mine = button ?? entry.said.querySelector("[data-task]");
  if (mine && lit) mine.setAttribute("aria-pressed", "true");
  if (entry.roll) entry.roll.light(lit ? said.evidence : null, said.label);
  else if (entry.frame) lightFrame(entry, lit ? said.evidence : []);
}

function lightFrame(entry, evidence) {
  for (const old of entry.frame.querySelectorAll(".lit")) old.remove();
  if (!evidence.length || entry.piece.media !== "clip") return;
  measure(entry, entry.length ?? Math.max(...evidence.map((part) => part.end_s)));
  const most = Math.max(...evidence.map((part) => part.support), 0.001);
  // A spectrogram has all colours already: what did not speak for the label is dimmed instead.
  for (const part of evidence) {
    entry.frame.append(h("div", { class: "lit", style: {
      left: `${(part.start_s / entry.length) * 100}%`, width: `${((part.end_s - part.start_s) / entry.length) * 100}%`,
      opacity: (0.72 * (1 - (Math.max(part.support, 0) / most) ** 1.5)).toFixed(3) } }));
  }
}

// Recordings may be long: they tell how far they were listened to.
async function listenTo({ piece, said }) {
  if (piece.media !== "clip") return api(`/pieces/${piece.id}/identification`);
  const { job } = await api(`/pieces/${piece.id}/identification`, { method: "POST" });
  const bar = h("progress", { max: 1, value: 0, "aria-label": `${piece.name} listened to` });
  const far = h("p", { class: "faint small" });
  return follow(job, { progress: ({ done, total, left_s: open }) => {
    if (!bar.isConnected) said.replaceChildren(h("p", { class: "faint" }, "Listening …"), h("div", { class: "row" }, bar), far);
    bar.value = done / Math.max(total, 1);
    far.textContent = `${clock(done)} of ${clock(total)}${open > 1 ? `, ${left(open)}` : ""}`;
  } });
}

async function identify(entry) {
  try {
    const said = await listenTo(entry);
    // What spoke is lit on the picture, which may come after the answer.
    await entry.drawn;
    tell(entry, said);
  } catch (error) {
    entry.said.setAttribute("aria-busy", "false");
    entry.said.replaceChildren(h("p", { class: "failed" }, error.message));
    await entry.drawn;
    // What can't be read can't be drawn either, for the same reason.
    entry.picture.hidden = entry.picture.textContent === error.message;
  }
}

function put(piece, fresh) {
  cards.get(piece.id)?.element.remove();
  const entry = card(piece);
  cards.set(piece.id, entry);
  if (fresh) find("pieces").prepend(entry.element);
  else find("pieces").append(entry.element);
  entry.drawn = draw(entry).catch((error) => entry.picture.replaceChildren(h("p", { class: "failed" }, error.message)));
  if (piece.said) entry.drawn.then(() => tell(entry, piece.said));
  return entry;
}

function take(files) {
  if (!files.length) return;
  if (!running) { asked = 0; answered = 0; began = performance.now(); }
  asked += files.length;
  waiting.push(...files);
  count();
  while (running < AT_ONCE && waiting.length) work();
}

async function work() {
  running += 1;
  while (waiting.length) {
    const file = waiting.shift();
    try {
      const entry = put(await upload(file), true);
      await Promise.all([entry.drawn, identify(entry)]);
    } catch (error) { notice(`${file.name}: ${error.message}`, "error"); }
    answered += 1;
    count();
  }
  running -= 1;
  count();
}

function count() {
  find("bar").hidden = !cards.size && !asked;
  const open = asked - answered;
  find("progress").hidden = !open || asked < 2;
  find("progress").value = asked ? answered / asked : 0;
  const each = (performance.now() - began) / 1000 / Math.max(answered, 1);
  const now = open ? `${answered} of ${asked} identified${answered ? `, ${left(each * open)}` : ""}` : "";
  find("count").textContent = now || `${cards.size} piece${cards.size === 1 ? "" : "s"}`;
}

async function remove(id) {
  await api(`/pieces/${id}`, { method: "DELETE" });
  const { element } = cards.get(id);
  const following = element.nextElementSibling ?? element.previousElementSibling;
  element.remove();
  cards.delete(id);
  asked = answered = 0;
  (following?.querySelector("button") ?? find("choose")).focus();
  count();
}

find("clear").addEventListener("click", guarded(async () => {
  await api("/pieces", { method: "DELETE" });
  cards.clear();
  asked = answered = 0;
  find("pieces").replaceChildren();
  find("choose").focus();
  count();
}));

accept(find("drop"), find("choose"), take);
guarded(async () => {
  for (const piece of await api("/pieces")) {
    const entry = put(piece, false);
    if (!piece.said) entry.drawn.then(() => identify(entry));
  }
  count();
})();
