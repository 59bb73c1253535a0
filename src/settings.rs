//! Where the program's configuration comes from: flags and environment over `wxcheck.toml`. What the
//! user names as a file is read and written here too.

use std::{fs, io, path::Path, sync::OnceLock};

use anyhow::Result;
use wxcheck_mock_server::connecting::read_certificates;
use wxcheck_suite::{
    bounds::{CERTIFICATES_FILE_BYTES, SETTINGS_FILE_BYTES},
    configuration::Configuration,
    fixtures::read_fixtures,
    reading::{self, nearest},
    redact::{Secrets, Shown},
};

use crate::{
    cli::{
        CheckArgs, DoctorArgs, ExplainArgs, FetchArgs, HostilityArgs, PushArgs, ServeArgs,
        TargetArgs,
    },
    exit::usage,
    pipe::Pipe,
};

/// What `given` leaves open is taken from the nearest `wxcheck.toml`, in the working folder or one
/// above, if there is one.
pub(crate) fn over_file(given: Configuration) -> Result<Configuration> {
    let here = std::env::current_dir()?;
    let given = match nearest(Configuration::FILE_NAME, &here) {
        None => given,
        Some(path) => {
            let file = Configuration::from_toml(&read_text(&path, SETTINGS_FILE_BYTES)?)
                .map_err(|error| usage(format!("{}, {error}", path.display())))?;
            given.over(file.beside(path.parent().unwrap_or(&here)))
        }
    };
    let given = kept(given);
    given.check_urls()?;
    with_files(given)
}

/// What the program was told and must not repeat: an error that ends it may quote somebody who knows.
static SECRETS: OnceLock<Secrets> = OnceLock::new();

/// The secrets of this run; none before the settings are read.
pub(crate) fn secrets() -> Secrets {
    SECRETS.get().cloned().unwrap_or_default()
}

fn kept(configuration: Configuration) -> Configuration {
    // Settings are read once.
    SECRETS.get_or_init(|| configuration.secrets());
    configuration
}

/// What stands in the files that are named: certificate authorities, and pushes of the user's own.
fn with_files(mut configuration: Configuration) -> Result<Configuration> {
    if let Some(path) = &configuration.ca_cert {
        let pem = reading::read_text(path, CERTIFICATES_FILE_BYTES)
            .map_err(|error| usage(format!("--ca-cert: {error}")))?;
        configuration.trusted = read_certificates(&pem)
            .map_err(|error| usage(format!("--ca-cert {}: {error}", path.display())))?;
    }
    if let Some(folder) = &configuration.fixtures {
        configuration.own_entries =
            read_fixtures(folder).map_err(|error| usage(error.to_string()))?;
    }
    Ok(configuration)
}

impl TargetArgs {
    /// What these flags, and the environment behind them, say.
    pub(crate) fn configuration(&self, url: Option<&String>) -> Configuration {
        Configuration {
            url: url.cloned(),
            token: self.token.clone(),
            appid: unless_empty(self.appid.as_ref()),
            secret: unless_empty(self.secret.as_ref()),
            aes_key: unless_empty(self.aes_key.as_ref()),
            mode: self.mode,
            format: self.format,
            account: self.account,
            original_id: self.original_id.clone(),
            authorizer_appid: unless_empty(self.authorizer_appid.as_ref()),
            authorization_url: self.authorization_url.clone(),
            patience: self.patience,
            env_proxy: self.env_proxy.then_some(true),
            ca_cert: self.ca_cert.clone(),
            fetch_issuers: self.fetch_issuers.then_some(true),
            resolve: self.resolve.clone(),
            ..Configuration::default()
        }
    }
}

/// CI sets a variable to nothing where a secret is missing: that is none given. An empty URL or Token stays
/// an error, or another server than meant would be judged.
fn unless_empty(given: Option<&String>) -> Option<String> {
    given.filter(|text| !text.is_empty()).cloned()
}

impl CheckArgs {
    /// What these flags, and the environment behind them, say.
    pub(crate) fn configuration(&self) -> Configuration {
        let mut configuration = Configuration {
            only: self.only.clone(),
            skip: self.skip.clone(),
            strict: self.strict.then_some(true),
            seed: self.seed,
            cases: self.cases,
            concurrency: self.concurrency,
            max_time: self.max_time,
            report_json: self.report_json.clone(),
            report_junit: self.report_junit.clone(),
            replay_dir: self.replay_dir.clone(),
            api_listen: self.api_listen,
            control_token: self.control_token.clone(),
            effects_url: self.effects_url.clone(),
            handles: self.handles.clone(),
            fixtures: self.fixtures.clone(),
            contract: self.contract.clone(),
            ..self.target.configuration(self.url.as_ref())
        };
        self.fetch.fill(&mut configuration);
        self.hostility.fill(&mut configuration);
        configuration
    }
}

impl HostilityArgs {
    /// Puts in what these flags, and the environment behind them, say.
    pub(crate) fn fill(self, configuration: &mut Configuration) {
        configuration.hostile = self.hostile.then_some(true);
        configuration.gentle = self.gentle.then_some(true);
    }
}

impl PushArgs {
    /// What these flags, and the environment behind them, say.
    pub(crate) fn configuration(&self) -> Configuration {
        Configuration {
            fixtures: self.fixtures.clone(),
            ..self.target.configuration(self.url.as_ref())
        }
    }
}

