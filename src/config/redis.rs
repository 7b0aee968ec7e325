//! The address of a Redis server, from `REDIS_URL`.

use std::fmt;

use url::{Host, Url};

use super::{Secret, address};
use cordboard_settings::{SettingValue, Sight};

/// The address of a Redis server. `Debug` and `Display` show no password.
#[derive(Clone, Debug, PartialEq)]
pub struct RedisUrl {
    /// The address as given.
    whole: Secret,
    /// The address without its password.
    shown: String,
}

impl RedisUrl {
    /// The address with its password, for the place that connects.
    pub fn expose(&self) -> &str {
        self.whole.expose()
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl SettingValue for RedisUrl {
    const SIGHT: Sight = Sight::Open;

    fn expected() -> String {
        "redis://USER:PASSWORD@HOST:PORT/NUMBER, or rediss:// for TLS".to_owned()
    }

    // The text is not repeated, because it may contain a password.
    fn parse(text: &str) -> Result<Self, String> {
        let mut url = Url::parse(text).map_err(|fault| format!("it is not an address: {fault}"))?;
        if !matches!(url.scheme(), "redis" | "rediss") {
            return Err("it does not begin with redis:// or rediss://".to_owned());
        }
        match url.host() {
            Some(Host::Domain("")) | None => return Err("it names no host".to_owned()),
            Some(_) => {}
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("it has parameters, which are not allowed".to_owned());
        }
        let number = url.path().trim_start_matches('/');
        if !number.is_empty() && number.parse::<u16>().is_err() {
            return Err("after the host only the number of a database is allowed".to_owned());
        }
        if url.password().is_some() {
            // An address with a host accepts a password.
            let _ = url.set_password(Some("********"));
        }
        Ok(Self { whole: Secret::new(text), shown: url.to_string() })
    }

    fn shown(&self) -> String {
        self.shown.clone()
    }

    fn secrets(&self) -> Vec<String> {
        address::secrets(&self.whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let url = RedisUrl::parse("rediss://calls:ti%67er@cache.example.com:6380/2").unwrap();
        assert_eq!(url.to_string(), "rediss://calls:********@cache.example.com:6380/2");
        assert_eq!(url.expose(), "rediss://calls:ti%67er@cache.example.com:6380/2");
        assert!(!format!("{url:?} {}", url.shown()).contains("ti%67er"));
        for plain in ["redis://127.0.0.1", "redis://[::1]:6379/0", "redis://:word@localhost/"] {
            assert!(RedisUrl::parse(plain).is_ok(), "{plain}");
        }
    }

    #[test]
    fn a_bad_address_is_refused_without_repeating_it() {
        for bad in [
            "http://u:tiger@host",
            "redis:tiger",
            "redis://u:tiger@",
            "redis://u:tiger@host/name",
            "redis://u:tiger@host?x=1",
            "rediss://u:tiger@host/#insecure",
            "tiger",
        ] {
            let refusal = RedisUrl::parse(bad).unwrap_err();
            assert!(!refusal.contains("tiger"), "{bad}: {refusal}");
        }
    }
}
