import { accept, api, find, gauge, guarded, h, left, megabytes, upload } from "/static/page.js";
import { card, fail, listenTo, tell } from "/static/piece.js";
import { hold, tend } from "/static/near.js";

// As `near.js` says, connections are few.
const AT_ONCE = 3;
const NAMED = 5;
// After fewer nobody knows how long the others will take.
const FEW = 5;
const cards = new Map();
const waiting = [];
// Why files were left out, with their names.
const refused = new Map();
let running = 0, asked = 0, answered = 0, began = 0;

function put(piece, fresh) {
  cards.get(piece.id)?.element.remove();
  const entry = card(piece, guarded(() => remove(piece.id)));
  cards.set(piece.id, entry);
  if (fresh) find("pieces").prepend(entry.element);
  else find("pieces").append(entry.element);
  if (piece.said) tell(entry, piece.said);
  return entry;
}

async function identify(entry) {
  try { tell(entry, await listenTo(entry)); } catch (error) { fail(entry, error.message); }
}

async function bringIn(file) {
  const { show, end } = gauge(find("arriving"), `${file.name} brought in`, (done, total) => `${file.name}: ${megabytes(done)} of ${megabytes(total)} brought in`);
  try {
    const piece = await upload(file, true, show).finally(end);
    await identify(put(piece, true));
  } catch (error) {
    const why = error.message.replace(`${file.name}: `, "");
    refused.set(why, [...(refused.get(why) ?? []), file.name]);
    tellRefused();
  }
}

function tellRefused() {
  const count = [...refused.values()].flat().length;
  find("leftbox").hidden = !count;
  find("leftbox").querySelector("summary").textContent = `${count} file${count === 1 ? "" : "s"} left out, and why`;
  find("left").replaceChildren(...[...refused].map(([why, names]) => {
    const more = names.length - NAMED;
    return h("li", {}, h("strong", {}, names.slice(0, NAMED).join(", ")), more > 0 ? ` and ${more} more` : "", `: ${why}`);
  }));
}

function take(work) {
  if (!work.length) return;
  if (!running) { asked = 0; answered = 0; began = performance.now(); }
  asked += work.length;
  waiting.push(...work);
  while (running < AT_ONCE && waiting.length) goThrough();
  count();
}

async function goThrough() {
  running += 1;
  while (waiting.length) {
    await waiting.shift()();
    answered += 1;
    count();
  }
  running -= 1;
  tend();
}

function count() {
  const open = asked - answered;
  find("bar").hidden = !cards.size && !open;
  find("progress").hidden = !open || asked < 2;
  find("progress").value = asked ? answered / asked : 0;
  const each = (performance.now() - began) / 1000 / Math.max(answered, 1);
  const now = open ? `${answered} of ${asked} identified${answered < FEW ? "" : `, ${left(each * open)}`}` : "";
  find("count").textContent = now || `${cards.size} piece${cards.size === 1 ? "" : "s"}`;
}

async function remove(id) {
  await api(`/pieces/${id}`, { method: "DELETE" });
  const { element } = cards.get(id);
  const following = element.nextElementSibling ?? element.previousElementSibling;
  element.remove();
  cards.delete(id);
  (following?.querySelector("button") ?? find("choose")).focus();
  count();
}

find("clear").addEventListener("click", guarded(async () => {
  asked -= waiting.length;
  waiting.length = 0;
  await api("/pieces", { method: "DELETE" });
  cards.clear();
  refused.clear();
  tellRefused();
  find("pieces").replaceChildren();
  find("choose").focus();
  count();
}));

// Lines over time take longest: they wait until nothing waits for its name.
hold("line", () => waiting.length > 0);
accept(find("drop"), find("choose"), (files) => {
  refused.clear();
  tellRefused();
  take(files.map((file) => () => bringIn(file)));
});
guarded(async () => {
  const entries = (await api("/pieces")).map((piece) => put(piece, false));
  take(entries.filter(({ piece }) => !piece.said).map((entry) => () => identify(entry)));
  count();
})();
