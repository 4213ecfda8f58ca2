// Work for cards that somebody is near to: of hundreds, most are never looked at.

// What is quick waits for nothing that takes long. Following long work holds one of the six connections that
// browsers open to a server, and the page needs some for itself.
const AT_ONCE = { picture: 2, spectrogram: 1, line: 1 };
const entries = new WeakMap();
const near = new Set();
const busy = { picture: 0, spectrogram: 0, line: 0 };
let held = () => false;

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

export function tend() {
  for (const kind of Object.keys(AT_ONCE)) {
    for (const entry of near) {
      const work = entry.wants[kind];
      if (!work || held(kind) || busy[kind] >= AT_ONCE[kind]) continue;
      delete entry.wants[kind];
      busy[kind] += 1;
      work().finally(() => { busy[kind] -= 1; tend(); });
    }
  }
}
