//! A value set in a push, and what it takes to send a push once more.

use serde::{Deserialize, Serialize};

/// A value set in a push of the catalogue.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// A field's value, wherever the field stands; where there is none, one more field at the end. A number stays a number
    /// where the new value is one.
    Value {
        /// The field.
        name: String,
        /// Its new value.
        value: String,
    },
    /// The entries of a group that may be there several times, each made from the group in the catalogue. One is written
    /// as the catalogue has it; several are an array in JSON and the element again and again in XML.
    Entries {
        /// The group.
        name: String,
        /// Field and value of each entry.
        entries: Vec<Vec<(String, String)>>,
    },
}

impl Setting {
    /// A field's new value.
    pub fn value(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Value {
            name: name.into(),
            value: value.into(),
        }
    }

    /// All that it sets.
    pub fn values(&self) -> Vec<&str> {
        match self {
            Self::Value { value, .. } => vec![value],
            Self::Entries { entries, .. } => {
                let pairs = entries.iter().flatten();
                pairs.map(|(_, value)| value.as_str()).collect()
            }
        }
    }

    /// The bytes that it holds.
    pub fn bytes(&self) -> usize {
        let pair = |(name, value): &(String, String)| name.len() + value.len();
        match self {
            Self::Value { name, value } => name.len() + value.len(),
            Self::Entries { name, entries } => {
                name.len() + entries.iter().flatten().map(pair).sum::<usize>()
            }
        }
    }
}

/// All that it takes to send a push once more as the same message.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Original {
    /// Its entry in the catalogue with the kind of account, like `official/text`.
    pub entry: String,
    /// The CreateTime, in Unix seconds.
    pub create_time: u64,
    /// The MsgId of a message.
    pub msg_id: i64,
    /// The order.
    pub trade: String,
    /// The values that the catalogue does not give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Setting>,
    /// The fields that are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unset: Vec<String>,
}

impl Original {
    /// The bytes that it takes, about.
    pub fn bytes(&self) -> usize {
        let settings = self.settings.iter();
        let settings: usize = settings.map(|set| size_of::<Setting>() + set.bytes()).sum();
        let unset: usize = self.unset.iter().map(String::len).sum();
        size_of::<Self>() + self.entry.len() + settings + unset
    }
}
