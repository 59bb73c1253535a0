// Texts that leave the page: to the clipboard, or as a file.

import { desk } from "./desk.js";
import { h } from "./dom.js";
import { t } from "./words.js";

/** Copies a text. Beyond localhost browsers give the clipboard to pages with TLS only; the old way is left to those. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    desk.say(t("copied"));
  } catch {
    const area = h("textarea", { class: "off-screen", "aria-hidden": "true", tabindex: "-1", value: text });
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand("copy");
    area.remove();
    desk.say(isCopied ? t("copied") : t("notCopied"), !isCopied);
  }
}

/** Offers a text as a file to keep. */
export function save(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
