//! What an operator sees when settings are right, wrong or contradict each other.

use std::ffi::OsString;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;

/// A folder with a configuration file and a `.env`, and an environment.
struct Setup {
    folder: tempfile::TempDir,
    sources: Sources,
}

impl Setup {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), sources: Sources::default() }
    }

    fn file(mut self, text: &str) -> Self {
        let path = self.folder.path().join("cordboard.toml");
        fs::write(&path, text).unwrap();
        self.sources.file = Some(path);
        self
    }

    fn dotenv(mut self, text: &str) -> Self {
        let path = self.folder.path().join(".env");
        fs::write(&path, text).unwrap();
        self.sources.dotenv = Some(path);
        self
    }

    fn env(mut self, variable: &str, value: &str) -> Self {
        self.sources.environment.push((OsString::from(variable), OsString::from(value)));
        self
    }

    fn load(&self) -> Loaded {
        Config::load(&self.sources).unwrap()
    }

    fn refusal(&self) -> String {
        Config::load(&self.sources).unwrap_err().to_string()
    }
}

#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
}

fn origin_of<'a>(loaded: &'a Loaded, name: &str) -> &'a Origin {
    &loaded.settings.iter().find(|setting| setting.name == name).unwrap().origin
}

#[test]
fn nothing_configured_is_the_default() {
    let loaded = Setup::new().load();
    assert_eq!(loaded.config, Config::default());
    assert!(loaded.settings.iter().all(|setting| setting.origin == Origin::Default));
    assert_eq!(loaded.config.database(), Database::Sqlite("./cordboard-data/cordboard.db".into()));
}

#[test]
fn the_environment_wins_over_dotenv_and_dotenv_over_the_file() {
    let setup = Setup::new()
        .file("[calls]\nmax = 1\nmeet_timeout_s = 2\ndrain_timeout_s = 3\n")
        .dotenv("CORDBOARD_CALLS__MAX=11\nCORDBOARD_CALLS__MEET_TIMEOUT_S=12\n")
        .env("CORDBOARD_CALLS__MAX", "21");
    let loaded = setup.load();
    assert_eq!(loaded.config.calls.max.get(), 21);
    assert_eq!(loaded.config.calls.meet_timeout_s.duration(), Duration::from_secs(12));
    assert_eq!(loaded.config.calls.drain_timeout_s.duration(), Duration::from_secs(3));
    assert_eq!(origin_of(&loaded, "calls.max").to_string(), "CORDBOARD_CALLS__MAX in the environment");
    assert_eq!(
        origin_of(&loaded, "calls.meet_timeout_s").to_string(),
        "CORDBOARD_CALLS__MEET_TIMEOUT_S in .env"
    );
    assert!(origin_of(&loaded, "calls.drain_timeout_s").to_string().ends_with("cordboard.toml line 4"));
}

#[test]
fn every_form_of_a_value_is_read() {
    let setup = Setup::new()
        .file(
            "admin_token = \"0123\"\n[audiosocket]\nlisten = \"0.0.0.0:9092\"\nallow = [\"10.0.0.0/8\", \"::1\"]\n\
             unannounced = \"refuse\"\n[calls]\nmax = 1_000\nfallback_extension = \"operator\"\n\
             [extensions]\noperator = \"internal,2001,1\"\n",
        )
        .env("CORDBOARD_EXTENSIONS__SALES", "internal,2002,1")
        .env("DATABASE_URL", "sqlite:/var/lib/x.db");
    let config = setup.load().config;
    assert!(config.admin_token.unwrap().matches("0123"), "digits of a token are not a number");
    assert_eq!(config.legs.audiosocket.unannounced, Unannounced::Refuse);
    assert_eq!(config.calls.max.get(), 1000);
    let names: Vec<_> = config.extensions.iter().map(|(name, place)| format!("{name}={place}")).collect();
    assert_eq!(names, ["operator=internal,2001,1", "sales=internal,2002,1"]);
    assert_eq!(config.database_url, Some(Database::Sqlite(PathBuf::from("/var/lib/x.db"))));

    let allowed = config.legs.audiosocket.allow.unwrap();
    let allows = |address: &str| allowed.contains(address.parse::<IpAddr>().unwrap());
    assert!(allows("10.1.2.3") && allows("::ffff:10.1.2.3") && allows("::1"));
    assert!(!allows("11.1.2.3") && !allows("127.0.0.1") && !allows("::2"));
}

