import { find, h, notice } from "/static/page.js";
import { voiceOf } from "/static/card.js";

const base = `/t/${find("listener").dataset.token}`;
const own = () => {
  const kept = `listener:${base}`;
  try {
    const known = localStorage.getItem(kept);
    if (known) return known;
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const made = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    localStorage.setItem(kept, made);
    return made;
  } catch { return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join(""); }
};
const listener = own();
let answered = 0, total = 0;

async function ask(path, options) {
  const answer = await fetch(base + path, options);
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error?.message ?? "The test doesn't answer.");
  return content;
}

function count() {
  find("done").textContent = answered < total ? `${answered} of ${total} answered` : "All answered. Thank you! You may still change your mind.";
  find("progress").value = total ? answered / total : 0;
}

function item(code, number, labels, said) {
  const name = `excerpt ${number}`;
  const bar = h("div", { class: "fill" });
  const { button } = voiceOf(`${base}/${code}.mp3`, Infinity, name, [(at, on, length) => { bar.style.width = `${length ? Math.min(at / length, 1) * 100 : 0}%`; }]);
  const buttons = labels.map((label) => h("button", { type: "button", "aria-pressed": String(said === label), onclick: () => choose(label) }, label));
  async function choose(label) {
    try {
      await ask("/answers", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ listener, item: code, label }) });
    } catch (error) { notice(error.message, "error"); return; }
    if (!buttons.some((one) => one.getAttribute("aria-pressed") === "true")) answered += 1;
    for (const one of buttons) one.setAttribute("aria-pressed", String(one.textContent === label));
    count();
  }
  return h("li", { class: "card item" }, h("div", { class: "row" }, button, h("h2", {}, `Excerpt ${number}`)),
    h("div", { class: "track", "aria-hidden": "true" }, bar),
    h("div", { class: "choices", style: { "--columns": String(labels.length < 4 ? labels.length : labels.length % 3 ? 2 : 3) }, role: "group", "aria-label": `What do you hear in ${name}?` }, buttons));
}

try {
  const test = await ask(`/items?listener=${listener}`);
  total = test.items.length;
  answered = Object.keys(test.answered).length;
  find("items").append(...test.items.map((code, place) => item(code, place + 1, test.labels, test.answered[code])));
  count();
} catch (error) { notice(error.message, "error"); }
