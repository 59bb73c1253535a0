//! Request ids: what an error message ends with, and what can be learnt from one for a week.

use std::{collections::VecDeque, net::IpAddr, sync::Arc};

use crate::{bounds::REQUESTS, draw::Draw};

use super::{DAY, Moment};

/// The time for which a request can be asked for.
const LIFETIME: Moment = 7 * DAY;

/// Three groups of eight hex digits; the first is the time in Unix seconds.
pub fn rid(now: Moment, draw: &mut Draw) -> String {
    let bits = draw.next();
    format!(
        "{:08x}-{:08x}-{:08x}",
        now / 1000,
        bits >> 32,
        bits & 0xffff_ffff
    )
}

/// A request that failed, as `openapi/rid/get` tells it.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its id.
    pub rid: String,
    /// The app that made it, if that could be told.
    pub appid: Option<Arc<str>>,
    /// The time at which it came.
    pub at: Moment,
    /// Path and query; credentials are masked.
    pub url: String,
    /// The body; credentials are masked.
    pub body: String,
    /// The answer.
    pub answer: String,
    /// The sender's address.
    pub client: IpAddr,
}

/// The reason that a request is not shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NotShown {
    /// 76001.
    Unknown,
    /// 76002.
    Malformed,
    /// 76003.
    OfAnother,
    /// 76004.
    TooOld,
}

/// Recent failed requests.
#[derive(Clone, Debug, Default)]
pub struct Requests(VecDeque<Request>);

impl Requests {
    /// Remembers a failed request.
    pub fn remember(&mut self, request: Request) {
        if self.0.len() >= REQUESTS {
            self.0.pop_front();
        }
        self.0.push_back(request);
    }

    /// The bytes that they take, about.
    pub(crate) fn bytes(&self) -> usize {
        let own = |request: &Request| {
            request.url.len() + request.body.len() + request.answer.len() + size_of::<Request>()
        };
        self.0.iter().map(own).sum()
    }

    /// The request of that id, for the app that made it.
    pub fn find(&self, rid: &str, appid: &str, now: Moment) -> Result<&Request, NotShown> {
        let groups: Vec<&str> = rid.split('-').collect();
        let well_formed = groups.len() == 3
            && groups
                .iter()
                .all(|group| group.len() == 8 && group.bytes().all(|b| b.is_ascii_hexdigit()));
        if !well_formed {
            return Err(NotShown::Malformed);
        }
        let request = self
            .0
            .iter()
            .rev()
            .find(|request| request.rid == rid)
            .ok_or(NotShown::Unknown)?;
        if request.appid.as_deref() != Some(appid) {
            return Err(NotShown::OfAnother);
        }
        if now >= request.at + LIFETIME {
            return Err(NotShown::TooOld);
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_rid_begins_with_the_time() {
        let rid = rid(1_635_156_704_123, &mut Draw::new(1));
        assert!(rid.starts_with("617682e0-"), "{rid}");
        assert_eq!(rid.len(), 26);
    }

    #[test]
    fn a_request_is_told_to_its_app_for_a_week() {
        let mut requests = Requests::default();
        let rid = "617682e0-00000001-00000002";
        requests.remember(Request {
            rid: rid.into(),
            appid: Some(Arc::from("wx1")),
            at: 0,
            url: String::new(),
            body: String::new(),
            answer: String::new(),
            client: Ipv4Addr::LOCALHOST.into(),
        });
        let find = |rid, appid, now| requests.find(rid, appid, now).err();
        assert_eq!(find(rid, "wx1", LIFETIME - 1), None);
        assert_eq!(find(rid, "wx1", LIFETIME), Some(NotShown::TooOld));
        assert_eq!(find(rid, "wx2", 0), Some(NotShown::OfAnother));
        assert_eq!(
            find("617682e0-00000001-00000003", "wx1", 0),
            Some(NotShown::Unknown)
        );
        assert_eq!(find("617682e0", "wx1", 0), Some(NotShown::Malformed));
    }
}