#[test]
fn prices_are_decimal_amounts_of_a_model_by_its_name() {
    let setup = Setup::new().file(
        "[costs]\ncurrency = \"EUR\"\ndaily_cap = 25.5\n[prices.\"gpt-realtime-2.1\"]\naudio_output = 60\n\
         [prices.\"my deployment\"]\ntext_input = 0.5\naudio_minute = 0.006\n",
    );
    let loaded = setup.load();
    let config = &loaded.config;
    assert_eq!(config.costs.currency.as_str(), "EUR");
    assert_eq!(config.costs.daily_cap.map(Amount::micros), Some(25_500_000));
    let shipped = config.prices.get("gpt-realtime-2.1").unwrap();
    assert_eq!((shipped.audio_output, shipped.audio_input), (60_000_000, 32_000_000), "the rest stays");
    let own = config.prices.get("my deployment").unwrap();
    assert_eq!((own.text_input, own.audio_minute, own.audio_output), (500_000, 6_000, 0));
    let origin = origin_of(&loaded, "prices.gpt-realtime-2.1.audio_output").to_string();
    assert!(origin.ends_with("cordboard.toml line 5"), "{origin}");
}

#[test]
fn a_dated_model_has_the_missing_prices_of_its_name() {
    let setup = Setup::new().file(
        "[prices.\"gpt-realtime-2025-08-28\"]\ntext_input = 5\ntext_output = 0\n[prices.gpt-realtime]\naudio_input = 33\n",
    );
    let config = setup.load().config;
    let dated = config.prices.get("gpt-realtime-2025-08-28").unwrap();
    assert_eq!((dated.text_input, dated.text_output), (5_000_000, 0), "a kind can be set to be free");
    assert_eq!((dated.audio_input, dated.audio_output), (33_000_000, 64_000_000));
    let plain = config.prices.get("gpt-realtime").unwrap();
    assert_eq!((plain.text_input, plain.text_output), (4_000_000, 16_000_000));
    assert_eq!(config.prices.get("gpt-realtime-2026-01-31"), Some(plain));
}

#[test]
fn an_invalid_price_is_named() {
    let refusal = Setup::new()
        .file(
            "[costs]\ncurrency = \"euro\"\ndaily_cap = -1\n[prices.gpt-realtime]\naudio_otput = 60\n\
             text_input = \"cheap\"\n[prices.whisper-1]\naudio_minute = 1e9\n",
        )
        .refusal();
    assert_says(
        &refusal,
        &[
            "costs.currency",
            "three letters",
            "costs.daily_cap",
            "\"-1\" is not an amount",
            "prices.gpt-realtime.audio_otput",
            "did you mean prices.gpt-realtime.audio_output?",
            "prices.gpt-realtime.text_input",
            "up to 6 decimals",
            "prices.whisper-1.audio_minute",
        ],
    );
}

#[test]
fn only_numbers_that_are_allowed_may_be_dialled() {
    let setup =
        Setup::new().file("[dial_policy]\nnumbers_allowed = [\"+4930*\", \"110\"]\nper_day_max = 0\n");
    let policy = setup.load().config.dial_policy.policy();
    let admits = |number: &str| policy.numbers_allowed.iter().any(|pattern| pattern.admits(number));
    assert!(admits("+4930123") && admits("110") && !admits("+4940123"));
    assert_eq!((policy.per_call_max, policy.per_day_max), (5, 0));
    assert!(Config::default().dial_policy.policy().numbers_allowed.is_empty(), "none by default");
    let refusal = Setup::new().env("CORDBOARD_DIAL_POLICY__NUMBERS_ALLOWED", "+4930*,*").refusal();
    assert_says(&refusal, &["dial_policy.numbers_allowed", "\"*\" is not a pattern", "+4930*,+4940123"]);
}

#[test]
fn the_switch_that_dials_must_exist() {
    let pbx = "[freeswitch.servers.pbx]\nhost = \"10.0.0.5\"\npassword = \"ClueCon\"\n[calls]\nswitch = ";
    for name in ["pbx", "twilio"] {
        let loaded = Setup::new().file(&format!("{pbx}\"{name}\"\n")).load();
        assert_eq!(loaded.config.calls.switch.as_deref(), Some(name));
    }
    let refusal = Setup::new().file(&format!("{pbx}\"office\"\n")).refusal();
    assert_says(&refusal, &["calls.switch", "there is no switch office", "name one of pbx, twilio"]);
}

