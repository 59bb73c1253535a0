// The articles of a news message, as a phone lists them. Pictures are not fetched.

import { h } from "./dom.js";
import { readXml, textOf } from "./xml.js";

/** The articles of a message in JSON or XML, as titles with their descriptions; the text itself where it is neither. */
export function articles(body) {
  const found = typeof body === "string" ? ofXml(body) : (body?.articles ?? []);
  if (found.length === 0) return h("code", {}, typeof body === "string" ? body : JSON.stringify(body));
  return h(
    "ul",
    { class: "articles" },
    found.map((each) => h("li", {}, h("strong", {}, String(each.title ?? "")), " ", h("span", {}, String(each.description ?? "")), " ", h("small", {}, String(each.url ?? "")))),
  );
}

function ofXml(text) {
  try {
    const children = (element, name) => element.children.filter((child) => child.name === name);
    const items = children(readXml(text), "Articles").flatMap((list) => children(list, "item"));
    const valueOf = (item, name) => children(item, name).map(textOf)[0];
    return items.map((item) => ({ title: valueOf(item, "Title"), description: valueOf(item, "Description"), url: valueOf(item, "Url") }));
  } catch {
    // A body in JSON, or one that is cut off.
    return [];
  }
}
