//! Mistakes that show when an encrypted message is pushed.

use crate::diagnosis::cause::{Cause, Code, NO_CODE, words};

pub(super) static CAUSES: &[Cause] = &[
    Cause {
        id: "reads-signature",
        says: words(
            "your code compares the hash over the ciphertext with the query parameter `signature`; in safe mode it must be compared with `msg_signature`",
            "你的代码把包含密文的签名与查询参数 `signature` 比较；安全模式下应与 `msg_signature` 比较",
        ),
        fix: words(
            "read `msg_signature` for an encrypted push",
            "加密推送要读取 `msg_signature`",
        ),
        looks: words(
            "a push is accepted whose `signature` holds the value of `msg_signature`",
            "把 `msg_signature` 的值放进 `signature` 后推送被接受",
        ),
        code: Code {
            python: "msg_signature = request.args.get('msg_signature')",
            node: "const { msg_signature } = req.query",
            php: "$msg_signature = $_GET['msg_signature'];",
            java: "String msgSignature = request.getParameter(\"msg_signature\"); // Spring: @RequestParam(\"msg_signature\")",
        },
    },
    Cause {
        id: "signs-without-encrypt",
        says: words(
            "your code computes msg_signature without the ciphertext",
            "你的代码计算 msg_signature 时没有包含密文",
        ),
        fix: words(
            "sort and hash four strings: token, timestamp, nonce and the text of <Encrypt>",
            "对四个字符串排序并哈希：token、timestamp、nonce 以及 <Encrypt> 的内容",
        ),
        looks: words(
            "a push is accepted whose `msg_signature` covers three strings only",
            "`msg_signature` 只包含三个字符串时推送被接受",
        ),
        code: Code {
            python: "sign = hashlib.sha1(''.join(sorted([token, timestamp, nonce, encrypt])).encode()).hexdigest()",
            node: "sha1([token, timestamp, nonce, encrypt].sort().join(''))",
            php: "$a = [$token, $timestamp, $nonce, $encrypt]; sort($a, SORT_STRING); $sign = sha1(implode('', $a));",
            java: "String[] a = {token, timestamp, nonce, encrypt}; Arrays.sort(a); String sign = String.format(\"%040x\", new BigInteger(1, MessageDigest.getInstance(\"SHA-1\").digest(String.join(\"\", a).getBytes(StandardCharsets.UTF_8))));",
        },
    },
    Cause {
        id: "padding-16",
        says: words(
            "your code takes off at most 16 bytes of padding, and WeChat pads to blocks of 32: half of all messages fail",
            "你的代码最多只去掉 16 字节的填充，而微信按 32 字节分块填充：一半的消息会失败",
        ),
        fix: words(
            "switch the library's own unpadding off, and take off as many bytes as the last byte says, 1 to 32",
            "关闭加密库自带的去填充，按最后一个字节的值（1 到 32）去掉填充",
        ),
        looks: words(
            "pushes with 1 to 16 bytes of padding are accepted, with 17 to 32 refused",
            "填充 1 到 16 字节的推送被接受，17 到 32 字节的被拒绝",
        ),
        code: Code {
            python: "plain = decrypted[:-decrypted[-1]]",
            node: "decipher.setAutoPadding(false); plain = buf.subarray(0, buf.length - buf[buf.length - 1])",
            php: "openssl_decrypt($data, 'aes-256-cbc', $key, OPENSSL_RAW_DATA | OPENSSL_ZERO_PADDING, $iv)",
            java: "Cipher cipher = Cipher.getInstance(\"AES/CBC/NoPadding\"); … byte[] plain = Arrays.copyOf(decrypted, decrypted.length - decrypted[decrypted.length - 1]);",
        },
    },
    Cause {
        id: "padding-kept",
        says: words(
            "your code leaves the padding behind the decrypted message, so what it compares with the appid is longer than that",
            "你的代码解密后没有去掉末尾的填充，拿去与 appid 比较的内容多了填充字节",
        ),
        fix: words(
            "take off as many bytes as the last byte says (1 to 32) before anything is read",
            "解密后先按最后一个字节的值（1 到 32）去掉末尾的填充，再读取内容",
        ),
        looks: words(
            "a push is accepted that is encrypted without padding",
            "没有填充的加密推送被接受",
        ),
        code: Code {
            python: "plain = decrypted[:-decrypted[-1]]",
            node: "plain = buf.subarray(0, buf.length - buf[buf.length - 1])",
            php: "$plain = substr($decrypted, 0, -ord(substr($decrypted, -1)));",
            java: "byte[] plain = Arrays.copyOf(decrypted, decrypted.length - decrypted[decrypted.length - 1]);",
        },
    },
    Cause {
        id: "other-appid",
        says: words(
            "your code accepts the signature of an encrypted push, and then says that its appid is another one ({got}): the appid or the EncodingAESKey in your code belongs to another account",
            "你的代码接受了加密推送的签名，随后表示 appid 不一致（{got}）：代码里的 AppID 或 EncodingAESKey 是另一个账号的",
        ),
        fix: words(
            "set the appid, the Token and the EncodingAESKey in your code to those of one and the same account, as given to wxcheck",
            "把代码里的 AppID、Token、EncodingAESKey 都改成同一个账号的，并与传给 wxcheck 的一致",
        ),
        looks: words(
            "-40005 or words about the appid for an encrypted push, and another answer where the signature or the key is wrong",
            "加密推送返回 -40005 或提到 appid 的文字，而签名或密钥错误时的响应不同",
        ),
        code: NO_CODE,
    },
    Cause {
        id: "other-receiver",
        says: words(
            "your code expects {wanted} behind the decrypted message, but WeChat puts the appid there",
            "你的代码要求解密后的消息末尾是 {wanted}，而微信放的是 appid",
        ),
        fix: words(
            "compare what stands behind the message with the appid (wx…)",
            "把消息末尾的内容与 appid（wx…）比较",
        ),
        looks: words(
            "a push is accepted that ends in something else than the appid",
            "末尾不是 appid 的推送被接受",
        ),
        code: NO_CODE,
    },
    Cause {
        id: "key-not-decoded",
        says: words(
            "your code uses the EncodingAESKey as it is written, without Base64 decoding",
            "你的代码直接使用 EncodingAESKey 的文本作为密钥，没有做 Base64 解码",
        ),
        fix: words(
            "decode it first: 43 characters and one `=` give the 32 bytes of the key; its first 16 bytes are the IV",
            "先解码：43 个字符加一个 `=`，得到 32 字节密钥，前 16 字节是 IV",
        ),
        looks: words(
            "a push is accepted that is encrypted with the letters of the key",
            "用密钥文本加密的推送被接受",
        ),
        code: Code {
            python: "key = base64.b64decode(encoding_aes_key + '='); iv = key[:16]",
            node: "const key = Buffer.from(encodingAESKey + '=', 'base64'); const iv = key.subarray(0, 16)",
            php: "$key = base64_decode($encodingAesKey . '='); $iv = substr($key, 0, 16);",
            java: "byte[] key = Base64.getDecoder().decode(encodingAesKey + \"=\"); IvParameterSpec iv = new IvParameterSpec(key, 0, 16);",
        },
    },
    Cause {
        id: "cannot-open",
        says: words(
            "your code accepts the signature of an encrypted push, but does not take it: the EncodingAESKey in your code differs, or is decoded without its `=`, or the AppID that your code expects is another one",
            "你的代码接受了加密推送的签名，但没有接受该推送：代码里的 EncodingAESKey 与配置的不一致，或解码时没有补 `=`，或代码里的 AppID 是另一个",
        ),
        fix: words(
            "copy the EncodingAESKey again (43 characters), decode it with one `=` behind, and use AES-256-CBC with its first 16 bytes as IV; compare the AppID (wx…) too",
            "重新复制 EncodingAESKey（43 个字符），补一个 `=` 后解码，用 AES-256-CBC，前 16 字节作 IV；并核对 AppID（wx…）",
        ),
        looks: words(
            "an encrypted push with the right signature is refused in another way than one with a wrong signature",
            "签名正确的加密推送与签名错误的响应不同，但都没有被接受",
        ),
        code: Code {
            python: "key = base64.b64decode(encoding_aes_key + '='); iv = key[:16]",
            node: "const key = Buffer.from(encodingAESKey + '=', 'base64'); const iv = key.subarray(0, 16)",
            php: "$key = base64_decode($encodingAesKey . '='); $iv = substr($key, 0, 16);",
            java: "byte[] key = Base64.getDecoder().decode(encodingAesKey + \"=\"); IvParameterSpec iv = new IvParameterSpec(key, 0, 16);",
        },
    },
    Cause {
        id: "order-case",
        says: words(
            "your code sorts the four strings of msg_signature without regard to upper and lower case, or by the rules of a language, so a part of all encrypted pushes is refused",
            "你的代码对 msg_signature 的四个字符串排序时忽略大小写，或按语言规则排序，因此一部分加密推送会被拒绝",
        ),
        fix: words(
            "sort by bytes: sorted([...]) without key=str.lower (Python), .sort() without localeCompare (JavaScript), sort($a, SORT_STRING) without SORT_FLAG_CASE (PHP), StringComparer.Ordinal (C#)",
            "按字节序排序：Python 用 sorted([...])，不要加 key=str.lower；JavaScript 用 .sort()，不要用 localeCompare；PHP 用 sort($a, SORT_STRING)，不要加 SORT_FLAG_CASE；C# 用 StringComparer.Ordinal",
        ),
        looks: words(
            "some encrypted pushes are refused, and accepted with a msg_signature that is sorted without case",
            "部分加密推送被拒绝，而按不区分大小写的顺序签名后被接受",
        ),
        code: Code {
            python: "sign = hashlib.sha1(''.join(sorted([token, timestamp, nonce, encrypt])).encode()).hexdigest()",
            node: "sha1([token, timestamp, nonce, encrypt].sort().join(''))",
            php: "$a = [$token, $timestamp, $nonce, $encrypt]; sort($a, SORT_STRING); $sign = sha1(implode('', $a));",
            java: "String[] a = {token, timestamp, nonce, encrypt}; Arrays.sort(a); String sign = String.format(\"%040x\", new BigInteger(1, MessageDigest.getInstance(\"SHA-1\").digest(String.join(\"\", a).getBytes(StandardCharsets.UTF_8))));",
        },
    },
];
