//! An independent S3: moto's server (<https://docs.getmoto.org>), from PyPI, in memory and on a port of its own. It computes each request's
//! signature itself, with botocore, and admits one user, who has only the rights that docs/operations.md lists.

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

/// The release, and what its server needs.
const PACKAGES: [&str; 3] = ["moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5"];
/// The folder's name; a different list needs a different name.
const FOLDER: &str = "moto-5.2.5";

/// The bucket that exists from the beginning.
pub const BUCKET: &str = "recordings";

/// The key and secret of the only user. They come from this release's random generator with its initial seed.
const ACCESS_KEY: &str = "AKIARZPUZDIKMKKOAMOZ";
const SECRET_KEY: &str = "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";
/// The user's rights.
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":
    ["s3:PutObject","s3:GetObject","s3:DeleteObject","s3:AbortMultipartUpload","s3:ListBucket"]}]}"#;
/// Requests of the harness have this credential scope. Each is admitted separately, without a check of its signature.
const S3: &str =
    "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
const IAM: &str =
    "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";
/// Another request may use up an admission.
const TRIES: u32 = 100;

/// It is ready within 2 s, but not on a busy test machine.
const START_LIMIT: Duration = Duration::from_secs(60);
/// It answers within some ms.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// Why there is no moto.
#[derive(Debug, thiserror::Error)]
pub enum MotoError {
    /// An error of one of our files, processes or connections.
    #[error("moto harness: {0}")]
    Io(#[from] io::Error),
    /// There are no free ports.
    #[error(transparent)]
    NoPorts(#[from] TimedOut),
    /// It was started and does not answer.
    #[error("{late}; its log:\n{log}")]
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
    /// Starts it, and installs it first where that has not been done.
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
        moto.sent(("POST", "/moto-api/seed?a=1"), &[], &[])?;
        moto.sent(("PUT", &format!("/{BUCKET}")), &[("Authorization", S3)], &[])?;
        let user = [("UserName", "cordboard")];
        moto.manage("CreateUser", &user)?;
        let key = moto.manage("CreateAccessKey", &user)?;
        if !key.contains(ACCESS_KEY) || !key.contains(SECRET_KEY) {
            return Err(io::Error::other(format!("not this release's key: {key}")).into());
        }
        moto.manage("PutUserPolicy", &[user[0], ("PolicyName", "cordboard"), ("PolicyDocument", POLICY)])?;
        moto.admit(0)?;
        Ok(moto)
    }

    /// Admits this many requests without checking their signatures.
    fn admit(&self, requests: u32) -> io::Result<()> {
        let headers = [("Content-Type", "text/plain")];
        self.sent(("POST", "/moto-api/reset-auth"), &headers, requests.to_string().as_bytes()).map(drop)
    }

    /// Calls an action of its user management.
    fn manage(&self, action: &str, parameters: &[(&str, &str)]) -> io::Result<String> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("Action", action).append_pair("Version", "2010-05-08");
        for (name, value) in parameters {
            body.append_pair(name, value);
        }
        let headers = [("Authorization", IAM), ("Content-Type", "application/x-www-form-urlencoded")];
        let answer = self.sent(("POST", "/"), &headers, body.finish().as_bytes())?;
        let answer = answer.ok_or_else(|| io::Error::other(format!("{action} is refused")))?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
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

    /// Returns the keys of all objects in the bucket, in order.
    ///
    /// # Errors
    /// It does not answer.
    pub fn keys(&self) -> io::Result<Vec<String>> {
        let listed = self.ask("GET", &format!("/{BUCKET}?list-type=2"), &[])?;
        let listed = String::from_utf8_lossy(&listed);
        let keys = listed.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>"));
        Ok(keys.map(|(key, _)| key.to_owned()).collect())
    }

    /// Creates an object.
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

    /// The environment variables that move a server's recordings to the bucket, below this folder.
    #[must_use]
    pub fn environment(folder: &str, endpoint: &str) -> Vec<(OsString, OsString)> {
        let settings = [
            ("STORE", format!("s3://{BUCKET}/{folder}")),
            ("S3_ENDPOINT", endpoint.to_owned()),
            ("S3_ACCESS_KEY", ACCESS_KEY.to_owned()),
            ("S3_SECRET_KEY", SECRET_KEY.to_owned()),
        ];
        let named =
            |(name, value): (&str, String)| (format!("CORDBOARD_RECORDINGS__{name}").into(), value.into());
        settings.map(named).into()
    }

    /// Sends a request about the bucket, and returns the answer's body.
    fn ask(&self, method: &str, target: &str, body: &[u8]) -> io::Result<Vec<u8>> {
        for _ in 0..TRIES {
            self.admit(1)?;
            if let Some(answer) = self.sent((method, target), &[("Authorization", S3)], body)? {
                return Ok(answer);
            }
        }
        Err(io::Error::other(format!("{method} {target} is refused")))
    }

    /// Sends a request, and returns the answer's body; `None` where it is not admitted.
    fn sent(
        &self,
        (method, target): (&str, &str),
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Option<Vec<u8>>> {
        let agent = ureq::Agent::config_builder().timeout_global(Some(ANSWER_LIMIT)).build().new_agent();
        let mut request =
            ureq::http::Request::builder().method(method).uri(format!("{}{target}", self.endpoint()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut answer = match agent.run(request.body(body).map_err(io::Error::other)?) {
            Err(ureq::Error::StatusCode(403)) => return Ok(None),
            answer => answer.map_err(io::Error::other)?,
        };
        answer.body_mut().read_to_vec().map(Some).map_err(io::Error::other)
    }
}
