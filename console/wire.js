// The wire as it happens: a list of which only the visible rows exist, with filter, search and pause.

import { get, query } from "./api.js";
import { axis, endOf } from "./axis.js";
import { desk } from "./desk.js";
import { button, fill, h, soon } from "./dom.js";
import { Row } from "./records.js";
import { t } from "./words.js";

/** The height of a row, in pixels; style.css has the same. */
const HEIGHT = 44;
/** Pixels that a pointer may move within a click. */
const STILL = 8;
/** Rows above and below those that can be seen. */
const MARGIN = 6;
const GROUPS = ["pushes", "calls", "fetches", "rest"];
/** Records of one page of what was searched for. */
const FOUND = 50;
/** Pages of what was searched for that are kept. */
const MOST_FOUND = 2000;

class Wire extends HTMLElement {
  #records;
  #shown = [];
  #groups = new Set(GROUPS);
  #onlyBad = false;
  #ofUser = false;
  /** The rows as they were when the list was paused; undefined while it goes on. */
  #held;
  #missed = 0;
  #follows = true;
  /** Rows of a search in the whole journal; undefined where none was made. */
  #found;
  #hasMore = false;
  /** The row on which the pointer was pressed, and how: when the list is drawn anew before it is let go, a browser tells of no click. */
  #pressed;

