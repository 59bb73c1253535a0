//! `wxcheck open`: how a sealed message is opened, step by step, and at which step it fails and why.

use anyhow::Result;
use wxcheck_protocol::{
    aes_key::EncodingAesKey,
    envelope::{self, OpenError},
    limits::PADDING_BLOCK,
    signature::Signing,
};
use wxcheck_settings::{Origins, Settings, doctor::STRAY_BITS};
use wxcheck_suite::{doctor::Bilingual, words::sentence};

use crate::{
    cli::OpenArgs,
    exit::Exit,
    language::{Language, told},
    pasted::{self, NoEncrypt, Query, Steps},
    screen, settings,
};

/// The title of the steps, in English and in Chinese.
const TITLE: (&str, &str) = ("opening Encrypt", "解密 Encrypt");
/// The most that is shown of a message, in characters.
const SHOWN: usize = 4000;

pub(crate) fn run(args: &OpenArgs, origins: Origins, lang: Language) -> Result<Exit> {
    let settings = settings::whole(args.settings(origins))?;
    let key = settings.key_given()?;
    let body = pasted::read(&args.body)?;
    let encrypt = match pasted::encrypt_of(&body) {
        Ok(encrypt) => encrypt,
        Err(NoEncrypt::Unreadable { format, error }) => {
            screen::show(&pasted::page(
                &settings,
                &unreadable(&body, format, &error, lang),
            ));
            return Ok(Exit::Broken);
        }
        Err(none) => return Err(none.of_usage()),
    };
    let query = args.query.as_deref().map(Query::of);
    let signed = query.and_then(|query| is_signed(&settings, &query, &encrypt));
    let appid = settings.target.appid.clone();
    let sealed = Sealed {
        key: &key,
        encrypt: &encrypt,
        appid: appid.as_deref(),
        signed,
    };
    let (text, exit) = sealed.explain(lang);
    screen::show(&pasted::page(&settings, &text));
    Ok(exit)
}

/// The only step of a body that is neither XML nor JSON to its end, and the reason why it fails.
fn unreadable(body: &str, format: &str, error: &Bilingual, lang: Language) -> String {
    let bytes = body.len();
    let mut steps = Steps::below(lang.of(TITLE.0, TITLE.1), lang);
    steps.step(
        ("body", "请求体"),
        told!(lang, "{bytes} bytes of {format}", "{format}，{bytes} 字节"),
    );
    steps.more(("fails here", "在此失败"), error.text(lang));
    steps.end(told!(
        lang,
        "  The body is not whole, or was changed on its way: take all of it, as it was received, as many bytes as Content-Length says.",
        "  请求体不完整，或在途中被改动过：请原样取全部内容，字节数应与 Content-Length 一致。"
    ));
    steps.text
}

/// True if the query's msg_signature is that of the ciphertext; nothing where either or the Token is not known.
fn is_signed(settings: &Settings, query: &Query, encrypt: &str) -> Option<bool> {
    let token = settings.target.token.as_deref()?;
    let signing = Signing::of(vec![
        ("Token", token),
        ("timestamp", query.get("timestamp")?),
        ("nonce", query.get("nonce")?),
        ("Encrypt", encrypt),
    ]);
    Some(query.get("msg_signature")? == signing.sha1())
}

/// A sealed message, with what is known about it.
struct Sealed<'a> {
    key: &'a EncodingAesKey,
    encrypt: &'a str,
    /// The appid that it should be for.
    appid: Option<&'a str>,
    /// The ciphertext is what was signed.
    signed: Option<bool>,
}

