//! A MariaDB from Debian's own packages, unpacked outside the system (some 100 MB on disk), on a free port and in a folder of its own, with
//! OSdial's or VICIdial's tables in as many databases as tests ask for.
//!
//! It is made for speed, not for durability. It ends with the process that started it, however that ends: a shell waits for the end of a pipe
//! whose other end only that process has, and then kills the server and removes its folder.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, geteuid, kill_process};

use crate::debian::{DebianRoot, PackageSet, UnpackError};
use crate::process::{last_lines, read_lossy};
use crate::waiting::{TimedOut, wait_until};

mod schema;
mod session;

pub use schema::Schema;
pub use session::Session;

const SET: PackageSet =
    PackageSet { folder: "mariadb-root", packages: &["mariadb-server-core", "mariadb-client-core"] };

/// The user of tests, who may do everything.
pub const USER: &str = "tests";
/// Its password.
pub const PASSWORD: &str = "p'ss w%rd";
/// The password in an address.
pub const PASSWORD_IN_URL: &str = "p'ss%20w%25rd";

/// It is ready within a second, but not on a busy test machine.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Why there is no MariaDB.
#[derive(Debug, thiserror::Error)]
pub enum MariaDbError {
    /// An error of one of our files or processes.
    #[error("mariadb harness: {0}")]
    Io(#[from] io::Error),
    /// The packages can't be obtained.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// A program of MariaDB's failed.
    #[error("{step} failed: {reason}")]
    Failed {
        /// The step.
        step: &'static str,
        /// The program's message.
        reason: String,
    },
    /// It was started and does not answer.
    #[error("{late}; its log:\n{log}")]
    NotReady {
        /// The wait that failed.
        late: TimedOut,
        /// The end of its log.
        log: String,
    },
}

/// A MariaDB at a port of its own, which may be stopped, halted and started.
#[derive(Debug)]
pub struct MariaDb {
    root: DebianRoot,
    folder: PathBuf,
    port: u16,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    /// Closing it ends the server.
    leash: Option<ChildStdin>,
    guard: Child,
}

impl MariaDb {
    /// Starts one with empty tables.
    ///
    /// # Errors
    /// [`MariaDbError`] names the step that failed.
    pub fn start() -> Result<Self, MariaDbError> {
        let root = DebianRoot::obtain(SET)?;
        let folder = tempfile::Builder::new().prefix("cordboard-mariadb-").tempdir()?.keep();
        fs::create_dir(folder.join("data"))?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut server = Self { root, folder, port, running: None };
        server.make_tables()?;
        server.start_again()?;
        Ok(server)
    }

    /// The MariaDB that all tests of a binary share; it is never stopped.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Result<MariaDb, MariaDbError>> = LazyLock::new(MariaDb::start);
        #[expect(clippy::panic, reason = "a test stops where it fails")]
        SHARED.as_ref().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Starts it again at its port, with the data that it has kept.
    ///
    /// # Errors
    /// As [`MariaDb::start`].
    pub fn start_again(&mut self) -> Result<(), MariaDbError> {
        let init = self.folder.join("init.sql");
        let password = PASSWORD.replace('\'', "''");
        let user = format!(
            "CREATE OR REPLACE USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{password}';\n\
             GRANT ALL ON *.* TO '{USER}'@'127.0.0.1' WITH GRANT OPTION;\n"
        );
        fs::write(&init, user)?;
        self.running = Some(self.guarded(&init)?);
        let answers = || self.sql("mysql", "SELECT 1").ok();
        wait_until("an answer of MariaDB", START_LIMIT, answers).map(drop).map_err(|late| {
            MariaDbError::NotReady { late, log: last_lines(&read_lossy(&self.folder.join("log"))) }
        })
    }

    /// Ends it at once, as a power failure would.
    pub fn stop(&mut self) {
        if let Some(Running { mut leash, mut guard }) = self.running.take() {
            // A guard that has ended removes nothing.
            let _ = leash.as_mut().map(|leash| leash.write_all(b"keep"));
            drop(leash);
            // An error means that it has ended already.
            let _ = guard.wait();
        }
    }

    /// Halts it while its connections stay up, or lets it go on.
    ///
    /// # Errors
    /// It does not run.
    pub fn halt(&self, is_halted: bool) -> Result<(), MariaDbError> {
        let failed =
            |reason: &str| MariaDbError::Failed { step: "halting MariaDB", reason: reason.to_owned() };
        let text = fs::read_to_string(self.folder.join("pid"))?;
        let id =
            text.trim().parse().ok().and_then(Pid::from_raw).ok_or_else(|| failed("it has no process"))?;
        let signal = if is_halted { Signal::STOP } else { Signal::CONT };
        kill_process(id, signal).map_err(|error| failed(&error.to_string()))
    }

    /// Makes a database with OSdial's tables and rows of every kind, and returns its name.
    ///
    /// # Panics
    /// It can't be made.
    #[must_use]
    pub fn dialler_database(&self) -> String {
        self.database_of(Schema::Osdial)
    }

    /// The same with the tables of either dialler.
    ///
    /// # Panics
    /// As [`MariaDb::dialler_database`].
    #[must_use]
    #[expect(clippy::panic, reason = "a test stops where it fails")]
    pub fn database_of(&self, schema: Schema) -> String {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("{}{}", schema.prefix(), MADE.fetch_add(1, Ordering::Relaxed));
        let tables = schema.tables().replace(schema.name_in_tables(), &name);
        self.sql("mysql", &tables).unwrap_or_else(|error| panic!("{error}"));
        name
    }

    /// Address at which it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// The address of one of its databases, for the user of tests.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("mysql://{USER}:{PASSWORD_IN_URL}@{}/{database}", self.address())
    }

