import { accept, api, bring, clock, find, follow, guarded, h, notice, save } from "/static/page.js";
import { moodOf, voiceOf } from "/static/card.js";
import { Roll } from "/static/roll.js";
import { sounding } from "/static/player.js";

const MOST_SEED = 1e6;
const range = (id) => Number(find(id).value);
let start = null, parent = null, history = [], comparing = [], now = null;

// What is wanted

function steer() {
  const any = find("anymood").checked;
  const valence = range("valence"), arousal = range("arousal");
  find("point").setAttribute("cx", String(100 + 88 * valence));
  find("point").setAttribute("cy", String(100 - 88 * arousal));
  find("point").style.fill = `var(--${moodOf(valence, arousal)})`;
  find("pad").classList.toggle("off", any);
  find("padname").textContent = any ? "Any mood" : named(valence, arousal);
  find("valenceout").textContent = any ? "" : valence.toFixed(2);
  find("arousalout").textContent = any ? "" : arousal.toFixed(2);
  find("valence").disabled = find("arousal").disabled = any;
  find("secondsout").textContent = clock(range("seconds"));
  find("humanizeout").textContent = range("humanize") ? range("humanize").toFixed(2) : "as written";
  find("temperatureout").textContent = range("temperature").toFixed(2);
}

function named(valence, arousal) {
  const far = Math.hypot(valence, arousal);
  const mood = moodOf(valence, arousal);
  if (far < 0.25) return "Between the moods";
  return far < 0.7 ? `A little ${mood}` : mood[0].toUpperCase() + mood.slice(1);
}

function drag(event) {
  const box = find("pad").getBoundingClientRect();
  const to = (value) => Math.min(1, Math.max(-1, Math.round(value * 20) / 20));
  find("valence").value = String(to(((event.clientX - box.left) / box.width - 0.5) / 0.44));
  find("arousal").value = String(to((0.5 - (event.clientY - box.top) / box.height) / 0.44));
  find("anymood").checked = false;
  steer();
}

find("pad").addEventListener("pointerdown", (event) => { find("pad").setPointerCapture(event.pointerId); drag(event); });
find("pad").addEventListener("pointermove", (event) => { if (event.buttons) drag(event); });
find("wanted").addEventListener("input", steer);
find("dice").addEventListener("click", () => { find("seed").value = String(Math.floor(Math.random() * MOST_SEED)); });

function goOn(piece, name, from = null) {
  start = piece;
  parent = from;
  find("startname").hidden = !piece;
  find("startname").replaceChildren(...(piece ? [`Goes on from ${name} `, h("button", { type: "button", class: "ghost", "aria-label": "Start afresh", onclick: () => goOn(null, "") }, "×")] : []));
}

accept(find("wanted"), find("start"), guarded(async (files) => {
  const piece = await bring(files);
  if (piece) goOn(piece.id, piece.name);
}));

function request() {
  const wanted = { seed: range("seed"), bundle: find("bundle").value || null, parent };
  if (!find("anymood").checked) Object.assign(wanted, { valence: range("valence"), arousal: range("arousal") });
  if (find("loop").value) wanted.loop_bars = range("loop");
  else wanted.seconds = range("seconds");
  if (range("humanize")) wanted.humanize = range("humanize");
  if (range("temperature") !== 1) wanted.temperature = range("temperature");
  if (range("instrument")) wanted.instrument = range("instrument");
  if (find("beat").value) wanted.beat = find("beat").value;
  if (start) wanted.start = start;
  return wanted;
}

// Making

