//! Settings filled up from what is known of an app already.

use wxcheck_mock_server::state::app::AppSettings;
use wxcheck_protocol::{aes_key::EncodingAesKey, push::Format};

use crate::Settings;

impl Settings {
    /// These settings, and where nothing is given what a store or a seed file knows of the app.
    #[must_use]
    pub fn over_app(self, known: &AppSettings) -> Self {
        let mut lower = Self::default();
        lower.kind.account = Some(known.kind);
        lower.target.appid = Some(known.appid.clone());
        lower.target.secret.clone_from(&known.secret);
        lower.fetch.domains = Some(known.domains.clone());
        if let Some(target) = &known.callback {
            let credentials = &target.credentials;
            lower.callback.url = Some(target.url.to_string());
            lower.target.token = Some(credentials.token.clone());
            lower.target.aes_key = credentials.key.as_ref().map(EncodingAesKey::text);
            lower.target.mode = Some(target.mode);
            lower.target.format = Some(target.format);
            // Of XML there is none to give.
            let format = self.target.format.unwrap_or(target.format);
            lower.target.json_content_type = (format == Format::Json).then_some(target.json_type);
            lower.target.original_id = Some(target.original_id.clone());
        }
        self.over(lower)
    }
}