    /// Runs SQL in a database and returns its output: rows without a heading, columns with tabs between them. Text is sent and read as it is
    /// stored, over a latin1 connection.
    ///
    /// # Errors
    /// MariaDB's error for the SQL.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String, MariaDbError> {
        let failed = |reason: String| MariaDbError::Failed { step: "mariadb", reason };
        let mut client = self.client(database, None);
        let mut child = client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let mut stdin = child.stdin.take().ok_or_else(|| failed("it takes nothing".to_owned()))?;
        let (text, end) = (sql.to_owned(), ";\n");
        let written = stdin.write_all(text.as_bytes()).and_then(|()| stdin.write_all(end.as_bytes()));
        drop(stdin);
        let output = child.wait_with_output()?;
        if output.status.success() {
            written?;
            Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned())
        } else {
            Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()))
        }
    }

    /// A lasting connection. Its statements name OSdial's tables, also where the database has VICIdial's.
    ///
    /// # Errors
    /// The program can't be started.
    pub fn session(&self, database: &str) -> Result<Session, MariaDbError> {
        Session::open(self.client(database, Some("--force")), Schema::of(database))
    }

    fn client(&self, database: &str, more: Option<&str>) -> Command {
        let mut client = self.root.command("usr/bin/mariadb");
        client.args(["--no-defaults", "--skip-ssl", "--protocol=tcp", "-h127.0.0.1"]);
        client.arg(format!("-P{}", self.port)).arg(format!("-u{USER}")).arg(format!("-p{PASSWORD}"));
        client.args(["-N", "-B", "--unbuffered", "--default-character-set=latin1"]);
        client.arg(format!("--character-sets-dir={}", self.share().join("charsets").display()));
        client.args(more).arg(database);
        client
    }

    fn share(&self) -> PathBuf {
        self.root.path("usr/share/mariadb")
    }

    fn server(&self) -> Command {
        let mut server = self.root.command("usr/sbin/mariadbd");
        let of = |name: &str, path: &Path| format!("--{name}={}", path.display());
        server.arg("--no-defaults");
        if geteuid().is_root() {
            server.arg("--user=root");
        }
        server.arg(of("basedir", &self.root.path("usr"))).arg(of("datadir", &self.folder.join("data")));
        server.arg(of("lc-messages-dir", &self.share()));
        server.arg(of("character-sets-dir", &self.share().join("charsets")));
        server.arg(of("plugin-dir", &self.root.path("usr/lib/mysql/plugin")));
        server.arg(of("pid-file", &self.folder.join("pid")));
        server.args(["--skip-log-bin", "--skip-name-resolve", "--innodb-use-native-aio=0"]);
        server.args([
            "--innodb-log-file-size=4M",
            "--innodb-buffer-pool-size=16M",
            "--aria-log-file-size=8M",
        ]);
        // Commits are handed to the kernel, which keeps them when the process is killed.
        server.args(["--innodb-flush-log-at-trx-commit=2", "--innodb-lock-wait-timeout=2"]);
        server.current_dir("/");
        server
    }

    /// Makes the tables of users and rights.
    fn make_tables(&self) -> Result<(), MariaDbError> {
        let mut sql = b"CREATE DATABASE mysql;\nUSE mysql;\n".to_vec();
        for name in ["mariadb_system_tables.sql", "mariadb_system_tables_data.sql"] {
            sql.extend(fs::read(self.share().join(name))?);
        }
        let log = File::create(self.folder.join("bootstrap.log"))?;
        let mut server = self.server();
        let mut child =
            server.arg("--bootstrap").stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(&sql)?;
        }
        if child.wait()?.success() {
            return Ok(());
        }
        let reason = last_lines(&read_lossy(&self.folder.join("bootstrap.log")));
        Err(MariaDbError::Failed { step: "making MariaDB's tables", reason })
    }

    /// The server, started by a shell that kills it when its own standard input ends.
    fn guarded(&self, init: &Path) -> io::Result<Running> {
        const GUARD: &str = "folder=$1; shift; trap '' INT TERM HUP; \"$@\" >>\"$folder/log\" 2>&1 </dev/null & server=$!; \
                             word=$(cat); kill -KILL $server; wait $server; [ \"$word\" = keep ] || rm -rf \"$folder\"";
        let server = self.server();
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "sh"]).arg(&self.folder);
        guard.arg(server.get_program()).args(server.get_args());
        guard.arg(format!("--port={}", self.port)).arg("--bind-address=127.0.0.1");
        guard.arg(format!("--socket={}", self.folder.join("socket").display()));
        guard.arg(format!("--init-file={}", init.display()));
        let mut guard = guard
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Running { leash: guard.stdin.take(), guard })
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        // The guard alone could not kill a halted server.
        let _ = self.halt(false);
        self.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_rows_over_a_restart_and_text_as_stored() {
        let mut server = MariaDb::start().unwrap();
        let database = server.dialler_database();
        let names = "SELECT HEX(first_name) FROM osdial_list WHERE lead_id IN (2, 3)";
        assert_eq!(server.sql(&database, names).unwrap(), "4AC3BC7267656E\n4AFC7267656E");
        let mut session = server.session(&database).unwrap();
        assert_eq!(session.rows("SELECT 1, 'a b'"), [["1", "a b"]]);
        assert_eq!(session.rows("SELECT 1 FROM osdial_list WHERE lead_id = 0"), Vec::<Vec<String>>::new());
        server.stop();
        assert!(server.sql(&database, "SELECT 1").is_err());
        server.start_again().unwrap();
        assert_eq!(server.sql(&database, names).unwrap(), "4AC3BC7267656E\n4AFC7267656E");
        let folder = server.folder.clone();
        drop(server);
        assert!(!folder.exists());
    }
}