async function compose(wanted) {
  now?.abandon();
  sounding()?.stop();
  const pressed = performance.now();
  const { job, sound } = await api("/compositions", { method: "POST", json: wanted });
  const roll = new Roll({ length_s: 0, count: 0, notes: [], bars_s: [] }, "Piano roll of what is being made");
  roll.span = wanted.seconds ?? 0;
  find("stageroll").replaceChildren(roll.element);
  find("stagename").textContent = title(wanted);
  find("stageabout").textContent = "Composing …";
  find("stage").scrollIntoView({ block: "nearest" });
  find("stageacts").hidden = true;
  find("stop").hidden = find("progress").hidden = false;
  find("progress").value = 0;
  const { voice, button } = voiceOf(sound, Infinity, "what is being made", [(at, on) => roll.show(at, on), (at) => {
    if (at > 0 && !find("stage").dataset.first) find("stage").dataset.first = String(Math.round(performance.now() - pressed));
  }], () => { find("stageabout").textContent = "It will play once it is made."; });
  delete find("stage").dataset.first;
  find("stageplay").replaceChildren(button);
  let left = false;
  now = { job, abandon: () => { left = true; api(`/jobs/${job}`, { method: "DELETE" }).catch(() => {}); voice.stop(); } };
  let heard = false;
  try {
    const made = await follow(job, {
      notes: (notes) => {
        roll.add(notes);
        if (!heard) { heard = true; voice.play(); }
        find("stageabout").textContent = `${roll.music.notes.length} notes so far`;
      },
      progress: ({ done, total }) => { find("progress").value = done / total; },
    });
    if (left) return;
    now = null;
    history.unshift(made);
    await settle(made, voice, roll);
    list();
  } catch (error) {
    if (left || error.kind === "stopped") { find("stageabout").textContent = "Stopped."; return; }
    find("stageabout").textContent = error.message;
    throw error;
  } finally {
    if (!left) find("stop").hidden = find("progress").hidden = true;
  }
}

// The finished piece takes the place of what was drawn while it was made; its sound goes on.
async function settle(made, live, roll) {
  const music = await api(`/pieces/${made.piece}/notes`);
  find("stageabout").textContent = about(made, music);
  find("stageacts").hidden = false;
  find("stageacts").replaceChildren(...acts(made));
  if (sounding() === live) {
    roll.music = music;
    roll.span = 0;
    roll.draw();
    const ended = live.show;
    live.show = (at, on) => { ended(at, on); if (!on && at === 0 && roll.element.isConnected) stage(made, music); };
  } else stage(made, music);
}

function stage(made, music) {
  const shown = player(made, music);
  find("stageroll").replaceChildren(shown.roll.element);
  find("stageplay").replaceChildren(shown.button);
}

function player(made, music) {
  let voice = null;
  const roll = new Roll(music, `Piano roll of ${name(made)}`, (seconds) => voice.seek(seconds));
  const both = voiceOf(`/api/pieces/${made.piece}/sound.wav`, music.length_s, name(made), [(at, on) => roll.show(at, on)], () => notice(`${name(made)} can't be played.`, "error"));
  voice = both.voice;
  return { roll, voice, button: both.button };
}

const name = (made) => `composition ${made.id}`;

function title(wanted) {
  const mood = wanted.valence === undefined || wanted.valence === null ? "Any mood" : named(wanted.valence, wanted.arousal ?? 0);
  return `${mood}, seed ${wanted.seed ?? 0}`;
}

function about(made, music = null) {
  const { facts, request: asked } = made;
  const parts = [clock(facts.length_s), `${facts.notes} notes`, facts.bundle];
  if (music) parts.splice(1, 0, `${Math.round(music.tempo_bpm)} beats a minute`);
  if (asked.humanize) parts.push(`humanized ${asked.humanize}`);
  if (asked.start) parts.push("goes on from a score");
  const heard = Object.entries(facts.heard ?? {}).sort((a, b) => b[1] - a[1])[0];
  if (heard) parts.push(`the steering ear hears ${heard[0]} (${Math.round(heard[1] * 100)}%)`);
  return parts.join(" · ");
}

function acts(made) {
  const keep = h("button", { type: "button", "aria-pressed": String(made.kept), onclick: guarded(async () => {
    Object.assign(made, await api(`/compositions/${made.id}`, { method: "PATCH", json: { kept: !made.kept } }));
    list();
    for (const one of document.querySelectorAll(`[data-keep="${made.id}"]`)) { one.setAttribute("aria-pressed", String(made.kept)); one.textContent = made.kept ? "Kept" : "Keep"; }
  }) }, made.kept ? "Kept" : "Keep");
  keep.dataset.keep = made.id;
  const again = (change) => guarded(() => compose({ ...made.request, ...change, parent: made.id }));
  const file = (format) => {
    const button = h("button", { class: "file", type: "button", onclick: guarded(() => save(button, { piece: made.piece, format }, `muso-${made.id}`)) }, format === "mid" ? "MIDI" : format.toUpperCase());
    return button;
  };
  return [keep,
    h("button", { type: "button", onclick: again({ seed: Math.floor(Math.random() * MOST_SEED) }) }, "Vary"),
    h("button", { type: "button", onclick: () => { goOn(made.piece, name(made), made.id); find("wanted").scrollIntoView({ block: "nearest" }); find("wanted").querySelector("[type=submit]").focus(); } }, "Continue"),
    h("a", { class: "button", href: `/evolve?from=${made.piece}` }, "Breed from it"),
    h("span", { class: "row", role: "group", "aria-label": "Download" }, file("mid"), file("wav"), file("png"))];
}

