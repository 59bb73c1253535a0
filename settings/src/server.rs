//! The server as the suite has to know it, whole and checked.

use std::sync::Arc;

use wxcheck_mock_server::{
    PlatformOptions, ServeOptions, Target, Tls,
    connecting::{Connecting, Issuers, Resolve, SharedConnecting},
    state::app::AppSettings,
    target::parse_url,
};
use wxcheck_protocol::push::Credentials;
use wxcheck_suite::{
    effects_page::EffectsPage,
    fetching::Fetching,
    hostility::{Asked, Hostility},
    server::Server,
};

use crate::{Place, Settings, SettingsError, error::Reason};

impl Settings {
    /// The server, whole and checked.
    pub fn server(&self) -> Result<Server, SettingsError> {
        self.check_urls()?;
        let fetching = self.fetching()?;
        let callback = self.callback.url.is_some();
        self.check_account()?;
        let account = self.account();
        // Without a callback URL nothing is pushed; what needs an address all the same, like a look whether the
        // server is still there, takes that of the data.
        let first_fetched = fetching.urls().next().map(|(_, url)| url.clone());
        let url = match &self.callback.url {
            Some(url) => self.callback_url(url)?,
            None => first_fetched.ok_or(Reason::NoUrl)?,
        };
        let token = match &self.target.token {
            Some(token) if token.is_empty() => {
                return Err(self.wrong("token", Reason::EmptyToken));
            }
            Some(token) => token.clone(),
            None if callback && account.is_signed() => {
                return Err(Reason::NoToken.into());
            }
            None => String::new(),
        };
        let key = self.key()?;
        let mode = self.mode();
        if mode.seals() && key.is_none() {
            return Err(SettingsError::at(self.place_of_mode(), Reason::NoKey(mode)));
        }
        if mode.seals() && self.target.appid.is_none() {
            return Err(SettingsError::at(
                self.place_of_mode(),
                Reason::NoAppid(mode),
            ));
        }
        let options = self.platform_options()?;
        Ok(Server {
            hostility: Hostility::towards(&url, self.asked(), &options),
            secrets: self.secrets(),
            entity_file: None,
            target: Target {
                url,
                credentials: Credentials {
                    token,
                    appid: self.appid(),
                    key,
                },
                mode,
                format: self.format(),
                json_type: self.target.json_content_type.unwrap_or_default(),
                original_id: self.original_id(),
                payments: self.payments()?.map(Box::new),
            },
            account,
            handles: self.run.handles.clone(),
            catalogue: self.handled_of(account)?.into(),
            component: self.component()?,
            page: self.effects_page()?,
            options,
            callback,
            fetching,
            domains: self.fetch.domains.clone().unwrap_or_default(),
        })
    }

