//! Checks whether each voice that serves calls can be reached, and whether it accepts the key. These are the configured one, and those in the chains
//! of published profiles.

use std::collections::BTreeMap;
use std::time::Duration;

use cordboard_actors::assistant::ProviderFault;
use cordboard_actors::assistant::kind::{AccountCheck, voice_kind};
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::voice_chain::VoiceName;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::{self, StreamExt as _};
use tokio::time::timeout;

use super::Check;
use crate::command::runtime;
use crate::config::{Config, ProviderName};
use crate::configured_voices::{is_set_up, no_account};
use crate::store::SettingsOfCalls;

const SUBJECT: &str = "voice AI";
/// Voices that are checked at once.
const AT_ONCE: usize = 4;
/// How long one check may take.
const CHECK_TIMEOUT: Duration = Duration::from_secs(15);

/// Returns no checks if only the built-in assistant speaks, and no other voice has a key: it needs no network.
pub(super) fn examine(config: &Config, stored: Option<&SettingsOfCalls>) -> Vec<Check> {
    let usual = match config.assistant.provider {
        ProviderName::Builtin => None,
        ProviderName::Voice(voice) => Some(voice),
    };
    let mut checks: Vec<AccountCheck> = usual.and_then(|voice| check(config, voice)).into_iter().collect();
    let mut absent = Vec::new();
    let named = stored.map(|stored| named_by_chains(config, stored)).unwrap_or_default();
    let idle = (usual.is_none() && named.is_empty()).then(|| unused(config)).flatten();
    for (voice, profile) in named.into_iter().filter(|(voice, _)| Some(*voice) != usual) {
        match check(config, voice).filter(|_| is_set_up(config, voice)) {
            Some(check) => {
                let place = format!("{voice} of the profile {profile}, {}", check.place);
                checks.push(AccountCheck { place, ..check });
            }
            None => absent.push(Check::bad(
                SUBJECT,
                format!("{}: the profile {profile} names it, and calls skip it", no_account(voice)),
                format!("set an account at {voice} up, or take it out of the profile's voices"),
            )),
        }
    }
    let mut checks = examined(checks);
    checks.extend(absent);
    checks.extend(idle);
    checks
}

/// Reports voices with a key that answer nobody: a key alone is easily taken for enough.
fn unused(config: &Config) -> Option<Check> {
    let voices = config.voices.each().into_iter().map(|(kind, _)| kind.name);
    let ready: Vec<String> =
        voices.filter(|voice| is_set_up(config, *voice)).map(|voice| voice.to_string()).collect();
    (!ready.is_empty()).then(|| {
        let found = format!(
            "the built-in assistant answers, except for organizations with an account of their own; set assistant.provider if one of these is to \
             answer: {}",
            ready.join(", ")
        );
        Check::good(SUBJECT, found)
    })
}

fn check(config: &Config, voice: VoiceName) -> Option<AccountCheck> {
    let (_, section) = config.voices.of(voice)?;
    Some(section.check(&config.voices))
}

/// Voices that chains of published profiles may use with the configuration's account, each with the name of the first such profile.
fn named_by_chains<'a>(config: &Config, stored: &'a SettingsOfCalls) -> BTreeMap<VoiceName, &'a str> {
    let mut named = BTreeMap::new();
    for published in &stored.profiles {
        let profile = &published.profile;
        for link in &profile.speech.voices {
            if !has_own_account(stored, profile, link.provider) && may_hear(config, profile, link.provider) {
                named.entry(link.provider).or_insert(profile.name.as_str());
            }
        }
    }
    named
}

/// Returns whether the organization's own account serves, whatever the configuration has. Its page has a test for it.
fn has_own_account(stored: &SettingsOfCalls, profile: &AgentProfile, voice: VoiceName) -> bool {
    let integration = voice_kind(voice).and_then(|kind| kind.integration);
    let mut own = stored.integrations.iter().filter(|one| one.organization_id == profile.organization_id);
    own.any(|one| Some(one.settings.kind()) == integration)
}

/// Returns whether the configuration's account keeps the audio in the region that the profile demands.
fn may_hear(config: &Config, profile: &AgentProfile, voice: VoiceName) -> bool {
    let region = config.voices.of(voice).and_then(|(_, section)| section.region().region());
    profile.speech.must_stay_in.is_none_or(|wanted| region == Some(wanted))
}

/// Checks some of them at a time, and returns the results in their order.
fn examined(checks: Vec<AccountCheck>) -> Vec<Check> {
    if checks.is_empty() {
        return Vec::new();
    }
    let asked = checks.into_iter().map(|AccountCheck { place, does, result, fix }| async move {
        match in_time(result).await {
            Ok(()) => Check::good(SUBJECT, format!("{place} {does}")),
            Err(ProviderFault { failure, reason }) => {
                Check::bad(SUBJECT, format!("{place}: {reason}"), fix(failure).to_owned())
            }
        }
    });
    match runtime() {
        Ok(runtime) => runtime.block_on(stream::iter(asked).buffered(AT_ONCE).collect()),
        Err(error) => {
            let fix = "give the process more open files and memory".to_owned();
            vec![Check::bad(SUBJECT, error.to_string(), fix)]
        }
    }
}

