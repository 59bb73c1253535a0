//! Loads through TLS, on kept and on fresh connections, and on a server whose certificate nobody vouches for.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{net::TcpListener, runtime::Runtime};
use tokio_rustls::TlsAcceptor;
use wxcheck_load::{
    Told,
    aim::Aim,
    counts::Counts,
    plan::Plan,
    report::Timeline,
    run::{Options, run_shard},
    shard::Shard,
};
use wxcheck_mock_server::connecting::Connecting;
use wxcheck_protocol::push::Mode;

use crate::given::{aim, closed, plan};

/// A server of the name `localhost` that answers `success`, and its certificate.
fn server(runtime: &Runtime) -> (SocketAddr, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let stream = acceptor.accept(stream).await.ok()?;
                let connection = http1::Builder::new();
                connection
                    .serve_connection(TokioIo::new(stream), service_fn(answer))
                    .await
                    .ok()
            });
        }
    });
    (address, certificate)
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    // The whole body first, as any server reads it.
    let _ = request.into_body().collect().await;
    Ok(Response::new(Full::new(Bytes::from_static(b"success"))))
}

fn counts(address: SocketAddr, trusted: Vec<CertificateDer<'static>>, keeps: bool) -> Counts {
    let plan = Plan {
        connections: 4,
        keeps,
        limit_millis: 5000,
        ..plan(&closed(20), "text=1")
    };
    let connecting = Connecting {
        trusted,
        resolve: vec!["localhost=127.0.0.1".parse().unwrap()],
        ..Connecting::default()
    };
    let url = format!("https://localhost:{}/wechat", address.port());
    let aim = Aim {
        connecting: Arc::new(connecting),
        ..aim(&url, Mode::Plain)
    };
    let mut timeline = Timeline::default();
    let told = |told| {
        if let Told::Interval(interval) = told {
            timeline.take(&interval);
        }
    };
    let shard = Shard::all(&plan).next().unwrap();
    run_shard(&shard, &aim, &Options::default(), &Arc::default(), told).unwrap();
    timeline.total().counts.clone()
}

#[test]
fn pushes_go_through_tls() {
    let runtime = Runtime::new().unwrap();
    let (address, certificate) = server(&runtime);
    let kept = counts(address, vec![certificate.clone()], true);
    assert_eq!(kept.acknowledged, 20, "{kept:?}");
    assert!(kept.connections <= 4, "{kept:?}");
    let fresh = counts(address, vec![certificate], false);
    assert_eq!(
        (fresh.acknowledged, fresh.connections),
        (20, 20),
        "{fresh:?}"
    );
}

#[test]
fn a_certificate_of_nobody_is_refused() {
    let runtime = Runtime::new().unwrap();
    let (address, _) = server(&runtime);
    let refused = counts(address, Vec::new(), true);
    assert_eq!((refused.acknowledged, refused.first), (0, 0), "{refused:?}");
    let reasons: Vec<&String> = refused.reasons.keys().collect();
    assert!(
        reasons.iter().any(|reason| reason.contains("certificate")),
        "{reasons:?}"
    );
}
