//! An app's settings as they are kept: with their secrets, so whoever keeps them seals them.

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize, de::Error as _};
use wxcheck_protocol::{
    account::Account,
    aes_key::EncodingAesKey,
    domain::Domains,
    push::{Credentials, Format, JsonType, Mode},
};

use crate::{
    state::app::AppSettings,
    target::{Target, parse_url},
};

/// Everything that is configured of an app.
#[derive(Deserialize, Serialize)]
pub(super) struct KeptSettings {
    appid: String,
    secret: Option<String>,
    kind: Account,
    ip_whitelist: Vec<IpAddr>,
    callback: Option<KeptTarget>,
    open: bool,
    domains: Domains,
}

#[derive(Deserialize, Serialize)]
struct KeptTarget {
    url: String,
    token: String,
    key: Option<String>,
    mode: Mode,
    format: Format,
    json_type: JsonType,
    original_id: String,
    payments: Option<Box<Self>>,
}

impl fmt::Debug for KeptSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("KeptSettings");
        shown.field("appid", &self.appid).finish_non_exhaustive()
    }
}

impl KeptSettings {
    pub(super) fn of(settings: &AppSettings) -> Self {
        Self {
            appid: settings.appid.clone(),
            secret: settings.secret.clone(),
            kind: settings.kind,
            ip_whitelist: settings.ip_whitelist.clone(),
            callback: settings.callback.as_ref().map(KeptTarget::of),
            open: settings.open,
            domains: settings.domains.clone(),
        }
    }

    pub(super) fn settings(self) -> Result<AppSettings, serde_json::Error> {
        let callback = self.callback.map(|target| target.target(&self.appid));
        Ok(AppSettings {
            callback: callback.transpose()?,
            appid: self.appid,
            secret: self.secret,
            kind: self.kind,
            ip_whitelist: self.ip_whitelist,
            open: self.open,
            domains: self.domains,
        })
    }
}

impl KeptTarget {
    fn of(target: &Target) -> Self {
        let key = target.credentials.key.as_ref();
        Self {
            url: target.url.to_string(),
            token: target.credentials.token.clone(),
            key: key.map(EncodingAesKey::text),
            mode: target.mode,
            format: target.format,
            json_type: target.json_type,
            original_id: target.original_id.clone(),
            payments: target.payments.as_deref().map(Self::of).map(Box::new),
        }
    }

    fn target(self, appid: &str) -> Result<Target, serde_json::Error> {
        let key = self.key.as_deref().map(EncodingAesKey::parse).transpose();
        let payments = self.payments.map(|payments| payments.target(appid));
        Ok(Target {
            url: parse_url(&self.url).map_err(serde_json::Error::custom)?,
            credentials: Credentials {
                token: self.token,
                appid: appid.to_owned(),
                key: key.map_err(serde_json::Error::custom)?,
            },
            mode: self.mode,
            format: self.format,
            json_type: self.json_type,
            original_id: self.original_id,
            payments: payments.transpose()?.map(Box::new),
        })
    }
}
