//! Loads on servers that are right, slow, failing or lying: each leads to the counts that it deserves. hyper is the server,
//! so that whatever is not well-formed HTTP is refused.

use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, runtime::Runtime};
use wxcheck_load::{
    Told,
    aim::Aim,
    counts::Counts,
    ending::Sample,
    marks::{Mark, Marks},
    pace::Asked,
    plan::Plan,
    report::Timeline,
    run::{Options, run_shard},
    sequence::{Role, Sequence},
    shard::Shard,
};
use wxcheck_protocol::{push::Mode, signature::signature};

use crate::given::{TOKEN, aim, closed, plan};

/// The behaviour of a server towards its requests, by their number.
#[derive(Clone, Copy)]
enum Manner {
    Right,
    /// As the SDKs that answer with an object of their own, whose status is 200.
    RefusesInWords,
    Silent,
    FailsEveryThird,
    HangsUp,
    AnswersSomebodyElse,
    Closes,
}

/// A server, and what came.
struct Server {
    address: SocketAddr,
    heard: Arc<Heard>,
    _runtime: Runtime,
}

#[derive(Default)]
struct Heard {
    requests: AtomicUsize,
    wrong: AtomicUsize,
    connections: AtomicUsize,
    bodies: Mutex<Vec<Bytes>>,
}

impl Server {
    fn start(manner: Manner) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::<Heard>::default();
        runtime.spawn(serve(listener, manner, Arc::clone(&heard)));
        Self {
            address,
            heard,
            _runtime: runtime,
        }
    }

    fn url(&self) -> String {
        format!("http://{}/wechat", self.address)
    }
}

