//! How an extension or a number becomes Asterisk's dial string. Pure.

use std::fmt;
use std::str::FromStr;

/// Placeholder of the number.
const PLACE: &str = "{number}";

/// A dial string with one place for the number, as `PJSIP/{number}` or `PJSIP/{number}@trunk`. Made only from the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialTemplate {
    before: String,
    after: String,
}

/// Why a text is not a valid [`DialTemplate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// No place for the number, or several.
    #[error("it has to contain {PLACE} exactly once")]
    Place,
    /// It does not begin with a technology and a slash.
    #[error("it has to begin with a technology and a slash, as PJSIP/ does")]
    Technology,
    /// It contains characters that Asterisk would read as another channel, an option or a variable.
    #[error("it can't contain {0:?}")]
    Character(char),
}

impl DialTemplate {
    /// Returns the dial string for a number. The number consists of letters, digits, `+`, `*`, `#` and `_`, as all targets and
    /// listed numbers do.
    pub fn dial(&self, number: &str) -> String {
        format!("{}{number}{}", self.before, self.after)
    }

    /// Returns the device whose state is that of the telephone: the dial string itself, without the options of a `Local` channel.
    /// None if the number is dialled through something else, as with `PJSIP/{number}@pbx2` and `SIP/pbx2/{number}`: Asterisk has no
    /// device for that number, and calls it invalid.
    pub fn device(&self, number: &str) -> Option<String> {
        let dialled = self.dial(number);
        match dialled.split_once('/')? {
            // The context is part of its name.
            ("Local", place) => place.split('/').next().map(|place| format!("Local/{place}")),
            (_, phone) => (!phone.contains(['@', '/'])).then_some(dialled),
        }
    }
}

impl FromStr for DialTemplate {
    type Err = BadTemplate;

    fn from_str(text: &str) -> Result<Self, BadTemplate> {
        let plain = |c: char| {
            c.is_ascii_alphanumeric()
                || matches!(c, '/' | '@' | '-' | '_' | '.' | ':' | ';' | '{' | '}' | '+')
        };
        if let Some(found) = text.chars().find(|c| !plain(*c)) {
            return Err(BadTemplate::Character(found));
        }
        let (before, after) = text.split_once(PLACE).ok_or(BadTemplate::Place)?;
        if [before, after].iter().any(|part| part.contains(['{', '}'])) {
            return Err(BadTemplate::Place);
        }
        match before.split_once('/') {
            Some((technology, _)) if !technology.is_empty() => {
                Ok(Self { before: before.to_owned(), after: after.to_owned() })
            }
            _ => Err(BadTemplate::Technology),
        }
    }
}

impl fmt::Display for DialTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{PLACE}{}", self.before, self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_replaces_the_placeholder() {
        let table = [
            ("PJSIP/{number}", "PJSIP/2001", Some("PJSIP/2001")),
            ("PJSIP/{number}@trunk", "PJSIP/2001@trunk", None),
            ("Local/{number}@people/n", "Local/2001@people/n", Some("Local/2001@people")),
            ("Local/{number}@people", "Local/2001@people", Some("Local/2001@people")),
            ("SIP/gw-1/{number}", "SIP/gw-1/2001", None),
        ];
        for (template, dialled, device) in table {
            let template: DialTemplate = template.parse().unwrap();
            assert_eq!(
                (template.dial("2001").as_str(), template.device("2001").as_deref()),
                (dialled, device)
            );
        }
    }

    #[test]
    fn invalid_templates_are_refused() {
        let table = [
            ("PJSIP/2001", BadTemplate::Place),
            ("PJSIP/{number}{number}", BadTemplate::Place),
            ("{number}", BadTemplate::Technology),
            ("/{number}", BadTemplate::Technology),
            ("PJSIP/{number}&PJSIP/1", BadTemplate::Character('&')),
            ("PJSIP/{number},30", BadTemplate::Character(',')),
            ("PJSIP/${X}{number}", BadTemplate::Character('$')),
            ("PJSIP/{number}\r\nAction: x", BadTemplate::Character('\r')),
        ];
        for (text, fault) in table {
            assert_eq!(text.parse::<DialTemplate>(), Err(fault), "{text:?}");
        }
    }
}
