//! The certificate with which the HTTP server itself speaks TLS (`http.tls_certificate`, `http.tls_key`). It is read again when a file changes. If
//! the new one is unusable, the old one stays in force, and the files are read again at each check, because corrected permissions don't change a
//! file.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use cordboard_actors::world;
use cordboard_schema::limits::CERTIFICATE_BYTES_MAX;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, Error, RootCertStore, ServerConfig};
use tokio::time::{Instant, sleep};

use crate::config::Http;
use crate::priority;

/// Interval of checks for changed files.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Interval of log lines that the certificate must be renewed.
const REPORT_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// How long before the expiry these lines begin. Programs that renew certificates do so a month before.
const RENEW_BEFORE: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// Why a certificate is unusable. The texts are for operators.
#[derive(Debug, thiserror::Error)]
pub enum CertificateFault {
    /// A file can't be read as PEM.
    #[error("{}: {cause}", .path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// The fault.
        cause: String,
    },
    /// The key is not the certificate's, or of an unknown kind.
    #[error("the key in {} does not belong to the certificate in {}: {cause}", .key.display(), .certificate.display())]
    Key {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        certificate: PathBuf,
        /// Error of rustls.
        cause: Error,
    },
    /// Clients don't accept it for their address of this server.
    #[error("the certificate in {} is not for {host}, the host of http.public_base_url", .path.display())]
    Host {
        /// Its file.
        path: PathBuf,
        /// The host.
        host: String,
    },
    /// Clients don't accept it at this time.
    #[error("the certificate in {} {}", .path.display(), .why)]
    Time {
        /// Its file.
        path: PathBuf,
        /// The fault of the time.
        why: &'static str,
    },
}

/// The two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate, followed by those of its issuers.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// Attributes by which a changed file is recognized: when it was written, its length, and its identity (a link may lead elsewhere).
type Stamp = [Option<(i64, i64, u64, u64)>; 2];

impl CertificateFiles {
    /// Returns the files of the configuration; none if HTTP is not encrypted.
    pub fn of(http: &Http) -> Option<Self> {
        let (certificate, key) = (http.tls_certificate.clone()?, http.tls_key.clone()?);
        Some(Self { certificate, key })
    }

