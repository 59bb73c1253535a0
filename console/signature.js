// How a push was signed, step by step. The Token is never here: the server of the page has masked it.

import { h } from "./dom.js";
import { t } from "./words.js";

const KNOWN = ["sort", "join", "sha1"];

/** The steps of a record's signature. */
export function signature(record) {
  const told = record.signature;
  if (!told?.steps?.length) return h("p", { class: "note" }, t("notSigned"));
  return h(
    "div",
    { class: "signature" },
    h("p", {}, t("signedOf", told.name ?? "signature", ["Token", ...(told.parts ?? []).filter((part) => part.toLowerCase() !== "token")].join(", "))),
    h(
      "ol",
      {},
      told.steps.map((step) =>
        h("li", {}, h("strong", {}, KNOWN.includes(step.name) ? t(`step-${step.name}`) : step.name), h("code", {}, step.text)),
      ),
    ),
  );
}
