//! A PostgreSQL from Debian's own packages, unpacked outside the system (some 70 MB on disk), on a free port and in a folder of its own.
//!
//! It is made for speed, not for durability: `fsync` is off, and each of a hundred databases is checked for old rows only every ten minutes. It
//! ends with the process that started it, however that ends: a shell waits for the end of a pipe whose other end only that process has, and then
//! stops the server and removes its folder. PostgreSQL refuses to run as root; there it runs as `nobody`, with the right to read the unpacked
//! packages wherever they are.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::time::Duration;

use crate::debian::{DebianRoot, PackageSet, UnpackError};
use crate::process::{last_lines, read_lossy};
use crate::waiting::{TimedOut, wait_until};

mod shared;
mod tls;

pub use shared::{empty_database, fresh_database, shared};
pub use tls::Certificates;

const SET: PackageSet = PackageSet { folder: "postgres-root", packages: &["postgresql"] };

/// The role that every database of a test belongs to.
pub const ROLE: &str = "cordboard";
/// Its password. PostgreSQL authenticates it by SCRAM, as a fresh installation does.
pub const PASSWORD: &str = "p'ss w\\rd@100%";
/// The password in an address.
pub const PASSWORD_IN_URL: &str = "p'ss%20w%5Crd%40100%25";

/// User and group `nobody` of Debian.
const NOBODY: u32 = 65_534;

/// It is ready within a second, but not on a busy test machine.
const START_LIMIT: Duration = Duration::from_secs(60);
/// A database is created within 50 ms.
const STATEMENT_LIMIT: Duration = Duration::from_secs(60);

