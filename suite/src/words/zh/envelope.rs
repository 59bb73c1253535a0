//! The encryption of messages and replies, in Chinese.

use crate::words::Words;

pub(super) const WORDS: &[(&str, Words)] = &[
    (
        "envelope/all-paddings",
        Words {
            summary: "服务器能解密填充长度为 1 至 32 字节的所有消息。",
            why: "多数加解密库默认按 16 字节分组去除填充，会丢失一半的消息。",
            fix: "按 32 字节分组去除 PKCS#7 填充：以最后一个字节为填充长度（1 至 32），并关闭加解密库自带的填充处理。",
        },
    ),
    (
        "envelope/texts",
        Words {
            summary: "服务器能解密任意文本的消息，包括空文本、长文本、非 ASCII 字符和 emoji。",
            why: "误把字符数当作字节数，或使用固定长度的缓冲区，会使部分用户的消息始终无法送达。",
            fix: "将长度字段按大端序解析为字节数，按字节截取消息，再按 UTF-8 解码。",
        },
    ),
    (
        "envelope/reply-sealed-in-safe-mode",
        Words {
            summary: "安全模式下，除空串和 `success` 外，服务器对所有回复加密。",
            why: "微信会丢弃明文回复，用户会看到“暂时无法提供服务”的系统提示。",
            fix: "加密回复内容，并用 Encrypt、MsgSignature、TimeStamp 和 Nonce 封装。",
        },
    ),
    (
        "envelope/reply-opens",
        Words {
            summary: "服务器的加密回复能用账号的 EncodingAESKey 解密，并带有该账号的 appid。",
            why: "微信无法读取该回复，用户会看到“暂时无法提供服务”的系统提示。",
            fix: "使用 AES-256-CBC，以密钥的前 16 字节为 IV；明文依次为 16 字节随机数、4 字节大端序长度、消息内容和 appid；按 32 字节做 PKCS#7 填充，加密后转为 Base64。",
        },
    ),
    (
        "envelope/reply-signed",
        Words {
            summary: "服务器的加密回复以其自身的 TimeStamp、Nonce 和 Encrypt 计算签名。",
            why: "微信会拒绝该回复，用户会看到“暂时无法提供服务”的系统提示。",
            fix: "MsgSignature 是将 Token、回复中的 TimeStamp 和 Nonce 以及 Encrypt 密文按字典序排序并拼接后计算的 SHA-1。注意大小写：TimeStamp。",
        },
    ),
    (
        "envelope/reply-form",
        Words {
            summary: "服务器的加密回复按 32 字节填充，不含空白字符，TimeStamp 以秒为单位。",
            why: "微信官方示例就是这样处理的；其他写法微信如何处理，文档没有说明。",
            fix: "填充到 32 字节的整数倍，Base64 不换行，毫秒时间戳除以 1000。",
        },
    ),
];
