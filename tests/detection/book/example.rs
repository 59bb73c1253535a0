//! A rule's example: the request at which a mistake shows, what the server with it answers, and what the correct one does.

use wxcheck_events::{Evidence, Exchange, Interest, Kind, RecordedOutcome};
use wxcheck_reference_server::{Behaviour, DEFECTS, Defect, Setting};
use wxcheck_suite::{
    finding::{Finding, Miss},
    replay::Replay,
    rule::Rule,
    run,
    session::Session,
    setup,
    step::Scenario,
    transcript::{Sent, Transcript},
};

use super::plain::Plain;
use crate::judged::{At, Place, Stage, plan};

/// The salt of every play here, so that the same users write the same messages each time.
const SALT: u64 = 0x7_0000;
/// The defects that are tried before a rule has no example.
const TRIES: usize = 4;

/// A request with a wrong and a right answer, without anything that changes from one play to the next.
pub(super) struct Example {
    pub(super) defect: &'static Defect,
    /// The number of the request in its scenario, from 1, and how many there are.
    pub(super) request: (usize, usize),
    /// The request as HTTP has it.
    pub(super) sent: String,
    /// The message in clear, where the request seals it.
    pub(super) opened: Option<String>,
    pub(super) wrong: Answered,
    pub(super) right: Answered,
    pub(super) expected: String,
    pub(super) actual: String,
    pub(super) story: Vec<String>,
}

/// An answer as HTTP has it, and the message in it where that is sealed.
#[derive(Eq, PartialEq)]
pub(super) struct Answered {
    pub(super) http: Option<String>,
    pub(super) opened: Option<String>,
}

/// The example of a rule; none where no server within the process breaks it.
pub(super) fn of(rule: &'static Rule) -> Option<Example> {
    // What the rule names first, of a server that does nothing else wrong.
    let rank = |defect: &&Defect| {
        let place = caught(defect, rule).unwrap_or_default();
        let (_, claim) = defect.caught_by[place];
        let claim = rule.claims.iter().position(|one| *one == claim);
        (claim.unwrap_or(usize::MAX), place, defect.caught_by.len())
    };
    let mut defects: Vec<&'static Defect> = DEFECTS
        .iter()
        .filter(|defect| caught(defect, rule).is_some())
        .filter(|defect| Place::of(&(defect.behaviour)()) == Place::Process)
        .collect();
    defects.sort_by_key(rank);
    let tried = defects.into_iter().take(TRIES);
    tried
        .into_iter()
        .find_map(|defect| Place::Process.runtime().block_on(example(rule, defect)))
}

/// The place of a rule among those that catch a defect.
fn caught(defect: &Defect, rule: &Rule) -> Option<usize> {
    let mut rules = defect.caught_by.iter();
    rules.position(|(id, _)| *id == rule.id.as_str())
}

async fn example(rule: &'static Rule, defect: &'static Defect) -> Option<Example> {
    let behaviour = defect.behaviour;
    let scenario = Box::pin(scenario(rule, defect)).await?;
    let (wrong, wrong_exchanges) = play(defect.setting, behaviour(), &scenario).await?;
    let finding = match (rule.judge)(&wrong).err()? {
        Miss::Found(finding) | Miss::Doubtful(finding) | Miss::Remark(finding) => finding,
        Miss::Inconclusive(_) | Miss::NotApplicable(_) => return None,
    };
    let (right, right_exchanges) = play(defect.setting, Behaviour::default(), &scenario).await?;
    if is_broken(&(rule.judge)(&right)) {
        return None;
    }
    let shown = exchange_of(&wrong, &wrong_exchanges, finding.at)?;
    let beside = shown_in(&right, &right_exchanges, finding.at)?;
    Some(describe(defect, &wrong, &finding, shown, beside))
}

fn is_broken(judgement: &Result<(), Miss>) -> bool {
    matches!(
        judgement,
        Err(Miss::Found(_) | Miss::Doubtful(_) | Miss::Remark(_))
    )
}

/// The smallest scenario in which the rule finds the defect.
async fn scenario(rule: &'static Rule, defect: &Defect) -> Option<Scenario> {
    let behaviour = (defect.behaviour)();
    let at = At::place_of(&behaviour);
    let mut stage = Stage::set(Place::Process, true, defect.setting, behaviour, at).await;
    let platform = stage.platform().await;
    let player = setup::player(&platform, &stage.judged, SALT);
    let plan = plan(vec![rule], 7);
    let (session, running) = Session::start(&player, stage.server.url().to_owned(), &plan);
    running.await;
    let view = session.view().unwrap();
    let replay = Replay::of(&view, view.rows.first()?)?;
    Some(replay.scenario)
}

