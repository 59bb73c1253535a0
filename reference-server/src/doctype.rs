//! Document type declarations in a pushed body: the way to a server's files and neighbours, so the correct server
//! refuses them whatever they say.

use std::borrow::Cow;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wxcheck_network::Network;

use crate::refuse::Refused;

/// The effect of a document type declaration on the server.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Doctype {
    /// The body is refused.
    #[default]
    Refused,
    /// Entities it declares are put in, up to a sane size.
    Expanded,
    /// Entities that it declares in a message are put in; in front of an envelope it is refused.
    ExpandedWithin,
    /// Entities it declares are put in however large they grow; beyond the sane size the server is busy for longer
    /// than anybody waits.
    ExpandedWithoutBound,
    /// External entities are fetched and put in.
    Fetched,
    /// External entities are put in where they are files; nothing is fetched.
    ReadFromDisk,
    /// Nothing in it is done, but the server stops serving.
    Dies,
}

/// The size beyond which expansion counts as an attack, in bytes.
const SANE: usize = 64 * 1024;

/// The text after the declaration, with its entities put in as far as the strategy goes. Without a declaration, and
/// in the correct server, the text as it is: the XML reader refuses a declaration.
pub(crate) async fn resolve<'a>(
    doctype: Doctype,
    text: &'a str,
    limit: Duration,
    network: &Network,
) -> Result<Cow<'a, str>, Refused> {
    let Some((before, declaration, after)) = split(text) else {
        return Ok(Cow::Borrowed(text));
    };
    let content = format!("{before}{after}");
    match doctype {
        Doctype::Refused => Ok(Cow::Borrowed(text)),
        Doctype::ExpandedWithin if text.contains("<Encrypt>") => Ok(Cow::Borrowed(text)),
        Doctype::Dies => Err(Refused::Fatal),
        Doctype::Expanded | Doctype::ExpandedWithin => {
            match expand(content, &internal(declaration)) {
                Some(expanded) => Ok(Cow::Owned(expanded)),
                None => Err(Refused::Unreadable("entities grow too large".to_owned())),
            }
        }
        Doctype::ExpandedWithoutBound => {
            if let Some(expanded) = expand(content, &internal(declaration)) {
                return Ok(Cow::Owned(expanded));
            }
            // As long as a real parser would take, without the heat.
            tokio::time::sleep(limit.mul_f32(1.5)).await;
            Err(Refused::Failed("out of memory".to_owned()))
        }
        Doctype::ReadFromDisk => {
            let entities: Vec<_> = external(declaration)
                .into_iter()
                .map(|(name, url)| (name, on_disk(url)))
                .collect();
            let entities: Vec<_> = entities
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            Ok(Cow::Owned(expand(content, &entities).unwrap_or_default()))
        }
        Doctype::Fetched => {
            let mut entities = Vec::new();
            for (name, url) in external(declaration) {
                let found = tokio::time::timeout(limit / 2, fetch(url, network)).await;
                let found = found.ok().and_then(Result::ok).unwrap_or_default();
                entities.push((name, found.replace(['<', '&'], "")));
            }
            let entities: Vec<_> = entities
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            Ok(Cow::Owned(expand(content, &entities).unwrap_or_default()))
        }
    }
}

/// The text before the declaration, the declaration, and the text after it. Behind the first element there is no
/// declaration, only text that looks like one.
fn split(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find("<!DOCTYPE")?;
    if text[..start].contains("<xml") {
        return None;
    }
    let rest = &text[start..];
    let first = rest.find(['[', '>'])?;
    let end = if rest[first..].starts_with('[') {
        let subset = rest.find(']')?;
        subset + rest[subset..].find('>')? + 1
    } else {
        first + 1
    };
    Some((&text[..start], &rest[..end], &rest[end..]))
}

/// Name and value of each `<!ENTITY name "value">`.
fn internal(declaration: &str) -> Vec<(&str, &str)> {
    entities(declaration)
        .filter_map(|(name, rest)| Some((name, quoted(rest)?)))
        .collect()
}

/// Name and address of each `<!ENTITY name SYSTEM "address">`.
fn external(declaration: &str) -> Vec<(&str, &str)> {
    entities(declaration)
        .filter_map(|(name, rest)| Some((name, quoted(rest.strip_prefix("SYSTEM")?.trim_start())?)))
        .collect()
}

fn entities(declaration: &str) -> impl Iterator<Item = (&str, &str)> {
    declaration.split("<!ENTITY").skip(1).filter_map(|entity| {
        let (name, rest) = entity.trim_start().split_once(char::is_whitespace)?;
        Some((name, rest.trim_start()))
    })
}

/// The text between the quotes that stand in front.
fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text[1..].split_once(quote).map(|(inside, _)| inside)
}

/// Puts values in the place of references until none is left; `None` when that grows beyond [`SANE`].
fn expand(mut text: String, entities: &[(&str, &str)]) -> Option<String> {
    // Each round resolves one level of nesting; more levels than entities would be a cycle.
    for _ in 0..=entities.len() {
        for (name, value) in entities {
            let reference = format!("&{name};");
            let count = text.matches(&reference).count();
            if text.len() + count.saturating_mul(value.len()) > SANE + text.len().min(SANE) {
                return None;
            }
            text = text.replace(&reference, value);
        }
    }
    Some(text)
}

