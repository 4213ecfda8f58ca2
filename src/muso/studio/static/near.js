// Work for cards that somebody is near to: of hundreds, most are never looked at.

const AT_ONCE = 2;
// In this order: what is quick comes first.
const KINDS = ["picture", "line"];
const entries = new WeakMap();
const near = new Set();
let busy = 0, held = () => false;

const observer = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) {
    if (isIntersecting) near.add(entries.get(target));
    else near.delete(entries.get(target));
  }
  tend();
}, { rootMargin: "60% 0px" });

// Have `work` done once the card of `entry` is near, unless it is taken away before.
export function want(entry, kind, work) {
  entry.wants ??= {};
  entry.wants[kind] = work;
  entries.set(entry.element, entry);
  observer.observe(entry.element);
  tend();
}

// Work of that kind waits as long as `test` is true.
export function hold(kind, test) { held = (one) => one === kind && test(); }

export async function tend() {
  for (const kind of KINDS) {
    for (const entry of near) {
      const work = entry.wants[kind];
      if (!work || held(kind) || busy >= AT_ONCE) continue;
      delete entry.wants[kind];
      busy += 1;
      work().finally(() => { busy -= 1; tend(); });
    }
  }
}
