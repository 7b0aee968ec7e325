//! Databases of other versions, as operators meet them after an upgrade or a downgrade.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use cordboard::config::{Database, PostgresUrl};
use cordboard::store::{Connection, DatabaseState, StoreSettings, check, migrate};
use cordboard_test_support::postgres::{empty_database, shared};
use cordboard_test_support::waiting::wait_until;
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{Integer, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::{FREE_PORTS, Server, addresses_of, cordboard, stderr, stdout, store_a_call};

/// The time limit.
const LIMIT: Duration = Duration::from_secs(60);

/// A current database, with its DATABASE_URL.
struct Kept {
    url: String,
    settings: StoreSettings,
}

impl Kept {
    /// One of each kind.
    fn both(folder: &Path) -> [Self; 2] {
        let both = Self::empty(folder, "kept.db");
        for kept in &both {
            migrate(&kept.settings).unwrap();
        }
        both
    }

    /// One of each kind, without tables; that of SQLite has this name.
    fn empty(folder: &Path, name: &str) -> [Self; 2] {
        let file = folder.join(name);
        let url = shared().unwrap().url(&empty_database().unwrap(), "?sslmode=disable");
        let postgres = StoreSettings::of(Database::Postgres(PostgresUrl::parse(&url).unwrap()));
        let sqlite = Self { url: format!("sqlite:{}", file.display()), settings: StoreSettings::file(&file) };
        [sqlite, Self { url, settings: postgres }]
    }

    fn connection(&self) -> Connection {
        match self.url.strip_prefix("sqlite:") {
            Some(path) => Connection::Sqlite(SqliteConnection::establish(path).unwrap()),
            None => Connection::Postgres(PgConnection::establish(&self.url).unwrap()),
        }
    }

    /// Changes it as another version would have.
    fn change(&self, statements: &str) {
        self.connection().batch_execute(statements).unwrap();
    }

    /// The exit code and the output of a command for it.
    fn ask(&self, folder: &Path, words: &[&str]) -> (Option<i32>, String) {
        let settings = [&FREE_PORTS[..], &[("DATABASE_URL", self.url.as_str())]].concat();
        let output = cordboard(folder, words, &settings);
        (output.status.code(), format!("{}{}", stdout(&output), stderr(&output)))
    }

    /// The exit code and the output of the command that creates a user with this address.
    fn add_user(&self, folder: &Path, email: &str) -> (Option<i32>, String) {
        let mut adding = Command::new(env!("CARGO_BIN_EXE_cordboard"))
            .args(["user", "add", email, "--name", "Ada"])
            .current_dir(folder)
            .env_clear()
            .envs(FREE_PORTS)
            .env("DATABASE_URL", &self.url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that refuses has not waited for it.
        let _ = adding.stdin.take().unwrap().write_all(b"a pass phrase of Ada's\n");
        let output = adding.wait_with_output().unwrap();
        (output.status.code(), format!("{}{}", stdout(&output), stderr(&output)))
    }

    /// A process that migrates it.
    fn migrating(&self, folder: &Path) -> Server {
        Server(
            Command::new(env!("CARGO_BIN_EXE_cordboard"))
                .arg("migrate")
                .current_dir(folder)
                .env_clear()
                .envs(FREE_PORTS)
                .env("DATABASE_URL", &self.url)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        )
    }

    /// How many migrations still have to run; none if another process keeps us from reading that.
    fn left(&self) -> Option<usize> {
        match check(&self.settings).ok()? {
            DatabaseState::Missing => None,
            DatabaseState::Current => Some(0),
            DatabaseState::Pending(names) => Some(names.len()),
            DatabaseState::Newer(unknown) => panic!("{unknown}"),
        }
    }

    /// Its tables, indexes and triggers.
    fn shape(&self) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Part {
            #[diesel(sql_type = Text)]
            part: String,
        }
        let parts = match self.url.starts_with("sqlite:") {
            true => "SELECT sql AS part FROM sqlite_master WHERE sql IS NOT NULL",
            false => {
                "SELECT CAST(table_name || '.' || column_name || ' ' || data_type AS TEXT) COLLATE \"C\" AS part \
                 FROM information_schema.columns WHERE table_schema = 'public' \
                 UNION ALL SELECT indexdef COLLATE \"C\" FROM pg_indexes WHERE schemaname = 'public' \
                 UNION ALL SELECT CAST(tgname AS TEXT) COLLATE \"C\" FROM pg_trigger WHERE NOT tgisinternal"
            }
        };
        let rows: Vec<Part> = diesel::sql_query(parts).load(&mut self.connection()).unwrap();
        let mut parts: Vec<String> = rows.into_iter().map(|row| row.part).collect();
        parts.sort();
        parts
    }
}

#[test]
fn a_newer_database_is_refused_unchanged_naming_the_needed_version() {
    let folder = tempfile::tempdir().unwrap();
    for kept in Kept::both(folder.path()) {
        kept.change(
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000'); \
             INSERT INTO __cordboard_migrated_by (migration, cordboard) VALUES ('29990101000000', '7.0.0')",
        );
        let commands: [&[&str]; 4] = [&["serve"], &["migrate"], &["migrate", "--plan"], &["doctor"]];
        for words in commands {
            let (code, said) = kept.ask(folder.path(), words);
            assert_eq!(code, Some(1), "{words:?}: {said}");
            for part in ["Cordboard 7.0.0 made them, and this is 0.1.0", "start Cordboard 7.0.0 or newer"] {
                assert!(said.contains(part), "{words:?}: {said}");
            }
        }
        let DatabaseState::Newer(unknown) = check(&kept.settings).unwrap() else {
            panic!("{} was changed", kept.url)
        };
        assert_eq!(unknown.migrations, ["29990101000000"]);
    }
}

/// Copies a backup as a version with one more migration would have made it.
fn backup_of_newer(backup: &Path, newer: &Path) {
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(backup).unwrap()));
    let mut copy = tar::Builder::new(GzEncoder::new(File::create(newer).unwrap(), Compression::fast()));
    for member in archive.entries().unwrap() {
        let mut member = member.unwrap();
        let (mut header, name) = (member.header().clone(), member.path().unwrap().into_owned());
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        if name == Path::new("manifest.json") {
            let mut manifest: Value = serde_json::from_slice(&bytes).unwrap();
            manifest["version"] = "7.0.0".into();
            manifest["migrations"].as_array_mut().unwrap().push("29990101000000".into());
            bytes = manifest.to_string().into_bytes();
            header.set_size(bytes.len() as u64);
        }
        copy.append_data(&mut header, &name, bytes.as_slice()).unwrap();
    }
    copy.into_inner().unwrap().finish().unwrap();
}

