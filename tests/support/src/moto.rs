//! An S3 that shares no line with ours: moto's server (<https://docs.getmoto.org>), from PyPI, in memory and on a port of its own. It takes
//! any credentials.

use std::ffi::OsString;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::free_ports::free_ports;
use crate::process::LoggedChild;
use crate::pypi;
use crate::waiting::{TimedOut, wait_until};

/// The release, and what its server takes beside.
const PACKAGES: [&str; 3] = ["moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5"];
/// Names the folder: another list has another one.
const FOLDER: &str = "moto-5.2.5";

/// The bucket that it has from the beginning.
pub const BUCKET: &str = "recordings";

/// Any signed-in client may read; the signature is not checked.
const SIGNED: &str =
    "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

/// It is there within 2 s; a busy test machine is not.
const START_LIMIT: Duration = Duration::from_secs(60);
/// It answers within some ms.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// Why there is no moto.
#[derive(Debug, thiserror::Error)]
pub enum MotoError {
    /// A file, process or connection of ours.
    #[error("moto harness: {0}")]
    Io(#[from] io::Error),
    /// There are no ports.
    #[error(transparent)]
    NoPorts(#[from] TimedOut),
    /// It was started and does not answer.
    #[error("{late}; it said:\n{log}")]
    NotReady {
        /// The wait that failed.
        late: TimedOut,
        /// Its log.
        log: String,
    },
}

/// A running S3 with one bucket.
#[derive(Debug)]
pub struct Moto {
    // Dropped in this order: first the process, then the folder.
    process: LoggedChild,
    address: SocketAddr,
    _folder: TempDir,
}

impl Moto {
    /// Starts one; it is installed where it has not been.
    ///
    /// # Errors
    /// [`MotoError`] names the step that failed.
    pub fn start() -> Result<Self, MotoError> {
        let python = pypi::installed(FOLDER, &PACKAGES).join("python");
        let folder = tempfile::Builder::new().prefix("cordboard-moto-").tempdir()?;
        let address: SocketAddr = (Ipv4Addr::LOCALHOST, free_ports(1)?.start).into();
        let mut command = Command::new(python);
        command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &address.port().to_string()]);
        let process = LoggedChild::spawn("moto", &mut command, folder.path())?;
        let moto = Self { process, address, _folder: folder };
        let listens = || TcpStream::connect(address).ok().map(drop);
        wait_until("a moto that listens", START_LIMIT, listens).map_err(|late| {
            let log = moto.process.stdout_text() + &moto.process.stderr_text();
            MotoError::NotReady { late, log }
        })?;
        moto.ask("PUT", &format!("/{BUCKET}"), &[])?;
        Ok(moto)
    }

    /// Address at which it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as an endpoint.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The keys of all objects in the bucket, in order.
    ///
    /// # Errors
    /// It does not answer.
    pub fn keys(&self) -> io::Result<Vec<String>> {
        let listed = self.ask("GET", &format!("/{BUCKET}?list-type=2"), &[])?;
        let listed = String::from_utf8_lossy(&listed);
        let keys = listed.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>"));
        Ok(keys.map(|(key, _)| key.to_owned()).collect())
    }

    /// Makes an object.
    ///
    /// # Errors
    /// It does not answer, or refuses.
    pub fn put(&self, key: &str, bytes: &[u8]) -> io::Result<()> {
        self.ask("PUT", &format!("/{BUCKET}/{key}"), bytes).map(drop)
    }

    /// An object's bytes.
    ///
    /// # Errors
    /// It does not answer, or has no such object.
    pub fn get(&self, key: &str) -> io::Result<Vec<u8>> {
        self.ask("GET", &format!("/{BUCKET}/{key}"), &[])
    }

    /// Variables of the environment that move a server's recordings to the bucket, below this folder.
    #[must_use]
    pub fn environment(folder: &str, endpoint: &str) -> Vec<(OsString, OsString)> {
        let settings = [
            ("STORE", format!("s3://{BUCKET}/{folder}")),
            ("S3_ENDPOINT", endpoint.to_owned()),
            ("S3_ACCESS_KEY", "key".to_owned()),
            ("S3_SECRET_KEY", "secret".to_owned()),
        ];
        let named =
            |(name, value): (&str, String)| (format!("CORDBOARD_RECORDINGS__{name}").into(), value.into());
        settings.map(named).into()
    }

    /// Asks, and gives the answer's body.
    fn ask(&self, method: &str, target: &str, body: &[u8]) -> io::Result<Vec<u8>> {
        let agent = ureq::Agent::config_builder().timeout_global(Some(ANSWER_LIMIT)).build().new_agent();
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{target}", self.endpoint()))
            .header("Authorization", SIGNED)
            .body(body)
            .map_err(io::Error::other)?;
        let mut answer = agent.run(request).map_err(io::Error::other)?;
        answer.body_mut().read_to_vec().map_err(io::Error::other)
    }
}
