//! The rules as tests: one test a rule, named by its id, from one shared run.
//!
//! With `WXCHECK_URL` set, that server is judged, with what `WXCHECK_TOKEN` and its companions say;
//! without, the reference server. `WXCHECK_STRICT=1` fails on warnings too.

#![expect(
    clippy::print_stderr,
    reason = "a test harness reports on standard error"
)]

mod given;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use wxcheck_events::Ended;
use wxcheck_harness::{
    Wechat,
    conformance::{self, Bench, Unjudged, conclude},
};
use wxcheck_network::Network;
use wxcheck_protocol::limits::EXCHANGE_LIMIT;
use wxcheck_reference_server as reference;
use wxcheck_settings::{Settings, baseline::Listed};
use wxcheck_suite::{contract, player::Player, report::View, server::Server};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // Listing must not send anything: nextest lists first, and again in each process.
    if arguments.list {
        return conclude(arguments, None, vec![contract_test(None)]);
    }
    match judge(&arguments) {
        Ok((run, replies)) => conclude(arguments, Some(&run), vec![contract_test(replies)]),
        Err(reason) => reason.exit(),
    }
}

/// The name of the test that compares the server's replies with those of before.
const CONTRACT: &str = "contract";

fn contract_test(replies: Option<Replies>) -> Trial {
    Trial::ignorable_test(CONTRACT, move || match replies {
        Some(replies) => {
            replies.compare()?;
            Ok(Completion::Completed)
        }
        None => Ok(Completion::ignored_with(
            "give a folder for its snapshots: WXCHECK_CONTRACT, or `contract` in wxcheck.toml",
        )),
    })
}

/// The server's answers to everything it is pushed.
struct Replies {
    folder: PathBuf,
    name: String,
    text: String,
    /// The whole file, for the first time.
    first: String,
}

impl Replies {
    async fn of(player: &Player<'_>, server: &Server, folder: &Path) -> Result<Self, String> {
        let text = contract::record(player).await;
        let text = text.map_err(|error| error.to_string())?;
        Ok(Self {
            folder: folder.to_owned(),
            name: contract::name_for(server),
            first: contract::snapshot(server, "wxcheck check --contract", &text),
            text,
        })
    }

    /// As insta does it: a difference is written beside the snapshot, for `cargo insta review`.
    fn compare(self) -> Result<(), Failed> {
        let file = self.folder.join(format!("{}.snap", self.name));
        if !file.exists() {
            write_first(&file, &self.first)?;
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(self.folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(self.name, self.text));
        Ok(())
    }
}

/// The first time there is nothing to compare with, as for `wxcheck check --contract`.
#[expect(
    clippy::disallowed_methods,
    reason = "a snapshot is a file, and insta would fail before it writes one"
)]
fn write_first(file: &Path, whole: &str) -> Result<(), String> {
    let folder = file.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder
        .and_then(|()| std::fs::write(file, whole))
        .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    eprintln!("written: {}", file.display());
    Ok(())
}

/// Judges the server that is configured, or the reference server. That one is kept within the process, on time that
/// passes only while everybody waits.
fn judge(arguments: &Arguments) -> Result<(View, Option<Replies>), Unjudged> {
    let here = std::env::current_dir().map_err(Unjudged::usage)?;
    // Cargo runs tests in the package's folder; what is typed is meant from the workspace's.
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut settings = given::settings(&here, &workspace).map_err(Unjudged::usage)?;
    let is_reference = !settings.names_a_server();
    if is_reference {
        let own = given::for_the_reference_server(&settings, &workspace);
        settings = settings.over(own.map_err(Unjudged::usage)?);
        settings.besides.network = Network::within_the_process();
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(is_reference)
        .build()
        .map_err(Unjudged::usage)?;
    // The list of another server is not that of the reference server.
    let folder = Some(&*workspace).filter(|_| !is_reference);
    let bench = Bench {
        listed: Listed::of(&settings, folder).map_err(Unjudged::usage)?,
        settings: settings.clone(),
        runtime,
    };
    // Kept to the end of the run: the server stops when dropped.
    let mut kept = None;
    let start = async |wechat| {
        let running = start_reference(&settings, wechat).await?;
        let url = running.url().to_owned();
        kept = Some(running);
        Ok::<_, String>(url)
    };
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let folder = settings.run.contract.as_deref();
    let folder = folder.filter(|_| CONTRACT.contains(filter));
    let after = async |player: &Player<'_>, server: &Server, run: &View| {
        let is_comparable = run.ended.ended == Ended::Whole && server.callback;
        match folder.filter(|_| is_comparable) {
            Some(folder) => Replies::of(player, server, folder).await.map(Some),
            None => Ok(None),
        }
    };
    conformance::judge(arguments, bench, start, after)
}

async fn start_reference(
    settings: &Settings,
    wechat: Wechat,
) -> Result<reference::Running, String> {
    let patience = settings.patience().map_err(|error| error.to_string())?;
    let of_reference = reference::Settings {
        token: wechat.token,
        appid: wechat.appid,
        key: settings.key().map_err(|error| error.to_string())?,
        mode: settings.mode(),
        format: settings.format(),
        account: settings.account(),
        limit: EXCHANGE_LIMIT.mul_f64(patience),
        api: Some(reference::Api {
            base: wechat.base_url,
            secret: wechat.secret,
        }),
        fetch_tokens: Vec::new(),
        network: settings.besides.network.clone(),
    };
    let started = reference::spawn(of_reference, reference::Behaviour::default()).await;
    started.map_err(|error| error.to_string())
}