#[test]
fn a_newer_backup_is_refused_and_nothing_is_restored() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    store_a_call(from.path());
    let made = cordboard(from.path(), &["backup", "backup.tar.gz"], &[]);
    assert!(made.status.success(), "{}", stderr(&made));
    backup_of_newer(&from.path().join("backup.tar.gz"), &to.path().join("newer.tar.gz"));
    let commands: [&[&str]; 2] = [&["restore", "newer.tar.gz"], &["restore", "--check", "newer.tar.gz"]];
    for words in commands {
        let refused = cordboard(to.path(), words, &[]);
        let said = stderr(&refused);
        assert_eq!(refused.status.code(), Some(1), "{words:?}: {said}");
        assert!(said.contains("start Cordboard 7.0.0 or newer"), "{words:?}: {said}");
        assert!(!to.path().join("cordboard-data/cordboard.db").exists(), "{words:?}");
    }
}

#[test]
fn the_plan_names_what_migrate_then_runs_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for kept in Kept::both(folder.path()) {
        kept.change(
            "DROP INDEX recordings_of_organization; \
             DELETE FROM __diesel_schema_migrations WHERE version = '20261130000183'",
        );
        let behind = DatabaseState::Pending(vec!["2026-11-30-000183_recordings_of_organizations".to_owned()]);
        for _ in 0..2 {
            let (code, said) = kept.ask(folder.path(), &["migrate", "--plan"]);
            assert_eq!(code, Some(0), "{said}");
            assert!(
                said.starts_with(
                    "would run 2026-11-30-000183_recordings_of_organizations\nit holds 0 calls: "
                ),
                "{said}"
            );
            assert_eq!(check(&kept.settings).unwrap(), behind);
        }
        let (code, said) = kept.ask(folder.path(), &["migrate"]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.starts_with("ran 2026-11-30-000183_recordings_of_organizations\n"), "{said}");
        let (_, said) = kept.ask(folder.path(), &["migrate", "--plan"]);
        assert!(said.ends_with("is up to date: nothing would be done\n"), "{said}");
    }
}

