//! Is the public address one that Twilio's media streams can be opened at?

use super::Check;
use crate::config::Config;

pub(super) const SUBJECT: &str = "Twilio";

/// Nothing to look at where no account is configured.
pub(super) fn examine(config: &Config) -> Option<Check> {
    config.switches.twilio.auth_token.as_ref()?;
    let url = config.http.public_base_url.as_ref()?;
    Some(match url.as_str().to_ascii_lowercase().starts_with("https://") {
        true => Check::good(SUBJECT, format!("{url} is an address of https, as media streams need it")),
        false => Check::bad(
            SUBJECT,
            format!("{url} is no address of https: Twilio opens media streams over TLS alone, so calls would have no sound"),
            "set http.public_base_url to an address of https, with a proxy before this server that ends TLS (deploy/proxy) or \
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
    fn media_streams_need_an_address_of_https() {
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
