//! The report on an Asterisk that is set up well, and on others.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use cordboard_schema::wire::ami::Secret as AmiSecret;

use super::globals::{Global, judge_global};
use super::*;
use crate::command::doctor::report;
use crate::config::{Secret, Sources};

const CHALLENGE: &str = "840415273";

/// An Asterisk that has the user `cordboard` with the secret `tiger`.
#[derive(Clone)]
struct StandIn {
    /// Actions that the user may use, in addition to those that all users may.
    permitted: Vec<&'static str>,
    /// Modules that are not loaded.
    without: Vec<&'static str>,
    /// Values for `Getvar`.
    values: Vec<(&'static str, &'static str)>,
    /// Its music classes.
    music: Vec<&'static str>,
    /// Whether it sends events of the class `system`.
    tells_system: bool,
    /// Whether it sends events of the class `user`.
    tells_user: bool,
}

impl StandIn {
    /// Returns one that has everything that is needed.
    fn well() -> Self {
        let permitted = vec![
            "CoreShowChannels",
            "Redirect",
            "Originate",
            "CoreSettings",
            "ModuleCheck",
            "Getvar",
            "UserEvent",
            "GetConfig",
            "PJSIPShowEndpoint",
        ];
        let globals = [
            ("CORDBOARD_AUDIOSOCKET", "127.0.0.1:9092"),
            ("CORDBOARD_API", "http://127.0.0.1:8080"),
            ("CORDBOARD_TOKEN", "dial-token"),
        ];
        let places = [
            ("DIALPLAN_EXISTS(internal,2001,1)", "1"),
            ("DIALPLAN_EXISTS(cordboard-hold,caller,1)", "1"),
            ("DIALPLAN_EXISTS(cordboard-hold,person,1)", "1"),
            ("DIALPLAN_EXISTS(cordboard-hold,back,1)", "1"),
            ("DIALPLAN_EXISTS(cordboard-outbound,s,1)", "1"),
        ];
        let values = globals.into_iter().chain(places).collect();
        Self {
            permitted,
            without: Vec::new(),
            values,
            music: vec!["general", "default"],
            tells_system: true,
            tells_user: true,
        }
    }

    fn without_actions(actions: &[&str]) -> Self {
        let mut stand_in = Self::well();
        stand_in.permitted.retain(|action| !actions.contains(action));
        stand_in
    }

    fn with_value(name: &'static str, value: &'static str) -> Self {
        let mut stand_in = Self::well();
        stand_in.values.retain(|(known, _)| *known != name);
        stand_in.values.push((name, value));
        stand_in
    }

    fn start(self) -> SocketAddr {
        server(move |stream| {
            send(stream, "Asterisk Call Manager/11.0.0\r\n");
            while let Some(action) = next_action(stream) {
                self.answer(stream, &action);
            }
        })
    }

    fn answer(&self, stream: &mut TcpStream, action: &[(String, String)]) {
        let of = |name: &str| {
            action.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
        };
        let id = format!("ActionID: {}\r\n", of("ActionID"));
        let success = format!("Response: Success\r\n{id}");
        let error = |why: &str| format!("Response: Error\r\n{id}Message: {why}\r\n\r\n");
        let name = of("Action");
        if !["Challenge", "Login", "ListCommands"].contains(&name) && !self.permitted.contains(&name) {
            return send(stream, &error("Permission denied"));
        }
        match name {
            "Challenge" => send(stream, &format!("{success}Challenge: {CHALLENGE}\r\n\r\n")),
            "Login" => {
                let key = AmiSecret::new("tiger").unwrap().key_for(CHALLENGE);
                if of("Username") != "cordboard" || of("Key") != key.as_str() {
                    return send(stream, &error("Authentication failed"));
                }
                send(stream, &format!("{success}Message: Authentication accepted\r\n\r\n"));
                if self.tells_system {
                    send(
                        stream,
                        "Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n",
                    );
                }
            }
            "ListCommands" => {
                let lines: Vec<String> = self
                    .permitted
                    .iter()
                    .map(|name| format!("{name}: What it does.  (Priv: all)\r\n"))
                    .collect();
                send(stream, &format!("{success}{}\r\n", lines.concat()));
            }
            "CoreSettings" => send(stream, &format!("{success}AsteriskVersion: 22.10.1\r\n\r\n")),
            "ModuleCheck" if self.without.contains(&of("Module")) => {
                send(stream, &error("Module not loaded"))
            }
            "Getvar" => {
                let variable = of("Variable");
                let value = self.values.iter().find(|(known, _)| *known == variable);
                let value = value.map_or("", |(_, value)| value);
                send(stream, &format!("{success}Variable: {variable}\r\nValue: {value}\r\n\r\n"));
            }
            "GetConfig" => {
                let classes = self.music.iter().enumerate();
                let classes: String =
                    classes.map(|(number, class)| format!("Category-{number:06}: {class}\r\n")).collect();
                send(stream, &format!("{success}{classes}\r\n"));
            }
            "PJSIPShowEndpoint" if of("Endpoint") != "trunk" => {
                send(stream, &error(&format!("Unable to retrieve endpoint {}", of("Endpoint"))));
            }
            "UserEvent" => {
                send(stream, &format!("{success}Message: Event Sent\r\n\r\n"));
                if self.tells_user {
                    let event = of("UserEvent");
                    send(
                        stream,
                        &format!("Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: {event}\r\n\r\n"),
                    );
                }
            }
            _ => send(stream, &format!("{success}\r\n")),
        }
    }
}

