//! A Redis from Debian's own packages, unpacked outside the system, on a free port and in a folder of its own. It stores nothing: after a restart
//! it is empty. It requires a password, as one that others can reach does.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use tempfile::TempDir;

use crate::debian::{DebianRoot, PackageSet, UnpackError};
use crate::process::LoggedChild;
use crate::waiting::{TimedOut, wait_until};

mod client;

pub use client::RedisClient;

const SET: PackageSet = PackageSet { folder: "redis-root", packages: &["redis-server"] };

/// The password.
pub const PASSWORD: &str = "p'ss w%rd@redis";
/// The password in an address.
pub const PASSWORD_IN_URL: &str = "p'ss%20w%25rd%40redis";

/// It is ready within 50 ms, but not on a busy test machine.
const START_LIMIT: Duration = Duration::from_secs(30);

/// Why there is no Redis.
#[derive(Debug, thiserror::Error)]
pub enum RedisError {
    /// An error of one of our files or processes.
    #[error("redis harness: {0}")]
    Io(#[from] io::Error),
    /// The packages can't be obtained.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// It was started and does not answer.
    #[error("{late}; its log:\n{log}")]
    NotReady {
        /// The wait that failed.
        late: TimedOut,
        /// Its log.
        log: String,
    },
}

/// A Redis at a port of its own, which may be stopped and started.
#[derive(Debug)]
pub struct Redis {
    root: DebianRoot,
    folder: TempDir,
    port: u16,
    server: Option<LoggedChild>,
}

impl Redis {
    /// Starts one.
    ///
    /// # Errors
    /// [`RedisError`] names the step that failed.
    pub fn start() -> Result<Self, RedisError> {
        let root = DebianRoot::obtain(SET)?;
        let folder = tempfile::Builder::new().prefix("cordboard-redis-").tempdir()?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut redis = Self { root, folder, port, server: None };
        redis.start_again()?;
        Ok(redis)
    }

    /// Starts it again at its port, empty.
    ///
    /// # Errors
    /// As [`Redis::start`].
    pub fn start_again(&mut self) -> Result<(), RedisError> {
        let mut command = self.root.command("usr/bin/redis-server");
        let port = self.port.to_string();
        command.args(["--port", &port, "--bind", "127.0.0.1", "--requirepass", PASSWORD]);
        command
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no", "--dir"])
            .arg(self.folder.path());
        // Otherwise a Redis complains whose folder of locales is not the system's.
        command.env("LC_ALL", "C");
        self.server = Some(LoggedChild::spawn("redis", &mut command, self.folder.path())?);
        let client = self.client();
        wait_until("an answer of Redis", START_LIMIT, || client.try_ask(&["PING"]).ok()).map(drop).map_err(
            |late| {
                let log = self.server.as_ref().map(LoggedChild::stdout_text).unwrap_or_default();
                RedisError::NotReady { late, log }
            },
        )
    }

    /// Ends it at once; everything that it held is lost.
    pub fn stop(&mut self) {
        self.server = None;
    }

    /// Address at which it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Its address, in the form of `REDIS_URL`.
    #[must_use]
    pub fn url(&self) -> String {
        url_at(self.address())
    }

    /// A client for it.
    #[must_use]
    pub fn client(&self) -> RedisClient {
        RedisClient::new(self.address(), PASSWORD)
    }
}

/// The address of a Redis that is reached by `address`, such as a proxy's.
#[must_use]
pub fn url_at(address: SocketAddr) -> String {
    format!("redis://:{PASSWORD_IN_URL}@{address}/0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_only_while_it_runs() {
        let mut redis = Redis::start().unwrap();
        let client = redis.client();
        assert_eq!(client.get("cup"), None);
        client.set("cup", "blue\r\nä");
        assert_eq!(client.get("cup").as_deref(), Some("blue\r\nä"));
        assert_eq!(client.keys("c*"), ["cup"]);
        assert_eq!(client.ttl_s("cup"), None);
        redis.stop();
        assert!(client.try_ask(&["PING"]).is_err());
        redis.start_again().unwrap();
        assert_eq!(client.get("cup"), None);
    }
}
