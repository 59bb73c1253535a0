//! The settings of the conformance test: read as for `wxcheck check`, where nothing is typed but variables.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
};

use wxcheck_settings::{
    Settings, SettingsError,
    groups::{Effects, Run, Target},
};

/// Any free port of this machine.
const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

/// The environment, whose paths start at the workspace, over the nearest `wxcheck.toml`.
pub(crate) fn settings(here: &Path, workspace: &Path) -> Result<Settings, SettingsError> {
    let given = Settings::of_environment()?.beside(workspace);
    given.over_file(here)?.checked()
}

/// The settings that the reference server needs, where they name no other.
pub(crate) fn for_the_reference_server(
    settings: &Settings,
    workspace: &Path,
) -> Result<Settings, SettingsError> {
    Ok(Settings {
        target: Target {
            token: Some("conformance".to_owned()),
            appid: Some("wx0123456789abcdef".to_owned()),
            aes_key: Some(KEY.to_owned()),
            secret: Some("conformanceAppSecret".to_owned()),
            ..Target::default()
        },
        effects: Effects {
            api_listen: Some(ANY_PORT),
            ..Effects::default()
        },
        run: Run {
            handles: settings.all_that_asks()?,
            contract: Some(workspace.join("snapshots/targets/reference")),
            ..Run::default()
        },
        ..Settings::default()
    })
}
