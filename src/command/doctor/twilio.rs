//! Checks whether the public address is one at which Twilio can open media streams.

use super::Check;
use crate::config::Config;

pub(super) const SUBJECT: &str = "Twilio";

/// Returns nothing if no account is configured.
pub(super) fn examine(config: &Config) -> Option<Check> {
    config.switches.twilio.auth_token.as_ref()?;
    let url = config.http.public_base_url.as_ref()?;
    Some(match url.as_str().to_ascii_lowercase().starts_with("https://") {
        true => Check::good(SUBJECT, format!("{url} is an https address, which media streams need")),
        false => Check::bad(
            SUBJECT,
            format!("{url} is not an https address: Twilio opens media streams over TLS only, so calls would have no sound"),
            "set http.public_base_url to an https address, with a proxy in front of this server that terminates TLS (deploy/proxy) or \
             http.tls_certificate"
                .to_owned(),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    #[test]
    fn media_streams_need_an_https_address() {
        let at = |url: &str| {
            let settings = [("TWILIO_AUTH_TOKEN", "tiger"), ("CORDBOARD_HTTP__PUBLIC_BASE_URL", url)];
            let environment = settings.map(|(name, value)| (name.into(), value.into())).to_vec();
            Config::load(&Sources { environment, ..Sources::default() }).unwrap().config
        };
        assert_eq!(examine(&Config::default()), None);
        assert!(examine(&at("http://calls.example.com")).unwrap().is_bad());
        assert!(!examine(&at("https://calls.example.com")).unwrap().is_bad());
    }
}
