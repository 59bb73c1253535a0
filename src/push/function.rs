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
};

use super::message::{Source, stamp};
use crate::{
    cli::PushArgs,
    entropy,
    exit::{Exit, usage},
    screen, stop,
};

pub(super) async fn run(
    args: &PushArgs,
    settings: &Settings,
    catalogue: &Catalogue,
    folder: &Path,
) -> Result<Exit> {
    let name = args.name.as_deref().unwrap_or_default();
    let account = settings.kind.account.unwrap_or(Account::CloudFunction);
    let source = Source::of(name, catalogue, account)?;
    source.fits(account, catalogue)?;
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
    let text = RefCell::new(format!(
        "{} -> exports.main of {}\n",
        source.name(),
        folder.display()
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
            let _ = writeln!(text.borrow_mut(), "  stopped by {who}");
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
            return Err(usage(format!(
                "--function {}: no function is there; name the folder that holds its index.js",
                self.folder.display()
            )));
        }
        let begun = tokio::time::Instant::now();
        let event = json::write(self.event);
        let returned = match invoke(&name, self.folder, &event, &self.context, limit).await {
            Ok(returned) => returned,
            Err(error @ (FunctionError::Failed { .. } | FunctionError::Late { .. })) => {
                let _ = writeln!(
                    text.borrow_mut(),
                    "  wrong     {}",
                    self.secrets.render(&error.to_string())
                );
                return Ok(Exit::Broken);
            }
            // No fault of the function's.
            Err(error) => return Err(anyhow::Error::new(error)),
        };
        let mut text = text.borrow_mut();
        let _ = writeln!(text, "  returned  in {:.0?}", begun.elapsed());
        Ok(match self.describe(&mut text, &returned) {
            Exit::Fine => before,
            worse => worse,
        })
    }

    fn describe(&self, text: &mut String, returned: &Returned) -> Exit {
        for line in returned.log.lines() {
            let _ = writeln!(text, "  logged    {}", self.secrets.render(line));
        }
        for call in &returned.calls {
            let _ = writeln!(
                text,
                "  called    cloud.openapi.{}({})",
                self.secrets.render(&call.name),
                self.secrets.render(&call.argument.to_string())
            );
        }
        match judge(self.entry, self.event, returned.value.as_ref()) {
            Returning::Right(got) => {
                let _ = writeln!(text, "  right     {}", self.secrets.render(&got));
                Exit::Fine
            }
            Returning::Open { expected, got } => {
                let _ = writeln!(
                    text,
                    "  open      {}\n  expected  {expected}; what WeChat makes of anything else is not documented",
                    self.secrets.render(&got)
                );
                Exit::Fine
            }
            Returning::Wrong { expected, got } => {
                let got = self.secrets.render(&got);
                let _ = writeln!(text, "  wrong     {got}\n  expected  {expected}");
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
