// The control API, asked as any caller asks it.

import { LANGUAGE } from "./words.js";

const PREFIX = "/_wxcheck/";

/** An answer that is a refusal; its message is the server's own sentence. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Hears of every request that wanted the control token. */
export const unknown = new EventTarget();

/** One request; the JSON of its answer. */
export async function ask(method, path, body) {
  const asked = { method, headers: { "Accept-Language": LANGUAGE }, credentials: "same-origin", cache: "no-store" };
  if (body !== undefined) {
    asked.headers["Content-Type"] = "application/json";
    asked.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(PREFIX + path, asked);
  } catch {
    throw new Refused(0, "");
  }
  const text = await answer.text();
  let told = null;
  try {
    told = text === "" ? null : JSON.parse(text);
  } catch {
    // An answer that is no JSON is told by its status.
  }
  if (!answer.ok) {
    if (answer.status === 401 && path !== "session") unknown.dispatchEvent(new Event("unknown"));
    throw new Refused(answer.status, told?.error ?? `HTTP ${answer.status}`);
  }
  return told;
}

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body ?? {});
export const put = (path, body) => ask("PUT", path, body ?? {});
export const remove = (path) => ask("DELETE", path);

/** A path with its parts encoded: path`apps/${appid}/users`. */
export function path(parts, ...values) {
  return parts.reduce((all, part, i) => all + encodeURIComponent(values[i - 1]) + part);
}

/** A query from names and values, without those that are undefined. */
export function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}
