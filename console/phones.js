// The phones of a user: opening the mini program, and what the phone fetched and keeps.

import { get, path, post, put, query, remove } from "./api.js";
import { desk } from "./desk.js";
import { button, choice, field, fill, h } from "./dom.js";
import { t } from "./words.js";

class Phones extends HTMLElement {
  /** Phones by their names. Each is made once, so that what is typed into it stays when there is news of it. */
  #phones = new Map();
  /** The user whose phones these are. */
  #of = "";

  connectedCallback() {
    this.list = h("div", {});
    this.name = h("input", { value: "phone", required: true, maxlength: "64" });
    const submit = (event) => {
      event.preventDefault();
      this.#do(() => put(this.#at(this.name.value)));
    };
    fill(
      this,
      h("form", { class: "fields", on: { submit } }, field(t("phoneName"), this.name), button(t("addPhone"), null, { type: "submit" }), button(t("lookAgain"), () => this.#read())),
      this.list,
    );
    desk.on(this, ["appid", "openid", "version"], () => this.#read());
    this.#read();
  }

  #at(device, rest = "") {
    return path`apps/${desk.appid}/users/${desk.openid}/devices/${device}` + rest;
  }

  async #do(act) {
    try {
      const told = await act();
      await this.#read();
      return told;
    } catch (error) {
      desk.say(error.message || t("unreachable"), true);
      return undefined;
    }
  }

  async #read() {
    const { appid, openid } = desk;
    if (!openid) return this.#note(t("chooseUser"));
    try {
      const { devices } = await get(path`apps/${appid}/users/${openid}`);
      if (appid === desk.appid && openid === desk.openid) this.#show(`${appid} ${openid}`, devices);
    } catch (error) {
      this.#note(error.message || t("unreachable"));
    }
  }

  #note(text) {
    this.#phones.clear();
    fill(this.list, h("p", { class: "note" }, text));
  }

  #show(of, devices) {
    if (devices.length === 0) return this.#note(t("noPhones"));
    const known = of === this.#of ? this.#phones : new Map();
    const phones = new Map(devices.map((device) => [device.name, known.get(device.name) ?? this.#phone(device)]));
    const isSame = known.size > 0 && [...known.keys()].join("\n") === [...phones.keys()].join("\n");
    this.#of = of;
    this.#phones = phones;
    for (const device of devices) phones.get(device.name).tell(device);
    if (!isSame) fill(this.list, [...phones.values()].map(({ element }) => element));
  }

  /** A phone's element, and how it is told what is new. */
  #phone({ name, system, trial }) {
    const network = choice([["wifi", "Wi-Fi"], ["cellular", t("cellular")], ["none", t("noNetwork")]], "wifi");
    network.addEventListener("change", () => this.#do(() => put(this.#at(name), { network: network.value })));
    const page = h("input", { value: "pages/index/index" });
    const asked = h("input", { value: "" });
    const scene = h("input", { type: "number", value: "1001" });
    const token = h("input", { value: "", maxlength: "1024" });
    const tokenField = field(t("fetchToken"), token);
    const kept = h("tbody", {});
    const data = h("div", { role: "status" });
    const open = async (event) => {
      event.preventDefault();
      const form = { path: page.value, query: asked.value, scene: Number(scene.value) };
      const told = await this.#do(() => post(this.#at(name, "/open"), form));
      if (!told) return;
      const lines = told.fetches.map((each) => `${each.kind}: ${each.failure ?? t("cached", each.bytes ?? 0)}${each.millis === undefined ? "" : ` · ${each.millis} ms`}`);
      desk.say([...lines, ...(told.warnings ?? [])].join(" · ") || t("nothingFetched"));
    };
    const look = (fetchType) => async () => {
      const told = await this.#do(() => get(this.#at(name, "/background-fetch-data") + query({ fetchType })));
      if (!told) return;
      fill(data, h("p", {}, told.errMsg, told.reason ? ` · ${told.reason}` : ""), told.fetchedData === undefined ? null : h("pre", { tabindex: "0", "aria-label": t("body") }, told.fetchedData));
    };
    const element = h(
      "section",
      { class: "phone", "aria-label": name },
      h("h2", {}, name, " ", h("small", {}, `${system}${trial ? ` · ${t("trial")}` : ""}`)),
      h("form", { class: "fields", on: { submit: open } }, field(t("field-path"), page), field(t("field-query"), asked), field(t("field-scene"), scene), button(t("openApp"), null, { type: "submit", class: "primary" })),
      h("div", { class: "fields" }, field(t("network"), network), tokenField, button(t("setToken"), () => this.#do(() => put(this.#at(name, "/background-fetch-token"), { token: token.value })))),
      h("table", {}, kept),
      h("div", { class: "actions" }, button(t("readPrefetch"), look("pre")), button(t("readPeriodic"), look("periodic")), button(t("takeAway"), () => this.#do(() => remove(this.#at(name))))),
      data,
    );
    const tell = (device) => {
      network.value = device.network;
      fill(tokenField.firstChild, t(device.token ? "newToken" : "fetchToken"));
      fill(kept, cache(t("prefetch"), device.prefetch), cache(t("periodic"), device.periodic), row(t("due"), device.due ? moment(device.due) : "–"));
    };
    return { element, tell };
  }
}

function cache(name, each) {
  const held = each.bytes === null || each.bytes === undefined ? t("nothingCached") : `${t("cached", each.bytes)} · ${moment(each.at)}`;
  return row(name, [held, each.running ? t("running") : null, each.failure, ...(each.notes ?? [])].filter(Boolean).join(" · "));
}

const row = (name, value) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value));
const moment = (millis) => new Date(millis).toLocaleString();

customElements.define("wx-phones", Phones);
