// The bot of the compose files, as the server under test.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const BOT = fileURLToPath(new URL('../../../deploy/bot.py', import.meta.url))

/** The reason why the bot cannot run here; false where it can. */
export const missing = spawnSync('python3', ['--version']).error ? 'python3 is not installed' : false

export async function startBot({ token, appid = '', secret = '', api = 'http://127.0.0.1:1' }) {
  const settings = { WECHAT_TOKEN: token, WECHAT_APPID: appid, WECHAT_SECRET: secret, WECHAT_API: api, PORT: '0' }
  const child = spawn('python3', [BOT], { env: { ...process.env, ...settings }, stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const close = async () => {
    const ended = once(child, 'close')
    child.kill()
    await ended
  }
  return { url: line.split(' ').at(-1), close }
}
