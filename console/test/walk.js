// A walk through the page in a real browser, against `wxcheck serve` and a bot that can be broken.
//
//     WXCHECK=target/debug/wxcheck node console/test/walk.js
//
// Ends with 0 if every step was as it should be, with 3 where there is no Chromium. WXCHECK_SHOTS names a folder for
// pictures of the page.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium as browsers } from "playwright-core";

import { chromium } from "./chromium.js";
import { links } from "./links.js";
import { news } from "./news.js";
import { png } from "./png.js";
import { Api, serve, WXCHECK } from "./served.js";

const TOKEN = "Zq7Xw2Vn9Kt4Rb6";
const APPID = "wx0123456789abcdef";
const AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const CONTROL = "Nk5Gd8Ws2Fx9";
/** What a user, a caller and a target may send; shown, it must do nothing. */
const HOSTILE = "<img src=x onerror=\"window.hacked=1\"><script>window.hacked=2</script><svg onload=window.hacked=3>&lt;\u202e]]>{openid}";
const SIZES = [[390, 844], [1024, 768], [1600, 900]];
/** A machine under load takes its time; nothing here waits for time to pass. */
const LIMIT = 60_000;

const executablePath = chromium();
if (!executablePath) {
  console.log("no Chromium: install the package chromium, or name one in WXCHECK_CHROMIUM");
  process.exit(3);
}
/** Whether this wxcheck remembers what was before a restart. */
let hasStore = false;
const folder = mkdtempSync(join(tmpdir(), "wxcheck-page-"));
const bot = await startBot();
hasStore = (await run(["serve", "--help"])).text.includes("--store");
let served = await startPlatform("127.0.0.1:0");
bot.api = new Api(served.base, APPID);
const browser = await browsers.launch({ executablePath, args: ["--no-sandbox"], timeout: LIMIT });
let failure;
try {
  await walk();
  await news(browser, folder, step);
  await links(browser, folder, step);
} catch (error) {
  failure = error;
} finally {
  await browser.close();
  await served.stop();
  bot.server.close();
  rmSync(folder, { recursive: true, force: true });
}
if (failure) throw failure;
console.log("the page did as it should");
process.exit(0);

