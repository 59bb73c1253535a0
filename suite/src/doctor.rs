//! Misconfiguration, found before a run is spent on it: what the server answers to a few requests.

mod wire;

pub use wire::look_at_server;

use crate::words::Language;

/// A text in English and in Chinese, with what was seen in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bilingual {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnosis {
    /// The subject: a setting, or what was tried.
    pub about: &'static str,
    /// The state that it is in.
    pub health: Health,
    /// The observation. Holds no secret.
    pub seen: Bilingual,
    /// The advice on what to do about it.
    pub fix: Option<Bilingual>,
}

/// The state of something.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Health {
    /// As it should be.
    Fine,
    /// It works, but may fail with WeChat.
    Doubtful,
    /// It cannot work.
    Wrong,
}

impl Bilingual {
    /// A text that is the same in every language, like a URL.
    pub fn same(text: impl Into<String>) -> Self {
        let en = text.into();
        Self { zh: en.clone(), en }
    }

    /// The text in a language.
    pub fn text(&self, language: Language) -> &str {
        language.of(&self.en, &self.zh)
    }
}

/// A sentence that the catalogue of sentences has in Chinese.
impl From<String> for Bilingual {
    fn from(en: String) -> Self {
        let zh = crate::words::in_chinese(&en);
        Self { en, zh }
    }
}

/// The same.
impl From<&str> for Bilingual {
    fn from(en: &str) -> Self {
        en.to_owned().into()
    }
}

impl<E: Into<String>, Z: Into<String>> From<(E, Z)> for Bilingual {
    fn from((en, zh): (E, Z)) -> Self {
        Self {
            en: en.into(),
            zh: zh.into(),
        }
    }
}

impl Diagnosis {
    /// Something as it should be.
    pub fn fine(about: &'static str, seen: impl Into<Bilingual>) -> Self {
        Self {
            about,
            health: Health::Fine,
            seen: seen.into(),
            fix: None,
        }
    }

    /// Something that works, but may fail with WeChat.
    pub fn doubtful(
        about: &'static str,
        seen: impl Into<Bilingual>,
        fix: impl Into<Bilingual>,
    ) -> Self {
        Self {
            health: Health::Doubtful,
            fix: Some(fix.into()),
            ..Self::fine(about, seen)
        }
    }

    /// Something that cannot work.
    pub fn wrong(
        about: &'static str,
        seen: impl Into<Bilingual>,
        fix: impl Into<Bilingual>,
    ) -> Self {
        Self {
            health: Health::Wrong,
            ..Self::doubtful(about, seen, fix)
        }
    }

    /// The subject in Chinese. An option keeps its name, by which it is given.
    pub fn about_in_chinese(&self) -> &'static str {
        match self.about {
            "contact" => "连接",
            "verification" => "URL 验证",
            "mode" => "加密模式",
            "forgery" => "伪造的推送",
            "speed" => "响应速度",
            "limits" => "测试范围",
            "clock" => "时钟",
            "port" => "端口",
            "tls" => "TLS 证书",
            option => option,
        }
    }
}
