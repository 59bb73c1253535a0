//! A push on its way to a server: what it says, its request, and what the journal is told of it.

use std::borrow::Cow;

use wxcheck_events::{Body, Evidence, Remark, SentPush, Signature, SignatureStep, What};
use wxcheck_protocol::{
    account::Account,
    message::{Field, scalar_of},
    push::{self, Format, Mode},
    reply::{self, ReplyContext, ReplyKind},
    signature::Signing,
    xml::CdataEnd,
};

use crate::{
    composer::{Composed, Recipient, Route, compose, count_retry, sender},
    cut::cut,
    exchange::Outcome,
    mask::Mask,
    said::{SAID_BYTES, said},
    sender::Request,
    target::Target,
};

use super::{
    callback::{Callback, PushError},
    content::Content,
    judge::{Judge, Judged},
};

/// Digits of a signature that are shown: too few to use it.
const SHOWN_DIGITS: usize = 8;
/// A push that is ready to go.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) account: Account,
    pub(crate) target: Target,
    pub(crate) request: Request,
    pub(crate) fields: Vec<Field>,
    pub(crate) name: String,
    pub(crate) openid: String,
    pub(crate) is_of_user: bool,
    route: Route,
    query: Vec<(String, String)>,
    encrypt: Option<String>,
}

impl Outgoing {
    /// Signs a content for a server.
    pub(crate) fn of(content: &Content, callback: &Callback) -> Result<Self, PushError> {
        let message = &content.message;
        let recipient = recipient(callback);
        let mut fields = message.addressed(&recipient.addressee(), &content.stamp);
        fields.retain(|field| !content.unset.contains(&field.name));
        let route = message.route();
        let composed = composed(&fields, route, callback, &content.stamp.request)?;
        Ok(Self {
            account: callback.account,
            target: composed.target.clone(),
            name: message.name.clone(),
            openid: content.stamp.openid.clone(),
            is_of_user: message.is_of_user(),
            route,
            query: composed.push.query.clone(),
            encrypt: composed.push.encrypt.clone(),
            request: composed.request(),
            fields,
        })
    }

    /// Signs it anew. One that comes after a pause of its own counts how often it came.
    pub(crate) fn sign_anew(
        &mut self,
        callback: &Callback,
        stamp: &push::Stamp,
        is_retry: bool,
    ) -> Result<(), PushError> {
        if is_retry {
            count_retry(&mut self.fields);
        }
        let composed = composed(&self.fields, self.route, callback, stamp)?;
        self.query.clone_from(&composed.push.query);
        self.encrypt.clone_from(&composed.push.encrypt);
        self.request = composed.request();
        Ok(())
    }

    /// Its name and its sender, for a line of the journal.
    pub(crate) fn what(&self) -> What {
        let name = ["Event", "InfoType", "MsgType"]
            .into_iter()
            .find_map(|name| scalar_of(&self.fields, name));
        What::Push {
            name: name.unwrap_or_default().into_owned(),
            from: sender(&self.fields).map(Cow::into_owned),
        }
    }

    /// The message in clear, without secrets.
    pub(crate) fn message(&self, mask: &Mask) -> Body {
        let clear = push::write_message(self.target.format, &self.fields, CdataEnd::Split);
        mask.masked_body(clear.as_bytes())
    }

    /// The findings of the rules' judges about an answer, without secrets.
    pub(crate) fn remarks(
        &self,
        outcome: &Outcome,
        mask: &Mask,
        judge: Option<&dyn Judge>,
    ) -> Vec<Remark> {
        let Some(judge) = judge else {
            return Vec::new();
        };
        let remarks = judge.judge(&Judged {
            account: self.account,
            target: &self.target,
            request: &self.request,
            name: &self.name,
            fields: &self.fields,
            outcome,
        });
        let masked = remarks.into_iter().map(|remark| Remark {
            finding: mask.text(&remark.finding),
            ..remark
        });
        masked.collect()
    }

    /// The facts that the journal is told when it leaves.
    pub(crate) fn sent(&self, mask: &Mask) -> SentPush {
        SentPush {
            appid: self.target.credentials.appid.as_str().into(),
            name: self.name.clone(),
            openid: self.openid.clone(),
            says: said(&self.fields).map(|text| mask.body(text.as_bytes(), SAID_BYTES).into()),
            mode: self.target.mode.to_string(),
            format: self.target.format.to_string(),
            first: None,
            retry: 0,
            rule: None,
            again: None,
            time: None,
            original: None,
        }
    }

