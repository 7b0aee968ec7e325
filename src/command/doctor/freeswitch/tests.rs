//! The report on a switch that is set up well, and on others.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use super::*;
use crate::command::doctor::report;
use crate::config::{Config, Sources};

/// Streams of a fresh FreeSWITCH installation.
const STREAMS: &str = "moh/48000,/usr/share/freeswitch/sounds/music/default/48000\n\
                       default,/usr/share/freeswitch/sounds/music/default/8000\n\
                       moh/8000,/usr/share/freeswitch/sounds/music/default/8000\n";
/// A gateway that is registered.
const GATEWAY: &str = "=================================================================================================\n\
                       Name    \tcarrier\nProfile \texternal\nScheme  \tDigest\nRealm   \tsip.example\nUsername\tacme\n\
                       Password\tyes\nState   \tREGED\nStatus  \tUP\n\
                       =================================================================================================\n";

/// Starts a switch on a free port that expects the password `secret` and has these modules. Its answers are those of 1.11 (mod_commands.c,
/// mod_sofia.c, mod_local_stream.c).
fn switch_with(modules: &'static [&'static str]) -> SocketAddr {
    switch_that_plays(modules, STREAMS)
}

/// Starts such a switch with these music streams.
fn switch_that_plays(modules: &'static [&'static str], streams: &'static str) -> SocketAddr {
    server(move |stream| {
        send(stream, "Content-Type: auth/request\n\n");
        let mut words = Vec::new();
        while let Some(command) = next_command(stream) {
            match command.split_once(' ').unwrap_or((&command, "")) {
                ("auth", "secret") => {
                    send(stream, "Content-Type: command/reply\nReply-Text: +OK accepted\n\n")
                }
                ("auth", _) => {
                    return send(stream, "Content-Type: command/reply\nReply-Text: -ERR invalid\n\n");
                }
                ("api", "status") => {
                    answer(stream, "UP 0 years\nFreeSWITCH (Version 1.10.12 -release) is ready\n");
                }
                ("api", "global_getvar domain") => answer(stream, "pbx.example"),
                ("api", "user_exists id 2001 pbx.example" | "user_exists id 2002 tenant.example") => {
                    answer(stream, "true")
                }
                ("api", "local_stream show") => answer(stream, streams),
                ("api", "sofia status gateway carrier") => answer(stream, GATEWAY),
                ("api", asked) => match asked.split_once(' ').unwrap() {
                    ("module_exists", module) => {
                        answer(stream, if modules.contains(&module) { "true" } else { "false" })
                    }
                    ("user_exists", _) => answer(stream, "false"),
                    ("sofia", asked) if asked.starts_with("status gateway ") => {
                        answer(stream, "Invalid Gateway!\n");
                    }
                    (unknown, _) => answer(stream, &format!("-ERR {unknown} Command not found!\n")),
                },
                other => words.push(format!("{other:?}")),
            }
        }
        assert!(words.is_empty(), "{words:?}");
    })
}

fn server(mut converse: impl FnMut(&mut TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || converse(&mut listener.accept().unwrap().0));
    address
}

fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).unwrap();
}

fn answer(stream: &mut TcpStream, text: &str) {
    send(stream, &format!("Content-Type: api/response\nContent-Length: {}\n\n{text}", text.len()));
}

/// Returns one command, up to its empty line; none at the end of the connection.
fn next_command(stream: &mut TcpStream) -> Option<String> {
    let mut command = Vec::new();
    while !command.ends_with(b"\n\n") {
        let mut byte = [0];
        match stream.read(&mut byte) {
            Ok(1) => command.push(byte[0]),
            _ => return None,
        }
    }
    Some(String::from_utf8(command).unwrap().trim_end().to_owned())
}

fn config_for(switch: SocketAddr, more: &[(&str, &str)]) -> Config {
    let (host, port) = (switch.ip().to_string(), switch.port().to_string());
    let of_switch = [
        ("CORDBOARD_FREESWITCH__SERVERS__PBX1__HOST", &*host),
        ("CORDBOARD_FREESWITCH__SERVERS__PBX1__PORT", &*port),
        ("CORDBOARD_FREESWITCH__SERVERS__PBX1__PASSWORD", "secret"),
    ];
    let environment = of_switch.iter().chain(more).map(|(name, value)| (name.into(), value.into())).collect();
    Config::load(&Sources { environment, ..Sources::default() }).unwrap().config
}

