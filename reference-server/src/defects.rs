//! Servers that each do one thing wrong, and the rules that should notice.

mod api_use;
mod effects;
mod envelope;
mod fetch;
mod fetch_reading;
mod hostile;
mod network;
mod passive;
mod push_signature;
mod redelivery;
mod reply;
mod structured;
mod tolerance;
mod url_check;

use wxcheck_protocol::push::{Format, Mode};

use crate::behaviour::Behaviour;
use wxcheck_protocol::account::Account;

/// A server with one thing wrong.
#[derive(Clone, Copy, Debug)]
pub struct Defect {
    /// The name, in kebab-case; stable and unique.
    pub name: &'static str,
    /// The server's fault, in one sentence without its subject.
    pub summary: &'static str,
    /// The correct behaviour with one field replaced.
    pub behaviour: fn() -> Behaviour,
    /// The setting in which it shows best.
    pub setting: Setting,
    /// The rules that should notice, each with the claim it should make.
    pub caught_by: &'static [(&'static str, &'static str)],
}

/// The account a server stands behind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Setting {
    /// The configured mode.
    pub mode: Mode,
    /// The configured format.
    pub format: Format,
    /// The kind of account.
    pub account: Account,
    /// True if the server calls WeChat's API: some defects show nowhere else.
    pub api: bool,
}

impl Setting {
    const fn new(mode: Mode, format: Format, account: Account) -> Self {
        Self {
            mode,
            format,
            account,
            api: false,
        }
    }

    const fn with_api(self) -> Self {
        Self { api: true, ..self }
    }
}

/// An official account in plain mode: its text replies prove that a push was taken.
pub(crate) const PLAIN_XML: Setting = Setting::new(Mode::Plain, Format::Xml, Account::Official);
const PLAIN_JSON: Setting = Setting::new(Mode::Plain, Format::Json, Account::Official);
const COMPAT_XML: Setting = Setting::new(Mode::Compat, Format::Xml, Account::Official);
const SAFE_JSON: Setting = Setting::new(Mode::Safe, Format::Json, Account::Official);
pub(crate) const SAFE_XML: Setting = Setting::new(Mode::Safe, Format::Xml, Account::Official);
/// A mini program in plain mode.
pub(crate) const MINI_XML: Setting = Setting::new(Mode::Plain, Format::Xml, Account::Mini);
const MINI_JSON: Setting = Setting::new(Mode::Plain, Format::Json, Account::Mini);
const MINI_SAFE_JSON: Setting = Setting::new(Mode::Safe, Format::Json, Account::Mini);
/// A mini program whose server calls the API.
pub(crate) const PLAIN_XML_API: Setting = PLAIN_XML.with_api();
pub(crate) const MINI_XML_API: Setting = MINI_XML.with_api();
const MINI_JSON_API: Setting = MINI_JSON.with_api();
const COMPAT_XML_API: Setting = COMPAT_XML.with_api();
const SAFE_JSON_API: Setting = SAFE_JSON.with_api();

/// Every defect, by area.
pub static DEFECTS: &[Defect] = &ALL;

/// The defect of that name.
pub fn defect(name: &str) -> Option<&'static Defect> {
    DEFECTS.iter().find(|defect| defect.name == name)
}

const AREAS: &[&[Defect]] = &[
    url_check::DEFECTS,
    push_signature::DEFECTS,
    envelope::DEFECTS,
    reply::DEFECTS,
    passive::DEFECTS,
    structured::DEFECTS,
    tolerance::DEFECTS,
    redelivery::DEFECTS,
    effects::DEFECTS,
    api_use::DEFECTS,
    fetch::DEFECTS,
    fetch_reading::DEFECTS,
    network::DEFECTS,
    hostile::DEFECTS,
];

static ALL: [Defect; count(AREAS)] = joined(AREAS);

const fn count(areas: &[&[Defect]]) -> usize {
    let (mut count, mut area) = (0, 0);
    while area < areas.len() {
        count += areas[area].len();
        area += 1;
    }
    count
}

/// The areas one after the other; they must hold `N` defects, and a first one.
const fn joined<const N: usize>(areas: &[&[Defect]]) -> [Defect; N] {
    let mut all = [areas[0][0]; N];
    let (mut filled, mut area) = (0, 0);
    while area < areas.len() {
        let mut place = 0;
        while place < areas[area].len() {
            all[filled] = areas[area][place];
            filled += 1;
            place += 1;
        }
        area += 1;
    }
    all
}