#[test]
fn an_unknown_setting_is_named_with_place_and_suggestion() {
    let setup = Setup::new()
        .file("[http]\nlisen = \"127.0.0.1:1\"\n")
        .dotenv("CORDBOARD_CALL__MAX=3\n")
        .env("CORDBOARD_HTTP_LISTEN", "127.0.0.1:1")
        .env("CORDBOARD_WEATHER", "rain");
    assert_says(
        &setup.refusal(),
        &[
            "http.lisen, ",
            "cordboard.toml line 2: there is no such setting",
            "did you mean http.listen?",
            "CORDBOARD_CALL__MAX in .env",
            "did you mean CORDBOARD_CALLS__MAX?",
            "CORDBOARD_HTTP_LISTEN in the environment",
            "did you mean CORDBOARD_HTTP__LISTEN?",
            "CORDBOARD_WEATHER in the environment: there is no such setting",
            "`cordboard config` lists the settings",
        ],
    );
}

#[test]
fn a_name_in_capitals_is_reported_with_its_form() {
    let refusal = Setup::new()
        .file(
            "[extensions]\nOperator = \"internal,2001,1\"\n[asterisk.servers.PBX1]\nhost = \"10.0.0.5\"\n\
             hots = \"10.0.0.5\"\n",
        )
        .env("CORDBOARD_EXTENSIONS__SALES__DESK", "internal,2002,1")
        .refusal();
    assert_says(
        &refusal,
        &[
            "extensions.Operator, ",
            "extensions.sales.desk, ",
            "write <name> of extensions.<name> in lower case letters, digits, _ and -",
            "write <name> of asterisk.servers.<name>.host in lower case",
            "did you mean asterisk.servers.<name>.host?",
        ],
    );
    assert!(!refusal.contains("did you mean operator?"), "{refusal}");
}

#[test]
fn no_port_is_used_twice() {
    let http = |listen: &str| Setup::new().env("CORDBOARD_HTTP__LISTEN", listen);
    for listen in ["127.0.0.1:9092", "0.0.0.0:9092"] {
        let said = format!("audiosocket.listen, default: 127.0.0.1:9092 is taken by http.listen = {listen}");
        assert_says(
            &http(listen).refusal(),
            &[&said, "set audiosocket.listen or http.listen to another port"],
        );
    }
    // A different address, a different protocol, or any free port.
    http("10.0.0.7:9092").load();
    http("127.0.0.1:8189")
        .env("CORDBOARD_WEBRTC__ENABLED", "true")
        .env("CORDBOARD_WEBRTC__TCP", "false")
        .load();
    http("127.0.0.1:0").env("CORDBOARD_AUDIOSOCKET__LISTEN", "127.0.0.1:0").load();
}

#[test]
fn a_secret_key_that_can_be_guessed_is_refused() {
    let refusal = Setup::new().env("CORDBOARD_SECRET_KEY", "tiger").refusal();
    assert_says(&refusal, &["secret_key", "fewer than 32 characters", "`openssl rand -base64 32`"]);
    assert!(!refusal.contains("tiger"), "{refusal}");
}

#[test]
fn a_mail_account_is_a_name_and_a_password() {
    let smtp = || {
        Setup::new()
            .env("CORDBOARD_SMTP__HOST", "mail.example.com")
            .env("CORDBOARD_SMTP__FROM", "Calls <calls@example.com>")
    };
    let named = || smtp().env("CORDBOARD_SMTP__USER", "calls");
    assert_says(&named().refusal(), &["smtp.user", "there is no sign-in", "or neither"]);
    let alone = smtp().env("CORDBOARD_SMTP__PASSWORD", "tiger").refusal();
    assert_says(&alone, &["smtp.password, CORDBOARD_SMTP__PASSWORD in the environment", "or neither"]);
    assert!(!alone.contains("tiger"), "{alone}");
    named().env("CORDBOARD_SMTP__PASSWORD", "tiger").load();
    let from =
        Setup::new().env("CORDBOARD_SMTP__HOST", "mail.example.com").env("CORDBOARD_SMTP__FROM", "calls@");
    assert_says(&from.refusal(), &["smtp.from", "set smtp.from, as cordboard@example.com"]);
}

#[test]
fn dotenv_keeps_dollars_in_quotes_and_bears_a_mark() {
    let setup =
        Setup::new().dotenv("\u{feff}CORDBOARD_CALLS__MAX=7\r\nREDIS_URL='redis://:pa$word@cache'\r\n");
    let config = setup.load().config;
    assert_eq!(config.calls.max.get(), 7);
    assert_eq!(config.redis_url.unwrap().expose(), "redis://:pa$word@cache");
}

