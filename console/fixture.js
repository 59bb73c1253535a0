// A push that was sent, as an entry of the catalogue: TOML for `--fixtures`, in the folder of the account's kind.

import { Digits, readJson } from "./json.js";
import { readXml, textOf } from "./xml.js";

/** Fields that stand in front of every push, and are added when it is sent. */
const HEAD = new Set(["ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "Encrypt"]);

/** The entry as TOML, and the name of its file; `undefined` where the body is neither XML nor JSON. */
export function fixtureOf(record) {
  const body = record.request?.opened ?? record.request?.body;
  const fields = body && fieldsOf(body.text);
  if (!fields) return undefined;
  const valueOf = (name) => fields.find((field) => field.name === name)?.value;
  const kind = String(valueOf("MsgType") ?? "text");
  const event = valueOf("Event");
  const name = `${String(record.push || event || kind).replace(/[^A-Za-z0-9_]/g, "_")}_saved`;
  const isOfUser = kind !== "event" || fields.some((field) => field.name === "FromUserName" && field.value === record.openid);
  const lines = [
    `name = ${quoted(name)}`,
    `summary = ${quoted(`Saved from a push that was sent, ${record.push ?? kind} from ${record.openid ?? "WeChat"}`)}`,
    `msg-type = ${quoted(kind)}`,
  ];
  if (event !== undefined) lines.push(`event = ${quoted(event)}`);
  lines.push(
    `from = ${quoted(isOfUser ? "user" : "wechat")}`,
    `dedup = ${quoted(valueOf("MsgId") === undefined ? "FromUserName + CreateTime" : "MsgId")}`,
    'replies = ["success", "empty"]',
    'source = "saved from the page of wxcheck serve"',
    'confidence = "low"',
  );
  for (const field of fields.filter((field) => !HEAD.has(field.name))) write(lines, "field", field);
  return { name: `${name}.toml`, text: `${lines.join("\n")}\n` };
}

function write(lines, path, field) {
  lines.push("", `[[${path}]]`, `name = ${quoted(field.name)}`, `type = ${quoted(field.type)}`);
  if (field.xmlOnly) lines.push("xml-only = true");
  if (field.type === "group") {
    for (const child of field.fields) write(lines, `${path}.field`, child);
  } else if (field.type === "list") {
    for (const item of field.items) {
      lines.push("", `[[${path}.item]]`);
      for (const child of item) write(lines, `${path}.item.field`, child);
    }
  } else if (field.name === "MsgId") {
    lines.push('value = "{msgid}"');
  } else {
    lines.push(`value = ${quoted(escaped(field.value))}`);
  }
}

/** Fields as `{name, type, value}`, groups with `fields`, lists with `items`. */
function fieldsOf(text) {
  try {
    const start = text.trimStart()[0];
    if (start === "<") return merged(elements(readXml(text)).map(ofElement));
    if (start === "{") return Object.entries(readJson(text)).map(([name, value]) => ofValue(name, value));
  } catch {
    // A body that cannot be read makes no entry.
  }
  return undefined;
}

const elements = (element) => element.children.filter((child) => child.name !== undefined);

function ofElement(element) {
  const value = textOf(element);
  if (value === undefined) return { name: element.name, type: "group", fields: merged(elements(element).map(ofElement)) };
  const isCdata = element.children.some((child) => child.cdata);
  return { name: element.name, type: isCdata || value === "" ? "text" : /^-?\d+$/.test(value) ? "number" : "bare", value };
}

/** Elements of one name are the items of a list. */
function merged(fields) {
  const lists = new Map();
  for (const field of fields) lists.set(field.name, [...(lists.get(field.name) ?? []), field]);
  return [...lists].map(([name, same]) =>
    same.length === 1 || same.some((field) => field.type !== "group")
      ? same[0]
      : { name, type: "list", items: same.map((field) => field.fields) },
  );
}

function ofValue(name, value) {
  if (value instanceof Digits) return { name, type: "number", value: value.text };
  if (Array.isArray(value)) {
    const items = value.filter((item) => item !== null && typeof item === "object");
    return { name, type: "list", items: items.map((item) => Object.entries(item).map(([key, child]) => ofValue(key, child))) };
  }
  if (value !== null && typeof value === "object") {
    return { name, type: "group", fields: Object.entries(value).map(([key, child]) => ofValue(key, child)) };
  }
  return { name, type: "text", value: String(value ?? "") };
}

/** Braces are places to fill in; those of a user would be mistaken for one. */
function escaped(value) {
  return String(value).replace(/\{(\w+)\}/g, "($1)");
}

/** A basic string of TOML. */
function quoted(text) {
  const inner = String(text).replace(/[\\"\u0000-\u001f\u007f]/g, (letter) => {
    if (letter === "\\" || letter === '"') return `\\${letter}`;
    return `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${inner}"`;
}
