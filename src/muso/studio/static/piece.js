// The card of a dropped piece: its picture, its sound, what was said of it, what spoke for that.
import { api, clock, guarded, h, notice, theme, watched } from "/static/page.js";
import { bars, moodLine, MOODS, plane, voiceOf } from "/static/card.js";
import { Roll } from "/static/roll.js";
import { want } from "/static/near.js";

const KINDS = { score: "score", clip: "recording", cover: "album cover" };
const read = (done, total) => `${clock(done)} of ${clock(total)}`;

export function card(piece, remove) {
  const picture = h("div", { class: "shown" }, h("div", { class: `picture wait ${piece.media}` }));
  const said = h("div", { class: "answers", "aria-busy": "true" }, h("p", { class: "faint wait" }, piece.media === "cover" ? "Looking …" : "Listening …"));
  const below = h("div", {});
  const about = h("p", { class: "faint small" }, KINDS[piece.media]);
  const header = h("header", {}, h("div", {}, h("h2", { title: piece.name }, piece.name), about),
    h("button", { class: "ghost remove", type: "button", "aria-label": `Remove ${piece.name}`, onclick: remove }, "×"));
  const element = h("li", { class: "card piece" }, h("div", {}, header, picture, below), said);
  const entry = { piece, element, picture, said, about, below, show: () => {}, lit: null, failed: null };
  if (piece.media !== "cover") {
    const { voice, button } = voiceOf(`/api/pieces/${piece.id}/sound.wav`, Infinity, piece.name, [(...now) => entry.show(...now)], () => notice(`${piece.name} can't be played.`, "error"));
    entry.voice = voice;
    header.prepend(button);
  }
  want(entry, piece.media === "clip" ? "spectrogram" : "picture", () => draw(entry));
  return entry;
}

async function draw(entry) {
  try {
    await { score: drawScore, clip: drawClip, cover: drawCover }[entry.piece.media](entry);
    light(entry);
  } catch (error) {
    entry.picture.replaceChildren(h("p", { class: "failed" }, error.message));
    hideWhatFailed(entry);
  }
}

async function drawScore(entry) {
  const { piece, voice } = entry;
  const music = await api(`/pieces/${piece.id}/notes`);
  voice.length = music.length_s;
  entry.roll = new Roll(music, `Piano roll of ${piece.name}`, (seconds) => voice.seek(seconds));
  entry.show = (at, on) => entry.roll.show(at, on);
  entry.picture.replaceChildren(entry.roll.element);
  entry.about.textContent = `score · ${clock(music.length_s)} · ${music.count.toLocaleString("en")} notes · ${Math.round(music.tempo_bpm)} beats a minute`;
}

function frame(entry, alt, source) {
  const image = h("img", { alt, src: source });
  entry.frame = h("div", { class: `picture wait ${entry.piece.media}` }, image);
  for (const end of ["load", "error"]) image.addEventListener(end, () => entry.frame.classList.remove("wait"), { once: true });
  entry.picture.replaceChildren(entry.frame);
  return image;
}

function drawCover(entry) {
  frame(entry, entry.piece.name, `/api/pieces/${entry.piece.id}/picture.png`);
}

// A long recording has to be read through before there is a picture of it.
async function spectrogram({ piece, picture }) {
  const wanted = theme();
  const { job } = await api(`/pieces/${piece.id}/picture?theme=${wanted}`, { method: "POST" });
  await watched(job, picture, `Picture of ${piece.name}`, (done, total) => `${read(done, total)} drawn`);
  return `/api/pieces/${piece.id}/picture.png?theme=${wanted}`;
}

async function drawClip(entry) {
  const { piece, voice } = entry;
  const image = frame(entry, `Spectrogram of ${piece.name}`, await spectrogram(entry));
  const head = h("div", { class: "playhead", hidden: true });
  entry.frame.append(head);
  entry.show = (at, on, whole) => {
    if (Number.isFinite(whole)) measure(entry, whole);
    head.hidden = !(on || at > 0);
    head.style.transform = `translateX(${entry.length ? Math.min(at / entry.length, 1) * entry.frame.clientWidth : 0}px)`;
  };
  entry.frame.addEventListener("click", (event) => {
    const box = entry.frame.getBoundingClientRect();
    if (entry.length) voice.seek(((event.clientX - box.left) / box.width) * entry.length);
    else voice.play();
  });
  addEventListener("themechange", () => want(entry, "spectrogram", guarded(async () => { image.src = await spectrogram(entry); })));
}

function measure(entry, seconds) {
  if (entry.length === seconds) return;
  entry.length = seconds;
  entry.about.textContent = `recording · ${clock(seconds)}`;
}

// What was said

export function tell(entry, said) {
  entry.said.setAttribute("aria-busy", "false");
  const answers = Object.entries(said.predictions);
  if (!answers.length) {
    entry.said.replaceChildren(h("p", { class: "faint" }, `No model here names anything about ${KINDS[entry.piece.media]}s yet. The page Models says how to train one.`));
    return;
  }
  const remark = said.remark ? [h("p", { class: "small faint" }, `Cut short: ${said.remark}.`)] : [];
  entry.said.replaceChildren(...remark, ...answers.map(([task, one]) => answer(entry, task, one)));
  const [, first] = answers[0];
  choose(entry, first, entry.said.querySelector("[data-task]"));
  // The picture of silence is an empty one.
  entry.picture.hidden = Boolean(first.reason?.startsWith("silence"));
}

