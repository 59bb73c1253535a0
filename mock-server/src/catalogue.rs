//! The pushes that can be sent by name, read from the fixtures compiled in and from a user's own.

mod entry;
mod header;
mod reading;

use std::sync::LazyLock;

use wxcheck_protocol::account::Account;

pub use entry::{
    CatalogueEntry, Confidence, EntryField, FieldKind, Item, PLATFORM_OPENID, Sender, Variant,
    XmlForm,
};
pub use header::Header;
pub(crate) use header::{Heading, with_msg_id};
pub use reading::parse;

/// A push that the catalogue cannot give.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CatalogueError {
    /// A fixture cannot be read.
    #[error("{file}, line {line}: {reason}; {fix}")]
    Broken {
        /// The fixture's file.
        file: String,
        /// The line in the file, from 1.
        line: usize,
        /// The fault.
        reason: String,
        /// The fix.
        fix: String,
    },
    /// No push has that name.
    #[error("no push is called `{name}`; {}`wxcheck push --list` lists the catalogue", near.as_ref().map(|near| format!("did you mean `{near}`? ")).unwrap_or_default())]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// A similar name, if there is one.
        near: Option<String>,
    },
    /// Not `FIELD=VALUE`.
    #[error("--set {0}: write FIELD=VALUE, like Content=hello")]
    Set(String),
}

/// All pushes that can be sent by name, by account.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalogue {
    entries: Vec<CatalogueEntry>,
}

/// The catalogue that is compiled in; a fixture of our own that cannot be read is reported as such.
static BUILT_IN: LazyLock<Result<Catalogue, CatalogueError>> = LazyLock::new(|| {
    let pushes = wxcheck_fixtures::PUSHES.iter();
    let entries = pushes.map(|(file, text)| parse(file, text));
    Ok(Catalogue {
        entries: entries.collect::<Result<_, _>>()?,
    })
});

impl Catalogue {
    /// The one that is compiled in.
    pub fn built_in() -> Result<&'static Self, CatalogueError> {
        BUILT_IN.as_ref().map_err(Clone::clone)
    }

    /// The same with these entries, which replace those of the same account and name.
    #[must_use]
    pub fn with(mut self, more: impl IntoIterator<Item = CatalogueEntry>) -> Self {
        for entry in more {
            let same =
                |old: &&mut CatalogueEntry| old.account == entry.account && old.name == entry.name;
            match self.entries.iter_mut().find(same) {
                Some(old) => *old = entry,
                None => self.entries.push(entry),
            }
        }
        self.entries.sort_by_key(|entry| entry.account);
        self
    }

    /// Every entry, by account and then by name; variants stand in their entries.
    pub fn entries(&self) -> &[CatalogueEntry] {
        &self.entries
    }

    /// The pushes of that kind of account, each form as an entry of its own. Of two entries of one name the account's
    /// own counts.
    pub fn of(&self, account: Account) -> Vec<CatalogueEntry> {
        let mut chosen: Vec<&CatalogueEntry> = Vec::new();
        for folder in account.pushed_as() {
            let in_folder = self.entries.iter().filter(|entry| {
                entry.account == *folder || entry.also.iter().any(|also| also == folder.name())
            });
            for entry in in_folder {
                if chosen.iter().all(|known| known.name != entry.name) {
                    chosen.push(entry);
                }
            }
        }
        chosen.into_iter().flat_map(CatalogueEntry::forms).collect()
    }

    /// The entry of that name, a variant's with a dot; letter case does not matter. Where accounts have entries of one
    /// name, that account's is taken; an account in front of the name, like `official/text`, chooses another.
    pub fn find(&self, name: &str, account: Account) -> Result<CatalogueEntry, CatalogueError> {
        // Of a kind that there is not, nothing is called anything.
        let (folders, wanted) = match name.split_once('/') {
            Some((written, wanted)) => {
                let written: Result<Account, _> = written.parse();
                (
                    written.map_or(&[] as &[Account], Account::pushed_as),
                    wanted,
                )
            }
            None => (account.pushed_as(), name),
        };
        let (base, variant) = match wanted.split_once('.') {
            Some((base, variant)) => (base, Some(variant)),
            None => (wanted, None),
        };
        // The nearer the folder, the better; `location` is a message and `LOCATION` an event: the letter case counts
        // where it helps.
        let rank = |entry: &&CatalogueEntry| {
            let place = folders.iter().position(|folder| *folder == entry.account);
            let nearness = place.map_or(0, |place| folders.len() - place);
            (nearness, entry.name == base)
        };
        let named = |entry: &&CatalogueEntry| entry.name.eq_ignore_ascii_case(base);
        // An account's name that was written is meant.
        let meant =
            |entry: &&CatalogueEntry| !name.contains('/') || folders.contains(&entry.account);
        let found = self.entries.iter().rev().filter(named).filter(meant);
        let found = found.max_by_key(rank).and_then(|entry| match variant {
            Some(variant) => entry.variant(variant),
            None => Some(entry.clone()),
        });
        found.ok_or_else(|| CatalogueError::Unknown {
            name: name.to_owned(),
            near: nearest(base, &self.entries),
        })
    }
}

/// True if there are pushes for a kind of account of that name.
pub(crate) fn is_folder(name: &str) -> bool {
    folder_names().contains(&name)
}

/// The names that folders have, for whoever is to choose one.
pub(crate) fn folder_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for folder in Account::ALL.into_iter().flat_map(Account::pushed_as) {
        if !names.contains(&folder.name()) {
            names.push(folder.name());
        }
    }
    names
}

