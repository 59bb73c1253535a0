//! The plan of a load, and the server it goes to, from what was given.

use std::time::Duration;

use anyhow::Result;
use wxcheck_load::{
    aim::{Aim, Fetched},
    mix::{self, Share},
    pace::Pace,
    part::Part,
    plan::{Form, Plan},
    plan_error::PlanError,
};
use wxcheck_mock_server::clock;
use wxcheck_protocol::limits::EXCHANGE_LIMIT;
use wxcheck_settings::Settings;
use wxcheck_suite::{redact::without_user, server::Server};

use crate::{cli::LoadArgs, entropy, exit::usage, language::both};

/// Connections at once in the closed model, and in the open one.
const CONNECTIONS: [u32; 2] = [64, 1000];

/// The name of prefetches in a mix.
const PREFETCH: &str = "prefetch";

/// The plan that is asked for. It begins with the next second.
pub(super) fn plan(args: &LoadArgs, settings: &Settings, server: &Server) -> Result<Plan> {
    refuse(settings, server)?;
    let pace = args.pace().pace().map_err(|error| wrong(&error))?;
    let usual = CONNECTIONS[usize::from(matches!(pace, Pace::Open { .. }))];
    let plan = Plan {
        // What TOML and every reader of JSON can write.
        seed: settings.draw.seed.unwrap_or_else(|| entropy::draw() >> 1),
        begins: beginning(),
        pace,
        count: args.count,
        mix: mixed(args, settings, server)?,
        users: args.users,
        redelivered: args.redeliver.unwrap_or(Part::NONE),
        forged: args.forged.unwrap_or(Part::NONE),
        shards: 1,
        connections: args.connections.unwrap_or(usual),
        keeps: !server.options.closes,
        limit_millis: limit_millis(server),
        form: form(server),
    };
    plan.check().map_err(|error| wrong(&error))?;
    Ok(plan)
}

/// Refuses what no load does.
pub(crate) fn refuse(settings: &Settings, server: &Server) -> Result<()> {
    if server.options.environment_proxy {
        return Err(usage((
            "load goes to the server itself and through no proxy; leave --env-proxy out",
            "压测直接发往服务器，不经过代理；请去掉 --env-proxy",
        )));
    }
    if settings.sending.fetch_issuers {
        return Err(usage(both!(
            "{place}: load checks no certificates of data addresses; leave it out, and give it to `wxcheck check`",
            "{place}：压测不检查数据地址的证书；请去掉它，在 `wxcheck check` 中使用",
            place = settings.place("fetch-issuers")
        )));
    }
    Ok(())
}

/// The next second, in which a plan can begin.
pub(super) fn beginning() -> u64 {
    clock::unix_seconds() + 1
}

/// The time until a Unix second.
pub(super) fn until(second: u64) -> Duration {
    Duration::from_millis((second * 1000).saturating_sub(clock::unix_milliseconds()))
}

fn mixed(args: &LoadArgs, settings: &Settings, server: &Server) -> Result<Vec<Share>> {
    let mut text = args.mix.as_deref().unwrap_or(mix::USUAL).to_owned();
    // A herd is made of prefetches, also where nothing else is.
    if !args.herd.is_empty() && !text.contains(PREFETCH) {
        text.push_str(",prefetch=0");
    }
    let catalogue = settings.catalogue()?;
    let shares = mix::read(&text, &catalogue, server.account).map_err(|error| wrong(&error))?;
    let is_push = |share: &&Share| share.fetch().is_none() && share.weight > 0;
    match shares.iter().find(is_push) {
        Some(share) if !server.callback => {
            let fix = "give the callback URL too, to which it is pushed; or fetches alone, like --mix prefetch=100";
            Err(wrong(&PlanError::new("--mix", &share.name, fix)))
        }
        _ => Ok(shares),
    }
}

fn limit_millis(server: &Server) -> u64 {
    let limit = EXCHANGE_LIMIT.mul_f64(server.options.patience);
    u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)
}

fn wrong(error: &PlanError) -> anyhow::Error {
    usage(error.to_string())
}

/// The form of the pushes.
pub(crate) fn form(server: &Server) -> Form {
    // What stands in the query of a callback URL is often a secret, and a plan lies in queues and reports.
    let mut url = without_user(server.target.url.clone());
    if url.query().is_some() {
        url.set_query(Some("***"));
    }
    Form {
        url: url.to_string(),
        account: server.account,
        mode: server.target.mode,
        format: server.target.format,
    }
}

/// The server that is loaded.
pub(crate) fn aim(server: &Server) -> Aim {
    let fetching = &server.fetching;
    Aim {
        account: server.account,
        target: server.target.clone(),
        authorizer: server.component.authorizer.clone(),
        authorization_url: server.component.authorization_url.clone(),
        catalogue: server.catalogue.to_vec(),
        fetched: Fetched {
            periodic: fetching.periodic.clone(),
            pre: fetching.pre.clone(),
            token: Some(fetching.token(0).to_owned()),
            dialect: fetching.dialect,
            unit: fetching.unit,
        },
        connecting: server.options.connecting.clone(),
    }
}