fn server(mut converse: impl FnMut(&mut TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || converse(&mut listener.accept().unwrap().0));
    address
}

fn send(stream: &mut TcpStream, text: &str) {
    // The write may fail, because a client that has closed needs no answer.
    let _ = stream.write_all(text.as_bytes());
}

/// Returns the headers of one action; none at the end of the connection.
fn next_action(stream: &mut TcpStream) -> Option<Vec<(String, String)>> {
    let mut reader = BufReader::with_capacity(1, stream);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
            None => return Some(headers),
        }
    }
}

fn config_for(switch: SocketAddr, more: &[(&str, &str)]) -> Config {
    let (host, port) = (switch.ip().to_string(), switch.port().to_string());
    let of_switch = [
        ("CORDBOARD_ASTERISK__SERVERS__PBX1__HOST", &*host),
        ("CORDBOARD_ASTERISK__SERVERS__PBX1__PORT", &*port),
        ("CORDBOARD_ASTERISK__SERVERS__PBX1__USER", "cordboard"),
        ("CORDBOARD_ASTERISK__SERVERS__PBX1__SECRET", "tiger"),
    ];
    let environment = of_switch.iter().chain(more).map(|(name, value)| (name.into(), value.into())).collect();
    Config::load(&Sources { environment, ..Sources::default() }).unwrap().config
}

/// Names with our token, and one extension whose place exists.
fn named() -> Named {
    let extensions = vec![("operator".to_owned(), "internal,2001,1".parse().unwrap())];
    Named { dialplan_token: Some(Secret::new("dial-token")), extensions, agent_extensions: Vec::new() }
}

fn examined_checks(config: &Config) -> Vec<Check> {
    examine(config, &named())
}

fn examined(stand_in: StandIn) -> Vec<Check> {
    examined_checks(&config_for(stand_in.start(), &[]))
}

#[track_caller]
fn assert_says(checks: &[Check], parts: &[&str]) {
    let text = report(checks).to_string();
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
    assert!(!text.contains("tiger"), "{text}");
}

/// Asserts that the failed checks have these words, and that there are `count` of them.
#[track_caller]
fn assert_fails(checks: &[Check], parts: &[&str], count: usize) {
    let failed: Vec<Check> = checks.iter().filter(|check| check.is_bad()).cloned().collect();
    assert_says(&failed, parts);
    assert_eq!(failed.len(), count, "{failed:?}");
}

#[test]
fn an_asterisk_with_all_that_is_needed_is_good() {
    let checks = examined(StandIn::well());
    assert_fails(&checks, &[], 0);
    assert_says(
        &checks,
        &[
            "Asterisk 22.10.1 signs us in",
            "cordboard may do all that calls need",
            "pbx1 has chan_audiosocket, func_curl",
            "pbx1 has the places for holds",
            "pbx1 may come to 127.0.0.1:9092",
            "connects to http://127.0.0.1:8080",
            "the dialplan of pbx1 has ours",
            "pbx1 has the places of all 1",
            "pbx1 has the music class default",
        ],
    );
    assert!(examined_checks(&Config::default()).is_empty(), "without an Asterisk there is nothing to report");
}

