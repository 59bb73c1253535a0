// Faults of the API on purpose: what the server meets when it calls.

import { get, path, post, remove } from "./api.js";
import { desk } from "./desk.js";
import { button, choice, field, fill, h, soon } from "./dom.js";
import { t } from "./words.js";

/** Kinds, and whether each has a number. */
const KINDS = { errcode: "-1", "slow-millis": "6000", "html-page": null, "truncated-json": null, reset: null, "wrong-content-type": null, "revoked-token": null };
/** Endpoints that are offered; any other can be typed. */
const ENDPOINTS = ["*", "/cgi-bin/token", "/cgi-bin/stable_token", "/cgi-bin/message/custom/send", "/cgi-bin/message/subscribe/send", "/sns/jscode2session"];

class Faults extends HTMLElement {
  /** The faults that are shown, as JSON: what is the same stays, with the focus in it. */
  #shown = "";

  /** Counts along: every call may be struck, and a fault ends with its last one. */
  watch(records) {
    const again = soon(() => !this.hidden && this.#read(), 200);
    records.addEventListener("rows", ({ detail }) => {
      if ([...detail].some(({ record }) => record.kind === "fault" || record.kind === "called")) again();
    });
  }

  connectedCallback() {
    const endpoint = h("input", { value: "/cgi-bin/message/custom/send", list: "endpoints", required: true });
    const kind = choice(Object.keys(KINDS).map((each) => [each, t(`fault-${each}`)]), "errcode");
    const number = h("input", { type: "number", value: "45009" });
    const times = h("input", { type: "number", min: "1", placeholder: "∞" });
    const after = h("input", { type: "number", min: "0", value: "0" });
    const chance = h("input", { type: "number", min: "0", max: "1", step: "0.01", value: "1" });
    kind.addEventListener("change", () => {
      number.disabled = KINDS[kind.value] === null;
      number.value = KINDS[kind.value] ?? "";
    });
    const submit = (event) => {
      event.preventDefault();
      const form = {
        endpoint: endpoint.value,
        fault: KINDS[kind.value] === null ? kind.value : { [kind.value]: Number(number.value) },
        chance: Number(chance.value),
        after: Number(after.value),
      };
      if (times.value !== "") form.times = Number(times.value);
      this.#do(() => post("faults", form));
    };
    this.list = h("ul", { class: "faults", "aria-label": t("faultsInForce") });
    fill(
      this,
      h("p", { class: "note" }, t("faultsWhy")),
      h(
        "form",
        { class: "fields", on: { submit } },
        h("div", { class: "wide" }, field(t("endpoint"), endpoint)),
        h("datalist", { id: "endpoints" }, ENDPOINTS.map((value) => h("option", { value }))),
        field(t("effect"), kind),
        field(t("number"), number),
        field(t("times"), times),
        field(t("after"), after),
        field(t("chance"), chance),
        button(t("setFault"), null, { type: "submit", class: "primary" }),
      ),
      this.list,
      button(t("clearFaults"), () => this.#do(() => remove("faults"))),
    );
    desk.on(this, ["version"], () => this.#read());
    desk.addEventListener("show", ({ detail }) => detail === "faults" && this.#read());
    this.#read();
  }

  async #do(act) {
    try {
      await act();
    } catch (error) {
      desk.say(error.message || t("unreachable"), true);
    }
    this.#read();
  }

  async #read() {
    try {
      const faults = await get("faults");
      const told = JSON.stringify(faults);
      if (told !== this.#shown) this.#draw(faults);
      this.#shown = told;
    } catch (error) {
      this.#shown = "";
      fill(this.list, h("li", { class: "error" }, error.message || t("unreachable")));
    }
  }

  #draw(faults) {
    const items = faults.map((each) => {
      const effect = typeof each.fault === "string" ? each.fault : Object.entries(each.fault).flat().join(" ");
      return h(
        "li",
        {},
        h("code", {}, each.endpoint),
        ` ${effect} · ${t("struck", each.struck, each.seen)} `,
        button(t("takeAway"), () => this.#do(() => remove(path`faults/${each.id}`)), { class: "quiet" }),
      );
    });
    fill(this.list, items.length > 0 ? items : h("li", { class: "note" }, t("noFaults")));
  }
}

customElements.define("wx-faults", Faults);
