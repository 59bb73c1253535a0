// The page as a whole: three columns beside each other, or one at a time where there is no room.

import { again } from "./actions.js";
import { arrival, follow } from "./address.js";
import { get, unknown } from "./api.js";
import "./catalogue.js";
import "./chat.js";
import { desk } from "./desk.js";
import { button, choice, fill, h, soon } from "./dom.js";
import "./exchange.js";
import "./faults.js";
import { help, listen } from "./keys.js";
import "./phones.js";
import { Records } from "./records.js";
import { begin, end, isNeeded } from "./session.js";
import { Stream } from "./stream.js";
import "./time.js";
import "./users.js";
import "./wire.js";
import { LANGUAGE, t } from "./words.js";

/** The panels at the right: an element for each. */
const PANELS = { exchange: "wx-exchange", catalogue: "wx-catalogue", phones: "wx-phones", faults: "wx-faults", time: "wx-time" };
/** The parts of which a narrow window shows one. */
const PARTS = ["chats", "wire", ...Object.keys(PANELS)];
/** What was said stays so long, in milliseconds. */
const SAID = 6000;

class Console extends HTMLElement {
  async connectedCallback() {
    document.documentElement.lang = LANGUAGE === "zh" ? "zh-CN" : "en";
    unknown.addEventListener("unknown", () => this.#signIn());
    if (await begin()) this.#begin();
    else this.#signIn();
  }

  #signIn() {
    if (this.querySelector("wx-sign-in")) return;
    this.stream = undefined;
    const form = document.createElement("wx-sign-in");
    form.addEventListener("signed-in", () => location.reload());
    fill(this, form);
  }

  async #begin() {
    const records = new Records();
    const stream = new Stream(records);
    const state = h("span", { class: "live", role: "status" });
    const said = h("p", { class: "said", role: "status", "aria-live": "polite" });
    const app = choice([], "", { "aria-label": t("app") });
    app.addEventListener("change", () => desk.choose({ appid: app.value, openid: "" }));

    const users = document.createElement("wx-users");
    const chat = document.createElement("wx-chat");
    const wire = document.createElement("wx-wire");
    const panels = Object.fromEntries(Object.entries(PANELS).map(([name, tag]) => [name, document.createElement(tag)]));
    for (const part of [users, chat, wire, panels.exchange, panels.faults]) part.watch(records);

    const navigation = h("nav", { "aria-label": t("parts") }, PARTS.map((part) => button(t(`nav-${part}`), () => desk.show(part), { "data-part": part })));
    const tabs = h("nav", { class: "tabs", "aria-label": t("panels") }, Object.keys(PANELS).map((part) => button(t(`nav-${part}`), () => desk.show(part), { "data-part": part })));
    fill(
      this,
      h(
        "header",
        { class: "top" },
        h("h1", {}, "wxcheck"),
        app,
        state,
        said,
        button("?", () => this.#help(), { class: "quiet", "aria-label": t("keys") }),
        isNeeded ? button(t("signOut"), end) : null,
      ),
      h("main", {},
        h("section", { class: "left", "aria-label": t("nav-chats") }, users, chat),
        h("section", { class: "middle", "aria-label": t("nav-wire") }, wire),
        h("section", { class: "right", "aria-label": t("panels") }, tabs, Object.values(panels)),
      ),
      navigation,
    );

    const show = (part) => {
      this.dataset.part = part;
      if (part in PANELS) {
        for (const [name, panel] of Object.entries(panels)) panel.hidden = name !== part;
      }
      for (const knob of this.querySelectorAll("nav [data-part]")) {
        const isShown = knob.dataset.part === part || (knob.parentElement === tabs && !panels[knob.dataset.part]?.hidden);
        if (isShown) knob.setAttribute("aria-current", "page");
        else knob.removeAttribute("aria-current");
      }
    };
    desk.addEventListener("show", ({ detail }) => show(detail));
    show("exchange");
    show("wire");

    let quiet = 0;
    desk.addEventListener("said", ({ detail }) => {
      said.textContent = detail.text;
      said.classList.toggle("error", detail.isBad);
      clearTimeout(quiet);
      quiet = setTimeout(() => (said.textContent = ""), SAID);
    });
    const tell = () => {
      state.textContent = t(stream.state);
      state.dataset.state = stream.state;
    };
    stream.addEventListener("state", tell);
    stream.addEventListener("restarted", ({ detail }) => {
      desk.say(t(detail === "memory" ? "restartedEmpty" : "restarted"));
      desk.stir();
    });
    stream.addEventListener("changed", soon(() => desk.stir(), 100));
    tell();
    desk.on(this, ["version"], () => this.#readApps(app));
    await this.#readApps(app);
    stream.begin();
    this.#keys(wire, panels.exchange);
  }

  async #readApps(select) {
    try {
      const { apps } = await get("state");
      // What is the same stays: somebody may be choosing from it.
      if (JSON.stringify(apps) === JSON.stringify(desk.apps)) return;
      const isFirst = desk.apps.length === 0;
      const chosen = isFirst ? await arrival(apps) : { appid: apps.some((app) => app.appid === desk.appid) ? desk.appid : (apps[0]?.appid ?? "") };
      desk.choose({ apps, ...chosen }, false);
      if (isFirst && desk.number !== undefined) desk.show("exchange");
      follow();
      fill(select, apps.map(({ appid, kind }) => h("option", { value: appid }, `${appid} · ${kind}`)));
      select.value = desk.appid;
    } catch (error) {
      desk.say(error.message || t("askedAgain"), true);
      setTimeout(() => this.#readApps(select), 2000);
    }
  }

  #keys(wire, exchange) {
    const ifOpen = (how, form) => () => desk.number !== undefined && again(desk.number, how, form);
    this.keys = {
      "/": () => (desk.show("wire"), wire.search.focus()),
      j: () => wire.step(1),
      k: () => wire.step(-1),
      ArrowDown: () => wire.step(1),
      ArrowUp: () => wire.step(-1),
      d: () => desk.number !== undefined && desk.open(desk.number),
      t: () => (desk.show("chats"), this.#enter("chats")),
      p: () => wire.pause(),
      m: () => exchange.mark(),
      r: ifOpen("resend"),
      x: ifOpen("duplicate", {}),
      "?": () => this.#help(),
    };
    PARTS.forEach((part, i) => (this.keys[String(i + 1)] = () => (desk.show(part), this.#enter(part))));
    listen(this.keys);
  }

  /** Puts the focus into a part, so that Tab goes on from there; into no field, which would take the next key for text. */
  #enter(part) {
    // Nobody writes before there is somebody to write as.
    const place = { chats: desk.openid ? "wx-chat textarea" : "wx-users input", wire: "wx-wire .rows" }[part];
    const panel = this.querySelector(PANELS[part] ?? "wx-wire");
    const first = place ? this.querySelector(place) : panel.querySelector('[tabindex="0"], button');
    (first ?? panel).focus();
  }

  #help() {
    help([
      ["/", t("key-search")],
      ["j k ↓ ↑", t("key-step")],
      ["d ⏎", t("key-open")],
      ["r", t("key-resend")],
      ["x", t("key-duplicate")],
      ["m", t("key-mark")],
      ["t", t("key-type")],
      ["p", t("key-pause")],
      ["1 – 7", t("key-parts")],
      ["Esc", t("key-leave")],
    ]);
  }
}

customElements.define("wx-console", Console);
