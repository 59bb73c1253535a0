// What can be done again with a push: the same, changed, later, or elsewhere.

import { path, post } from "./api.js";
import { copy, save } from "./copy.js";
import { desk } from "./desk.js";
import { altered } from "./altered.js";
import { button, fill, h } from "./dom.js";
import { fixtureOf } from "./fixture.js";
import { t } from "./words.js";

/** Copies that "duplicate" and "together" send. */
const TIMES = 3;
/** Pushes that wait to be sent later, by the number of the record: they outlive the redrawing of the panel. */
const waiting = new Map();

/** The buttons of a push. */
export function actions(record) {
  const { number } = record;
  const other = record.format === "json" ? "xml" : "json";
  const isSealed = record.mode === "safe";
  const app = desk.apps.find((each) => each.appid === record.appid);
  const canSeal = isSealed || app?.callback?.has_key !== false;
  // The journal keeps no secret, so it lacks a part of what had one in it; and a run sends its own pushes again.
  const disabled = record.repeatable === false;
  const box = h("div", { class: "altered-place" });
  const seconds = h("input", { type: "number", min: "1", max: "3600", value: "10", "aria-label": t("laterSeconds") });
  const later = h("span", { class: "later" }, laterButton(number, seconds), seconds, " s");
  const bar = h(
    "div",
    { class: "actions", role: "toolbar", "aria-label": t("actions") },
    button(t("resend"), () => again(number, "resend"), { class: "primary", "data-act": "resend", title: "r", disabled }),
    button(t("duplicate", TIMES), () => again(number, "duplicate", { times: TIMES, together: false }), { "data-act": "duplicate", disabled }),
    button(t("together", TIMES), () => again(number, "duplicate", { times: TIMES, together: true }), { disabled }),
    disabled ? null : later,
    button(t(`as-${other}`), () => again(number, "resend-altered", { format: other }), { disabled }),
    button(isSealed ? t("asPlain") : t("sealed"), () => again(number, "resend-altered", { mode: isSealed ? "plain" : "safe" }), { disabled: disabled || !canSeal, title: canSeal ? null : t("needsKey") }),
    button(t("altered"), () => fill(box, box.firstChild ? [] : altered(record, (form) => again(number, "resend-altered", form))), { disabled }),
    button(t(desk.marked.has(number) ? "unmark" : "mark"), () => desk.mark(number), { disabled, title: "m", "aria-pressed": String(desk.marked.has(number)) }),
    desk.marked.size > 1 ? button(t("reverse", desk.marked.size), reverse, { class: "primary" }) : null,
    button(t("copyCurl"), () => copy(record.curl ?? "")),
    button(t("saveFixture"), () => keep(record)),
  );
  return disabled ? [bar, h("p", { class: "note" }, t("notRepeatable"))] : [bar, box];
}

/** Sends the marked pushes as new messages, the one that was written last first. */
async function reverse() {
  const numbers = [...desk.marked].sort((a, b) => b - a);
  desk.say(t("sending"));
  try {
    const { pushes } = await post("journal/reorder", { numbers });
    desk.choose({ marked: new Set() });
    tellEnds(pushes);
  } catch (error) {
    desk.say(error.message || t("unreachable"), true);
  }
}

/** Says how pushes ended, and opens the last of them. */
function tellEnds(pushes) {
  const ends = pushes.map((push) => (push.outcome === "acknowledged" ? push.deliveries.at(-1)?.status : t(`outcome-${push.outcome}`)) ?? t("noAnswer"));
  desk.say(t("sentAgain", ends.join(", ")), pushes.some((push) => push.outcome !== "acknowledged"));
  const next = pushes.at(-1)?.number;
  if (next !== undefined) desk.open(next);
}

/** Sends it again, and opens what became of it. */
export async function again(number, how, form) {
  desk.say(t("sending"));
  try {
    const told = await post(path`journal/${number}/${how}`, form);
    tellEnds(told.pushes ?? [told]);
  } catch (error) {
    desk.say(error.message || t("unreachable"), true);
  }
}

function laterButton(number, seconds) {
  const knob = button("", () => {
    const timer = waiting.get(number);
    if (timer) {
      clearTimeout(timer);
      waiting.delete(number);
    } else {
      const wait = Math.min(3600, Math.max(1, Number(seconds.value) || 10));
      const due = () => {
        waiting.delete(number);
        name();
        again(number, "resend");
      };
      waiting.set(number, setTimeout(due, 1000 * wait));
      desk.say(t("laterSays", wait));
    }
    name();
  });
  const name = () => (knob.textContent = waiting.has(number) ? t("notLater") : t("later"));
  name();
  return knob;
}

function keep(record) {
  const fixture = fixtureOf(record);
  if (!fixture) return desk.say(t("noFixture"), true);
  save(fixture.name, fixture.text);
  desk.say(t("fixtureSays", fixture.name, desk.apps.find((app) => app.appid === record.appid)?.kind ?? "mini"));
}
