// `wxcheck serve` as a process of its own, and what a bot asks of its API.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** The program that is tried. */
export const WXCHECK = process.env.WXCHECK ?? "wxcheck";

/** `wxcheck serve` in that folder, once it says where it listens. */
export async function serve(arguments_, folder) {
  const child = spawn(WXCHECK, ["serve", ...arguments_], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    const base = /(?:base URL|基础 URL)\s+(\S+)/.exec(line)?.[1];
    if (!base) continue;
    child.stdout.resume();
    const stop = async () => {
      child.kill("SIGTERM");
      assert.equal((await ended)[0], 0, "serve ends with 0");
    };
    return { base, stop };
  }
  throw new Error("wxcheck serve did not start");
}

/** The API of a platform, as the server of an app calls it. */
export class Api {
  constructor(base, appid) {
    this.base = base;
    this.appid = appid;
  }

  /** An access token, which is kept as a good server keeps it. */
  async token() {
    this.kept ??= (await (await fetch(`${this.base}/cgi-bin/token?grant_type=client_credential&appid=${this.appid}&secret=s`)).json()).access_token;
    return this.kept;
  }

  /** Sends a message of customer service: `send("oAlice", "text", { content: "hi" })`. */
  async send(openid, msgtype, content) {
    const body = JSON.stringify({ touser: openid, msgtype, [msgtype]: content });
    const sent = await fetch(`${this.base}/cgi-bin/message/custom/send?access_token=${await this.token()}`, { method: "POST", body });
    return sent.json();
  }

  /** The media_id of an upload. */
  async upload(type, bytes, contentType) {
    const form = new FormData();
    form.set("media", new Blob([bytes], { type: contentType }), `upload.${contentType.split("/")[1]}`);
    const uploaded = await fetch(`${this.base}/cgi-bin/media/upload?type=${type}&access_token=${await this.token()}`, { method: "POST", body: form });
    return (await uploaded.json()).media_id;
  }
}
