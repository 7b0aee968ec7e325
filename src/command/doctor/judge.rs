//! Checks whether the model that judges examples can be reached, and whether it accepts the key.

use cordboard_actors::assistant::ProviderFault;
use cordboard_schema::provider::ProviderFailure;

use super::Check;
use crate::config::Config;
use crate::replays::Judge;

const SUBJECT: &str = "judge model";

/// Nothing to look at where no judge is configured.
pub(super) fn examine(config: &Config) -> Option<Check> {
    let place = config.judge.base_url.as_ref()?;
    let bad = |found: String, failure| Some(Check::bad(SUBJECT, found, fix(failure).to_owned()));
    let judge = match Judge::of(&config.judge) {
        Ok(judge) => judge?,
        Err(error) => return bad(error.to_string(), ProviderFailure::Unreachable),
    };
    let result = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(judge.check()),
        Err(error) => Err(ProviderFault::new(ProviderFailure::Other, error.to_string())),
    };
    match result {
        Ok(()) => Some(Check::good(SUBJECT, format!("{place} answers and accepts the key"))),
        Err(ProviderFault { failure, reason }) => bad(format!("{place}: {reason}"), failure),
    }
}

fn fix(failure: ProviderFailure) -> &'static str {
    match failure {
        ProviderFailure::Unauthorized => "set judge.key to a key that this server accepts",
        ProviderFailure::QuotaExhausted => "add credits to the account of the key",
        ProviderFailure::RateLimited => "wait a minute, or raise the plan's limit",
        ProviderFailure::Unreachable => {
            "check judge.base_url, name service and firewall; a server of your own has to be started"
        }
        _ => "check the server's log or status page; until then examples are judged by words and tools alone",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::doctor::{refusing_provider, report};
    use crate::config::Sources;

    fn config_for(base_url: &str) -> Config {
        let environment =
            [("CORDBOARD_JUDGE__BASE_URL", base_url), ("CORDBOARD_JUDGE__KEY", "sk-of-the-judge")]
                .map(|(name, value)| (name.into(), value.into()));
        Config::load(&Sources { environment: environment.into(), ..Sources::default() }).unwrap().config
    }

    #[test]
    fn without_a_judge_there_is_no_check() {
        assert_eq!(examine(&Config::default()), None);
    }

    #[test]
    fn a_refused_key_gets_its_fix_and_stays_hidden() {
        let (base_url, server) = refusing_provider::start("Incorrect API key: sk-of-the-judge");
        let text = report(&[examine(&config_for(&base_url)).unwrap()]).to_string();
        server.join().unwrap();
        for part in ["judge model", "FAILED", "401", "set judge.key"] {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
        assert!(!text.contains("sk-of-the-judge"), "{text}");
    }
}
