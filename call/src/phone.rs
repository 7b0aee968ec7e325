//! A phone that a switch can ring.

use cordboard_schema::dial::{DialTarget, Dialable, PhoneNumber};
use cordboard_schema::dialplan::DialplanTarget;

/// A phone that a switch can ring: `user/NUMBER@DOMAIN`, or an outside number. It can only be made from a [`DialplanTarget`] or a
/// [`DialTarget`], so nothing that a person said or typed becomes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    number: String,
    domain: Option<String>,
    outside: Option<PhoneNumber>,
}

impl Phone {
    /// Returns the phone at a target's extension, in a SIP domain if one is known and plain.
    pub fn at(target: &DialplanTarget, domain: Option<&str>) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        let domain = domain.filter(|domain| !domain.is_empty() && domain.chars().all(plain));
        let (number, domain) = (target.extension().to_owned(), domain.map(str::to_owned));
        Self { number, domain, outside: None }
    }

    /// Returns the phone of a party that may be dialled.
    pub fn of(target: &DialTarget, domain: Option<&str>) -> Self {
        match target.who() {
            Dialable::Extension { place, .. } => Self::at(place, domain),
            Dialable::Number { number } => {
                Self { number: number.to_string(), domain: None, outside: Some(number.clone()) }
            }
        }
    }

    /// Returns the number, if it is an outside number and not an extension.
    pub fn outside(&self) -> Option<&PhoneNumber> {
        self.outside.as_ref()
    }

    /// Returns the extension's number, or the outside number.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Returns the SIP domain; `None` for the switch's own.
    pub fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_domain_is_rung() {
        let place = "internal,2001,1".parse().unwrap();
        let domain = |said: Option<&str>| Phone::at(&place, said).domain().map(str::to_owned);
        assert_eq!(domain(Some("pbx-1.example")).as_deref(), Some("pbx-1.example"));
        let strange =
            ["", "pbx example", "pbx.example;fs_path=sip:evil", "pbx@evil", "pbx/1", "bücher.example"];
        for said in strange.map(Some).into_iter().chain([None]) {
            assert_eq!(domain(said), None, "{said:?}: the switch's own domain is used");
        }
    }
}
