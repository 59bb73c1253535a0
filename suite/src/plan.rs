//! The plan of a run, and the ways in which one ends.

use std::time::Duration;

use crate::{
    first_contact::NoContact,
    gate::Gate,
    rule::{Rule, RuleId},
    server::Server,
};

/// The plan of a run: what to judge, and how.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The rules, in the order of the report.
    pub rules: Vec<&'static Rule>,
    /// Rules that are not to be judged, with the reason their owner gives.
    pub skips: Vec<(RuleId, String)>,
    /// The seed, which alone decides what is drawn.
    pub seed: u64,
    /// Draws per rule, in place of each rule's own number.
    pub draws: Option<usize>,
    /// Plays in flight at once.
    pub concurrency: usize,
    /// Requests a second at most, where there is a limit.
    pub rate: Option<f64>,
    /// The run is ended after this; what is known by then is reported.
    pub max_time: Duration,
    /// Rules that are no Must are begun only within that time where the server is slow.
    pub time_beside_musts: Duration,
    /// The verdicts that fail the run beside a broken Must.
    pub gate: Gate,
}

impl Plan {
    /// The third-party host that is going to be attacked, if any: whoever starts the run announces it first.
    pub fn attacked<'a>(&self, server: &'a Server) -> Option<&'a str> {
        let is_skipped = |id| self.skips.iter().any(|(skipped, _)| *skipped == id);
        let mut rules = self.rules.iter();
        let is_planned = rules.any(|rule| rule.area() == "hostile" && !is_skipped(rule.id));
        let host = server.hostility.host.as_deref();
        host.filter(|_| server.callback && is_planned)
    }
}

/// The way in which a run ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Ended {
    /// Every rule has its verdict.
    Whole,
    /// It was stopped early; says by whom.
    Stopped(String),
    /// The time for it was over.
    OutOfTime,
    /// There was no contact.
    NoContact(NoContact),
}