    /// Reads both files.
    ///
    /// # Errors
    /// Fails if they are unusable together. An expired certificate is no failure here: see [`CertificateFiles::judge`].
    pub fn read(&self) -> Result<CertifiedKey, CertificateFault> {
        let of = |path: &Path, cause: String| CertificateFault::File { path: path.to_owned(), cause };
        let chain: Vec<CertificateDer<'static>> =
            CertificateDer::pem_slice_iter(&bytes_of(&self.certificate)?)
                .collect::<Result<_, _>>()
                .map_err(|fault| of(&self.certificate, fault.to_string()))?;
        if chain.is_empty() {
            return Err(of(&self.certificate, "it holds no certificate in PEM".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_slice(&bytes_of(&self.key)?)
            .map_err(|fault| of(&self.key, fault.to_string()))?;
        CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|cause| CertificateFault::Key {
            key: self.key.clone(),
            certificate: self.certificate.clone(),
            cause,
        })
    }

    /// Checks whether clients accept the certificate at this time, judging only its dates.
    ///
    /// # Errors
    /// Fails if it has expired, or is not valid yet.
    pub fn judge(&self, certificate: &CertifiedKey, at: UnixTime) -> Result<(), CertificateFault> {
        let time = |why| Err(CertificateFault::Time { path: self.certificate.clone(), why });
        match dates(certificate, at) {
            Some(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => time("has expired"),
            Some(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }) => {
                time("is not valid yet")
            }
            _ => Ok(()),
        }
    }

    /// Checks the same, and whether clients will accept it for two more weeks.
    ///
    /// # Errors
    /// Fails if it must be renewed: it has expired or soon will, or is not valid yet.
    pub fn judge_ahead(&self, certificate: &CertifiedKey, at: UnixTime) -> Result<(), CertificateFault> {
        self.judge(certificate, at)?;
        let then = UnixTime::since_unix_epoch(Duration::from_secs(at.as_secs()) + RENEW_BEFORE);
        let ends =
            |_| CertificateFault::Time { path: self.certificate.clone(), why: "expires within 14 days" };
        self.judge(certificate, then).map_err(ends)
    }

    /// Checks whether clients that reach this server by a host accept the certificate, judging only its names.
    ///
    /// # Errors
    /// Fails if it names other hosts.
    pub fn judge_host(&self, certificate: &CertifiedKey, host: &str) -> Result<(), CertificateFault> {
        let names_host = certificate.cert.first().and_then(|leaf| {
            let (leaf, host) = (ParsedCertificate::try_from(leaf).ok()?, ServerName::try_from(host).ok()?);
            Some(verify_server_name(&leaf, &host).is_ok())
        });
        match names_host {
            Some(false) => {
                Err(CertificateFault::Host { path: self.certificate.clone(), host: host.to_owned() })
            }
            Some(true) | None => Ok(()),
        }
    }

    fn stamp(&self) -> Stamp {
        [&self.certificate, &self.key].map(|path| {
            let about = fs::metadata(path).ok()?;
            Some((about.mtime(), about.mtime_nsec(), about.len(), about.ino()))
        })
    }
}

/// The time of the calendar, in the type for certificates.
fn now() -> UnixTime {
    let seconds = u64::try_from(world::now().timestamp()).unwrap_or_default();
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

/// Reads a file. It may be the wrong file: a device has no end.
fn bytes_of(path: &Path) -> Result<Vec<u8>, CertificateFault> {
    let of = |cause: String| CertificateFault::File { path: path.to_owned(), cause };
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(CERTIFICATE_BYTES_MAX + 1).read_to_end(&mut bytes));
    match read {
        Err(fault) => Err(of(fault.to_string())),
        Ok(read) if read as u64 > CERTIFICATE_BYTES_MAX => Err(of(format!(
            "it has more than {CERTIFICATE_BYTES_MAX} bytes, and is not a PEM file of a certificate"
        ))),
        Ok(_) => Ok(bytes),
    }
}

/// A client's judgement of the certificate. Dates are checked before the issuer, so any issuer will do.
fn dates(certificate: &CertifiedKey, at: UnixTime) -> Option<CertificateError> {
    let leaf = certificate.cert.first()?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates([leaf.clone()]);
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider).build().ok()?;
    let name = ServerName::try_from("localhost").ok()?;
    match verifier.verify_server_cert(leaf, &[], &name, &[], at) {
        Err(Error::InvalidCertificate(why)) => Some(why),
        _ => None,
    }
}

/// The certificate in force.
#[derive(Debug)]
pub struct Certificate {
    files: CertificateFiles,
    /// The files before they were read for the first time.
    first: Stamp,
    in_force: RwLock<Arc<CertifiedKey>>,
    provider: Arc<CryptoProvider>,
}

impl Certificate {
    /// Reads the certificate for the first time.
    ///
    /// # Errors
    /// Fails if the files are unusable together.
    pub fn open(files: CertificateFiles) -> Result<Arc<Self>, CertificateFault> {
        let first = files.stamp();
        let in_force = RwLock::new(Arc::new(files.read()?));
        Ok(Arc::new(Self { files, first, in_force, provider: Arc::new(ring::default_provider()) }))
    }

