//! The rules as tests: one test a rule, named by its id, from one shared run.
//!
//! With `WXCHECK_URL` set, that server is judged, with what `WXCHECK_TOKEN` and its companions say;
//! without, the reference server. `WXCHECK_STRICT=1` fails on warnings too.

mod given;

use std::{path::Path, process::ExitCode};

use libtest_mimic::Arguments;
use wxcheck_harness::{
    Wechat,
    conformance::{self, Bench, JudgedRun, Unjudged, conclude},
};
use wxcheck_network::Network;
use wxcheck_protocol::limits::EXCHANGE_LIMIT;
use wxcheck_reference_server as reference;
use wxcheck_settings::{Settings, baseline::Listed};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // Listing must not send anything: nextest lists first, and again in each process.
    if arguments.list {
        return conclude(arguments, None);
    }
    match judge(&arguments) {
        Ok(judged) => conclude(arguments, Some(&judged)),
        Err(reason) => reason.exit(),
    }
}

/// Judges the server that is configured, or the reference server. That one is kept within the process, on time that
/// passes only while everybody waits.
fn judge(arguments: &Arguments) -> Result<JudgedRun, Unjudged> {
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
    conformance::judge(arguments, bench, start)
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
