//! The built-in reference server, which is judged where no other is named.

use anyhow::{Context, Result};
use wxcheck_mock_server::ApiServer;
use wxcheck_protocol::{account::Account, limits::EXCHANGE_LIMIT};
use wxcheck_reference_server as reference;
use wxcheck_settings::{
    Origin, Settings,
    groups::{Carried, Target},
};

use wxcheck_suite::words::sentence;

use crate::{cli::CheckArgs, exit::usage, language::Language, screen};

/// The configuration of the built-in reference server where nothing is given. No one's secrets.
const TOKEN: &str = "wxcheckReferenceToken";
pub(super) const APPID: &str = "wx0123456789abcdef";
pub(super) const SECRET: &str = "wxcheckReferenceAppSecret";
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

const FETCH_TOKENS: [&str; 2] = ["wxcheckFetchToken+1=", "wxcheckFetchToken+2="];

/// Says that our own server is judged, which calls no platform but ours and is started by nobody else.
pub(super) fn announce(settings: &Settings, args: &CheckArgs, lang: Language) -> Result<()> {
    if settings.account() == Account::CloudFunction {
        return Err(settings.no_callback_of_function().into());
    }
    if let Some(url) = &args.platform {
        return Err(usage(format!(
            "--platform {url}: the built-in server calls no other; give the URL of yours"
        )));
    }
    if args.start.is_some() {
        return Err(usage(
            "--start: give the URL at which that server answers, too",
        ));
    }
    let told = "no URL is given: the built-in reference server is judged";
    screen::complain(&settings.secrets().page(&sentence(told, lang)));
    Ok(())
}

/// Starts the built-in server as configured, and fills in what is not configured, its URL included.
pub(super) async fn start(
    settings: &mut Settings,
    api: Option<&ApiServer>,
) -> Result<reference::Running> {
    let own = of_reference(Target {
        token: Some(TOKEN.to_owned()),
        appid: Some(APPID.to_owned()),
        aes_key: Some(KEY.to_owned()),
        ..Target::default()
    });
    *settings = settings.clone().over(Settings {
        carried: Carried {
            fetch_token: FETCH_TOKENS.map(str::to_owned).to_vec(),
            ..Carried::default()
        },
        ..own
    });
    let running = reference::spawn(
        reference_settings(settings, api)?,
        reference::Behaviour::default(),
    )
    .await
    .context("the reference server could not start")?;
    match settings.account() {
        // Nothing is pushed to a URL.
        Account::Finclip | Account::CloudFunction => {}
        account => {
            settings.callback.url = Some(running.url().to_owned());
            if account == Account::Platform {
                let url = &settings.callback.url;
                settings.target.authorization_url.clone_from(url);
            }
        }
    }
    if settings.run.handles.is_empty() && settings.callback.url.is_some() {
        settings.run.handles = settings.all_that_asks()?;
    }
    settings.fetch.periodic_url = Some(running.periodic_url().to_owned());
    settings.fetch.prefetch_url = Some(running.prefetch_url().to_owned());
    Ok(running)
}

/// The same for the reference server.
fn reference_settings(settings: &Settings, api: Option<&ApiServer>) -> Result<reference::Settings> {
    let target = &settings.target;
    Ok(reference::Settings {
        token: target.token.clone().unwrap_or_default(),
        appid: settings.appid(),
        key: settings.key()?,
        mode: settings.mode(),
        format: settings.format(),
        account: settings.account(),
        limit: EXCHANGE_LIMIT.mul_f64(settings.patience()?),
        api: api.map(|api| reference::Api {
            base: api.base_url(),
            secret: target.secret.clone().unwrap_or_default(),
        }),
        fetch_tokens: settings.carried.fetch_token.clone(),
        network: settings.besides.network.clone(),
    })
}

/// The values that are filled in where nothing is given.
pub(super) fn of_reference(target: Target) -> Settings {
    let mut settings = Settings {
        target,
        ..Settings::default()
    };
    for key in Settings::keys() {
        settings.origins.note(key, Origin::BuiltIn);
    }
    settings
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::push::{Format, Mode};

    use super::*;

    #[tokio::test]
    async fn the_reference_server_is_configured_as_the_run() {
        let mut settings = Settings::default();
        settings.target.mode = Some(Mode::Compat);
        settings.target.format = Some(Format::Json);
        let running = start(&mut settings, None).await.unwrap();
        let server = settings.server().unwrap();
        assert_eq!(server.target.url.as_str(), running.url());
        assert_eq!(server.target.mode, Mode::Compat);
        assert_eq!(server.target.credentials.token, TOKEN);
    }
}
