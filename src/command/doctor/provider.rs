//! Can the configured voice AI be reached, and does it take the key?

use cordboard_actors::assistant::ProviderFault;
use cordboard_actors::assistant::kind::Look;
use cordboard_schema::provider::ProviderFailure;

use super::Check;
use crate::config::{Config, ProviderName};

const SUBJECT: &str = "voice AI";

/// Nothing to look at where the built-in assistant speaks: it needs no network.
pub(super) fn examine(config: &Config) -> Option<Check> {
    let ProviderName::Voice(voice) = config.assistant.provider else { return None };
    let (_, section) = config.voices.of(voice)?;
    let Look { place, does, looked, fix } = section.look(&config.voices);
    let looked = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(looked),
        Err(error) => Err(ProviderFault::new(ProviderFailure::Other, error.to_string())),
    };
    Some(match looked {
        Ok(()) => Check::good(SUBJECT, format!("{place} {does}")),
        Err(ProviderFault { failure, reason }) => {
            Check::bad(SUBJECT, format!("{place}: {reason}"), fix(failure).to_owned())
        }
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::command::doctor::{refusing_provider, report};
    use crate::config::Sources;

    fn config_for(base_url: &str) -> Config {
        let environment = [("CORDBOARD_ASSISTANT__PROVIDER", "openai"), ("OPENAI_BASE_URL", base_url)]
            .map(|(name, value)| (name.into(), value.into()));
        Config::load(&Sources { environment: environment.into(), ..Sources::default() }).unwrap().config
    }

    #[test]
    fn the_built_in_assistant_needs_nobody() {
        assert_eq!(examine(&Config::default()), None);
    }

    #[test]
    fn a_refused_key_is_told_with_its_fix() {
        let (base_url, server) = refusing_provider::start("Incorrect API key");
        let check = examine(&config_for(&base_url)).unwrap();
        server.join().unwrap();
        let text = report(&[check]).to_string();
        for part in ["voice AI", "FAILED", "401", "set OPENAI_API_KEY"] {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
    }

    #[test]
    fn a_place_where_nobody_listens_is_told() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let text = report(&[examine(&config_for(&format!("http://{free}/v1"))).unwrap()]).to_string();
        assert!(text.contains("no connection to") && text.contains("check OPENAI_BASE_URL"), "{text}");
    }
}
