// The language of the page, and its words by their keys.

import { CHINESE } from "./chinese.js";
import { ENGLISH } from "./english.js";

/** The browser's language, Chinese or English; `?lang=` says otherwise. */
export const LANGUAGE = chosen();

const WORDS = LANGUAGE === "zh" ? CHINESE : ENGLISH;

function chosen() {
  const asked = new URLSearchParams(globalThis.location?.search ?? "").get("lang");
  const first = asked ?? globalThis.navigator?.languages?.[0] ?? "en";
  return first.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** The words of a key, with `{0}`, `{1}` … filled in. */
export function t(key, ...values) {
  const words = WORDS[key] ?? key;
  return words.replace(/\{(\d)\}/g, (whole, at) => String(values[at] ?? ""));
}
