//! The contents of a support bundle, and above all what it leaves out.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use flate2::read::GzDecoder;
use serde_json::Value;

use super::{FREE_PORTS, Server, addresses_of, cordboard, stderr, stdout, store_a_call};

/// Secrets, numbers and words in an installation.
const PLANTED: [(&str, &str); 13] = [
    ("CORDBOARD_ADMIN_TOKEN", "planted-admin-token"),
    ("CORDBOARD_DIALPLAN_TOKEN", "planted-dialplan-token"),
    ("CORDBOARD_SECRET_KEY", "planted-secret-key-of-32-characters"),
    ("CORDBOARD_SMTP__HOST", "127.0.0.1"),
    ("CORDBOARD_SMTP__FROM", "planted-ada@example.com"),
    ("CORDBOARD_SMTP__USER", "calls"),
    ("CORDBOARD_SMTP__PASSWORD", "planted-mail-password"),
    ("OPENAI_API_KEY", "planted-openai-key"),
    ("CORDBOARD_EXTENSIONS__ADA", "internal,+49301112223,1"),
    ("CORDBOARD_DIAL_POLICY__NUMBERS_ALLOWED", "+49301114445"),
    ("CORDBOARD_FREESWITCH__SERVERS__PBX1__HOST", "127.0.0.1"),
    ("CORDBOARD_FREESWITCH__SERVERS__PBX1__PORT", "1"),
    ("CORDBOARD_FREESWITCH__SERVERS__PBX1__PASSWORD", "planted-switch-password"),
];

/// The numbers in the settings, and the number and words of the stored call.
const TOLD_NOWHERE: [&str; 4] = ["49301112223", "49301114445", "49301234", "would like a table"];

/// The files in a bundle.
fn members(path: &Path) -> Vec<(String, String)> {
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(path).unwrap()));
    let read = |member: std::io::Result<tar::Entry<'_, GzDecoder<File>>>| {
        let mut member = member.unwrap();
        let mut text = String::new();
        let name = member.path().unwrap().display().to_string();
        member.read_to_string(&mut text).unwrap();
        (name, text)
    };
    archive.entries().unwrap().map(read).collect()
}

#[test]
fn a_support_bundle_describes_the_installation_but_not_its_callers() {
    let folder = tempfile::tempdir().unwrap();
    store_a_call(folder.path());
    let mut server = Server::start(folder.path(), &PLANTED);
    let http = addresses_of(&mut server)["http"].as_str().unwrap().to_owned();
    let settings = [&PLANTED[..], &[("CORDBOARD_HTTP__LISTEN", http.as_str())]].concat();
    let bundle = folder.path().join("support.tar.gz");
    let made = cordboard(folder.path(), &["support-bundle", "support.tar.gz"], &settings);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));

    let members = members(&bundle);
    let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    let expected =
        ["about.json", "doctor.json", "settings.json", "database.json", "readyz.json", "metrics.txt"];
    assert_eq!(names, expected);
    let text = |name: &str| &members.iter().find(|(member, _)| member == name).unwrap().1;
    let json = |name: &str| serde_json::from_str::<Value>(text(name)).unwrap();
    assert_eq!(json("database.json")["rows"]["calls"], 1);
    assert_eq!(json("database.json")["state"], "current");
    assert_eq!(json("settings.json")["smtp.password"]["value"], "set");
    assert_eq!(json("settings.json")["smtp.from"]["value"], "[address]");
    assert_eq!(json("settings.json")["http.listen"]["value"], http.as_str());
    assert!(json("doctor.json")["checks"].as_array().unwrap().len() > 5);
    assert!(text("metrics.txt").contains("cordboard_build_info"), "{}", text("metrics.txt"));

    let values = PLANTED.iter().map(|(_, value)| *value).filter(|value| value.starts_with("planted"));
    let made_by_itself = ["admin_token", "dialplan_token", "secret.key"];
    let kept: Vec<String> = made_by_itself
        .iter()
        .filter_map(|name| fs::read_to_string(folder.path().join("cordboard-data").join(name)).ok())
        .map(|secret| secret.trim().to_owned())
        .collect();
    for planted in values.chain(TOLD_NOWHERE).chain(kept.iter().map(String::as_str)) {
        for (name, text) in &members {
            assert!(!text.contains(planted), "{planted} is in {name}:\n{text}");
        }
    }
    let again = cordboard(folder.path(), &["support-bundle", "support.tar.gz"], &settings);
    assert_eq!(again.status.code(), Some(1), "a file was overwritten");
}

#[test]
fn a_support_bundle_is_made_even_if_nothing_works() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("cordboard-data")).unwrap();
    fs::write(folder.path().join("cordboard-data/cordboard.db"), "Dear Sir or Madam, ".repeat(100)).unwrap();
    // No user can read a folder as a file.
    fs::create_dir(folder.path().join("cordboard-data/admin_token")).unwrap();
    // It is written to a pipe, for a service's user who may not write files elsewhere.
    let made = cordboard(folder.path(), &["support-bundle", "-"], &[]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    assert!(!folder.path().join("-").exists());
    let bundle = folder.path().join("support.tar.gz");
    fs::write(&bundle, &made.stdout).unwrap();
    let members = members(&bundle);
    let text = |name: &str| &members.iter().find(|(member, _)| member == name).unwrap().1;
    assert!(text("database.json").contains("not a database"), "{}", text("database.json"));
    assert!(text("doctor.json").contains("admin_token can't be read"), "{}", text("doctor.json"));
}

#[test]
fn the_doctor_prints_json_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap().to_string();
    let settings = [&FREE_PORTS[..], &[("CORDBOARD_AUDIOSOCKET__LISTEN", address.as_str())]].concat();
    let output = cordboard(folder.path(), &["doctor", "--json"], &settings);
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(told["ok"], false);
    let check = |subject: &str| {
        told["checks"].as_array().unwrap().iter().find(|check| check["subject"] == subject).unwrap().clone()
    };
    assert_eq!(
        check("configuration"),
        serde_json::json!({"subject": "configuration", "ok": true, "found": "valid", "fix": null})
    );
    let bad = check("audiosocket port");
    assert_eq!(bad["ok"], false);
    assert!(bad["fix"].as_str().unwrap().contains("set audiosocket.listen to another port"), "{bad}");
}

#[test]
fn health_distinguishes_a_running_server_from_an_absent_one() {
    let folder = tempfile::tempdir().unwrap();
    // As with a proxy in front of it, when requests from this machine are not the operator's.
    let public = ("CORDBOARD_HTTP__PUBLIC_BASE_URL", "https://calls.example.com");
    let mut server = Server::start(folder.path(), &[public]);
    let http = addresses_of(&mut server)["http"].as_str().unwrap().to_owned();
    let at = [("CORDBOARD_HTTP__LISTEN", http.as_str()), public];
    let up = cordboard(folder.path(), &["health"], &at);
    assert_eq!((up.status.code(), stdout(&up).as_str()), (Some(0), "cordboard ok\n"), "{}", stderr(&up));
    let ready = cordboard(folder.path(), &["health", "--ready"], &at);
    assert_eq!(ready.status.code(), Some(0), "{}", stderr(&ready));
    let told: Value = serde_json::from_str(&stdout(&ready)).unwrap();
    assert_eq!(told["reasons"], serde_json::json!([]), "the reasons are not shown");
    drop(server);
    let down = cordboard(folder.path(), &["health"], &at);
    assert_eq!(down.status.code(), Some(1));
    for part in [format!("http://{http} does not answer"), "does `cordboard serve` run there?".to_owned()] {
        assert!(stderr(&down).contains(&part), "{}", stderr(&down));
    }
}
