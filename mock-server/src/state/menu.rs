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
        ];
        if texts.into_iter().flatten().any(|text| text.len() > TEXT) {
            return Err(format!("button: a text has at most {TEXT} bytes"));
        }
        if self.name.is_empty() {
            return Err("name: give each button one".to_owned());
        }
        let is_view = self.kind.as_deref() == Some("view");
        if !is_view && self.key.is_none() {
            return Err(format!("button `{}`: give its `key`", self.name));
        }
        Ok(())
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
        ] {
            let error = checked(&wrong).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }
}
