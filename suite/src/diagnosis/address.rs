//! A name whose addresses are not all of use: some are dead, or all are IPv6. Pure but for the trying.

use url::{Host, Url};
use wxcheck_mock_server::{Platform, addresses::Tried, reach::Reach};

use super::{
    Certainty,
    echo::{Sign, both, values},
    prober::SECOND_LOOK,
};

/// Tries the addresses of the target's name; nothing where the host is an address.
pub(super) async fn examine(platform: &Platform) -> Option<(Sign, Certainty)> {
    let url: &Url = &platform.target().url;
    match url.host() {
        Some(Host::Domain(name)) => {
            let tried = platform.addresses(SECOND_LOOK).await;
            let of_ipv6 = of_ipv6(name, &tried).map(|sign| (sign, Certainty::Seen));
            of_ipv6.or_else(|| Some((of_addresses(name, &tried)?, Certainty::NoAnswer)))
        }
        _ => None,
    }
}

/// A dead address among living ones. IPv6 may be dead only from here, where this machine has none.
fn of_addresses(name: &str, tried: &[Tried]) -> Option<Sign> {
    let has_ipv6 = tried
        .iter()
        .any(|one| one.address.is_ipv6() && one.connects);
    let is_dead = |one: &&Tried| !one.connects && (one.address.is_ipv4() || has_ipv6);
    // Of this machine's own two addresses a server needs one only.
    let dead = tried.iter().find(is_dead).filter(|_| name != "localhost")?;
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

/// A name with IPv6 addresses only, or one of this machine at which a server listens on the IPv6 address alone.
fn of_ipv6(name: &str, tried: &[Tried]) -> Option<Sign> {
    let alive = tried
        .iter()
        .find(|one| one.address.is_ipv6() && one.connects)?;
    let is_local = tried
        .iter()
        .all(|one| Reach::of(one.address.ip()) == Reach::Loopback);
    let mut told = values([("name", name.to_owned())]);
    if tried.iter().all(|one| one.address.is_ipv6()) {
        let (en, zh) = ("has IPv6 addresses only", "只有 IPv6 地址");
        both(&mut told, "how", en, zh);
    } else if is_local
        && !tried
            .iter()
            .any(|one| one.address.is_ipv4() && one.connects)
    {
        let address = alive.address;
        let en = format!("is answered at {address} only, and not at 127.0.0.1");
        let zh = format!("只有 {address} 有服务在监听，127.0.0.1 上没有");
        both(&mut told, "how", &en, &zh);
    } else {
        return None;
    }
    Some(("ipv6-only", told))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(all: &[(&str, bool)]) -> Vec<Tried> {
        let one = |(address, connects): &(&str, bool)| Tried {
            address: address.parse().unwrap(),
            connects: *connects,
        };
        all.iter().map(one).collect()
    }

    #[test]
    fn a_dead_address_is_told_beside_a_living_one_only() {
        let dead = |all: &[(&str, bool)]| {
            of_addresses("h.example", &tried(all)).map(|(_, told)| told["dead"].clone())
        };
        let (one, other, ipv6) = ("203.0.113.1:80", "203.0.113.2:80", "[2001:db8::1]:80");
        assert_eq!(dead(&[(one, true), (other, false)]).as_deref(), Some(other));
        assert_eq!(dead(&[(one, true), (other, true)]), None);
        assert_eq!(dead(&[(one, false), (other, false)]), None);
        assert_eq!(dead(&[(one, true), (ipv6, false)]), None);
        assert_eq!(dead(&[(one, false), (ipv6, true)]).as_deref(), Some(one));
    }

    #[test]
    fn ipv6_is_told_where_nothing_else_answers() {
        let is_told = |all: &[(&str, bool)]| of_ipv6("h.example", &tried(all)).is_some();
        let (public, ipv6) = ("203.0.113.1:80", "[2001:db8::1]:80");
        assert!(is_told(&[(ipv6, true)]));
        assert!(!is_told(&[(ipv6, false)]));
        assert!(!is_told(&[(public, true), (ipv6, true)]));
        // A dead IPv4 address of a public name is told as a dead address.
        assert!(!is_told(&[(public, false), (ipv6, true)]));
        let (own, own_ipv6) = ("127.0.0.1:80", "[::1]:80");
        assert!(is_told(&[(own, false), (own_ipv6, true)]));
        assert!(!is_told(&[(own, true), (own_ipv6, true)]));
        assert!(!is_told(&[(own, true), (own_ipv6, false)]));
    }
}