#[test]
fn a_bad_value_is_reported_with_a_good_example() {
    let cases: [(&str, &str, &[&str]); 11] = [
        ("CORDBOARD_CALLS__MAX", "many", &["calls.max", "\"many\"", "from 1 to 10000"]),
        ("CORDBOARD_CALLS__MAX", "0", &["0 is out of range", "from 1 to 10000"]),
        ("CORDBOARD_CALLS__DRAIN_TIMEOUT_S", "1.5", &["calls.drain_timeout_s", "seconds from 0 to 3600"]),
        (
            "CORDBOARD_CALLS__DRAIN_TIMEOUT_S",
            "99999999999",
            &["calls.drain_timeout_s", "seconds from 0 to 3600"],
        ),
        ("CORDBOARD_HTTP__LISTEN", "8080", &["http.listen", "give an address and port"]),
        ("CORDBOARD_AUDIOSOCKET__ALLOW", "10.0.0.0/99", &["audiosocket.allow", "\"10.0.0.0/99\""]),
        ("CORDBOARD_AUDIOSOCKET__UNANNOUNCED", "maybe", &["accept or refuse"]),
        (
            "CORDBOARD_ASSISTANT__PROVIDER",
            "cohere",
            &[
                "assistant.provider",
                "give builtin or openai or openai-live or deepgram or gemini or elevenlabs or cascade",
            ],
        ),
        ("CORDBOARD_LOG__LEVEL", "verbose", &["error or warn or info"]),
        (
            "CORDBOARD_EXTENSIONS__OPERATOR",
            "internal,2001",
            &["extensions.operator", "context,exten,priority"],
        ),
        ("CORDBOARD_CALLS__FALLBACK_EXTENSION", "nobody", &["there is no extension nobody", "[extensions]"]),
    ];
    for (variable, value, parts) in cases {
        let refusal = Setup::new().env(variable, value).refusal();
        assert_says(&refusal, parts);
        assert_says(&refusal, &[variable, "fix: "]);
    }
}

#[test]
fn a_secret_or_database_password_is_never_repeated() {
    let refusal = Setup::new()
        .env("CORDBOARD_ADMIN_TOKEN", "hidden tiger")
        .env("DATABASE_URL", "postgres://me:hidden@db/cordboard?sslmode=sometimes")
        .refusal();
    assert_says(&refusal, &["admin_token", "database_url", "DATABASE_URL", "sslmode", "sqlite:PATH"]);
    assert!(!refusal.contains("hidden"), "{refusal}");
    let loaded = Setup::new()
        .env("CORDBOARD_ADMIN_TOKEN", "hidden-tiger")
        .env("DATABASE_URL", "postgres://me:hidden@db/cordboard")
        .load();
    let shown = format!("{loaded:?}");
    assert!(
        shown.contains("postgres://me:********@db:5432/cordboard") && !shown.contains("hidden"),
        "{shown}"
    );
}

#[test]
fn a_judge_needs_an_address_and_sometimes_a_key() {
    let judge = |base_url: &str| Setup::new().env("CORDBOARD_JUDGE__BASE_URL", base_url);
    assert_says(&judge("https://api.openai.com/v1").refusal(), &["judge.base_url", "set judge.key"]);
    assert_says(&judge("ws://localhost/v1").refusal(), &["judge.base_url", "http or https"]);
    let alone = Setup::new().env("CORDBOARD_JUDGE__KEY", "tiger-7").refusal();
    assert_says(&alone, &["judge.key", "set judge.base_url"]);
    assert!(!alone.contains("tiger-7"), "{alone}");
    let loaded = judge("https://api.openai.com/v1").env("CORDBOARD_JUDGE__KEY", "tiger-7").load();
    assert!(loaded.config.judge.key.is_some() && !format!("{loaded:?}").contains("tiger-7"));
    judge("http://localhost:11434/v1").load();
}

#[test]
fn a_database_is_an_sqlite_file_or_postgresql() {
    for (url, file) in [("sqlite:a.db", "a.db"), ("sqlite:///tmp/a.db", "/tmp/a.db")] {
        let config = Setup::new().env("DATABASE_URL", url).load().config;
        assert_eq!(config.database(), Database::Sqlite(PathBuf::from(file)), "{url}");
    }
    let config = Setup::new().env("DATABASE_URL", "postgresql://u:secret@host/db").load().config;
    let Database::Postgres(url) = config.database() else { panic!("{}", config.database()) };
    assert_eq!((url.host.as_str(), url.password.as_ref().unwrap().expose()), ("host", "secret"));
    for bad in ["sqlite:", "sqlite://:memory:", ":memory:", "postgres:u:secret@host/db", "redis://x"] {
        let refusal = Setup::new().env("DATABASE_URL", bad).refusal();
        assert!(!refusal.contains("secret"), "{refusal}");
    }
}

