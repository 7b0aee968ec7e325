//! The shipped installation files: the settings that they name exist, and their version is the current one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use cordboard::config::{Config, FILE_VARIABLE, Sources, variable_of};
use cordboard_test_support::systemd::systemd_analyze;

use super::sources::root;

/// Folders with files that set Cordboard's variables. The dialplan's own variables have the same prefix, so files of a switch are not read.
const FOLDERS: [&str; 5] = [
    "deploy/docker",
    "deploy/systemd",
    "deploy/debian",
    "deploy/helm/cordboard",
    "deploy/helm/cordboard/templates",
];

/// Every variable that Cordboard reads: those of settings, and the one that names their file.
fn known() -> BTreeSet<String> {
    let settings = Config::default().list();
    let of_settings = settings.iter().map(|setting| variable_of(&setting.name));
    of_settings.chain([FILE_VARIABLE.to_owned()]).collect()
}

/// The variables of Cordboard in a text.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_');
    words
        .filter(|word| word.starts_with("CORDBOARD_") || matches!(*word, "DATABASE_URL" | "REDIS_URL"))
        .collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

#[test]
fn every_setting_in_shipped_files_exists() {
    let known = known();
    let unknown = |text: &str| named(text).into_iter().find(|name| !known.contains(*name)).map(str::to_owned);
    assert_eq!(
        unknown("ENV CORDBOARD_HTTP__LISTEN=0.0.0.0:8080 CORDBOARD_HTTP__LISTN=1"),
        Some("CORDBOARD_HTTP__LISTN".to_owned())
    );
    let (mut names, mut wrong) = (0, Vec::new());
    for folder in FOLDERS {
        let before = names;
        let files = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        for path in files.filter(|path| path.is_file()) {
            let text = fs::read_to_string(&path).unwrap();
            names += named(&text).len();
            wrong.extend(unknown(&text).map(|name| format!("{} names {name}", path.display())));
        }
        assert!(names > before || folder == "deploy/debian", "{folder} names no setting: has it moved?");
    }
    assert!(wrong.is_empty(), "settings that don't exist:\n{}", wrong.join("\n"));
}

#[test]
fn self_hosted_services_listen_where_cordboard_asks_them() {
    let (document, compose) = (read("deploy/self-hosted/README.md"), read("deploy/self-hosted/compose.yaml"));
    let settings = document.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cordboard.toml");
    fs::write(&file, settings).unwrap();
    let loaded = Config::load(&Sources { file: Some(file), ..Sources::default() }).unwrap();
    let cascade = loaded.config.voices.cascade;
    let places = [&cascade.recognizer_url, &cascade.llm_base_url, &cascade.speech_base_url];
    for place in places {
        let port = place.as_str().rsplit(':').next().and_then(|rest| rest.split('/').next()).unwrap();
        let bound = format!("ports: [\"127.0.0.1:{port}:{port}\"]");
        assert!(compose.contains(&bound), "{place:?} is not started, or is open to others");
    }
    let open = |line: &&str| line.trim_start().starts_with("ports:") && !line.contains("\"127.0.0.1:");
    assert_eq!(compose.lines().find(open), None, "none of them asks for a key");
    assert_eq!(compose.matches("ports:").count(), places.len());
}

/// Asterisk permits what no rule denies, and a rule for IPv4 says nothing about IPv6.
#[test]
fn the_manager_user_is_denied_both_families_of_addresses() {
    for path in ["deploy/asterisk/manager.conf", "docs/asterisk.md", "static/src/integrations/addresses.ts"] {
        let text = read(path);
        let denied = "\ndeny = 0.0.0.0/0.0.0.0\ndeny = ::/0\npermit = ";
        assert!(text.contains(denied), "{path} leaves the interface open to one of them");
    }
}

#[test]
fn the_chart_has_the_current_version() {
    let chart = read("deploy/helm/cordboard/Chart.yaml");
    for line in ["version", "appVersion"] {
        let line = format!("\n{line}: {}\n", env!("CARGO_PKG_VERSION"));
        assert!(chart.contains(&line), "{chart}");
    }
}

#[test]
fn every_value_of_the_chart_is_used() {
    let folder = root().join("deploy/helm/cordboard/templates");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let templates: String = files.map(|path| fs::read_to_string(path).unwrap()).collect();
    let values = read("deploy/helm/cordboard/values.yaml");
    let names: BTreeSet<&str> = values
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_alphabetic()))
        .filter_map(|line| Some(line.split_once(':')?.0))
        .collect();
    assert!(names.len() > 15, "{names:?}");
    let unused: Vec<&&str> =
        names.iter().filter(|name| !templates.contains(&format!(".Values.{name}"))).collect();
    assert!(unused.is_empty(), "no template has {unused:?}");
    // Its role at Amazon reaches the bucket of recordings.
    assert!(names.contains("serviceAccountName"), "{names:?}");
}