    /// The bytes of both sides, opened where they are sealed, with the signature worked out and the answer judged.
    pub(crate) fn evidence(&self, outcome: &Outcome, mask: &Mask, remarks: &[Remark]) -> Evidence {
        let mode = self.target.mode;
        let is_signed = self.account.is_signed();
        let mut evidence = mask.evidence(&self.request, outcome);
        if is_signed && mode.seals() {
            evidence.opened = Some(self.message(mask));
        }
        if is_signed {
            evidence.signature = self.signature();
        }
        if let Some(answer) = &mut evidence.answer {
            answer.opened = self.opened(outcome, mask);
        }
        evidence.verdicts = remarks.to_vec();
        evidence
    }

    /// The message in a sealed answer.
    fn opened(&self, outcome: &Outcome, mask: &Mask) -> Option<Body> {
        let Outcome::Answered(answer) = outcome else {
            return None;
        };
        let credentials = &self.target.credentials;
        let context = ReplyContext {
            key: credentials.key.as_ref(),
            token: &credentials.token,
            appid: &credentials.appid,
        };
        match reply::read(&answer.body, &context).kind {
            ReplyKind::Sealed(sealed) => Some(mask.masked_body(sealed.text?.as_bytes())),
            _ => None,
        }
    }

    /// The signature over what was sealed where something was, and otherwise the usual one.
    fn signature(&self) -> Option<Signature> {
        let value = |name: &str| {
            let mut query = self.query.iter();
            let found = query.find(|(own, _)| own == name);
            found.map(|(_, value)| value.as_str())
        };
        let name = match self.encrypt {
            Some(_) => "msg_signature",
            None => "signature",
        };
        let token = self.target.credentials.token.as_str();
        let signed = [
            ("Token", Some(token)),
            ("timestamp", value("timestamp")),
            ("nonce", value("nonce")),
            ("Encrypt", self.encrypt.as_deref()),
        ];
        let signed: Vec<(&str, &str)> = signed
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        let parts = signed.iter().map(|(name, _)| (*name).to_owned()).collect();
        let signing = Signing::of(signed);
        let shown: Vec<String> = signing
            .sorted()
            .iter()
            .map(|(name, value)| excerpt(name, value))
            .collect();
        let digits = cut(value(name)?, SHOWN_DIGITS);
        let step = |name: &str, text: String| SignatureStep {
            name: name.to_owned(),
            text,
        };
        Some(Signature {
            name: name.to_owned(),
            parts,
            steps: vec![
                step("sort", shown.join(", ")),
                step("join", shown.concat()),
                step("sha1", format!("{digits}…")),
            ],
        })
    }
}

fn recipient(callback: &Callback) -> Recipient<'_> {
    Recipient {
        account: callback.account,
        target: &callback.target,
        authorizer: &callback.target.credentials.appid,
        authorization_url: None,
    }
}

fn composed(
    fields: &[Field],
    route: Route,
    callback: &Callback,
    stamp: &push::Stamp,
) -> Result<Composed, PushError> {
    let composed = compose(fields, route, &recipient(callback), stamp);
    composed.map_err(|error| PushError::Unable(error.to_string()))
}

/// A part of what is signed as it may be shown; an envelope is long.
fn excerpt(name: &str, value: &str) -> String {
    match name {
        "Token" => Mask::withheld(),
        "Encrypt" => format!("{}… ({} letters)", cut(value, 12), value.len()),
        _ => value.to_owned(),
    }
}

/// The text that a user reads when their message was given up, or was answered with what WeChat does not take; users do not
/// know of events. Documented: message push page of 2019, official accounts' page on passive replies.
pub(crate) fn seen_by_user(outgoing: &Outgoing) -> Option<&'static str> {
    if !outgoing.is_of_user {
        return None;
    }
    match outgoing.account {
        Account::Official => Some("该公众号暂时无法提供服务，请稍后再试"),
        account if account.is_mini() => Some("该小程序客服暂时无法提供服务，请稍后再试"),
        _ => None,
    }
}

impl Callback {
    /// The same with another mode or format.
    pub(crate) fn in_manner(mut self, mode: Option<Mode>, format: Option<Format>) -> Self {
        self.target.mode = mode.unwrap_or(self.target.mode);
        self.target.format = format.unwrap_or(self.target.format);
        self
    }
}
