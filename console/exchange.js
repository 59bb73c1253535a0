// One record of the journal as a whole: what was sent, what came, and what WeChat would make of it.

import { get } from "./api.js";
import { actions } from "./actions.js";
import { axis, DEADLINE, endOf, stateOf } from "./axis.js";
import { copy } from "./copy.js";
import { desk } from "./desk.js";
import { button, fill, h, long, soon } from "./dom.js";
import { signature } from "./signature.js";
import { tree } from "./tree.js";
import { clock, saying, title } from "./wire.js";
import { t } from "./words.js";

/** Letters of a body that are shown at once. */
const LETTERS = 20_000;
/** What an outcome means where its name does not say it. */
const WHY = { held: "heldWhy", "no-callback": "noCallbackWhy", refused: "refusedWhy" };
const PARTS = { pushed: ["opened", "sent", "answer", "calls", "signature", "curl"], requested: ["sent", "answer", "curl"], called: ["sent", "answer"] };

class Exchange extends HTMLElement {
  #part = "opened";
  #record;

  /** Reads the open record again when more of it comes, or a call that may have followed from it. */
  watch(records) {
    const again = soon(() => this.#read(), 60);
    records.addEventListener("rows", ({ detail }) => {
      if ([...detail].some((row) => row.numbers.includes(desk.number) || this.#mayFollow(row.record))) again();
    });
    records.addEventListener("cleared", () => desk.choose({ number: undefined, marked: new Set() }, false));
  }

  #mayFollow({ kind, appid, openid }) {
    const open = this.#record;
    // What is still on its way here may lack the call.
    if (kind === "called" && desk.number !== undefined && open?.number !== desk.number) return true;
    return kind === "called" && open?.kind === "pushed" && openid === open.openid && (appid ?? open.appid) === open.appid;
  }

  /** Marks the open push for another order; no other record can be sent again. */
  mark() {
    const record = this.#record;
    if (!record) return;
    if (record.kind === "pushed" && record.repeatable !== false) desk.mark(record.number);
    else desk.say(t("notMarkable"), true);
  }

  connectedCallback() {
    this.head = h("div", { class: "about" });
    // What is typed here stays as long as its record is open, whatever is drawn anew around it.
    this.form = h("div", { class: "altered-place" });
    this.rest = h("div", { class: "rest" });
    desk.on(this, ["number"], () => this.#read());
    desk.on(this, ["marked"], () => this.#record && this.#drawHead(this.#record));
    this.#read();
  }

  async #read() {
    const number = desk.number;
    if (number === undefined) {
      this.#record = undefined;
      fill(this, h("p", { class: "empty" }, t("chooseRecord")));
      return;
    }
    try {
      const record = await get(`journal/${number}`);
      // What is the same stays as it is: somebody may be filling in a form.
      if (number === desk.number && JSON.stringify(record) !== JSON.stringify(this.#record)) this.#show(record);
    } catch (error) {
      if (number !== desk.number) return;
      this.#record = undefined;
      fill(this, h("p", { class: "error", role: "alert" }, error.message || t("unreachable")));
    }
  }

  #show(record) {
    const isOpen = this.#record?.number === record.number;
    this.#record = record;
    if (!isOpen) fill(this, this.head, fill(this.form), this.rest);
    this.#drawHead(record);
    this.#drawRest(record);
  }

  /** What is known of it in short, and what to do with it. */
  #drawHead(record) {
    keepingFocus(this.head, "act", () =>
      fill(
        this.head,
        h(
          "header",
          {},
          h("h2", {}, title(record)),
          h("p", { class: "sub" }, facts(record).join(" · ")),
          record.outcome && record.kind !== "requested" ? h("span", { class: `outcome ${record.outcome}` }, t(`outcome-${record.outcome}`)) : null,
        ),
        verdicts(record),
        record.warning ? h("p", { class: "note" }, record.warning) : null,
        record.user_sees ? h("p", { class: "note" }, t("userSees", record.user_sees)) : null,
        record.outcome in WHY ? h("p", { class: "note" }, t(WHY[record.outcome])) : null,
        record.kind === "pushed" ? actions(record, this.form) : null,
      ),
    );
  }

  /** Its deliveries, and the part that is chosen. */
  #drawRest(record) {
    const parts = PARTS[record.kind] ?? ["told"];
    if (!parts.includes(this.#part)) this.#part = parts[0];
    const tabs = parts.map((part) =>
      button(part === "calls" ? `${t("part-calls")} ${record.calls?.length ?? 0}` : t(`part-${part}`), () => this.#turn(part), {
        role: "tab",
        id: `tab-${part}`,
        "aria-selected": String(part === this.#part),
        "aria-controls": "part",
        tabindex: part === this.#part ? "0" : "-1",
        "data-part": part,
      }),
    );
    const bar = h("div", { class: "tabs", role: "tablist", "aria-label": t("parts"), on: { keydown: (event) => this.#key(event, parts) } }, tabs);
    keepingFocus(this.rest, "part", () =>
      fill(
        this.rest,
        record.deliveries?.length ? axis({ deliveries: record.deliveries.map(timed), outcome: record.outcome }, true) : null,
        bar,
        h("div", { class: "part", id: "part", role: "tabpanel", "aria-labelledby": `tab-${this.#part}`, tabindex: "0" }, this.#draw(record)),
      ),
    );
  }

  #turn(part) {
    this.#part = part;
    this.#drawRest(this.#record);
    this.querySelector(`[data-part="${part}"]`)?.focus();
  }

  #key(event, parts) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    this.#turn(parts[(parts.indexOf(this.#part) + by + parts.length) % parts.length]);
  }

  #draw(record) {
    switch (this.#part) {
      case "opened": {
        const text = (record.request?.opened ?? record.request?.body)?.text ?? "";
        return [
          tree(text) ?? h("p", { class: "note" }, t("noTree")),
          h("details", { class: "raw" }, h("summary", {}, t("asText")), body({ text, bytes: text.length })),
        ];
      }
      case "sent":
        return record.kind === "called" ? sentByServer(record) : sent(record.request ?? {});
      case "answer":
        return record.kind === "called" ? answered(record) : (record.deliveries ?? []).map(answerOf);
      case "calls":
        return calls(record.calls ?? []);
      case "signature":
        return signature(record);
      case "told":
        return tree(JSON.stringify(record));
      default:
        return [body({ text: record.curl ?? "", bytes: 0 }), button(t("copyCurl"), () => copy(record.curl ?? ""))];
    }
  }
}

/** Draws a place anew; the control that had the focus, named by that data attribute, has it again. */
function keepingFocus(place, name, draw) {
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset[name] : undefined;
  draw();
  if (focused) place.querySelector(`[data-${name}="${focused}"]`)?.focus();
}

function facts(record) {
  const { mode, format, appid, openid } = record;
  const named = [`#${record.number}`, clock(record), appid, openid, mode, format, record.rule];
  if (record.status) named.push(`HTTP ${record.status}`);
  if (record.fault) named.push(`${t("fault")}: ${record.fault}`);
  return named.filter(Boolean);
}

/** What the rules' own judges say; the strictest first. */
function verdicts(record) {
  const order = ["must", "should", "may", "info"];
  const found = [...(record.verdicts ?? [])].sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
  if (found.length === 0) return null;
  return h(
    "ul",
    { class: "verdicts", "aria-label": t("verdicts") },
    found.map((each) => h("li", { class: each.level }, h("strong", {}, t(`level-${each.level}`)), " ", each.finding, " ", h("code", {}, each.rule))),
  );
}

/** A delivery as the axis wants it. */
function timed(each) {
  // `at` is the end. Where nothing came, the start is told too, or it took as long as WeChat waits.
  const begun = each.begun ?? each.at - (each.millis ?? DEADLINE);
  return { ...each, at: begun, end: each.at, millis: each.millis ?? each.at - begun };
}

/** The calls about the same user that followed. No call names its push, so each group says how far that goes. */
function calls(found) {
  if (found.length === 0) return h("p", { class: "note" }, t("noCalls"));
  const line = (call) => h("li", {}, button(`#${call.number}`, () => desk.open(call.number), { class: "quiet" }), h("span", {}, h("code", {}, title(call)), ` errcode ${call.errcode}`), saying(call));
  return ["alone", "play", "user"].map((bond) => {
    const bound = found.filter((call) => call.bond === bond);
    return bound.length === 0 ? null : [h("p", { class: "note" }, t(`calls-${bond}`)), h("ul", { class: "call-list" }, bound.map(line))];
  });
}

function sent(request) {
  if (!request.url) return h("p", { class: "note" }, t(request.opened ? "notSentYet" : "notKept"));
  const values = (request.query ?? []).map(({ name, value, masked }) => [name, masked ? t("masked") : value]);
  return [
    h("p", { class: "line" }, h("code", {}, `${request.method} ${request.url}`)),
    table(t("query"), values),
    table(t("headers"), request.headers),
    body(request.body),
  ];
}

function sentByServer(record) {
  return [
    h("p", { class: "line" }, h("code", {}, `${record.method} ${record.path}${record.query ? `?${record.query}` : ""}`)),
    body(asBody(record.body)),
  ];
}

function answered(record) {
  const text = record.answer?.text ?? "";
  return [tree(text), body(asBody(record.answer))];
}

const asBody = (value) => (typeof value === "string" ? { text: value, bytes: value.length } : value);

function answerOf(each, at) {
  const head = h(
    "h3",
    { class: stateOf(timed(each)) },
    t("delivery", at + 1),
    " ",
    h("span", {}, endOf(timed(each))),
  );
  if (each.silence) return h("section", {}, head, h("p", { class: "error" }, each.silence));
  return h(
    "section",
    {},
    head,
    table(t("headers"), each.headers),
    each.opened ? [tree(each.opened.text), body(each.opened)] : each.body ? tree(each.body.text) : null,
    body(each.body),
  );
}

function table(name, rows) {
  if (!rows?.length) return null;
  return h(
    "table",
    { "aria-label": name },
    h("tbody", {}, rows.map(([key, value]) => h("tr", {}, h("th", { scope: "row" }, key), h("td", {}, long(String(value ?? ""), 400, (all) => t("showAll", all)))))),
  );
}

function body(given) {
  if (!given || given.text === undefined) return null;
  if (given.text === "") return h("p", { class: "note" }, t("noBody"));
  return h(
    "figure",
    { class: "body" },
    h("pre", { tabindex: "0", "aria-label": t("body") }, long(given.text, LETTERS, (all) => t("showAll", all))),
    given.bytes ? h("figcaption", {}, t("bytes", given.bytes), given.truncated ? ` · ${t("truncated")}` : "") : null,
  );
}

customElements.define("wx-exchange", Exchange);