#[test]
fn the_package_has_the_current_version_and_its_files() {
    let entry = format!("cordboard ({}-1) ", env!("CARGO_PKG_VERSION"));
    assert!(read("deploy/debian/changelog").starts_with(&entry), "its changelog begins with another version");
    let manifest = read("Cargo.toml");
    let assets = manifest.split("\nassets = [\n").nth(1).and_then(|rest| rest.split("\n]\n").next()).unwrap();
    let sources = assets.lines().filter_map(|line| line.trim().strip_prefix("[\"")?.split('"').next());
    let sources: Vec<&str> = sources.filter(|source| !source.starts_with("target/")).collect();
    assert!(sources.contains(&"deploy/debian/cordboard.1"), "no manual page: {assets}");
    // Made after the build, by deploy/third-party-licences.mjs.
    let made = "deploy/debian/third-party-licences.txt";
    assert!(sources.contains(&made) && read(".gitignore").contains(made), "no licences: {assets}");
    for source in sources.into_iter().filter(|source| *source != made) {
        let place = source.split('*').next().unwrap();
        assert!(root().join(place).exists(), "{source} is packed and does not exist");
    }
}

#[test]
fn an_image_runs_unprivileged_and_checks_its_own_health() {
    let image = read("deploy/docker/Dockerfile");
    let last = image.rsplit("\nFROM ").next().unwrap();
    assert!(last.starts_with("scratch\n"), "wrong base image: {last}");
    for line in ["\nUSER 10001:10001\n", "CMD [\"/usr/bin/cordboard\", \"health\"]\n"] {
        assert!(last.contains(line), "{line:?} is missing in {last}");
    }
    let more = ["settings", "postgres", "webrtc", "asterisk"].map(|name| format!("compose.{name}.yaml"));
    for name in more.iter().map(String::as_str).chain(["compose.yaml"]) {
        assert!(read("deploy/docker/README.md").contains(name), "{name} is not documented");
    }
    assert!(read("deploy/docker/compose.settings.yaml").contains("env_file: cordboard.env\n"));
    for list in [".gitignore", ".dockerignore"] {
        assert!(read(list).contains("deploy/docker/cordboard.env\n"), "secrets get into what {list} keeps");
    }
    assert!(read("deploy/docker/compose.yaml").contains("read_only: true"));
    assert!(Path::new(root()).join("deploy/docker/make-root").exists());
    // Without a registry another tool builds the image, and it must be the same.
    let by_buildah = read("deploy/docker/make-image");
    for option in ["--user 10001:10001", "--healthcheck 'CMD /usr/bin/cordboard health'", "--format docker"] {
        assert!(by_buildah.contains(option), "{option} is missing in {by_buildah}");
    }
    let licences = "usr/share/doc/cordboard/third-party-licences.txt";
    assert!(image.contains(licences) && by_buildah.contains(licences), "licences are missing in one of them");
}

#[test]
fn an_image_names_every_port_that_the_server_may_open() {
    let (image, by_buildah) = (read("deploy/docker/Dockerfile"), read("deploy/docker/make-image"));
    let line = image.lines().find_map(|line| line.strip_prefix("EXPOSE ")).unwrap();
    let exposed: BTreeSet<&str> = line.split(' ').collect();
    let options = by_buildah.split("--port ").skip(1);
    let named: BTreeSet<&str> = options.filter_map(|rest| rest.split_whitespace().next()).collect();
    assert_eq!(exposed, named);
    let mut ports = Vec::new();
    for setting in Config::default().list().iter().filter(|setting| setting.name.ends_with("listen")) {
        let port = setting.value.rsplit(':').next().unwrap();
        ports.push(port.to_owned());
        if setting.name == "webrtc.listen" {
            ports.push(format!("{port}/udp"));
        }
    }
    assert_eq!(exposed, ports.iter().map(String::as_str).collect());
}

#[test]
fn systemd_opens_the_ports_that_the_server_opens_by_itself() {
    const SETTINGS: [&str; 4] =
        ["http.listen", "audiosocket.listen", "freeswitch.esl_listen", "freeswitch.audio_listen"];
    let unit = read("deploy/systemd/cordboard.socket");
    let opened: BTreeSet<&str> = unit.lines().filter_map(|line| line.strip_prefix("ListenStream=")).collect();
    let listed = Config::default().list();
    let own = listed.iter().filter(|setting| SETTINGS.contains(&setting.name.as_str()));
    assert_eq!(opened, own.map(|setting| setting.value.as_str()).collect());
}

