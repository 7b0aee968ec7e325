//! Checks whether the account is complete, and whether the public address is one at which Twilio can open media streams.

use super::Check;
use crate::config::Config;

pub(super) const SUBJECT: &str = "Twilio";

/// Returns nothing if no account is configured.
pub(super) fn examine(config: &Config) -> Option<Check> {
    let twilio = &config.switches.twilio;
    if twilio.auth_token.is_none() {
        let is_begun = twilio.account_sid.is_some() || twilio.api_key.is_some();
        return is_begun.then(without_token);
    }
    let url = config.http.public_base_url.as_ref()?;
    let is_encrypted = url.as_str().to_ascii_lowercase().starts_with("https://");
    Some(match is_encrypted {
        true if twilio.account_sid.is_none() => Check::good(
            SUBJECT,
            format!(
                "{url} is an https address, which media streams need; without TWILIO_ACCOUNT_SID calls are only taken: nobody is called, and no text is sent"
            ),
        ),
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

/// An API key replaces the token only in our own requests.
fn without_token() -> Check {
    Check::bad(
        SUBJECT,
        "there is no TWILIO_AUTH_TOKEN, with which Twilio signs its requests: the account takes no calls and makes none".to_owned(),
        "set TWILIO_AUTH_TOKEN, also if twilio.api_key is set; or unset the account's other settings".to_owned(),
    )
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

    #[test]
    fn an_account_without_its_token_or_name_is_reported() {
        let said = |settings: &[(&str, &str)]| {
            let public = ("CORDBOARD_HTTP__PUBLIC_BASE_URL", "https://calls.example.com");
            let settings = settings.iter().chain([&public]);
            let environment = settings.map(|(name, value)| (name.into(), value.into())).collect();
            let config = Config::load(&Sources { environment, ..Sources::default() }).unwrap().config;
            format!("{:?}", examine(&config))
        };
        let sid = ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef");
        let (token, key) = (("TWILIO_AUTH_TOKEN", "tiger"), ("CORDBOARD_TWILIO__API_KEY", "SK1"));
        let secret = ("CORDBOARD_TWILIO__API_KEY_SECRET", "lion");
        let incomplete = said(&[sid, key, secret]);
        assert!(
            incomplete.contains("Bad") && incomplete.contains("set TWILIO_AUTH_TOKEN, also"),
            "{incomplete}"
        );
        assert!(said(&[token]).contains("without TWILIO_ACCOUNT_SID calls are only taken"));
        let complete = said(&[sid, token, key, secret]);
        assert!(complete.contains("Good") && !complete.contains("TWILIO_ACCOUNT_SID"), "{complete}");
    }
}
