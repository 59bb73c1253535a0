//! A name with several addresses of which some are dead: pure but for the trying.

use url::{Host, Url};
use wxcheck_mock_server::{Platform, addresses::Tried};

use super::{
    echo::{Sign, values},
    prober::SECOND_LOOK,
};

/// The addresses of a name.
#[derive(Default)]
pub(super) struct Addresses {
    /// Some are dead.
    pub(super) sign: Option<Sign>,
    /// All are IPv6.
    pub(super) are_ipv6: bool,
}

/// Tries the addresses of the target's name; nothing where the host is an address, or this machine.
pub(super) async fn examine(platform: &Platform) -> Addresses {
    let url: &Url = &platform.target().url;
    match url.host() {
        Some(Host::Domain(name)) if name != "localhost" => {
            let tried = platform.addresses(SECOND_LOOK).await;
            Addresses {
                sign: of_addresses(name, &tried),
                are_ipv6: !tried.is_empty() && tried.iter().all(|one| one.address.is_ipv6()),
            }
        }
        _ => Addresses::default(),
    }
}

/// A dead address among living ones. IPv6 may be dead only from here, where this machine has none.
fn of_addresses(name: &str, tried: &[Tried]) -> Option<Sign> {
    let has_ipv6 = tried
        .iter()
        .any(|one| one.address.is_ipv6() && one.connects);
    let is_dead = |one: &&Tried| !one.connects && (one.address.is_ipv4() || has_ipv6);
    let dead = tried.iter().find(is_dead)?;
    let alive = tried.iter().find(|one| one.connects)?;
    Some((
        "address-dead",
        values([
            ("name", name.to_owned()),
            ("dead", dead.address.to_string()),
            ("alive", alive.address.to_string()),
        ]),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_address_is_told_beside_a_living_one_only() {
        let tried = |all: &[(&str, bool)]| {
            let one = |(address, connects): &(&str, bool)| Tried {
                address: address.parse().unwrap(),
                connects: *connects,
            };
            let all: Vec<Tried> = all.iter().map(one).collect();
            of_addresses("h.example", &all).map(|(_, told)| told["dead"].clone())
        };
        let (one, other, ipv6) = ("203.0.113.1:80", "203.0.113.2:80", "[2001:db8::1]:80");
        assert_eq!(
            tried(&[(one, true), (other, false)]).as_deref(),
            Some(other)
        );
        assert_eq!(tried(&[(one, true), (other, true)]), None);
        assert_eq!(tried(&[(one, false), (other, false)]), None);
        assert_eq!(tried(&[(one, true), (ipv6, false)]), None);
        assert_eq!(tried(&[(one, false), (ipv6, true)]).as_deref(), Some(one));
    }
}