fn nearest(name: &str, entries: &[CatalogueEntry]) -> Option<String> {
    entries
        .iter()
        .map(|entry| (strsim::jaro_winkler(name, &entry.name), &entry.name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name.clone())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use wxcheck_protocol::{
        push::{Format, write_message},
        xml::CdataEnd,
    };

    use super::*;
    use crate::composer::{
        Message,
        tests::{ADDRESSEE, stamp},
    };

    fn all() -> &'static [CatalogueEntry] {
        Catalogue::built_in().unwrap().entries()
    }

    fn find(name: &str, account: &str) -> Result<CatalogueEntry, CatalogueError> {
        Catalogue::built_in()
            .unwrap()
            .find(name, account.parse().unwrap())
    }

    fn form_written(entry: &CatalogueEntry, format: Format) -> String {
        let fields = Message::of(entry, format).addressed(&ADDRESSEE, &stamp());
        write_message(format, &fields, CdataEnd::Split)
    }

    fn written(name: &str, account: &str, format: Format) -> String {
        form_written(&find(name, account).unwrap(), format)
    }

    #[test]
    fn every_entry_reads_and_has_a_name_of_its_own() {
        let mut names = HashSet::new();
        for entry in all() {
            let name = format!("{}/{}", entry.account, entry.name);
            assert!(
                !entry.summary.is_empty() && !entry.source.is_empty(),
                "{name}"
            );
            assert!(
                entry.answer.is_some() || !entry.replies.is_empty(),
                "{name}"
            );
            assert!(names.insert(name), "{} twice", entry.name);
        }
        let forms: usize = all().iter().map(|entry| entry.forms().len()).sum();
        assert!(forms >= 88, "{forms} forms");
    }

    #[test]
    fn every_form_renders_in_both_formats_and_reads_back() {
        for entry in all().iter().flat_map(CatalogueEntry::forms) {
            let xml = form_written(&entry, Format::Xml);
            assert!(wxcheck_protocol::xml::read(&xml).is_ok(), "{xml}");
            let json = form_written(&entry, Format::Json);
            assert!(
                serde_json::from_str::<serde_json::Value>(&json).is_ok(),
                "{json}"
            );
            // What is still in braces is nobody's: JSON texts begin with a quote.
            let mut braces = xml.split('{').skip(1);
            assert!(braces.all(|rest| rest.starts_with('"')), "{xml}");
        }
    }

    #[test]
    fn xml_has_containers_that_json_has_not() {
        let name = "subscribe_msg_popup_event";
        let xml = written(name, "mini", Format::Xml);
        assert!(xml.contains("<SubscribeMsgPopupEvent><List>"), "{xml}");
        assert!(xml.contains("<PopupScene>0</PopupScene>"), "{xml}");
        let json = written(name, "mini", Format::Json);
        assert!(json.contains(r#""List":{"TemplateId""#), "{json}");
        assert!(json.contains(r#""PopupScene":"0""#), "{json}");
        let many = written("subscribe_msg_popup_event.many", "mini", Format::Json);
        assert!(many.contains(r#""List":[{"#), "{many}");
    }

    #[test]
    fn an_account_has_its_own_entry_of_a_name() {
        assert!(
            find("text", "mini")
                .unwrap()
                .source
                .contains("customer messages")
        );
        assert!(
            find("text", "official")
                .unwrap()
                .source
                .contains("standard messages")
        );
        assert_eq!(
            find("official/TEXT", "mini").unwrap().account,
            Account::Official
        );
        assert_eq!(find("click", "mini").unwrap().name, "CLICK");
        assert_eq!(find("LOCATION", "official").unwrap().msg_type, "event");
        assert_eq!(find("location", "official").unwrap().msg_type, "location");
        assert!(find("mini/CLICK", "mini").is_err());
    }

    #[test]
    fn an_unknown_name_is_helped() {
        let error = find("txt", "mini").unwrap_err().to_string();
        assert!(error.contains("did you mean `text`?"), "{error}");
        assert!(find("subscribe_msg_popup_event.none", "mini").is_err());
    }

    #[test]
    fn an_account_gets_its_own_and_what_those_it_stands_in_for_get() {
        let built_in = Catalogue::built_in().unwrap();
        let names = |account: &str| -> HashSet<String> {
            let forms = built_in.of(account.parse().unwrap()).into_iter();
            forms
                .map(|entry| format!("{}/{}", entry.account, entry.name))
                .collect()
        };
        assert!(names("mini").contains("mini/text"));
        assert!(names("mini").contains("mini/subscribe_msg_popup_event.many"));
        assert!(!names("mini").contains("official/text"));
        assert!(names("platform").is_superset(&names("mini")));
        assert!(names("platform").contains("platform/weapp_audit_success"));
        assert!(names("finclip").is_empty());
    }

    #[test]
    fn a_users_own_entries_take_the_place_of_those_of_the_same_name() {
        let own = parse("mini/text.toml", OWN).unwrap();
        let other = parse("mini/brand_new.toml", &OWN.replace("'text'", "'brand_new'")).unwrap();
        let catalogue = Catalogue::built_in().unwrap().clone().with([own, other]);
        assert_eq!(
            catalogue.find("text", Account::Mini).unwrap().summary,
            "Mine."
        );
        assert_ne!(
            catalogue.find("text", Account::Official).unwrap().summary,
            "Mine."
        );
        assert_eq!(
            catalogue.find("brand_new", Account::Mini).unwrap().summary,
            "Mine."
        );
        assert_eq!(catalogue.entries().len(), all().len() + 1);
    }

    const OWN: &str = "name = 'text'\nsummary = 'Mine.'\nmsg-type = 'text'\nfrom = 'user'\ndedup = 'MsgId'\n\
                       replies = ['success']\nsource = 'ours'\nconfidence = 'low'\n";
}
