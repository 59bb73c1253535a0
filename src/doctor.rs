//! `wxcheck doctor`: find what is misconfigured before a run is spent on it.

use std::fmt::Write as _;

use anyhow::Result;
use wxcheck_mock_server::clock;
use wxcheck_protocol::push::{Format, Mode};
use wxcheck_settings::{Origins, doctor::look_at_settings};
use wxcheck_suite::{
    doctor::{Diagnosis, Health, look_at_server},
    redact::Secrets,
};

use crate::{
    cli::DoctorArgs,
    entropy,
    exit::{self, Exit},
    screen, settings, stop,
};

pub(crate) async fn run(args: DoctorArgs, origins: Origins) -> Result<Exit> {
    let settings = settings::whole(args.settings(origins))?;
    let mut seen = look_at_settings(&settings);
    let secrets = settings.secrets();
    let mut text = String::new();
    let mut stopped = None;
    // What cannot be used cannot be tried.
    if worst(&seen) == Health::Wrong {
        text.push_str("the server was not asked: fix the settings first\n");
    } else {
        let stop = stop::signal()?;
        let (now, salt) = (clock::unix_seconds(), entropy::draw());
        let server = settings.server()?;
        let in_mode = |mode: Mode, format: Format| {
            let mut other = settings.clone();
            (other.target.mode, other.target.format) = (Some(mode), Some(format));
            other.server().ok()
        };
        tokio::select! {
            asked = look_at_server(&server, &in_mode, now, salt, &mut seen) => asked?,
            who = stop => stopped = Some(who),
        }
    }
    let mut shown = seen.iter().fold(String::new(), |mut shown, one| {
        show(&mut shown, one, &secrets);
        shown
    });
    shown.push_str(&text);
    let count = |health| seen.iter().filter(|one| one.health == health).count();
    let _ = writeln!(
        shown,
        "{} looked at: {} fine, {} doubtful, {} wrong",
        seen.len(),
        count(Health::Fine),
        count(Health::Doubtful),
        count(Health::Wrong)
    );
    if let Some(who) = stopped {
        let _ = writeln!(shown, "stopped by {who} before the end");
        screen::show(&secrets.page(&shown));
        return Ok(Exit::NoVerdict);
    }
    screen::show(&secrets.page(&shown));
    Ok(exit::of_diagnosis(worst(&seen)))
}

fn worst(seen: &[Diagnosis]) -> Health {
    let healths = seen.iter().map(|one| one.health);
    healths.max().unwrap_or(Health::Fine)
}

fn show(text: &mut String, one: &Diagnosis, secrets: &Secrets) {
    let mark = match one.health {
        Health::Fine => "✓",
        Health::Doubtful => "!",
        Health::Wrong => "✗",
    };
    // Most of what was seen the target wrote.
    let seen = secrets.shown(&one.seen);
    let _ = writeln!(text, "  {mark} {:<14}{seen}", one.about);
    if let Some(mend) = &one.mend {
        let _ = writeln!(text, "    {:<14}fix: {mend}", "");
    }
}
