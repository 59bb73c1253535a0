-- A script for wrk that signs each push: `wrk -s sign.lua URL -- TOKEN BODY`. BODY is a file with one sealed body, for
-- Lua has no AES: each request has a nonce and two signatures of its own, and all of them the same Encrypt.
--
-- SHA-1 is written for LuaJIT: 32-bit words, no table that grows, no garbage but the strings.

local bit, ffi = require("bit"), require("ffi")
local band, bor, bxor, rol = bit.band, bit.bor, bit.bxor, bit.rol
local rshift, tobit, tohex = bit.rshift, bit.tobit, bit.tohex

local words = ffi.new("int32_t[80]")
local padded = ffi.new("uint8_t[?]", 65536)

local function sha1(text)
  local length = #text
  local blocks = rshift(length + 8, 6) + 1
  local last = blocks * 64
  ffi.copy(padded, text, length)
  padded[length] = 0x80
  for at = length + 1, last - 5 do
    padded[at] = 0
  end
  local bits = length * 8
  padded[last - 4] = band(rshift(bits, 24), 255)
  padded[last - 3] = band(rshift(bits, 16), 255)
  padded[last - 2] = band(rshift(bits, 8), 255)
  padded[last - 1] = band(bits, 255)

  local h0, h1, h2, h3, h4 =
    tobit(0x67452301), tobit(0xefcdab89), tobit(0x98badcfe), tobit(0x10325476), tobit(0xc3d2e1f0)
  for block = 0, blocks - 1 do
    local start = padded + block * 64
    for at = 0, 15 do
      local four = start + at * 4
      words[at] = bor(four[0] * 16777216, four[1] * 65536, four[2] * 256, four[3])
    end
    for at = 16, 79 do
      words[at] = rol(bxor(words[at - 3], words[at - 8], words[at - 14], words[at - 16]), 1)
    end
    local a, b, c, d, e = h0, h1, h2, h3, h4
    for at = 0, 19 do
      local new = tobit(rol(a, 5) + bxor(d, band(b, bxor(c, d))) + e + words[at] + 0x5a827999)
      a, b, c, d, e = new, a, rol(b, 30), c, d
    end
    for at = 20, 39 do
      local new = tobit(rol(a, 5) + bxor(b, c, d) + e + words[at] + 0x6ed9eba1)
      a, b, c, d, e = new, a, rol(b, 30), c, d
    end
    for at = 40, 59 do
      local new = tobit(rol(a, 5) + bor(band(b, c), band(d, bor(b, c))) + e + words[at] + 0x8f1bbcdc)
      a, b, c, d, e = new, a, rol(b, 30), c, d
    end
    for at = 60, 79 do
      local new = tobit(rol(a, 5) + bxor(b, c, d) + e + words[at] + 0xca62c1d6)
      a, b, c, d, e = new, a, rol(b, 30), c, d
    end
    h0, h1, h2, h3, h4 = tobit(h0 + a), tobit(h1 + b), tobit(h2 + c), tobit(h3 + d), tobit(h4 + e)
  end
  return tohex(h0) .. tohex(h1) .. tohex(h2) .. tohex(h3) .. tohex(h4)
end

local token, body, encrypt
local timestamp, nonce = "1795000000", 1000000000
local three, four = {}, {}

-- Each thread runs a script of its own, and has nonces of its own.
local threads = 0
function setup(thread)
  thread:set("first", 1000000000 + threads * 100000000)
  threads = threads + 1
end

function init(arguments)
  token = arguments[1]
  local file = assert(io.open(arguments[2], "r"))
  body = file:read("*a")
  file:close()
  encrypt = assert(body:match("<Encrypt><!%[CDATA%[(.-)%]%]>"), "no sealed body")
  nonce = first
  wrk.method = "POST"
  wrk.body = body
  wrk.headers["Content-Type"] = "text/xml"
end

function request()
  nonce = nonce + 1
  local shown = string.format("%d", nonce)
  three[1], three[2], three[3] = token, timestamp, shown
  table.sort(three)
  four[1], four[2], four[3], four[4] = token, timestamp, shown, encrypt
  table.sort(four)
  local path = wrk.path
    .. "?signature=" .. sha1(table.concat(three))
    .. "&timestamp=" .. timestamp
    .. "&nonce=" .. shown
    .. "&encrypt_type=aes&msg_signature=" .. sha1(table.concat(four))
  return wrk.format(nil, path)
end
