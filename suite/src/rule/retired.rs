//! Rules that are gone. Their ids are known for ever: whoever still writes one is told what to write instead.

use std::fmt;

/// A rule that was in a release and is no more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Retired {
    /// Its id, which no rule may have again.
    pub id: &'static str,
    /// The version that brought it.
    pub since: &'static str,
    /// The version that no longer has it.
    pub retired_in: &'static str,
    /// The ids of the rules that judge the same now; none where nothing does.
    pub replaced_by: &'static [&'static str],
}

/// Every rule that was in a release and is no more. No release has dropped one yet.
pub const RETIRED: &[Retired] = &[];

/// The retired rule of that id, among these.
pub fn find<'a>(retired: &'a [Retired], id: &str) -> Option<&'a Retired> {
    retired.iter().find(|retired| retired.id == id)
}

impl fmt::Display for Retired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` was retired in {}: ", self.id, self.retired_in)?;
        if self.replaced_by.is_empty() {
            return f.write_str("remove it, no rule replaces it");
        }
        let ids: Vec<String> = self
            .replaced_by
            .iter()
            .map(|id| format!("`{id}`"))
            .collect();
        write!(f, "use {}", ids.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    /// The faults of such a table, beside the ids of today's rules.
    fn complaints(table: &[Retired]) -> Vec<String> {
        let mut complaints = Vec::new();
        for (at, retired) in table.iter().enumerate() {
            let id = retired.id;
            if rules::find(id).is_some() {
                complaints.push(format!("{id} is a rule again"));
            }
            if table[..at].iter().any(|other| other.id == id) {
                complaints.push(format!("{id} stands there twice"));
            }
            if retired.since.is_empty() || retired.retired_in.is_empty() {
                complaints.push(format!("{id} lacks a version"));
            }
            // A replacement may be retired in turn, and then the table leads on.
            let is_known = |id: &&str| {
                rules::find(id).is_some() || find(table, id).is_some_and(|it| it.id != retired.id)
            };
            for unknown in retired.replaced_by.iter().filter(|id| !is_known(id)) {
                complaints.push(format!("{id} is replaced by {unknown}, which is no rule"));
            }
        }
        complaints
    }

    fn retired(id: &'static str, replaced_by: &'static [&'static str]) -> Retired {
        Retired {
            id,
            since: "0.1.0",
            retired_in: "0.3.0",
            replaced_by,
        }
    }

    #[test]
    fn no_retired_id_is_used_again() {
        assert_eq!(complaints(RETIRED), Vec::<String>::new());
    }

    #[test]
    fn a_wrong_table_is_noticed() {
        let good = [
            retired("reply/old", &["reply/acknowledges"]),
            retired("reply/older", &["reply/old"]),
            retired("reply/nothing", &[]),
        ];
        assert_eq!(complaints(&good), Vec::<String>::new());
        let wrong = [
            retired("reply/acknowledges", &["reply/status-200"]),
            retired("reply/old", &["reply/old"]),
            retired("reply/old", &[]),
        ];
        assert_eq!(
            complaints(&wrong),
            [
                "reply/acknowledges is a rule again",
                "reply/old is replaced by reply/old, which is no rule",
                "reply/old stands there twice",
            ]
        );
    }

    #[test]
    fn a_retired_rule_says_what_to_use() {
        let table = [
            retired("reply/old", &["reply/acknowledges", "reply/status-200"]),
            retired("reply/nothing", &[]),
        ];
        let said = |id| find(&table, id).map(ToString::to_string);
        assert_eq!(
            said("reply/old").as_deref(),
            Some(
                "`reply/old` was retired in 0.3.0: use `reply/acknowledges` and `reply/status-200`"
            )
        );
        assert_eq!(
            said("reply/nothing").as_deref(),
            Some("`reply/nothing` was retired in 0.3.0: remove it, no rule replaces it")
        );
        assert_eq!(said("reply/acknowledges"), None);
    }
}
