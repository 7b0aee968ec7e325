//! Checks whether the models that callers may use have a price.

use super::Check;
use crate::config::Config;
use crate::configured_voices::{FreeModel, models_without_price};

const SUBJECT: &str = "prices";

/// Returns a check for each model without a price. It fails if there is a daily cap: calls with such a model never reach it.
pub(super) fn examine(config: &Config) -> Vec<Check> {
    let has_cap = config.costs.daily_cap.is_some();
    let check = |FreeModel { setting, model }: FreeModel| {
        let found = format!("{setting} is {model}, which has no price: it costs nothing here");
        let fix =
            format!("set its prices in the configuration file, below [prices.{model:?}]; 0 if it is free");
        if has_cap {
            Check::bad(SUBJECT, format!("{found} and never reaches costs.daily_cap"), fix)
        } else {
            Check::good(SUBJECT, format!("{found}; {fix}"))
        }
    };
    models_without_price(config).into_iter().map(check).collect()
}

#[cfg(test)]
mod tests {
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
        let checks = examine(&config_of("", &deployment));
        let text = report(&checks).to_string();
        assert_eq!((checks.len(), checks[0].is_bad()), (1, false), "{text}");
        assert!(text.contains("openai.realtime_model is our-deployment"), "{text}");

        let checks = examine(&config_of("[costs]\ndaily_cap = 20\n", &deployment));
        let text = report(&checks).to_string();
        assert!(checks[0].is_bad() && text.contains("[prices.\"our-deployment\"]"), "{text}");

        let free = "[costs]\ndaily_cap = 20\n[prices.our-deployment]\naudio_output = 0\n";
        assert!(examine(&config_of(free, &deployment)).is_empty(), "it is free on purpose");
    }

    #[test]
    fn models_of_voices_that_answer_nobody_need_no_price() {
        assert!(examine(&Config::default()).is_empty());
        let model = [("OPENAI_REALTIME_MODEL", "our-deployment")];
        assert!(examine(&config_of("", &model)).is_empty());
        let judge =
            [("CORDBOARD_JUDGE__BASE_URL", "http://localhost:1/v1"), ("CORDBOARD_JUDGE__MODEL", "ours")];
        let text = report(&examine(&config_of("", &judge))).to_string();
        assert!(text.contains("judge.model is ours"), "{text}");
    }
}