async function walk() {
  const context = await browser.newContext({ viewport: { width: 1600, height: 900 }, locale: "en-US", acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT);
  const troubles = watch(page);
  const live = () => page.locator(".live[data-state=live]").waitFor();

  await step("the page wants the token, and takes it out of the address", async () => {
    await page.goto(`${served.base}/_wxcheck/ui/`);
    await page.locator("wx-sign-in input").waitFor();
    await page.goto("about:blank");
    await page.goto(`${served.base}/_wxcheck/ui/#token=${CONTROL}`);
    await live();
    assert.ok(!page.url().includes(CONTROL), page.url());
    assert.ok(!(await page.evaluate(() => document.cookie)).includes("wxcheck"), "scripts do not see the cookie");
  });

  const text = page.locator("wx-chat textarea");
  const row = (state) => page.locator(`.row.pushes.${state}`);
  const write = async (said) => {
    await text.fill(said);
    await text.press("Enter");
  };

  await step("one types as a user, and sees the push and what the bot says", async () => {
    await page.locator(".user-form input").fill("oAlice");
    await page.locator(".user-form input").press("Enter");
    await page.locator(".user[aria-selected=true]", { hasText: "oAlice" }).waitFor();
    await write("where is my order?");
    await row("good").first().waitFor();
    await page.locator(".line.user", { hasText: "where is my order?" }).waitFor();
    await page.locator(".line.server", { hasText: "You said: where is my order?" }).waitFor();
  });

  await step("one opens it: clear, sealed, signed", async () => {
    await row("good").first().click();
    await page.locator("wx-exchange .tree", { hasText: "where is my order?" }).waitFor();
    await page.getByRole("tab", { name: "As sent" }).click();
    await page.locator("wx-exchange pre", { hasText: "Encrypt" }).waitFor();
    await page.getByRole("tab", { name: "Signature" }).click();
    await page.locator(".signature li").first().waitFor();
    assert.ok(!(await page.locator("wx-exchange").innerText()).includes(TOKEN), "the Token is on the page");
    await page.getByRole("tab", { name: "Answer" }).click();
    await page.locator("wx-exchange pre", { hasText: "success" }).waitFor();
    await page.getByRole("tab", { name: "Opened" }).click();
  });

  await step("the bot breaks, and the page says what WeChat would do", async () => {
    bot.broken = true;
    await write(HOSTILE);
    await page.locator(".line.user", { hasText: "onerror" }).waitFor();
    // The chat shows it before the wire does.
    await page.locator(".row.pushes", { hasText: "onerror" }).last().click();
    await page.locator(".verdicts li").first().waitFor();
    await page.getByRole("tab", { name: "Answer" }).click();
    await page.locator("wx-exchange pre", { hasText: "window.hacked" }).first().waitFor();
  });

  await step("nothing of it is markup", async () => {
    for (const part of ["Opened", "As sent", "Answer", "curl"]) await page.getByRole("tab", { name: part, exact: true }).click();
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.equal(await page.locator("img, svg, iframe, object, embed, link[rel=import]").count(), 0);
    assert.equal(await page.locator("body script").count(), 0);
  });

  await step("one resends it, and the bot is well again", async () => {
    bot.broken = false;
    const before = bot.pushes;
    await page.locator("[data-act=resend]").click();
    await page.locator("wx-exchange .outcome.acknowledged").waitFor();
    assert.equal(bot.pushes, before + 1);
    await page.locator("[data-act=duplicate]").click();
    await until(() => bot.pushes === before + 4, "three more come");
  });

  await step("an answer that WeChat does not take is no success", async () => {
    bot.answer = "fail";
    await write("are you well?");
    await row("bad").filter({ hasText: "are you well?" }).waitFor();
    await row("bad").filter({ hasText: "are you well?" }).click();
    await page.locator("wx-exchange .outcome.refused").waitFor();
    await page.getByRole("button", { name: "failed" }).click();
    await row("bad").filter({ hasText: "are you well?" }).waitFor();
    await page.getByRole("button", { name: "failed" }).click();
    bot.answer = "success";
    const below = await page.locator(".chat-log").evaluate((log) => log.scrollHeight - log.clientHeight - log.scrollTop);
    assert.ok(below < 2, `the end of the chat is ${below} px below what is shown`);
  });

  await step("two pushes are sent in reverse order", async () => {
    await row("good").first().click();
    await page.getByRole("button", { name: "Mark", exact: true }).click();
    await row("good").nth(1).click();
    await page.getByRole("button", { name: "Mark", exact: true }).click();
    const before = bot.pushes;
    await page.getByRole("button", { name: "Send 2 in reverse order" }).click();
    await until(() => bot.pushes === before + 2, "two come");
    await page.locator(".row.marked").first().waitFor({ state: "detached" });
  });

  await step("keys alone do it too", async () => {
    await page.locator("wx-wire .rows").focus();
    await page.keyboard.press("Home");
    await page.locator('.row[aria-posinset="1"][aria-selected=true]').waitFor();
    await page.keyboard.press("j");
    await page.locator('.row[aria-posinset="2"][aria-selected=true]').waitFor();
    await page.keyboard.press("End");
    await row("good").first().click();
    await page.getByRole("tab", { name: "Opened" }).click();
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement.type), "search");
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.locator("dialog kbd").first().waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("t");
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "TEXTAREA");
    await page.keyboard.press("Escape");
  });

  await step("a push is saved as a fixture that wxcheck takes", async () => {
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save as fixture" }).click();
    const file = await saved;
    mkdirSync(join(folder, "own", "mini"), { recursive: true });
    await file.saveAs(join(folder, "own", "mini", file.suggestedFilename()));
    const ran = await run(["push", file.suggestedFilename().replace(".toml", ""), bot.url, "--token", TOKEN, "--fixtures", join(folder, "own")]);
    assert.equal(ran.code, 0, ran.text);
  });

  await step("what a bot uploads is seen: a picture as one, a document as a file", async () => {
    const upload = async (bytes, type) => ({ media_id: await bot.api.upload("image", bytes, type) });
    const picture = await upload(png(64, 48, (x, y) => [x * 4, y * 5, 160]), "image/png");
    const document_ = await upload(`<svg xmlns="http://www.w3.org/2000/svg" onload="window.hacked=4">${HOSTILE}</svg>`, "image/svg+xml");
    // The window is open anew.
    await write("a picture, please");
    await row("good").filter({ hasText: "a picture, please" }).waitFor();
    assert.equal((await bot.api.send("oAlice", "image", picture)).errcode, 0);
    const shown = page.locator(".line.server .medium img");
    await shown.waitFor();
    await page.waitForFunction(() => document.querySelector(".line.server .medium img").naturalWidth === 64);
    assert.equal((await bot.api.send("oAlice", "image", document_)).errcode, 0);
    const file = page.locator(".line.server .elsewhere a[download]");
    await file.waitFor();
    // Opened by itself it is saved, and no document of this origin.
    const opened = await context.newPage();
    const saved = opened.waitForEvent("download");
    await opened.goto(new URL(await file.getAttribute("href"), served.base).href).catch(() => undefined);
    await saved;
    await opened.close();
    assert.equal(await page.evaluate(() => window.hacked), undefined);
  });

  await step("a user sends a picture of this machine", async () => {
    await page.locator(".plus").click();
    await page.getByRole("button", { name: "Image", exact: true }).click();
    const file = { name: "a.png", mimeType: "image/png", buffer: png(32, 32, (x) => [200, x * 8, 80]) };
    await page.locator(".act-form input[type=file]").setInputFiles(file);
    await page.locator(".act-form").getByRole("button", { name: "Image", exact: true }).click();
    await page.waitForFunction(() => document.querySelector(".line.user .medium img")?.naturalWidth === 32);
    await page.locator(".plus").click();
  });

  await step("every control has a name, in every panel", async () => {
    for (const part of ["catalogue", "phones", "faults", "time", "exchange"]) {
      await page.locator(`nav.tabs [data-part=${part}]`).click();
      if (part === "catalogue") await page.locator(".entry").first().click();
      if (part === "phones") await page.getByRole("button", { name: "Add a phone" }).click();
    }
    await page.locator(".plus").click();
    await page.locator(".act-list button").first().waitFor();
    const unnamed = await namelessControls(page);
    assert.deepEqual(unnamed, []);
    await page.locator(".plus").click();
  });

  await step("a fault is set, and met", async () => {
    await page.locator("nav.tabs [data-part=faults]").click();
    await page.getByRole("button", { name: "Set the fault" }).click();
    await page.locator(".faults li code").first().waitFor();
    await write("and now?");
    await page.locator(".row.calls.bad", { hasText: "custom/send" }).first().waitFor();
    await page.getByRole("button", { name: "Clear all" }).click();
    await page.locator(".faults .note").waitFor();
  });

  await step("every size has its look, light and dark, in both languages", async () => {
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      for (const part of ["chats", "wire", "exchange", "catalogue", "phones", "faults", "time"]) {
        await page.evaluate((part) => document.querySelector(`nav [data-part=${part}]`).click(), part);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        assert.ok(!wide, `${part} at ${width} is wider than the window`);
        const lefts = await page.locator("main > section:visible").evaluateAll((all) => all.map((one) => one.getBoundingClientRect().left));
        assert.equal(Math.min(...lefts), 0, `${part} at ${width} begins at the edge`);
        for (const colorScheme of ["light", "dark"]) await shoot(page, `${width}-${part}`, colorScheme);
      }
    }
    await page.goto(`${served.base}/_wxcheck/ui/?lang=zh`);
    await page.getByRole("button", { name: "发送" }).first().waitFor();
    await live();
    await page.locator(".row").first().waitFor();
    await shoot(page, "1600-zh", "light");
    await page.goto(`${served.base}/_wxcheck/ui/`);
    await live();
  });

  await step("serve begins anew, and the page goes on and finds what was before", async () => {
    const { port } = new URL(served.base);
    await served.stop();
    await page.locator(".live[data-state=lost]").waitFor();
    served = await startPlatform(`127.0.0.1:${port}`);
    // The cookie was of the process that is gone.
    await page.locator("wx-sign-in input").fill(CONTROL);
    await page.locator("wx-sign-in input").press("Enter");
    await live();
    if (!hasStore) {
      await page.locator(".told", { hasText: "Nothing to show" }).waitFor();
      await page.locator(".user-form input").fill("oAlice");
      await page.locator(".user-form input").press("Enter");
      await write("where is my order?");
      await row("good").first().waitFor();
    }
    await page.locator("wx-wire input[type=search]").fill("where is my order?");
    await page.locator("wx-wire input[type=search]").press("Enter");
    await page.getByRole("button", { name: "Back to live" }).waitFor();
    await page.locator(".row.pushes").first().waitFor();
    await page.locator(".row.pushes").first().click();
    await page.getByRole("tab", { name: "Opened" }).click();
    await page.locator("wx-exchange .tree", { hasText: "where is my order?" }).waitFor();
  });

  assert.deepEqual(troubles, []);
}

