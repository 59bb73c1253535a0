//! `wxcheck doctor`: find the mistake, here or in the server's code, before a run is spent on it.

use std::{fmt::Write as _, path::Path};

use anyhow::{Context as _, Result};
use serde::Serialize;
use wxcheck_mock_server::clock;
use wxcheck_report::CauseRow;
use wxcheck_settings::{Origins, Settings, doctor::look_at_settings};
use wxcheck_suite::{
    diagnosis::{Examined, Limits},
    doctor::{Bilingual, Diagnosis, Health, look_at_server},
    redact::{Colour, Redacted, Secrets},
    report::{json, view::Diagnosed},
};

use crate::{
    cli::DoctorArgs,
    entropy,
    exit::{self, Exit, usage},
    language::Language,
    screen, settings, stop,
    terminal::{self, Style},
};

/// Nothing was named that could be looked at.
const NO_URL: (&str, &str) = (
    "no URL is given: name the callback URL on the command line, in WXCHECK_URL or as `url` in wxcheck.toml; or --periodic-url, --prefetch-url",
    "没有给出 URL：请在命令行、WXCHECK_URL 或 wxcheck.toml 的 `url` 中给出回调 URL，或给出 --periodic-url、--prefetch-url",
);

pub(crate) async fn run(args: DoctorArgs, origins: Origins, lang: Language) -> Result<Exit> {
    let limits = if args.thorough {
        Limits::THOROUGH
    } else {
        Limits::USUAL
    };
    let report = args.report_json.clone();
    let pipe = match report.as_deref().filter(|path| !is_standard_output(path)) {
        Some(path) => settings::try_to_write(path).context("--report-json")?,
        None => None,
    };
    let settings = settings::whole(args.settings(origins))?;
    if !settings.names_a_server() {
        return Err(usage(NO_URL));
    }
    let mut looked = Looked {
        seen: look_at_settings(&settings),
        examined: Examined::default(),
        stopped: None,
        asked: false,
    };
    // What cannot be used cannot be tried.
    if worst(&looked.seen) != Health::Wrong {
        looked.asked = true;
        let stop = stop::signal()?;
        let (now, salt) = (clock::unix_seconds(), entropy::draw());
        let mut server = settings.server()?;
        let asking = async {
            // A name that leads nowhere is told by what is seen of it.
            let _known = settings.check_owner(&mut server, None).await?;
            let asked = look_at_server(&server, limits, now, salt, &mut looked.seen).await?;
            anyhow::Ok(asked)
        };
        tokio::select! {
            asked = asking => looked.examined = asked?,
            who = stop => looked.stopped = Some(who),
        }
    }
    let secrets = settings.secrets();
    let text = looked.text(&secrets, lang);
    match &report {
        None => screen::show(&text),
        Some(path) => {
            let json = looked.json(&settings, &secrets);
            if is_standard_output(path) {
                screen::show_on_stderr(&text);
                screen::show(&json);
            } else {
                screen::show(&text);
                settings::write_report(path, pipe, &json).await?;
            }
        }
    }
    Ok(match looked.stopped {
        Some(_) => Exit::NoVerdict,
        None => exit::of_diagnosis(looked.worst()),
    })
}

/// All that was looked at.
struct Looked {
    seen: Vec<Diagnosis>,
    examined: Examined,
    /// By whom it was stopped.
    stopped: Option<&'static str>,
    /// The server was asked.
    asked: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    wxcheck: &'static str,
    url: Option<String>,
    ended: &'static str,
    requests: u32,
    takes_everything: bool,
    causes: Vec<CauseRow>,
    looked_at: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    about: &'static str,
    health: &'static str,
    seen: Redacted,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'a str>,
}

impl Looked {
    fn worst(&self) -> Health {
        if self.examined.findings.is_empty() {
            worst(&self.seen)
        } else {
            Health::Wrong
        }
    }