  /** Shows these records. */
  watch(records) {
    this.#records = records;
    records.addEventListener("rows", () => this.#came());
    records.addEventListener("cleared", () => this.#forget());
  }

  connectedCallback() {
    this.search = h("input", {
      type: "search",
      placeholder: t("searchHint"),
      "aria-label": t("search"),
      on: { input: soon(() => this.#filter(), 80), keydown: (event) => this.#searchKey(event) },
    });
    this.pauser = button(t("pause"), () => this.pause(), { class: "toggle", "aria-pressed": "false" });
    const chips = GROUPS.map((group) => this.#chip(t(group), () => this.#groups.has(group), () => toggle(this.#groups, group)));
    chips.push(this.#chip(t("onlyBad"), () => this.#onlyBad, () => (this.#onlyBad = !this.#onlyBad)));
    chips.push(this.#chip(t("onlyUser"), () => this.#ofUser, () => (this.#ofUser = !this.#ofUser)));
    this.told = h("p", { class: "told", role: "status" });
    this.room = h("div", { class: "room" });
    this.list = h("div", {
      class: "rows",
      role: "listbox",
      tabindex: "0",
      "aria-label": t("wire"),
      on: {
        scroll: () => this.#scrolled(),
        keydown: (event) => this.#key(event),
        pointerdown: (event) => (this.#pressed = { row: this.#rowOf(event), event }),
        pointerup: (event) => this.#letGo(event),
        // Of a pointer it is told above; this one is made by a program that reads the page aloud, or steers it.
        click: (event) => event.detail === 0 && this.#open(this.#rowOf(event)),
      },
    }, this.room);
    fill(
      this,
      h("div", { class: "bar-top" }, this.search, this.pauser),
      h("div", { class: "chips", role: "group", "aria-label": t("filter") }, chips),
      this.told,
      this.list,
    );
    new ResizeObserver(() => this.#draw()).observe(this.list);
    desk.on(this, ["number", "marked"], () => this.#draw());
    desk.on(this, ["openid"], () => this.#ofUser && this.#filter());
    this.#filter();
  }

  /** Keeps what comes new out of the list, or lets it in. */
  pause() {
    this.#held = this.#held ? undefined : [...(this.#records?.rows ?? [])];
    this.#missed = 0;
    this.pauser.setAttribute("aria-pressed", String(Boolean(this.#held)));
    this.pauser.textContent = this.#held ? t("goOn") : t("pause");
    this.#filter();
  }

  /** The row before or after the one that is open. */
  step(by) {
    const at = this.#shown.findIndex((row) => row.numbers.includes(desk.number));
    const last = this.#shown.length - 1;
    // What was just sent may not be here yet: the step begins at the end, of which Home is far off all the same.
    const next = at < 0 && Number.isFinite(by) ? last : Math.min(Math.max((at < 0 ? last : at) + by, 0), last);
    const row = this.#shown[next];
    if (!row) return;
    desk.choose({ number: row.number });
    this.#reveal(next);
  }

  #came() {
    if (this.#held) this.#missed += 1;
    if (this.#found) return;
    if (this.#held) this.#tell();
    else this.#filter();
  }

  /** The journal began anew: what was found or held is of one that is gone. */
  #forget() {
    this.#found = undefined;
    if (this.#held) this.#held = [];
    this.#filter();
  }

  #filter() {
    const text = this.search.value.trim().toLowerCase();
    const rows = this.#found ?? this.#held ?? this.#records?.rows ?? [];
    this.#shown = rows.filter(
      (row) =>
        this.#groups.has(row.group) &&
        (!this.#onlyBad || row.state === "bad") &&
        (!this.#ofUser || row.record.openid === desk.openid) &&
        (this.#found || text === "" || row.text.includes(text)),
    );
    this.#tell();
    this.room.style.height = `${this.#shown.length * HEIGHT}px`;
    if (this.#follows && !this.#found) this.list.scrollTop = this.list.scrollHeight;
    this.#draw();
  }

  #tell() {
    const gone = this.#records?.gone ?? 0;
    if (this.#found) {
      fill(
        this.told,
        t("found", this.#found.length),
        " ",
        this.#hasMore ? button(t("more"), () => this.#seek(true), { class: "quiet" }) : null,
        button(t("backToLive"), () => this.#endSearch(), { class: "quiet" }),
      );
    } else if (this.#held) {
      fill(this.told, t(this.#missed > 0 ? "missed" : "pausedSays"), " ", t("rows", this.#shown.length));
    } else if (this.#shown.length === 0) {
      fill(this.told, t("nothingYet"));
    } else {
      const older = gone > 0 ? t("gone", gone) : this.#records?.hasOlder ? t("olderRecords") : "";
      fill(this.told, t("rows", this.#shown.length), older ? ` ${older}` : "");
    }
  }

  #scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.list;
    this.#follows = scrollTop + clientHeight > scrollHeight - HEIGHT;
    this.#draw();
  }

  #draw() {
    const { scrollTop, clientHeight } = this.list;
    const first = Math.max(0, Math.floor(scrollTop / HEIGHT) - MARGIN);
    const last = Math.min(this.#shown.length, Math.ceil((scrollTop + clientHeight) / HEIGHT) + MARGIN);
    const rows = [];
    for (let at = first; at < last; at += 1) rows.push(this.#row(this.#shown[at], at));
    fill(this.room, rows);
    const open = this.room.querySelector("[aria-selected=true]");
    if (open) this.list.setAttribute("aria-activedescendant", open.id);
    else this.list.removeAttribute("aria-activedescendant");
  }

  #row(row, at) {
    const { record } = row;
    const isOpen = row.numbers.includes(desk.number);
    const last = row.deliveries.at(-1);
    const element = h(
      "div",
      {
        class: `row ${row.group} ${row.state}${desk.marked.has(row.number) ? " marked" : ""}`,
        role: "option",
        id: `row-${row.number}`,
        "aria-selected": String(isOpen),
        "aria-setsize": this.#shown.length,
        "aria-posinset": at + 1,
        data: { at },
      },
      h("span", { class: "kind", role: "img", "aria-label": t(`kind-${row.group}`) }),
      h("span", { class: "what" }, title(record), " ", saying(record), record.rule ? [" ", h("em", {}, record.rule)] : null),
      " ",
      h("span", { class: "sub" }, clock(record), record.openid ? ` · ${record.openid}` : "", " ", saying(record)),
      " ",
      h("span", { class: "end" }, ending(row), row.deliveries.length > 1 ? h("sup", {}, `×${row.deliveries.length}`) : null),
      last ? axis(row) : h("span", { class: "axis empty" }),
    );
    element.style.top = `${at * HEIGHT}px`;
    return element;
  }

  #rowOf({ target }) {
    return this.#shown[target.closest("[data-at]")?.dataset.at];
  }

  #letGo({ button, clientX, clientY }) {
    const { row, event } = this.#pressed ?? {};
    this.#pressed = undefined;
    // Whoever draws the pointer along marks a text.
    const isClick = button === 0 && Math.hypot(clientX - event?.clientX, clientY - event?.clientY) < STILL;
    if (isClick) this.#open(row);
  }

  #open(row) {
    if (row) desk.open(row.number);
  }

  #key(event) {
    const page = Math.max(1, Math.floor(this.list.clientHeight / HEIGHT) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in steps && !event.ctrlKey && !event.metaKey) {
      this.step(steps[event.key]);
    } else if (event.key === "Enter" && desk.number !== undefined) {
      desk.open(desk.number);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #reveal(at) {
    const top = at * HEIGHT;
    const { scrollTop, clientHeight } = this.list;
    if (top < scrollTop) this.list.scrollTop = top;
    else if (top + HEIGHT > scrollTop + clientHeight) this.list.scrollTop = top + HEIGHT - clientHeight;
    this.#draw();
  }

  #searchKey(event) {
    if (event.key === "Enter") this.#seek(false);
    if (event.key === "Escape") this.#endSearch();
  }

  /** Searches the whole journal, also what this page has let go. */
  async #seek(further) {
    const q = this.search.value.trim();
    if (q === "") return this.#endSearch();
    const before = further ? this.#found?.[0]?.number : undefined;
    try {
      const found = await get(`journal/search${query({ q, before, count: FOUND })}`);
      const rows = found.records.toReversed().map((record) => this.#records.find(record.number) ?? new Row(record));
      this.#found = [...rows, ...(further ? this.#found : [])].slice(-MOST_FOUND);
      this.#hasMore = found.more;
      this.#filter();
      if (!further) this.list.scrollTop = this.list.scrollHeight;
    } catch (error) {
      desk.say(error.message || t("unreachable"), true);
    }
  }

  #endSearch() {
    this.#found = undefined;
    this.search.value = "";
    this.#follows = true;
    this.#filter();
  }

  #chip(text, isOn, flip) {
    const chip = button(
      text,
      () => {
        flip();
        chip.setAttribute("aria-pressed", String(isOn()));
        this.#filter();
      },
      { class: "chip", "aria-pressed": String(isOn()) },
    );
    return chip;
  }
}

/** What a record quotes: the text of a push, or of the message in a call. */
export function saying(record) {
  const text = record.says ?? (record.kind === "called" ? saidIn(record.body) : undefined);
  return text ? h("q", {}, text) : null;
}

/** The text of a message that a call sends, or the beginning of its body. */
function saidIn(body) {
  if (typeof body !== "string" || body === "") return undefined;
  // An upload is called by its file's name.
  if (body.startsWith("--")) return /filename="([^"\r\n]*)"/.exec(body)?.[1];
  try {
    const { msgtype, template_id: template, ...rest } = JSON.parse(body);
    const message = rest[msgtype] ?? {};
    const { content, title, articles, head_content, media_id } = message;
    return content ?? title ?? articles?.[0]?.title ?? head_content ?? media_id ?? template ?? msgtype;
  } catch {
    return body.slice(0, 80);
  }
}

/** The end of a row in few words. */
function ending(row) {
  const { record } = row;
  const last = row.deliveries.at(-1);
  if (record.kind === "called") return record.errcode || record.status === 200 ? `errcode ${record.errcode}` : `HTTP ${record.status}`;
  if (row.isUnsent) return t(`outcome-${row.outcome}`);
  if (!last) return "";
  return row.outcome === "refused" ? `${last.status} · ${t("outcome-refused")}` : endOf(last);
}

/** A record in a few words. */
export function title(record) {
  const { again: number, what } = record;
  const again = (text) => (number === undefined || number === null ? text : `${text} · ${t("againOf", number)}`);
  const address = `${record.method ?? "POST"} ${record.path ?? ""}`;
  switch (record.kind) {
    case "pushed":
    case "unsent":
      return again(t("fromWhom", what?.name ?? record.push, what?.of === "push" ? (what.from ?? "WeChat") : record.openid));
    case "requested":
      switch (what?.of) {
        case "verification":
          return `${t("verification")} · ${address}`;
        case "fetch":
          return `${t(what.kind === "pre" ? "prefetch" : "periodic")} · ${what.openid}, ${what.device}`;
        case "request":
          return `wx.request · ${record.method} ${what.host}${record.path}`;
        default:
          return address;
      }
    case "called":
      return `${record.method} ${record.path}${record.errmsg ? ` · ${record.errmsg}` : ""}`;
    case "fetched":
      return record.path;
    case "clock-moved":
      return t("clockMoved");
    case "fault":
      return t(`fault-was-${record.change}`, record.id, record.endpoint, record.fault);
    default:
      return `${record.kind} ${record.endpoint ?? ""}`;
  }
}

/** The time of a record, as the browser's clock has it. */
export function clock(record) {
  if (!record.time) return `+${(record.at / 1000).toFixed(3)} s`;
  const time = new Date(record.time);
  const two = (number, digits = 2) => String(number).padStart(digits, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${two(time.getMilliseconds(), 3)}`;
}

function toggle(set, value) {
  if (!set.delete(value)) set.add(value);
}

customElements.define("wx-wire", Wire);
