//! Can the configured voice AI be reached, and does it take the key?

use cordboard_actors::assistant::ProviderFault;
use cordboard_actors::assistant::{cascade, deepgram, elevenlabs, gemini, openai, openai_live};
use cordboard_schema::provider::ProviderFailure;
use futures_util::future::LocalBoxFuture;

use super::Check;
use crate::config::{AgentId, Config, ProviderName};
use crate::starts::{
    cascade_settings, deepgram_settings, elevenlabs_settings, gemini_settings, openai_live_settings,
    openai_settings,
};

const SUBJECT: &str = "voice AI";

/// What a provider is asked, and what its answer means.
struct Asked<'a> {
    place: String,
    looked: LocalBoxFuture<'a, Result<(), ProviderFault>>,
    /// What it does where all is well.
    does: String,
    /// What helps, by the failure.
    fix: fn(ProviderFailure) -> &'static str,
}

/// Nothing to look at where the built-in assistant speaks: it needs no network.
pub(super) fn examine(config: &Config) -> Option<Check> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (openai, elevenlabs) = (openai_settings(&config.openai), elevenlabs_settings(&config.elevenlabs));
    let (deepgram, cascade) = (deepgram_settings(&config.deepgram), cascade_settings(&config.cascade));
    let (gemini, openai_live) = (gemini_settings(&config.gemini), openai_live_settings(config));
    let Asked { place, looked, does, fix } = match config.assistant.provider {
        ProviderName::Builtin => return None,
        ProviderName::OpenAi => Asked {
            place: config.openai.base_url.to_string(),
            looked: Box::pin(openai::look(&openai)),
            does: format!("opens a session with {}", config.openai.realtime_model),
            fix,
        },
        ProviderName::OpenAiLive => Asked {
            place: config.openai_live.base_url.to_string(),
            looked: Box::pin(openai_live::look(&openai_live)),
            does: format!("begins a live session with {}", config.openai_live.model),
            fix: fix_openai_live,
        },
        ProviderName::ElevenLabs => Asked {
            place: config.elevenlabs.base_url.to_string(),
            looked: Box::pin(elevenlabs::look(&elevenlabs)),
            does: format!(
                "begins a conversation with the agent {}",
                config.elevenlabs.agent_id.as_ref().map_or("none", AgentId::as_str)
            ),
            fix: fix_agent,
        },
        ProviderName::Deepgram => Asked {
            place: config.deepgram.base_url.to_string(),
            looked: Box::pin(deepgram::look(&deepgram)),
            does: "welcomes an agent".to_owned(),
            fix: fix_deepgram,
        },
        ProviderName::Gemini => Asked {
            place: config.gemini.base_url.to_string(),
            looked: Box::pin(gemini::look(&gemini)),
            does: format!("opens a session with {}", config.gemini.model),
            fix: fix_gemini,
        },
        ProviderName::Cascade => Asked {
            place: format!(
                "{}, {}, {}",
                config.cascade.recognizer_url,
                config.cascade.llm_base_url,
                config.cascade.speech_url()
            ),
            looked: Box::pin(cascade::look(&cascade)),
            does: "are there and take their keys".to_owned(),
            fix: fix_cascade,
        },
    };
    let looked = match runtime {
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

fn fix_cascade(failure: ProviderFailure) -> &'static str {
    match failure {
        ProviderFailure::Unauthorized => {
            "set the key of that part: cascade.recognizer_key, llm_key or speech_key"
        }
        ProviderFailure::UnknownModel => "set the model of that part, or its address to where it is",
        ProviderFailure::QuotaExhausted => "add credits to the account of the key",
        ProviderFailure::RateLimited => "wait a minute, or raise the plan's limit",
        ProviderFailure::Unreachable => {
            "check that part's address, name service and firewall; a server of your own has to be started"
        }
        _ => "look at that part's log or status page; calls are served by the built-in assistant meanwhile",
    }
}

