// Elements from data. Texts become text nodes, always: nothing that a server or a caller sent is read as markup.

/**
 * An element. `props` holds attributes; `on` listeners, `data` data attributes, and the properties that attributes do
 * not reach (`value`, `checked`). A property that is null or undefined is left out. Children are nodes, texts, or lists
 * of them; null and false are no children.
 */
export function h(name, props, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined) continue;
    if (key === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (key === "data") {
      Object.assign(element.dataset, value);
    } else if (key === "value" || key === "checked" || key === "disabled" || key === "hidden" || key === "open" || key === "selected") {
      element[key] = value;
    } else {
      element.setAttribute(key, value === true ? "" : String(value));
    }
  }
  element.append(...nodes(children));
  return element;
}

/** Puts these children in the place of all that an element has. */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

function nodes(children) {
  const some = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  return some.map((child) => (typeof child === "string" ? visible(child) : child));
}

/** Characters that nobody sees, or that turn the direction of what stands behind them. Emoji need U+200D. */
const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** A text with what hides in it written out: this page is for looking at what others sent. */
export function visible(text) {
  return text.replace(HIDDEN, (letter) => `⟨U+${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

/** A button with a text, which is its accessible name. */
export function button(text, act, props) {
  return h("button", { type: "button", ...props, on: act ? { click: act } : {} }, text);
}

/** A labelled control: the label is its accessible name. */
export function field(text, control, note) {
  return h("label", { class: "field" }, h("span", { class: "field-name" }, text), control, note ? h("small", {}, note) : null);
}

/** A choice from a list of `[value, text]`. */
export function choice(options, chosen, props) {
  const select = h("select", props, options.map(([value, text]) => h("option", { value }, text)));
  select.value = chosen;
  return select;
}

/** A text, cut where it is longer than so many characters; a button shows all of it. */
export function long(text, limit, more) {
  if (text.length <= limit) return visible(text);
  const box = h("span", {}, text.slice(0, limit), "… ");
  box.append(button(more(text.length), () => fill(box, text), { class: "quiet" }));
  return box;
}

/** A function that runs soon after it was called, and once for many calls; calls without end do not put it off. */
export function soon(act, millis) {
  let timer;
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      act();
    }, millis);
  };
}