#[test]
fn a_known_variable_has_one_name() {
    let refusal = Setup::new().env("CORDBOARD_DATABASE_URL", "sqlite:x.db").refusal();
    assert_says(&refusal, &["did you mean DATABASE_URL?"]);
}

#[test]
fn listening_to_the_world_needs_an_allow_list() {
    let world = || Setup::new().env("CORDBOARD_AUDIOSOCKET__LISTEN", "0.0.0.0:9092");
    assert_says(&world().refusal(), &["audiosocket.listen", "no password", "set audiosocket.allow"]);
    world().env("CORDBOARD_AUDIOSOCKET__ALLOW", "192.168.0.0/16").load();
}

#[test]
fn switches_are_read_by_name_and_their_passwords_stay_hidden() {
    let setup = Setup::new()
        .file("[freeswitch.servers.pbx1]\nhost = \"10.0.0.5\"\n[freeswitch.servers.pbx2]\nhost = \"pbx.example\"\nport = 8031\n")
        .env("CORDBOARD_FREESWITCH__SERVERS__PBX1__PASSWORD", "tiger-1")
        .env("CORDBOARD_FREESWITCH__SERVERS__PBX2__PASSWORD", "tiger-2");
    let loaded = setup.load();
    let servers: Vec<_> = loaded.config.switches.freeswitch.servers.iter().collect();
    let [("pbx1", first), ("pbx2", second)] = servers[..] else { panic!("{servers:?}") };
    assert_eq!((first.host.as_str(), first.port.get()), ("10.0.0.5", 8021));
    assert_eq!((second.host.as_str(), second.port.get()), ("pbx.example", 8031));
    assert!(first.password.matches("tiger-1") && second.password.matches("tiger-2"));
    assert!(!format!("{loaded:?}").contains("tiger"), "passwords are shown nowhere");
    let origin = origin_of(&loaded, "freeswitch.servers.pbx2.port").to_string();
    assert!(origin.ends_with("cordboard.toml line 5"), "{origin}");
}

#[test]
fn missing_or_bad_settings_of_a_switch_are_named() {
    let refusal = Setup::new()
        .env("CORDBOARD_FREESWITCH__SERVERS__PBX1__PASSWORD", "tiger")
        .env("CORDBOARD_FREESWITCH__SERVERS__PBX2__HOST", "pbx.example|other")
        .env("CORDBOARD_FREESWITCH__SERVERS__PBX2__PASWORD", "tiger")
        .refusal();
    assert_says(
        &refusal,
        &[
            "freeswitch.servers.pbx1.host, default: a switch can't be reached without it",
            "\"pbx.example|other\" is not a host",
            "freeswitch.servers.pbx2.password, default: a switch can't be reached without it",
            "freeswitch.servers.pbx2.pasword",
        ],
    );
    assert!(!refusal.contains("tiger"), "{refusal}");
}

#[test]
fn open_freeswitch_ports_need_allowed_peers_and_advertised_addresses() {
    for variable in ["CORDBOARD_FREESWITCH__ESL_LISTEN", "CORDBOARD_FREESWITCH__AUDIO_LISTEN"] {
        let refusal = Setup::new().env(variable, "10.0.0.7:8022").refusal();
        assert_says(&refusal, &[variable, "no password", "set freeswitch.allow"]);
        Setup::new().env(variable, "10.0.0.7:8022").env("CORDBOARD_FREESWITCH__ALLOW", "10.0.0.5").load();
    }
    let everywhere = || {
        Setup::new()
            .env("CORDBOARD_FREESWITCH__ALLOW", "10.0.0.5")
            .env("CORDBOARD_FREESWITCH__ESL_LISTEN", "0.0.0.0:8022")
            .env("CORDBOARD_FREESWITCH__AUDIO_LISTEN", "0.0.0.0:8085")
    };
    assert_says(&everywhere().refusal(), &["set freeswitch.esl_advertise", "set freeswitch.audio_url"]);
    let config = everywhere()
        .env("CORDBOARD_FREESWITCH__ESL_ADVERTISE", "10.0.0.7:8022")
        .env("CORDBOARD_FREESWITCH__AUDIO_URL", "ws://10.0.0.7:8085/")
        .load()
        .config;
    let bound = "0.0.0.0:8085".parse().unwrap();
    assert_eq!(config.switches.freeswitch.audio_base(bound).as_str(), "ws://10.0.0.7:8085");
    assert_eq!(config.switches.freeswitch.esl_address(bound).to_string(), "10.0.0.7:8022");
}

