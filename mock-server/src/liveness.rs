//! The question whether a platform of this machine is at work. It has no secret and its answer is no secret, so the certificate does
//! not matter: one that the platform made for itself is trusted by nobody, and one that was given is for another name.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::http::{Request, header::HOST};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::time::timeout;
use wxcheck_network::{Network, call_over};

use crate::{
    serve::HEALTH,
    tls_probe::{Witness, connector},
};

/// Bytes of an answer that are read.
const ANSWER: usize = 64 * 1024;

/// The reason why a platform is not known to be at work.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NotAlive {
    /// Nothing answers there, or not like that.
    #[error("{0}")]
    Silent(String),
    /// No answer within the time.
    #[error("no answer within {0:?}")]
    Late(Duration),
    /// An answer that no platform gives.
    #[error("what answers is no wxcheck serve")]
    Another,
    /// A platform that says otherwise: it is told to stop.
    #[error("it is {0}")]
    Otherwise(String),
}

/// Asks the platform at that address, by TLS or in clear.
pub async fn ask(address: SocketAddr, by_tls: bool, limit: Duration) -> Result<(), NotAlive> {
    let answered = timeout(limit, answer(address, by_tls)).await;
    let answer = answered.map_err(|_| NotAlive::Late(limit))?;
    let told = answer.map_err(NotAlive::Silent)?;
    match told["status"].as_str() {
        Some("ok") => Ok(()),
        Some(status) if told["version"].is_string() => Err(NotAlive::Otherwise(status.to_owned())),
        _ => Err(NotAlive::Another),
    }
}

async fn answer(address: SocketAddr, by_tls: bool) -> Result<Value, String> {
    let stream = Network::Machine.connect(address).await;
    let stream = stream.map_err(|error| error.to_string())?;
    let request = Request::get(HEALTH)
        .header(HOST, address.to_string())
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let response = if by_tls {
        let connector =
            connector(&Arc::new(Witness::default())).map_err(|error| error.to_string())?;
        let sealed = connector
            .connect(ServerName::from(address.ip()), stream)
            .await;
        call_over(sealed.map_err(|error| error.to_string())?, request).await
    } else {
        call_over(stream, request).await
    };
    let body = Limited::new(
        response.map_err(|error| error.to_string())?.into_body(),
        ANSWER,
    );
    let bytes = body.collect().await.map_err(|error| error.to_string())?;
    Ok(serde_json::from_slice(&bytes.to_bytes()).unwrap_or_default())
}
