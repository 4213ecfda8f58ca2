// Lines over epochs.
import { h, s } from "/static/page.js";

export function chart(names, values, epochs, best = null, unit = "epochs") {
  const all = names.flatMap((name) => values[name]).filter((value) => value !== null && Number.isFinite(value));
  const low = Math.min(...all), high = Math.max(...all), span = high - low || 1;
  const x = (epoch) => 44 + (epoch * 340) / Math.max(epochs - 1, 1);
  const y = (value) => 14 + 130 * (1 - (value - low) / span);
  const lines = names.map((name, place) => s("path", { d: values[name].map((value, epoch) => value === null ? "" : `${epoch && values[name][epoch - 1] !== null ? "L" : "M"}${x(epoch).toFixed(1)} ${y(value).toFixed(1)}`).join(""), stroke: `var(--track-${place + 1})`, "stroke-width": 2.2 }));
  return h("figure", {}, s("svg", { class: "chart", viewBox: "0 0 400 172", role: "img", "aria-label": `${names.join(" and ")} over ${epochs} ${unit}` },
    s("path", { d: "M44 144h340M44 14v130", stroke: "var(--line)" }),
    s("text", { x: 38, y: 18, "text-anchor": "end" }, high.toPrecision(3)), s("text", { x: 38, y: 147, "text-anchor": "end" }, low.toPrecision(3)),
    s("text", { x: 44, y: 162 }, "1"), s("text", { x: 384, y: 162, "text-anchor": "end" }, `${epochs} ${unit}`),
    ...(best ? [s("path", { d: `M${x(best - 1)} 14v130`, stroke: "var(--edge)", "stroke-dasharray": "3 4" })] : []), ...lines),
    h("figcaption", { class: "small" }, names.map((name, place) => h("span", { class: `key key-${place + 1}` }, name.replaceAll("_", " "))), best ? h("span", { class: "faint" }, `best epoch ${best}`) : null));
}
