//! Texts to copy to a switch, with the configuration's values: the FreeSWITCH dialplan of the configured mode, and the users of Asterisks' manager
//! interfaces.

use std::collections::BTreeSet;

use crate::config::{Config, FreeswitchAudio, FreeswitchMode};

const DUAL: &str = include_str!("../../../deploy/freeswitch/dual.xml");
const AUDIO: &str = include_str!("../../../deploy/freeswitch/audio.xml");
const ESL: &str = include_str!("../../../deploy/freeswitch/esl.xml");

const MANAGER: &str = include_str!("../../../deploy/asterisk/manager.conf");

/// The user in the shipped file.
const SHIPPED_USER: &str = "[cordboard]";

/// How often a shipped dialplan tries again.
const TRIES: u128 = 15;

/// How much longer than `calls.max_duration_s` a switch keeps a caller, in s: 12 h with people, 2 h of waits for them, and the goodbye. A shorter
/// time would end talks that the setting promises not to cut.
const UNCOUNTED_S: u64 = 15 * 3_600;

/// Returns the shipped file of the mode with our values. The shipped files work as they are, with default values, which are replaced here.
pub(super) fn fill(config: &Config) -> String {
    let freeswitch = &config.switches.freeswitch;
    let template = match freeswitch.mode {
        FreeswitchMode::Dual => DUAL,
        FreeswitchMode::Audio => AUDIO,
        FreeswitchMode::Esl => ESL,
    };
    let esl = freeswitch.esl_address(freeswitch.esl_listen).for_socket_application();
    let audio = freeswitch.audio_base(freeswitch.audio_listen);
    let fallback = config.calls.fallback_extension.as_ref().and_then(|name| config.extensions.get(name));
    let calls = &config.calls;
    let pause_ms = calls.resume_window_s.duration().as_millis().div_ceil(TRIES);
    let rate_khz = freeswitch.sample_rate().hz() / 1_000;
    let mut snippet = template
        .replace("data=\"127.0.0.1:8022 async full\"", &format!("data=\"{esl} async full\""))
        .replace("ws://127.0.0.1:8085/${uuid} mono 8k", &format!("{audio}/${{uuid}} mono {rate_khz}k"))
        .replace("application=\"sleep\" data=\"2000\"", &format!("application=\"sleep\" data=\"{pause_ms}\""))
        .replace(
            "park_timeout=57600:",
            &format!("park_timeout={}:", calls.max_duration_s.duration().as_secs() + UNCOUNTED_S),
        );
    if freeswitch.audio == FreeswitchAudio::Unicast {
        snippet = snippet.replace("send_silence_when_idle=400", "send_silence_when_idle=0");
    }
    if let Some(target) = fallback {
        let (extension, context) = (target.extension(), target.context());
        snippet =
            snippet.replace("data=\"1000 XML default\"", &format!("data=\"{extension} XML {context}\""));
    }
    snippet
}

/// Returns the shipped `manager.conf` with every user of the configuration, without secrets.
pub(super) fn manager_users(config: &Config) -> String {
    let users: BTreeSet<&str> =
        config.switches.asterisk.servers.iter().map(|(_, server)| server.user.as_str()).collect();
    let Some((head, user)) = MANAGER.split_once(SHIPPED_USER) else { return MANAGER.to_owned() };
    let sections = users.into_iter().map(|name| format!("[{name}]{user}"));
    head.to_owned() + &sections.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    fn filled(variables: &[(&str, &str)]) -> String {
        let environment = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        fill(&Config::load(&Sources { environment, ..Sources::default() }).unwrap().config)
    }

    #[test]
    fn the_shipped_files_are_those_of_the_defaults() {
        assert_eq!(filled(&[]), DUAL);
        assert_eq!(filled(&[("CORDBOARD_FREESWITCH__MODE", "audio")]), AUDIO);
        assert_eq!(filled(&[("CORDBOARD_FREESWITCH__MODE", "esl")]), ESL);
    }

    #[test]
    fn unicast_audio_is_not_mixed_with_the_switchs_own_silence() {
        let unicast = filled(&[("CORDBOARD_FREESWITCH__AUDIO", "unicast")]);
        assert!(unicast.contains("\"send_silence_when_idle=0\""), "{unicast}");
    }

    #[test]
    fn every_address_of_the_configuration_gets_into_the_snippet() {
        let reached = [
            ("CORDBOARD_FREESWITCH__ALLOW", "10.0.0.5"),
            ("CORDBOARD_FREESWITCH__ESL_LISTEN", "10.0.0.7:9022"),
            ("CORDBOARD_FREESWITCH__AUDIO_URL", "ws://voice.example:9085"),
            ("CORDBOARD_FREESWITCH__AUDIO_RATE", "16000"),
            ("CORDBOARD_CALLS__RESUME_WINDOW_S", "60"),
            ("CORDBOARD_CALLS__MAX_DURATION_S", "600"),
            ("CORDBOARD_CALLS__FALLBACK_EXTENSION", "operator"),
            ("CORDBOARD_EXTENSIONS__OPERATOR", "internal,2001,1"),
        ];
        let dual = filled(&reached);
        assert_eq!(dual.matches("\"socket\" data=\"10.0.0.7:9022 async full\"").count(), 16, "{dual}");
        assert_eq!(dual.matches("\"sleep\" data=\"4000\"").count(), 15, "{dual}");
        assert!(dual.contains("\"transfer\" data=\"2001 XML internal\""), "{dual}");
        let audio = filled(&[&reached[..], &[("CORDBOARD_FREESWITCH__MODE", "audio")]].concat());
        assert!(audio.contains("start ws://voice.example:9085/${uuid} mono 16k)"), "{audio}");
        // The setting promises not to cut talks with people, who may have the caller for 12 h.
        assert!(audio.contains("park_timeout=54600:NORMAL_CLEARING"), "{audio}");
        for snippet in [dual, audio] {
            assert!(!snippet.contains("127.0.0.1"), "{snippet}");
        }
    }

    #[test]
    fn a_managers_user_is_named_and_its_secret_is_not() {
        let servers = [
            ("CORDBOARD_ASTERISK__SERVERS__PBX1__HOST", "127.0.0.1"),
            ("CORDBOARD_ASTERISK__SERVERS__PBX1__USER", "voice"),
            ("CORDBOARD_ASTERISK__SERVERS__PBX1__SECRET", "tiger"),
            ("CORDBOARD_ASTERISK__SERVERS__PBX2__HOST", "10.0.0.5"),
            ("CORDBOARD_ASTERISK__SERVERS__PBX2__USER", "cordboard"),
            ("CORDBOARD_ASTERISK__SERVERS__PBX2__SECRET", "lion"),
        ];
        let environment = servers.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let config = Config::load(&Sources { environment, ..Sources::default() }).unwrap().config;
        let users = manager_users(&config);
        assert_eq!(users.matches("write = system,call,originate,user").count(), 2, "{users}");
        assert!(users.contains("\n[voice]\n") && users.contains("\n[cordboard]\n"), "{users}");
        assert!(!users.contains("tiger") && !users.contains("lion"), "{users}");
    }
}