#[test]
fn a_database_is_migrated_only_after_its_server_stops() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), &[]);
    addresses_of(&mut server);
    let file = folder.path().join("cordboard-data/cordboard.db");
    let kept = Kept { url: format!("sqlite:{}", file.display()), settings: StoreSettings::file(file) };
    let (code, said) = kept.ask(folder.path(), &["migrate"]);
    assert_eq!(code, Some(0), "there is nothing to do: {said}");
    let (code, said) = kept.add_user(folder.path(), "ada@example.com");
    assert_eq!(code, Some(0), "there is nothing to change: {said}");
    kept.change(
        "PRAGMA busy_timeout = 5000; \
         DROP INDEX recordings_of_organization; \
         DELETE FROM __diesel_schema_migrations WHERE version = '20261130000183'",
    );
    // As when the data folder is not named: then it is one in the working directory.
    let elsewhere = tempfile::tempdir().unwrap();
    for (code, said) in [
        kept.ask(folder.path(), &["migrate"]),
        kept.ask(elsewhere.path(), &["migrate"]),
        kept.add_user(folder.path(), "eve@example.com"),
        kept.add_user(elsewhere.path(), "eve@example.com"),
    ] {
        assert_eq!(code, Some(1), "{said}");
        assert!(
            said.contains("a running server writes its calls to") && said.contains("stop that server first"),
            "{said}"
        );
    }
    assert_eq!(kept.left(), Some(1));
    let replay = ["replay", "019a9f0e-7c11-7d3a-9d2e-0c5b8f0e6a11"];
    let (code, said) = kept.ask(folder.path(), &replay);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("use `replay` of that version") && !said.contains("run `cordboard migrate`"),
        "{said}"
    );

    drop(server);
    let (_, said) = kept.ask(folder.path(), &replay);
    assert!(said.contains("is of an older version; run `cordboard migrate`"), "{said}");
    let (code, said) = kept.add_user(folder.path(), "eve@example.com");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(kept.left(), Some(0));
    let (code, said) = kept.ask(folder.path(), &["migrate"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.ends_with(" was up to date already\n"), "{said}");
}

#[test]
fn a_repeatedly_killed_migration_continues_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let undisturbed = Kept::both(folder.path());
    for (kept, undisturbed) in Kept::empty(folder.path(), "killed.db").iter().zip(&undisturbed) {
        let mut left = usize::MAX;
        while left > 0 {
            let mut migrating = kept.migrating(folder.path());
            // One more has run: the process is in the next one, or has not begun it.
            let fewer = || kept.left().filter(|now| *now < left);
            left = wait_until("one more migration", LIMIT, fewer).unwrap();
            migrating.0.kill().unwrap();
            migrating.0.wait().unwrap();
        }
        let (code, said) = kept.ask(folder.path(), &["migrate"]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.ends_with(" was up to date already\n"), "{said}");
        assert_eq!(kept.shape(), undisturbed.shape(), "{}", kept.url);
    }
}

