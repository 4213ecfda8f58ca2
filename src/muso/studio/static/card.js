// Cards of pieces: picture, play button, what was said.
import { clock, h, percent, s } from "/static/page.js";
import { Voice } from "/static/player.js";

export function playButton(name, press) {
  return h("button", { class: "play", type: "button", "aria-label": `Play ${name}`, onclick: press },
    s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "go" }, s("path", { d: "M8 5.5v13a.8.8 0 0 0 1.2.7l10.400-6.500a.8.8 0 0 0 0-1.400L9.200 4.800A.8.8 0 0 0 8 5.500z" })),
    s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "pause" }, s("path", { d: "M7 5h3.500v14H7zM13.500 5H17v14h-3.500z" })));
}

// A voice whose button and pictures follow it.
export function voiceOf(url, length, name, shows, failed) {
  let button = null;
  const voice = new Voice(url, length, (seconds, playing, whole) => {
    button.classList.toggle("on", playing);
    button.setAttribute("aria-label", `${playing ? "Pause" : "Play"} ${name}`);
    for (const show of shows) show(seconds, playing, whole);
  });
  button = playButton(name, () => voice.toggle());
  voice.failed = failed;
  return { voice, button };
}

export function bars(ranking, colours = {}) {
  return h("div", { class: "bars" }, ranking.map(([label, share], place) => {
    const first = place === 0 ? " first" : "";
    return [
      h("span", { class: first.trim() || null }, label),
      h("div", { class: "track" }, h("div", { class: `fill${first}`, style: { width: percent(Math.max(share, 0.004)), ...(colours[label] ? { background: colours[label] } : {}) } })),
      h("span", { class: "share" }, share < 0.005 ? "<1%" : percent(share)),
    ];
  }));
}

const CORNERS = [["angry", 4, 4, "start"], ["happy", 96, 4, "end"], ["sad", 4, 96, "start"], ["calm", 96, 96, "end"]];
export const MOODS = { sad: "var(--sad)", calm: "var(--calm)", angry: "var(--angry)", happy: "var(--happy)" };

export function moodOf(valence, arousal) {
  if (arousal >= 0) return valence >= 0 ? "happy" : "angry";
  return valence >= 0 ? "calm" : "sad";
}

// Valence to the right, arousal upwards, each -1…1.
export function plane(valence, arousal, label) {
  // The corners are for the names of the moods.
  const x = 50 + 30 * valence, y = 50 - 30 * arousal;
  return s("svg", { class: "plane", viewBox: "0 0 100 100", role: "img", "aria-label": label },
    s("rect", { class: "frame", width: 100, height: 100, rx: 8 }),
    s("path", { class: "axis", d: "M50 6v88M6 50h88" }),
    ...CORNERS.map(([name, cx, cy, anchor]) => s("text", { x: cx + (anchor === "start" ? 2 : -2), y: cy < 50 ? 12 : 94, "text-anchor": anchor }, name)),
    s("circle", { class: "dot", cx: x, cy: y, r: 5.5, fill: MOODS[moodOf(valence, arousal)] }));
}

// Valence and arousal over time: parts of {start_s, end_s, valence, arousal}, below the roll and as wide.
export function moodLine(parts, length) {
  const at = (seconds) => (300 * seconds) / length;
  const path = (key) => {
    const points = parts.map((part) => [(part.start_s + part.end_s) / 2, part[key]]);
    // A window speaks for all of itself: the first from where it begins, the last to where it ends.
    const all = [[parts[0].start_s, points[0][1]], ...points, [parts.at(-1).end_s, points.at(-1)[1]]];
    return all.map(([seconds, value], place) => `${place ? "L" : "M"}${at(Math.min(seconds, length)).toFixed(1)} ${(40 - 36 * value).toFixed(1)}`).join("");
  };
  return h("div", { class: "moodline" },
    s("svg", { class: "line", viewBox: "0 0 300 80", preserveAspectRatio: "none", role: "img", "aria-label": `Valence and arousal over ${clock(length)}` },
      s("path", { d: "M0 40h300", stroke: "var(--line)" }),
      s("path", { class: "valence", d: path("valence") }),
      s("path", { class: "arousal", d: path("arousal"), "stroke-dasharray": "5 4" })),
    h("p", { class: "small faint" }, h("span", { class: "key-valence" }, "valence"), " and ", h("span", { class: "key-arousal" }, "arousal (dashed)"), " over time; up is more"));
}