#[test]
fn missing_permissions_are_named_as_manager_conf_writes_them() {
    let fix = "give [cordboard] of its manager.conf `read = system,call,user,agent,dtmf` and \
               `write = system,call,originate,user`";
    for (action, class) in [("CoreShowChannels", "system"), ("Redirect", "call"), ("Originate", "originate")]
    {
        let checks = examined(StandIn::without_actions(&[action]));
        assert_fails(&checks, &[&format!("the user cordboard lacks `write = {class}`"), fix], 1);
    }
    let deaf = examined(StandIn { tells_system: false, ..StandIn::well() });
    assert_fails(&deaf, &["the user cordboard lacks `read = system`", fix], 1);
    let deaf = examined(StandIn { tells_user: false, ..StandIn::well() });
    assert_fails(&deaf, &["the user cordboard lacks `read = user`", fix], 1);
}

#[test]
fn a_check_without_permission_is_no_failure() {
    let hidden = ["ModuleCheck", "Getvar", "UserEvent", "CoreSettings", "GetConfig", "PJSIPShowEndpoint"];
    let checks = examined(StandIn::without_actions(&hidden));
    assert_fails(&checks, &[], 0);
    assert_says(
        &checks,
        &["shows its modules only to a user with `write = system`", "lacks call, user or dtmf"],
    );
}

#[test]
fn a_missing_module_is_reported_with_its_purpose() {
    let without = vec!["chan_audiosocket", "app_amd"];
    let stand_in = StandIn { without, ..StandIn::well() };
    let checks = examined(stand_in.clone());
    assert_fails(&checks, &["pbx1 has no chan_audiosocket", "send callers to cordboard-application"], 1);
    let trunk = [("CORDBOARD_ASTERISK__SERVERS__PBX1__TRUNK", "PJSIP/{number}@trunk")];
    let checks = examined_checks(&config_for(stand_in.start(), &trunk));
    assert_fails(&checks, &["pbx1 has no app_amd", "module load app_amd"], 2);
}

#[test]
fn a_dialplan_without_our_places_or_addresses_is_reported() {
    let old = StandIn::with_value("DIALPLAN_EXISTS(cordboard-outbound,s,1)", "0");
    assert_fails(
        &examined(old),
        &["pbx1 has no cordboard-outbound,s,1", "deploy/asterisk/extensions.conf"],
        1,
    );
    let mute = StandIn::with_value("DIALPLAN_EXISTS(cordboard-hold,caller,1)", "");
    assert_fails(&examined(mute), &["DIALPLAN_EXISTS is missing", "module load func_dialplan"], 1);
    let unset = StandIn::with_value("CORDBOARD_API", "");
    assert_fails(
        &examined(unset),
        &["has no CORDBOARD_API", "write `CORDBOARD_API = http://127.0.0.1:8080` into its [globals]"],
        1,
    );
    let impatient = StandIn::with_value("CORDBOARD_RESUME_WINDOW", "20");
    assert_fails(
        &examined(impatient),
        &["callers of pbx1 wait for it for 20 s", "write `CORDBOARD_RESUME_WINDOW = 30`"],
        1,
    );
    assert_fails(&examined(StandIn::with_value("CORDBOARD_RESUME_WINDOW", "30")), &[], 0);
}

#[test]
fn configured_names_missing_on_the_switch_are_reported() {
    let other = examined(StandIn::with_value("CORDBOARD_TOKEN", "an-older-one"));
    assert_fails(&other, &["the dialplan of pbx1 has another one", "write `CORDBOARD_TOKEN = `"], 1);
    let text = report(&other).to_string();
    assert!(!text.contains("an-older-one") && !text.contains("dial-token"), "{text}");
    assert_fails(&examined(StandIn::with_value("CORDBOARD_TOKEN", "")), &["pbx1 has no CORDBOARD_TOKEN"], 1);

    let nowhere = StandIn::with_value("DIALPLAN_EXISTS(internal,2001,1)", "0");
    assert_fails(
        &examined(nowhere),
        &["the dialplan of pbx1 has no place for operator (internal,2001,1)"],
        1,
    );

    let silent = StandIn { music: vec!["general"], ..StandIn::well() };
    assert_fails(&examined(silent), &["pbx1 has no class default", "callers on hold hear silence"], 1);

    for (trunk, count) in [("PJSIP/{number}@trunk", 0), ("PJSIP/{number}@carrier", 1)] {
        let trunk = [("CORDBOARD_ASTERISK__SERVERS__PBX1__TRUNK", trunk)];
        let checks = examined_checks(&config_for(StandIn::well().start(), &trunk));
        let says = ["pbx1 has no endpoint carrier (Unable to retrieve endpoint carrier)"];
        assert_fails(&checks, &says[..count], count);
    }
    let nothing = examine(&config_for(StandIn::well().start(), &[]), &Named::default());
    assert_fails(&nothing, &[], 0);
}

