//! `wxcheck push NAME --function DIR`: a cloud function on this machine, called with the event object as the cloud hands it
//! over, and its return judged. Documented: cloud functions, receiving message pushes.

use std::{cell::RefCell, fmt::Write as _, path::Path, time::Duration};

use anyhow::Result;
use wxcheck_mock_server::{
    catalogue::{Catalogue, CatalogueEntry},
    clock,
    cloud_function::{FunctionError, Returned, WxContext, invoke},
    composer::{Addressee, event_object},
};
use wxcheck_protocol::{
    account::Account, json, limits::EXCHANGE_LIMIT, message::Field, push::Format,
};
use wxcheck_settings::Settings;
use wxcheck_suite::{
    identity::{Cast, Casting},
    redact::Secrets,
    returned::{Returning, judge},
    words::sentence,
};

use super::{
    fields,
    message::{Source, stamp},
};
use crate::{
    cli::PushArgs,
    entropy,
    exit::{Exit, usage},
    language::{Language, both, told},
    screen, stop, terminal,
};

pub(super) async fn run(
    args: &PushArgs,
    settings: &Settings,
    catalogue: &Catalogue,
    folder: &Path,
    lang: Language,
) -> Result<Exit> {
    let name = args.name.as_deref().unwrap_or_default();
    let account = settings.kind.account.unwrap_or(Account::CloudFunction);
    let source = Source::of(name, catalogue, account)?;
    source.fits(account, catalogue)?;
    if let Some(entry) = source.entry().filter(|_| !args.force) {
        fields::check(entry, Format::Json, &args.set, lang)?;
    }
    let casting = Casting::new(entropy::draw());
    let secrets = settings.secrets();
    let drawn = |cast: &Cast| {
        let now = clock::unix_seconds();
        event(&source, &args.set, settings, cast, now)
    };
    if args.show {
        let event = drawn(&casting.next())?;
        screen::show(&secrets.strings(&json::write(&event)));
        return Ok(Exit::Fine);
    }
    let (named, place) = (source.name(), folder.display());
    let text = RefCell::new(told!(
        lang,
        "{named} -> exports.main of {place}\n",
        "{named} -> {place} 的 exports.main\n"
    ));
    let calls = async {
        let mut exit = Exit::Fine;
        for _ in 0..args.to_users {
            let cast = casting.next();
            let event = drawn(&cast)?;
            let call = Call {
                entry: source.entry(),
                event: &event,
                folder,
                patience: settings.patience()?,
                secrets: &secrets,
                lang,
                context: WxContext {
                    openid: cast.openid(0),
                    appid: settings.appid(),
                },
            };
            for _ in 0..args.times {
                exit = call.make(&text, exit).await?;
            }
        }
        Ok(exit)
    };
    let stop = stop::signal()?;
    // A call that is under way is dropped then, and its process killed.
    let ended = tokio::select! {
        ended = calls => ended,
        who = stop => {
            let told = told!(lang, "  stopped by {who}", "  被 {who} 终止");
            let _ = writeln!(text.borrow_mut(), "{told}");
            Ok(Exit::NoVerdict)
        }
    };
    // Whatever ended it: what was seen before is no less true.
    screen::show(&secrets.page(&text.into_inner()));
    ended
}

/// The event object of one user's push.
fn event(
    source: &Source,
    sets: &[String],
    settings: &Settings,
    cast: &Cast,
    now: u64,
) -> Result<Vec<Field>> {
    let (appid, original_id) = (settings.appid(), settings.original_id());
    let to = Addressee {
        original_id: &original_id,
        appid: &appid,
        authorizer: &appid,
    };
    // Forty hex digits and ten others, before the time.
    let msg_id = format!(
        "{}{}{}1535298877_{now}",
        hex(cast, 0),
        hex(cast, 1),
        &hex(cast, 2)[..8]
    );
    let message = source.message(Format::Json, sets)?;
    Ok(event_object(&message, &to, &stamp(cast, now), &msg_id))
}

fn hex(cast: &Cast, number: usize) -> String {
    String::from_utf8_lossy(&cast.random(number)).into_owned()
}

/// One call of the function.
struct Call<'a> {
    entry: Option<&'a CatalogueEntry>,
    event: &'a [Field],
    folder: &'a Path,
    patience: f64,
    secrets: &'a Secrets,
    lang: Language,
    context: WxContext,
}

