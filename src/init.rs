//! `wxcheck init`: the first files of a project that is to be judged. Nothing that is there is overwritten unasked.

use std::{io::stdin, path::Path};

use anyhow::Result;
use wxcheck_settings::FILE_NAME;
use wxcheck_suite::redact::{Redacted, Secrets};

use crate::{
    cli::{InitArgs, Lang},
    entropy,
    exit::Exit,
    screen, settings,
};

/// The address of a server under test, where none is given.
const URL: &str = "http://127.0.0.1:8080/wechat";
/// A command that is to be replaced.
const START: &str = "./start-the-server";
/// The most that is read of a file that says how a project is started.
const PACKAGE_BYTES: usize = 1024 * 1024;

/// A file that may be written.
struct Draft {
    path: &'static str,
    template: &'static str,
    quote: fn(&str) -> String,
    /// The file that has to be there for it, if any.
    beside: Option<&'static str>,
}

const DRAFTS: [Draft; 4] = [
    Draft {
        path: FILE_NAME,
        template: include_str!("init/wxcheck.toml"),
        quote: quoted,
        beside: None,
    },
    Draft {
        path: ".github/workflows/wxcheck.yml",
        template: include_str!("init/github.yml"),
        quote: quoted,
        beside: Some(".github"),
    },
    Draft {
        path: "wxcheck.gitlab-ci.yml",
        template: include_str!("init/gitlab.yml"),
        quote: for_shell,
        beside: Some(".gitlab-ci.yml"),
    },
    Draft {
        path: "wxcheck.jenkins.groovy",
        template: include_str!("init/jenkins.groovy"),
        quote: for_shell,
        beside: Some("Jenkinsfile"),
    },
];

pub(crate) fn run(args: &InitArgs, lang: Lang) -> Result<Exit> {
    let folder = std::env::current_dir()?;
    let url = args.url.clone().unwrap_or_else(|| URL.to_owned());
    let start = match &args.start {
        Some(start) => start.clone(),
        None => usual_start(&folder)?,
    };
    let token = entropy::token();
    let mut kept = false;
    for draft in DRAFTS {
        let is_wanted = draft
            .beside
            .is_none_or(|beside| folder.join(beside).exists());
        if !is_wanted {
            continue;
        }
        let path = Path::new(draft.path);
        let is_there = folder.join(path).symlink_metadata().is_ok();
        if is_there && !(args.force && agrees(draft.path, lang)) {
            kept = true;
            say(&match lang {
                Lang::En => format!("kept: {} is there already", draft.path),
                Lang::Zh => format!("保留：{} 已存在", draft.path),
            });
            continue;
        }
        let text = draft
            .template
            .replace("{url}", &(draft.quote)(&url))
            .replace("{token}", &(draft.quote)(&token))
            .replace("{action}", &action())
            .replace("{start}", &(draft.quote)(&start));
        // The Token is made up, and to be read there.
        settings::write_text(path, &Secrets::default().page(&text))?;
        say(&match lang {
            Lang::En => format!("written: {}", draft.path),
            Lang::Zh => format!("已写入：{}", draft.path),
        });
    }
    say(&next(&start, &url, kept, lang));
    Ok(Exit::Fine)
}

fn say(line: &str) {
    let mut text = Secrets::default().page(line);
    text.push(&Redacted::own("\n"));
    screen::show(&text);
}

/// The way on.
fn next(start: &str, url: &str, kept: bool, lang: Lang) -> String {
    let command = format!("wxcheck check --start {} {url}", for_shell(start));
    let force = match (kept, lang) {
        (false, _) => "",
        (true, Lang::En) => "\n--force asks before it overwrites a file",
        (true, Lang::Zh) => "\n加上 --force 会在覆盖文件前询问",
    };
    match lang {
        Lang::En => {
            format!("next: give your server the Token of {FILE_NAME}, then try\n  {command}{force}")
        }
        Lang::Zh => {
            format!("下一步：把 {FILE_NAME} 中的 Token 配置到服务器，然后运行\n  {command}{force}")
        }
    }
}

/// True if somebody at the terminal says that a file may be overwritten.
fn agrees(path: &str, lang: Lang) -> bool {
    if !screen::interactive() {
        return false;
    }
    screen::show(&Secrets::default().page(&match lang {
        Lang::En => format!("overwrite {path}? [y/N] "),
        Lang::Zh => format!("覆盖 {path}？[y/N] "),
    }));
    let mut answer = String::new();
    let read = stdin().read_line(&mut answer);
    read.is_ok() && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str())
}

/// The command that starts the project, as far as its files tell.
fn usual_start(folder: &Path) -> Result<String> {
    let package = settings::read_if_there(&folder.join("package.json"), PACKAGE_BYTES)?;
    let package: Option<serde_json::Value> =
        package.and_then(|text| serde_json::from_str(&text).ok());
    let is_node = package.is_some_and(|package| package["scripts"]["start"].is_string());
    Ok(if is_node { "npm start" } else { START }.to_owned())
}

/// The action of this version, where its repository is known.
fn action() -> String {
    let repository = env!("CARGO_PKG_REPOSITORY").trim_end_matches('/');
    let mut parts = repository.rsplit('/');
    let (name, owner) = (parts.next(), parts.next());
    let owner = owner.filter(|owner| !owner.is_empty()).unwrap_or("OWNER");
    let name = name.filter(|name| !name.is_empty()).unwrap_or("wxcheck");
    format!("{owner}/{name}@v{}", env!("CARGO_PKG_VERSION"))
}

/// A string of TOML and of YAML: JSON writes one of both.
fn quoted(text: &str) -> String {
    serde_json::json!(text).to_string()
}

/// A word of a shell.
fn for_shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
