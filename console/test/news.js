// What comes new while the page is open, and what its reader has half done: the first is shown, the second stays.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";

import { Api, serve } from "./served.js";

const APPID = "wx00000000000news";
const LIMIT = 60_000;

/** Walks through it on a platform of its own, which keeps nothing. */
export async function news(browser, folder, step) {
  const bot = await startBot();
  let served = await startPlatform(bot, folder, "127.0.0.1:0");
  const context = await browser.newContext({ viewport: { width: 1600, height: 900 }, locale: "en-US" });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(LIMIT);
    const restart = async () => {
      const { host } = new URL(served.base);
      await served.stop();
      served = await startPlatform(bot, folder, host);
    };
    await walk({ page, bot, step, base: served.base, restart });
  } finally {
    await context.close();
    await served.stop();
    bot.server.close();
    bot.server.closeAllConnections();
  }
}

async function walk({ page, bot, step, base, restart }) {
  const api = new Api(base, APPID);
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  const show = (part) => page.locator(`nav.tabs [data-part=${part}]`).click();
  const text = page.locator("wx-chat textarea");
  const write = async (said) => {
    await text.fill(said);
    await text.press("Enter");
    await page.locator(".row.pushes.good", { hasText: said }).first().waitFor();
  };
  const fault = { endpoint: "/cgi-bin/message/custom/send", fault: { errcode: 45009 }, times: 2 };

  await step("an address with a broken token is a page all the same", async () => {
    await page.goto(`${base}/_wxcheck/ui/#token=%E0%A4%A`);
    await page.locator(".live[data-state=live]").waitFor();
  });

  await step("a user, a phone and an app that the API makes are there at once", async () => {
    await control(base, "PUT", `apps/${APPID}/users/oAlice`);
    await page.locator(".user[aria-selected=true]", { hasText: "oAlice" }).waitFor();
    await show("phones");
    await page.locator("wx-phones .note").waitFor();
    await control(base, "POST", `apps/${APPID}/users/oAlice/acts`, { act: "open", device: "tablet" });
    await page.locator('wx-phones .phone[aria-label="tablet"]').waitFor();
    await control(base, "PUT", "apps/wx00000000000other", { kind: "official", secret: "s" });
    await page.locator("header option", { hasText: "wx00000000000other" }).waitFor({ state: "attached" });
  });

  await step("faults in force are listed, whoever set them, and counted", async () => {
    await write("are you there?");
    await show("faults");
    await page.locator(".faults .note").waitFor();
    await control(base, "POST", "faults", fault);
    await page.locator(".faults li", { hasText: "struck 0 of 0" }).waitFor();
    assert.equal((await api.send("oAlice", "text", { content: "no" })).errcode, 45009);
    await page.locator(".faults li", { hasText: "struck 1 of 1" }).waitFor();
    await api.send("oAlice", "text", { content: "no" });
    await page.locator(".faults .note").waitFor();
    await show("time");
    await control(base, "POST", "faults", fault);
    await show("faults");
    await page.locator(".faults li", { hasText: "struck 0 of 0" }).waitFor();
    await control(base, "DELETE", "faults");
  });

  await step("a call that comes later is counted, and a form stays as it was typed", async () => {
    await write("first");
    await page.locator(".row.pushes", { hasText: "first" }).click();
    await page.getByRole("tab", { name: "Calls 0" }).click();
    await page.locator("[data-act=altered]").click();
    const content = page.locator('.altered input[aria-label="Content"]');
    await content.fill("half typed");
    assert.equal((await api.send("oAlice", "text", { content: "an answer" })).errcode, 0);
    await page.getByRole("tab", { name: "Calls 1" }).waitFor();
    await page.locator(".call-list li", { hasText: "an answer" }).waitFor();
    await page.getByRole("tab", { name: "As sent" }).click();
    await page.locator("[data-act=mark]").click();
    await page.locator(".row.marked").waitFor();
    await page.locator("[data-act=mark]").click();
    await page.locator(".row.marked").waitFor({ state: "detached" });
    assert.equal(await content.inputValue(), "half typed");
    await page.getByRole("tab", { name: "Opened" }).click();
  });

  await step("a call is not marked: only pushes are sent again", async () => {
    await page.locator(".row.calls", { hasText: "an answer" }).click();
    await page.locator("wx-exchange h2", { hasText: "custom/send" }).waitFor();
    await page.keyboard.press("m");
    await page.locator(".said.error", { hasText: "marked" }).waitFor();
    assert.equal(await page.locator(".row.marked").count(), 0);
  });

  await step("what is written is sent once, and what is written meanwhile stays", async () => {
    let open;
    const gate = new Promise((resolve) => (open = resolve));
    await page.route("**/acts", async (route) => {
      await gate;
      await route.continue();
    });
    await text.fill("only once");
    await text.press("Enter");
    await text.press("Enter");
    await text.fill("the next one");
    open();
    await page.locator(".row.pushes.good", { hasText: "only once" }).waitFor();
    await page.unroute("**/acts");
    assert.equal(await text.inputValue(), "the next one");
    await write("a third");
    assert.equal(await page.locator(".row.pushes", { hasText: "only once" }).count(), 1);
    await page.route("**/acts", (route) => route.abort());
    await text.fill("it does not leave");
    await text.press("Enter");
    await page.locator(".said.error").waitFor();
    await page.waitForFunction(() => document.querySelector("wx-chat textarea").value === "it does not leave");
    await page.unroute("**/acts");
  });

  await step("a network is changed, and the page that is to be opened stays typed", async () => {
    await show("phones");
    const phone = page.locator('wx-phones .phone[aria-label="tablet"]');
    await phone.getByLabel("Page").fill("pages/typed");
    const told = page.waitForResponse((response) => response.request().method() === "GET" && response.url().endsWith("/users/oAlice"));
    await phone.getByLabel("Network").selectOption("cellular");
    await told;
    assert.equal(await phone.getByLabel("Page").inputValue(), "pages/typed");
    assert.equal(await phone.getByLabel("Network").inputValue(), "cellular");
  });

  await step("what is sent later leaves its reader where they are", async () => {
    await page.locator(".row.pushes", { hasText: "a third" }).click();
    await page.locator("[data-act=seconds]").fill("1");
    const before = bot.pushes;
    await page.locator("[data-act=later]").click();
    await show("faults");
    await page.locator(".said", { hasText: /^Sent:/ }).waitFor();
    assert.equal(bot.pushes, before + 1);
    assert.ok(await page.locator("wx-faults").isVisible(), "another panel was opened");
    await show("exchange");
    await page.locator("[data-act=later]", { hasText: "Later" }).waitFor();
    assert.ok(!(await page.locator("wx-exchange h2").innerText()).includes("again of"), "another record was opened");
  });

  await step("a pause keeps out what is new, and nothing else", async () => {
    await page.locator("wx-wire .bar-top button").click();
    await control(base, "POST", `apps/${APPID}/users/oAlice/acts?wait=true`, { act: "send-text", content: "while it stands" });
    await page.locator(".told", { hasText: "new records" }).waitFor();
    const search = page.locator("wx-wire input[type=search]");
    const rows = page.locator(".row");
    await search.fill("a third");
    await page.locator(".row.pushes", { hasText: "first" }).waitFor({ state: "detached" });
    assert.ok((await rows.count()) > 0);
    await search.fill("");
    await page.getByRole("button", { name: "calls", exact: true }).click();
    await page.locator(".row.calls").first().waitFor({ state: "detached" });
    await page.getByRole("button", { name: "calls", exact: true }).click();
    await search.fill("while it stands");
    await search.press("Enter");
    await page.locator(".row.pushes", { hasText: "while it stands" }).waitFor();
    await page.getByRole("button", { name: "Back to live" }).click();
    await page.locator(".row.pushes", { hasText: "while it stands" }).waitFor({ state: "detached" });
    await page.locator(".row.pushes", { hasText: "a third" }).first().waitFor();
    await page.locator("wx-wire .bar-top button").click();
    await page.locator(".row.pushes", { hasText: "while it stands" }).waitFor();
  });

  await step("a chat begins at its end, whatever its pictures become", async () => {
    for (let sent = 0; sent < 12; sent += 1) await control(base, "POST", `apps/${APPID}/users/oAlice/acts?wait=true`, { act: "send-image" });
    await page.reload();
    await page.waitForFunction(() => document.querySelectorAll(".chat-log .medium .elsewhere").length === 12);
    await page.waitForFunction(() => {
      const { scrollHeight, clientHeight, scrollTop } = document.querySelector(".chat-log");
      return scrollHeight > clientHeight && scrollHeight - clientHeight - scrollTop < 2;
    });
  });

  await step("one goes back to a state, and sees it", async () => {
    await show("time");
    await page.getByRole("button", { name: "Take a snapshot" }).click();
    await page.locator(".snapshots button").first().waitFor();
    await control(base, "PUT", `apps/${APPID}/users/oBob`);
    await page.locator(".user", { hasText: "oBob" }).click();
    await page.locator('.user[aria-selected=true]', { hasText: "oBob" }).waitFor();
    await page.locator(".snapshots button").first().click();
    await page.locator(".user", { hasText: "oBob" }).waitFor({ state: "detached" });
    await page.locator(".user[aria-selected=true]", { hasText: "oAlice" }).waitFor();
    await page.locator(".line.user").first().waitFor();
  });

  await step("a platform that begins anew at once has nothing of what was", async () => {
    await restart();
    await page.locator(".said", { hasText: "started again" }).waitFor();
    await page.locator(".told", { hasText: "Nothing to show" }).waitFor();
    await page.locator(".user").first().waitFor({ state: "detached" });
    await page.locator(".chat-log .note", { hasText: "Choose a user" }).waitFor();
    await page.locator(".line").first().waitFor({ state: "detached" });
    await page.locator("header option", { hasText: "wx00000000000other" }).waitFor({ state: "detached" });
  });

  assert.deepEqual(errors, []);
}

/** A request of the control API. */
async function control(base, method, path, body) {
  const answer = await fetch(`${base}/_wxcheck/${path}`, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.text()}`);
}

/** A bot that takes every push and says nothing. */
async function startBot() {
  const bot = { pushes: 0, url: "", server: undefined };
  bot.server = createServer((request, response) => {
    request.resume();
    if (request.method === "GET") return response.end(new URL(request.url, "http://bot").searchParams.get("echostr"));
    bot.pushes += 1;
    response.end("success");
  });
  bot.server.listen(0, "127.0.0.1");
  await once(bot.server, "listening");
  bot.url = `http://127.0.0.1:${bot.server.address().port}/wechat`;
  return bot;
}

const startPlatform = (bot, folder, listen) => serve([bot.url, "--token", "Zq7Xw2Vn9Kt4Rb6", "--appid", APPID, "--listen", listen], folder);