async function step(name, act) {
  await act();
  console.log(`✓ ${name}`);
}

/** What a browser complains of, and requests that leave the page's own server. */
function watch(page) {
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("dialog", (dialog) => troubles.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
  page.on("console", (message) => {
    // While serve is away, and before the token is shown, requests fail: that is no trouble.
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) troubles.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(served.base) && !/^(about|blob|data):/.test(url)) troubles.push(`left for ${url}`);
  });
  return troubles;
}

/** Controls whose accessible name is empty, as the browser computes it. */
async function namelessControls(page) {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  const roles = new Set(["button", "textbox", "searchbox", "combobox", "spinbutton", "checkbox", "listbox", "option", "tab", "link"]);
  const nameless = nodes.filter((node) => !node.ignored && roles.has(node.role?.value) && !node.name?.value);
  return nameless.map((node) => `${node.role.value} ${node.nodeId}`);
}

async function shoot(page, name, colorScheme) {
  const shots = process.env.WXCHECK_SHOTS;
  if (!shots) return;
  await page.emulateMedia({ colorScheme });
  await page.screenshot({ path: join(shots, `${name}-${colorScheme}.png`) });
}

async function until(holds, wanted) {
  const end = Date.now() + LIMIT;
  while (!holds()) {
    assert.ok(Date.now() < end, wanted);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A bot that answers users through the API, and can be broken. */
async function startBot() {
  const bot = { broken: false, answer: "success", pushes: 0, api: undefined, url: "", server: undefined };
  bot.say = (openid) => bot.api.send(openid, "text", { content: "You said: where is my order?" });
  bot.server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { searchParams } = new URL(request.url, "http://bot");
    if (request.method === "GET") return response.end(searchParams.get("echostr"));
    bot.pushes += 1;
    if (bot.broken) {
      response.writeHead(500, { "Content-Type": "text/html" });
      return response.end(`<html>${HOSTILE}</html>`);
    }
    response.end(bot.answer);
    const openid = searchParams.get("openid");
    if (openid) await bot.say(openid).catch((error) => console.log(`the bot: ${error.message}`));
  });
  bot.server.listen(0, "127.0.0.1");
  await once(bot.server, "listening");
  bot.url = `http://127.0.0.1:${bot.server.address().port}/wechat`;
  return bot;
}

/** `wxcheck serve` for the bot. */
function startPlatform(listen) {
  const arguments_ = [bot.url, "--token", TOKEN, "--mode", "safe", "--aes-key", AES_KEY, "--appid", APPID, "--listen", listen, "--control-token", CONTROL];
  if (hasStore) arguments_.push("--store", join(folder, "journal.db"));
  return serve(arguments_, folder);
}

async function run(arguments_) {
  const child = spawn(WXCHECK, arguments_, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  child.stdout.on("data", (chunk) => (text += chunk));
  child.stderr.on("data", (chunk) => (text += chunk));
  const [code] = await once(child, "close");
  return { code, text };
}
