//! Requests that are composed, signed and sealed before anything is measured, by the code that `wxcheck load` uses.

use url::Url;
use wxcheck_load::{
    identity::{Identities, User},
    template::{Scratch, Template},
};
use wxcheck_mock_server::{
    Target,
    catalogue::Catalogue,
    composer::{Message, Recipient},
};
use wxcheck_protocol::{
    account::Account,
    push::{Format, JsonType, Mode},
};

use crate::credentials::{APPID, credentials};

/// The seed of their identities, and the second in which they are sent.
const SEED: u64 = 16;
const SECOND: u64 = 1_795_000_000;

/// So many requests with a text message in safe mode, no two alike.
pub fn sealed(url: &Url, count: u64) -> anyhow::Result<Vec<Vec<u8>>> {
    let target = Target {
        url: url.clone(),
        credentials: credentials()?,
        mode: Mode::Safe,
        format: Format::Xml,
        json_type: JsonType::Json,
        original_id: "gh_0123456789ab".to_owned(),
        payments: None,
    };
    let recipient = Recipient {
        account: Account::Mini,
        target: &target,
        authorizer: APPID,
        authorization_url: None,
    };
    let entry = Catalogue::built_in()?.find("text", Account::Mini)?;
    let template = Template::push(&Message::of(&entry, Format::Xml), &recipient, false)?;
    let identities = Identities::new(SEED);
    let mut scratch = Scratch::default();
    let requests = (0..count).map(|number| {
        let user = User {
            number,
            forged: false,
        };
        let identity = identities.of(user, number, number, SECOND);
        let mut request = Vec::with_capacity(template.len());
        template.write(&identity, 0, false, &mut scratch, &mut request);
        request
    });
    Ok(requests.collect())
}
