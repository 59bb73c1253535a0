-- wrk's side of benches/load.sh: each request has a nonce and a MsgId of its own and is signed with SHA-1, in Lua. It does not
-- seal: wrk has no AES.
local bit = require("bit")
local band, bor, bxor, bnot = bit.band, bit.bor, bit.bxor, bit.bnot
local rol, shl, shr, tohex, tobit = bit.rol, bit.lshift, bit.rshift, bit.tohex, bit.tobit

local function sha1(text)
  local length = #text
  local padded = text .. "\128" .. string.rep("\0", (55 - length) % 64) .. "\0\0\0\0"
    .. string.char(band(shr(length * 8, 24), 255), band(shr(length * 8, 16), 255), band(shr(length * 8, 8), 255), band(length * 8, 255))
  local a0, b0, c0, d0, e0 = 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0
  local w = {}
  for at = 1, #padded, 64 do
    for i = 0, 15 do
      local p, q, r, s = padded:byte(at + i * 4, at + i * 4 + 3)
      w[i] = bor(shl(p, 24), shl(q, 16), shl(r, 8), s)
    end
    for i = 16, 79 do w[i] = rol(bxor(w[i - 3], w[i - 8], w[i - 14], w[i - 16]), 1) end
    local a, b, c, d, e = a0, b0, c0, d0, e0
    for i = 0, 79 do
      local f, k
      if i < 20 then f, k = bor(band(b, c), band(bnot(b), d)), 0x5A827999
      elseif i < 40 then f, k = bxor(b, c, d), 0x6ED9EBA1
      elseif i < 60 then f, k = bor(band(b, c), band(b, d), band(c, d)), 0x8F1BBCDC
      else f, k = bxor(b, c, d), 0xCA62C1D6 end
      local t = tobit(rol(a, 5) + f + e + k + w[i])
      e, d, c, b, a = d, c, rol(b, 30), a, t
    end
    a0, b0, c0, d0, e0 = tobit(a0 + a), tobit(b0 + b), tobit(c0 + c), tobit(d0 + d), tobit(e0 + e)
  end
  return tohex(a0) .. tohex(b0) .. tohex(c0) .. tohex(d0) .. tohex(e0)
end

assert(sha1("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d")

local number = 0
local token = "aTokenOfYourOwn"

function request()
  number = number + 1
  local timestamp, nonce = tostring(os.time()), tostring(1000000000 + number)
  local parts = { token, timestamp, nonce }
  table.sort(parts)
  local path = "/wechat?signature=" .. sha1(table.concat(parts)) .. "&timestamp=" .. timestamp .. "&nonce=" .. nonce
  local body = "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName><FromUserName><![CDATA[oWXCK" .. string.format("%023d", number)
    .. "]]></FromUserName><CreateTime>" .. timestamp .. "</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hello]]></Content><MsgId>"
    .. string.format("%.0f", 23893347810211482 + number) .. "</MsgId></xml>"
  return wrk.format("POST", path, { ["Content-Type"] = "text/xml" }, body)
end
