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
    } else if (key === "value" || key === "checked" || key === "disabled" || key === "hidden" || key === "open") {
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
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
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
  if (text.length <= limit) return document.createTextNode(text);
  const box = h("span", {}, text.slice(0, limit), "… ");
  box.append(button(more(text.length), () => fill(box, text), { class: "quiet" }));
  return box;
}

/** A function that runs soon after it was last called, and once for many calls. */
export function soon(act, millis) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, millis);
  };
}
