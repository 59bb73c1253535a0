// The pure modules of the page, by `node --test`.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ACTS, formed } from "../acts.js";
import { read, written } from "../address.js";
import { visible } from "../dom.js";
import { fixtureOf } from "../fixture.js";
import { Digits, readJson } from "../json.js";
import { LIMIT, Records, Row } from "../records.js";
import { readXml, textOf } from "../xml.js";

test("a push in XML is read to its texts", () => {
  const root = readXml("<?xml version='1.0'?><xml>\n<A><![CDATA[<b>&amp;]]]]><![CDATA[>]]></A><B c='1&#x41;'>&lt;2&gt;</B><D/></xml>\n");
  const [a, b, d] = root.children.filter((child) => child.name);
  assert.equal(textOf(a), "<b>&amp;]]>");
  assert.equal(textOf(b), "<2>");
  assert.deepEqual(b.attributes, [["c", "1A"]]);
  assert.equal(textOf(d), "");
  assert.equal(textOf(root), undefined);
});

test("what is no XML, or would be more than a push is, is refused", () => {
  for (const bad of [
    "",
    "<a>",
    "<a></b>",
    "<a/>x",
    "<a><![CDATA[x</a>",
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "<a>".repeat(100) + "</a>".repeat(100),
  ]) {
    assert.throws(() => readXml(bad), SyntaxError, bad);
  }
  // An entity that nobody declared stays what it is.
  assert.equal(textOf(readXml("<a>&b;&#0;</a>")), "&b;&#0;");
});

test("a MsgId keeps its digits", { skip: !("rawJSON" in JSON) && "this Node does not tell the source of a number" }, () => {
  const { MsgId } = readJson('{"MsgId":7000000000000000123}');
  assert.ok(MsgId instanceof Digits);
  assert.equal(MsgId.text, "7000000000000000123");
});

test("a push is one row with its deliveries, and an answer finds its own", () => {
  const records = new Records();
  records.take([
    { number: 4, thread: 4, kind: "pushed", at: 0, push: "text", openid: "o1" },
    { number: 5, thread: 4, kind: "unanswered", push: 4, at: 5000, reason: "no answer" },
    { number: 6, thread: 4, kind: "pushed", at: 5000, what: "text", first: 4 },
    { number: 7, kind: "called", at: 5001, method: "GET", path: "/cgi-bin/token" },
    { number: 8, thread: 4, kind: "answered", push: 6, at: 5010, status: 200, millis: 10 },
    { number: 9, thread: 1, kind: "answered", push: 1, at: 5011, status: 200, millis: 10 },
  ]);
  assert.equal(records.rows.length, 2);
  const [push] = records.rows;
  assert.equal(push.deliveries.length, 2);
  assert.equal(push.deliveries[0].silence, "no answer");
  assert.equal(push.deliveries[1].status, 200);
  assert.equal(push.state, "good");
  assert.equal(records.find(8), push);
  records.take([{ number: 8, thread: 4, kind: "answered", push: 6, at: 5010, status: 200, millis: 10 }]);
  assert.deepEqual(push.numbers, [4, 5, 6, 8], "nothing is taken twice");
});

test("an answer that WeChat does not take is no success, and a fetch is no push", () => {
  const records = new Records();
  records.take([
    { number: 1, thread: 1, kind: "pushed", at: 0, push: "text", openid: "o1" },
    { number: 2, thread: 1, kind: "answered", push: 1, at: 5, status: 200, millis: 5 },
    { number: 3, thread: 1, kind: "push-outcome", push: 1, at: 5, outcome: "refused" },
    { number: 4, thread: 4, kind: "requested", at: 6, what: { of: "fetch", kind: "pre", openid: "o1", device: "phone" } },
    { number: 5, thread: 4, kind: "answered", push: 4, at: 7, status: 500, millis: 1 },
    { number: 6, thread: 6, kind: "push-due", at: 8, push: "text", openid: "o1" },
  ]);
  const [push, fetched] = records.rows;
  assert.equal(records.rows.length, 2);
  assert.equal(push.state, "bad");
  assert.equal(fetched.group, "fetches");
  assert.equal(fetched.state, "bad");
});

