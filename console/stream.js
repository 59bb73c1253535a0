// The journal as it happens: a stream that goes on where it broke off, and notices that serve has begun anew.

import { get } from "./api.js";

/** Records that are read of what was before; a push has three and more. */
const BEFORE = 12_000;
/** Between two attempts to connect, in milliseconds: the first, and the longest. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 5000;

/** Feeds `records` from the journal until the page is left; tells "state" events: live, lost; "changed" where the platform may be another. */
export class Stream extends EventTarget {
  #records;
  #source = null;
  #batch = [];
  #pause = FIRST_PAUSE;
  #started = undefined;
  state = "lost";

  constructor(records) {
    super();
    this.#records = records;
  }

  /** Reads what was before, and listens for the rest. */
  async begin() {
    try {
      await this.#look();
      this.#listen(await this.#firstWanted());
    } catch {
      this.#again();
    }
  }

  /** Notices a new process: one that remembers nothing counts from the start. */
  async #look() {
    const health = await get("health").catch((error) => (error.status === 404 ? null : Promise.reject(error)));
    if (!health) return;
    const isNew = this.#started !== undefined && health.started !== this.#started;
    this.#started = health.started;
    if (!isNew) return;
    if (health.store?.kind === "memory") this.#records.clear();
    this.dispatchEvent(new CustomEvent("restarted", { detail: health.store?.kind }));
  }

  /** The number after the last one that was read; where that is long ago or there is none, one that is not far back. */
  async #firstWanted() {
    const { records } = await get("journal/search?q=&count=1");
    const first = Math.max(0, this.#records.last + 1, (records[0]?.number ?? 0) - BEFORE);
    if (this.#records.last < 0) this.#records.hasOlder = first > 0;
    return first;
  }

  #listen(since) {
    const source = new EventSource(`/_wxcheck/events?since=${since}`);
    this.#source = source;
    source.addEventListener("open", () => {
      this.#pause = FIRST_PAUSE;
      this.#tell("live");
      // Nobody told of what changed meanwhile.
      this.dispatchEvent(new Event("changed"));
    });
    source.addEventListener("record", (event) => {
      if (this.#batch.length === 0) setTimeout(() => this.#deliver(), 50);
      this.#batch.push(event.data);
    });
    source.addEventListener("state", () => this.dispatchEvent(new Event("changed")));
    // The browser would go on with the last number it saw; whether that is still right is looked at first.
    source.addEventListener("error", () => this.#again());
  }

  /** Many records at once: a flood of them costs one drawing. */
  #deliver() {
    const batch = this.#batch;
    this.#batch = [];
    this.#records.take(batch.map((data) => JSON.parse(data)));
  }

  #again() {
    this.#source?.close();
    this.#source = null;
    this.#tell("lost");
    setTimeout(() => this.begin(), this.#pause);
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
  }

  #tell(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
