//! Removes what must not be given away from texts: secrets of the configuration, mail addresses, and possible telephone numbers.

use serde_json::Value;

use crate::command::running_server::kind_of_reason;
use crate::config::{Config, Secret};
use crate::tokens::Tokens;

/// Replaces a text that is left out.
const SECRET: &str = "[secret]";
const ADDRESS: &str = "[address]";
const NUMBER: &str = "[number]";

/// Digits of the shortest telephone number. A port has five.
const NUMBER_DIGITS_MIN: usize = 6;

/// The longest text between two digits of one number, as in `+49 (0)30`.
const GAP_CHARS_MAX: usize = 2;

/// Knows the secrets that no text may contain.
pub(super) struct Redaction {
    secrets: Vec<String>,
}

impl Redaction {
    /// Returns all secrets of this configuration, and the tokens of its data folder.
    pub(super) fn of(config: &Config) -> Self {
        let kept = [Tokens::admin_of(config), Tokens::dialplan_of(config)];
        let mut secrets: Vec<String> = kept
            .into_iter()
            .filter_map(|token| token.ok().flatten())
            .map(|secret: Secret| secret.expose().to_owned())
            .collect();
        secrets.extend(config.secrets());
        secrets.retain(|secret| !secret.is_empty());
        // Longer ones first, because one may be part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self { secrets }
    }

    /// Returns the text without all of these.
    pub(super) fn of_text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            text = text.replace(secret.as_str(), SECRET);
        }
        without_numbers(&without_addresses(&text))
    }

    /// Filters figures in the form of OpenMetrics. Their labels may contain names that users have given.
    pub(super) fn of_metrics(&self, text: &str) -> String {
        let labels = text.split('"').enumerate().map(|(at, part)| match at % 2 {
            0 => part.to_owned(),
            _ => self.of_text(part),
        });
        labels.collect::<Vec<_>>().join("\"")
    }
}

/// Returns the contents of `/readyz`, without the text after the kind of each reason. None if it is not an answer of Cordboard.
pub(super) fn readiness(text: &str) -> Option<String> {
    let mut answer: Value = serde_json::from_str(text).ok()?;
    let object = answer.as_object_mut()?;
    for name in ["journal", "data_dir"] {
        object.remove(name);
    }
    if let Some(Value::Array(reasons)) = object.get_mut("reasons") {
        for reason in reasons {
            *reason = reason.as_str().map(kind_of_reason).unwrap_or_default().into();
        }
    }
    serde_json::to_string_pretty(&answer).ok()
}

/// Removes each word with an `@` that has text on both sides. A word ends at a space, a quote, a comma or a bracket.
fn without_addresses(text: &str) -> String {
    let is_end = |c: char| c.is_whitespace() || "\"'`<>(),;".contains(c);
    let parts = text.split_inclusive(is_end).map(|part| {
        let word = part.trim_end_matches(is_end);
        let is_address =
            word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
        if is_address { format!("{ADDRESS}{}", &part[word.len()..]) } else { part.to_owned() }
    });
    parts.collect()
}

