//! Subscribe messages: templates, what a user agreed to, and what a value may look like.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A template of an app: the names of its values, like `thing1` and `date2`.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its keys; the letters in front say which rule the value obeys.
    pub keys: Vec<String>,
}

/// The number of times a user may still be sent one template.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// A number of times; each agreement adds one.
    Times(u32),
    /// Without an end (a long-term template).
    Always,
    /// The user refused, or took the agreement back.
    Refused,
}

/// The agreements of one user, by template.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Subscriptions(BTreeMap<String, Agreement>);

impl Subscriptions {
    /// The user agreed in a popup: one more message.
    pub fn accept(&mut self, template: &str) {
        let agreement = self
            .0
            .entry(template.to_owned())
            .or_insert(Agreement::Times(0));
        *agreement = match *agreement {
            Agreement::Times(left) => Agreement::Times(left + 1),
            Agreement::Always => Agreement::Always,
            Agreement::Refused => Agreement::Times(1),
        };
    }

    /// The user agreed for good.
    pub fn accept_always(&mut self, template: &str) {
        self.0.insert(template.to_owned(), Agreement::Always);
    }

    /// The user refused, or switched the messages off.
    pub fn refuse(&mut self, template: &str) {
        self.0.insert(template.to_owned(), Agreement::Refused);
    }

    /// True if one message may be sent.
    pub fn allows(&self, template: &str) -> bool {
        matches!(
            self.0.get(template),
            Some(Agreement::Always | Agreement::Times(1..))
        )
    }

    /// Uses one agreement up.
    pub fn spend(&mut self, template: &str) {
        if let Some(Agreement::Times(left)) = self.0.get_mut(template) {
            *left = left.saturating_sub(1);
        }
    }

    /// The number of templates that the user was asked about.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there was none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True if the user was asked about that template.
    pub fn knows(&self, template: &str) -> bool {
        self.0.contains_key(template)
    }

    /// Every template the user was asked about.
    pub fn all(&self) -> impl Iterator<Item = (&str, Agreement)> {
        self.0
            .iter()
            .map(|(template, agreement)| (template.as_str(), *agreement))
    }
}

/// The fault of a template's value, in the words of 47003; `None` if it obeys its key's rule.
///
/// The rules are those of the subscribe message page: letters in front of a key's digits name them. A
/// key of another kind takes any value.
pub fn fault_of_value(key: &str, value: &str) -> Option<&'static str> {
    if value.trim().is_empty() {
        return Some("is empty");
    }
    let kind = key.trim_end_matches(|c: char| c.is_ascii_digit());
    let length = value.chars().count();
    let obeys = match kind {
        "thing" => length <= 20,
        "number" => length <= 32 && value.parse::<f64>().is_ok(),
        "letter" => length <= 32 && value.chars().all(|c| c.is_ascii_alphabetic()),
        "symbol" => length <= 5 && !value.chars().any(char::is_alphanumeric),
        "character_string" => {
            length <= 32 && value.chars().all(|c| c.is_ascii_graphic() || c == ' ')
        }
        "amount" => is_amount(value),
        "phone_number" => {
            length <= 17
                && value
                    .chars()
                    .all(|c| c.is_ascii_digit() || "+-() ".contains(c))
        }
        "car_number" => length <= 8,
        "name" => {
            if value.is_ascii() {
                length <= 20
            } else {
                length <= 10
            }
        }
        "phrase" => length <= 5 && value.chars().all(is_chinese),
        "date" | "time" => has_date_or_time(value, kind == "date"),
        _ => true,
    };
    (!obeys).then_some("invalid")
}

/// A currency sign in front, at most ten digits, two decimals, a 元 behind.
fn is_amount(value: &str) -> bool {
    let number = value.trim_start_matches(['¥', '￥', '$', '€', '£']);
    let number = number.trim_end_matches('元');
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == ',');
    !whole.is_empty()
        && whole.len() <= 12
        && digits(whole)
        && fraction.len() <= 2
        && digits(fraction)
}

/// 2019年10月1日, 2019-10-01, or a time of the day like 15:01, perhaps behind a date.
fn has_date_or_time(value: &str, needs_date: bool) -> bool {
    let has_date = ['年', '-', '/', '.']
        .iter()
        .any(|mark| value.contains(*mark));
    let has_time = value
        .split(|c: char| !c.is_ascii_digit() && c != ':')
        .any(|part| {
            let mut numbers = part.split(':').map(str::parse::<u8>);
            matches!(
                (numbers.next(), numbers.next()),
                (Some(Ok(0..=23)), Some(Ok(0..=59)))
            )
        });
    let digits = value.chars().filter(char::is_ascii_digit).count();
    digits >= 2 && (has_date || (has_time && !needs_date))
}

const fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_agreement_is_one_message() {
        let mut subscriptions = Subscriptions::default();
        assert!(!subscriptions.allows("t"));
        subscriptions.accept("t");
        subscriptions.accept("t");
        subscriptions.spend("t");
        assert!(subscriptions.allows("t"));
        subscriptions.spend("t");
        assert!(!subscriptions.allows("t"));
        subscriptions.accept_always("t");
        subscriptions.spend("t");
        assert!(subscriptions.allows("t"));
        subscriptions.refuse("t");
        assert!(!subscriptions.allows("t"));
        subscriptions.accept("t");
        assert!(subscriptions.allows("t"));
    }

    #[test]
    fn values_obey_the_rule_of_their_key() {
        for (key, good, bad) in [
            (
                "thing1",
                "二十个字以内",
                "一二三四五六七八九十一二三四五六七八九十一",
            ),
            ("number2", "12.5", "twelve"),
            ("letter3", "abc", "abc1"),
            ("symbol4", "!!", "a!"),
            ("character_string5", "A-12 b", "订单"),
            ("amount6", "¥12.50", "12.505"),
            ("amount6", "10元", "ten"),
            ("phone_number7", "+86-0766-66888866", "call me"),
            ("car_number8", "粤A8Z888挂", "粤A8Z888挂挂挂"),
            ("name9", "张三", "一二三四五六七八九十一"),
            ("name9", "Ada Lovelace", "Wolfeschlegelsteinhausen"),
            ("phrase10", "配送中", "delivered"),
            ("date11", "2019年10月1日 15:01", "tomorrow"),
            ("date11", "2019-10-01", "15:01"),
            ("time12", "15:01", "quarter past"),
        ] {
            assert_eq!(fault_of_value(key, good), None, "{key} {good}");
            assert_eq!(fault_of_value(key, bad), Some("invalid"), "{key} {bad}");
            assert_eq!(fault_of_value(key, " "), Some("is empty"), "{key}");
        }
        assert_eq!(
            fault_of_value("const13", "anything at all, however long it may be"),
            None
        );
    }
}
