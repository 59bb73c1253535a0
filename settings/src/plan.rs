//! The plan of a run: the rules to judge, and how.

use std::time::Duration;

use wxcheck_suite::{
    bounds,
    gate::Gate,
    plan::Plan,
    rule::Rule,
    rules::{self, as_of::AsOf},
};

use crate::{Origin, Settings, SettingsError, error::Reason, groups::FailOn, ranges};

const MAX_TIME: u64 = 120;
/// The same where a server is to be treated gently.
const GENTLE_TIME: u64 = 600;
/// Requests a second where a server is to be treated gently.
const GENTLE_RATE: f64 = 20.0;
/// The seconds of a run in which a slow server is judged by rules that are no Must, unless another time is asked for.
const BESIDE_MUSTS: u64 = 23;
/// Seeds are drawn below this, so that people can type them.
const SEEDS: u64 = 1_000_000;

impl Settings {
    /// The plan of a run: which rules to judge, and how. `drawn` becomes the seed where none is given.
    pub fn plan(&self, drawn: u64) -> Result<Plan, SettingsError> {
        let size = |size: Option<usize>| size.map(|size| size as u64);
        for (key, range, number) in [
            ("cases", ranges::CASES, size(self.run.cases)),
            (
                "concurrency",
                ranges::CONCURRENCY,
                size(self.run.concurrency),
            ),
            ("max-time", ranges::MAX_TIME, self.run.max_time),
            ("seed", ranges::SEED, self.draw.seed),
        ] {
            let checked = number.map(|number| range.check(number)).transpose();
            checked.map_err(|error| self.wrong(key, Reason::Number(error)))?;
        }
        let mut chosen: Vec<&'static Rule> = Vec::new();
        for pattern in &self.run.only {
            chosen.extend(self.matching("only", pattern)?);
        }
        let [least, most] = ranges::RATE;
        if let Some(rate) = self.run.rate.filter(|rate| !(least..=most).contains(rate)) {
            return Err(self.wrong("rate", Reason::Rate(rate)));
        }
        let is_gentle = self.hostility.gentle;
        let usual_time = if is_gentle { GENTLE_TIME } else { MAX_TIME };
        let concurrency = self.run.concurrency.unwrap_or(bounds::CONCURRENCY);
        let is_chosen = |rule: &&'static Rule| {
            self.run.only.is_empty() || chosen.iter().any(|other| other.id == rule.id)
        };
        let mut skips = Vec::new();
        for text in &self.run.skip {
            let (pattern, reason) = text
                .split_once('=')
                .filter(|(_, reason)| !reason.trim().is_empty())
                .ok_or_else(|| self.wrong("skip", Reason::Unexplained(text.clone())))?;
            let matched = self.matching("skip", pattern)?;
            skips.extend(matched.into_iter().map(|rule| (rule.id, reason.to_owned())));
        }
        if let Some(given) = &self.run.rules_as_of {
            let wrong = |error| self.wrong("rules-as-of", Reason::AsOf(error));
            let as_of = AsOf::of_this_program(given).map_err(wrong)?;
            skips.extend(as_of.later(rules::all()));
        }
        Ok(Plan {
            rules: rules::all().filter(is_chosen).collect(),
            skips,
            seed: self.draw.seed.unwrap_or(drawn % SEEDS),
            draws: self.run.cases,
            concurrency: if is_gentle { 1 } else { concurrency },
            rate: self.run.rate.or(is_gentle.then_some(GENTLE_RATE)),
            max_time: Duration::from_secs(self.run.max_time.unwrap_or(usual_time)),
            time_beside_musts: Duration::from_secs(self.run.max_time.unwrap_or(BESIDE_MUSTS)),
            gate: self.gate(),
        })
    }

    /// A word for each `skip` that leaves nothing out: none of its rules is chosen, or none of them applies anyway.
    pub fn idle_skips(&self, plan: &Plan, applies: impl Fn(&Rule) -> bool) -> Vec<String> {
        let is_of_file = |key, text: &str| {
            let place = self.origins.place_of_item(key, text);
            matches!(place.origin(), Origin::File { .. })
        };
        // What the file skips is for all runs, also for one that is narrowed to some rules where it is started.
        let is_narrowed = self.run.only.iter().any(|only| !is_of_file("only", only));
        let is_idle = |text: &str, pattern: &str| {
            let mut matched = rules::matching(pattern).into_iter();
            let is_planned = |rule: &Rule| plan.rules.iter().any(|other| other.id == rule.id);
            let is_for_all_runs = is_narrowed && is_of_file("skip", text);
            !matched.any(|rule| (is_for_all_runs || is_planned(rule)) && applies(rule))
        };
        let patterns = self
            .run
            .skip
            .iter()
            .filter_map(|text| Some((text, text.split_once('=')?.0)));
        let idle = patterns.filter(|(text, pattern)| is_idle(text, pattern));
        idle.map(|(text, pattern)| {
            let place = self.origins.place_of_item("skip", text);
            if matches!(place.origin(), Origin::File { .. }) {
                format!("{place}: `{pattern}` skips nothing in this run")
            } else {
                format!("{}: it skips nothing in this run", place.with(pattern))
            }
        })
        .collect()
    }

    /// The verdicts that fail a run. What is noted fails with what is warned about.
    pub fn gate(&self) -> Gate {
        let asked = &self.strictness.fail_on;
        let info = asked.contains(&FailOn::Info);
        let asked = Gate {
            should: info || asked.contains(&FailOn::Should),
            info,
            inconclusive: asked.contains(&FailOn::Inconclusive),
        };
        let strict = self.strictness.strict.then_some(Gate::STRICT);
        asked.or(strict.unwrap_or_default())
    }

    /// The rules of a pattern; none is a slip of the pen, never a silent pass.
    fn matching(
        &self,
        key: &'static str,
        pattern: &str,
    ) -> Result<Vec<&'static Rule>, SettingsError> {
        let matched = rules::matching(pattern);
        if matched.is_empty() {
            let place = self.place(key).with(pattern);
            return Err(SettingsError::at(place, Reason::NoRule(pattern.to_owned())));
        }
        Ok(matched)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Settings)) -> String {
        let mut settings = Settings::default();
        change(&mut settings);
        settings.plan(0).err().unwrap().to_string()
    }

    #[test]
    fn plans_refuse_what_names_nothing() {
        let typo = refused(|settings| settings.run.only = vec!["reply/acknowledge".into()]);
        assert!(typo.contains("did you mean `reply/acknowledges`"), "{typo}");
        let silent = refused(|settings| settings.run.skip = vec!["reply/acknowledges=".into()]);
        assert!(silent.contains("ID=REASON"), "{silent}");
        let early = refused(|settings| settings.run.rules_as_of = Some("0.0".into()));
        assert!(early.contains("no rule is that old"), "{early}");
        let none = refused(|settings| settings.run.cases = Some(0));
        assert!(none.starts_with("cases: 0: give "), "{none}");
    }
}