/// Removes each long enough run of digits, with the characters that people write between them.
fn without_numbers(text: &str) -> String {
    let is_gap = |c: char| " -/()".contains(c);
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c == '+' || c.is_ascii_digit()) {
        shown.push_str(&rest[..start]);
        rest = &rest[start..];
        let (mut end, mut digits, mut gap) = (0, 0, 0);
        for (at, c) in rest.char_indices() {
            if c.is_ascii_digit() || (at == 0 && c == '+') {
                (end, gap) = (at + 1, 0);
                digits += usize::from(c.is_ascii_digit());
            } else if is_gap(c) && gap < GAP_CHARS_MAX {
                gap += 1;
            } else {
                break;
            }
        }
        shown.push_str(if digits >= NUMBER_DIGITS_MIN { NUMBER } else { &rest[..end] });
        rest = &rest[end..];
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::config::{Listed, Sight, Sources, variable_of};

    #[test]
    fn phone_numbers_in_any_form_are_removed_but_ports_stay() {
        for number in ["+49301234567", "030/1234567", "+49 (0)30 123-456", "030) 12 34 56", "5551000"] {
            assert_eq!(without_numbers(&format!("to {number}, now")), "to [number], now", "{number}");
        }
        for text in ["127.0.0.1:8080", "10.0.0.0/8, 192.168.0.0/16", "65535 ports", "at 100+", "+", "é 7 é"]
        {
            assert_eq!(without_numbers(text), text);
        }
    }

    /// Returns a value of this setting that contains a secret; none if its values never do.
    fn text_with(secret: &str, setting: &Listed) -> Option<String> {
        let expected = setting.expected.as_str();
        if setting.sight == Sight::Secret {
            return Some(secret.to_owned());
        }
        if expected.starts_with("NAME=VALUE") {
            return Some(format!("x-key={secret}"));
        }
        let address =
            expected.split_once("://USER:PASSWORD@").and_then(|(before, _)| before.rsplit(' ').next());
        let address = address.or(expected.starts_with("an address with http").then_some("https"));
        address.map(|scheme| format!("{scheme}://me:{secret}@host.example/1"))
    }

    #[test]
    fn every_secret_that_a_setting_can_have_is_left_out() {
        // A server of that name is incomplete without these.
        let needed = [
            ("CORDBOARD_ASTERISK__SERVERS__PBX__HOST", "127.0.0.1"),
            ("CORDBOARD_ASTERISK__SERVERS__PBX__USER", "cordboard"),
            ("CORDBOARD_FREESWITCH__SERVERS__PBX__HOST", "127.0.0.1"),
        ];
        let mut environment: Vec<(OsString, OsString)> =
            needed.into_iter().map(|(variable, value)| (variable.into(), value.into())).collect();
        let mut planted = Vec::new();
        for setting in Config::default().list() {
            let name = setting.name.replace("<name>", "pbx");
            let secret = format!("planted-in-{name}");
            if let Some(text) = text_with(&secret, &setting) {
                environment.push((variable_of(&name).into(), text.into()));
                planted.push(secret);
            }
        }
        for setting in
            ["admin_token", "osdial.database_url", "reports.export_key", "asterisk.servers.pbx.secret"]
        {
            assert!(planted.contains(&format!("planted-in-{setting}")), "{planted:?}");
        }
        let config = Config::of_sources(&Sources { environment, ..Sources::default() });
        let redaction = Redaction::of(&config);
        for secret in planted {
            assert_eq!(redaction.of_text(&format!("got {secret}, and failed")), "got [secret], and failed");
        }
    }

    #[test]
    fn secrets_and_addresses_are_left_out() {
        let headers = ("CORDBOARD_OPENAI_LIVE__HEADERS", "api-key=lion-of-azure,x-trace=true");
        let environment = vec![(headers.0.into(), headers.1.into())];
        let config = Config {
            admin_token: Some(Secret::new("tiger-77")),
            secret_key: Some(Secret::new("tiger-77-and-more")),
            ..Config::load(&Sources { environment, ..Sources::default() }).unwrap().config
        };
        let redaction = Redaction::of(&config);
        let text = "tiger-77-and-more for <ada@example.com>: tiger-77, \"bob@example.com\" @ noon";
        assert_eq!(redaction.of_text(text), "[secret] for <[address]>: [secret], \"[address]\" @ noon");
        assert_eq!(redaction.of_text("sent lion-of-azure: true"), "sent [secret]: true");
        let metrics = "calls_total{switch=\"ada@example.com\",of=\"+49301234567\"} 1234567\n# EOF\n";
        let shown = "calls_total{switch=\"[address]\",of=\"[number]\"} 1234567\n# EOF\n";
        assert_eq!(redaction.of_metrics(metrics), shown);
    }

    #[test]
    fn reasons_for_not_being_ready_hide_what_the_database_said() {
        let health = r#"{"ready":false,"reasons":["the database can't be read: near 'I am ill'","the registry does not answer"],
            "calls":{"calls":3},"journal":{"fault":"Key (words)=(I am ill)"},"data_dir":"/home/ada"}"#;
        let shown = readiness(health).unwrap();
        assert!(
            shown.contains("the database can't be read\"") && shown.contains("the registry does not answer"),
            "{shown}"
        );
        assert!(!shown.contains("ill") && !shown.contains("ada"), "{shown}");
        assert_eq!(readiness("<html>"), None);
    }
}