impl Sealed<'_> {
    /// The steps as far as they go, and whether the message opens.
    fn explain(&self, lang: Language) -> (String, Exit) {
        let mut steps = Steps::below(lang.of(TITLE.0, TITLE.1), lang);
        match self.signed {
            Some(true) => steps.step(
                ("msg_signature", "msg_signature"),
                lang.of(
                    "right: the ciphertext is as it was sent",
                    "正确：密文与发送时一致",
                ),
            ),
            Some(false) => steps.step(
                ("msg_signature", "msg_signature"),
                lang.of(
                    "wrong: the Token is another one, or the ciphertext was changed",
                    "错误：Token 不同，或密文被改动过",
                ),
            ),
            None => {}
        }
        self.show_key(&mut steps);
        match self.steps(&mut steps) {
            Ok(exit) => (steps.text, exit),
            Err(failed) => {
                let error = sentence(&failed.error.to_string(), lang);
                steps.more(("fails here", "在此失败"), error);
                steps.end(format!("  {}", self.reason(&failed, lang)));
                (steps.text, Exit::Broken)
            }
        }
    }

    fn show_key(&self, steps: &mut Steps) {
        steps.step(
            ("key", "密钥"),
            steps.lang.of(
                "Base64 of the EncodingAESKey and `=`: 32 bytes; the IV is the first 16 of them",
                "EncodingAESKey 加 `=` 后做 Base64 解码：32 字节；IV 是其中前 16 字节",
            ),
        );
        if self.key.has_stray_bits() {
            let (english, chinese) = STRAY_BITS;
            steps.more(("", ""), steps.lang.of(english, chinese));
        }
    }

    fn steps(&self, steps: &mut Steps) -> Result<Exit, Failed> {
        let lang = steps.lang;
        let letters = self.encrypt.len();
        steps.step(
            ("Base64", "Base64"),
            told!(
                lang,
                "{letters} letters of Encrypt",
                "Encrypt 共 {letters} 个字符"
            ),
        );
        let mut frame = envelope::decrypt(self.key, self.encrypt).map_err(Failed::at_once)?;
        let bytes = frame.len();
        steps.more(
            ("", ""),
            told!(lang, "{bytes} bytes of ciphertext", "密文 {bytes} 字节"),
        );
        steps.step(
            ("AES-256-CBC", "AES-256-CBC"),
            told!(
                lang,
                "decrypted without padding: {bytes} bytes",
                "不带填充解密：{bytes} 字节"
            ),
        );
        let whole = frame.clone();
        let failed = |error| Failed {
            error,
            frame: whole.clone(),
        };
        let last = frame.last().copied().unwrap_or_default();
        steps.step(
            ("padding", "填充"),
            told!(
                lang,
                "the last byte says {last}; PKCS#7 to a multiple of {PADDING_BLOCK}",
                "最后一个字节为 {last}；PKCS#7，填充到 {PADDING_BLOCK} 的倍数"
            ),
        );
        let padding = envelope::unpad(&mut frame).map_err(failed)?;
        if !whole.len().is_multiple_of(PADDING_BLOCK) {
            steps.more(
                ("", ""),
                lang.of(
                    "padded to 16: it opens, but WeChat pads to 32",
                    "填充到了 16：能解密，但微信填充到 32",
                ),
            );
        }
        let left = frame.len();
        steps.more(
            ("", ""),
            told!(
                lang,
                "{padding} bytes taken away, {left} left",
                "去掉 {padding} 字节，剩下 {left} 字节"
            ),
        );
        let Some((random, rest)) = frame.split_first_chunk::<16>() else {
            return Err(failed(OpenError::TooShort { len: left }));
        };
        steps.step(("random", "随机串"), pasted::visible(random));
        if let Some((length, _)) = rest.split_first_chunk::<4>() {
            let declared = u32::from_be_bytes(*length);
            steps.step(
                ("length", "长度"),
                told!(
                    lang,
                    "4 bytes, big-endian: {declared}",
                    "4 字节，大端序：{declared}"
                ),
            );
        }
        let (message, appid) = envelope::split(rest).map_err(failed)?;
        let text = String::from_utf8_lossy(message);
        let mut shown: String = text.chars().take(SHOWN).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        steps.step(("message", "消息"), shown);
        let appid = String::from_utf8_lossy(appid).into_owned();
        steps.step(("appid", "appid"), &appid);
        match self.appid {
            Some(wanted) if wanted != appid => {
                Err(failed(OpenError::ForeignAppid { found: appid }))
            }
            Some(_) => {
                steps.end(lang.of("  It opens, for this appid.", "  解密成功，appid 正确。"));
                Ok(Exit::Fine)
            }
            None => {
                steps.end(lang.of(
                    "  It opens; whether the appid is yours, --appid would tell.",
                    "  解密成功；给出 --appid 可以核对 appid。",
                ));
                Ok(Exit::Fine)
            }
        }
    }

    /// The reason for a failure, in words about what to do.
    fn reason(&self, failed: &Failed, lang: Language) -> String {
        match &failed.error {
            OpenError::NotBase64 if self.encrypt.contains(' ') => told!(
                lang,
                "There are spaces in it where Base64 has `+`: the body was read as a form. Read it raw.",
                "其中有空格，而 Base64 应为 `+`：请求体被当作表单解码了。请读取原始请求体。"
            ),
            OpenError::NotBase64 if self.encrypt.contains('%') => told!(
                lang,
                "It is percent-encoded: decode it once, or read the body raw.",
                "它经过了 URL 编码：请先解码一次，或读取原始请求体。"
            ),
            OpenError::Empty | OpenError::NotBase64 => told!(
                lang,
                "It is not the whole Encrypt of a push: take the text between its tags, with every `=` at the end.",
                "这不是完整的 Encrypt：请取标签之间的全部文本，包括末尾的 `=`。"
            ),
            OpenError::NotBlocks { .. } => told!(
                lang,
                "A part of it is missing: AES has blocks of 16 bytes.",
                "内容不完整：AES 以 16 字节为一块。"
            ),
            OpenError::ForeignAppid { found } => told!(
                lang,
                "The key is right, and the message is for `{found}`: give that appid, or find out who sends you another account's pushes.",
                "密钥正确，但消息属于 `{found}`：请给出该 appid，或查明为什么收到了别的账号的推送。"
            ),
            OpenError::Padding { .. } if failed.is_readable() => told!(
                lang,
                "The key is right, for the length and what follows can be read; the sender did not pad with PKCS#7.",
                "密钥正确，因为长度和后面的内容可以读出；是发送方没有按 PKCS#7 填充。"
            ),
            OpenError::Length { .. } | OpenError::TooShort { .. } => told!(
                lang,
                "The padding is right, so the key is too: the sender wrote another form. In front of the message stand sixteen random bytes and its length in bytes, big-endian.",
                "填充正确，说明密钥也正确：是发送方的格式不对。消息前面应有 16 字节随机串和以字节计的长度（大端序）。"
            ),
            OpenError::Padding { .. } if self.signed == Some(true) => told!(
                lang,
                "The ciphertext is as it was signed, so the EncodingAESKey is not the one it was sealed with. Compare it with the admin page: a new one takes effect at once.",
                "密文与签名一致，因此 EncodingAESKey 不是加密时用的那一个。请与微信后台核对：新密钥会立即生效。"
            ),
            OpenError::Padding { .. } => told!(
                lang,
                "What comes out is noise: the EncodingAESKey is not the one it was sealed with, or the ciphertext was changed. With --query and --token, msg_signature tells which.",
                "解出的内容是乱码：EncodingAESKey 不是加密时用的那一个，或密文被改动过。给出 --query 和 --token 后，可由 msg_signature 判断是哪一种。"
            ),
        }
    }
}