/// Runs the checks with an extension whose user is in the directory.
fn examined_checks(config: &Config) -> Vec<Check> {
    let extensions = vec![("operator".to_owned(), "default,2001,1".parse().unwrap())];
    examine(config, &Named { dialplan_token: None, extensions, agent_extensions: Vec::new() })
}

#[track_caller]
fn assert_says(checks: &[Check], parts: &[&str]) {
    let text = report(checks).to_string();
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn a_switch_with_all_that_is_needed_is_good() {
    let switch = switch_with(&["mod_sofia", "mod_dptools", "mod_local_stream", "mod_audio_stream"]);
    let checks = examined_checks(&config_for(switch, &[]));
    assert!(checks.iter().all(|check| !check.is_bad()), "{checks:?}");
    assert_says(
        &checks,
        &[
            "FreeSWITCH 1.10.12 signs us in",
            "has mod_audio_stream",
            "connects to 127.0.0.1:8022",
            "connects to ws://127.0.0.1:8085",
        ],
    );
    assert!(
        examined_checks(&Config::default()).is_empty(),
        "without a FreeSWITCH there is nothing to report"
    );
}

#[test]
fn configured_names_missing_on_the_switch_are_reported() {
    let all = &["mod_sofia", "mod_dptools", "mod_local_stream", "mod_audio_stream"];
    let config = |more: &[(&str, &str)]| config_for(switch_with(all), more);
    let failing = |checks: Vec<Check>| checks.into_iter().filter(Check::is_bad).collect::<Vec<_>>();
    for (setting, good, bad, expected) in [
        (
            "FREESWITCH__HOLD_MUSIC",
            "local_stream://moh",
            "local_stream://jazz",
            "pbx1 has no local_stream://jazz: callers on hold hear its stream `default` instead",
        ),
        (
            "FREESWITCH__SERVERS__PBX1__TRUNK",
            "sofia/gateway/carrier/{number}",
            "sofia/gateway/old/{number}",
            "pbx1 has no gateway old",
        ),
    ] {
        let setting = format!("CORDBOARD_{setting}");
        assert_eq!(failing(examined_checks(&config(&[(&setting, good)]))), []);
        let failed = failing(examined_checks(&config(&[(&setting, bad)])));
        assert_says(&failed, &[expected]);
        assert_eq!(failed.len(), 1, "{failed:?}");
    }
    let extensions = vec![("nobody".to_owned(), "default,4711,1".parse().unwrap())];
    let failed = failing(examine(
        &config(&[]),
        &Named { dialplan_token: None, extensions, agent_extensions: Vec::new() },
    ));
    assert_says(&failed, &["the directory of pbx1 has no user for nobody (default,4711,1)"]);
}

/// In FusionPBX a domain is a context, and people are rung in the domain of their caller.
#[test]
fn users_of_other_domains_are_found_by_their_context() {
    let all = &["mod_sofia", "mod_dptools", "mod_local_stream", "mod_audio_stream"];
    let config = config_for(switch_with(all), &[]);
    let extensions = vec![("sales".to_owned(), "tenant.example,2002,1".parse().unwrap())];
    let checks = examine(&config, &Named { dialplan_token: None, extensions, agent_extensions: Vec::new() });
    assert!(checks.iter().all(|check| !check.is_bad()), "{checks:?}");
    assert_says(&checks, &["pbx1 has the users of all 1"]);
}

#[test]
fn the_report_says_whether_the_switch_has_hold_music() {
    let all: &[&str] = &["mod_sofia", "mod_dptools", "mod_local_stream", "mod_audio_stream"];
    let without: &[&str] = &["mod_sofia", "mod_dptools", "mod_audio_stream"];
    for (modules, streams, expected) in [
        (all, "moh,/sounds/music\n", "pbx1 has local_stream://moh"),
        (all, "music,/moh\n", "pbx1 has no local_stream://moh: callers on hold hear silence"),
        (all, "-ERR no reply\n", "pbx1 has no local_stream://moh: callers on hold hear silence"),
        (all, "-ERR local_stream Command not found!\n", "can't tell whether it has local_stream://moh"),
        (without, STREAMS, "pbx1 has no local_stream://moh: callers on hold hear silence"),
    ] {
        let checks = examined_checks(&config_for(switch_that_plays(modules, streams), &[]));
        assert_says(&checks, &[expected]);
    }
}

#[test]
fn the_audio_module_is_needed_for_the_websocket_only() {
    let switch = switch_with(&["mod_sofia", "mod_dptools", "mod_local_stream"]);
    let checks = examined_checks(&config_for(switch, &[]));
    assert_says(
        &checks,
        &["pbx1 has no mod_audio_stream", "load mod_audio_stream", "freeswitch.audio to unicast"],
    );
    assert_eq!(checks.iter().filter(|check| check.is_bad()).count(), 1);
    for other in [("CORDBOARD_FREESWITCH__AUDIO", "unicast"), ("CORDBOARD_FREESWITCH__MODE", "esl")] {
        let switch = switch_with(&["mod_sofia", "mod_dptools", "mod_local_stream"]);
        let environment = [other, ("CORDBOARD_DATA_DIR", "/srv/cordboard")];
        assert!(
            examined_checks(&config_for(switch, &environment)).iter().all(|check| !check.is_bad()),
            "{other:?}"
        );
    }
}

#[test]
fn a_wrong_password_is_reported_with_its_fix() {
    let wrong = [("CORDBOARD_FREESWITCH__SERVERS__PBX1__PASSWORD", "ClueCon")];
    let checks = examined_checks(&config_for(switch_with(&[]), &wrong));
    assert_says(&checks, &["it refuses the password", "set freeswitch.servers.pbx1.password"]);
    assert_eq!(checks.len(), 1);
}

#[test]
fn a_failed_connection_is_reported_with_its_fix() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_says(&examined_checks(&config_for(free, &[])), &["nobody answers", "listen-ip"]);

    let text = "Access Denied, go away.\n";
    let list = server(move |stream| {
        let length = text.len();
        send(stream, &format!("Content-Type: text/rude-rejection\nContent-Length: {length}\n\n{text}"));
    });
    assert_says(&examined_checks(&config_for(list, &[])), &["access list", "apply-inbound-acl", "reloadacl"]);

    let mail = server(|stream| send(stream, "220 mail.example ESMTP\n\n"));
    assert_says(&examined_checks(&config_for(mail, &[])), &["no event socket", "listen-port"]);

    let gone = server(|_| {});
    assert_says(&examined_checks(&config_for(gone, &[])), &["the connection broke"]);
}