impl Call<'_> {
    async fn make(&self, text: &RefCell<String>, before: Exit) -> Result<Exit> {
        let seconds = self.entry.and_then(|entry| entry.deadline_seconds);
        let limit = seconds.map_or(EXCHANGE_LIMIT, |seconds| {
            Duration::from_secs(seconds.into())
        });
        let limit = limit.mul_f64(self.patience);
        let whole = std::path::absolute(self.folder).unwrap_or_default();
        let name = whole.file_name().unwrap_or_default().to_string_lossy();
        let files = ["index.js", "package.json"];
        if !files.iter().any(|file| self.folder.join(file).is_file()) {
            let folder = self.folder.display();
            return Err(usage(both!(
                "--function {folder}: no function is there; name the folder that holds its index.js",
                "--function {folder}：那里没有云函数；请给出含有 index.js 的目录"
            )));
        }
        let begun = tokio::time::Instant::now();
        let event = json::write(self.event);
        let returned = match invoke(&name, self.folder, &event, &self.context, limit).await {
            Ok(returned) => returned,
            Err(error @ (FunctionError::Failed { .. } | FunctionError::Late { .. })) => {
                let error = sentence(&error.to_string(), self.lang);
                self.row(&mut text.borrow_mut(), "wrong", "错误", &error);
                return Ok(Exit::Broken);
            }
            // No fault of the function's.
            Err(error) => return Err(anyhow::Error::new(error)),
        };
        let mut text = text.borrow_mut();
        let took = begun.elapsed();
        let took = told!(self.lang, "in {took:.0?}", "用时 {took:.0?}");
        self.row(&mut text, "returned", "返回", &took);
        Ok(match self.describe(&mut text, &returned) {
            Exit::Fine => before,
            worse => worse,
        })
    }

    /// One line: a label, and what the function wrote or what is said about it.
    fn row(&self, text: &mut String, en: &str, zh: &str, value: &str) {
        let label = self.lang.of(en, zh);
        let pad = " ".repeat(10_usize.saturating_sub(terminal::width(label)));
        let _ = writeln!(text, "  {label}{pad}{}", self.secrets.render(value));
    }

    fn describe(&self, text: &mut String, returned: &Returned) -> Exit {
        for line in returned.log.lines() {
            self.row(text, "logged", "日志", line);
        }
        for call in &returned.calls {
            let called = format!("cloud.openapi.{}({})", call.name, call.argument);
            self.row(text, "called", "调用", &called);
        }
        match judge(self.entry, self.event, returned.value.as_ref()) {
            Returning::Right(got) => {
                self.row(text, "right", "正确", &got);
                Exit::Fine
            }
            Returning::Open { expected, got } => {
                self.row(text, "open", "不确定", &got);
                let expected = sentence(&expected, self.lang);
                let expected = told!(
                    self.lang,
                    "{expected}; what WeChat makes of anything else is not documented",
                    "{expected}；其他返回值微信如何处理，文档没有说明"
                );
                self.row(text, "expected", "期望", &expected);
                Exit::Fine
            }
            Returning::Wrong { expected, got } => {
                self.row(text, "wrong", "错误", &got);
                let expected = sentence(&expected, self.lang);
                self.row(text, "expected", "期望", &expected);
                Exit::Broken
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wxcheck_protocol::message::{Value, find, scalar_of};

    use super::*;

    fn object(name: &str) -> Vec<Field> {
        let catalogue = Catalogue::built_in().unwrap();
        let source = Source::of(name, catalogue, Account::CloudFunction).unwrap();
        let settings = Settings::default();
        let cast = Casting::new(1).next();
        event(&source, &[], &settings, &cast, 1_700_000_000).unwrap()
    }

    fn names(fields: &[Field]) -> Vec<&str> {
        fields.iter().map(|field| field.name.as_str()).collect()
    }

    #[test]
    fn a_message_is_as_the_page_shows_it() {
        let event = object("text");
        let wanted = [
            "FromUserName",
            "ToUserName",
            "Content",
            "CreateTime",
            "MsgId",
            "MsgType",
        ];
        assert_eq!(names(&event), wanted);
        let text = |name| scalar_of(&event, name).unwrap();
        assert_eq!(text("ToUserName"), "wx0123456789abcdef");
        let msg_id = text("MsgId");
        assert_eq!((msg_id.len(), &msg_id[50..]), (61, "_1700000000"));
        assert!(matches!(
            find(&event, "CreateTime"),
            Some(Value::Number(1_700_000_000))
        ));
    }

    #[test]
    fn an_event_has_no_id_and_a_payment_the_original_id() {
        let event = object("user_enter_tempsession");
        assert_eq!(names(&event)[..2], ["FromUserName", "ToUserName"]);
        assert!(find(&event, "MsgId").is_none());
        let payment = object("xpay_goods_deliver_notify");
        let to = scalar_of(&payment, "ToUserName").unwrap();
        assert!(to.starts_with("gh_"), "{to}");
    }
}
