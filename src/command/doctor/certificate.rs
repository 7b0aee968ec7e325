//! Checks whether clients accept the HTTP server's certificate, at which host, and for how long.

use rustls::pki_types::UnixTime;
use url::Url;

use super::Check;
use crate::certificate::{CertificateFault, CertificateFiles};
use crate::config::{Config, Http};

const SUBJECT: &str = "certificate";

/// Returns nothing if HTTP is not encrypted.
pub(super) fn examine(config: &Config) -> Option<Check> {
    CertificateFiles::of(&config.http)
        .map(|files| judge(&files, direct_host(&config.http).as_deref(), UnixTime::now()))
}

/// Returns the host by which others reach this server; none if it is not known, or a proxy in front of it shows them a certificate of its own.
fn direct_host(http: &Http) -> Option<String> {
    let base = http.public_base_url.as_ref().filter(|base| base.is_encrypted())?;
    if http.trusted_proxies.is_some() {
        return None;
    }
    let url = Url::parse(base.as_str()).ok()?;
    Some(url.host_str()?.trim_matches(['[', ']']).to_owned())
}

fn judge(files: &CertificateFiles, host: Option<&str>, now: UnixTime) -> Check {
    let renew = "renew it: the running server loads the new files by itself within seconds";
    let bad = |fault: CertificateFault, fix: &str| Check::bad(SUBJECT, fault.to_string(), fix.to_owned());
    let certificate = match files.read() {
        Ok(certificate) => certificate,
        Err(fault) => {
            let fix = "give http.tls_certificate and http.tls_key files in PEM that belong together and that this user may read";
            return bad(fault, fix);
        }
    };
    if let Err(fault) = files.judge_ahead(&certificate, now) {
        return bad(fault, renew);
    }
    if let Some(Err(fault)) = host.map(|host| files.judge_host(&certificate, host)) {
        let fix = "set http.tls_certificate to one that names this host, or http.public_base_url to a host that it names; if a proxy in front of this \
                   server shows another certificate, name the proxy in http.trusted_proxies";
        return bad(fault, fix);
    }
    Check::good(SUBJECT, format!("{} is valid for 14 days and more", files.certificate.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use cordboard_test_support::postgres::Certificates;

    use super::*;
    use crate::config::Sources;

    #[test]
    fn a_certificate_for_another_host_is_bad() {
        let folder = tempfile::tempdir().unwrap();
        let issued = Certificates::issue(&["calls.example.com"]).unwrap();
        let [certificate, key] = ["a.pem", "a.key"].map(|name| folder.path().join(name));
        fs::write(&certificate, &issued.server).unwrap();
        fs::write(&key, &issued.key).unwrap();
        let checked = |more: &[(&str, &str)]| {
            let files = [
                ("CORDBOARD_HTTP__TLS_CERTIFICATE", certificate.to_str().unwrap()),
                ("CORDBOARD_HTTP__TLS_KEY", key.to_str().unwrap()),
            ];
            let environment =
                files.iter().chain(more).map(|(name, value)| (name.into(), value.into())).collect();
            examine(&Config::load(&Sources { environment, ..Sources::default() }).unwrap().config).unwrap()
        };
        let public = |url| ("CORDBOARD_HTTP__PUBLIC_BASE_URL", url);
        assert!(!checked(&[]).is_bad());
        assert!(!checked(&[public("https://calls.example.com:8443")]).is_bad());
        let proxy = ("CORDBOARD_HTTP__TRUSTED_PROXIES", "10.0.0.3");
        assert!(!checked(&[public("https://www.example.com"), proxy]).is_bad(), "its own is shown");
        for other in ["https://www.example.com:8443", "https://192.0.2.1", "https://[2001:db8::7]:8443"] {
            let check = checked(&[public(other)]);
            let said = format!("{check:?}");
            assert!(check.is_bad() && said.contains("http.public_base_url to a host"), "{other}: {said}");
        }
    }
}