find("wanted").addEventListener("submit", guarded(async (event) => { event.preventDefault(); await compose(request()); }));
find("stop").addEventListener("click", () => { now?.abandon(); now = null; find("stop").hidden = find("progress").hidden = true; find("stageabout").textContent = "Stopped."; });

// What was made

function list() {
  const shown = history.filter((made) => made.kept || !find("onlykept").checked);
  find("history").replaceChildren(...(shown.length ? shown.map(entry) : [h("li", { class: "faint" }, "What you compose is kept here, also when the studio is closed.")]));
}

function entry(made) {
  const chosen = comparing.includes(made.id);
  const mood = made.request.valence === undefined ? "line" : moodOf(made.request.valence, made.request.arousal ?? 0);
  return h("li", { class: "card made" }, h("span", { class: "moodmark", style: { background: `var(--${mood})` }, "aria-hidden": "true" }),
    h("button", { class: "ghost open", type: "button", onclick: guarded(() => show(made)) }, h("b", {}, title(made.request)), h("span", { class: "faint small" }, `${new Date(made.made * 1000).toLocaleString()} · ${about(made)}`)),
    h("button", { type: "button", "aria-pressed": String(chosen), "aria-label": `Compare ${name(made)}`, onclick: guarded(() => compare(made.id)) }, "Compare"),
    h("button", { class: "ghost", type: "button", "aria-label": `Forget ${name(made)}`, onclick: guarded(async () => {
      await api(`/compositions/${made.id}`, { method: "DELETE" });
      history = history.filter((one) => one !== made);
      comparing = comparing.filter((id) => id !== made.id);
      list();
    }) }, "×"));
}

async function show(made, play = true) {
  const music = await api(`/pieces/${made.piece}/notes`);
  find("stagename").textContent = title(made.request);
  find("stageabout").textContent = about(made, music);
  find("stageacts").hidden = false;
  find("stageacts").replaceChildren(...acts(made));
  const shown = player(made, music);
  find("stageroll").replaceChildren(shown.roll.element);
  find("stageplay").replaceChildren(shown.button);
  if (play) {
    shown.voice.play();
    find("stage").scrollIntoView({ block: "nearest" });
  }
}

async function compare(id) {
  comparing = comparing.includes(id) ? comparing.filter((one) => one !== id) : [...comparing, id].slice(-2);
  list();
  find("compare").hidden = comparing.length < 2;
  if (comparing.length < 2) { if (comparing.length) notice("Choose a second one to compare it with."); return; }
  const pair = comparing.map((one) => history.find((made) => made.id === one));
  const cards = await Promise.all(pair.map(async (made, place) => {
    const music = await api(`/pieces/${made.piece}/notes`);
    const { roll, button } = player(made, music);
    return h("article", { class: "stack", "aria-label": name(made) }, h("header", { class: "row" }, button, h("div", {}, h("h3", {}, `${"AB"[place]}: ${title(made.request)}`), h("p", { class: "faint small" }, about(made, music)))), roll.element,
      h("button", { type: "button", onclick: guarded(() => prefer(pair[place], pair[1 - place])) }, "This one is better"));
  }));
  find("both").replaceChildren(...cards);
  find("compare").scrollIntoView({ block: "nearest" });
}

async function prefer(better, other) {
  Object.assign(better, await api(`/compositions/${better.id}`, { method: "PATCH", json: { kept: true } }));
  Object.assign(other, await api(`/compositions/${other.id}`, { method: "PATCH", json: { kept: false } }));
  comparing = [];
  find("compare").hidden = true;
  list();
  notice(`${title(better.request)} is kept.`);
}

find("onlykept").addEventListener("change", list);

guarded(async () => {
  const composers = await api("/composers");
  find("bundle").replaceChildren(...(composers.length ? composers.map((one) => h("option", { value: one.name }, one.default ? `${one.name} (muso's own)` : one.name)) : [h("option", { value: "" }, "no model composes yet")]));
  const wanted = new URLSearchParams(location.search).get("style");
  if (wanted && composers.some((one) => one.name === wanted)) find("bundle").value = wanted;
  history = await api("/compositions");
  list();
  if (history.length) await show(history[0], false);
})();
find("dice").click();
steer();
