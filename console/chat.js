// A user's chat as the phone shows it, and what the user does next.

import { actsOf, CHOICES, formed, MENU_TYPES } from "./acts.js";
import { get, path, post } from "./api.js";
import { bubble } from "./bubble.js";
import { desk } from "./desk.js";
import { button, choice, field, fill, h, soon } from "./dom.js";
import { Media } from "./media.js";
import { t } from "./words.js";

/** Where what is half written outlives the page. */
const DRAFT = "wxcheck-draft";

class Chat extends HTMLElement {
  #count = 0;
  /** The end of the chat is in view, and stays there. */
  #follows = true;
  /** The names of the menu's buttons, by their key or page. */
  #names = new Map();
  /** The menu that is shown, as JSON. */
  #menu = "";
  #media = new Media();

  /** Reads the chat anew when something about its user happens. */
  watch(records) {
    const again = soon(() => this.#read(), 120);
    records.addEventListener("rows", ({ detail }) => {
      if ([...detail].some(({ record }) => !record.openid || record.openid === desk.openid)) again();
    });
  }

  connectedCallback() {
    const on = { scroll: () => this.#scrolled(), keydown: (event) => this.#step(event) };
    this.log = h("div", { class: "chat-log", role: "log", "aria-label": t("chat"), tabindex: "0", on });
    this.below = button(t("newMessages"), () => this.#toEnd(), { class: "below", hidden: true });
    this.text = h("textarea", {
      rows: "1",
      placeholder: t("typeHint"),
      "aria-label": t("type"),
      value: sessionStorage.getItem(DRAFT) ?? "",
      on: {
        input: () => sessionStorage.setItem(DRAFT, this.text.value),
        keydown: (event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            this.#write();
          }
        },
      },
    });
    this.more = button("+", () => this.#showActs(), { class: "plus", "aria-label": t("acts"), "aria-expanded": "false" });
    this.acts = h("div", { class: "acts", hidden: true });
    this.menu = h("div", { class: "menu-bar", role: "group", "aria-label": t("menu"), hidden: true });
    fill(this, h("div", { class: "chat-place" }, this.log, this.below), h("div", { class: "writing" }, this.more, this.text, button(t("send"), () => this.#write(), { class: "primary" })), this.menu, this.acts);
    // Whatever takes room from the chat, or shows it again, leaves its end in view.
    const stay = () => this.#follows && this.#toEnd();
    new ResizeObserver(stay).observe(this.log);
    for (const grown of ["load", "loadedmetadata", "error", "grown"]) this.log.addEventListener(grown, stay, true);
    desk.on(this, ["openid", "appid"], () => {
      this.#count = 0;
      this.#follows = true;
      this.#media = new Media();
      fill(this.log);
      this.#read();
    });
    desk.on(this, ["version"], () => this.#read());
    desk.on(this, ["appid", "version"], () => this.#readMenu());
    this.#read();
    this.#readMenu();
  }

  /** The menu of an official account, whose buttons are tapped. */
  async #readMenu() {
    const { appid } = desk;
    let tops = [];
    try {
      if (appid) tops = (await get(path`apps/${appid}/menu`)).button;
    } catch {
      // Without a menu there is none to show.
    }
    // What is the same stays: it may be open.
    if (appid !== desk.appid || JSON.stringify(tops) === this.#menu) return;
    this.#menu = JSON.stringify(tops);
    this.menu.hidden = tops.length === 0;
    this.#names = new Map(tops.flatMap((top) => [top, ...(top.sub_button ?? [])]).map((each) => [each.key ?? each.url, each.name]));
    fill(
      this.menu,
      tops.map((top) =>
        top.sub_button?.length
          ? h("details", {}, h("summary", {}, top.name), h("div", {}, top.sub_button.map((each) => this.#menuButton(each))))
          : this.#menuButton(top),
      ),
    );
  }

  #menuButton(each) {
    const { key, url, type } = each;
    return button(each.name, () => this.#act({ act: "tap-menu", key, url, type }), { title: `${type ?? "click"} ${key ?? url ?? ""}` });
  }

  async #read() {
    const { appid, openid } = desk;
    if (!appid || !openid) return fill(this.log, h("p", { class: "note" }, t("chooseUser")));
    try {
      const chat = await get(path`apps/${appid}/users/${openid}/chat`);
      if (appid !== desk.appid || openid !== desk.openid) return;
      this.#draw(chat);
    } catch (error) {
      // A user of whom nothing is known yet has no chat.
      fill(this.log, h("p", { class: "note" }, error.status === 404 ? t("noChat") : error.message || t("unreachable")));
    }
  }

  #scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.log;
    // A chat that is not shown has no end.
    if (clientHeight === 0) return;
    this.#follows = scrollTop + clientHeight > scrollHeight - 40;
    if (this.#follows) this.below.hidden = true;
  }

  #toEnd() {
    this.#follows = true;
    this.below.hidden = true;
    this.log.scrollTop = this.log.scrollHeight;
  }

  /** Arrows go from record to record; the chat is one stop for Tab. */
  #step(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [...this.log.querySelectorAll(".open")];
    if (!by || links.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const at = links.indexOf(document.activeElement);
    links[at < 0 ? links.length - 1 : Math.min(Math.max(at + by, 0), links.length - 1)].focus();
  }

  #draw(chat) {
    let day = "";
    const media = this.#media.again();
    const shown = { media, names: this.#names, tap: (entry) => this.#tap(entry) };
    const drawn = chat.items.flatMap((item) => {
      const time = new Date(item.time);
      const today = time.toLocaleString(undefined, { dateStyle: "short", timeStyle: "short" });
      const stamp = today === day ? null : h("time", { datetime: item.time }, today);
      day = today;
      return [stamp, bubble(item, shown)];
    });
    fill(this.log, chat.more ? h("p", { class: "note" }, t("olderGone")) : null, drawn, drawn.length === 0 ? h("p", { class: "note" }, t("noChat")) : null);
    const isMore = chat.items.length > this.#count && this.#count > 0;
    this.#count = chat.items.length;
    if (this.#follows) this.#toEnd();
    else if (isMore) this.below.hidden = false;
  }

  async #write() {
    const content = this.text.value;
    if (content.trim() === "") return;
    // Whoever writes wants to see it.
    this.#follows = true;
    // What is on its way is not sent twice, and the next words are not taken for it.
    this.#draft("");
    if (await this.#act({ act: "send-text", content })) return;
    this.#draft([content, this.text.value].filter(Boolean).join("\n"));
  }

  #draft(text) {
    this.text.value = text;
    sessionStorage.setItem(DRAFT, text);
  }

  async #act(form) {
    const { appid, openid } = desk;
    if (!openid) return desk.say(t("chooseUser"), true);
    try {
      const told = await post(path`apps/${appid}/users/${openid}/acts`, form);
      const yields = ["js_code", "form_id", "media_id"].filter((key) => told[key]).map((key) => `${key} ${told[key]}`);
      desk.say([told.pushed ? t("pushed", told.pushed) : told.why ? t("notPushed", told.why) : t("actDone"), ...yields].join(" · "), Boolean(told.why));
      this.#read();
      return true;
    } catch (error) {
      desk.say(error.message || t("unreachable"), true);
      return false;
    }
  }

  /** A line of a menu message: it is said as a text that names the line, as WeChat does. */
  #tap(entry) {
    this.#follows = true;
    this.#act({ act: "send-text", content: String(entry?.content ?? ""), menu_id: String(entry?.id ?? "") });
  }

  /** The media_id of a picture that the user sends; nothing where it was refused. */
  async #upload(file) {
    try {
      return (await post(path`apps/${desk.appid}/users/${desk.openid}/acts`, { act: "upload", ...file })).media_id;
    } catch (error) {
      desk.say(error.message || t("unreachable"), true);
    }
  }

  #showActs() {
    const isOpen = this.acts.hidden;
    this.acts.hidden = !isOpen;
    this.more.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) return;
    const app = desk.apps.find((each) => each.appid === desk.appid);
    const place = h("div", { class: "act-form" });
    const buttons = actsOf(app?.kind).map((act) =>
      button(t(`act-${act.act}`), () => (act.fields.length === 0 ? this.#act(formed(act, {})) : this.#openForm(place, act, app)), { class: "act" }),
    );
    fill(this.acts, h("div", { class: "act-list", role: "group", "aria-label": t("acts") }, buttons), place);
    buttons[0].focus();
  }

  #openForm(place, act, app) {
    fill(place, this.#form(act, app));
    place.scrollIntoView({ block: "end" });
    place.querySelector("input, select").focus();
  }

  #form(act, app) {
    const controls = act.fields.map(([key, kind, preset]) => [key, control(kind, kind === "templates" ? (app?.templates ?? []) : preset)]);
    const submit = async (event) => {
      event.preventDefault();
      const values = {};
      for (const [key, each] of controls) {
        if (each.type === "file") values[key] = await contentOf(each.files[0]);
        else values[key] = each.multiple ? [...each.selectedOptions].map((option) => option.value).join(",") : each.value;
      }
      if (act.act === "upload" && !values.file) return desk.say(t("chooseFile"), true);
      if (values.picture) values.media_id = await this.#upload(values.picture);
      if (values.picture && !values.media_id) return;
      this.#act(formed(act, values));
    };
    return h(
      "form",
      { class: "fields", "aria-label": t(`act-${act.act}`), on: { submit } },
      controls.map(([key, each]) => field(t(`field-${key}`), each)),
      button(t(`act-${act.act}`), null, { type: "submit", class: "primary" }),
    );
  }
}

function control(kind, preset) {
  if (kind === "choice") return choice(CHOICES.map((each) => [each, t(`choice-${each}`)]), preset);
  if (kind === "menu-type") return choice([["", t("asInMenu")], ...MENU_TYPES.map((each) => [each, each])], preset);
  if (kind === "file" || kind === "picture") return h("input", { type: "file", accept: kind === "picture" ? "image/*" : null });
  if (kind === "templates") return templates(preset);
  return h("input", { type: kind === "number" ? "number" : "text", value: preset });
}

/** The templates that are registered, all of them chosen; where there is none, a place to type ids. */
function templates(known) {
  if (known.length === 0) return h("input", { type: "text", placeholder: t("templateIds") });
  return h("select", { multiple: true, size: Math.min(known.length, 4) }, known.map((each) => h("option", { value: each, selected: true }, each)));
}

/** A file as the act takes it. */
async function contentOf(file) {
  if (!file) return undefined;
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return { content_type: file.type || "application/octet-stream", base64: btoa(text) };
}

customElements.define("wx-chat", Chat);