#[test]
fn mismatched_freeswitch_audio_and_control_are_refused() {
    let unicast = || Setup::new().env("CORDBOARD_FREESWITCH__AUDIO", "unicast");
    assert_says(&unicast().env("CORDBOARD_FREESWITCH__MODE", "audio").refusal(), &["has none", "to dual"]);
    let config = unicast().load().config;
    let policy = config.switches.freeswitch.policy(&config.data_dir);
    assert_eq!((policy.audio, policy.ring_timeout_ms), (FreeswitchAudio::Unicast, 20_000));
    let esl = || Setup::new().env("CORDBOARD_FREESWITCH__MODE", "esl");
    assert_says(&esl().env("CORDBOARD_DATA_DIR", "/a, b").refusal(), &["set freeswitch.prompts_dir"]);
    let config = esl().env("CORDBOARD_DATA_DIR", "/srv/cordboard").load().config;
    assert_eq!(config.prompts_dir(), Path::new("/srv/cordboard/prompts"));
}

/// Otherwise each call would have no audio, and only the log would say why.
#[test]
fn audio_addresses_that_freeswitch_cannot_reach_are_refused() {
    let unicast = |listen: &str| {
        Setup::new()
            .env("CORDBOARD_FREESWITCH__AUDIO", "unicast")
            .env("CORDBOARD_FREESWITCH__ALLOW", "10.0.0.5")
            .env("CORDBOARD_FREESWITCH__ESL_ADVERTISE", "10.0.0.7:8022")
            .env("CORDBOARD_FREESWITCH__ESL_LISTEN", listen)
    };
    for listen in ["0.0.0.0:8022", "[::]:8022", "[fd00::7]:8022"] {
        assert_says(&unicast(listen).refusal(), &["set freeswitch.unicast_advertise_ip"]);
        unicast(listen)
            .env("CORDBOARD_FREESWITCH__MODE", "esl")
            .env("CORDBOARD_DATA_DIR", "/srv/cordboard")
            .load();
        unicast(listen).env("CORDBOARD_FREESWITCH__UNICAST_ADVERTISE_IP", "10.0.0.7").load();
    }
    for listen in ["10.0.0.7:8022", "127.0.0.1:8022", "[::1]:8022"] {
        unicast(listen).load();
    }
    let stream = || Setup::new().env("CORDBOARD_FREESWITCH__AUDIO_LISTEN", "[::1]:8085");
    assert_says(&stream().refusal(), &["takes no IPv6 address", "set freeswitch.audio_url"]);
    stream().env("CORDBOARD_FREESWITCH__AUDIO_URL", "ws://localhost:8085").load();
    assert_says(
        &stream().env("CORDBOARD_FREESWITCH__AUDIO_URL", "ws://[fd00::7]:8085").refusal(),
        &["takes no IPv6 address", "ws://cordboard.example:8085"],
    );
}

#[test]
fn hosts_may_be_ipv6_addresses() {
    let config = Setup::new()
        .env("CORDBOARD_FREESWITCH__SERVERS__PBX__HOST", "2001:db8::5")
        .env("CORDBOARD_FREESWITCH__SERVERS__PBX__PASSWORD", "tiger")
        .env("CORDBOARD_FREESWITCH__ESL_ADVERTISE", "[2001:db8::7]:8022")
        .env("CORDBOARD_SMTP__HOST", "[2001:db8::25]")
        .env("CORDBOARD_SMTP__FROM", "calls@example.com")
        .env("CORDBOARD_SOFTPHONE__URL", "wss://[2001:db8::5]:8089/ws")
        .load()
        .config;
    let servers: Vec<_> = config.switches.freeswitch.servers.iter().collect();
    assert_eq!(servers[0].1.host.with_port(8_021), "[2001:db8::5]:8021");
    let esl = config.switches.freeswitch.esl_address("[::1]:1".parse().unwrap());
    assert_eq!(esl.for_socket_application(), "2001:db8::7:8022");
    assert_eq!(config.smtp.host.as_ref().unwrap().as_str(), "2001:db8::25");
    assert_eq!(config.softphone.place().unwrap().1, "[2001:db8::5]", "as in a SIP address");
}