#[test]
fn a_servers_file_is_refused_to_other_data_folders() {
    let room = tempfile::tempdir().unwrap();
    let [folder, elsewhere] = ["of-the-server", "elsewhere"].map(|name| {
        let folder = room.path().join(name);
        fs::create_dir(&folder).unwrap();
        folder
    });
    fs::write(elsewhere.join("backup.tar.gz"), "never read").unwrap();
    let moved = format!("sqlite:{}", room.path().join("moved.db").display());
    let usual = folder.join("cordboard-data/cordboard.db");
    let named = room.path().join("databases/calls.db");
    for file in [usual, named] {
        let url = format!("sqlite:{}", file.display());
        let mut server = Server::start(&folder, &[("DATABASE_URL", url.as_str())]);
        addresses_of(&mut server);
        let kept = Kept { url, settings: StoreSettings::file(&file) };
        let holder = format!(
            "the database {} is in use by another Cordboard process (process {}); stop that one, or set DATABASE_URL",
            file.display(),
            server.0.id()
        );
        let move_out = ["move", "--to", moved.as_str()];
        for words in [&["serve"][..], &["restore", "backup.tar.gz"], &move_out] {
            let (code, said) = kept.ask(&elsewhere, words);
            assert_eq!(code, Some(1), "{words:?}: {said}");
            assert!(said.contains(&holder), "{words:?}: {said}");
        }
        let (code, said) = kept.ask(&elsewhere, &["doctor"]);
        assert_eq!(code, Some(1), "{said}");
        let in_use = format!("{} is in use by another Cordboard process", file.display());
        assert!(said.contains(&in_use), "{said}");
        let own = stdout(&cordboard(&folder, &["doctor"], &[("DATABASE_URL", kept.url.as_str())]));
        assert!(!own.contains("is in use by another Cordboard process"), "{own}");
        // Other files next to it stay unchanged.
        let (code, said) = kept.ask(&elsewhere, &["backup", "beside.tar.gz"]);
        assert_eq!(code, Some(0), "{said}");
        fs::remove_file(elsewhere.join("beside.tar.gz")).unwrap();
        drop(server);
        let (code, said) = kept.ask(&elsewhere, &move_out);
        assert_eq!(code, Some(0), "{said}");
        fs::remove_file(room.path().join("moved.db")).unwrap();
    }
}

/// Sessions of a database that hold its lock of servers, by process.
fn lock_holders(kept: &Kept) -> Vec<i32> {
    lock_sessions(kept, "granted")
}

