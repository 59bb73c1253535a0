//! The menu of an official account, as its owner wrote it. Documented: custom menus, create.

use serde::{Deserialize, Serialize};

/// Buttons of a menu.
const TOP: usize = 3;
/// Buttons below one of them.
const BELOW: usize = 5;
/// Bytes of a text of a button.
const TEXT: usize = 1024;

/// The menu, in the form in which WeChat takes it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Menu {
    /// At most three buttons, each with at most five below it.
    #[serde(default)]
    pub button: Vec<Button>,
}

/// A button of a menu.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Button {
    /// Its label.
    pub name: String,
    /// `click`, `view` or another type; nothing where it opens buttons of its own.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The EventKey of the push that a tap leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The page that a tap opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The material that a tap sends, or whose page it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_id: Option<String>,
    /// The article that a tap sends, or that it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article_id: Option<String>,
    /// The mini program that a tap opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appid: Option<String>,
    /// Its page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pagepath: Option<String>,
    /// The buttons that it opens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schema(value_type = Vec<Object>))]
    pub sub_button: Vec<Self>,
}

impl Menu {
    /// Checks that WeChat would take it.
    pub fn check(&self) -> Result<(), String> {
        if self.button.len() > TOP {
            return Err(format!(
                "button: give at most {TOP}, not {}",
                self.button.len()
            ));
        }
        self.button.iter().try_for_each(|top| {
            let below = &top.sub_button;
            if below.len() > BELOW {
                return Err(format!(
                    "sub_button: give at most {BELOW}, not {}",
                    below.len()
                ));
            }
            if below.iter().any(|button| !button.sub_button.is_empty()) {
                return Err("sub_button: a menu has two levels, and not three".to_owned());
            }
            if below.is_empty() {
                top.check()
            } else {
                below.iter().try_for_each(Button::check)
            }
        })
    }
}

impl Button {
    fn check(&self) -> Result<(), String> {
        let texts = [
            Some(&self.name),
            self.kind.as_ref(),
            self.key.as_ref(),
            self.url.as_ref(),
            self.media_id.as_ref(),
            self.article_id.as_ref(),
            self.appid.as_ref(),
            self.pagepath.as_ref(),
        ];
        if texts.into_iter().flatten().any(|text| text.len() > TEXT) {
            return Err(format!("button: a text has at most {TEXT} bytes"));
        }
        if self.name.is_empty() {
            return Err("name: give each button one".to_owned());
        }
        let wanted = self.wanted();
        match wanted.into_iter().find(|(_, value)| value.is_none()) {
            Some((field, _)) => Err(format!("button `{}`: give its `{field}`", self.name)),
            None => Ok(()),
        }
    }

    /// The fields that a button of its type has to have.
    fn wanted(&self) -> Vec<(&'static str, &Option<String>)> {
        match self.kind.as_deref() {
            Some("view") => vec![("url", &self.url)],
            Some("miniprogram") => vec![
                ("appid", &self.appid),
                ("pagepath", &self.pagepath),
                ("url", &self.url),
            ],
            Some("media_id" | "view_limited") => vec![("media_id", &self.media_id)],
            Some("article_id" | "article_view_limited") => vec![("article_id", &self.article_id)],
            _ => vec![("key", &self.key)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(json: &str) -> Result<(), String> {
        serde_json::from_str::<Menu>(json).unwrap().check()
    }

    #[test]
    fn a_menu_is_as_wechat_takes_it() {
        let click = r#"{"type":"click","name":"今日歌曲","key":"V1"}"#;
        let view = r#"{"type":"view","name":"搜索","url":"http://www.soso.com/"}"#;
        let whole =
            format!(r#"{{"button":[{click},{{"name":"菜单","sub_button":[{view},{click}]}}]}}"#);
        assert_eq!(checked(&whole), Ok(()));
        let others = r#"{"button":[{"type":"media_id","name":"图片","media_id":"M1"},{"type":"article_id","name":"文章","article_id":"A1"},
            {"type":"miniprogram","name":"小程序","url":"http://mp.weixin.qq.com","appid":"wx0123456789abcdef","pagepath":"pages/index"}]}"#;
        assert_eq!(checked(others), Ok(()));
        for (wrong, word) in [
            (
                format!(r#"{{"button":[{click},{click},{click},{click}]}}"#),
                "at most 3",
            ),
            (
                r#"{"button":[{"type":"click","name":"x"}]}"#.to_owned(),
                "`key`",
            ),
            (
                r#"{"button":[{"type":"click","key":"x"}]}"#.to_owned(),
                "name",
            ),
            (
                r#"{"button":[{"type":"media_id","name":"x","key":"x"}]}"#.to_owned(),
                "`media_id`",
            ),
        ] {
            let error = checked(&wrong).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }
}
