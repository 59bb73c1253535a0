//! The verdicts of a run as tests of cargo.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use wxcheck_events::{Contract, ContractState};
use wxcheck_settings::baseline::BASELINE_NAME;
use wxcheck_suite::{
    contract::told,
    redact::Secrets,
    report::outcome::{Judged, as_test, list_as_test},
    rules,
    words::Language,
};

use super::{complain, run::JudgedRun};

/// The name of the test that fails where the list of known findings is no longer right.
const BASELINE: &str = "baseline";

/// The name of the test that compares the server's replies with those of an earlier run.
pub(super) const CONTRACT: &str = "contract";

/// Shows a run as tests. Where none was made, they are only listed.
pub fn conclude(mut arguments: Arguments, judged: Option<&JudgedRun>) -> ExitCode {
    // A run has its verdicts already; threads would only mix the output.
    arguments.test_threads = Some(1);
    let run = judged.map(|judged| &judged.run);
    let mut trials: Vec<Trial> = rules::all()
        .map(|rule| {
            let test = run.and_then(|run| {
                let row = run.rows.iter().find(|row| row.rule.id == rule.id);
                row.map(|row| as_test(row, run.gate(), &run.secrets))
            });
            Trial::ignorable_test(rule.id.as_str(), move || {
                let not_picked = || Ok(Completion::ignored_with("not picked by `only`"));
                test.map_or_else(not_picked, |test| completed(rule.id.as_str(), test))
            })
        })
        .collect();
    let list = run.and_then(|run| Some(list_as_test(run.baseline.as_ref()?, &run.secrets)));
    trials.push(Trial::ignorable_test(BASELINE, move || {
        let no_list = || {
            Ok(Completion::ignored_with(format!(
                "there is no {BASELINE_NAME}"
            )))
        };
        list.map_or_else(no_list, |list| completed(BASELINE, list))
    }));
    let contract = judged.and_then(|judged| {
        let contract = judged.contract.as_ref()?;
        Some(contract_as_test(contract, &judged.run.secrets))
    });
    trials.push(Trial::ignorable_test(CONTRACT, move || {
        let no_folder = || {
            Ok(Completion::ignored_with(
                "give a folder for its snapshots: WXCHECK_CONTRACT, or `contract` in wxcheck.toml",
            ))
        };
        contract.map_or_else(no_folder, |contract| completed(CONTRACT, contract))
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A comparison of replies as a test: what has changed fails it.
fn contract_as_test(contract: &Contract, secrets: &Secrets) -> Judged {
    let text = secrets.page(&told(contract, Language::English));
    match contract.state {
        ContractState::New => Judged::Warned(text),
        ContractState::Kept => Judged::Passed,
        ContractState::Changed { .. } => Judged::Failed(text),
        ContractState::Unseen { .. } => Judged::Ignored(text),
    }
}

/// A verdict as libtest knows it.
fn completed(name: &str, verdict: Judged) -> Result<Completion, Failed> {
    match verdict {
        Judged::Passed => Ok(Completion::Completed),
        Judged::Warned(text) => {
            complain(&format!("{name} {text}"));
            Ok(Completion::Completed)
        }
        Judged::Failed(text) => Err(text.to_string().into()),
        Judged::Known(reason) | Judged::Ignored(reason) => Ok(Completion::ignored_with(reason)),
    }
}