fn fix_deepgram(failure: ProviderFailure) -> &'static str {
    match failure {
        ProviderFailure::Unauthorized => "set DEEPGRAM_API_KEY to a key of a project that may use agents",
        ProviderFailure::UnknownModel => {
            "set deepgram.listen_model, think_model and voice to those of this account, or DEEPGRAM_BASE_URL to where it is"
        }
        ProviderFailure::QuotaExhausted => "add credits to the project of the key",
        ProviderFailure::RateLimited => "wait a minute, or raise the plan's number of agents at once",
        ProviderFailure::Unreachable => {
            "check DEEPGRAM_BASE_URL, name service and firewall: port 443 outwards must be open"
        }
        _ => "look at the provider's status page; calls are served by the built-in assistant meanwhile",
    }
}

fn fix_openai_live(failure: ProviderFailure) -> &'static str {
    match failure {
        ProviderFailure::Unauthorized => {
            "set OPENAI_API_KEY, or openai_live.api_key, to a key of a project that may use the Live API"
        }
        ProviderFailure::UnknownModel => {
            "set openai_live.model to a live model of this account, or openai_live.base_url to where it is"
        }
        ProviderFailure::QuotaExhausted => "add credits to the account of the key",
        ProviderFailure::RateLimited => "wait a minute, or raise the account's number of sessions at once",
        ProviderFailure::Unreachable => {
            "check openai_live.base_url, name service and firewall: port 443 outwards must be open"
        }
        ProviderFailure::BadProtocol => {
            "check openai_live.model, voice and task_model: the session was refused as it was asked for"
        }
        _ => "look at the provider's status page; calls are served by the built-in assistant meanwhile",
    }
}

fn fix_gemini(failure: ProviderFailure) -> &'static str {
    match failure {
        ProviderFailure::Unauthorized => {
            "set GEMINI_API_KEY to a key of a project that may use the Gemini API"
        }
        ProviderFailure::UnknownModel => {
            "set gemini.model to one that has the Live API, or GEMINI_BASE_URL to where it is"
        }
        ProviderFailure::QuotaExhausted => "raise the quota of the key's project, or set up its billing",
        ProviderFailure::RateLimited => "wait a minute, or raise the project's number of sessions at once",
        ProviderFailure::Unreachable => {
            "check GEMINI_BASE_URL, name service and firewall: port 443 outwards must be open"
        }
        _ => "look at the provider's status page; calls are served by the built-in assistant meanwhile",
    }
}

fn fix_agent(failure: ProviderFailure) -> &'static str {
    match failure {
        ProviderFailure::Unauthorized => {
            "set ELEVENLABS_API_KEY to a key that may use agents; an agent without a key has to be public"
        }
        ProviderFailure::UnknownModel => "set ELEVENLABS_AGENT_ID to an agent of this account",
        ProviderFailure::QuotaExhausted => "add credits to the account of the key",
        ProviderFailure::RateLimited => "wait a minute, or raise the number of conversations at once",
        ProviderFailure::BadProtocol => {
            "look at the agent's settings at ElevenLabs: audio of ulaw_8000, and a default for each variable"
        }
        ProviderFailure::Unreachable => {
            "check ELEVENLABS_BASE_URL, name service and firewall: port 443 outwards must be open"
        }
        _ => "look at the provider's status page; calls are served by the built-in assistant meanwhile",
    }
}

fn fix(failure: ProviderFailure) -> &'static str {
    match failure {
        ProviderFailure::Unauthorized => "set OPENAI_API_KEY to a key of a project that may use the model",
        ProviderFailure::UnknownModel => {
            "set OPENAI_REALTIME_MODEL to a realtime model of this account, or OPENAI_BASE_URL to where it is"
        }
        ProviderFailure::QuotaExhausted => "add credit to the account of the key",
        ProviderFailure::RateLimited => "wait a minute, or raise the account's limits",
        ProviderFailure::Unreachable => {
            "check OPENAI_BASE_URL, name service and firewall: port 443 outwards must be open"
        }
        _ => "look at the provider's status page; calls are served by the built-in assistant meanwhile",
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use super::*;
    use crate::command::doctor::report;
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
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).unwrap();
            let body = r#"{"error":{"code":"invalid_api_key","message":"Incorrect API key"}}"#;
            let length = body.len();
            let answer = format!("HTTP/1.1 401 Unauthorized\r\ncontent-length: {length}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).unwrap();
        });
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
