// The keyboard: single letters where nobody types, and a list of them.

import { button, fill, h } from "./dom.js";
import { t } from "./words.js";

/** Listens for keys; `acts` says what each does. */
export function listen(acts) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { target } = event;
    if (event.key === "Escape" && isTyping(target)) return target.blur();
    if (isTyping(target)) return;
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function isTyping(target) {
  return target.matches?.("input, textarea, select, [contenteditable]") ?? false;
}

/** The list of keys, as a dialog. */
export function help(names) {
  const dialog = h("dialog", { class: "help", "aria-label": t("keys") });
  fill(
    dialog,
    h("h2", {}, t("keys")),
    h("dl", {}, names.map(([key, text]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, text)])),
    button(t("close"), () => dialog.close(), { class: "primary" }),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
