// The piano roll: notes on a canvas, evidence behind them, a playhead that can be moved.
import { clock, colour, h } from "/static/page.js";

const TRACKS = ["track-1", "track-2", "track-3", "track-4", "track-5", "track-6"];
const LEAST_PITCHES = 18;

// A roll far from view holds no pixels: those of hundreds would take gigabytes.
const rolls = new WeakMap();
const shown = new Set();
const observer = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) {
    const roll = rolls.get(target);
    if (isIntersecting) shown.add(roll);
    else shown.delete(roll);
    roll.draw();
  }
}, { rootMargin: "300% 0px" });
addEventListener("themechange", () => { for (const roll of shown) roll.draw(); });

export class Roll {
  // music: as the API gives it. label: for those who can't see it. seek(seconds) when moved.
  constructor(music, label, seek = null) {
    this.music = music;
    this.evidence = null;
    this.width = 0;
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.head = h("div", { class: "playhead", hidden: true });
    this.element = h("div", { class: "roll", role: seek ? "slider" : "img", "aria-label": label }, this.canvas, this.head);
    if (seek) this.#steer(seek);
    new ResizeObserver(() => this.draw()).observe(this.element);
    rolls.set(this.element, this);
    observer.observe(this.element);
  }

  get length() { return Math.max(this.music.length_s, this.span ?? 0, 0.001); }

  add(notes) {
    this.music.notes.push(...notes);
    for (const [onset, duration] of notes) this.music.length_s = Math.max(this.music.length_s, onset + duration);
    this.draw();
  }

  show(seconds, playing) {
    this.head.hidden = !(playing || seconds > 0);
    // Moved by the compositor alone: nothing is laid out or painted anew.
    this.head.style.transform = `translateX(${Math.min(seconds / this.length, 1) * this.width}px)`;
    if (this.element.getAttribute("role") === "slider") {
      this.element.setAttribute("aria-valuenow", String(Math.round(seconds)));
      this.element.setAttribute("aria-valuetext", clock(seconds));
    }
  }

  light(evidence, label) {
    this.evidence = evidence?.length ? { parts: evidence, label } : null;
    this.draw();
  }

  draw() {
    const { width, height } = this.element.getBoundingClientRect();
    this.width = width;
    const scale = shown.has(this) ? Math.min(devicePixelRatio || 1, 2) : 0;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    if (!this.canvas.width || !this.canvas.height) return;
    const pen = this.canvas.getContext("2d");
    pen.scale(scale, scale);
    if (this.evidence) this.#drawEvidence(pen, width, height);
    this.#drawBars(pen, width, height);
    this.#drawNotes(pen, width, height);
  }

  #drawEvidence(pen, width, height) {
    const most = Math.max(...this.evidence.parts.map((part) => part.support), 0.001);
    pen.fillStyle = colour("evidence");
    for (const part of this.evidence.parts) {
      pen.globalAlpha = 0.04 + 0.34 * (part.support / most) ** 1.5;
      const start = (part.start_s / this.length) * width;
      const end = (Math.min(part.end_s, this.length) / this.length) * width;
      pen.fillRect(start, 0, Math.max(end - start - 1, 1), height);
    }
    pen.globalAlpha = 1;
  }

  #drawBars(pen, width, height) {
    const bars = this.music.bars_s ?? [];
    if (bars.length * 6 > width) return;
    pen.fillStyle = colour("line");
    for (const at of bars) pen.fillRect(Math.round((at / this.length) * width), 0, 1, height);
  }

  #drawNotes(pen, width, height) {
    const { notes } = this.music;
    if (!notes.length) return;
    let low = 127, high = 0;
    for (const [, , pitch] of notes) { low = Math.min(low, pitch); high = Math.max(high, pitch); }
    const missing = Math.max(LEAST_PITCHES - (high - low + 1), 2);
    low -= Math.ceil(missing / 2);
    high += Math.floor(missing / 2);
    const row = height / (high - low + 1);
    const colours = TRACKS.map(colour);
    const used = [...new Set(notes.map((note) => note[4]))].sort((a, b) => a - b);
    for (const [onset, duration, pitch, velocity, track] of notes) {
      pen.globalAlpha = 0.45 + 0.55 * (velocity / 127);
      pen.fillStyle = colours[used.indexOf(track) % colours.length];
      const x = (onset / this.length) * width;
      const long = Math.max((duration / this.length) * width - 0.7, 1.6);
      const tall = Math.max(row - (row > 4 ? 1 : 0), 1.6);
      pen.beginPath();
      pen.roundRect(x, (high - pitch) * row, long, tall, Math.min(2.5, tall / 2, long / 2));
      pen.fill();
    }
    pen.globalAlpha = 1;
  }

  #steer(seek) {
    const { element } = this;
    element.tabIndex = 0;
    element.setAttribute("aria-valuemin", "0");
    element.setAttribute("aria-valuenow", "0");
    element.setAttribute("aria-valuemax", String(Math.round(this.music.length_s)));
    const at = (event) => {
      const box = element.getBoundingClientRect();
      return ((event.clientX - box.left) / box.width) * this.length;
    };
    element.addEventListener("click", (event) => seek(at(event)));
    element.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -5, ArrowRight: 5 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      seek(Number(element.getAttribute("aria-valuenow")) + step);
    });
  }
}