/// Why there is no PostgreSQL.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// An error of one of our files or processes.
    #[error("postgresql harness: {0}")]
    Io(#[from] io::Error),
    /// The packages can't be obtained.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// A program of PostgreSQL's failed.
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

/// A running PostgreSQL.
#[derive(Debug)]
pub struct Postgres {
    programs: Programs,
    folder: PathBuf,
    port: u16,
    /// Closing it ends the server.
    leash: Option<ChildStdin>,
    guard: Child,
}

impl Postgres {
    /// Starts a server without encryption.
    ///
    /// # Errors
    /// [`PostgresError`] names the step that failed.
    pub fn start() -> Result<Self, PostgresError> {
        Self::start_with(None)
    }

    /// Starts a server that also supports TLS, with these certificates.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub fn start_with_tls(certificates: &Certificates) -> Result<Self, PostgresError> {
        Self::start_with(Some(certificates))
    }

    fn start_with(certificates: Option<&Certificates>) -> Result<Self, PostgresError> {
        let programs = Programs::obtain()?;
        let folder = tempfile::Builder::new().prefix("cordboard-postgres-").tempdir()?.keep();
        programs.own(&folder)?;
        let data = folder.join("data");
        let password = folder.join("password");
        fs::write(&password, PASSWORD)?;
        programs.own(&password)?;
        let mut initdb = programs.command("initdb");
        initdb.args(["--no-sync", "--no-instructions", "--encoding=UTF8", "--auth=scram-sha-256"]);
        // Letters beyond A to Z have upper and lower case there, whatever the machine's locales are.
        initdb.args(["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]);
        initdb.args(["--username", ROLE, "--pgdata"]).arg(&data).arg("--pwfile").arg(&password);
        run("initdb", &mut initdb)?;
        let mut settings = format!(
            "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum_naptime = 10min\n\
             max_connections = 200\nshared_buffers = 64MB\nunix_socket_directories = '{}'\nlisten_addresses = '127.0.0.1'\n",
            folder.display()
        );
        if let Some(certificates) = certificates {
            for (name, text) in [("server.crt", &certificates.server), ("server.key", &certificates.key)] {
                let path = folder.join(name);
                fs::write(&path, text)?;
                fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
                programs.own(&path)?;
                let setting = if name.ends_with("key") { "ssl_key_file" } else { "ssl_cert_file" };
                settings.push_str(&format!("{setting} = '{}'\n", path.display()));
            }
            settings.push_str("ssl = on\n");
        }
        fs::write(data.join("postgresql.auto.conf"), settings)?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut guard = programs.guarded(&folder, &data, port)?;
        let leash = guard.stdin.take();
        let server = Self { programs, folder, port, leash, guard };
        server.wait_ready()?;
        Ok(server)
    }

    /// Address at which it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// The address of one of its databases, over TCP, with the role and its password; `query` is appended.
    #[must_use]
    pub fn url(&self, database: &str, query: &str) -> String {
        url_at(self.address(), database, query)
    }

    /// The folder of its Unix socket.
    #[must_use]
    pub fn socket_folder(&self) -> &Path {
        &self.folder
    }

    /// Runs SQL in a database and returns its output: rows without a heading, columns with `|` between them.
    ///
    /// # Errors
    /// PostgreSQL's error for the SQL.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String, PostgresError> {
        let mut psql = self.programs.command("psql");
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"])
            .arg("--host")
            .arg(&self.folder)
            .args(["--port", &self.port.to_string(), "--username", ROLE, "--dbname", database])
            .args(["--command", sql])
            .env("PGPASSWORD", PASSWORD)
            .env("PGCONNECT_TIMEOUT", STATEMENT_LIMIT.as_secs().to_string());
        let output = run("psql", &mut psql)?;
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    /// Creates a database as a copy of `template`.
    ///
    /// # Errors
    /// There is one with that name, or no such template.
    pub fn create_database(&self, name: &str, template: &str) -> Result<(), PostgresError> {
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"))
            .map(drop)
    }

    fn wait_ready(&self) -> Result<(), PostgresError> {
        let answers = || self.sql("postgres", "SELECT 1").ok();
        wait_until("an answer of PostgreSQL", START_LIMIT, answers).map(drop).map_err(|late| {
            PostgresError::NotReady { late, log: last_lines(&read_lossy(&self.folder.join("log"))) }
        })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.leash = None;
        // An error means that it has ended already.
        let _ = self.guard.wait();
    }
}

/// The address of a database at a server that is reached by `address`, such as a proxy's.
#[must_use]
pub fn url_at(address: SocketAddr, database: &str, query: &str) -> String {
    format!("postgres://{ROLE}:{PASSWORD_IN_URL}@{address}/{database}{query}")
}

/// The unpacked programs, and the user that they run as.
#[derive(Debug)]
struct Programs {
    root: DebianRoot,
    folder: PathBuf,
    as_nobody: bool,
}

impl Programs {
    fn obtain() -> Result<Self, PostgresError> {
        let root = DebianRoot::obtain(SET)?;
        let versions = root.path("usr/lib/postgresql");
        let version = fs::read_dir(versions)?.next().ok_or(PostgresError::Failed {
            step: "looking for PostgreSQL",
            reason: "its package has no version".to_owned(),
        })??;
        let folder = version.path().join("bin");
        let programs = Self { root, folder, as_nobody: rustix::process::geteuid().is_root() };
        programs.wrap()?;
        Ok(programs)
    }

    /// `initdb` starts the `postgres` next to it, with the system's loader: so a script takes that name. It is renamed into its place, so that no
    /// process starts half of it.
    fn wrap(&self) -> Result<(), PostgresError> {
        let lock = fs::File::create(self.folder.join("wrap.lock"))?;
        lock.lock()?;
        let (program, real) = (self.folder.join("postgres"), self.folder.join("postgres.real"));
        if real.exists() && program.exists() {
            return Ok(());
        }
        if !real.exists() {
            fs::copy(&program, &real)?;
        }
        let script = self.folder.join("postgres.script");
        let text = format!(
            "#!/bin/sh\nhere=$(dirname \"$0\")\nroot=$here/../../../../..\nexec \"$root/{}\" --library-path \"$root/{}\" \
             \"$here/postgres.real\" \"$@\"\n",
            self.inside(self.root.loader()),
            self.inside(self.root.libraries())
        );
        fs::write(&script, text)?;
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
        Ok(fs::rename(script, program)?)
    }

    /// A path below the root.
    fn inside(&self, path: &Path) -> String {
        let inside = path.strip_prefix(self.root.path("")).unwrap_or(path);
        inside.display().to_string()
    }

    /// A command that runs one of the programs as a user whom PostgreSQL accepts.
    fn command(&self, program: &str) -> Command {
        let mut command = self.as_somebody(self.root.loader());
        command.arg("--library-path").arg(self.root.libraries()).arg(self.folder.join(program));
        command
    }

    fn as_somebody(&self, program: &Path) -> Command {
        if !self.as_nobody {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        command.args(["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]).arg(program);
        command.current_dir("/");
        command
    }

    /// Gives a file to the user whom the programs run as.
    fn own(&self, path: &Path) -> io::Result<()> {
        if self.as_nobody { chown(path, Some(NOBODY), Some(NOBODY)) } else { Ok(()) }
    }

    /// The server, started by a shell that stops it when its own standard input ends.
    fn guarded(&self, folder: &Path, data: &Path, port: u16) -> io::Result<Child> {
        const GUARD: &str = "folder=$1; shift; trap '' INT TERM HUP; \"$@\" >>\"$folder/log\" 2>&1 </dev/null & server=$!; \
                             cat >/dev/null; kill -QUIT $server; wait $server; rm -rf \"$folder\"";
        let server = self.command("postgres.real");
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "sh"]).arg(folder).arg(server.get_program()).args(server.get_args());
        guard.arg("-D").arg(data).args(["-p", &port.to_string()]);
        guard.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    }
}

fn run(step: &'static str, command: &mut Command) -> Result<Output, PostgresError> {
    let failed = |reason: String| PostgresError::Failed { step, reason };
    let output = command.stdin(Stdio::null()).output().map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        Ok(output)
    } else {
        let said = [output.stdout, output.stderr].concat();
        Err(failed(String::from_utf8_lossy(&said).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_answers_copies_databases_and_leaves_no_files() {
        let server = Postgres::start().unwrap();
        server.sql("postgres", "CREATE DATABASE pattern").unwrap();
        server.sql("pattern", "CREATE TABLE cups (name TEXT); INSERT INTO cups VALUES ('blue')").unwrap();
        server.create_database("copy", "pattern").unwrap();
        assert_eq!(server.sql("copy", "SELECT name, upper('ä') FROM cups").unwrap(), "blue|Ä");
        let said = server.sql("copy", "SELECT nothing").unwrap_err().to_string();
        assert!(said.contains("nothing"), "{said}");

        let folder = server.folder.clone();
        drop(server);
        assert!(!folder.exists());
    }
}