async fn serve(listener: TcpListener, manner: Manner, heard: Arc<Heard>) {
    while let Ok((stream, _)) = listener.accept().await {
        heard.connections.fetch_add(1, Ordering::Relaxed);
        let heard = Arc::clone(&heard);
        let service = service_fn(move |request| answer(request, manner, Arc::clone(&heard)));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(
    request: Request<Incoming>,
    manner: Manner,
    heard: Arc<Heard>,
) -> Result<Response<Full<Bytes>>, std::io::Error> {
    let number = heard.requests.fetch_add(1, Ordering::Relaxed);
    let query = request.uri().query().unwrap_or_default().to_owned();
    let is_push = request.method() == "POST";
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let of = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .find(|(known, _)| *known == name)
            .map_or("", |(_, value)| value)
    };
    let signed = signature(TOKEN, of("timestamp"), of("nonce")) == of("signature");
    if is_push && !signed {
        heard.wrong.fetch_add(1, Ordering::Relaxed);
    }
    heard.bodies.lock().unwrap().push(body);
    let mut response = Response::new(Full::new(Bytes::from_static(b"success")));
    match manner {
        Manner::Silent => std::future::pending().await,
        Manner::FailsEveryThird if number.is_multiple_of(3) => {
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        }
        Manner::HangsUp => return Err(std::io::ErrorKind::Other.into()),
        Manner::AnswersSomebodyElse => {
            *response.body_mut() = Full::new(Bytes::from_static(
                b"<xml><ToUserName><![CDATA[oSomebodyElse]]></ToUserName><FromUserName><![CDATA[gh_0]]></FromUserName>\
                  <CreateTime>1</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hi]]></Content></xml>",
            ));
        }
        Manner::Closes => {
            response
                .headers_mut()
                .insert("connection", "close".parse().unwrap());
        }
        Manner::Right | Manner::FailsEveryThird if !signed && is_push => {
            *response.status_mut() = StatusCode::FORBIDDEN;
        }
        Manner::RefusesInWords if !signed && is_push => {
            let refusal = br#"{"errcode":-40001,"errmsg":"invalid signature"}"#;
            *response.body_mut() = Full::new(Bytes::from_static(refusal));
        }
        Manner::Right | Manner::FailsEveryThird | Manner::RefusesInWords => {}
    }
    Ok(response)
}

/// A run: its counts, its samples, and its marks.
fn run(plan: &Plan, aim: &Aim) -> (Counts, Vec<Sample>, Marks) {
    let shard = Shard::all(plan).next().unwrap();
    let options = Options {
        threads: Some(2),
        sample_every: 1,
        marks: true,
        ..Options::default()
    };
    let mut timeline = Timeline::default();
    let mut samples = Vec::new();
    let told = |told| match told {
        Told::Interval(interval) => timeline.take(&interval),
        Told::Sample(sample) => samples.push(*sample),
    };
    run_shard(&shard, aim, &options, &Arc::default(), told).unwrap();
    let total = timeline.total();
    (total.counts.clone(), samples, total.marks.clone())
}

#[test]
fn hyper_takes_every_request_and_no_body_comes_twice_unless_it_is_to() {
    for mode in [Mode::Plain, Mode::Safe] {
        let server = Server::start(Manner::Right);
        let plan = Plan {
            redelivered: "10%".parse().unwrap(),
            forged: "5%".parse().unwrap(),
            ..plan(
                &closed(600),
                "text=60,subscribe_msg_popup_event=20,prefetch=20",
            )
        };
        let (counts, samples, marks) = run(&plan, &aim(&server.url(), mode));
        assert_eq!(counts.sent(), 600);
        assert_eq!(counts.good(), 600, "{counts:?}");
        assert_eq!(counts.bad(), 0);
        assert_eq!(server.heard.requests.load(Ordering::Relaxed), 600);
        assert_eq!(
            server.heard.wrong.load(Ordering::Relaxed) as u64,
            counts.forged
        );
        assert!(
            counts.again > 20 && counts.forged > 10 && counts.fetched > 60,
            "{counts:?}"
        );
        let bodies = server.heard.bodies.lock().unwrap();
        let different: HashSet<&Bytes> = bodies.iter().filter(|body| !body.is_empty()).collect();
        let again: HashSet<u64> = samples
            .iter()
            .filter(|s| s.role == Role::Again)
            .map(|s| s.origin)
            .collect();
        assert_eq!(
            different.len() as u64,
            counts.first + counts.forged,
            "{}",
            again.len()
        );
        let acknowledged = samples
            .iter()
            .filter(|sample| sample.role == Role::First && sample.name != "prefetch");
        let sequence = Sequence::new(plan).unwrap();
        for sample in acknowledged {
            let place = sequence.place(sample.number);
            assert!(marks.has(place, Mark::Sent) && marks.has(place, Mark::Acknowledged));
            assert_eq!(
                marks.has(place, Mark::Again),
                again.contains(&sample.number)
            );
        }
        assert!(server.heard.connections.load(Ordering::Relaxed) <= 8);
    }
}

#[test]
fn a_slow_server_is_cut_and_what_finds_no_connection_is_counted() {
    let server = Server::start(Manner::Silent);
    let asked = Asked {
        rate: Some(100.0),
        duration: "500ms".parse().ok(),
        ..Asked::default()
    };
    let plan = Plan {
        limit_millis: 2000,
        ..plan(&asked, "text=1")
    };
    let (counts, ..) = run(&plan, &aim(&server.url(), Mode::Plain));
    assert_eq!(counts.due, 50);
    assert_eq!(
        counts.cut + counts.unsent + counts.unconnected,
        50,
        "{counts:?}"
    );
    assert!(counts.cut >= 8 && counts.unsent >= 10, "{counts:?}");
    assert_eq!(counts.good(), 0);
}

#[test]
fn a_failing_server_is_told_by_its_status() {
    let server = Server::start(Manner::FailsEveryThird);
    let (counts, ..) = run(
        &plan(&closed(300), "text=1"),
        &aim(&server.url(), Mode::Plain),
    );
    assert_eq!(counts.statuses.get(&500), Some(&100));
    assert_eq!(counts.acknowledged, 200);
}

#[test]
fn a_forgery_that_is_refused_in_words_is_refused() {
    let server = Server::start(Manner::RefusesInWords);
    let plan = Plan {
        forged: "50%".parse().unwrap(),
        ..plan(&closed(100), "text=1,xpay_goods_deliver_notify=1")
    };
    let (counts, ..) = run(&plan, &aim(&server.url(), Mode::Plain));
    assert!(counts.forged > 20, "{counts:?}");
    assert_eq!(
        (counts.forged_refused, counts.forged_acknowledged),
        (counts.forged, 0)
    );
    assert_eq!(counts.acknowledged, counts.first, "{counts:?}");
}

#[test]
fn a_lying_server_is_found_out() {
    let server = Server::start(Manner::AnswersSomebodyElse);
    let (counts, ..) = run(
        &plan(&closed(50), "text=1"),
        &aim(&server.url(), Mode::Plain),
    );
    assert_eq!(
        (counts.wrong_user, counts.bad(), counts.good()),
        (50, 50, 0)
    );
}

#[test]
fn a_server_that_hangs_up_is_no_answer_and_one_that_closes_is() {
    let server = Server::start(Manner::HangsUp);
    let (counts, ..) = run(
        &plan(&closed(20), "text=1"),
        &aim(&server.url(), Mode::Plain),
    );
    assert_eq!((counts.dropped, counts.good()), (20, 0), "{counts:?}");
    let server = Server::start(Manner::Closes);
    let (counts, ..) = run(
        &plan(&closed(20), "text=1"),
        &aim(&server.url(), Mode::Plain),
    );
    assert_eq!((counts.good(), counts.connections), (20, 20), "{counts:?}");
    let server = Server::start(Manner::Right);
    let fresh = Plan {
        keeps: false,
        ..plan(&closed(20), "text=1")
    };
    let (counts, ..) = run(&fresh, &aim(&server.url(), Mode::Plain));
    assert_eq!((counts.good(), counts.connections), (20, 20), "{counts:?}");
}

#[test]
fn a_run_that_is_stopped_ends_at_once_and_hides_nothing() {
    let server = Server::start(Manner::Silent);
    let asked = Asked {
        rate: Some(100.0),
        duration: "1h".parse().ok(),
        ..Asked::default()
    };
    let plan = Plan {
        limit_millis: 3_600_000,
        ..plan(&asked, "text=1")
    };
    let stop = Arc::new(AtomicBool::new(false));
    let shard = Shard::all(&plan).next().unwrap();
    let mut timeline = Timeline::default();
    let stopping = Arc::clone(&stop);
    // The first second is over: that is the signal.
    let told = |told| {
        if let Told::Interval(interval) = told {
            timeline.take(&interval);
            stopping.store(true, Ordering::Release);
        }
    };
    let aim = aim(&server.url(), Mode::Plain);
    run_shard(&shard, &aim, &Options::default(), &stop, told).unwrap();
    let counts = &timeline.total().counts;
    assert_eq!(counts.abandoned, 8);
    // A hundred were due in the first second, and eight connections took one each.
    assert!(counts.stopped >= 92, "{counts:?}");
    assert_eq!(counts.stopped, counts.due - 8);
    // Nothing waited as long as the limit.
    assert_eq!(counts.unsent, 0);
}