#[test]
fn openai_settings_have_the_names_its_own_tools_use() {
    let key =
        || Setup::new().env("CORDBOARD_ASSISTANT__PROVIDER", "openai").env("OPENAI_API_KEY", "sk-tiger");
    let setup = key()
        .env("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
        .env("OPENAI_REALTIME_MODEL", "some-model")
        .env("CORDBOARD_OPENAI__HEADERS", "x-a=1, api-key=tiger==")
        .env("CORDBOARD_OPENAI__DIALECT", "beta");
    let loaded = setup.load();
    let openai = &loaded.config.voices.openai;
    assert!(openai.api_key.as_ref().unwrap().matches("sk-tiger"));
    assert_eq!(openai.base_url.as_str(), "http://127.0.0.1:1/v1");
    assert_eq!(openai.realtime_model, "some-model");
    assert_eq!(openai.dialect, cordboard_actors::assistant::openai::DialectName::Beta);
    let headers = openai.headers.as_ref().unwrap().to_vec();
    assert_eq!(headers, [("x-a".into(), "1".into()), ("api-key".into(), "tiger==".into())]);
    assert!(!format!("{loaded:?}").contains("tiger"), "keys are shown nowhere");
    key().load();
}

#[test]
fn openai_needs_a_key_unless_the_server_is_ones_own() {
    let provider = || Setup::new().env("CORDBOARD_ASSISTANT__PROVIDER", "openai");
    assert_says(&provider().refusal(), &["assistant.provider", "needs a key", "set OPENAI_API_KEY"]);
    provider().env("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1").load();
    provider().env("CORDBOARD_OPENAI__HEADERS", "Api-Key=x").load();
    let refusal = provider().env("OPENAI_BASE_URL", "https://me:tiger@").refusal();
    assert!(!refusal.contains("tiger"), "{refusal}");
}

#[test]
fn variables_of_platforms_and_tests_are_ignored() {
    let setup = Setup::new()
        .env("CORDBOARD_SERVICE_HOST", "10.0.0.1")
        .env("CORDBOARD_PORT", "tcp://10.0.0.1:80")
        .env("CORDBOARD_PORT_80_TCP", "x")
        .env("CORDBOARD_TEST_CACHE", "/tmp")
        .env("CORDBOARD_STATIC_DIR", "/x")
        .env("OPENAI_ORG_ID", "x")
        .env("CORDBOARD_CALLS__MAX", "");
    assert_eq!(setup.load().config, Config::default());
}

/// Kubernetes sets them in each pod of a namespace with such services, as those of the chart are, and the program would not start.
#[test]
fn variables_of_services_beside_cordboard_are_ignored() {
    let mut setup = Setup::new();
    for (variable, value) in [
        ("CORDBOARD_AUDIOSOCKET_SERVICE_HOST", "10.0.0.2"),
        ("CORDBOARD_AUDIOSOCKET_SERVICE_PORT", "9092"),
        ("CORDBOARD_WEBRTC_SERVICE_PORT_WEBRTC_UDP", "8189"),
        ("CORDBOARD_AUDIOSOCKET_PORT", "tcp://10.0.0.2:9092"),
        ("CORDBOARD_WEBRTC_PORT_8189_UDP", "udp://10.0.0.2:8189"),
        ("CORDBOARD_WEBRTC_PORT_8189_UDP_PROTO", "udp"),
        ("CORDBOARD_WEBRTC_PORT_8189_UDP_PORT", "8189"),
        ("CORDBOARD_WEBRTC_PORT_8189_UDP_ADDR", "10.0.0.2"),
    ] {
        setup = setup.env(variable, value);
    }
    assert_eq!(setup.load().config, Config::default());
    // One underscore in the place of two is a frequent mistake.
    for (variable, value) in [("CORDBOARD_SMTP_PORT", "25"), ("CORDBOARD_HTTP_LISTEN", "127.0.0.1:80")] {
        let refusal = Setup::new().env(variable, value).refusal();
        assert_says(&refusal, &[variable, "there is no such setting"]);
    }
}

#[test]
fn a_variable_may_name_the_configuration_file() {
    let folder = tempfile::tempdir().unwrap();
    let written = |name: &str, max: u32| {
        let path = folder.path().join(name);
        fs::write(&path, format!("[calls]\nmax = {max}\n")).unwrap();
        path
    };
    let (named, option) = (written("named.toml", 7), written("option.toml", 8));
    let in_dotenv = format!("CORDBOARD_CONFIG='{}'\n", written("dotenv.toml", 6).display());
    let setup = Setup::new().dotenv(&in_dotenv);
    assert_eq!(setup.load().config.calls.max.get(), 6);
    let mut setup = setup.env("CORDBOARD_CONFIG", named.to_str().unwrap());
    assert_eq!(setup.load().config.calls.max.get(), 7);
    setup.sources.file = Some(option);
    assert_eq!(setup.load().config.calls.max.get(), 8);
    assert_says(
        &Setup::new().env("CORDBOARD_CONFIG", "/nowhere.toml").refusal(),
        &["/nowhere.toml can't be read"],
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let mut setup = Setup::new();
    setup.sources.file = Some(PathBuf::from("/nowhere/cordboard.toml"));
    assert_says(&setup.refusal(), &["/nowhere/cordboard.toml can't be read"]);
    assert_says(&Setup::new().file("[calls]\nmax = = 3\n").refusal(), &["cordboard.toml, line 2"]);
    let refusal = Setup::new().dotenv("# ours\n\nCORDBOARD_ADMIN_TOKEN=hidden tiger\n").refusal();
    assert_says(&refusal, &[".env, line 3: it can't be read", "in single quotes"]);
    assert!(!refusal.contains("hidden"), "{refusal}");
}

#[test]
fn the_example_in_the_repository_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".env.example");
    let committed = fs::read_to_string(path).unwrap();
    assert_eq!(committed, env_example(), "run: cargo run -- config --example > .env.example");
}

