// The platform's clock, and states to go back to.

import { get, path, post, remove } from "./api.js";
import { desk } from "./desk.js";
import { button, field, fill, h } from "./dom.js";
import { t } from "./words.js";

const STEPS = ["5s", "1m", "2h", "12h", "48h"];

class Time extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    this.now = h("output", { class: "now", "aria-label": t("clock") });
    this.kept = h("ul", { class: "snapshots", "aria-label": t("snapshots") });
    const by = h("input", { value: "1d12h", required: true, pattern: "(\\d+(d|h|m|s|ms))+" });
    const submit = (event) => {
      event.preventDefault();
      this.#advance(by.value);
    };
    fill(
      this,
      h("h2", {}, t("clock")),
      this.now,
      h("div", { class: "actions", role: "group", "aria-label": t("advance") }, STEPS.map((step) => button(`+ ${step}`, () => this.#advance(step)))),
      h("form", { class: "fields", on: { submit } }, field(t("advanceBy"), by), button(t("advance"), null, { type: "submit" })),
      h("h2", {}, t("snapshots")),
      h("p", { class: "note" }, t("snapshotsWhy")),
      this.kept,
      h("div", { class: "actions" }, button(t("takeSnapshot"), () => this.#do(() => post("snapshots"))), this.#confirmed(t("reset"), () => this.#do(() => post("reset")))),
    );
    desk.on(this, ["version"], () => this.#read());
    this.#read();
    this.#timer = setInterval(() => this.isConnected && this.offsetParent && this.#read(), 5000);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  /** A button that asks once more before it acts. */
  #confirmed(text, act) {
    const knob = button(text, () => {
      if (knob.dataset.sure) {
        delete knob.dataset.sure;
        knob.textContent = text;
        act();
      } else {
        knob.dataset.sure = "1";
        knob.textContent = t("sure", text);
      }
    }, { class: "danger" });
    knob.addEventListener("blur", () => {
      delete knob.dataset.sure;
      knob.textContent = text;
    });
    return knob;
  }

  #advance(by) {
    return this.#do(() => post("clock/advance", { by, wait: true }));
  }

  async #do(act) {
    try {
      await act();
      desk.say(t("done"));
      desk.stir();
    } catch (error) {
      desk.say(error.message || t("unreachable"), true);
    }
  }

  async #read() {
    try {
      const [clock, kept] = await Promise.all([get("clock"), get("snapshots")]);
      fill(this.now, new Date(clock.now).toLocaleString(), " ", h("small", {}, clock.runs ? t("clockRuns") : t("clockStands")));
      const items = kept.map(({ id }) =>
        h(
          "li",
          {},
          `${t("snapshot")} ${id} `,
          button(t("goBack"), () => this.#do(() => post(path`snapshots/${id}`)), { class: "quiet", "aria-label": `${t("goBack")} ${id}` }),
          button(t("drop"), () => this.#do(() => remove(path`snapshots/${id}`)), { class: "quiet", "aria-label": `${t("drop")} ${id}` }),
        ),
      );
      fill(this.kept, items.length > 0 ? items : h("li", { class: "note" }, t("noSnapshots")));
    } catch {
      // The bar at the top says that serve cannot be reached.
    }
  }
}

customElements.define("wx-time", Time);
