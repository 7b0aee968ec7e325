//! Checks whether the providers of the models that callers may use have announced their end.

use cordboard_actors::assistant::kind::ModelEnd;

use super::Check;
use super::prices::charged;
use crate::config::{Config, announced_end};
use crate::store::SettingsOfCalls;

const SUBJECT: &str = "models";

/// Returns a check for each model with an announced end, also of organizations' own accounts. None fails: a server of your own may have a model with
/// the same name.
pub(super) fn examine(config: &Config, stored: Option<&SettingsOfCalls>) -> Vec<Check> {
    let check = |(model, place): (String, String)| {
        let ModelEnd { day, instead, .. } = announced_end(&model)?;
        let found =
            format!("{place} is {model}, which its provider ends on {day}: before that day, {instead}");
        Some(Check::good(SUBJECT, found))
    };
    charged(config, stored).into_iter().filter_map(check).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use cordboard_schema::ids::OrganizationId;
    use cordboard_schema::integration::{CascadeIntegration, Integration, IntegrationSettings};
    use cordboard_schema::time::UnixMs;
    use uuid::Uuid;

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

    #[test]
    fn an_ending_speech_model_comes_with_what_to_do() {
        for (model, name) in
            [(None, "gpt-4o-mini-tts"), (Some("tts-1"), "tts-1"), (Some("tts-1-hd"), "tts-1-hd")]
        {
            let cascade = CascadeIntegration {
                speech_model: model.map(str::to_owned),
                ..CascadeIntegration::default()
            };
            let own = Integration {
                organization_id: OrganizationId(Uuid::from_u128(7)),
                settings: IntegrationSettings::Cascade(cascade),
                secrets: BTreeMap::new(),
                updated_at: UnixMs(0),
            };
            let stored = SettingsOfCalls {
                first: None,
                profiles: Vec::new(),
                integrations: vec![own],
                floors: Vec::new(),
                dialling: BTreeMap::new(),
            };
            let text = report(&examine(&Config::default(), Some(&stored))).to_string();
            let said =
                format!("is {name}, which its provider ends on 2027-01-06: before that day, let ElevenLabs");
            // The report breaks its lines.
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(&said), "{text}");
        }
    }
}