/// Plays a scenario on a server: what a judge sees, and what went over the wire.
async fn play(
    setting: Setting,
    behaviour: Behaviour,
    scenario: &Scenario,
) -> Option<(Transcript, Vec<Exchange>)> {
    let mut stage = Stage::set(Place::Process, true, setting, behaviour, At::All).await;
    let platform = stage.platform().await;
    let player = setup::player(&platform, &stage.judged, SALT);
    run::prepare(&player).await.ok()?;
    let mut heard = platform.journal().subscribe(Interest::Everything);
    let transcript = player.play(scenario).await.ok()?;
    let mut exchanges = Vec::new();
    while let Some(event) = heard.ready() {
        if let Kind::Exchange(exchange) = &event.kind {
            exchanges.push(Exchange::clone(exchange));
        }
    }
    Some((transcript, exchanges))
}

/// The exchange of an entry. Deliveries of the same bytes have one number.
fn shown_in<'a>(
    transcript: &Transcript,
    exchanges: &'a [Exchange],
    at: usize,
) -> Option<&'a Exchange> {
    let entry = transcript.entries.get(at)?;
    let before = transcript.entries[..at].iter();
    let repeats = before.filter(|other| other.origin == entry.origin).count();
    let of_request = |exchange: &&Exchange| {
        let place = exchange.place;
        place.is_some_and(|place| place.request == entry.origin || place.request == at)
    };
    let same: Vec<&Exchange> = exchanges.iter().filter(of_request).collect();
    same.get(repeats).or(same.last()).copied()
}

fn exchange_of<'a>(
    transcript: &Transcript,
    exchanges: &'a [Exchange],
    at: usize,
) -> Option<&'a Exchange> {
    shown_in(transcript, exchanges, at).filter(|exchange| exchange.evidence.is_some())
}

fn describe(
    defect: &'static Defect,
    wrong: &Transcript,
    finding: &Finding,
    shown: &Exchange,
    beside: &Exchange,
) -> Example {
    let mut plain = Plain::default();
    let evidence = shown.evidence.as_deref().cloned().unwrap_or_default();
    let is_push = matches!(
        wrong.entries.get(finding.at).map(|entry| &entry.sent),
        Some(Sent::Push { .. })
    );
    Example {
        defect,
        request: (finding.at + 1, wrong.entries.len()),
        sent: plain.text(&request(&evidence, is_push)),
        opened: evidence.opened.map(|body| plain.text(&body.text)),
        wrong: answered(shown, &mut plain),
        right: answered(beside, &mut plain),
        expected: plain.text(&finding.expected),
        actual: plain.text(&finding.actual),
        story: finding.story.iter().map(|line| plain.text(line)).collect(),
    }
}

fn request(evidence: &Evidence, is_push: bool) -> String {
    let method = if is_push { "POST" } else { "GET" };
    let path = evidence.url.split_once("://").map_or("", |(_, rest)| rest);
    let path = path.find('/').map_or("/", |slash| &path[slash..]);
    let params: Vec<String> = evidence
        .params
        .iter()
        .map(|param| match &param.value {
            Some(value) => {
                let value: String =
                    url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
                format!("{}={value}", param.name)
            }
            None => format!("{}=…", param.name),
        })
        .collect();
    let query = match params.as_slice() {
        [] => String::new(),
        params if path.contains('?') => format!("&{}", params.join("&")),
        params => format!("?{}", params.join("&")),
    };
    let first = format!("{method} {path}{query} HTTP/1.1");
    message(&first, &evidence.headers, &evidence.body.text)
}

fn answered(exchange: &Exchange, plain: &mut Plain) -> Answered {
    let evidence = exchange.evidence.as_deref();
    let answer = evidence.and_then(|evidence| evidence.answer.as_ref());
    let (RecordedOutcome::Answered { status, .. }, Some(answer)) = (&exchange.outcome, answer)
    else {
        return Answered {
            http: None,
            opened: None,
        };
    };
    // What every server sends says nothing.
    let told = |name: &str| !matches!(name, "date" | "content-length" | "connection");
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| told(name));
    let text = message(&format!("HTTP/1.1 {status}"), &headers, &answer.body.text);
    Answered {
        http: Some(plain.text(&text)),
        opened: answer.opened.as_ref().map(|body| plain.text(&body.text)),
    }
}

fn message(first: &str, headers: &[(String, String)], body: &str) -> String {
    let mut text = first.to_owned();
    for (name, value) in headers {
        text.extend(["\n", name, ": ", value]);
    }
    // Compressed bytes tell a reader nothing.
    let body = if body.starts_with('\u{1f}') {
        "…"
    } else {
        body
    };
    if !body.is_empty() {
        text.extend(["\n\n", body]);
    }
    text
}
