// What was uploaded, as a phone shows it: pictures, sounds and films, asked for by their media_id.

import { path } from "./api.js";
import { desk } from "./desk.js";
import { fill, h } from "./dom.js";
import { t } from "./words.js";

/** The media of one chat. An element is drawn once, so that a chat that is drawn anew stops no sound and loads nothing again. */
export class Media {
  #drawn = new Map();
  #before = new Map();

  /** The chat is drawn anew: what it does not show any more is forgotten. */
  again() {
    this.#before = this.#drawn;
    this.#drawn = new Map();
    return this;
  }

  /** The medium of that id in an element `img`, `audio` or `video`; `more` is a picture's URL elsewhere, or a film's poster. */
  show(name, item, id, more) {
    if (!id) return null;
    const key = [item.record, item.from, name, id, more].join(" ");
    const box = this.#before.get(key) ?? medium(name, id, more);
    this.#drawn.set(key, box);
    return box;
  }
}

/** A picture of another place, which a page that works offline does not fetch. */
export function elsewhere(url) {
  return h("span", { class: "elsewhere" }, h("span", {}, t("pictureElsewhere")), h("small", {}, String(url ?? "")));
}

function medium(name, id, more) {
  const url = urlOf(id);
  const box = h("span", { class: "medium" });
  const on = { error: () => instead(box, id, url, name === "img" ? more : undefined) };
  const isPicture = name === "img";
  const props = isPicture ? { alt: t("item-image") } : { controls: true, preload: "metadata", playsinline: true, "aria-label": t(name === "audio" ? "item-voice" : "item-video") };
  return fill(box, h(name, { ...props, poster: name === "video" && more ? urlOf(more) : null, src: url, on }));
}

/** What is shown where a browser has nothing to show: why, and a link to the file where there is one. */
async function instead(box, id, url, picture) {
  if (picture) {
    fill(box, elsewhere(picture));
    return box.dispatchEvent(new Event("grown"));
  }
  let isThere = false;
  let type = "";
  try {
    const told = await fetch(url, { method: "HEAD", credentials: "same-origin" });
    isThere = told.ok;
    type = told.headers.get("content-type") ?? "";
  } catch {
    // A platform that does not answer has no file either.
  }
  // What users record is AMR, which few browsers play: nothing is wrong with the sound.
  const unseen = type.startsWith("audio/amr") ? "mediumAmr" : "mediumUnseen";
  fill(
    box,
    h(
      "span",
      { class: "elsewhere" },
      h("span", {}, t(isThere ? unseen : "mediumGone")),
      isThere ? h("a", { href: url, download: id }, t("saveFile")) : null,
      h("small", {}, String(id)),
    ),
  );
  // It is larger than what it stands for, and comes late: whoever shows the end of the chat is told.
  box.dispatchEvent(new Event("grown"));
}

const urlOf = (id) => `/_wxcheck/${path`apps/${desk.appid}/media/${id}`}`;
