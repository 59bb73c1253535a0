// JSON as it was written: a MsgId has 64 bits, more than a number of JavaScript holds.

/** A number with the digits it was written with. */
export class Digits {
  constructor(text) {
    this.text = text;
  }

  toJSON() {
    return Number(this.text);
  }
}

/** The value of a text; its numbers are `Digits`. */
export function readJson(text) {
  return JSON.parse(text, (key, value, context) =>
    typeof value === "number" ? new Digits(context?.source ?? String(value)) : value,
  );
}
