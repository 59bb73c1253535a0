//! The owner of the machine behind a URL: no stranger's server is loaded or judged by mistake.

use std::net::{IpAddr, SocketAddr};

use crate::reach::Reach;

/// A machine that may be somebody else's.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "`{host}` leads to {address}, which is neither this machine nor a private address; if it is yours, give --i-own {host}, or i-own = \"{host}\" in wxcheck.toml"
)]
pub struct Foreign {
    /// The host, as the URL names it.
    pub host: String,
    /// Its address.
    pub address: IpAddr,
}

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

/// Fails with the first of a host's addresses that may be a stranger's, unless whoever asks says that the host is theirs.
pub fn check(host: &str, addresses: &[SocketAddr], owned: &[String]) -> Result<(), Foreign> {
    if is_owned(host, owned) {
        return Ok(());
    }
    let mut addresses = addresses.iter().map(SocketAddr::ip);
    match addresses.find(|address| Reach::of(*address) == Reach::Public) {
        None => Ok(()),
        Some(address) => Err(Foreign {
            host: host.to_owned(),
            address,
        }),
    }
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
            assert_eq!(check("h", &of(near), &[]), Ok(()), "{near}");
        }
        for far in ["203.0.113.5", "172.32.0.1", "2001:db8::1"] {
            let found = check("h", &of(far), &[]).unwrap_err();
            assert_eq!(found.address, far.parse::<IpAddr>().unwrap());
            assert_eq!(
                check("Bot.example", &of(far), &["bot.EXAMPLE".to_owned()]),
                Ok(())
            );
        }
        let owned = ["2001:db8::1".to_owned()];
        assert_eq!(check("[2001:db8::1]", &of("2001:db8::1"), &owned), Ok(()));
        let mixed = [of("127.0.0.1"), of("203.0.113.5")].concat();
        assert!(check("h", &mixed, &["other".to_owned()]).is_err());
    }
}