async fn in_time(result: LocalBoxFuture<'static, Result<(), ProviderFault>>) -> Result<(), ProviderFault> {
    let late = || {
        let reason = format!("no answer within {} s", CHECK_TIMEOUT.as_secs());
        ProviderFault::new(ProviderFailure::Unreachable, reason)
    };
    timeout(CHECK_TIMEOUT, result).await.unwrap_or_else(|_| Err(late()))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use cordboard_schema::voice_chain::{DataRegion, VoiceLink};

    use super::*;
    use crate::command::doctor::{refusing_provider, report};
    use crate::config::Sources;
    use crate::store::{Store, StoreSettings};

    fn config_with(settings: &[(&str, &str)]) -> Config {
        let environment = settings.iter().map(|(name, value)| (name.into(), value.into())).collect();
        Config::load(&Sources { environment, ..Sources::default() }).unwrap().config
    }

    fn config_for(base_url: &str) -> Config {
        config_with(&[("CORDBOARD_ASSISTANT__PROVIDER", "openai"), ("OPENAI_BASE_URL", base_url)])
    }

    /// A new installation, whose one profile has these voices.
    fn stored(voices: &[VoiceName]) -> SettingsOfCalls {
        let folder = tempfile::tempdir().unwrap();
        let settings = StoreSettings::file(folder.path().join("cordboard.db"));
        drop(Store::open(&settings).unwrap());
        let mut stored = SettingsOfCalls::read(&settings).unwrap();
        stored.profiles[0].profile.speech.voices = voices.iter().copied().map(VoiceLink::of).collect();
        stored
    }

    const OPENAI: VoiceName = VoiceName::known("openai");
    const DEEPGRAM: VoiceName = VoiceName::known("deepgram");

    #[test]
    fn the_built_in_assistant_needs_no_check() {
        assert!(examine(&Config::default(), None).is_empty());
        assert!(examine(&Config::default(), Some(&stored(&[]))).is_empty());
    }

    #[test]
    fn a_key_without_the_provider_is_reported() {
        let text = report(&examine(&config_with(&[("OPENAI_API_KEY", "sk-tiger")]), None)).to_string();
        for part in ["ok", "the built-in assistant answers", "assistant.provider", "openai, openai-live"] {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
        assert!(!text.contains("tiger"), "{text}");
    }

    #[test]
    fn a_refused_key_is_reported_with_its_fix() {
        let (base_url, server) = refusing_provider::start("Incorrect API key");
        let checks = examine(&config_for(&base_url), None);
        server.join().unwrap();
        let text = report(&checks).to_string();
        for part in ["voice AI", "FAILED", "401", "set OPENAI_API_KEY"] {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
    }

    #[test]
    fn an_unreachable_provider_is_reported() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let text = report(&examine(&config_for(&format!("http://{free}/v1")), None)).to_string();
        assert!(text.contains("no connection to") && text.contains("check OPENAI_BASE_URL"), "{text}");
    }

    #[test]
    fn each_voice_of_a_published_chain_is_checked_once() {
        let (of_openai, openai) = refusing_provider::start("Incorrect API key");
        let (of_deepgram, deepgram) = refusing_provider::start("Incorrect API key");
        let config = config_with(&[
            ("CORDBOARD_ASSISTANT__PROVIDER", "openai"),
            ("OPENAI_BASE_URL", of_openai.as_str()),
            ("DEEPGRAM_BASE_URL", of_deepgram.as_str()),
        ]);
        let checks = examine(&config, Some(&stored(&[OPENAI, DEEPGRAM])));
        openai.join().unwrap();
        deepgram.join().unwrap();
        let text = report(&checks).to_string();
        assert_eq!(checks.len(), 2, "{text}");
        for part in ["set OPENAI_API_KEY", "deepgram of the profile receptionist", "set DEEPGRAM_API_KEY"] {
            assert!(text.contains(part), "{part:?} is missing in:\n{text}");
        }
    }

    #[test]
    fn a_voice_that_does_not_answer_times_out() {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let fault = runtime.block_on(in_time(Box::pin(std::future::pending()))).unwrap_err();
        assert_eq!(
            (fault.failure, fault.reason.as_str()),
            (ProviderFailure::Unreachable, "no answer within 15 s")
        );
    }

    #[test]
    fn a_voice_without_an_account_is_reported_unless_forbidden() {
        let mut stored = stored(&[DEEPGRAM]);
        let text = report(&examine(&Config::default(), Some(&stored))).to_string();
        assert!(
            text.contains("there is no account at deepgram: the profile receptionist names it"),
            "{text}"
        );
        stored.profiles[0].profile.speech.must_stay_in = Some(DataRegion::Eu);
        assert!(examine(&Config::default(), Some(&stored)).is_empty(), "only calls within the EU");
    }
}
