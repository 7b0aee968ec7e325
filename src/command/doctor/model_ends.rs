//! Checks whether the providers of the models that callers may use have announced their end.

use super::Check;
use super::prices::charged;
use crate::config::{Config, announced_end};
use crate::store::SettingsOfCalls;

const SUBJECT: &str = "models";

/// Returns a check for each model with an announced end, also of organizations' own accounts. None fails: a server of your own may have a model with
/// the same name.
pub(super) fn examine(config: &Config, stored: Option<&SettingsOfCalls>) -> Vec<Check> {
    let check = |(model, place): (String, String)| {
        let day = announced_end(&model)?;
        let found = format!(
            "{place} is {model}, which its provider ends on {day}: name another model before that day"
        );
        Some(Check::good(SUBJECT, found))
    };
    charged(config, stored).into_iter().filter_map(check).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::doctor::report;
    use crate::config::Sources;

    fn config_of(settings: &[(&str, &str)]) -> Config {
        let environment = settings.iter().map(|(name, value)| (name.into(), value.into())).collect();
        Config::load(&Sources { environment, ..Sources::default() }).unwrap().config
    }

    #[test]
    fn a_model_with_an_announced_end_is_named() {
        let checks = examine(&config_of(&[("OPENAI_API_KEY", "sk-tiger")]), None);
        let text = report(&checks).to_string();
        assert_eq!((checks.len(), checks[0].is_bad()), (1, false), "{text}");
        for part in ["openai.transcription_model", "gpt-4o-mini-transcribe", "2027-02-26"] {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
        let lasting =
            [("OPENAI_API_KEY", "sk-tiger"), ("CORDBOARD_OPENAI__TRANSCRIPTION_MODEL", "gpt-transcribe")];
        assert!(examine(&config_of(&lasting), None).is_empty());
        assert!(examine(&Config::default(), None).is_empty(), "nobody uses it");
    }
}
