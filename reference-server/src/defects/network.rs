//! Defects in the TLS around the server.

use super::{Defect, MINI_XML};
use crate::behaviour::{Behaviour, Tls};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "tls-expired",
        summary: "has a certificate that has expired",
        behaviour: || Behaviour {
            tls: Tls::Expired,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("network/certificate-date", "expired")],
    },
    Defect {
        name: "tls-not-yet-valid",
        summary: "has a certificate that is not valid yet",
        behaviour: || Behaviour {
            tls: Tls::NotYetValid,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("network/certificate-date", "not-yet-valid")],
    },
    Defect {
        name: "tls-wrong-name",
        summary: "has a certificate for another name",
        behaviour: || Behaviour {
            tls: Tls::WrongName,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("network/certificate-name", "name")],
    },
    Defect {
        name: "tls-self-signed",
        summary: "has a certificate that it signed itself",
        behaviour: || Behaviour {
            tls: Tls::SelfSigned,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("network/certificate-trusted", "self-signed")],
    },
    Defect {
        name: "tls-missing-intermediate",
        summary: "sends its own certificate alone",
        behaviour: || Behaviour {
            tls: Tls::MissingIntermediate,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("network/certificate-chain", "missing-intermediate")],
    },
    Defect {
        name: "tls-private-intermediate",
        summary: "sends its own certificate alone, and whoever tries it trusts the one between as well",
        behaviour: || Behaviour {
            tls: Tls::PrivateIntermediate,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("network/certificate-chain", "missing-intermediate")],
    },
    Defect {
        name: "tls-private-root",
        summary: "sends its own certificate alone, of an authority of its owner's",
        behaviour: || Behaviour {
            tls: Tls::PrivateRoot,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("network/certificate-chain", "missing-intermediate")],
    },
    Defect {
        name: "tls-untrusted-root",
        summary: "has a certificate from an authority that nobody trusts",
        behaviour: || Behaviour {
            tls: Tls::UntrustedRoot,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("network/certificate-trusted", "untrusted")],
    },
    Defect {
        name: "tls-old-versions",
        summary: "speaks TLS below 1.2 only",
        behaviour: || Behaviour {
            tls: Tls::OldVersions,
            ..Behaviour::default()
        },
        setting: MINI_XML,
        caught_by: &[("network/tls-version", "version")],
    },
];
