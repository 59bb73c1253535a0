//! Settings are read once: what is given is put over the nearest file, and what is named there is read.

use std::{path::Path, sync::Arc};

use wxcheck_mock_server::{Identity, TlsError, connecting::read_certificates, ownership};

use crate::{
    FILE_NAME, Settings, SettingsError,
    error::Reason,
    fixtures::read_fixtures,
    reading::{nearest, read_text},
};

const MIB: usize = 1024 * 1024;
/// Bytes of a file of settings.
const SETTINGS_FILE_BYTES: usize = MIB;
/// Bytes of a file of certificate authorities.
const CERTIFICATES_FILE_BYTES: usize = 4 * MIB;
/// A path that stands for standard output.
pub(crate) const STANDARD_OUTPUT: &str = "-";

impl Settings {
    /// These settings over those of the nearest file, in a folder or one above, if there is one.
    pub fn over_file(mut self, folder: &Path) -> Result<Self, SettingsError> {
        self.forget_blanks();
        let Some(path) = nearest(FILE_NAME, folder) else {
            return Ok(self);
        };
        let text = read_text(&path, SETTINGS_FILE_BYTES).map_err(Reason::from)?;
        let file = Self::from_toml(&path, &text).map_err(Reason::from)?;
        Ok(self.over(file.beside(path.parent().unwrap_or(folder))))
    }

    /// These settings with every relative path meant from that folder.
    #[must_use]
    pub fn beside(mut self, folder: &Path) -> Self {
        for path in self.paths().into_iter().flatten() {
            if path.as_os_str() != STANDARD_OUTPUT {
                *path = folder.join(&path);
            }
        }
        self
    }

    /// These settings with the content of the files that they name: certificate authorities, and pushes of the user's own.
    pub fn checked(mut self) -> Result<Self, SettingsError> {
        self.check_urls()?;
        self.check_owned()?;
        if let Some(path) = &self.sending.ca_cert {
            let unusable = |reason| self.wrong("ca-cert", reason);
            let pem = read_text(path, CERTIFICATES_FILE_BYTES);
            let pem = pem.map_err(|error| unusable(Reason::Unreadable(error)))?;
            let trusted = read_certificates(&pem).map_err(|reason| {
                let file = path.display().to_string();
                unusable(Reason::CaCert { file, reason })
            })?;
            self.besides.trusted = trusted;
        }
        if let Some(folder) = &self.pushes.fixtures {
            let read = read_fixtures(folder);
            let own = read.map_err(|error| self.wrong("fixtures", Reason::Fixtures(error)))?;
            self.besides.own_entries = own;
        }
        self.besides.identity = self.identity()?;
        Ok(self)
    }

    /// Hosts are named without what stands around them in a URL.
    fn check_owned(&self) -> Result<(), SettingsError> {
        let owned = &self.ownership.i_own;
        let Some(wrong) = owned.iter().find(|host| !ownership::is_host(host)) else {
            return Ok(());
        };
        let place = self.origins.place_of_item("i-own", wrong);
        Err(SettingsError::at(place, Reason::NoHost(wrong.clone())))
    }

    /// The certificate of the served platform with its key, if one is named.
    fn identity(&self) -> Result<Option<Arc<Identity>>, SettingsError> {
        let read = |key, path: &Path| {
            let text = read_text(path, CERTIFICATES_FILE_BYTES);
            text.map_err(|error| self.wrong(key, Reason::Unreadable(error)))
        };
        match (&self.serve.tls_cert, &self.serve.tls_key) {
            (None, None) => Ok(None),
            (Some(_), None) => Err(self.wrong("tls-cert", Reason::NoTlsKey)),
            (None, Some(_)) => Err(self.wrong("tls-key", Reason::NoTlsCert)),
            (Some(certificate), Some(key)) => {
                let chain = read("tls-cert", certificate)?;
                let private = read("tls-key", key)?;
                let identity = Identity::read(&chain, &private).map_err(|reason| {
                    let (name, path) = match reason {
                        TlsError::NoKey => ("tls-key", key),
                        _ => ("tls-cert", certificate),
                    };
                    let file = path.display().to_string();
                    self.wrong(name, Reason::TlsFile { file, reason })
                })?;
                Ok(Some(Arc::new(identity)))
            }
        }
    }

    /// CI sets a variable to nothing where a secret is missing: that is none given. An empty URL or Token stays an
    /// error, or another server than meant would be judged.
    fn forget_blanks(&mut self) {
        let target = &mut self.target;
        for (key, value) in [
            ("appid", &mut target.appid),
            ("secret", &mut target.secret),
            ("aes-key", &mut target.aes_key),
            ("authorizer-appid", &mut target.authorizer_appid),
            ("payment-aes-key", &mut target.payment_aes_key),
        ] {
            if value.as_ref().is_some_and(String::is_empty) {
                *value = None;
                self.origins.forget(key);
            }
        }
    }

    /// Fails if a URL is given as nothing: in CI a variable is missing then, and the wrong server would be judged.
    pub(crate) fn check_urls(&self) -> Result<(), SettingsError> {
        let blank = |url: &Option<String>| url.as_ref().is_some_and(|url| url.trim().is_empty());
        let empty = self.urls().into_iter().find(|(_, url)| blank(url));
        empty.map_or(Ok(()), |(key, _)| Err(self.wrong(key, Reason::Empty)))
    }

    /// Settings that are URLs, with their keys.
    pub(crate) const fn urls(&self) -> [(&'static str, &Option<String>); 6] {
        [
            ("url", &self.callback.url),
            ("periodic-url", &self.fetch.periodic_url),
            ("prefetch-url", &self.fetch.prefetch_url),
            ("effects-url", &self.effects.effects_url),
            ("authorization-url", &self.target.authorization_url),
            ("payment-url", &self.target.payment_url),
        ]
    }
}
