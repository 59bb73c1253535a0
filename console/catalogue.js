// The catalogue of pushes, each with a form that is made from its entry.

import { get, path, post } from "./api.js";
import { desk } from "./desk.js";
import { button, choice, field, fill, h, soon } from "./dom.js";
import { endOf } from "./axis.js";
import { t } from "./words.js";

/** Entries that are listed at once. */
const MOST = 300;

class Catalogue extends HTMLElement {
  #entries = [];

  connectedCallback() {
    this.search = h("input", { type: "search", placeholder: t("catalogueHint"), "aria-label": t("catalogueHint"), on: { input: soon(() => this.#draw(), 80) } });
    this.list = h("div", { class: "entries" });
    this.place = h("div", { class: "entry-form" });
    fill(this, this.search, this.place, this.list);
    desk.on(this, ["appid"], () => this.#draw());
    this.#read();
  }

  async #read() {
    try {
      this.#entries = await get("pushes");
      this.#draw();
    } catch (error) {
      fill(this.list, h("p", { class: "error" }, error.message || t("unreachable")));
    }
  }

  #draw() {
    const words = this.search.value.toLowerCase().split(/\s+/);
    const kind = desk.apps.find((app) => app.appid === desk.appid)?.kind;
    const found = this.#entries.filter((entry) => {
      const text = `${entry.account}/${entry.name} ${entry.summary}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    // Those of the app's own kind come first.
    found.sort((a, b) => (b.account === kind) - (a.account === kind));
    const items = found.slice(0, MOST).map((entry) =>
      button("", () => this.#open(entry), { class: "entry" }),
    );
    items.forEach((item, i) => {
      const entry = found[i];
      fill(item, h("code", {}, entry.account === kind ? entry.name : `${entry.account}/${entry.name}`), " ", h("span", {}, entry.summary));
    });
    fill(this.list, items, found.length > MOST ? h("p", { class: "note" }, t("moreEntries", found.length - MOST)) : null);
  }

  #open(entry) {
    const controls = entry.fields.map((each) => [each, h("input", { placeholder: each.value, inputmode: each.kind === "number" ? "numeric" : null })]);
    const from = h("input", { value: desk.openid, required: true });
    const times = h("input", { type: "number", min: "1", max: "1000", value: "1" });
    const mode = choice([["", t("asApp")], ["plain", "plain"], ["compat", "compat"], ["safe", "safe"]], "");
    const format = choice([["", t("asApp")], ["xml", "XML"], ["json", "JSON"]], "");
    const retry = choice([["", t("once")], ["observed", t("retry-observed")], ["documented", t("retry-documented")]], "");
    const outcome = h("div", { role: "status" });
    const submit = async (event) => {
      event.preventDefault();
      const set = Object.fromEntries(controls.filter(([, control]) => control.value !== "").map(([each, control]) => [each.name, control.value]));
      const form = { name: `${entry.account}/${entry.name}`, from: from.value, times: Number(times.value), set };
      for (const [key, control] of [["mode", mode], ["format", format], ["retry", retry]]) if (control.value) form[key] = control.value;
      fill(outcome, t("sending"));
      try {
        const told = await post(path`apps/${desk.appid}/push`, form);
        const ends = told.deliveries.map((each) => h("li", {}, endOf(each), " ", h("code", {}, (each.opened ?? each.body)?.text ?? each.silence ?? "")));
        const open = told.number === undefined ? null : button(t("openRecord", told.number), () => desk.open(told.number));
        fill(outcome, told.outcome === "acknowledged" ? null : h("p", { class: "error" }, t(`outcome-${told.outcome}`)), h("ol", {}, ends), told.verdicts.map((each) => h("p", { class: "error" }, each.finding)), told.user_sees ? h("p", {}, t("userSees", told.user_sees)) : null, open);
      } catch (error) {
        fill(outcome, h("p", { class: "error" }, error.message || t("unreachable")));
      }
    };
    fill(
      this.place,
      h(
        "form",
        { "aria-label": entry.name, on: { submit } },
        h("h2", {}, entry.name),
        h("p", { class: "note" }, `${entry.summary} · ${entry.source}`),
        h("div", { class: "fields" }, controls.map(([each, control]) => field(each.group ? `${each.group} › ${each.name}` : each.name, control))),
        h("div", { class: "fields" }, field(t("fromUser"), from), field(t("times"), times), field(t("mode"), mode), field(t("format"), format), field(t("retry"), retry)),
        h("div", { class: "actions" }, button(t("send"), null, { type: "submit", class: "primary" }), button(t("close"), () => fill(this.place))),
        outcome,
      ),
    );
    this.place.scrollIntoView({ block: "nearest" });
    this.place.querySelector("input")?.focus();
  }
}

customElements.define("wx-catalogue", Catalogue);
