//! A tap on a button of a menu, and the event that WeChat pushes for it. Documented: custom menus, event pushes; the window:
//! customer-service messages, "only these three types of buttons".

use crate::state::menu::{Button, Menu};

use super::ActError;

/// The types of buttons that lead to a push, each with the push's name in the catalogue.
const PUSHES: [(&str, &str); 9] = [
    ("click", "CLICK"),
    ("view", "VIEW"),
    ("miniprogram", "view_miniprogram"),
    ("scancode_push", "scancode_push"),
    ("scancode_waitmsg", "scancode_waitmsg"),
    ("pic_sysphoto", "pic_sysphoto"),
    ("pic_photo_or_album", "pic_photo_or_album"),
    ("pic_weixin", "pic_weixin"),
    ("location_select", "location_select"),
];
/// The types of buttons of which the server hears nothing: WeChat sends the material itself.
const SILENT: [&str; 4] = [
    "media_id",
    "view_limited",
    "article_id",
    "article_view_limited",
];

/// A button that is tapped.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Tapped {
    kind: String,
    /// The EventKey: the button's key, or the page that a link opens.
    pub(super) key: String,
}

impl Tapped {
    /// The button with that key or page. Its type is looked up in the menu where nobody gives one; a key that stands in no
    /// menu is one of a click.
    pub(super) fn of(
        menu: &Menu,
        key: Option<String>,
        url: Option<String>,
        kind: Option<String>,
    ) -> Result<Self, ActError> {
        let button = find(menu, key.as_deref(), url.as_deref());
        let given = kind.or_else(|| button.and_then(|button| button.kind.clone()));
        let kind = given.unwrap_or_else(|| if url.is_some() { "view" } else { "click" }.to_owned());
        let known = PUSHES.iter().map(|(kind, _)| *kind).chain(SILENT);
        if !known.clone().any(|known| known == kind) {
            let known: Vec<&str> = known.collect();
            let known = known.join(", ");
            return Err(ActError::MenuType { kind, known });
        }
        let key = url.or(key).ok_or(ActError::NoKey)?;
        Ok(Self { kind, key })
    }

    /// The push that follows, if any does.
    pub(super) fn push(&self) -> Option<&'static str> {
        let found = PUSHES.iter().find(|(kind, _)| *kind == self.kind);
        found.map(|(_, push)| *push)
    }

    /// True if customer messages may be sent after it.
    pub(super) fn opens_window(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "click" | "scancode_push" | "scancode_waitmsg"
        )
    }
}

/// The first button of a menu that has that key, or leads to that page.
fn find<'a>(menu: &'a Menu, key: Option<&str>, url: Option<&str>) -> Option<&'a Button> {
    let mut buttons = menu
        .button
        .iter()
        .flat_map(|top| std::iter::once(top).chain(&top.sub_button));
    buttons.find(|button| {
        let is_same = |own: &Option<String>, wanted: Option<&str>| {
            wanted.is_some() && own.as_deref() == wanted
        };
        is_same(&button.key, key) || is_same(&button.url, url)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tapped(
        key: Option<&str>,
        url: Option<&str>,
        kind: Option<&str>,
    ) -> Result<Tapped, ActError> {
        let menu = r#"{"button":[{"type":"click","name":"a","key":"A"},{"name":"b","sub_button":[
            {"type":"scancode_push","name":"c","key":"C"},{"type":"view","name":"d","url":"https://d.example/"},
            {"type":"media_id","name":"e","key":"E"}]}]}"#;
        let menu: Menu = serde_json::from_str(menu).unwrap();
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Tapped::of(&menu, owned(key), owned(url), owned(kind))
    }

    #[test]
    fn the_menu_says_what_a_tap_pushes() {
        for (key, url, kind, push, opens) in [
            (Some("A"), None, None, Some("CLICK"), true),
            (Some("C"), None, None, Some("scancode_push"), true),
            (None, Some("https://d.example/"), None, Some("VIEW"), false),
            (Some("E"), None, None, None, false),
            (Some("of no menu"), None, None, Some("CLICK"), true),
            (
                Some("A"),
                None,
                Some("location_select"),
                Some("location_select"),
                false,
            ),
        ] {
            let tapped = tapped(key, url, kind).unwrap();
            assert_eq!(tapped.push(), push, "{tapped:?}");
            assert_eq!(tapped.opens_window(), opens, "{tapped:?}");
            assert_eq!(Some(tapped.key.as_str()), url.or(key));
        }
        assert!(tapped(Some("A"), None, Some("swipe")).is_err());
        assert_eq!(tapped(None, None, None), Err(ActError::NoKey));
    }
}
