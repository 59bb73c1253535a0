// What is chosen stands in the address: a reload and a link find it, the browser goes back to it, and nobody is led away from it.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";

import { Api, serve } from "./served.js";

const [APPID, OTHER] = ["wx0000000000links1", "wx0000000000links2"];
const LIMIT = 60_000;
/** The beginning of a sound as phones record it; no browser here plays it. */
const AMR = Buffer.concat([Buffer.from("#!AMR\n"), Buffer.alloc(64, 0x3c)]);

/** Walks through it on a platform of its own, with two apps. */
export async function links(browser, folder, step) {
  const bot = await startBot();
  const served = await serve([bot.url, "--token", "Zq7Xw2Vn9Kt4Rb6", "--appid", APPID, "--account", "official", "--listen", "127.0.0.1:0"], folder);
  const context = await browser.newContext({ viewport: { width: 1600, height: 900 }, locale: "en-US" });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(LIMIT);
    await walk({ page, bot, step, base: served.base });
  } finally {
    await context.close();
    await served.stop();
    bot.server.close();
    bot.server.closeAllConnections();
  }
}

async function walk({ page, bot, step, base }) {
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  const address = `${base}/_wxcheck/ui/`;
  const live = () => page.locator(".live[data-state=live]").waitFor();
  const at = (hash) => page.waitForURL(`${address}${hash}`);
  const isUser = (openid) => page.locator(".user[aria-selected=true]", { hasText: openid }).waitFor();
  const isOpen = (said) => page.locator("wx-exchange .tree", { hasText: said }).waitFor();
  const say = (openid, content, wait = true) => control(base, "POST", `apps/${APPID}/users/${openid}/acts?wait=${wait}`, { act: "send-text", content });
  const row = (said) => page.locator(".row.pushes", { hasText: said });

  await control(base, "PUT", `apps/${OTHER}`, { kind: "official", secret: "s" });
  for (const openid of ["oAnna", "oBert"]) await control(base, "PUT", `apps/${APPID}/users/${openid}`);
  await control(base, "PUT", `apps/${OTHER}/users/oCora`);
  await say("oAnna", "the first");
  await say("oBert", "the second");

  await step("a reload finds the app, the user and the record again", async () => {
    await page.goto(address);
    await live();
    await page.locator(".user", { hasText: "oBert" }).click();
    await row("the second").click();
    await isOpen("the second");
    await page.locator("header select").selectOption(OTHER);
    await isUser("oCora");
    await page.waitForURL(new RegExp(`#app=${OTHER}&user=oCora&record=\\d+$`));
    await page.reload();
    await live();
    await isUser("oCora");
    await isOpen("the second");
    assert.equal(await page.locator("header select").inputValue(), OTHER);
  });

  const found = await (await fetch(`${base}/_wxcheck/journal/search?q=${encodeURIComponent("the first")}`)).json();
  const first = found.records.find(({ kind }) => kind === "pushed").number;
  const hash = (openid, record) => `#app=${APPID}&user=${openid}${record === undefined ? "" : `&record=${record}`}`;
  await step("a link leads there, and one goes back and forward", async () => {
    await page.goto("about:blank");
    await page.goto(address + hash("oBert"));
    await live();
    await isUser("oBert");
    await at(hash("oBert"));
    await page.evaluate((next) => (location.hash = next), hash("oAnna", first));
    await isUser("oAnna");
    await isOpen("the first");
    await page.goBack();
    await isUser("oBert");
    await page.locator("wx-exchange .empty").waitFor();
    await page.goForward();
    await isUser("oAnna");
    await isOpen("the first");
  });

  await step("what is not there is told and dropped", async () => {
    for (const [given, told] of [
      [hash("oNobody", 987_654), "oNobody, #987654"],
      [hash("..%2F..", "x"), "../.., #x"],
      [`#app=wxnone&user=oAnna`, "wxnone, oAnna"],
    ]) {
      await page.goto("about:blank");
      await page.goto(address + given);
      await page.locator(".said.error", { hasText: `not here: ${told}.` }).waitFor();
      await live();
      await isUser("oAnna");
      await at(hash("oAnna"));
    }
  });

  await step("what is sent again opens where its record is still open, and nowhere else", async () => {
    await row("the first").first().click();
    await isOpen("the first");
    bot.hold();
    await page.locator("[data-act=resend]").click();
    await bot.held();
    await row("the second").click();
    await isOpen("the second");
    const open = page.url();
    bot.go();
    await page.locator(".said", { hasText: /^Sent:/ }).waitFor();
    assert.equal(page.url(), open);
    await isOpen("the second");
    await page.locator("[data-act=resend]").click();
    await page.waitForFunction((before) => location.href !== before, open);
    await isOpen("the second");
  });

  await step("a row is opened although the list is drawn anew under the pointer", async () => {
    await row("the first").first().hover();
    await page.mouse.down();
    await say("oBert", "in between");
    await row("in between").waitFor();
    await page.mouse.up();
    await isOpen("the first");
  });

  await step("a sound that no browser plays says so, and is saved", async () => {
    const api = new Api(base, APPID);
    const media_id = await api.upload("voice", AMR, "audio/amr");
    await page.goto(address + hash("oAnna"));
    await live();
    assert.equal((await api.send("oAnna", "voice", { media_id })).errcode, 0);
    await page.locator(".line.server .elsewhere", { hasText: "AMR: this browser plays none." }).locator("a[download]").waitFor();
    assert.equal((await api.send("oAnna", "voice", { media_id: "permanent" })).errcode, 0);
    await page.locator(".line.server .elsewhere", { hasText: "Permanent media are unknown here" }).waitFor();
    await page.locator(".row.calls").last().click();
    await page.locator("wx-exchange .note", { hasText: "media_id `permanent`: not uploaded here" }).waitFor();
  });

  assert.deepEqual(errors, []);
}

/** A request of the control API. */
async function control(base, method, path, body) {
  const answer = await fetch(`${base}/_wxcheck/${path}`, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.text()}`);
}

/** A bot that can be told to keep a push waiting. */
async function startBot() {
  const bot = { url: "", server: undefined };
  let free = Promise.resolve();
  bot.hold = () => {
    let came;
    bot.held = () => arrived;
    const arrived = new Promise((resolve) => (came = resolve));
    free = new Promise((resolve) => (bot.go = resolve));
    bot.came = came;
  };
  bot.server = createServer(async (request, response) => {
    request.resume();
    if (request.method === "GET") return response.end(new URL(request.url, "http://bot").searchParams.get("echostr"));
    bot.came?.();
    await free;
    response.end("success");
  });
  bot.server.listen(0, "127.0.0.1");
  await once(bot.server, "listening");
  bot.url = `http://127.0.0.1:${bot.server.address().port}/wechat`;
  return bot;
}