    fn text(&self, secrets: &Secrets, lang: Language) -> Redacted {
        let style = Style::of_screen(lang, false, true);
        let diagnosed = Diagnosed {
            findings: self.examined.findings.clone(),
            is_open: self.examined.is_open,
            stack: self.examined.stack,
            requests: self.examined.requests,
        };
        let mut text = terminal::causes(&diagnosed, secrets, style);
        for one in &self.seen {
            show(&mut text, one, secrets, style);
        }
        if !self.asked {
            text.push(&Redacted::own(match lang {
                Language::English => "the server was not asked: fix the settings first\n",
                Language::Chinese => "没有向服务器发送请求：请先修改配置\n",
            }));
        }
        let count = |health| self.seen.iter().filter(|one| one.health == health).count();
        let to_fix = count(Health::Wrong) + self.examined.findings.len();
        let (doubtful, fine) = (count(Health::Doubtful), count(Health::Fine));
        text.push(&secrets.page(&match lang {
            Language::English => format!("to fix: {to_fix}, doubtful: {doubtful}, fine: {fine}\n"),
            Language::Chinese => format!("需要修复：{to_fix}，存疑：{doubtful}，正常：{fine}\n"),
        }));
        if let Some(who) = self.stopped {
            text.push(&secrets.page(&match lang {
                Language::English => format!("stopped by {who} before the end\n"),
                Language::Chinese => format!("被 {who} 提前终止\n"),
            }));
        }
        text
    }

    fn json(&self, settings: &Settings, secrets: &Secrets) -> Redacted {
        let server = settings.server().ok();
        let stack = self.examined.stack;
        let findings = self.examined.findings.iter();
        secrets.json(&Report {
            wxcheck: env!("CARGO_PKG_VERSION"),
            url: server.map(|server| server.display_url()),
            ended: match (self.stopped, self.asked) {
                (Some(_), _) => "stopped",
                (None, false) => "the server was not asked",
                (None, true) => "whole",
            },
            requests: self.examined.requests,
            takes_everything: self.examined.takes_everything(),
            causes: findings
                .map(|finding| json::cause(finding, stack))
                .collect(),
            looked_at: self
                .seen
                .iter()
                .map(|one| Row {
                    about: one.about,
                    health: match one.health {
                        Health::Fine => "fine",
                        Health::Doubtful => "doubtful",
                        Health::Wrong => "wrong",
                    },
                    seen: secrets.render(&one.seen.en),
                    fix: one.fix.as_ref().map(|fix| fix.en.as_str()),
                })
                .collect(),
        })
    }
}

fn is_standard_output(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn worst(seen: &[Diagnosis]) -> Health {
    let healths = seen.iter().map(|one| one.health);
    healths.max().unwrap_or(Health::Fine)
}

fn show(text: &mut Redacted, one: &Diagnosis, secrets: &Secrets, style: Style) {
    let (mark, colour) = match one.health {
        Health::Fine => ("✓", Colour::Green),
        Health::Doubtful => ("!", Colour::Yellow),
        Health::Wrong => ("✗", Colour::Red),
    };
    let mark = Redacted::own(mark);
    text.push(&Redacted::own("  "));
    text.push(&if style.colours {
        mark.painted(colour)
    } else {
        mark
    });
    // Most of what was seen the target wrote.
    let told = |text: &Bilingual| match style.lang {
        Language::English => text.en.clone(),
        Language::Chinese => text.zh.clone(),
    };
    let (about, label) = match style.lang {
        Language::English => (one.about, "fix: "),
        Language::Chinese => (one.about_in_chinese(), "修复："),
    };
    let pad = " ".repeat(14_usize.saturating_sub(terminal::width(about)));
    let mut lines = format!(" {about}{pad}{}\n", secrets.render(&told(&one.seen)));
    if let Some(fix) = &one.fix {
        let _ = writeln!(lines, "    {:<14}{label}{}", "", told(fix));
    }
    text.push(&secrets.page(&lines));
}
