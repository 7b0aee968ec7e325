//! A backup, restore or move that is interrupted at any step, by SIGKILL or a full disk: nothing of it counts, and repeating the command does it
//! completely. Interrupted migrations are in `upgrades.rs`.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use cordboard_test_support::postgres::{empty_database, shared};
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::BigInt;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection};

use super::{cordboard, stderr, stdout, store_a_call};

/// Copies of a call's journal, so that processing their table takes a while.
const COPIES: usize = 600;
/// How many printed lines further each attempt gets than the one before.
const STRIDE: usize = 8;
const DATABASE: &str = "cordboard-data/cordboard.db";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// A folder with an installation that has many rows; and how many.
fn installation() -> (tempfile::TempDir, i64) {
    let folder = tempfile::tempdir().unwrap();
    store_a_call(folder.path());
    let mut sqlite = open(folder.path()).unwrap();
    sqlite
        .batch_execute(&format!(
            "WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < {COPIES}) \
             INSERT INTO call_events (call_id, seq, organization_id, at, kind, data) \
             SELECT call_id, seq + 100 * n, organization_id, at, kind, data FROM call_events, copy"
        ))
        .unwrap();
    fs::write(folder.path().join("cordboard-data/secret.key"), "of this installation").unwrap();
    let events = events(&mut sqlite).unwrap();
    (folder, events)
}

fn open(folder: &Path) -> Option<SqliteConnection> {
    let path = folder.join(DATABASE);
    path.exists().then(|| SqliteConnection::establish(&path.display().to_string()).unwrap())
}

fn events(connection: &mut SqliteConnection) -> Option<i64> {
    let query = diesel::sql_query("SELECT count(*) AS count FROM call_events");
    Some(query.get_result::<Count>(connection).ok()?.count)
}

/// Runs the binary in a folder and kills it after it has printed this many lines. False if it had ended by itself.
fn killed_after(folder: &Path, arguments: &[&str], lines: usize) -> bool {
    killed_after_with(folder, arguments, &[], lines)
}

/// The same with this environment.
fn killed_after_with(folder: &Path, arguments: &[&str], environment: &[(&str, &str)], lines: usize) -> bool {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cordboard"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(environment.iter().copied())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(child.stderr.take().unwrap()).lines();
    let told = told.take(lines).map_while(Result::ok).count();
    child.kill().unwrap();
    child.wait().unwrap().code().is_none() && told == lines
}

/// The numbers of printed lines after which a command is killed: every `stride` lines, and the last two. A backup prints some 80 tables: an attempt
/// for each would take minutes.
fn tries(undisturbed: &Output, stride: usize) -> Vec<usize> {
    assert!(undisturbed.status.success(), "{}", stderr(undisturbed));
    let lines = stderr(undisturbed).lines().count();
    assert!(lines > stride, "{}", stderr(undisturbed));
    (0..lines).step_by(stride).chain([lines - 1, lines]).collect()
}

/// The names of a folder's files, without the lock file of the last process.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "lock").collect()
}

#[test]
fn a_killed_backup_leaves_none_and_the_next_is_whole() {
    let (folder, _) = installation();
    let file = folder.path().join("backup.tar.gz");
    let undisturbed = cordboard(folder.path(), &["backup", "backup.tar.gz"], &[]);
    let mut kills = 0;
    for steps in tries(&undisturbed, STRIDE) {
        // The file exists from the attempt before, too, if that printed its last table and finished in time.
        let _ = fs::remove_file(&file);
        kills += usize::from(killed_after(folder.path(), &["backup", "backup.tar.gz"], steps));
    }
    assert!(kills > 1, "{kills} of the attempts were killed before their end");
    let _ = fs::remove_file(&file);
    let made = cordboard(folder.path(), &["backup", "backup.tar.gz"], &[]);
    assert!(made.status.success(), "{}", stderr(&made));
    let data = folder.path().join("cordboard-data");
    let before = names(&data);
    killed_after(folder.path(), &["restore", "--check", "backup.tar.gz"], 1);
    let checked = cordboard(folder.path(), &["restore", "--check", "backup.tar.gz"], &[]);
    assert_eq!(names(&data), before, "the next check removes what a killed one has left");
    assert!(stdout(&checked).starts_with("the backup is whole"), "{}", stderr(&checked));
    assert!(!folder.path().join("backup.tar.gz.partial").exists());
}