/// A step that failed, with what AES had made of the ciphertext.
struct Failed {
    error: OpenError,
    frame: Vec<u8>,
}

impl Failed {
    const fn at_once(error: OpenError) -> Self {
        let frame = Vec::new();
        Self { error, frame }
    }

    /// True if the decrypted bytes have the form of a message: noise has not.
    fn is_readable(&self) -> bool {
        let rest = self.frame.get(16..).unwrap_or_default();
        let split = envelope::split(rest).ok();
        split
            .is_some_and(|(message, _)| !message.is_empty() && std::str::from_utf8(message).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use wxcheck_fixtures::{ENVELOPES, REJECTED};

    use super::*;

    fn vectors(text: &str) -> Vec<Value> {
        serde_json::from_str(text).unwrap()
    }

    fn of<'a>(vector: &'a Value, name: &str) -> &'a str {
        vector[name].as_str().unwrap_or_default()
    }

    fn explained(vector: &Value, key: &str, encrypt: &str, lang: Language) -> (String, Exit) {
        let key = EncodingAesKey::parse(key).unwrap();
        let sealed = Sealed {
            key: &key,
            encrypt,
            appid: Some(of(vector, "appid")),
            signed: None,
        };
        sealed.explain(lang)
    }

    #[test]
    fn each_known_envelope_opens_with_its_random_bytes_length_and_padding() {
        for vector in vectors(ENVELOPES) {
            let key = of(&vector, "encoding_aes_key");
            for lang in [Language::English, Language::Chinese] {
                let (text, exit) = explained(&vector, key, of(&vector, "encrypt"), lang);
                assert_eq!(exit, Exit::Fine, "{text}");
                assert!(!text.contains(key), "{text}");
                let bytes = &vector["bytes"];
                for said in [
                    of(&vector, "random").to_owned(),
                    bytes["message"].to_string(),
                    bytes["sealed"].to_string(),
                    bytes["padding"].to_string(),
                ] {
                    assert!(text.contains(&said), "{said}: {text}");
                }
            }
        }
    }

