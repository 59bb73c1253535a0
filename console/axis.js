// A push with its deliveries on an axis of time: WeChat waits five seconds, three times.

import { h } from "./dom.js";
import { t } from "./words.js";

/** The time after which WeChat gives a delivery up, in milliseconds. */
export const DEADLINE = 5000;

/** The axis of a row; `tall` has its seconds written. */
export function axis(row, tall = false) {
  const begun = row.deliveries[0].at;
  const ends = row.deliveries.map((each) => (each.end ?? each.at + DEADLINE) - begun);
  const span = Math.max(DEADLINE, ...ends);
  const share = (millis) => `${((100 * millis) / span).toFixed(2)}%`;
  const box = h("div", { class: tall ? "axis tall" : "axis", role: "img", "aria-label": said(row) });
  for (let tick = DEADLINE; tick <= span; tick += DEADLINE) {
    const mark = h("i", { class: "tick" }, tall ? `${tick / 1000} s` : null);
    mark.style.left = share(tick);
    box.append(mark);
  }
  for (const each of row.deliveries) {
    const isRefused = row.outcome === "refused" && stateOf(each) === "good";
    const bar = h("b", { class: `bar ${isRefused ? "bad" : stateOf(each)}` });
    const length = (each.end ?? each.at + DEADLINE) - each.at;
    bar.style.left = share(each.at - begun);
    bar.style.width = `max(3px, ${share(length)})`;
    box.append(bar);
  }
  return box;
}

/** good, bad or busy. */
export function stateOf(delivery) {
  if (delivery.end === undefined && delivery.status === undefined && !delivery.silence) return "busy";
  return delivery.status === 200 ? "good" : "bad";
}

/** The end of a delivery in few words. */
export function endOf(delivery) {
  if (delivery.status !== undefined && delivery.status !== null) return `${delivery.status} · ${delivery.millis} ms`;
  return delivery.silence ? t("noAnswer") : "…";
}

function said(row) {
  return t("axisSays", row.deliveries.length, row.deliveries.map(endOf).join(", "));
}