    /// Places from which data are fetched.
    pub fn fetching(&self) -> Result<Fetching, SettingsError> {
        let parse = |key: &'static str, url: &Option<String>| {
            let url = url.as_deref().map(parse_url).transpose();
            url.map_err(|error| self.wrong(key, Reason::Url(error)))
        };
        if self.carried.fetch_token.iter().any(String::is_empty) {
            return Err(self.wrong("fetch-token", Reason::EmptyFetchToken));
        }
        Ok(Fetching {
            periodic: parse("periodic-url", &self.fetch.periodic_url)?,
            pre: parse("prefetch-url", &self.fetch.prefetch_url)?,
            tokens: self.carried.fetch_token.clone(),
            dialect: self.dialect(),
            unit: self.carried.fetch_timestamp,
        })
    }

    /// The page that counts effects, if one is given.
    fn effects_page(&self) -> Result<Option<EffectsPage>, SettingsError> {
        if self.effects.api_listen.is_some() && self.effects.effects_url.is_some() {
            let other = self.place("effects-url");
            return Err(self.wrong("api-listen", Reason::TwoChannels(other)));
        }
        let page = self.effects.effects_url.as_deref().map(EffectsPage::parse);
        page.transpose()
            .map_err(|error| self.wrong("effects-url", Reason::EffectsUrl(error)))
    }

    /// The place where the mode was given, by itself or by the setting that decides it.
    fn place_of_mode(&self) -> Place {
        let only = self.account().only_mode();
        match (self.target.mode, only) {
            (Some(mode), _) => self.place("mode").with(mode),
            (None, Some(_)) => self.place("account").with(self.account()),
            (None, None) => self.place("aes-key"),
        }
    }

    /// The way connections are made.
    fn connecting(&self) -> Result<SharedConnecting, SettingsError> {
        let resolve = self.sending.resolve.iter().map(|text| text.parse());
        let resolve: Result<Vec<Resolve>, _> = resolve.collect();
        let besides = Issuers::besides(&self.besides.issuers_at);
        Ok(SharedConnecting::new(Connecting {
            trusted: self.besides.trusted.clone(),
            issuers: self.sending.fetch_issuers.then_some(besides),
            resolve: resolve.map_err(|error| self.wrong("resolve", Reason::Resolve(error)))?,
            pinned: Vec::new(),
        }))
    }

    /// The options about hostile requests.
    fn asked(&self) -> Asked {
        Asked {
            hostile: self.hostility.hostile,
            gentle: self.hostility.gentle,
        }
    }

    /// Options of the platform: how requests go out.
    pub fn platform_options(&self) -> Result<PlatformOptions, SettingsError> {
        Ok(PlatformOptions {
            patience: self.patience()?,
            environment_proxy: self.sending.env_proxy,
            closes: self.sending.connection_close,
            connecting: self.connecting()?,
            network: self.besides.network.clone(),
        })
    }

    /// The warning that somebody's machine is going to be attacked, to be shown before anything is sent.
    pub fn warning(&self, host: &str) -> String {
        let place = self.place("hostile");
        format!("hostile requests go to {host}, as {place} asks; it may stop serving")
    }

    /// The app as the platform knows it. Where nobody was registered, an open one takes everybody.
    pub fn app(&self, callback: Option<Target>, open: bool) -> AppSettings {
        AppSettings {
            appid: self.appid(),
            secret: self.target.secret.clone(),
            kind: self.account(),
            ip_whitelist: Vec::new(),
            callback,
            open,
            domains: self.fetch.domains.clone().unwrap_or_default(),
        }
    }

    /// Options of the API: who may call it, and what it serves.
    pub fn serve_options(&self, platform: PlatformOptions) -> ServeOptions {
        ServeOptions {
            control_token: self.control.control_token.clone(),
            allowed_hosts: self.serve.allow_host.clone(),
            allowed_targets: self.serve.allow_target.clone(),
            platform,
            retry: self.serve.retry.unwrap_or_default(),
            own_entries: self.besides.own_entries.clone(),
            holds_while_down: self.serve.hold_while_down,
            tls: match &self.besides.identity {
                Some(identity) => Some(Tls::Given(Arc::clone(identity))),
                None => self.serve.tls.then_some(Tls::Made),
            },
            ..ServeOptions::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::push::{Format, Mode};

    use super::*;

    const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

    /// Sound settings, changed.
    fn given(change: impl FnOnce(&mut Settings)) -> Settings {
        let mut settings = Settings::default();
        settings.callback.url = Some("http://127.0.0.1:1/".into());
        settings.target.token = Some("flag-token".into());
        change(&mut settings);
        settings
    }

    fn error(change: impl FnOnce(&mut Settings)) -> String {
        given(change).server().err().unwrap().to_string()
    }

    #[test]
    fn what_is_given_wins_and_the_rest_is_filled_in() {
        let lower = given(|lower| {
            lower.target.token = Some("file-token".into());
            lower.target.format = Some(Format::Json);
            lower.run.only = vec!["reply".into()];
        });
        let joined = given(|_| {}).over(lower);
        let server = joined.server().unwrap();
        assert_eq!(server.target.credentials.token, "flag-token");
        assert_eq!(server.target.format, Format::Json);
        assert_eq!(server.target.mode, Mode::Plain);
        let rules = joined.plan(0).unwrap().rules;
        assert!(rules.iter().all(|rule| rule.area() == "reply"));
    }

    #[test]
    fn a_key_makes_safe_mode_the_default() {
        let sealed = given(|settings| {
            settings.target.aes_key = Some(KEY.into());
            settings.target.appid = Some("wx1".into());
        });
        assert_eq!(sealed.server().unwrap().target.mode, Mode::Safe);
    }

    #[test]
    fn errors_name_the_setting_and_the_fix() {
        let short = error(|settings| settings.target.aes_key = Some(KEY[1..].into()));
        assert!(
            short.starts_with("aes-key: ") && short.contains("42"),
            "{short}"
        );
        let keyless = error(|settings| settings.target.mode = Some(Mode::Safe));
        assert!(keyless.contains("WXCHECK_AES_KEY"), "{keyless}");
        let nameless = error(|settings| settings.target.aes_key = Some(KEY.into()));
        assert!(nameless.contains("WXCHECK_APPID"), "{nameless}");
        let tokenless = error(|settings| settings.target.token = None);
        assert!(tokenless.contains("WXCHECK_TOKEN"), "{tokenless}");
        let hasty = error(|settings| settings.sending.patience = Some(0.0));
        assert!(hasty.starts_with("patience: 0: give a factor"), "{hasty}");
        let nowhere = error(|settings| settings.callback.url = None);
        assert!(nowhere.contains("WXCHECK_URL"), "{nowhere}");
    }

    #[test]
    fn reports_show_no_password() {
        let server = given(|settings| {
            settings.callback.url = Some("http://me:pass@127.0.0.1:1/x".into());
        });
        let server = server.server().unwrap();
        assert_eq!(server.display_url(), "http://127.0.0.1:1/x");
        assert_eq!(server.secrets.redact("pass"), "[redacted]");
    }
}
