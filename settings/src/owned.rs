//! The owner of the server under test: one that may be a stranger's is sent nothing, unless the caller says that it is theirs.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep, timeout},
};
use url::Url;
use wxcheck_mock_server::{
    addresses,
    connecting::Connecting,
    ownership::{self, Foreign},
};
use wxcheck_suite::{first_contact::NoContact, server::Server};

use crate::{Settings, SettingsError, error::Reason};

/// The time for looking a name up.
const LOOKUP: Duration = Duration::from_secs(5);
/// The pause between two tries. No signal tells that a name has begun to resolve.
const PAUSE: Duration = Duration::from_millis(500);

impl Settings {
    /// Fails if some URL leads to a machine that is neither this one nor in a private network, and whose host nobody here
    /// owns. Within, the reason that nobody knows where one leads: nothing is sent there. A name that does not resolve is
    /// looked up again for as long as `wait`: that of a container does so only once it runs.
    ///
    /// The addresses that were found are those to which the run connects, whatever the name leads to later.
    pub async fn check_owner(
        &self,
        server: &mut Server,
        wait: Option<Duration>,
    ) -> Result<Result<(), NoContact>, SettingsError> {
        let owned = &self.ownership.i_own;
        let checked = check_by(server, owned, wait, addresses::resolve_blocking).await;
        checked.map_err(|foreign| Reason::from(foreign).into())
    }
}

/// Looks a URL's host up; it may take a while.
type LookUp = fn(&Url, &Connecting) -> io::Result<Vec<SocketAddr>>;

async fn check_by(
    server: &mut Server,
    owned: &[String],
    wait: Option<Duration>,
    look_up: LookUp,
) -> Result<Result<(), NoContact>, Foreign> {
    let not_up = |why: String| Ok(Err(NoContact::NotUp(why)));
    let end = Instant::now() + wait.unwrap_or_default();
    let mut urls = vec![server.target.url.clone()];
    urls.extend(server.urls().cloned());
    urls.dedup_by(|one, other| one.host_str() == other.host_str());
    for url in urls {
        let host = url.host_str().unwrap_or_default().to_owned();
        if ownership::is_owned(&host, owned) {
            continue;
        }
        let addresses = loop {
            let (url, connecting) = (url.clone(), server.options.connecting.clone());
            let looked_up = spawn_blocking(move || look_up(&url, &connecting));
            let Ok(Ok(found)) = timeout(LOOKUP, looked_up).await else {
                return not_up(format!("looking up the name `{host}` takes too long"));
            };
            match found {
                Ok(addresses) => break addresses,
                Err(_) if Instant::now() < end => sleep(PAUSE).await,
                Err(_) => return not_up("the host name does not resolve".to_owned()),
            }
        };
        ownership::check(&host, &addresses, owned)?;
        if url.domain().is_some() {
            Arc::make_mut(&mut server.options.connecting).pin(&host, &addresses);
        }
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use wxcheck_mock_server::Outcome;
    use wxcheck_network::{ANY_LOOPBACK_PORT, Network};
    use wxcheck_suite::setup;

    use super::*;

    fn server(url: &str) -> Server {
        let mut settings = Settings::default();
        settings.callback.url = Some(url.to_owned());
        settings.target.token = Some("aTokenOfYourOwn".into());
        settings.server().unwrap()
    }

    /// A name that is not there yet, then leads here, and to a stranger ever after.
    fn rebinding(_: &Url, _: &Connecting) -> io::Result<Vec<SocketAddr>> {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let address = match ASKED.fetch_add(1, Ordering::Relaxed) {
            0 => return Err(io::ErrorKind::NotFound.into()),
            1 => "127.0.0.1:80",
            _ => "203.0.113.5:80",
        };
        Ok(vec![address.parse().unwrap()])
    }

    #[tokio::test]
    async fn a_name_leads_through_the_whole_run_where_it_led_when_it_was_checked() {
        let mut listener = Network::Machine.listen(ANY_LOOPBACK_PORT).await.unwrap();
        let port = listener.address().unwrap().port();
        let mut server = server(&format!("http://rebinding.invalid:{port}/wechat"));
        let wait = Some(Duration::from_secs(30));
        let checked = check_by(&mut server, &[], wait, rebinding).await.unwrap();
        assert_eq!(checked, Ok(()));
        // No DNS knows the name, so whatever arrives was led here.
        let platform = setup::platform(&server, None).await.unwrap();
        let tried = platform.addresses(Duration::from_secs(5)).await;
        assert_eq!(tried.len(), 1);
        assert!(tried.iter().all(|tried| tried.connects));
        let accepting = async {
            listener.accept().await.unwrap();
            listener.accept().await.unwrap();
        };
        let (outcome, ()) = tokio::join!(platform.fetch(server.target.url.clone()), accepting);
        assert!(matches!(outcome.unwrap(), Outcome::Silent(silence) if !silence.is_unreachable()));
        // Asked once more, it would be refused.
        let refused = check_by(&mut server, &[], None, rebinding).await;
        assert!(refused.unwrap_err().to_string().contains("203.0.113.5"));
    }

    #[tokio::test]
    async fn whoever_owns_a_host_lets_it_lead_anywhere() {
        let mut server = server("http://bot.example/wechat");
        let owned = ["Bot.example".to_owned()];
        let never = |_: &Url, _: &Connecting| -> io::Result<Vec<SocketAddr>> { panic!("asked") };
        let checked = check_by(&mut server, &owned, None, never).await.unwrap();
        assert_eq!(checked, Ok(()));
        assert!(server.options.connecting.pinned.is_empty());
    }
}
