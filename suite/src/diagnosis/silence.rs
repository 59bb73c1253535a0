//! Requests without an answer: no server, none that speaks HTTP, or none that answers. Pure.

use url::Url;
use wxcheck_mock_server::Silence;

use super::echo::{Sign, both, values};
use crate::words;

/// The reason that nothing came, where no server was reached or none that speaks HTTP.
pub(super) fn of_silence(silence: &Silence, url: &Url) -> Option<Sign> {
    let host = url.host_str().unwrap_or_default();
    let address = match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let told = |address: &str| {
        let mut told = values([("address", address.to_owned())]);
        both(&mut told, "got", &silence.to_string(), &in_chinese(silence));
        told
    };
    Some(match silence {
        Silence::Refused => ("not-listening", told(&address)),
        Silence::Unresolved => ("unresolved", told(host)),
        Silence::ConnectTimeout { .. } | Silence::Unconnected { .. } => {
            ("unreachable", told(&address))
        }
        Silence::Tls { .. } => ("tls-broken", told(&address)),
        // The parser came as far as the headers, so it is HTTP.
        Silence::Garbage { reason } if reason.contains("header") => ("bad-header", told(&address)),
        Silence::Garbage { .. } => ("no-http", told(&address)),
        _ => return None,
    })
}

/// A silence in Chinese. What a library says stays in its own words.
pub(crate) fn in_chinese(silence: &Silence) -> String {
    words::in_chinese(&silence.to_string())
}