#[test]
fn the_example_uncommented_is_the_default() {
    let uncommented: String = env_example()
        .lines()
        .filter_map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')))
        .filter(|line| !line.contains('<'))
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(uncommented.lines().count() >= 20, "{uncommented}");
    let loaded = Setup::new().dotenv(&uncommented).load();
    assert_eq!(loaded.config, Config::default());
}

#[test]
fn a_port_range_is_read_and_shown_as_written() {
    let setup = Setup::new().file("[audiosocket]\nport_range = \"9100-9199\"\n");
    let loaded = setup.load();
    assert_eq!(loaded.config.legs.audiosocket.port_range.unwrap().ports(), 100);
    assert_eq!(loaded.config.legs.audiosocket.port_host(), "127.0.0.1");
    let listed = loaded.settings.iter().find(|setting| setting.name == "audiosocket.port_range").unwrap();
    assert_eq!(listed.redacted(), "9100-9199");
}

#[test]
fn a_bad_port_range_is_named_with_a_good_example() {
    for (written, cause) in [
        ("9100", "is not a range of ports"),
        ("9100-", "is not a range of ports"),
        ("9100-99999", "is not a range of ports"),
        ("0-10", "port 0 can't be leased"),
        ("9199-9100", "the first port, 9199, is greater than the last, 9100"),
        ("9000-12000", "3001 ports are too many, 2000 is the most"),
    ] {
        let refusal = Setup::new().env("CORDBOARD_AUDIOSOCKET__PORT_RANGE", written).refusal();
        assert_says(&refusal, &["CORDBOARD_AUDIOSOCKET__PORT_RANGE", cause, "for example 9100-9199"]);
    }
}

#[test]
fn port_ranges_hold_no_other_port_and_are_reachable() {
    let with_range = |range: &str| Setup::new().env("CORDBOARD_AUDIOSOCKET__PORT_RANGE", range);
    for (range, listener) in [
        ("9090-9099", "audiosocket.listen, 127.0.0.1:9092"),
        ("8000-8080", "http.listen, 127.0.0.1:8080"),
        ("8022-8030", "freeswitch.esl_listen, 127.0.0.1:8022"),
        ("8085-8085", "freeswitch.audio_listen, 127.0.0.1:8085"),
    ] {
        assert_says(&with_range(range).refusal(), &[&format!("{range} holds the port of {listener}")]);
    }
    let everywhere = || {
        with_range("9100-9199")
            .env("CORDBOARD_AUDIOSOCKET__LISTEN", "0.0.0.0:9092")
            .env("CORDBOARD_AUDIOSOCKET__ALLOW", "10.0.0.0/8")
    };
    assert_says(
        &everywhere().refusal(),
        &["not an address that an Asterisk can", "set audiosocket.advertise"],
    );
    let config = everywhere().env("CORDBOARD_AUDIOSOCKET__ADVERTISE", "pbx.example").load().config;
    assert_eq!(config.legs.audiosocket.port_host(), "pbx.example");
    for (advertise, host) in [("2001:db8::7", "[2001:db8::7]"), ("[2001:db8::7]", "[2001:db8::7]")] {
        let config = everywhere().env("CORDBOARD_AUDIOSOCKET__ADVERTISE", advertise).load().config;
        assert_eq!(config.legs.audiosocket.port_host(), host);
    }
}
