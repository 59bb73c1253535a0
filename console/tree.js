// A body as a tree that opens and closes: XML or JSON, whichever it is.

import { h, long } from "./dom.js";
import { Digits, readJson } from "./json.js";
import { readXml, textOf } from "./xml.js";
import { t } from "./words.js";

/** Nodes that are drawn, and letters of a value. */
const NODES = 2000;
const LETTERS = 2000;

/** The tree of a text; undefined where it is neither. */
export function tree(text) {
  const budget = { nodes: NODES };
  try {
    const start = text.trimStart()[0];
    if (start === "<") return h("ul", { class: "tree" }, ofElement(readXml(text), budget));
    if (start === "{" || start === "[") return h("ul", { class: "tree" }, ofValue("", readJson(text), budget));
  } catch {
    // What cannot be read is shown raw.
  }
  return undefined;
}

function ofElement(element, budget) {
  if (!afford(budget)) return rest();
  const name = h("span", { class: "name" }, element.name);
  const attributes = element.attributes.map(([key, value]) => h("span", { class: "attribute" }, ` ${key}="${value}"`));
  const text = textOf(element);
  if (text !== undefined) {
    const isCdata = element.children.some((child) => child.cdata);
    return h("li", {}, name, attributes, " ", leaf(text, isCdata ? "cdata" : "bare"));
  }
  const children = element.children.filter((child) => child.name !== undefined || child.text.trim() !== "");
  const drawn = children.map((child) => (child.name === undefined ? h("li", {}, leaf(child.text, "bare")) : ofElement(child, budget)));
  return branch([name, attributes], drawn);
}

function ofValue(key, value, budget) {
  if (!afford(budget)) return rest();
  const name = key === "" ? null : h("span", { class: "name" }, key);
  if (value instanceof Digits) return h("li", {}, name, " ", leaf(value.text, "number"));
  if (value === null || typeof value !== "object") {
    return h("li", {}, name, " ", leaf(String(value), typeof value === "string" ? "text" : "number"));
  }
  const drawn = Object.entries(value).map(([key, child]) => ofValue(key, child, budget));
  return branch([name, h("small", {}, Array.isArray(value) ? `[${drawn.length}]` : `{${drawn.length}}`)], drawn);
}

function branch(head, children) {
  return h("li", {}, h("details", { open: true }, h("summary", {}, head), h("ul", {}, children)));
}

function leaf(text, kind) {
  return h("span", { class: `value ${kind}` }, text === "" ? h("i", {}, t("emptyText")) : long(text, LETTERS, (all) => t("showAll", all)));
}

function afford(budget) {
  budget.nodes -= 1;
  return budget.nodes >= 0;
}

function rest() {
  return h("li", {}, "…");
}