    /// Returns the TLS configuration of a server, which always uses the certificate in force.
    ///
    /// # Errors
    /// Fails if the library refuses it.
    pub fn server_config(self: &Arc<Self>) -> io::Result<Arc<ServerConfig>> {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Reads the certificate again whenever a file has changed, and warns when it must be renewed, for as long as it is polled.
    pub async fn follow(self: Arc<Self>) {
        // A start may take minutes between the first reading and this, and the files may have been renewed meanwhile.
        let mut seen = self.first;
        let mut refused: Option<String> = None;
        let mut judged_at: Option<Instant> = None;
        loop {
            if judged_at.is_none_or(|at| at.elapsed() >= REPORT_INTERVAL) {
                judged_at = Some(Instant::now());
                self.report_validity().await;
            }
            sleep(CHECK_INTERVAL).await;
            let (this, was_refused, now) = (Arc::clone(&self), refused.is_some(), now());
            let reading = priority::blocking(move || {
                let stamp = this.files.stamp();
                let taken = (was_refused || stamp != seen).then(|| this.take(now));
                (stamp, taken)
            });
            let Ok((stamp, taken)) = reading.await else { continue };
            seen = stamp;
            match taken {
                None => {}
                Some(Ok(())) => {
                    refused = None;
                    tracing::info!(certificate = %self.files.certificate.display(), "a new certificate is in force");
                    judged_at = None;
                }
                Some(Err(error)) => {
                    let why = error.to_string();
                    // It is checked every few seconds, and reported once.
                    if refused.as_ref() != Some(&why) {
                        tracing::warn!(error = %why, "the new certificate is unusable: the old one stays in force");
                    }
                    refused = Some(why);
                }
            }
        }
    }

    /// Returns when the certificate in force expires; none if its dates can't be read.
    pub fn expires(&self) -> Option<UnixTime> {
        match dates(&self.in_force(), UnixTime::since_unix_epoch(Duration::MAX)) {
            Some(CertificateError::ExpiredContext { not_after, .. }) => Some(not_after),
            _ => None,
        }
    }

    /// Puts the certificate of the current files in force.
    ///
    /// # Errors
    /// Fails if it is unusable, or if clients reject it at this time and accept the one in force.
    fn take(&self, now: UnixTime) -> Result<(), CertificateFault> {
        let new = self.files.read()?;
        let judged = self.files.judge(&new, now);
        if judged.is_err() && self.files.judge(&self.in_force(), now).is_ok() {
            return judged;
        }
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        Ok(())
    }

    fn in_force(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Logs a line if clients reject the certificate, or will within two weeks.
    async fn report_validity(self: &Arc<Self>) {
        let (this, now) = (Arc::clone(self), now());
        let judged = priority::blocking(move || this.files.judge_ahead(&this.in_force(), now)).await;
        if let Ok(Err(fault)) = judged {
            tracing::warn!(%fault, "the certificate must be renewed: new files are loaded within seconds");
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.in_force())
    }
}

#[cfg(test)]
mod tests {
    use cordboard_test_support::postgres::Certificates;
    use tokio::time::timeout;

    use super::*;

    fn written(folder: &Path, certificate: &str, key: &str) -> CertificateFiles {
        let files = CertificateFiles { certificate: folder.join("a.pem"), key: folder.join("a.key") };
        fs::write(&files.certificate, certificate).unwrap();
        fs::write(&files.key, key).unwrap();
        files
    }

    #[test]
    fn a_certificate_without_its_key_is_unusable() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Certificates::issue(&["a"]).unwrap(), Certificates::issue(&["a"]).unwrap());
        assert!(written(folder.path(), &one.server, &one.key).read().is_ok());
        for (certificate, key, says) in [
            (one.server.as_str(), other.key.as_str(), "does not belong to the certificate"),
            ("", one.key.as_str(), "holds no certificate"),
            (one.server.as_str(), "", "a.key"),
            (&one.server[..one.server.len() / 2], one.key.as_str(), "a.pem"),
        ] {
            let said = written(folder.path(), certificate, key).read().unwrap_err().to_string();
            assert!(said.contains(says), "{said}");
        }
    }