#[test]
fn kubernetes_and_systemd_wait_as_long_for_a_start() {
    let number = |text: &str, name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
        value.trim_end_matches("min").parse::<u64>().unwrap()
    };
    let minutes = number(&read("deploy/systemd/cordboard.service"), "TimeoutStartSec=");
    assert_eq!(number(&read("deploy/helm/cordboard/values.yaml"), "startSeconds: "), minutes * 60);
    let probe = "periodSeconds: 5\n            failureThreshold: {{ div (int .Values.startSeconds) 5 }}\n";
    assert!(read("deploy/helm/cordboard/templates/statefulset.yaml").contains(probe));
}

#[test]
fn every_service_of_the_chart_reaches_a_busy_server() {
    let services = read("deploy/helm/cordboard/templates/services.yaml");
    let all: Vec<&str> = services.split("kind: Service\n").skip(1).collect();
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|service| service.contains("\n  publishNotReadyAddresses: true\n")), "{services}");
}

#[test]
fn a_package_upgrade_restarts_the_server_keeping_ports_open() {
    assert!(read("Cargo.toml").contains("restart-after-upgrade = false, stop-on-upgrade = false"));
    let script = read("deploy/debian/postinst");
    let commands = script.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let restarts: Vec<&str> = commands.filter(|line| line.contains("restart")).collect();
    assert_eq!(restarts, ["deb-systemd-invoke try-restart cordboard.service >/dev/null || true"]);
}

/// Contexts that a dialplan defines; those that it only extends don't count.
fn contexts(dialplan: &str) -> Vec<&str> {
    dialplan.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']')).collect()
}

/// Without it, calls that end there stay in the dialler's tables, and their lines get no other call.
#[test]
fn every_context_has_the_diallers_hangup_and_a_doctors_check() {
    assert_eq!(contexts("[a]\nexten => s,1,Hangup()\n[b](+)\n[c]\n"), ["a", "c"]);
    let (own, diallers) = (read("deploy/asterisk/extensions.conf"), read("deploy/osdial/extensions.conf"));
    let doctor = read("src/command/doctor/asterisk/named.rs");
    let end = "cordboard-osdial-hangup";
    let all: Vec<&str> =
        contexts(&own).into_iter().chain(contexts(&diallers)).filter(|name| *name != end).collect();
    assert!(all.len() >= 10, "only {all:?}: have they moved?");
    for name in all {
        assert!(
            diallers.contains(&format!("[{name}](+)\ninclude => {end}\n")),
            "{name} has no `h` extension"
        );
        assert!(doctor.contains(&format!("\"{name}\"")), "the doctor does not check {name}");
    }
}

/// Whether systemd's own analysis gives this unit an exposure of 2.0 at most, and its output.
fn is_hardened(unit: &str) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cordboard.service"), unit).unwrap();
    // Tenths.
    let arguments = ["security", "--offline=true", "--threshold=20", "--no-pager", "./cordboard.service"];
    let judged = systemd_analyze(folder.path(), &arguments).unwrap();
    let said = [judged.stdout, judged.stderr].concat();
    (judged.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn the_unit_s_exposure_is_at_most_2_0() {
    let unit = read("deploy/systemd/cordboard.service");
    let (is_hardened_as_shipped, said) = is_hardened(&unit);
    assert!(
        is_hardened_as_shipped && said.contains("Overall exposure level for cordboard.service"),
        "{said}"
    );
    let loose: String =
        unit.lines().filter(|line| !line.starts_with("SystemCall")).map(|line| format!("{line}\n")).collect();
    let (is_hardened_without_a_filter, said) = is_hardened(&loose);
    assert!(!is_hardened_without_a_filter, "the analysis shows no difference: {said}");
}

#[test]
fn the_unit_uses_what_the_server_tells_systemd() {
    let unit = read("deploy/systemd/cordboard.service");
    let has = |line: &str| unit.lines().any(|found| found == line);
    // Its messages, its watchdog, audio threads with priority, calls that finish before a stop, and restarts until it runs, except after wrong
    // settings.
    for line in [
        "Type=notify",
        "WatchdogSec=30",
        "LimitNICE=-10",
        "Restart=always",
        "StartLimitIntervalSec=0",
        "RestartPreventExitStatus=2",
        "KillMode=mixed",
        "DynamicUser=yes",
    ] {
        assert!(has(line), "{line} is missing");
    }
    let drain = Config::default().calls.drain_timeout_s.duration().as_secs();
    let stop = unit.lines().find_map(|line| line.strip_prefix("TimeoutStopSec=")).unwrap();
    assert!(stop.parse::<u64>().unwrap() > drain + 10, "{stop} s are too few for a drain of {drain} s");
}

#[test]
fn the_upgrade_notes_have_this_version() {
    let notes = read("docs/operations.md");
    let notes = notes.split("\n## Upgrades\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    assert!(
        notes.contains(&format!("\n| {} | ", env!("CARGO_PKG_VERSION"))),
        "nothing to know before it? {notes}"
    );
}
