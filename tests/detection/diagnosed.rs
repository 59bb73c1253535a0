//! Causes are told exactly: of every mistake of a first day the cause that it is, of every defect its own or none, and of a
//! correct server none.

use libtest_mimic::Trial;
use wxcheck_reference_server::{
    Behaviour, DEFECTS, Mistake, Setting, UNUSUAL, behaviour::Pace, mistakes,
};
use wxcheck_suite::diagnosis::{Certainty, Examined};

use crate::{judged::examine, name_of, settings, trial};

/// Requests of an examination, at most.
const MOST: u32 = 80;

/// Defects that keep a server from being used, with what is said of them. Of all others nothing is said.
const DEFECT_CAUSES: [(&str, &[&str]); 0] = [];

/// One trial for each server.
pub(crate) fn trials() -> Vec<Trial> {
    let mistakes = mistakes().enumerate().map(|(number, mistake)| {
        let name = format!("{:03}-{}", number, mistake.causes.join("+"));
        trial("diagnosis", &name, || is_named(mistake))
    });
    let defects = DEFECTS.iter().map(|defect| {
        let known = DEFECT_CAUSES.iter().find(|(name, _)| *name == defect.name);
        let causes = known.map_or(&[][..], |(_, causes)| causes);
        trial("no-false-diagnosis", defect.name, move || {
            wrong(causes, &examine(defect.setting, (defect.behaviour)()))
        })
    });
    let unusual = UNUSUAL.iter().map(|unusual| {
        trial("no-false-diagnosis", unusual.name, || {
            wrong(&[], &examine(unusual.setting, (unusual.behaviour)()))
        })
    });
    let correct = settings().into_iter().map(|setting| {
        let name = name_of(setting);
        trial("no-false-diagnosis", &name, move || {
            wrong(&[], &examine(setting, Behaviour::default()))
        })
    });
    let silent = trial("diagnosis", "slow-servers-are-not-silent", || {
        let slow = Behaviour {
            pace: Pace::Slow,
            ..Behaviour::default()
        };
        let setting = UNUSUAL.first().map(|unusual| unusual.setting)?;
        wrong(&[], &examine(setting, slow))
    });
    let everything = trial("diagnosis", "takes-everything", takes_everything);
    mistakes
        .chain(defects)
        .chain(unusual)
        .chain(correct)
        .chain([silent, everything])
        .collect()
}

/// The causes are named, in their order, and no other.
fn is_named(mistake: &Mistake) -> Option<String> {
    let examined = examine(mistake.setting, (mistake.behaviour)());
    let text = wrong(mistake.causes, &examined);
    let unproven = examined.findings.iter().find(|finding| {
        let signs = ["order-", "joint-", "token-", "hash-", "output-", "parts-"];
        signs.iter().any(|area| finding.cause.id.starts_with(area))
            && finding.certainty != Certainty::Proven
    });
    let unproven = unproven.map(|finding| format!("{} is not proven", finding.cause.id));
    let told = text.or(unproven);
    told.map(|text| format!("{}: {text}", mistake.summary))
}

fn takes_everything() -> Option<String> {
    let setting: Setting = UNUSUAL.first()?.setting;
    let behaviour = Behaviour {
        verify: wxcheck_reference_server::behaviour::Verify::Unsigned,
        ..Behaviour::default()
    };
    let examined = examine(setting, behaviour);
    let is_told = examined.takes_everything && examined.findings.is_empty();
    (!is_told).then(|| format!("{examined:?}"))
}

/// What is said beyond or in place of these causes.
fn wrong(causes: &[&str], examined: &Examined) -> Option<String> {
    let found: Vec<&str> = examined
        .findings
        .iter()
        .map(|finding| finding.cause.id)
        .collect();
    if found != causes {
        let told: Vec<String> = examined
            .findings
            .iter()
            .map(|finding| finding.english(examined.stack).line)
            .collect();
        return Some(format!("{found:?} in place of {causes:?}: {told:?}"));
    }
    (examined.requests > MOST).then(|| format!("{} requests", examined.requests))
}
