//! Targets that calls may dial.

use cordboard_schema::dial::{DialPolicy, NumberPattern};

use super::Dialling;
use cordboard_settings::SettingValue;

/// Patterns of numbers; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberPatterns(Vec<NumberPattern>);

impl SettingValue for NumberPatterns {
    fn expected() -> String {
        "numbers, separated by commas, with * for any rest, such as +4930*,+4940123".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let pattern = |part: &str| part.trim().parse::<NumberPattern>().map_err(|error| error.to_string());
        text.split(',').map(pattern).collect::<Result<_, _>>().map(Self)
    }

    fn shown(&self) -> String {
        self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }
}

impl FromIterator<NumberPattern> for NumberPatterns {
    fn from_iter<I: IntoIterator<Item = NumberPattern>>(patterns: I) -> Self {
        Self(patterns.into_iter().collect())
    }
}

impl Dialling {
    /// Converts them to the policy of calls.
    pub fn policy(&self) -> DialPolicy {
        DialPolicy {
            numbers_allowed: self
                .numbers_allowed
                .as_ref()
                .map(|numbers| numbers.0.clone())
                .unwrap_or_default(),
            per_call_max: self.per_call_max.get(),
            per_day_max: self.per_day_max.get(),
        }
    }
}
