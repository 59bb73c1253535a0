// A small reader of XML, for looking at: elements, texts, CDATA. It fetches nothing and expands no entity of a document.

const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
/** Elements within elements, at most; WeChat's have four. */
const DEPTH = 64;

/** The tree of a document: `{name, attributes, children}`, where a child is a text `{text, cdata}` or an element. */
export function readXml(text) {
  const reader = { text, at: 0 };
  skipProlog(reader);
  const root = element(reader, 0);
  skipSpace(reader);
  if (reader.at < text.length) throw fault(reader, "text behind the end");
  return root;
}

function element(reader, depth) {
  if (depth > DEPTH) throw fault(reader, "too deep");
  expect(reader, "<");
  const name = take(reader, /[^\s<>/="']+/y, "a name");
  const attributes = [];
  for (;;) {
    skipSpace(reader);
    if (skip(reader, "/>")) return { name, attributes, children: [] };
    if (skip(reader, ">")) break;
    const key = take(reader, /[^\s<>/="']+/y, "an attribute");
    take(reader, /\s*=\s*/y, "=");
    const quoted = take(reader, /"[^"]*"|'[^']*'/y, "a value");
    attributes.push([key, decoded(quoted.slice(1, -1))]);
  }
  const children = [];
  for (;;) {
    if (skip(reader, "</")) {
      if (take(reader, /[^\s<>]+/y, "a name") !== name) throw fault(reader, `no end of ${name}`);
      skipSpace(reader);
      expect(reader, ">");
      return { name, attributes, children };
    }
    if (skip(reader, "<![CDATA[")) {
      children.push({ text: until(reader, "]]>"), cdata: true });
    } else if (skip(reader, "<!--")) {
      until(reader, "-->");
    } else if (reader.text[reader.at] === "<") {
      children.push(element(reader, depth + 1));
    } else {
      children.push({ text: decoded(take(reader, /[^<]+/y, "a text")), cdata: false });
    }
  }
}

function skipProlog(reader) {
  skip(reader, "\ufeff");
  skipSpace(reader);
  while (skip(reader, "<?")) {
    until(reader, "?>");
    skipSpace(reader);
  }
  if (reader.text.startsWith("<!", reader.at)) throw fault(reader, "a DOCTYPE, which no push has");
}

function decoded(text) {
  return text.replace(/&(#x?[0-9a-fA-F]+|\w+);/g, (whole, name) => {
    if (name[0] !== "#") return ENTITIES[name] ?? whole;
    const code = name[1] === "x" ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function take(reader, pattern, wanted) {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text);
  if (!found) throw fault(reader, `${wanted} is wanted`);
  reader.at = pattern.lastIndex;
  return found[0];
}

function until(reader, end) {
  const at = reader.text.indexOf(end, reader.at);
  if (at < 0) throw fault(reader, `${end} is missing`);
  const text = reader.text.slice(reader.at, at);
  reader.at = at + end.length;
  return text;
}

function skip(reader, text) {
  if (!reader.text.startsWith(text, reader.at)) return false;
  reader.at += text.length;
  return true;
}

function expect(reader, text) {
  if (!skip(reader, text)) throw fault(reader, `${text} is wanted`);
}

function skipSpace(reader) {
  while (/\s/.test(reader.text[reader.at] ?? "")) reader.at += 1;
}

function fault(reader, message) {
  return new SyntaxError(`${message} (character ${reader.at})`);
}

/** The text of an element, where it holds nothing else; undefined otherwise. */
export function textOf(element) {
  if (element.children.some((child) => child.name !== undefined)) return undefined;
  return element.children.map((child) => child.text).join("");
}