#[test]
fn dialler_dialplans_must_lead_here_and_report_call_ends() {
    let dialled = Named { agent_extensions: vec!["8801".to_owned(), "8802".to_owned()], ..named() };
    let examined = |absent: &[&'static str]| {
        let mut stand_in = StandIn::well();
        stand_in.values.extend(absent.iter().map(|place| (*place, "0")));
        examine(&config_for(stand_in.start(), &[]), &dialled)
    };
    let well = examined(&[]);
    assert_fails(&well, &[], 0);
    assert_says(&well, &["pbx1 has the extensions of all remote agents", "reports ends of calls to it"]);

    // It is in the context of an OSdial or of a VICIdial.
    assert_fails(&examined(&["DIALPLAN_EXISTS(default,8802,1)"]), &[], 0);
    let lost = examined(&["DIALPLAN_EXISTS(osdial,8802,1)", "DIALPLAN_EXISTS(default,8802,1)"]);
    assert_fails(&lost, &["pbx1 has no 8802 in the contexts osdial and default"], 1);
    let nowhere = examined(&["DIALPLAN_EXISTS(cordboard-osdial,8801,1)"]);
    assert_fails(&nowhere, &["pbx1 has no context cordboard-osdial", "deploy/osdial/extensions.conf"], 1);
    let silent = examined(&["DIALPLAN_EXISTS(cordboard-hold,h,1)", "DIALPLAN_EXISTS(cordboard-call,h,1)"]);
    assert_fails(&silent, &["pbx1 has no `h` extension in cordboard-call, cordboard-hold"], 1);
}

#[test]
fn a_refused_sign_in_is_reported_with_its_fix() {
    let wrong = [("CORDBOARD_ASTERISK__SERVERS__PBX1__SECRET", "lion")];
    let checks = examined_checks(&config_for(StandIn::well().start(), &wrong));
    assert_says(
        &checks,
        &[
            "it refuses to sign us in: Authentication failed",
            "set asterisk.servers.pbx1.user and .secret",
            "`permit`",
        ],
    );
    assert_eq!(checks.len(), 1);
    assert!(!report(&checks).to_string().contains("lion"));
}

#[test]
fn a_failed_connection_is_reported_with_its_fix() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_fails(
        &examined_checks(&config_for(free, &[])),
        &["nobody answers", "`enabled = yes`", "`bindaddr`"],
        1,
    );

    let mail = server(|stream| send(stream, "220 mail.example ESMTP\r\n"));
    assert_fails(
        &examined_checks(&config_for(mail, &[])),
        &["no Asterisk manager interface", "servers.pbx1.port"],
        1,
    );

    let web = server(|stream| drop(next_action(stream)));
    assert_fails(&examined_checks(&config_for(web, &[])), &["sends nothing", "AMI speaks first"], 1);

    let gone = server(|_| {});
    assert_fails(&examined_checks(&config_for(gone, &[])), &["the connection broke"], 1);
}

#[test]
fn an_asterisk_on_another_machine_has_to_reach_us() {
    let (ours, theirs) = ("10.0.0.7".parse().unwrap(), "10.0.0.5".parse().unwrap());
    let refused = way_back(&Config::default(), "pbx1", ours, theirs);
    assert_says(
        &[refused],
        &["pbx1 connects from 10.0.0.5", "set audiosocket.allow to 127.0.0.0/8,::1/128,10.0.0.5"],
    );

    let here = "127.0.0.1:1".parse().unwrap();
    let mut config = config_for(here, &[("CORDBOARD_AUDIOSOCKET__ALLOW", "10.0.0.5")]);
    let unreachable = way_back(&config, "pbx1", ours, theirs);
    assert_says(
        &[unreachable],
        &["127.0.0.1:9092 can be reached from this one only", "set audiosocket.listen to 10.0.0.7:9092"],
    );

    config.legs.audiosocket.listen = "0.0.0.0:9092".parse().unwrap();
    assert_says(&[way_back(&config, "pbx1", ours, theirs)], &["pbx1 may come to 10.0.0.7:9092"]);

    let listen = config.legs.audiosocket.listen;
    let audio = Global {
        variable: "CORDBOARD_AUDIOSOCKET",
        setting: "audiosocket.listen",
        scheme: None,
        public: None,
        listen,
    };
    let judged = |value| judge_global("pbx1", &audio, Some(value), (ours, theirs), false);
    assert_fails(
        &[judged("127.0.0.1:9092")],
        &["connects to itself", "write `CORDBOARD_AUDIOSOCKET = 10.0.0.7:9092` into its [globals]"],
        1,
    );
    assert_fails(&[judged("cordboard.example:9092")], &[], 0);
}

