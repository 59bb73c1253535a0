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
/** The seconds to wait that were typed last. */
let typedSeconds = "10";

/** The buttons of a push; `box` is the place for the form with which it is altered. */
export function actions(record, box) {
  const { number } = record;
  const other = record.format === "json" ? "xml" : "json";
  const isSealed = record.mode === "safe";
  const app = desk.apps.find((each) => each.appid === record.appid);
  const canSeal = isSealed || app?.callback?.has_key !== false;
  // The journal keeps no secret, so it lacks a part of what had one in it; and a run sends its own pushes again.
  const disabled = record.repeatable === false;
  const on = { input: () => (typedSeconds = seconds.value) };
  const seconds = h("input", { type: "number", min: "1", max: "3600", value: typedSeconds, "aria-label": t("laterSeconds"), "data-act": "seconds", on });
  const later = h("span", { class: "later" }, laterButton(number, seconds), seconds, " s");
  const bar = h(
    "div",
    { class: "actions", role: "toolbar", "aria-label": t("actions") },
    button(t("resend"), () => again(number, "resend"), { class: "primary", "data-act": "resend", title: "r", disabled }),
    button(t("duplicate", TIMES), () => again(number, "duplicate", { times: TIMES, together: false }), { "data-act": "duplicate", disabled }),
    button(t("together", TIMES), () => again(number, "duplicate", { times: TIMES, together: true }), { "data-act": "together", disabled }),
    disabled ? null : later,
    button(t(`as-${other}`), () => again(number, "resend-altered", { format: other }), { "data-act": "format", disabled }),
    button(isSealed ? t("asPlain") : t("sealed"), () => again(number, "resend-altered", { mode: isSealed ? "plain" : "safe" }), { "data-act": "seal", disabled: disabled || !canSeal, title: canSeal ? null : t("needsKey") }),
    button(t("altered"), () => fill(box, box.firstChild ? [] : altered(record, (form) => again(number, "resend-altered", form))), { "data-act": "altered", disabled }),
    button(t(desk.marked.has(number) ? "unmark" : "mark"), () => desk.mark(number), { "data-act": "mark", disabled, title: "m", "aria-pressed": String(desk.marked.has(number)) }),
    desk.marked.size > 1 ? button(t("reverse", desk.marked.size), reverse, { class: "primary", "data-act": "reverse" }) : null,
    button(t("copyCurl"), () => copy(record.curl ?? ""), { "data-act": "curl" }),
    button(t("saveFixture"), () => keep(record), { "data-act": "fixture" }),
  );
  return disabled ? [bar, h("p", { class: "note" }, t(record.rule ? "notRepeatableOfRun" : "notRepeatable"))] : bar;
}

/** Sends the marked pushes as new messages, the one that was written last first. */
async function reverse() {
  const numbers = [...desk.marked].sort((a, b) => b - a);
  const open = desk.number;
  desk.say(t("sending"));
  try {
    const { pushes } = await post("journal/reorder", { numbers });
    desk.choose({ marked: new Set() });
    tellEnds(pushes);
    openLast(pushes, open);
  } catch (error) {
    desk.say(error.message || t("unreachable"), true);
  }
}

/** Says how pushes ended. */
function tellEnds(pushes) {
  const ends = pushes.map((push) => (push.outcome === "acknowledged" ? push.deliveries.at(-1)?.status : t(`outcome-${push.outcome}`)) ?? t("noAnswer"));
  desk.say(t("sentAgain", ends.join(", ")), pushes.some((push) => push.outcome !== "acknowledged"));
}

/** Opens the last of them, unless whoever sent them has gone on to another record meanwhile. */
function openLast(pushes, open) {
  const next = pushes.at(-1)?.number;
  if (next !== undefined && desk.number === open) desk.choose({ number: next });
}

/** Sends it again, and opens what became of it; where nobody waits for that, it is only said. */
export async function again(number, how, form, isAwaited = true) {
  desk.say(t("sending"));
  try {
    const told = await post(path`journal/${number}/${how}`, form);
    const pushes = told.pushes ?? [told];
    tellEnds(pushes);
    if (isAwaited) openLast(pushes, number);
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
        nameLater(number);
        again(number, "resend", undefined, false);
      };
      waiting.set(number, setTimeout(due, 1000 * wait));
      desk.say(t("laterSays", wait));
    }
    nameLater(number);
  }, { "data-act": "later", "data-later": number });
  knob.textContent = laterName(number);
  return knob;
}

const laterName = (number) => t(waiting.has(number) ? "notLater" : "later");

/** Names the button anew; the panel may have drawn another meanwhile. */
function nameLater(number) {
  for (const knob of document.querySelectorAll(`[data-later="${number}"]`)) knob.textContent = laterName(number);
}

function keep(record) {
  const fixture = fixtureOf(record);
  if (!fixture) return desk.say(t("noFixture"), true);
  save(fixture.name, fixture.text);
  desk.say(t("fixtureSays", fixture.name, desk.apps.find((app) => app.appid === record.appid)?.kind ?? "mini"));
}
