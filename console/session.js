// The control token, where one is set: shown once, by the address or by a form, and a cookie from then on.

import { ask, get } from "./api.js";
import { button, field, fill, h } from "./dom.js";
import { t } from "./words.js";

const MARK = "#token=";

/** True where a control token is set, so that there is a session to end. */
export let isNeeded = false;

/** Takes the token out of the address, so that it stays neither there nor in the history, and shows it. */
export async function begin() {
  if (location.hash.startsWith(MARK)) {
    const token = decoded(location.hash.slice(MARK.length));
    history.replaceState(null, "", location.pathname + location.search);
    await ask("POST", "session", { token }).catch(() => null);
  }
  const told = await get("session").catch(() => null);
  isNeeded = told?.needed ?? false;
  // A server that cannot be reached is asked again by whoever shows something of it.
  return told === null || told.begun;
}

/** A part of an address in clear. One that is broken is no token, and is refused like any other that is wrong. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Ends the session, and with it those of other browsers. */
export async function end() {
  await ask("DELETE", "session");
  location.reload();
}

/** The form that asks for the token; a `signed-in` event tells that it was the right one. */
class SignIn extends HTMLElement {
  connectedCallback() {
    const token = h("input", { type: "password", autocomplete: "current-password", required: true, name: "token" });
    const told = h("p", { class: "error", role: "alert" });
    const submit = async (event) => {
      event.preventDefault();
      try {
        await ask("POST", "session", { token: token.value });
        this.dispatchEvent(new Event("signed-in"));
      } catch (error) {
        fill(told, error.message || t("unreachable"));
        token.select();
      }
    };
    fill(
      this,
      h(
        "form",
        { class: "sign-in", on: { submit } },
        h("h1", {}, "wxcheck"),
        h("p", {}, t("signInWhy")),
        field(t("controlToken"), token),
        told,
        button(t("signIn"), null, { type: "submit", class: "primary" }),
      ),
    );
    token.focus();
  }
}

customElements.define("wx-sign-in", SignIn);
