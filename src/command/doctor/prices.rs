//! Checks whether the models that callers may use have a price.

use std::collections::BTreeMap;

use cordboard_schema::integration::{Integration, IntegrationSettings};

use super::Check;
use crate::config::Config;
use crate::configured_voices::charged_models;
use crate::store::SettingsOfCalls;

const SUBJECT: &str = "prices";

/// Returns a check for each model without a price, also of organizations' own accounts. It fails if there is a daily cap: calls with such a model never
/// reach it.
pub(super) fn examine(config: &Config, stored: Option<&SettingsOfCalls>) -> Vec<Check> {
    let free = charged(config, stored).into_iter().filter(|(model, _)| config.prices.get(model).is_none());
    let has_cap = config.costs.daily_cap.is_some();
    let check = |(model, place): (String, String)| {
        let found = format!("{place} is {model}, which has no price: it costs nothing here");
        let fix =
            format!("set its prices in the configuration file, below [prices.{model:?}]; 0 if it is free");
        if has_cap {
            Check::bad(SUBJECT, format!("{found} and never reaches costs.daily_cap"), fix)
        } else {
            Check::good(SUBJECT, format!("{found}; {fix}"))
        }
    };
    free.map(check).collect()
}

/// Returns the models for which calls are charged, also by organizations' own accounts, each with what names it.
pub(super) fn charged(config: &Config, stored: Option<&SettingsOfCalls>) -> BTreeMap<String, String> {
    let configured = charged_models(config).into_iter();
    let mut named_by: BTreeMap<String, String> =
        configured.map(|(setting, model)| (model, setting.to_owned())).collect();
    let own = stored.into_iter().flat_map(|stored| &stored.integrations);
    for (place, model) in own.flat_map(|integration| models_of(config, integration)) {
        named_by.entry(model).or_insert(place);
    }
    named_by
}

/// Returns the models for which calls by an organization's own account are charged, each after what names it. Only a cascade names its models itself.
fn models_of(config: &Config, integration: &Integration) -> Vec<(String, String)> {
    if let IntegrationSettings::Cascade(cascade) = &integration.settings {
        let place = format!("a model of the own cascade of the organization {}", integration.organization_id);
        return cascade.models().map(|model| (place.clone(), model.to_owned())).to_vec();
    }
    let kind = integration.settings.kind();
    let voices = config.voices.each().into_iter().filter(|(voice, _)| voice.integration == Some(kind));
    let charged = voices.flat_map(|(_, section)| section.charged_models());
    charged.map(|(setting, model)| (setting.to_owned(), model)).collect()
}

#[cfg(test)]
mod tests {
    use cordboard_schema::ids::OrganizationId;
    use cordboard_schema::integration::{CascadeIntegration, IntegrationKind, ServiceIntegration};
    use cordboard_schema::time::UnixMs;
    use uuid::Uuid;

    use super::*;
    use crate::command::doctor::report;
    use crate::config::Sources;

    fn config_of(file: &str, settings: &[(&str, &str)]) -> Config {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cordboard.toml");
        std::fs::write(&path, file).unwrap();
        let environment = settings.iter().map(|(name, value)| (name.into(), value.into())).collect();
        Config::load(&Sources { file: Some(path), environment, ..Sources::default() }).unwrap().config
    }

    #[test]
    fn a_model_without_a_price_is_named_with_its_setting() {
        let deployment = [("OPENAI_API_KEY", "sk-tiger"), ("OPENAI_REALTIME_MODEL", "our-deployment")];
        let checks = examine(&config_of("", &deployment), None);
        let text = report(&checks).to_string();
        assert_eq!((checks.len(), checks[0].is_bad()), (1, false), "{text}");
        assert!(text.contains("openai.realtime_model is our-deployment"), "{text}");

        let checks = examine(&config_of("[costs]\ndaily_cap = 20\n", &deployment), None);
        let text = report(&checks).to_string();
        assert!(checks[0].is_bad() && text.contains("[prices.\"our-deployment\"]"), "{text}");

        let free = "[costs]\ndaily_cap = 20\n[prices.our-deployment]\naudio_output = 0\n";
        assert!(examine(&config_of(free, &deployment), None).is_empty(), "it is free on purpose");
    }

    #[test]
    fn models_of_voices_that_answer_nobody_need_no_price() {
        assert!(examine(&Config::default(), None).is_empty());
        let model = [("OPENAI_REALTIME_MODEL", "our-deployment")];
        assert!(examine(&config_of("", &model), None).is_empty());
        let judge =
            [("CORDBOARD_JUDGE__BASE_URL", "http://localhost:1/v1"), ("CORDBOARD_JUDGE__MODEL", "ours")];
        let text = report(&examine(&config_of("", &judge), None)).to_string();
        assert!(text.contains("judge.model is ours"), "{text}");
    }

    #[test]
    fn models_of_organizations_own_accounts_need_a_price() {
        let own = |settings| Integration {
            organization_id: OrganizationId(Uuid::from_u128(7)),
            settings,
            secrets: BTreeMap::new(),
            updated_at: UnixMs(0),
        };
        let cascade =
            CascadeIntegration { llm_model: Some("our-llm".to_owned()), ..CascadeIntegration::default() };
        let openai = ServiceIntegration {
            kind: IntegrationKind::known("openai"),
            base_url: "https://ours.example.com".to_owned(),
            region: None,
        };
        let settings = [IntegrationSettings::Cascade(cascade), IntegrationSettings::Service(openai)];
        let stored = SettingsOfCalls {
            first: None,
            profiles: Vec::new(),
            integrations: settings.map(own).to_vec(),
            floors: Vec::new(),
            dialling: BTreeMap::new(),
        };
        let config = config_of("", &[("OPENAI_REALTIME_MODEL", "our-deployment")]);
        let checks = examine(&config, Some(&stored));
        let text = report(&checks).to_string();
        assert_eq!(checks.len(), 2, "{text}");
        for part in ["openai.realtime_model is our-deployment", "is our-llm"] {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
    }
}
