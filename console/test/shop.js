// A shop's official account, for pictures of the page: what a user asks for is answered with each kind of message.

import { createServer } from "node:http";
import { once } from "node:events";

import { png } from "./png.js";

export const APPID = "wx0123456789abcdef";
export const OPENID = "oAlice";

const WORDS = {
  en: {
    ask: "Where is my order?",
    answer: "It left Shenzhen this morning and comes tomorrow. Here is what you ordered:",
    article: { title: "New in autumn: mooncakes without sugar", description: "Three kinds, from the bakery in Nanshan. Order until Sunday.", url: "https://shop.example.com/autumn", picurl: "https://shop.example.com/autumn.jpg" },
    menu: { head_content: "Did this help?", list: [{ id: "101", content: "Yes" }, { id: "102", content: "No, I want to speak to somebody" }], tail_content: "Thank you for your visit." },
    card: "Track the order",
    yes: "Yes",
    buttons: ["Shop", "My orders", "Help"],
  },
  zh: {
    ask: "我的订单到哪了？",
    answer: "今天上午已从深圳发出，预计明天送达。您购买的商品：",
    article: { title: "秋季新品：无糖月饼", description: "南山店现烤，共三种口味，周日前可预订。", url: "https://shop.example.com/autumn", picurl: "https://shop.example.com/autumn.jpg" },
    menu: { head_content: "以上回答有帮助吗？", list: [{ id: "101", content: "有帮助" }, { id: "102", content: "没有，转人工客服" }], tail_content: "感谢您的光临。" },
    card: "查看物流",
    yes: "有帮助",
    buttons: ["商城", "我的订单", "帮助"],
  },
};

/** The server of the account: a passive reply to what it knows, and messages of customer service besides. */
export async function openShop(language) {
  const words = WORDS[language];
  const shop = { words, api: undefined, url: "" };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { searchParams } = new URL(request.url, "http://shop");
    if (request.method === "GET") return response.end(searchParams.get("echostr"));
    const asked = Buffer.concat(chunks).toString();
    response.end("success");
    if (asked.includes(words.ask)) await answer(shop, searchParams.get("openid") ?? OPENID);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  shop.url = `http://127.0.0.1:${server.address().port}/wechat`;
  shop.close = () => server.close();
  return shop;
}

async function answer({ api, words }, openid) {
  const media_id = await api.upload("image", parcel(), "image/png");
  await api.send(openid, "text", { content: words.answer });
  await api.send(openid, "image", { media_id });
  await api.send(openid, "news", { articles: [words.article] });
  await api.send(openid, "miniprogrampage", { title: words.card, appid: APPID, pagepath: "pages/order/index?id=7", thumb_media_id: media_id });
  await api.send(openid, "msgmenu", words.menu);
}

/** A menu of buttons at the foot of the chat. */
export function menuOf({ words }) {
  const [shop, orders, help] = words.buttons;
  return { button: [{ name: shop, type: "view", url: "https://shop.example.com" }, { name: orders, type: "click", key: "ORDERS" }, { name: help, type: "click", key: "HELP" }] };
}

/** A parcel with a ribbon, drawn. */
function parcel() {
  return png(240, 150, (x, y) => {
    const isRibbon = Math.abs(x - 120) < 12 || Math.abs(y - 80) < 9;
    const isParcel = x > 50 && x < 190 && y > 35 && y < 130;
    if (!isParcel) return [236, 240, 238];
    return isRibbon ? [7, 130, 63] : [206, 160, 104];
  });
}
