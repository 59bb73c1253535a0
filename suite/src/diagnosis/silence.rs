//! Requests without an answer: no server, none that speaks HTTP, or none that answers. Pure.

use url::Url;
use wxcheck_mock_server::Silence;

use super::echo::{Sign, both, values};
use crate::{
    place::{Address, Reach},
    words,
};

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
    // Nothing stands between two processes of one machine.
    let is_local = Address::of(url).reach == Reach::Loopback;
    let hung_up = |en: &str, zh: &str| {
        let mut told = told(&address);
        both(&mut told, "how", en, zh);
        ("hung-up", told)
    };
    Some(match silence {
        Silence::Refused => ("not-listening", told(&address)),
        Silence::Unresolved => ("unresolved", told(host)),
        Silence::Unconnected { .. } if is_local => hung_up(
            "whoever listens there closed the connection",
            "监听该端口的进程关闭了连接",
        ),
        Silence::ConnectTimeout { .. } if is_local => {
            hung_up("nobody there accepts the connection", "没有程序接受连接")
        }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_firewall_is_suspected_between_two_machines_only() {
        let limit = Duration::from_secs(5);
        let reason = "Connection reset by peer (os error 104)".to_owned();
        for silence in [
            Silence::ConnectTimeout { limit },
            Silence::Unconnected { reason },
        ] {
            let of = |url: &str| of_silence(&silence, &Url::parse(url).unwrap()).map(|sign| sign.0);
            assert_eq!(of("https://127.0.0.1:8443/wechat"), Some("hung-up"));
            assert_eq!(of("https://localhost:8443/wechat"), Some("hung-up"));
            assert_eq!(of("https://192.168.1.7/wechat"), Some("unreachable"));
            assert_eq!(of("https://bot.example/wechat"), Some("unreachable"));
        }
    }
}
