//! Checks whether clients accept the HTTP server's certificate, and for how long.

use rustls::pki_types::UnixTime;

use super::Check;
use crate::certificate::{CertificateFault, CertificateFiles};
use crate::config::Config;

const SUBJECT: &str = "certificate";

/// Returns nothing if HTTP is not encrypted.
pub(super) fn examine(config: &Config) -> Option<Check> {
    CertificateFiles::of(&config.http).map(|files| judge(&files, UnixTime::now()))
}

fn judge(files: &CertificateFiles, now: UnixTime) -> Check {
    let renew = "renew it: the running server loads the new files by itself within seconds";
    let bad = |fault: CertificateFault, fix: &str| Check::bad(SUBJECT, fault.to_string(), fix.to_owned());
    let certificate = match files.read() {
        Ok(certificate) => certificate,
        Err(fault) => {
            let fix = "give http.tls_certificate and http.tls_key files in PEM that belong together and that this user may read";
            return bad(fault, fix);
        }
    };
    match files.judge_ahead(&certificate, now) {
        Err(fault) => bad(fault, renew),
        Ok(()) => {
            Check::good(SUBJECT, format!("{} is valid for 14 days and more", files.certificate.display()))
        }
    }
}
