// A walk through an HTML report in a real browser.
//
//     node console/test/report.js FILE
//
// Ends with 0 if the page did what it should, with 3 where there is no Chromium. The file is a report of a server that
// answers with hostile bytes. WXCHECK_SHOTS names a folder for pictures in two widths, light and dark.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { chromium as browsers } from "playwright-core";

import { chromium } from "./chromium.js";

const WIDTHS = [380, 1400];
/** The patience for a page on a machine that has other work, in milliseconds. */
const LIMIT = 120_000;
/** What no report holds: it would turn, hide or end what people read. */
const ACTS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/;

const executablePath = chromium();
if (!executablePath) {
  console.log("no Chromium: install the package chromium, or name one in WXCHECK_CHROMIUM");
  process.exit(3);
}
const address = pathToFileURL(resolve(process.argv[2])).href;
const browser = await browsers.launch({ executablePath, args: ["--no-sandbox"], timeout: LIMIT });
try {
  for (const colorScheme of ["light", "dark"]) await walk(colorScheme);
} finally {
  await browser.close();
}
console.log("the report did as it should");

async function walk(colorScheme) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, locale: "en-US", colorScheme });
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT);
  const requests = [];
  const complaints = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("dialog", (dialog) => { complaints.push(dialog.message()); dialog.dismiss(); });
  await page.goto(address);

  await nothingActs(page);
  await everythingIsShown(page);
  await fits(page, colorScheme);
  await speaksBoth(page);
  await paints(page, colorScheme);
  await filters(page);
  await isReachable(page);
  await leads(page);

  assert.deepEqual([...new Set(requests)], [address], "nothing but the page itself, which is loaded anew, is asked for");
  assert.deepEqual(complaints, [], "nothing is complained of");
  await context.close();
}

/** No script of the target ran, and no element of it is there. */
async function nothingActs(page) {
  const seen = await page.evaluate(() => ({
    hacked: window.hacked,
    scripts: document.scripts.length,
    styles: document.styleSheets.length,
    foreign: document.querySelectorAll("img, iframe, object, embed, link, base, form[action], [style], textarea, video, main a:not([href^='#'])").length,
    handlers: [...document.querySelectorAll("*")].flatMap((one) => one.getAttributeNames()).filter((name) => name.startsWith("on")),
    text: document.documentElement.textContent,
  }));
  assert.equal(seen.hacked, undefined);
  assert.equal(seen.scripts, 1);
  assert.equal(seen.styles, 1);
  assert.equal(seen.foreign, 0);
  assert.deepEqual(seen.handlers, []);
  assert.doesNotMatch(seen.text, ACTS);
}

/** What the target sent stands there, to be read. */
async function everythingIsShown(page) {
  const bodies = await page.locator(".exchange pre").allTextContents();
  const shown = bodies.join("\n");
  for (const part of ["<script>window.hacked=1</script>", "onerror=", "</style>", "\\u{0}", "\\u{202e}", "\ufffd", "<!--"]) {
    assert.ok(shown.includes(part), `no ${part} in ${shown}`);
  }
  const escapes = await page.locator(".exchange pre .esc").count();
  assert.ok(escapes > 0, "escapes are set apart");
  const drawn = await page.locator(".finding[open] .lane svg").first().boundingBox();
  assert.ok(drawn.width > 100, "the timeline is drawn");
  assert.ok(await page.locator(".histogram line.limit").count() === 1, "the limit is marked");
}

