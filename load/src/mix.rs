//! The requests of a plan, by weight: pushes of the catalogue, and fetches.

use serde::{Deserialize, Serialize};
use wxcheck_mock_server::catalogue::{Catalogue, CatalogueEntry, Sender};
use wxcheck_protocol::{account::Account, fetch::FetchKind};

use crate::plan_error::PlanError;

/// The mix where none is given.
pub const USUAL: &str = "text=100";

/// One kind of request, and how often it comes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Share {
    /// The name in the catalogue, `prefetch` or `periodic`.
    pub name: String,
    /// The number of its requests in as many as all weights together.
    pub weight: u32,
    /// Its kind, which decides about its user.
    pub kind: ShareKind,
}

/// The kind of a request.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShareKind {
    /// A push with a MsgId: any number of a user's may come in one second.
    Message,
    /// A push of a user without a MsgId: one of a user's may come in one second.
    Event,
    /// A push that names no user: nothing tells one of a second from another.
    Userless,
    /// A GET for the phone.
    Fetch(FetchKind),
}

impl Share {
    /// The kind of fetch, if it is one.
    pub const fn fetch(&self) -> Option<FetchKind> {
        match self.kind {
            ShareKind::Fetch(kind) => Some(kind),
            _ => None,
        }
    }

    /// True for pushes that CreateTime alone tells apart.
    pub const fn is_event(&self) -> bool {
        matches!(self.kind, ShareKind::Event)
    }

    fn of(
        name: &str,
        weight: u32,
        catalogue: &Catalogue,
        account: Account,
    ) -> Result<Self, PlanError> {
        if let Ok(kind) = name.parse::<FetchKind>() {
            return Ok(Self {
                name: kind.name().to_owned(),
                weight,
                kind: ShareKind::Fetch(kind),
            });
        }
        let entry = catalogue
            .find(name, account)
            .map_err(|error| PlanError::new("--mix", name, error.to_string()))?;
        let forms = catalogue.of(account);
        if forms.iter().all(|form| form.name != entry.name) {
            let fix = format!(
                "an account of the kind {account} gets no such push; see `wxcheck push --list --account {account}`"
            );
            return Err(PlanError::new("--mix", name, fix));
        }
        Ok(Self {
            kind: kind_of(&entry),
            name: entry.name,
            weight,
        })
    }
}

fn kind_of(entry: &CatalogueEntry) -> ShareKind {
    let template = entry.template(entry.format(wxcheck_protocol::push::Format::Xml));
    let holds = |mark: &str| {
        template
            .iter()
            .any(|field| field.value.scalar().as_deref() == Some(mark))
    };
    if holds("{msgid}") {
        ShareKind::Message
    } else if entry.from == Sender::User && holds("{openid}") {
        ShareKind::Event
    } else {
        ShareKind::Userless
    }
}

/// Reads a mix like `text=70,subscribe_msg_popup_event=10,prefetch=20`.
pub fn read(text: &str, catalogue: &Catalogue, account: Account) -> Result<Vec<Share>, PlanError> {
    let mut shares: Vec<Share> = Vec::new();
    for written in text.split(',').map(str::trim) {
        let wrong = |fix: &str| PlanError::new("--mix", format!("`{written}`"), fix);
        let (name, weight) = written
            .split_once('=')
            .ok_or_else(|| wrong("write NAME=WEIGHT, like text=70,prefetch=30"))?;
        let weight: u32 = weight
            .trim()
            .parse()
            .ok()
            .filter(|weight| *weight <= 1_000_000)
            .ok_or_else(|| wrong("give a weight that is a whole number from 0 to 1000000"))?;
        let share = Share::of(name.trim(), weight, catalogue, account)?;
        if shares.iter().any(|known| known.name == share.name) {
            return Err(wrong("listed twice; give it one weight"));
        }
        shares.push(share);
    }
    Ok(shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mix(text: &str) -> Result<Vec<Share>, String> {
        let catalogue = Catalogue::built_in().unwrap();
        read(text, catalogue, Account::Mini).map_err(|error| error.to_string())
    }

    #[test]
    fn names_of_the_catalogue_and_fetches_have_weights() {
        let shares =
            mix("text=70, Subscribe_msg_popup_event=10,prefetch=20,iot_voip_notify=0").unwrap();
        let kinds: Vec<ShareKind> = shares.iter().map(|share| share.kind).collect();
        assert_eq!(kinds[0], ShareKind::Message);
        assert_eq!(kinds[1], ShareKind::Event);
        assert_eq!(kinds[2], ShareKind::Fetch(FetchKind::Pre));
        assert_eq!(shares[1].name, "subscribe_msg_popup_event");
    }

    #[test]
    fn a_slip_is_told_with_its_mend() {
        for (slip, told) in [
            ("text", "--mix `text`: write NAME=WEIGHT"),
            ("text=many", "--mix `text=many`: give a weight"),
            ("text=1,TEXT=2", "--mix `TEXT=2`: listed twice"),
            (
                "tekst=1",
                "--mix tekst: no push is called `tekst`; did you mean",
            ),
            ("", "--mix ``: write"),
        ] {
            let error = mix(slip).unwrap_err();
            assert!(error.starts_with(told), "{error}");
        }
    }
}
