// The records of the journal as rows: a push is one row with all its deliveries. At most LIMIT rows are kept.

/** Rows that are kept; the oldest go first. */
export const LIMIT = 5000;
/** Rows that go at once, so that not every record moves all of them. */
const SHARE = 500;

/** The rows, in the order in which they came. */
export class Records extends EventTarget {
  rows = [];
  /** Rows by the numbers of all of their records. */
  #byNumber = new Map();
  /** The newest number that came. */
  last = -1;
  /** Rows that were let go. */
  gone = 0;
  /** The journal has records that this page did not read. */
  hasOlder = false;

  /** Takes records in the order of their numbers; tells once, of all rows that changed. */
  take(records) {
    const changed = new Set();
    for (const record of records) {
      if (record.number <= this.last && this.#byNumber.has(record.number)) continue;
      this.last = Math.max(this.last, record.number);
      const row = this.#place(record);
      if (row) changed.add(row);
    }
    if (this.rows.length > LIMIT) this.#forget(this.rows.length - LIMIT + SHARE);
    if (changed.size > 0) this.dispatchEvent(new CustomEvent("rows", { detail: changed }));
  }

  /** Begins anew: the journal did. */
  clear() {
    this.rows = [];
    this.#byNumber.clear();
    this.last = -1;
    this.gone = 0;
    this.hasOlder = false;
    this.dispatchEvent(new Event("cleared"));
    this.dispatchEvent(new CustomEvent("rows", { detail: new Set() }));
  }

  /** The row that has the record of that number. */
  find(number) {
    return this.#byNumber.get(number);
  }

  #place(record) {
    const of = owner(record);
    const known = of === undefined ? undefined : this.#byNumber.get(of);
    if (known) {
      known.add(record);
      this.#byNumber.set(record.number, known);
      return known;
    }
    // The push may be forgotten, or older than what this page has read.
    if (PARTS.has(record.kind)) return undefined;
    const row = new Row(record);
    this.rows.push(row);
    this.#byNumber.set(record.number, row);
    return row;
  }

  #forget(count) {
    for (const row of this.rows.splice(0, count)) {
      for (const number of row.numbers) this.#byNumber.delete(number);
    }
    this.gone += count;
  }
}

/** The number of the record that this one belongs to. */
function owner(record) {
  if (record.thread !== undefined && record.thread !== record.number) return record.thread;
  return undefined;
}

/** Kinds that say nothing without the push that they are about, or nothing that the push does not say. */
const PARTS = new Set(["answered", "unanswered", "push-outcome", "push-due"]);
/** Kinds of requests that leave. */
const SENT = new Set(["pushed", "requested"]);

/** A push with its deliveries, or any other record. */
export class Row {
  /** A record that a search brought has with it what followed. */
  constructor(record) {
    this.number = record.number;
    this.record = record;
    this.numbers = [record.number];
    this.deliveries = SENT.has(record.kind) ? [delivery(record)] : [];
    /** acknowledged, refused, given-up, held or no-callback, once it is said. */
    this.outcome = record.kind === "unsent" ? record.why : undefined;
    for (const each of record.followed ?? []) this.add(each);
  }

  /** A further delivery, or the end of one. */
  add(record) {
    this.numbers.push(record.number);
    if (SENT.has(record.kind)) {
      this.deliveries.push(delivery(record));
      return;
    }
    if (record.kind === "push-outcome") {
      this.outcome = record.outcome;
      return;
    }
    const open = this.deliveries.find((each) => each.number === record.push) ?? this.deliveries.at(-1);
    if (!open) return;
    open.end = record.at;
    open.status = record.status;
    open.millis = record.millis ?? record.at - open.at;
    open.silence = record.reason;
  }

  /** pushes, calls, fetches or rest: what the filter knows. */
  get group() {
    return { pushed: "pushes", unsent: "pushes", called: "calls", requested: "fetches", fetched: "fetches" }[this.record.kind] ?? "rest";
  }

  /** The end of it in few words is its outcome, and not an answer: it waits, or cannot leave at all. */
  get isUnsent() {
    return this.outcome === "held" || this.outcome === "no-callback";
  }

  /** good, bad, busy or none. */
  get state() {
    const { record } = this;
    if (record.kind === "called") {
      return record.fault || record.errcode || record.status >= 400 ? "bad" : "good";
    }
    if (this.group !== "pushes" && record.kind !== "requested") return "none";
    const last = this.deliveries.at(-1);
    if (this.outcome === "held") return "busy";
    if (this.outcome) return this.outcome === "acknowledged" ? "good" : "bad";
    if (last?.end === undefined) return "busy";
    return last.status === 200 ? "good" : "bad";
  }

  /** All that the filter looks through, in small letters. */
  get text() {
    const { what, says, path, openid, appid, push, body, errcode, rule } = this.record;
    const parts = [...Object.values(what ?? {}), says, path, openid, appid, push, body, errcode, rule];
    return parts.filter((part) => part !== undefined && part !== null).join(" ").toLowerCase();
  }
}

function delivery(record) {
  return { number: record.number, at: record.at, end: undefined, status: undefined, millis: undefined, silence: undefined };
}