test("a record that was found has with it what became of it", () => {
  const followed = [
    { number: 2, thread: 1, kind: "answered", push: 1, at: 5, status: 500, millis: 5 },
    { number: 3, thread: 1, kind: "push-outcome", push: 1, at: 5, outcome: "given-up" },
  ];
  const row = new Row({ number: 1, thread: 1, kind: "pushed", at: 0, push: "text", openid: "o1", outcome: "given-up", followed });
  assert.equal(row.state, "bad");
  assert.equal(row.deliveries[0].status, 500);
  assert.deepEqual(row.numbers, [1, 2, 3]);
});

test("rows are bounded, whatever comes", () => {
  const records = new Records();
  for (let number = 0; number < 100_000; number += 1000) {
    records.take(Array.from({ length: 1000 }, (_, i) => ({ number: number + i, kind: "called", at: number, method: "GET", path: "/" })));
    assert.ok(records.rows.length <= LIMIT);
  }
  assert.equal(records.rows.length + records.gone, 100_000);
  assert.equal(records.find(0), undefined);
  assert.equal(records.rows.at(-1).number, 99_999);
});

test("what hides in a text is written out, and emoji stay whole", () => {
  assert.equal(visible("a\u202eb\u0000c\n\t👨‍👩‍👧"), "a⟨U+202E⟩b⟨U+0000⟩c\n\t👨‍👩‍👧");
});

test("an act says what the control API takes", () => {
  const act = (name) => ACTS.find((each) => each.act === name);
  assert.deepEqual(formed(act("subscribe"), { templates: "a, b", choice: "reject", popup_scene: "2" }), {
    act: "subscribe",
    templates: { a: "reject", b: "reject" },
    popup_scene: 2,
  });
  assert.deepEqual(formed(act("send-image"), { pic_url: "", media_id: "m" }), { act: "send-image", media_id: "m" });
  assert.deepEqual(formed(act("log-in"), {}), { act: "log-in" });
  assert.deepEqual(formed(act("tap-menu"), { key: "K", type: "scancode_push" }), { act: "tap-menu", key: "K", type: "scancode_push" });
  assert.deepEqual(formed(act("tap-menu"), { key: "K", type: "" }), { act: "tap-menu", key: "K" });
});

test("a saved push is an entry, whatever a user wrote into it", () => {
  const text = '<xml><ToUserName><![CDATA[gh]]></ToUserName><FromUserName><![CDATA[o]]></FromUserName><CreateTime>1</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA["""\\ \n{openid} {x]]></Content><MsgId>1</MsgId></xml>';
  const { name, text: toml } = fixtureOf({ push: "text", openid: "o", request: { body: { text } } });
  assert.equal(name, "text_saved.toml");
  assert.match(toml, /^name = "text_saved"$/m);
  assert.match(toml, /^value = "\\"\\"\\"\\\\ \\u000a\(openid\) \{x"$/m);
  assert.match(toml, /^value = "\{msgid\}"$/m);
  assert.doesNotMatch(toml, /ToUserName|CreateTime/);
  assert.equal(fixtureOf({ request: { body: { text: "no" } } }), undefined);
});

test("an address names what is chosen, and a broken one nothing", () => {
  const chosen = { appid: "wx1", openid: "oA_-9", number: 0 };
  assert.equal(written(chosen), "#app=wx1&user=oA_-9&record=0");
  assert.deepEqual(read(written(chosen)), { appid: "wx1", openid: "oA_-9", record: "0" });
  assert.equal(written({ appid: "", openid: "", number: undefined }), "");
  for (const hash of ["", "#", "#&&=", "#token=x", "#app"]) assert.deepEqual(read(hash), { appid: "", openid: "", record: "" }, hash);
  assert.equal(read("#user=%E0%A4%A&app=..%2F..").appid, "../..");
});