export function fail(entry, message) {
  entry.failed = message;
  entry.said.setAttribute("aria-busy", "false");
  entry.said.replaceChildren(h("p", { class: "failed" }, message));
  hideWhatFailed(entry);
}

// What can't be read can't be drawn either, for the same reason.
function hideWhatFailed(entry) {
  entry.picture.hidden = entry.picture.textContent === entry.failed;
}

function answer(entry, task, said) {
  const unknown = said.label === "unknown";
  const mood = Number.isFinite(said.valence);
  const parts = [
    h("div", { class: "head" }, h("span", { class: "task" }, task.replaceAll("_", " ")), h("span", { class: "faint small" }, said.bundle)),
    h("p", { class: `label${unknown ? " unsure" : ""}` }, unknown ? "unknown" : said.label),
  ];
  const spoke = `Show what spoke for ${unknown ? said.ranking[0]?.[0] : "it"}`;
  if (unknown) parts.push(h("p", { class: "small faint" }, said.ranking.length ? "None of the labels this model knows is likely enough. Nearest:" : `It can't be told: ${said.reason}.`));
  const shares = bars(said.ranking.slice(0, 5), mood ? MOODS : {});
  if (mood) {
    const place = `valence ${said.valence.toFixed(2)}, arousal ${said.arousal.toFixed(2)}`;
    parts.push(h("div", { class: "mood" }, plane(said.valence, said.arousal, `Mood: ${place}`), h("div", {}, shares, h("p", { class: "faint small" }, place))));
    // The line over time takes longer than the answer, and comes when it is there.
    want(entry, "line", () => followMood(entry, task));
  } else parts.push(shares);
  if (entry.piece.media === "cover" && said.ranking.length) parts.push(heat(entry, spoke));
  if (said.evidence.length > 1 && entry.piece.media !== "cover") {
    const show = h("button", { type: "button", "aria-pressed": "false", onclick: () => choose(entry, said, show) }, spoke);
    show.dataset.task = task;
    parts.push(h("div", { class: "row" }, show));
  }
  return h("section", { class: "said", "aria-label": `${task} of ${entry.piece.name}` }, parts);
}

// Where on a cover the model saw it: the picture itself is lit, once every part of it was covered up.
function heat(entry, spoke) {
  const url = `/api/pieces/${entry.piece.id}`;
  const key = h("p", { class: "small faint", hidden: true }, "Orange spoke for it, blue against it.");
  const box = h("div", {}, key);
  const show = h("button", { type: "button", "aria-pressed": "false", onclick: async () => {
    const lit = show.getAttribute("aria-pressed") !== "true";
    const image = entry.frame?.querySelector("img");
    if (!image) return;
    show.setAttribute("aria-pressed", String(lit));
    if (!lit) { key.hidden = true; image.src = `${url}/picture.png`; return; }
    try {
      const { job } = await api(`/pieces/${entry.piece.id}/heat`, { method: "POST" });
      await watched(job, box, `What spoke on ${entry.piece.name}`, (done, total) => `${done} of ${total} rows covered up`);
    } catch (error) {
      show.setAttribute("aria-pressed", "false");
      notice(error.message, "error");
      return;
    }
    if (show.getAttribute("aria-pressed") !== "true") return;
    key.hidden = false;
    image.src = `${url}/heat.png`;
  } }, spoke);
  box.prepend(h("div", { class: "row" }, show));
  return box;
}

async function followMood(entry, task) {
  try {
    const { job } = await api(`/pieces/${entry.piece.id}/timeline?task=${task}`, { method: "POST" });
    const { windows } = await watched(job, entry.below, `${task} of ${entry.piece.name} over time`, (done, total) => `${task} over time: ${done} of ${total} windows`);
    if (windows.length > 1) entry.below.replaceChildren(moodLine(windows, entry.roll?.length ?? windows.at(-1).end_s));
  } catch { /* the point on the plane says enough */ }
}

// Recordings may be long: they tell how far they were listened to.
export async function listenTo({ piece, said }) {
  if (piece.media !== "clip") return api(`/pieces/${piece.id}/identification`);
  const { job } = await api(`/pieces/${piece.id}/identification`, { method: "POST" });
  return watched(job, said, `${piece.name} listened to`, read);
}

// What spoke for an answer

function choose(entry, said, button) {
  const lit = button?.getAttribute("aria-pressed") !== "true" && said.evidence.length > 1;
  for (const one of entry.said.querySelectorAll("[data-task]")) one.setAttribute("aria-pressed", String(lit && one === button));
  entry.lit = lit ? said : null;
  light(entry);
}

function light(entry) {
  if (entry.roll) entry.roll.light(entry.lit?.evidence, entry.lit?.label);
  else if (entry.frame && entry.piece.media === "clip") lightClip(entry, entry.lit?.evidence ?? []);
}

function lightClip(entry, evidence) {
  for (const old of entry.frame.querySelectorAll(".lit")) old.remove();
  if (!evidence.length) return;
  measure(entry, entry.length ?? Math.max(...evidence.map((part) => part.end_s)));
  const most = Math.max(...evidence.map((part) => part.support), 0.001);
  // A spectrogram has all colours already: what did not speak for the label is dimmed instead.
  for (const part of evidence) {
    entry.frame.append(h("div", { class: "lit", style: {
      left: `${(part.start_s / entry.length) * 100}%`, width: `${((part.end_s - part.start_s) / entry.length) * 100}%`,
      opacity: (0.72 * (1 - (Math.max(part.support, 0) / most) ** 1.5)).toFixed(3) } }));
  }
}