    #[test]
    fn what_does_not_open_fails_at_its_step() {
        let mut seen = 0;
        for vector in vectors(REJECTED) {
            let key = of(&vector, "encoding_aes_key");
            let kind = vector["fault"]["kind"].as_str().unwrap_or_default();
            let (text, exit) = explained(&vector, key, of(&vector, "encrypt"), Language::English);
            let step = match kind {
                "foreign_appid" => "appid",
                "padding" => "padding",
                "empty" | "not_base64" | "not_blocks" => "Base64",
                "length" => "length",
                _ => continue,
            };
            seen += 1;
            assert_eq!(exit, Exit::Broken, "{kind}: {text}");
            let last = text.lines().rfind(|line| {
                let mut words = line.split_whitespace();
                words.next().is_some_and(|word| word.ends_with('.'))
            });
            assert!(
                last.is_some_and(|line| line.contains(step)),
                "{kind}: {text}"
            );
        }
        assert!(seen > 2, "{seen}");
    }

    #[test]
    fn a_body_that_is_cut_off_fails_at_its_first_step() {
        let body = "<xml><Encrypt><![CDATA[abc";
        let Err(NoEncrypt::Unreadable { format, error }) = pasted::encrypt_of(body) else {
            panic!("it is read");
        };
        for (lang, step, failed, english) in [
            (
                Language::English,
                "  1.  body             26 bytes of XML",
                "fails here",
                true,
            ),
            (
                Language::Chinese,
                "  1.  请求体           XML，26 字节",
                "在此失败",
                false,
            ),
        ] {
            let text = unreadable(body, format, &error, lang);
            assert!(text.contains(step) && text.contains(failed), "{text}");
            assert_eq!(text.contains("not closed"), english, "{text}");
        }
    }

    #[test]
    fn a_wrong_key_and_a_changed_plus_are_told_apart() {
        let vectors = vectors(ENVELOPES);
        let vector = &vectors[0];
        let other = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
        let (text, exit) = explained(vector, other, of(vector, "encrypt"), Language::English);
        assert_eq!(exit, Exit::Broken);
        assert!(text.contains("noise"), "{text}");
        let spaced = of(vector, "encrypt").replace('+', " ");
        let key = of(vector, "encoding_aes_key");
        let (text, _) = explained(vector, key, &spaced, Language::English);
        assert!(text.contains("read as a form"), "{text}");
    }
}
