//! The owner of the machine behind a URL: no stranger's server is loaded or judged by mistake.

use std::net::{IpAddr, SocketAddr};

use crate::reach::Reach;

/// True for a name or an address, without scheme, port or path.
pub fn is_host(text: &str) -> bool {
    let is_address = text.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    is_address || !(text.is_empty() || text.contains(['/', ':', ' ', '@']))
}

/// True if that host is among those that somebody owns.
pub fn is_owned(host: &str, owned: &[String]) -> bool {
    let bare = |host: &str| host.trim_matches(['[', ']']).to_ascii_lowercase();
    owned.iter().any(|owned| bare(owned) == bare(host))
}

/// The first of these addresses that may be a stranger's, unless whoever asks says that the host is theirs.
pub fn foreign(host: &str, addresses: &[SocketAddr], owned: &[String]) -> Option<IpAddr> {
    if is_owned(host, owned) {
        return None;
    }
    let mut addresses = addresses.iter().map(SocketAddr::ip);
    addresses.find(|address| Reach::of(*address) == Reach::Public)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_strangers_is_told_unless_it_is_owned() {
        let of = |address: &str| vec![SocketAddr::new(address.parse().unwrap(), 80)];
        for near in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.7",
            "169.254.1.1",
            "::1",
            "fd00::1",
            "::ffff:127.0.0.1",
        ] {
            assert_eq!(foreign("h", &of(near), &[]), None, "{near}");
        }
        for far in ["203.0.113.5", "172.32.0.1", "2001:db8::1"] {
            assert_eq!(foreign("h", &of(far), &[]), Some(far.parse().unwrap()));
            assert_eq!(
                foreign("Bot.example", &of(far), &["bot.EXAMPLE".to_owned()]),
                None
            );
        }
        let owned = ["2001:db8::1".to_owned()];
        assert_eq!(foreign("[2001:db8::1]", &of("2001:db8::1"), &owned), None);
        let mixed = [of("127.0.0.1"), of("203.0.113.5")].concat();
        assert!(foreign("h", &mixed, &["other".to_owned()]).is_some());
    }
}