    #[test]
    fn a_certificate_is_judged_by_its_dates() {
        let folder = tempfile::tempdir().unwrap();
        let one = Certificates::issue(&["a"]).unwrap();
        let files = written(folder.path(), &one.server, &one.key);
        let certificate = files.read().unwrap();
        let judged = |years: u64| {
            let at = UnixTime::since_unix_epoch(Duration::from_secs(years * 365 * 86_400));
            files.judge(&certificate, at).map_err(|fault| fault.to_string())
        };
        // Certificates of rcgen are valid from 1975 to 4096.
        assert!(judged(1).unwrap_err().ends_with("is not valid yet"));
        assert_eq!(judged(56), Ok(()));
        assert!(judged(2_200).unwrap_err().ends_with("has expired"));

        let (certificate_of_a_year, files) = {
            let short = Certificates::expired(&["a"]).unwrap();
            let files = written(folder.path(), &short.server, &short.key);
            (files.read().unwrap(), files)
        };
        // It is valid until the beginning of 2021 (UTC).
        let ahead = |days_before: u64| {
            let at = UnixTime::since_unix_epoch(Duration::from_secs(1_609_459_200 - days_before * 86_400));
            files.judge_ahead(&certificate_of_a_year, at).map_err(|fault| fault.to_string())
        };
        assert_eq!(ahead(15), Ok(()));
        assert!(ahead(13).unwrap_err().ends_with("expires within 14 days"));
    }

    #[test]
    fn an_expired_new_certificate_does_not_replace_a_valid_one() {
        let folder = tempfile::tempdir().unwrap();
        let at = |year: u64| UnixTime::since_unix_epoch(Duration::from_secs((year - 1970) * 31_557_600));
        let [old, expired] = [2030, 2020].map(|until| Certificates::lasting(&["a"], until).unwrap());
        let certificate = Certificate::open(written(folder.path(), &old.server, &old.key)).unwrap();
        let first = certificate.in_force();
        // It expires when 2030 begins (UTC).
        assert_eq!(certificate.expires().map(|at| at.as_secs()), Some(1_893_456_000));
        written(folder.path(), &expired.server, &expired.key);
        let said = certificate.take(at(2026)).unwrap_err().to_string();
        assert!(said.ends_with("has expired"), "{said}");
        for (server, key) in [("garbage", expired.key.as_str()), (&expired.server[..200], ""), ("", "")] {
            written(folder.path(), server, key);
            certificate.take(at(2026)).unwrap_err();
        }
        assert!(Arc::ptr_eq(&certificate.in_force(), &first));
        // Then one is as good as the other.
        written(folder.path(), &expired.server, &expired.key);
        certificate.take(at(2031)).unwrap();
        assert!(!Arc::ptr_eq(&certificate.in_force(), &first));
        assert_eq!(certificate.expires().map(|at| at.as_secs()), Some(1_577_836_800));
    }

    #[tokio::test(start_paused = true)]
    async fn a_certificate_that_is_renewed_during_the_start_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let [old, new] = [2096, 2097].map(|until| Certificates::lasting(&["a"], until).unwrap());
        let certificate = Certificate::open(written(folder.path(), &old.server, &old.key)).unwrap();
        let first = certificate.in_force();
        let renewed = tempfile::tempdir().unwrap();
        let files = written(renewed.path(), &new.server, &new.key);
        fs::rename(files.certificate, folder.path().join("a.pem")).unwrap();
        fs::rename(files.key, folder.path().join("a.key")).unwrap();
        // It follows for ever.
        let _ = timeout(3 * CHECK_INTERVAL, Arc::clone(&certificate).follow()).await;
        assert!(!Arc::ptr_eq(&certificate.in_force(), &first));
    }

    #[test]
    fn an_endless_file_is_not_a_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let one = Certificates::issue(&["a"]).unwrap();
        let files = written(folder.path(), &one.server, &one.key);
        for endless in [
            CertificateFiles { certificate: "/dev/zero".into(), ..files.clone() },
            CertificateFiles { key: "/dev/zero".into(), ..files },
        ] {
            let said = endless.read().unwrap_err().to_string();
            assert!(said.starts_with("/dev/zero: it has more than 1048576 bytes"), "{said}");
        }
    }
}