/// Our HTTP address in the globals of a dialplan.
fn api(listen: SocketAddr, scheme: &str) -> Global<'_> {
    Global { variable: "CORDBOARD_API", setting: "http.listen", scheme: Some(scheme), public: None, listen }
}

#[test]
fn an_asterisk_over_ipv6_gets_addresses_in_brackets() {
    let (ours, theirs) = ("fd00::7".parse().unwrap(), "fd00::5".parse().unwrap());
    let here = "127.0.0.1:1".parse().unwrap();
    let config = config_for(here, &[("CORDBOARD_AUDIOSOCKET__ALLOW", "fd00::5")]);
    let unreachable = way_back(&config, "pbx1", ours, theirs);
    assert_fails(&[unreachable], &["set audiosocket.listen to [fd00::7]:9092"], 1);
    let fix = "set http.listen to [fd00::7]:8080; write `CORDBOARD_API = http://[fd00::7]:8080`";
    let judged = judge_global("pbx1", &api(config.http.listen, "http"), None, (ours, theirs), true);
    assert_fails(&[judged], &["has no CORDBOARD_API", fix], 1);
}

#[test]
fn another_machines_dialplan_is_led_to_no_loopback_port() {
    let (ours, theirs) = ("10.0.0.7".parse().unwrap(), "10.0.0.5".parse().unwrap());
    let global = api("127.0.0.1:8080".parse().unwrap(), "http");
    let judged = |value, is_free| judge_global("pbx1", &global, value, (ours, theirs), is_free);
    let fix = "set http.listen to 10.0.0.7:8080; write `CORDBOARD_API = http://10.0.0.7:8080`";
    assert_fails(&[judged(Some("http://127.0.0.1:8080"), true)], &["connects to itself", fix], 1);
    assert_fails(&[judged(None, true)], &["has no CORDBOARD_API", fix], 1);
    let named = Some("http://10.0.0.7:8080");
    let unreachable = "127.0.0.1:8080 can be reached from this machine only";
    assert_fails(&[judged(named, true)], &[unreachable, "set http.listen to 10.0.0.7:8080"], 1);
    assert_fails(&[judged(named, false), judged(Some("https://cordboard.example"), true)], &[], 0);
}

#[test]
fn a_dialplan_that_connects_to_a_closed_port_is_reported() {
    let here: IpAddr = "127.0.0.1".parse().unwrap();
    let judged = |listen: &str, value, is_free| {
        let global = api(listen.parse().unwrap(), "http");
        judge_global("pbx1", &global, Some(value), (here, here), is_free)
    };
    let moved = judged("127.0.0.1:8090", "http://127.0.0.1:8080", true);
    let fix = "write `CORDBOARD_API = http://127.0.0.1:8090`";
    assert_fails(&[moved], &["where nothing listens: http.listen is 127.0.0.1:8090", fix], 1);
    let outside_only = judged("10.0.0.7:8080", "http://localhost:8080", true);
    assert_fails(&[outside_only], &["write `CORDBOARD_API = http://10.0.0.7:8080`"], 1);
    let good = [
        // The server is not running yet.
        judged("127.0.0.1:8080", "http://127.0.0.1:8080", true),
        judged("0.0.0.0:8080", "http://localhost:8080", true),
        // Something that may lead here.
        judged("127.0.0.1:8090", "http://127.0.0.1:8080", false),
        judged("127.0.0.1:0", "http://127.0.0.1:8080", true),
    ];
    assert_fails(&good, &[], 0);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let stand_in = StandIn::with_value("CORDBOARD_AUDIOSOCKET", closed.to_string().leak());
    assert_fails(&examined(stand_in), &["where nothing listens: audiosocket.listen is 127.0.0.1:9092"], 1);
}

#[test]
fn a_dialplan_without_our_tls_is_reported() {
    let here: IpAddr = "127.0.0.1".parse().unwrap();
    let listen = "0.0.0.0:8443".parse().unwrap();
    let global = Global { public: Some("https://cordboard.example:8443"), ..api(listen, "https") };
    let judged = |value| judge_global("pbx1", &global, Some(value), (here, here), false);
    let fix = "write `CORDBOARD_API = https://cordboard.example:8443`";
    let plain = judged("http://127.0.0.1:8443");
    assert_fails(&[plain], &["this server speaks https there: it gets no answers", fix], 1);
    assert_fails(&[judged("https://cordboard.example:8443"), judged("https://localhost:8443/")], &[], 0);
}
