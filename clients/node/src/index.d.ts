/** A refusal of the control API, or a program that did not start. */
export class WxcheckError extends Error {}

export interface PlatformOptions {
  /** mini, official, minigame, … as `wxcheck serve --account` takes it. */
  account?: string
  mode?: 'plain' | 'compat' | 'safe'
  format?: 'xml' | 'json'
  /** Further options for `wxcheck serve`. */
  options?: string[]
}

/** One delivery of a push. */
export interface Delivery {
  status?: number
  millis?: number
  /** The reason for no answer. */
  silence?: string | null
  body?: { text: string; bytes: number; truncated: boolean } | string | null
  opened?: { text: string; bytes: number } | null
}

/** The end of a push. */
export interface Outcome {
  /** `acknowledged`, `refused`, `given-up` or `held`; empty where nothing was pushed. */
  outcome: string
  acknowledged: boolean
  deliveries: Delivery[]
  /** The record of the journal: the request as sent, and each answer opened. */
  record?: Record<string, unknown>
  /** The body of the last answer, in plain text also in safe mode. */
  reply?: string
  /** The notice that WeChat shows to the user once it has given up. */
  userSees?: string
}

/** A message that the server sent to a user. */
export interface Message {
  number: number
  at: number
  fate: string
  path?: string
  openid: string
  message: Record<string, any>
}

/** A platform with one app. Give your server `baseUrl` for https://api.weixin.qq.com, and the credentials. */
export class Platform {
  constructor(options?: PlatformOptions)
  readonly baseUrl: string
  readonly appid: string
  readonly secret: string
  readonly token: string
  readonly aesKey: string
  start(): Promise<this>
  close(): Promise<void>
  connect(url: string, options?: { verify?: boolean }): Promise<void>
  reset(): Promise<void>
  sendText(content: string, openid?: string): Promise<Outcome>
  act(act: { act: string; [field: string]: unknown }, openid?: string): Promise<Outcome>
  push(name: string, fields?: Record<string, unknown>, openid?: string): Promise<Outcome>
  messages(openid?: string, options?: { count?: number; timeout?: number }): Promise<Message[]>
  chat(openid?: string): Promise<Record<string, any>[]>
  fail(endpoint: string, fault: string | Record<string, unknown>, options?: { times?: number }): Promise<void>
  revokeTokens(): Promise<void>
  advance(by: string): Promise<void>
  control(method: string, path: string, body?: unknown): Promise<any>
}

export function startPlatform(options?: PlatformOptions): Promise<Platform>

export interface ConformanceOptions {
  /** The callback URL, or a function that gives it once the server runs. */
  url: string | (() => string | Promise<string>)
  /** Only these rules: ids, areas, or either with `*`. */
  only?: string[]
  /** Fail on a Should, on flaky and on inconclusive verdicts too. */
  strict?: boolean
  /** Further options for `wxcheck check`. */
  options?: string[]
  /** Variables for it, like WXCHECK_TOKEN. */
  env?: Record<string, string>
}

/** Declares one test for each rule; `test` is that of node:test or of vitest. */
export function conformance(test: (...arguments_: any[]) => unknown, options: ConformanceOptions): Promise<void>
