// One line of a chat, as a phone draws it. Pictures of other places are named, and never fetched.

import { desk } from "./desk.js";
import { button, h, long } from "./dom.js";
import { elsewhere } from "./media.js";
import { t } from "./words.js";

/** Letters of a bubble. */
const LETTERS = 2000;
/** How the content of each kind of message is drawn; all others as they were sent. */
const DRAWN = {
  text: ({ text }) => [prose(text)],
  image: picture,
  voice: (item, { media }) => [media.show("audio", item, item.media), prose(item.text)],
  video: (item, { media }) => [media.show("video", item, item.media, item.thumb), strong(item.title), prose(item.text)],
  music: (item, { media }) => card(item, thumb(item, media)),
  card: (item, { media }) => [strong(item.title), thumb(item, media), small(item.page)],
  link: (item, { media }) => card(item, thumb(item, media)),
  location: ({ title, text }) => [strong(title), prose(text)],
  news: ({ articles }) => [articlesOf(articles)],
  mpnews: ({ media }) => [small(media)],
  mpnewsarticle: ({ article }) => [small(article)],
  wxcard: ({ card }) => [small(card)],
  menu: ({ menu }, { tap }) => menuOf(menu ?? {}, tap),
  "subscribe-message": ({ template, page, data }) => [strong(template), small(page), values(data ?? [])],
};

/** One line. `media` has what was uploaded, `names` are those of the menu's buttons, `tap` is called with a line of a menu. */
export function bubble(item, shown) {
  const open = button(`#${item.record}`, () => desk.open(item.record), { class: "quiet open", tabindex: "-1", "aria-label": t("openRecord", item.record) });
  if (item.from === "system" || item.type === "event") {
    const text = item.type === "event" ? happened(item, shown.names) : item.text;
    return h("div", { class: `aside ${item.type}` }, long(String(text ?? ""), LETTERS, (all) => t("showAll", all)), open);
  }
  const sort = Object.hasOwn(DRAWN, item.type) ? item.type : "other";
  const label = sort === "text" || sort === "image" ? null : h("span", { class: "sort" }, t(`item-${sort}`));
  return h("div", { class: `line ${item.from}` }, h("div", { class: `bubble ${sort}` }, label, (DRAWN[sort] ?? asSent)(item, shown)), open);
}

/** What the user did, in words where the page has some. */
function happened({ event, text }, names) {
  const name = names.get(text) ?? text ?? "";
  const key = `did-${event}`;
  const words = t(key, name);
  return words === key ? [event, text].filter(Boolean).join(" ") : words;
}

/** A picture that was uploaded; where there is none of that id, its place elsewhere. */
function picture(item, { media }) {
  return [item.media ? media.show("img", item, item.media, item.picture) : elsewhere(item.picture)];
}

/** A picture beside a title. */
function thumb({ thumb: id, picture: url, ...item }, media) {
  if (id) return media.show("img", item, id, url);
  return url ? elsewhere(url) : null;
}

function card({ title, text, url }, picture) {
  return [strong(title), prose(text), picture, small(url)];
}

/** The articles of a message, the first of them with its picture at large. */
function articlesOf(found) {
  const each = ({ title, text, url, picture }) => h("li", {}, picture ? elsewhere(picture) : null, strong(title), prose(text), small(url));
  return h("ul", { class: "articles" }, (Array.isArray(found) ? found : []).map(each));
}

/** A menu message: what the user taps is sent as a text with the line's id. */
function menuOf({ head_content, list, tail_content }, tap) {
  const lines = Array.isArray(list) ? list : [];
  return [
    prose(head_content),
    h("div", { class: "menu" }, lines.map((line) => button(String(line?.content ?? ""), () => tap(line), { class: "quiet" }))),
    prose(tail_content),
  ];
}

/** The values of a subscribe message. */
function values(data) {
  return h("dl", {}, (Array.isArray(data) ? data : Object.entries(data)).map(([key, value]) => [h("dt", {}, key), h("dd", {}, String(value?.value ?? value))]));
}

function asSent({ body }) {
  const text = typeof body === "string" ? body : JSON.stringify(body ?? null);
  return h("code", {}, long(text, LETTERS, (all) => t("showAll", all)));
}

const isSaid = (text) => text !== undefined && text !== null && text !== "";
const strong = (text) => (isSaid(text) ? h("strong", {}, String(text)) : null);
const small = (text) => (isSaid(text) ? h("small", {}, String(text)) : null);
const prose = (text) => (isSaid(text) ? h("span", {}, long(String(text), LETTERS, (all) => t("showAll", all))) : null);
