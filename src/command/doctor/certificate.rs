//! Is the certificate of the HTTP server one that clients take, and for how long?

use std::time::Duration;

use rustls::pki_types::UnixTime;

use super::Check;
use crate::certificate::{CertificateFault, CertificateFiles};
use crate::config::Config;

const SUBJECT: &str = "certificate";

/// How long before its end somebody is warned: who renews by a program does so a month before.
const BEFORE_ITS_END: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// Nothing to look at where HTTP is spoken in the clear.
pub(super) fn examine(config: &Config) -> Option<Check> {
    CertificateFiles::of(&config.http).map(|files| judge(&files, UnixTime::now()))
}

fn judge(files: &CertificateFiles, now: UnixTime) -> Check {
    let renew = "renew it: the running server takes the new files by itself within seconds";
    let bad = |fault: CertificateFault, fix: &str| Check::bad(SUBJECT, fault.to_string(), fix.to_owned());
    let certificate = match files.read() {
        Ok(certificate) => certificate,
        Err(fault) => {
            let fix = "give http.tls_certificate and http.tls_key files in PEM that belong together and that this user may read";
            return bad(fault, fix);
        }
    };
    if let Err(fault) = files.judge(&certificate, now) {
        return bad(fault, renew);
    }
    let then = UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs()) + BEFORE_ITS_END);
    match files.judge(&certificate, then) {
        Err(_) => Check::bad(
            SUBJECT,
            format!("the certificate in {} expires within 14 days", files.certificate.display()),
            renew.to_owned(),
        ),
        Ok(()) => {
            Check::good(SUBJECT, format!("{} is valid for 14 days and more", files.certificate.display()))
        }
    }
}