/** Nothing is wider than the page. */
async function fits(page, scheme) {
  const folder = process.env.WXCHECK_SHOTS;
  await page.click('[data-act="open"]');
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const lang of ["en", "zh"]) {
      if (await page.evaluate(() => document.documentElement.dataset.lang) !== lang) await page.click('[data-act="lang"]');
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} of ${width} pixels in ${lang}`);
      if (!folder) continue;
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: join(folder, `${width}-${scheme}-${lang}.png`), fullPage: true });
    }
    await page.click('[data-act="lang"]');
  }
  await page.setViewportSize({ width: 1400, height: 900 });
}

async function speaksBoth(page) {
  const title = page.locator("#rules h2");
  const words = async () => (await title.innerText()).replace(/\d+/, "").trim();
  assert.equal(await words(), "Rules");
  await page.click('[data-act="lang"]');
  assert.equal(await words(), "规则");
  assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-CN");
  await page.reload();
  assert.equal(await words(), "规则", "the choice is remembered");
  await page.click('[data-act="lang"]');
  assert.equal(await words(), "Rules");
}

async function paints(page, scheme) {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = (color) => Number(color.match(/\d+/)[0]) > 128;
  assert.equal(light(await ground()), scheme === "light", "as the system has it");
  await page.click('[data-act="theme"]');
  assert.equal(light(await ground()), scheme === "dark", "the other one");
  await page.click('[data-act="theme"]');
  assert.equal(light(await ground()), scheme === "light");
}

async function filters(page) {
  const shown = page.locator("#rules tbody tr:visible");
  const all = await shown.count();
  assert.ok(all > 3, `${all} rules`);
  await page.fill('.filter input', "REPLY/  status-200");
  const found = await shown.allTextContents();
  assert.ok(found.length > 0 && found.length < all && found.every((text) => text.includes("reply/") && text.includes("status-200")));
  await page.fill('.filter input', "no rule is like that");
  assert.equal(await shown.count(), 0);
  assert.ok(await page.locator('[data-says="nothing"]').isVisible());
  await page.fill('.filter input', "");
  const failed = page.locator('.filter [data-verdict="failed"]');
  await failed.click();
  const verdicts = await shown.evaluateAll((rows) => rows.map((row) => row.dataset.verdict));
  assert.ok(verdicts.length > 0 && verdicts.length < all && verdicts.every((verdict) => verdict === "failed"));
  await failed.click();
  await page.click('.filter [data-level="must"]');
  const levels = await shown.evaluateAll((rows) => rows.map((row) => row.dataset.level));
  assert.ok(levels.length > 0 && levels.length < all && levels.every((level) => level === "must"));
  await page.click('.filter [data-level="must"]');
  assert.equal(await shown.count(), all);
}

/** The keyboard alone gets everywhere and sets everything. */
async function isReachable(page) {
  await page.reload();
  const reached = new Set();
  for (let presses = 0; presses < 800; presses++) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const one = document.activeElement;
      return one === document.body ? "" : one.dataset.act ?? (one.matches(".cell") ? "cell" : one.matches("summary") ? "finding" : one.closest(".chips") ? "chip" : one.matches("input") ? "words" : one.matches("pre") ? "body" : "");
    });
    if (name) reached.add(name);
    if (name === "chip") break;
  }
  for (const name of ["lang", "theme", "cell", "finding", "copy", "body", "words", "chip"]) assert.ok(reached.has(name), `${name} of ${[...reached]}`);
  await reachesARule(page);
  const before = await page.locator("#rules tbody tr:visible").count();
  await page.keyboard.press("Enter");
  assert.notEqual(await page.locator("#rules tbody tr:visible").count(), before, "a chip is pressed by a key");
  await page.keyboard.press("Enter");
  const first = page.locator("details.finding").first();
  const isOpen = () => first.evaluate((one) => one.open);
  const was = await isOpen();
  await first.locator("summary").focus();
  await page.keyboard.press("Enter");
  assert.notEqual(await isOpen(), was, "a finding is opened by a key");
}

/** A mark of the summary has the name of its rule, and leads to it by a key. */
async function reachesARule(page) {
  const focused = page.locator(":focus");
  const chip = await focused.elementHandle();
  const cell = page.locator(".cell").first();
  assert.match(await cell.innerText(), /^[a-z-]+\/[a-z0-9-]+: [a-z]+$/, "a mark has a name");
  await cell.focus();
  await page.keyboard.press("Enter");
  assert.equal(new URL(page.url()).hash, await cell.getAttribute("href"), "a mark leads to its rule by a key");
  await chip.focus();
}

/** A link from the table opens the finding. */
async function leads(page) {
  await page.click('[data-act="close"]');
  const link = page.locator("#rules .seen a").first();
  const goal = (await link.getAttribute("href")).slice(1);
  await link.click();
  // The page hears of the new place behind the click.
  await page.waitForFunction((id) => document.getElementById(id).open, goal);
}
