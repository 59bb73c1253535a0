// Takes the pictures of the page for the books: the chat of a shop's user, in both languages.
//
//     WXCHECK=target/debug/wxcheck node console/test/picture.js docs/en/src/page.png docs/zh/src/page.png
//
// With WXCHECK_SHOTS, a folder, it takes it in three widths, light and dark, instead.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium as browsers } from "playwright-core";

import { chromium } from "./chromium.js";
import { Api, serve } from "./served.js";
import { APPID, menuOf, OPENID, openShop } from "./shop.js";
import { smaller } from "./smaller.js";

const LOCALES = { en: "en-US", zh: "zh-CN" };
const SIZE = { width: 1280, height: 760 };
const WIDTHS = [[390, 844], [1024, 768], [1600, 900]];

const executablePath = chromium();
if (!executablePath) {
  console.error("no Chromium: install the package chromium, or name one in WXCHECK_CHROMIUM");
  process.exit(3);
}
const files = process.argv.slice(2);
const browser = await browsers.launch({ executablePath, args: ["--no-sandbox", "--force-color-profile=srgb", "--disable-lcd-text"] });
try {
  for (const [at, language] of Object.keys(LOCALES).entries()) await take(language, files[at]);
} finally {
  await browser.close();
}

async function take(language, file) {
  const folder = mkdtempSync(join(tmpdir(), "wxcheck-picture-"));
  const shop = await openShop(language);
  const served = await serve([shop.url, "--token", "Zq7Xw2Vn9Kt4Rb6", "--appid", APPID, "--account", "official", "--listen", "127.0.0.1:0"], folder);
  shop.api = new Api(served.base, APPID);
  try {
    const context = await browser.newContext({ viewport: SIZE, locale: LOCALES[language], colorScheme: "light" });
    const page = await context.newPage();
    await tell(page, served.base, shop);
    const shots = process.env.WXCHECK_SHOTS;
    if (shots) await takeAll(page, join(shots, language));
    else writeFileSync(file, smaller(await page.screenshot()));
  } finally {
    await served.stop();
    shop.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One question, all the answers to it, and a line of the menu that is tapped. */
async function tell(page, base, { words }) {
  const control = (method, path, body) => fetch(`${base}/_wxcheck/apps/${APPID}/${path}`, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  await control("PUT", "menu", menuOf({ words }));
  await control("PUT", `users/${OPENID}`, {});
  await page.goto(`${base}/_wxcheck/ui/`);
  await page.locator(".live[data-state=live]").waitFor();
  await page.locator("wx-chat textarea").fill(words.ask);
  await page.locator("wx-chat textarea").press("Enter");
  await page.locator(".bubble .menu button").first().click();
  await page.locator(".line.user").nth(1).waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll(".medium img")].every(({ naturalWidth }) => naturalWidth > 0));
  await page.locator(".row.pushes.good").first().click();
  await page.locator('wx-exchange [data-part="calls"]').click();
  await page.locator(".call-list li").first().waitFor();
}

async function takeAll(page, prefix) {
  for (const [width, height] of WIDTHS) {
    await page.setViewportSize({ width, height });
    for (const part of ["chats", "wire", "exchange"]) {
      await page.evaluate((part) => document.querySelector(`nav [data-part=${part}]`).click(), part);
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: `${prefix}-${width}-${part}-${colorScheme}.png` });
      }
    }
  }
}
