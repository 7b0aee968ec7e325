//! Untrusted text, made safe before a switch keeps it as variables of a channel.

use std::collections::BTreeMap;

/// Prefix of such a variable's name, so that no given name means anything to the switch.
pub(crate) const OWN_VARIABLES: &str = "cordboard_";

/// Returns the variables as the switch keeps them: under names that mean nothing to it, each with its text.
pub(crate) fn own_variables(given: &BTreeMap<String, String>) -> impl Iterator<Item = (String, String)> {
    given.iter().map(|(name, value)| (format!("{OWN_VARIABLES}{name}"), escaped(value)))
}

/// Escapes text as one word of a dial string: each byte except letters, digits and `-._~` becomes `%` and two hex digits, as the
/// switch's `url_decode` reads it.
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
