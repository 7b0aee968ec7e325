//! Text from anybody, made safe before a switch keeps it as variables of a channel.

use std::collections::BTreeMap;

/// Prefix of such a variable's name: no name that anybody gives means anything to the switch.
pub(crate) const OWN_VARIABLES: &str = "cordboard_";

/// Variables as the switch keeps them: under names that mean nothing to it, each with its text.
pub(crate) fn own_variables(given: &BTreeMap<String, String>) -> impl Iterator<Item = (String, String)> {
    given.iter().map(|(name, value)| (format!("{OWN_VARIABLES}{name}"), escaped(value)))
}

/// Anybody's text as one word of a dial string: each byte but letters, digits and `-._~` as `%` and two hex digits, as
/// `url_decode` of the switch reads it.
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
