// What is chosen, in the page's address: a reload finds it again, a link leads to it, and the browser goes back to what was open.

import { get, path } from "./api.js";
import { desk } from "./desk.js";
import { t } from "./words.js";

/** Choices that follow each other faster, in milliseconds, are one step back: a list that is gone through is none. */
const PASSING = 1000;
/** What stands in the address. */
const KEYS = ["appid", "openid", "number"];
/** An openid as the platform takes it; any other is that of nobody. */
const OPENID = /^[A-Za-z0-9_-]{1,64}$/;

/** The part of an address behind the `#` that names what is chosen. */
export function written({ appid, openid, number }) {
  const given = Object.entries({ app: appid, user: openid, record: number }).filter(([, value]) => value !== undefined && value !== "");
  return given.length === 0 ? "" : `#${new URLSearchParams(given)}`;
}

/** What an address names, be it there or not. */
export function read(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const [appid, openid, record] = ["app", "user", "record"].map((name) => given.get(name) ?? "");
  return { appid, openid, record };
}

/** What the address names, of what there is; the rest is told and dropped. */
export async function arrival(apps) {
  const asked = read(location.hash);
  const missing = [];
  const isThere = async (place, name) => {
    const there = place !== undefined && (await exists(place));
    if (!there) missing.push(name);
    return there;
  };

  const known = (appid) => apps.some((app) => app.appid === appid);
  const isKnown = known(asked.appid);
  if (asked.appid && !isKnown) missing.push(asked.appid);
  const appid = [asked.appid, desk.appid].find(known) ?? apps[0]?.appid ?? "";

  // A user is one of the app that was named with them.
  let openid = appid === desk.appid ? desk.openid : "";
  if (asked.openid && (isKnown || !asked.appid) && appid) {
    const place = OPENID.test(asked.openid) ? path`apps/${appid}/users/${asked.openid}` : undefined;
    if (await isThere(place, asked.openid)) openid = asked.openid;
  } else if (asked.openid) {
    missing.push(asked.openid);
  }

  let number;
  if (asked.record) {
    const isNumber = /^\d{1,15}$/.test(asked.record);
    if (await isThere(isNumber ? `journal/${asked.record}` : undefined, `#${asked.record}`)) number = Number(asked.record);
  }
  if (missing.length > 0) desk.say(t("notHere", missing.join(t("comma"))), true);
  return { appid, openid, number };
}

async function exists(place) {
  try {
    await get(place);
    return true;
  } catch (error) {
    if (error.status === 0 || error.status >= 500) throw error;
    return false;
  }
}

let isFollowed = false;

/** Keeps the address and what is chosen alike from now on; not before it was read. */
export function follow() {
  if (isFollowed) return;
  isFollowed = true;
  let stepped = -Infinity;
  let arrivals = 0;
  const write = (isStep) => {
    const hash = written(desk);
    if (hash === location.hash) return;
    const isNew = isStep && performance.now() - stepped > PASSING;
    if (isStep) stepped = performance.now();
    history[isNew ? "pushState" : "replaceState"](null, "", hash || location.pathname + location.search);
  };
  desk.addEventListener("chosen", ({ detail }) => KEYS.some((key) => detail.keys.has(key)) && write(detail.isStep));
  write(false);
  addEventListener("popstate", async () => {
    const arrived = ++arrivals;
    try {
      const chosen = await arrival(desk.apps);
      // Whoever goes back twice wants to be at the second place.
      if (arrived !== arrivals) return;
      desk.choose(chosen, false);
      write(false);
      if (chosen.number !== undefined) desk.show("exchange");
    } catch (error) {
      desk.say(error.message || t("unreachable"), true);
    }
  });
}
