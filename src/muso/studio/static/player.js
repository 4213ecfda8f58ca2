// One thing sounds at a time. `Voice` is what a card holds on to: it plays, pauses, seeks.

const element = new Audio();
element.preload = "auto";
let current = null;
let frame = 0;

export const sounding = () => current;
export const position = () => element.currentTime;

function tick() {
  frame = 0;
  if (!current) return;
  current.show(element.currentTime, !element.paused, element.duration);
  if (!element.paused) frame = requestAnimationFrame(tick);
}

for (const name of ["playing", "pause", "seeked", "timeupdate"]) {
  element.addEventListener(name, () => { if (!frame) frame = requestAnimationFrame(tick); });
}
element.addEventListener("ended", () => current?.stop());
element.addEventListener("error", () => {
  if (!current || !element.getAttribute("src")) return;
  const voice = current;
  voice.stop();
  voice.failed?.();
});

export class Voice {
  // url: of the sound. length: seconds of music in it. show(seconds, playing): draws the state.
  constructor(url, length, show) {
    this.url = url;
    this.length = length;
    this.show = show;
  }

  get playing() { return current === this && !element.paused; }

  async play(from = null) {
    if (current !== this) {
      current?.stop();
      current = this;
      element.src = this.url;
    }
    if (from !== null) element.currentTime = from;
    try { await element.play(); } catch (error) {
      if (error.name === "NotAllowedError") this.stop();
    }
  }

  toggle() {
    if (this.playing) element.pause();
    else this.play();
  }

  seek(seconds) {
    const to = Math.min(Math.max(seconds, 0), this.length);
    if (current === this) element.currentTime = to;
    else this.play(to);
  }

  stop() {
    if (current !== this) return;
    current = null;
    element.pause();
    element.removeAttribute("src");
    this.show(0, false);
  }
}