impl ExplainArgs {
    /// What these flags, and the environment behind them, say.
    pub(crate) fn configuration(&self) -> Configuration {
        Configuration {
            account: self.account,
            fixtures: self.fixtures.clone(),
            ..Configuration::default()
        }
    }
}

impl DoctorArgs {
    /// What these flags, and the environment behind them, say.
    pub(crate) fn configuration(&self) -> Configuration {
        let mut configuration = self.target.configuration(self.url.as_ref());
        self.fetch.fill(&mut configuration);
        configuration
    }
}

impl FetchArgs {
    /// Puts in what these flags, and the environment behind them, say.
    pub(crate) fn fill(&self, configuration: &mut Configuration) {
        configuration.periodic_url.clone_from(&self.periodic_url);
        configuration.prefetch_url.clone_from(&self.prefetch_url);
        configuration.fetch_token.clone_from(&self.fetch_token);
        configuration.fetch_timestamp = self.fetch_timestamp;
    }
}

impl ServeArgs {
    /// What these flags, and the environment behind them, say.
    pub(crate) fn configuration(&self) -> Configuration {
        Configuration {
            listen: self.listen,
            control_token: self.control_token.clone(),
            allow_host: self.allow_host.clone(),
            allow_target: self.allow_target.clone(),
            clock: self.clock,
            no_limits: self.no_limits.then_some(true),
            periodic_url: self.periodic_url.clone(),
            prefetch_url: self.prefetch_url.clone(),
            seed: self.seed,
            fixtures: self.fixtures.clone(),
            ..self.target.configuration(self.url.as_ref())
        }
    }
}

/// A file that the user named, of at most so many bytes.
pub(crate) fn read_text(path: &Path, most: usize) -> Result<String> {
    reading::read_text(path, most).map_err(|error| usage(error.to_string()))
}

/// A file that the user named, to be read bit by bit.
pub(crate) fn open(path: &Path) -> Result<io::BufReader<fs::File>> {
    let file = reading::open(path).map_err(|error| usage(error.to_string()))?;
    Ok(io::BufReader::new(file))
}

/// The same, if it is there.
pub(crate) fn read_if_there(path: &Path, most: usize) -> Result<Option<String>> {
    match reading::read_text(path, most) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.is_absence() => Ok(None),
        Err(error) => Err(usage(error.to_string())),
    }
}

/// Whether a file could be written there, as far as that can be told without writing: what is there stays as it is. A
/// pipe that somebody reads is opened, and has to stay open; a device is not touched.
pub(crate) fn try_to_write(path: &Path) -> Result<Option<Pipe>> {
    tried(path).map_err(|error| cannot_write(path, &error))
}

fn tried(path: &Path) -> io::Result<Option<Pipe>> {
    make_folder(path)?;
    match fs::metadata(path) {
        Ok(known) if known.is_file() => fs::OpenOptions::new().append(true).open(path).map(drop)?,
        Ok(known) if known.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(_) => return Pipe::open(path),
        Err(error) => match fs::read_link(path) {
            // It leads to a file that is made when it is written. One that leads round and round says something else.
            Ok(target) if error.kind() == io::ErrorKind::NotFound => {
                return tried(&path.parent().unwrap_or(path).join(target));
            }
            Ok(_) => return Err(error),
            Err(_) => make_and_remove(path)?,
        },
    }
    Ok(None)
}

fn make_and_remove(path: &Path) -> io::Result<()> {
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)?;
    fs::remove_file(path)
}

/// Whether files could be written into a folder that is there, or will be made.
pub(crate) fn try_folder(folder: &Path) -> Result<()> {
    let tried = std::path::absolute(folder).and_then(|whole| {
        let nearest = whole.ancestors().find(|folder| folder.exists());
        let trial = format!(".wxcheck-trial-{}", std::process::id());
        make_and_remove(&nearest.unwrap_or(&whole).join(trial))
    });
    tried.map_err(|error| cannot_write(folder, &error))
}

fn cannot_write(path: &Path, error: &io::Error) -> anyhow::Error {
    usage(format!("cannot write {}: {error}", path.display()))
}

fn make_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.map_or(Ok(()), fs::create_dir_all)
}

/// Removes a file that an earlier run wrote, if it is there.
pub(crate) fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(usage(format!("cannot remove {}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

/// A file that is written as a run goes on, empty. Missing folders are made.
pub(crate) fn create(path: &Path) -> Result<fs::File> {
    make_folder(path)
        .and_then(|()| fs::File::create(path))
        .map_err(|error| cannot_write(path, &error))
}

/// Writes a report: into the pipe that was opened for it, or that is there by now, or into a file.
pub(crate) async fn write_report(path: &Path, pipe: Option<Pipe>, text: &Shown) -> Result<()> {
    let pipe = match pipe {
        Some(pipe) => Ok(Some(pipe)),
        None => Pipe::open(path),
    };
    let written = match pipe {
        Ok(Some(mut pipe)) => pipe.write(text.as_str()).await,
        Ok(None) => return write_text(path, text),
        Err(error) => Err(error),
    };
    written.map_err(|error| cannot_write(path, &error))
}

/// A file that the user asked for. Missing folders are made.
#[expect(
    clippy::disallowed_methods,
    reason = "files that the user asks for are written here"
)]
pub(crate) fn write_text(path: &Path, text: &Shown) -> Result<()> {
    make_folder(path)
        .and_then(|()| fs::write(path, text.as_str()))
        .map_err(|error| cannot_write(path, &error))
}
