// What every page uses: elements, the API, notices, times, and events of long work.

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";
export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
}

export const find = (id) => document.getElementById(id);

export class Refused extends Error {
  constructor(message, kind, status) {
    super(message);
    this.kind = kind;
    this.status = status;
  }
}

export async function api(path, { method = "GET", json, body } = {}) {
  let answer;
  try {
    answer = await fetch(`/api${path}`, {
      method,
      body: json === undefined ? body : JSON.stringify(json),
      headers: json === undefined ? {} : { "content-type": "application/json" },
    });
  } catch { throw gone(); }
  if (answer.status === 204) return null;
  const content = await answer.json().catch(() => null);
  if (!answer.ok) throw refusal(content, answer.status);
  return content;
}

const gone = () => new Refused("The studio doesn't answer. Is it still running?", "gone", 0);

function refusal(content, status) {
  const error = content?.error ?? { message: `The studio answered ${status}.`, kind: "http" };
  return new Refused(error.message, error.kind, status);
}

// Bring in a file; `tell` hears how much of it was sent, which `fetch` doesn't say.
export function upload(file, listed = true, tell = () => {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const began = performance.now();
    request.open("POST", `/api/pieces?${new URLSearchParams({ name: file.name.slice(-200), listed })}`);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => {
      const taken = (performance.now() - began) / 1000;
      tell({ done: loaded, total, left_s: ((total - loaded) * taken) / Math.max(loaded, 1) });
    };
    request.onload = () => { if (request.status < 300) resolve(request.response); else reject(refusal(request.response, request.status)); };
    request.onerror = () => reject(gone());
    request.send(file);
  });
}

export function notice(message, kind = "plain") {
  const line = h("div", { class: `notice ${kind}` }, message,
    h("button", { class: "ghost", type: "button", "aria-label": "Dismiss", onclick: () => line.remove() }, "×"));
  find("notices").append(line);
  setTimeout(() => line.remove(), kind === "error" ? 12000 : 5000);
}

// The score among files that were dropped where one is wanted, brought in; null and a word where there is none.
export async function bring(files) {
  const score = files.find((file) => /\.midi?$/i.test(file.name));
  if (score) return upload(score, false);
  if (files.length) notice(`${files[0].name} is no MIDI file.`, "error");
  return null;
}

export const guarded = (work) => async (...given) => {
  try { return await work(...given); } catch (error) { notice(error.message, "error"); return undefined; }
};

// Events of long work. The browser comes back by itself after a break, from where it was.
export function follow(job, handlers) {
  return new Promise((resolve, reject) => {
    const source = new EventSource(`/api/jobs/${job}/events`);
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
    }
    source.addEventListener("done", (event) => { source.close(); resolve(JSON.parse(event.data)); });
    source.addEventListener("failed", (event) => {
      source.close();
      const said = JSON.parse(event.data);
      reject(new Refused(said.message, said.kind, 0));
    });
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) reject(new Refused("The studio lost this work.", "gone", 0));
    };
  });
}

// A bar in `place` that says how far something is, by `say(done, total)`, and how long is left; until `end()`.
export function gauge(place, label, say) {
  const bar = h("progress", { max: 1, value: 0, "aria-label": label });
  const far = h("p", { class: "faint small" });
  const box = h("div", { class: "far" }, bar, far);
  const show = ({ done, total, left_s: open }) => {
    // What is over at once needs no bar.
    if (!box.isConnected && open < 0.5) return;
    if (!box.isConnected) place.append(box);
    bar.value = done / Math.max(total, 1);
    far.textContent = `${say(done, total)}${open > 1 ? `, ${left(open)}` : ""}`;
  };
  return { show, end: () => box.remove() };
}

// Follow long work with such a bar.
export async function watched(job, place, label, say) {
  const { show, end } = gauge(place, label, say);
  try { return await follow(job, { progress: show }); } finally { end(); }
}

// Make a file of a piece, showing in the button how far it is, then have the browser save it.
export async function save(button, wanted, name) {
  const label = button.textContent;
  const bar = h("progress", { max: 1, value: 0, "aria-label": `${label} is being made` });
  button.disabled = true;
  button.append(bar);
  try {
    const { job } = await api("/exports", { method: "POST", json: wanted });
    const { file } = await follow(job, { progress: ({ done, total }) => { bar.value = done / Math.max(total, 1); } });
    const link = h("a", { href: `/api/exports/${file}?${new URLSearchParams({ name })}`, download: "" });
    document.body.append(link);
    link.click();
    link.remove();
  } finally {
    bar.remove();
    button.disabled = false;
  }
}

export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function left(seconds) {
  if (seconds === null || seconds === undefined) return "";
  return seconds < 1 ? "almost done" : `about ${seconds < 90 ? `${Math.ceil(seconds)} s` : clock(seconds)} left`;
}

export const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MB`;
export const percent = (share) => `${Math.round(share * 100)}%`;
export const theme = () => document.documentElement.dataset.theme;
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export function accept(zone, input, take) {
  input.addEventListener("change", () => { take([...input.files]); input.value = ""; });
  let depth = 0;
  const lit = (on) => zone.classList.toggle("over", on);
  addEventListener("dragenter", (event) => { event.preventDefault(); depth += 1; lit(true); });
  addEventListener("dragleave", () => { depth -= 1; if (depth <= 0) lit(false); });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", async (event) => {
    event.preventDefault();
    depth = 0;
    lit(false);
    take(await dropped(event.dataTransfer));
  });
}

// Files of a drop, those in dropped folders too, sorted as a person would.
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  const files = [];
  const walk = async (entry) => {
    if (entry.name.startsWith(".")) return;
    if (entry.isFile) {
      files.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) break;
      for (const one of some) await walk(one);
    }
  };
  for (const entry of entries) await walk(entry);
  return files;
}
