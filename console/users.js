// The users of an app, and which of them one is.

import { get, path, put, query } from "./api.js";
import { desk } from "./desk.js";
import { button, fill, h, soon } from "./dom.js";
import { t } from "./words.js";

/** Users that are listed; more are reached by their openid. */
const MOST = 200;

class Users extends HTMLElement {
  #users = [];
  #total = 0;
  /** Counts the times that they were asked for: an answer that a newer question has overtaken is no news. */
  #asked = 0;

  /** Lists them anew when records name users who are not listed. */
  watch(records) {
    const again = soon(() => this.#read(), 300);
    records.addEventListener("rows", ({ detail }) => {
      const isNew = [...detail].some(({ record }) => record.openid && record.appid === desk.appid && !this.#users.includes(record.openid));
      if (isNew && this.#total <= MOST) again();
    });
  }

  connectedCallback() {
    this.list = h("div", { class: "user-list", role: "listbox", "aria-label": t("users"), tabindex: "0", on: { keydown: (event) => this.#key(event) } });
    this.name = h("input", { placeholder: t("openidHint"), "aria-label": t("openid"), pattern: "[A-Za-z0-9_\\-]{1,64}", on: { input: () => this.#draw() } });
    const submit = (event) => {
      event.preventDefault();
      this.#enter(this.name.value.trim());
    };
    fill(this, h("form", { class: "user-form", on: { submit } }, this.name, button(t("addUser"), null, { type: "submit" })), this.list);
    desk.on(this, ["appid", "version"], () => this.#read());
    desk.on(this, ["openid"], () => this.#draw());
    this.#read();
  }

  async #read() {
    if (!desk.appid) {
      desk.choose({ openid: "" }, false);
      return fill(this.list);
    }
    const asked = ++this.#asked;
    try {
      const found = await get(path`apps/${desk.appid}/users` + query({ count: MOST }));
      if (asked !== this.#asked) return;
      this.#users = found.users.map((user) => user.openid);
      this.#total = found.total;
      const isGone = this.#total <= this.#users.length && !this.#users.includes(desk.openid);
      if (!desk.openid || isGone) desk.choose({ openid: this.#users[0] ?? "" }, false);
      this.#draw();
    } catch (error) {
      desk.say(error.message || t("unreachable"), true);
    }
  }

  async #enter(openid) {
    if (openid === "") return;
    try {
      await put(path`apps/${desk.appid}/users/${openid}`);
      this.name.value = "";
      desk.choose({ openid });
      await this.#read();
    } catch (error) {
      desk.say(error.message || t("unreachable"), true);
    }
  }

  #draw() {
    const part = this.name.value.trim().toLowerCase();
    const shown = this.#users.filter((openid) => openid.toLowerCase().includes(part));
    const items = shown.map((openid) =>
      h(
        "div",
        {
          class: "user",
          role: "option",
          id: `user-${openid}`,
          "aria-selected": String(openid === desk.openid),
          on: { click: () => desk.choose({ openid }) },
        },
        h("span", { class: "face", "aria-hidden": "true" }, openid.replace(/^o/, "").slice(0, 1).toUpperCase()),
        openid,
      ),
    );
    const hidden = this.#total - this.#users.length;
    fill(this.list, items, items.length === 0 ? h("p", { class: "note" }, t("noUsers")) : null, hidden > 0 ? h("p", { class: "note" }, t("moreUsers", hidden)) : null);
  }

  #key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const at = Math.min(Math.max(this.#users.indexOf(desk.openid) + by, 0), this.#users.length - 1);
    desk.choose({ openid: this.#users[at] });
    this.list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }
}

customElements.define("wx-users", Users);