/// Sessions of a database that hold its lock of servers, or wait for it.
fn lock_sessions(kept: &Kept, which: &str) -> Vec<i32> {
    #[derive(QueryableByName)]
    struct Holder {
        #[diesel(sql_type = Integer)]
        process: i32,
    }
    // The two halves of its key.
    let (high, low) = (0x0063_6f72, 0x6462_6f63);
    let query = format!(
        "SELECT pid AS process FROM pg_locks WHERE locktype = 'advisory' AND {which} \
         AND classid = {high} AND objid = {low} \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    );
    let holders: Vec<Holder> = diesel::sql_query(query).load(&mut kept.connection()).unwrap();
    holders.into_iter().map(|holder| holder.process).collect()
}

#[test]
fn a_servers_postgresql_is_refused_to_others_until_it_ends() {
    let room = tempfile::tempdir().unwrap();
    let [folder, elsewhere, behind] = ["of-the-server", "elsewhere", "behind"].map(|name| {
        let folder = room.path().join(name);
        fs::create_dir(&folder).unwrap();
        folder
    });
    let [_, kept] = Kept::empty(room.path(), "none.db");
    let mut server = Server::start(&folder, &[("DATABASE_URL", kept.url.as_str())]);
    addresses_of(&mut server);
    let holders = lock_holders(&kept);
    let [holder] = holders[..] else { panic!("one session has the lock: {holders:?}") };

    // A signal stops a server that waits for the first to end.
    let mut waits = Server::start(&elsewhere, &[("DATABASE_URL", kept.url.as_str())]);
    let is_waiting = || (!lock_sessions(&kept, "NOT granted").is_empty()).then_some(());
    wait_until("a server that waits", LIMIT, is_waiting).unwrap();
    let sent = Command::new("kill").args(["-TERM", &waits.0.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let ended = waits.0.wait().unwrap();
    assert!(ended.success(), "{ended}");

    // Without a signal it is refused when the first does not end.
    let (code, said) = kept.ask(&elsewhere, &["serve"]);
    assert_eq!(code, Some(1), "{said}");
    for part in [
        format!("is in use by another Cordboard server, by process {holder} of PostgreSQL (`cordboard`"),
        "stop that server, or set DATABASE_URL to another database".to_owned(),
        format!("`SELECT pg_terminate_backend({holder})` frees the database"),
    ] {
        assert!(said.contains(&part), "{part:?} is not in {said}");
    }
    let note = elsewhere.join("cordboard-data/another-server");
    assert!(note.exists(), "its next start leaves a free database to the first server");
    let (_, said) = kept.ask(&elsewhere, &["doctor"]);
    let taken = said.lines().find(|line| line.contains("is in use by another Cordboard server")).unwrap();
    assert!(taken.contains(" ok ") && taken.contains("stands by, and starts once that one ends"), "{said}");
    let (code, said) = kept.ask(&elsewhere, &["backup", "beside.tar.gz"]);
    assert_eq!(code, Some(0), "a backup changes nothing: {said}");
    let (code, said) = kept.add_user(&elsewhere, "ada@example.com");
    assert_eq!(code, Some(0), "a user is created at the same time: {said}");

    // A killed server leaves the database at once. Over TLS if the server supports it, through the tunnel.
    let through_tunnel = kept.url.replace("?sslmode=disable", "");
    let mut next = Server::start(&behind, &[("DATABASE_URL", through_tunnel.as_str())]);
    server.0.kill().unwrap();
    server.0.wait().unwrap();
    addresses_of(&mut next);

    // Its session is lost, as when PostgreSQL restarts: it opens another one.
    let holders = lock_holders(&kept);
    let [lost] = holders[..] else { panic!("one session has the lock: {holders:?}") };
    assert_ne!(lost, holder);
    kept.change(&format!("SELECT pg_terminate_backend({lost})"));
    let again = || lock_holders(&kept).into_iter().find(|process| *process != lost);
    wait_until("another session with the lock", LIMIT, again).unwrap();
}

/// The engineer of a second machine would be told that nothing keeps a server there from starting.
#[test]
fn the_doctor_names_the_server_that_has_a_postgresql() {
    let room = tempfile::tempdir().unwrap();
    let [folder, elsewhere] = ["of-the-server", "elsewhere"].map(|name| {
        let folder = room.path().join(name);
        fs::create_dir(&folder).unwrap();
        folder
    });
    let [_, kept] = Kept::empty(room.path(), "none.db");
    let mut server = Server::start(&folder, &[("DATABASE_URL", kept.url.as_str())]);
    let http = addresses_of(&mut server)["http"].as_str().unwrap().to_owned();
    let holders = lock_holders(&kept);
    let [holder] = holders[..] else { panic!("one session has the lock: {holders:?}") };
    let (code, said) = kept.ask(&elsewhere, &["doctor"]);
    assert_eq!(code, Some(1), "{said}");
    for part in [
        format!("is in use by another Cordboard server, by process {holder} of PostgreSQL (`cordboard`"),
        format!("`SELECT pg_terminate_backend({holder})` frees the database"),
    ] {
        assert!(said.contains(&part), "{part:?} is not in {said}");
    }
    let own = [("DATABASE_URL", kept.url.as_str()), ("CORDBOARD_HTTP__LISTEN", http.as_str())];
    let said = stdout(&cordboard(&folder, &["doctor"], &[&FREE_PORTS[1..], &own].concat()));
    assert!(said.contains("is held by a running Cordboard"), "{said}");
    assert!(!said.contains("in use by another"), "{said}");

    // As that of a machine whose place another has taken.
    let name = PostgresUrl::parse(&kept.url).unwrap().database.unwrap();
    kept.change(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    let (code, said) = kept.ask(&elsewhere, &["doctor"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("the PostgreSQL that answers is read-only"), "{said}");
    assert!(said.contains("see that DATABASE_URL leads to the one that takes changes"), "{said}");
}
