// What is chosen on the page: one app, one user, one record; everybody reads it here and hears of changes.

class Desk extends EventTarget {
  apps = [];
  appid = "";
  openid = "";
  number = undefined;
  /** Counts the times that the platform became another, or may have: users, phones, faults and the clock are read anew. */
  version = 0;
  /** The numbers of pushes that are to be sent in another order. */
  marked = new Set();

  /** Changes what is chosen; tells it where something differs. `isStep` is false where nobody asked for it and wants to go back. */
  choose(chosen, isStep = true) {
    const changed = Object.entries(chosen).filter(([key, value]) => this[key] !== value);
    if (changed.length === 0) return;
    Object.assign(this, chosen);
    this.dispatchEvent(new CustomEvent("chosen", { detail: { keys: new Set(changed.map(([key]) => key)), isStep } }));
  }

  /** The platform may be another than it was. */
  stir() {
    this.choose({ version: this.version + 1 });
  }

  /** Marks a push for another order, or takes the mark away. */
  mark(number) {
    const marked = new Set(this.marked);
    if (!marked.delete(number)) marked.add(number);
    this.choose({ marked });
  }

  /** Listens for changes of these keys as long as an element is on the page. */
  on(element, keys, act) {
    const listener = (event) => {
      if (!element.isConnected) this.removeEventListener("chosen", listener);
      else if (keys.some((key) => event.detail.keys.has(key))) act();
    };
    this.addEventListener("chosen", listener);
  }

  /** Opens a record, and the panel that shows it. */
  open(number) {
    this.choose({ number });
    this.dispatchEvent(new CustomEvent("show", { detail: "exchange" }));
  }

  /** Shows a part of the page. */
  show(part) {
    this.dispatchEvent(new CustomEvent("show", { detail: part }));
  }

  /** One line for the user, said aloud too. */
  say(text, isBad = false) {
    this.dispatchEvent(new CustomEvent("said", { detail: { text, isBad } }));
  }
}

export const desk = new Desk();
