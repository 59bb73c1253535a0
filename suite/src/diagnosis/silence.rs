//! Requests without an answer: no server, none that speaks HTTP, or none that answers. Pure.

use url::Url;
use wxcheck_mock_server::Silence;

use super::echo::{Sign, both, values};

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
        Silence::Garbage { .. } => ("no-http", told(&address)),
        _ => return None,
    })
}

/// A silence in Chinese. What a library says stays in its own words.
pub(crate) fn in_chinese(silence: &Silence) -> String {
    match silence {
        Silence::Unresolved => "域名无法解析".to_owned(),
        Silence::Refused => "连接被拒绝，该端口上没有程序在监听".to_owned(),
        Silence::ConnectTimeout { limit } => format!("{limit:?} 内没有建立连接"),
        Silence::Tls { reason } => format!("TLS 握手失败：{reason}"),
        Silence::Unconnected { reason } => format!("连接失败：{reason}"),
        Silence::NoAnswer { limit } => format!("{limit:?} 内没有响应"),
        Silence::BodyUnfinished {
            status,
            received,
            limit,
        } => format!("状态码 {status}，但 {limit:?} 内没有收完响应体（收到 {received} 字节）"),
        Silence::Closed => "服务器没有响应就关闭了连接".to_owned(),
        Silence::Garbage { reason } => format!("收到的不是 HTTP 响应：{reason}"),
        Silence::BodyBroken {
            status,
            received,
            reason,
        } => format!("状态码 {status}，但响应体在 {received} 字节后中断：{reason}"),
        Silence::Dropped => "发送后由我们主动断开".to_owned(),
    }
}