#[test]
fn a_backup_in_progress_is_not_disturbed() {
    let (folder, _) = installation();
    let (file, partial) = (folder.path().join("backup.tar.gz"), folder.path().join("backup.tar.gz.partial"));
    let other = fs::File::create(&partial).unwrap();
    other.lock().unwrap();
    fs::write(&partial, "half of it").unwrap();
    let refused = cordboard(folder.path(), &["backup", "backup.tar.gz"], &[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("another process is writing backup.tar.gz"), "{}", stderr(&refused));
    assert_eq!((fs::read_to_string(&partial).unwrap().as_str(), file.exists()), ("half of it", false));
    // The rest of a killed attempt is overwritten.
    drop(other);
    let made = cordboard(folder.path(), &["backup", "backup.tar.gz"], &[]);
    assert!(made.status.success(), "{}", stderr(&made));
    let checked = cordboard(folder.path(), &["restore", "--check", "backup.tar.gz"], &[]);
    assert!(stdout(&checked).starts_with("the backup is whole"), "{}", stderr(&checked));
    assert!(!partial.exists());
}

#[test]
fn a_restore_next_to_a_lost_databases_changes_is_refused() {
    let (from, rows) = installation();
    let made = cordboard(from.path(), &["backup", "backup.tar.gz"], &[]);
    assert!(made.status.success(), "{}", stderr(&made));
    let backup = from.path().join("backup.tar.gz").display().to_string();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("cordboard-data");
    fs::create_dir(&data).unwrap();
    for ending in ["wal", "journal"] {
        let left = data.join(format!("cordboard.db-{ending}"));
        fs::write(&left, "of the database that was here").unwrap();
        let refused = cordboard(folder.path(), &["restore", &backup], &[]);
        assert_eq!(refused.status.code(), Some(1));
        let said = stderr(&refused);
        assert!(said.contains(&format!("cordboard.db-{ending} is of a database that is gone")), "{said}");
        assert!(said.contains("move it away first") && said.contains("nothing was restored"), "{said}");
        assert!(open(folder.path()).is_none());
        fs::remove_file(&left).unwrap();
    }
    let restored = cordboard(folder.path(), &["restore", &backup], &[]);
    assert!(restored.status.success(), "{}", stderr(&restored));
    assert_eq!(events(&mut open(folder.path()).unwrap()), Some(rows));
}

#[test]
fn a_backup_onto_a_full_disk_fails_and_leaves_nothing() {
    let (folder, _) = installation();
    let (file, partial) = (folder.path().join("backup.tar.gz"), folder.path().join("backup.tar.gz.partial"));
    symlink("/dev/full", &partial).unwrap();
    let failed = cordboard(folder.path(), &["backup", "backup.tar.gz"], &[]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(stderr(&failed).contains("No space left"), "{}", stderr(&failed));
    assert!(!file.exists() && fs::symlink_metadata(&partial).is_err());

    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut stream = Command::new(env!("CARGO_BIN_EXE_cordboard"));
    let stream = stream.args(["backup", "-"]).current_dir(folder.path()).env_clear().stdout(full);
    let failed = stream.stderr(Stdio::piped()).output().unwrap();
    assert_eq!(failed.status.code(), Some(1), "{}", stderr(&failed));
    assert!(stderr(&failed).contains("No space left"), "{}", stderr(&failed));
}

#[test]
fn a_restore_onto_a_full_disk_is_reported_and_undone() {
    let (from, rows) = installation();
    let made = cordboard(from.path(), &["backup", "backup.tar.gz"], &[]);
    assert!(made.status.success(), "{}", stderr(&made));
    let backup = from.path().join("backup.tar.gz");
    let disk = tempfile::tempdir().unwrap();
    // The disk grows until the backup has room, so each attempt fails at another step. The last step is copying the database.
    let script = r#"
        mount -t tmpfs -o size=256k tmpfs "$1" || exit 77
        size=256
        while [ $size -lt 262144 ]; do
            mount -o remount,size=${size}k "$1" || exit 78
            CORDBOARD_DATA_DIR="$1" "$2" restore "$3" >"$4/said" 2>&1
            code=$?
            echo "$code|$(ls "$1" | tr '\n' ' ')|$(du -sk "$1" | cut -f 1)|$(tail -n 1 "$4/said")"
            [ $code = 0 ] && cp "$1/cordboard.db" "$4/restored.db" && exit 0
            size=$((size * 3 / 2))
        done
        exit 79"#;
    let tries = ["--mount", "--map-root-user --mount"].into_iter().map(|ways| {
        let mut unshare = Command::new("unshare");
        unshare.args(ways.split(' ')).args(["sh", "-c", script, "sh"]);
        unshare.arg(disk.path()).arg(env!("CARGO_BIN_EXE_cordboard")).arg(&backup).arg(from.path());
        unshare.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").output().unwrap()
    });
    let mut tries = tries.skip_while(|output| output.status.code() != Some(0) && output.stdout.is_empty());
    let Some(told) = tries.next() else {
        panic!("no disk can be mounted here: run as root, or allow user namespaces")
    };
    assert!(told.status.success(), "{}{}", stdout(&told), stderr(&told));
    let told = stdout(&told);
    let lines: Vec<Vec<&str>> = told.lines().map(|line| line.splitn(4, '|').collect()).collect();
    let (last, failed) = lines.split_last().unwrap();
    assert!(failed.len() > 3, "{told}");
    for line in failed {
        let [code, names, kilobytes, said] = line[..] else { panic!("{told}") };
        assert_eq!((code, names), ("1", "lock "), "{told}");
        assert!(kilobytes.parse::<u64>().unwrap() <= 8, "what did not fit takes no space: {told}");
        assert!(said.ends_with("; nothing was restored"), "{told}");
        assert!(said.contains("full") || said.contains("No space left"), "{told}");
    }
    assert_eq!((last[0], last[1]), ("0", "cordboard.db lock secret.key "), "{told}");
    let restored = from.path().join("restored.db").display().to_string();
    let mut restored = SqliteConnection::establish(&restored).unwrap();
    assert_eq!(events(&mut restored), Some(rows));
}

#[test]
fn killed_restores_leave_no_database_and_the_next_is_whole() {
    let (from, rows) = installation();
    let made = cordboard(from.path(), &["backup", "backup.tar.gz"], &[]);
    assert!(made.status.success(), "{}", stderr(&made));
    let backup = from.path().join("backup.tar.gz").display().to_string();
    let whole = tempfile::tempdir().unwrap();
    let undisturbed = cordboard(whole.path(), &["restore", &backup], &[]);
    let mut kills = 0;
    for steps in tries(&undisturbed, STRIDE) {
        let folder = tempfile::tempdir().unwrap();
        kills += usize::from(killed_after(folder.path(), &["restore", &backup], steps));
        let data = folder.path().join("cordboard-data");
        // One that is killed after its end has restored everything.
        if open(folder.path()).is_none() {
            let again = cordboard(folder.path(), &["restore", &backup], &[]);
            assert!(again.status.success(), "killed after {steps} lines: {}", stderr(&again));
            let whole = ["cordboard.db".to_owned(), "secret.key".to_owned()];
            assert_eq!(names(&data), whole.into(), "killed after {steps} lines");
        }
        assert_eq!(events(&mut open(folder.path()).unwrap()), Some(rows), "killed after {steps} lines");
        assert_eq!(fs::read_to_string(data.join("secret.key")).unwrap(), "of this installation");
    }
    assert!(kills > 1, "{kills} of the attempts were killed before their end");
}

#[test]
fn a_killed_restore_leaves_postgresql_empty_and_can_be_repeated() {
    let (from, rows) = installation();
    let made = cordboard(from.path(), &["backup", "backup.tar.gz"], &[]);
    assert!(made.status.success(), "{}", stderr(&made));
    let backup = from.path().join("backup.tar.gz").display().to_string();
    let restore = ["restore", backup.as_str()];
    let empty = || shared().unwrap().url(&empty_database().unwrap(), "?sslmode=disable");
    let whole = tempfile::tempdir().unwrap();
    let undisturbed = cordboard(whole.path(), &restore, &[("DATABASE_URL", empty().as_str())]);
    let mut kills = 0;
    for steps in tries(&undisturbed, STRIDE) {
        let (folder, url) = (tempfile::tempdir().unwrap(), empty());
        let environment = [("DATABASE_URL", url.as_str())];
        kills += usize::from(killed_after_with(folder.path(), &restore, &environment, steps));
        let again = cordboard(folder.path(), &restore, &environment);
        // Killed after its end, everything is there; nothing is restored twice.
        let is_done = stderr(&again).contains("has records already");
        assert!(again.status.success() || is_done, "killed after {steps} lines: {}", stderr(&again));
        let mut postgres = PgConnection::establish(&url).unwrap();
        let query = diesel::sql_query("SELECT count(*) AS count FROM call_events");
        assert_eq!(query.get_result::<Count>(&mut postgres).unwrap().count, rows, "after {steps} lines");
        let key = fs::read_to_string(folder.path().join("cordboard-data/secret.key")).unwrap();
        assert_eq!(key, "of this installation", "killed after {steps} lines");
    }
    assert!(kills > 1, "{kills} of the attempts were killed before their end");
}

#[test]
fn killed_moves_leave_an_empty_database_and_the_next_completes() {
    let (from, rows) = installation();
    let empty = || shared().unwrap().url(&empty_database().unwrap(), "?sslmode=disable");
    let undisturbed = cordboard(from.path(), &["move", "--to", &empty()], &[]);
    let told = stderr(&undisturbed);
    for line in ["  calls: 1 rows".to_owned(), format!("  call_events: {rows} rows")] {
        assert!(told.lines().any(|found| found == line), "each table is printed with its count: {told}");
    }
    assert!(stdout(&undisturbed).ends_with("Set DATABASE_URL to it before the next start.\n"));
    let mut kills = 0;
    // PostgreSQL takes a second to create the tables.
    for steps in tries(&undisturbed, STRIDE / 2) {
        let to = empty();
        kills += usize::from(killed_after(from.path(), &["move", "--to", &to], steps));
        let again = cordboard(from.path(), &["move", "--to", &to], &[]);
        // Killed after its end, everything is there; nothing is moved twice.
        let is_done = stderr(&again).contains("has records already");
        assert!(again.status.success() || is_done, "killed after {steps} lines: {}", stderr(&again));
        let mut postgres = PgConnection::establish(&to).unwrap();
        let query = diesel::sql_query("SELECT count(*) AS count FROM call_events");
        assert_eq!(query.get_result::<Count>(&mut postgres).unwrap().count, rows, "after {steps} lines");
    }
    assert!(kills > 1, "{kills} of the attempts were killed before their end");
    assert_eq!(events(&mut open(from.path()).unwrap()), Some(rows), "the source is unchanged");
}
