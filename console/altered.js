// A push to be sent again with other fields, in another mode or format.

import { button, choice, field, h } from "./dom.js";
import { Digits, readJson } from "./json.js";
import { readXml, textOf } from "./xml.js";
import { t } from "./words.js";

/** Fields that have a control. */
const MOST = 40;
/** What the sender fills in by itself. */
const OWN = new Set(["ToUserName", "Encrypt"]);

/** The form; `send` gets what is to be changed. */
export function altered(record, send) {
  const fields = leaves((record.request?.opened ?? record.request?.body)?.text ?? "").slice(0, MOST);
  const rows = fields.map(({ name, value }) => {
    const control = h("input", { value, "aria-label": name });
    const out = h("input", { type: "checkbox", "aria-label": t("leaveOutOf", name) });
    return { name, value, control, out, row: h("div", { class: "altered-row" }, h("span", {}, name), control, h("label", {}, out, t("leaveOut"))) };
  });
  const mode = choice([["", t("asItWas")], ["plain", "plain"], ["compat", "compat"], ["safe", "safe"]], "");
  const format = choice([["", t("asItWas")], ["xml", "XML"], ["json", "JSON"]], "");
  const isNew = h("input", { type: "checkbox" });
  const submit = (event) => {
    event.preventDefault();
    const changed = rows.filter(({ out, control, value }) => !out.checked && control.value !== value);
    const form = { new_id: isNew.checked };
    if (changed.length > 0) form.set = Object.fromEntries(changed.map(({ name, control }) => [name, control.value]));
    const unset = rows.filter(({ out }) => out.checked).map(({ name }) => name);
    if (unset.length > 0) form.unset = unset;
    if (mode.value) form.mode = mode.value;
    if (format.value) form.format = format.value;
    send(form);
  };
  return h(
    "form",
    { class: "altered", "aria-label": t("altered"), on: { submit } },
    rows.map(({ row }) => row),
    h("div", { class: "fields" }, field(t("mode"), mode), field(t("format"), format), h("label", { class: "check" }, isNew, t("newId"))),
    button(t("sendAltered"), null, { type: "submit", class: "primary" }),
  );
}

/** The fields at the top of a body that are no groups. */
function leaves(text) {
  try {
    const start = text.trimStart()[0];
    const all =
      start === "<"
        ? readXml(text).children.filter((child) => child.name !== undefined).map((child) => ({ name: child.name, value: textOf(child) }))
        : Object.entries(readJson(text)).map(([name, value]) => ({ name, value: value instanceof Digits ? value.text : value }));
    return all.filter(({ name, value }) => typeof value === "string" && !OWN.has(name));
  } catch {
    return [];
  }
}