/// The text of a file, of wxcheck's own only: this is a server on somebody's desk.
fn on_disk(url: &str) -> String {
    let path = url.strip_prefix("file://").unwrap_or_default();
    let is_own = path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.starts_with("wxcheck-entity-"));
    let read = is_own.then(|| std::fs::read(path).ok()).flatten();
    String::from_utf8_lossy(&read.unwrap_or_default()).into_owned()
}

/// The body behind an `http://ip:port/path` address: names are not looked up.
async fn fetch(url: &str, network: &Network) -> std::io::Result<String> {
    let address = url
        .strip_prefix("http://")
        .ok_or(std::io::ErrorKind::Unsupported)?;
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    let with_port = if host.contains(':') {
        host.to_owned()
    } else {
        format!("{host}:80")
    };
    let address = with_port
        .parse()
        .map_err(|_| std::io::ErrorKind::Unsupported)?;
    let mut stream = network.connect(address).await?;
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(SANE as u64).read_to_string(&mut answer).await?;
    Ok(answer
        .split_once("\r\n\r\n")
        .map(|(_, body)| body.to_owned())
        .unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(10);
    const GREETING: &str =
        r#"<!DOCTYPE xml [<!ENTITY hi "hello">]><xml><Content>&hi;</Content></xml>"#;

    #[tokio::test]
    async fn without_a_declaration_nothing_changes() {
        for doctype in [Doctype::Refused, Doctype::Expanded, Doctype::Fetched] {
            let typed = "<xml><![CDATA[<!DOCTYPE xml []>]]>&hi;</xml>";
            assert_eq!(
                resolve(doctype, typed, SOON, &Network::Machine)
                    .await
                    .unwrap(),
                typed
            );
        }
    }

    #[tokio::test]
    async fn internal_entities_are_expanded_where_the_strategy_says_so() {
        let network = Network::Machine;
        let expanded = resolve(Doctype::Expanded, GREETING, SOON, &network);
        let expanded = expanded.await.unwrap();
        assert_eq!(expanded, "<xml><Content>hello</Content></xml>");
        assert_eq!(
            resolve(Doctype::Refused, GREETING, SOON, &network)
                .await
                .unwrap(),
            GREETING
        );
    }

    #[tokio::test(start_paused = true)]
    async fn nested_entities_keep_an_unbounded_server_busy() {
        let levels = (1..12).map(|level| {
            let below = format!("&e{};", level - 1).repeat(10);
            format!(r#"<!ENTITY e{level} "{below}">"#)
        });
        let declared: String = std::iter::once(r#"<!ENTITY e0 "xxxxxxxxxx">"#.to_owned())
            .chain(levels)
            .collect();
        let bomb = format!("<!DOCTYPE xml [{declared}]><xml><Content>&e11;</Content></xml>");
        assert!(matches!(
            resolve(Doctype::Expanded, &bomb, SOON, &Network::Machine).await,
            Err(Refused::Unreadable(_))
        ));
        let started = tokio::time::Instant::now();
        assert!(matches!(
            resolve(
                Doctype::ExpandedWithoutBound,
                &bomb,
                Duration::from_secs(5),
                &Network::Machine
            )
            .await,
            Err(Refused::Failed(_))
        ));
        assert!(started.elapsed() > Duration::from_secs(5));
    }

    #[tokio::test]
    async fn external_entities_are_fetched_where_the_strategy_says_so() {
        let neighbour = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/secret", neighbour.local_addr().unwrap());
        let text = format!(r#"<!DOCTYPE xml [<!ENTITY b SYSTEM "{url}">]><xml>&b;</xml>"#);
        let answering = async {
            let (mut stream, _) = neighbour.accept().await.unwrap();
            let mut asked = String::new();
            // Unread bytes would reset the connection and with it the answer.
            while !asked.ends_with("\r\n\r\n") {
                asked.push(char::from(stream.read_u8().await.unwrap()));
            }
            assert!(asked.starts_with("GET /secret HTTP/1.1\r\n"));
            stream
                .write_all(b"HTTP/1.1 200 OK\r\n\r\nfound")
                .await
                .unwrap();
        };
        let patience = Duration::from_secs(10);
        let resolving = resolve(Doctype::Fetched, &text, patience, &Network::Machine);
        let (found, ()) = tokio::join!(resolving, answering);
        assert_eq!(found.unwrap(), "<xml>found</xml>");
    }

    #[test]
    fn external_entities_are_distinguished_from_internal_ones() {
        let declaration =
            r#"<!DOCTYPE xml [<!ENTITY a "1"> <!ENTITY b SYSTEM 'http://127.0.0.1:9/x'>]>"#;
        assert_eq!(internal(declaration), [("a", "1")]);
        assert_eq!(external(declaration), [("b", "http://127.0.0.1:9/x")]);
    }
}