#[test]
fn a_switch_on_another_machine_has_to_reach_us() {
    let config = Config::default();
    let (ours, theirs) = ("10.0.0.7".parse().unwrap(), "10.0.0.5".parse().unwrap());
    let refused = way_back(&config.switches.freeswitch, "pbx1", ours, theirs);
    assert_says(
        &refused,
        &["pbx1 connects from 10.0.0.5", "set freeswitch.allow to 127.0.0.0/8,::1/128,10.0.0.5"],
    );
    let mut allowed = config.switches.freeswitch.clone();
    allowed.allow = Some(cordboard_networks("10.0.0.5"));
    let unreachable = way_back(&allowed, "pbx1", ours, theirs);
    assert_says(
        &unreachable,
        &["127.0.0.1:8022 can be reached from this one only", "set freeswitch.esl_listen to 10.0.0.7:8022"],
    );
    assert_eq!(unreachable.iter().filter(|check| check.is_bad()).count(), 2);
    (allowed.esl_listen, allowed.audio_listen) =
        ("10.0.0.7:8022".parse().unwrap(), "10.0.0.7:8085".parse().unwrap());
    assert!(way_back(&allowed, "pbx1", ours, theirs).iter().all(|check| !check.is_bad()));

    let mut allowed = config.switches.freeswitch;
    allowed.allow = Some(cordboard_networks("fd00::5"));
    let (ours, theirs) = ("fd00::7".parse().unwrap(), "fd00::5".parse().unwrap());
    let unreachable = way_back(&allowed, "pbx1", ours, theirs);
    assert_says(&unreachable, &["set freeswitch.esl_listen to [fd00::7]:8022"]);
}

fn cordboard_networks(text: &str) -> crate::config::Networks {
    let environment = vec![("CORDBOARD_FREESWITCH__ALLOW".into(), text.into())];
    let config = Config::load(&Sources { environment, ..Sources::default() }).unwrap().config;
    config.switches.freeswitch.allow.unwrap()
}
