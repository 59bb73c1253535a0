//! The app that the platform begins with: what is configured here, over what a store or a seed file knows of it.

use anyhow::Result;
use wxcheck_mock_server::state::app::AppSettings;
use wxcheck_settings::Settings;

/// The app, and the settings that make it.
pub(super) struct Configured {
    /// The settings that are given here, filled up from what is known of the app.
    pub(super) settings: Settings,
    /// The app.
    pub(super) app: AppSettings,
}

impl Configured {
    /// Each setting that is given wins; whatever is not given stays as it is known.
    pub(super) fn over(given: &Settings, known: Option<&AppSettings>) -> Result<Self> {
        let mut settings = match known {
            Some(known) => given.clone().over_app(known),
            None => given.clone(),
        };
        // An app has an appid here, also where none is given: envelopes are sealed for it.
        let appid = settings.appid();
        settings.target.appid.get_or_insert(appid);
        let known_target = known.and_then(|known| known.callback.as_ref());
        let mut callback = match (known_target, &settings.callback.url) {
            // Nothing is to be checked that nobody gave.
            (Some(known), _) if !gives_callback(given) => Some(known.clone()),
            (_, Some(_)) => Some(settings.server()?.target),
            (_, None) => None,
        };
        if let (Some(target), Some(known)) = (&mut callback, known_target) {
            target.payments = target.payments.take().or_else(|| known.payments.clone());
        }
        let app = settings.app(callback, known.is_some_and(|known| known.open));
        let app = AppSettings {
            ip_whitelist: known.map_or_else(Vec::new, |known| known.ip_whitelist.clone()),
            ..app
        };
        Ok(Self { settings, app })
    }
}

/// True if a setting of the callback is given here.
fn gives_callback(given: &Settings) -> bool {
    let target = &given.target;
    given.callback.url.is_some()
        || given.kind.account.is_some()
        || target.token.is_some()
        || target.aes_key.is_some()
        || target.mode.is_some()
        || target.format.is_some()
        || target.json_content_type.is_some()
        || target.original_id.is_some()
        || target.payment_url.is_some()
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::push::{Format, Mode};

    use super::*;

    const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

    fn known() -> AppSettings {
        let mut settings = Settings::default();
        settings.callback.url = Some("http://127.0.0.1:8080/kept".into());
        settings.target.token = Some("kept-token".into());
        settings.target.secret = Some("kept-secret".into());
        settings.target.format = Some(Format::Json);
        Configured::over(&settings, None).unwrap().app
    }

    #[test]
    fn each_setting_that_is_given_wins_and_the_others_stay() {
        let known = known();
        let same = Configured::over(&Settings::default(), Some(&known)).unwrap();
        let target = same.app.callback.unwrap();
        assert_eq!(target.url.path(), "/kept");
        assert_eq!(same.app.secret.as_deref(), Some("kept-secret"));

        let mut given = Settings::default();
        given.target.mode = Some(Mode::Safe);
        given.target.aes_key = Some(KEY.into());
        given.target.token = Some("new-token".into());
        let changed = Configured::over(&given, Some(&known)).unwrap();
        let target = changed.app.callback.unwrap();
        assert_eq!((target.mode, target.format), (Mode::Safe, Format::Json));
        assert_eq!(target.url.path(), "/kept");
        assert_eq!(target.credentials.token, "new-token");
        assert!(target.credentials.key.is_some());

        let mut given = Settings::default();
        given.callback.url = Some("http://127.0.0.1:9090/new".into());
        let moved = Configured::over(&given, Some(&known)).unwrap();
        let target = moved.app.callback.unwrap();
        assert_eq!(target.url.path(), "/new");
        assert_eq!(target.credentials.token, "kept-token");
    }

    #[test]
    fn the_usual_appid_is_enough_for_a_sealed_mode() {
        let mut given = Settings::default();
        given.callback.url = Some("http://127.0.0.1:8080/".into());
        given.target.token = Some("t".into());
        given.target.aes_key = Some(KEY.into());
        let first = Configured::over(&given, None).unwrap().app;
        assert_eq!(first.callback.unwrap().mode, Mode::Safe);
    }

    #[test]
    fn a_mode_that_lacks_its_key_is_refused_and_not_ignored() {
        let mut given = Settings::default();
        given.target.mode = Some(Mode::Safe);
        let error = Configured::over(&given, Some(&known())).err().unwrap();
        assert!(error.to_string().contains("WXCHECK_AES_KEY"), "{error}");
    }

    #[test]
    fn a_kept_key_is_the_same_key() {
        let mut given = Settings::default();
        given.callback.url = Some("http://127.0.0.1:8080/".into());
        given.target.token = Some("t".into());
        given.target.aes_key = Some(KEY.into());
        given.target.appid = Some("wx0123456789abcdef".into());
        let first = Configured::over(&given, None).unwrap().app;
        let again = Configured::over(&Settings::default(), Some(&first)).unwrap();
        let key = |app: &AppSettings| app.callback.clone().unwrap().credentials.key;
        assert_eq!(key(&again.app), key(&first));
        assert_eq!(again.app.callback.unwrap().mode, Mode::Safe);
    }
}
