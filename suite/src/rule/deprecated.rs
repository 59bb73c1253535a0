//! Rules that still judge and will be retired: whoever names one learns in time what to name instead.

/// A rule that a later version will not have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Deprecated {
    /// The id of the rule, which still judges.
    pub id: &'static str,
    /// The version from which it is deprecated.
    pub deprecated_in: &'static str,
    /// The ids of the rules that judge the same; none where nothing will.
    pub replaced_by: &'static [&'static str],
}

/// Every deprecated rule. There is none yet.
pub const DEPRECATED: &[Deprecated] = &[];

/// The entry of a rule, among these.
pub fn find<'a>(deprecated: &'a [Deprecated], id: &str) -> Option<&'a Deprecated> {
    deprecated.iter().find(|deprecated| deprecated.id == id)
}

impl Deprecated {
    /// The note in English.
    pub fn english(&self) -> String {
        let version = self.deprecated_in;
        if self.replaced_by.is_empty() {
            return format!("deprecated since {version}: no rule replaces it");
        }
        format!("deprecated since {version}: use {}", self.names(" and "))
    }

    /// The note in Chinese.
    pub fn chinese(&self) -> String {
        let version = self.deprecated_in;
        if self.replaced_by.is_empty() {
            return format!("自 {version} 起弃用，没有替代规则");
        }
        format!("自 {version} 起弃用，请改用 {}", self.names(" 和 "))
    }

    fn names(&self, and: &str) -> String {
        let ids = self.replaced_by.iter().map(|id| format!("`{id}`"));
        ids.collect::<Vec<_>>().join(and)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{
        rule::retired::{self, RETIRED},
        rules,
    };

    /// A rule as it will stand in the table.
    pub(crate) const SAMPLE: Deprecated = Deprecated {
        id: "reply/status-200",
        deprecated_in: "0.3.0",
        replaced_by: &["reply/acknowledges"],
    };

    /// The faults of such a table, beside today's rules.
    fn complaints(table: &[Deprecated]) -> Vec<String> {
        let mut complaints = Vec::new();
        for (at, deprecated) in table.iter().enumerate() {
            let id = deprecated.id;
            if rules::find(id).is_none() || retired::find(RETIRED, id).is_some() {
                complaints.push(format!("{id} is no rule"));
            }
            if table[..at].iter().any(|other| other.id == id) {
                complaints.push(format!("{id} stands there twice"));
            }
            if deprecated.deprecated_in.is_empty() {
                complaints.push(format!("{id} lacks a version"));
            }
            let is_good = |other: &&&str| {
                **other != id && rules::find(other).is_some() && find(table, other).is_none()
            };
            for wrong in deprecated.replaced_by.iter().filter(|id| !is_good(id)) {
                complaints.push(format!("{id} is replaced by {wrong}, which does not last"));
            }
        }
        complaints
    }

    #[test]
    fn a_deprecated_rule_is_a_rule_and_its_replacement_lasts() {
        assert_eq!(complaints(DEPRECATED), Vec::<String>::new());
        assert_eq!(complaints(&[SAMPLE]), Vec::<String>::new());
        let gone = Deprecated {
            id: "reply/gone",
            deprecated_in: "",
            replaced_by: &["reply/status-200", "reply/gone"],
        };
        assert_eq!(
            complaints(&[SAMPLE, SAMPLE, gone]),
            [
                "reply/status-200 stands there twice",
                "reply/gone is no rule",
                "reply/gone lacks a version",
                "reply/gone is replaced by reply/status-200, which does not last",
                "reply/gone is replaced by reply/gone, which does not last",
            ]
        );
    }

    #[test]
    fn the_note_names_the_version_and_what_to_use() {
        assert_eq!(
            SAMPLE.english(),
            "deprecated since 0.3.0: use `reply/acknowledges`"
        );
        assert_eq!(
            SAMPLE.chinese(),
            "自 0.3.0 起弃用，请改用 `reply/acknowledges`"
        );
        let alone = Deprecated {
            replaced_by: &[],
            ..SAMPLE
        };
        assert!(alone.english().ends_with("no rule replaces it"));
        assert_eq!(find(&[SAMPLE], SAMPLE.id), Some(&SAMPLE));
        assert_eq!(find(&[SAMPLE], "reply/acknowledges"), None);
    }
}
