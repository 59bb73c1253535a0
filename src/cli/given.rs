//! The settings that each command was given, in its groups.

use wxcheck_protocol::fetch::FetchKind;
use wxcheck_settings::{
    Origin, Origins, Settings,
    groups::{Callback, Effects, Fetch},
};

use super::{
    CheckArgs, DoctorArgs, ExplainArgs, FetchOnceArgs, FetchedOnce, LoadArgs, PushArgs, ReplayArgs,
    ReportArgs, ServeArgs, TargetArgs, WorkerArgs,
};

impl TargetArgs {
    fn settings(&self, callback: &Callback, origins: Origins) -> Settings {
        Settings {
            callback: callback.clone(),
            target: self.target.clone(),
            kind: self.kind.clone(),
            sending: self.sending.clone(),
            origins,
            ..Settings::default()
        }
    }
}

impl CheckArgs {
    /// The settings that were given.
    pub(crate) fn settings(&self, origins: Origins) -> Settings {
        Settings {
            run: self.run.clone(),
            hostility: self.hostility.clone(),
            ownership: self.ownership.clone(),
            draw: self.draw.clone(),
            effects: self.effects.clone(),
            control: self.control.clone(),
            fetch: self.fetch.clone(),
            carried: self.carried.clone(),
            pushes: self.pushes.clone(),
            strictness: self.strictness.clone(),
            known: self.known.clone(),
            reports: self.reports.clone(),
            output: self.output.clone(),
            ..self.target.settings(&self.callback, origins)
        }
    }
}

impl ServeArgs {
    /// The settings that were given.
    pub(crate) fn settings(&self, origins: Origins) -> Settings {
        Settings {
            serve: self.serve.clone(),
            control: self.control.clone(),
            fetch: self.fetch.clone(),
            pushes: self.pushes.clone(),
            draw: self.draw.clone(),
            ..self.target.settings(&self.callback, origins)
        }
    }
}

impl PushArgs {
    /// The settings that were given.
    pub(crate) fn settings(&self, origins: Origins) -> Settings {
        Settings {
            pushes: self.pushes.clone(),
            ..self.target.settings(&self.callback, origins)
        }
    }
}

impl LoadArgs {
    /// The settings that were given.
    pub(crate) fn settings(&self, origins: Origins) -> Settings {
        Settings {
            ownership: self.ownership.clone(),
            effects: self.effects.clone(),
            control: self.control.clone(),
            draw: self.draw.clone(),
            fetch: self.fetch.clone(),
            carried: self.carried.clone(),
            pushes: self.pushes.clone(),
            ..self.target.settings(&self.callback, origins)
        }
    }
}

impl WorkerArgs {
    /// The settings that were given.
    pub(crate) fn settings(&self, origins: Origins) -> Settings {
        Settings {
            effects: Effects {
                api_listen: self.api_listen,
                effects_url: None,
            },
            ownership: self.ownership.clone(),
            control: self.control.clone(),
            fetch: self.fetch.clone(),
            carried: self.carried.clone(),
            pushes: self.pushes.clone(),
            ..self.target.settings(&self.callback, origins)
        }
    }
}

impl DoctorArgs {
    /// The settings that were given.
    pub(crate) fn settings(&self, origins: Origins) -> Settings {
        Settings {
            ownership: self.ownership.clone(),
            fetch: self.fetch.clone(),
            carried: self.carried.clone(),
            ..self.target.settings(&self.callback, origins)
        }
    }
}

impl ReplayArgs {
    /// The settings that were given.
    pub(crate) fn settings(&self, origins: Origins) -> Settings {
        Settings {
            effects: self.effects.clone(),
            control: self.control.clone(),
            pushes: self.pushes.clone(),
            hostility: self.hostility.clone(),
            ownership: self.ownership.clone(),
            fetch: self.fetch.clone(),
            carried: self.carried.clone(),
            ..self.target.settings(&self.callback, origins)
        }
    }
}

impl ReportArgs {
    /// The settings that were given.
    pub(crate) fn settings(&self, origins: Origins) -> Settings {
        Settings {
            reports: self.reports.clone(),
            strictness: self.strictness.clone(),
            origins,
            ..Settings::default()
        }
    }
}

impl ExplainArgs {
    /// The settings that were given.
    pub(crate) fn settings(&self, origins: Origins) -> Settings {
        Settings {
            kind: self.kind.clone(),
            pushes: self.pushes.clone(),
            origins,
            ..Settings::default()
        }
    }
}

impl FetchOnceArgs {
    /// The settings that were given: the URL stands in the place of any of its kind that is configured.
    pub(crate) fn settings(&self, mut origins: Origins) -> Settings {
        let url = Some(self.data_url.clone());
        let (key, fetch) = match self.kind {
            FetchedOnce::Data(FetchKind::Periodic) => (
                "periodic-url",
                Fetch {
                    periodic_url: url,
                    ..Fetch::default()
                },
            ),
            // Whose URL it is makes no difference to a request: it is the only one.
            FetchedOnce::Data(FetchKind::Pre) | FetchedOnce::Request => (
                "prefetch-url",
                Fetch {
                    prefetch_url: url,
                    ..Fetch::default()
                },
            ),
        };
        origins.note(key, Origin::Flag("URL".to_owned()));
        Settings {
            fetch,
            carried: self.carried.clone(),
            ..self.target.settings(&Callback::default(), origins)
        }
    }
}
