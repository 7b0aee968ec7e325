//! Another party's web server: accepts what it gets, and answers as its paths specify.
//!
//! `/ok` accepts everything; `/status/503`, and what is below it, refuses; `/fails/2` refuses twice and then accepts everything;
//! `/redirect/PLACE` redirects to PLACE; `/big` answers 10 MB; `/slow` never answers; `/echo` returns what it got.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::driving::{Door, drive};
use crate::http::{answer, read_request};

/// How many bytes `/big` answers.
pub const BIG_BYTES: usize = 10_000_000;

/// A request that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Such as `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// When it had arrived, by the clock of the server's runtime.
    pub at: Instant,
}

impl Received {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The server. It ends with the process, or with the runtime that it is a task of.
#[derive(Clone, Debug)]
pub struct Receiver {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    /// Starts one on a free port of this machine, on a thread of its own.
    ///
    /// # Errors
    /// No port is available.
    pub fn start() -> std::io::Result<Self> {
        let (receiver, serving) = Self::open()?;
        drive(serving);
        Ok(receiver)
    }

    /// The same as a task of the current runtime, whose clock may be paused.
    ///
    /// # Errors
    /// No port is available.
    pub fn start_here() -> std::io::Result<Self> {
        let (receiver, serving) = Self::open()?;
        tokio::spawn(serving);
        Ok(receiver)
    }

    fn open() -> std::io::Result<(Self, impl Future<Output = ()> + Send)> {
        let mut door = Door::open()?;
        let (address, received) = (door.address(), Arc::<Mutex<Vec<Received>>>::default());
        let shelf = Arc::clone(&received);
        let serving = door.serving(move |stream| serve(stream, address, Arc::clone(&shelf)))?;
        Ok((Self { address, received }, door.held_open(serving)))
    }

    /// The address of a path, by this machine's IP address.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The address of a path, by a name that resolves to this machine.
    pub fn url_by_name(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.address.port())
    }

    /// All requests so far.
    pub fn received(&self) -> Vec<Received> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Received>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(mut connection: TcpStream, address: SocketAddr, shelf: Arc<Mutex<Vec<Received>>>) {
    let Some(request) = read_request(&mut connection, &mut Vec::new()).await else { return };
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let (method, path, headers) = (request.method, request.target, request.headers);
    let received = Received { method, path, headers, body, at: Instant::now() };
    let earlier = {
        let mut all = shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = all.iter().filter(|other| other.path == received.path).count();
        all.push(received.clone());
        earlier
    };
    let (status, location, body) = answer_to(&received, earlier, address).await;
    let mut headers = vec![("Content-Type", "text/plain".to_owned()), ("Connection", "close".to_owned())];
    headers.extend(location.map(|place| ("Location", place)));
    // It doesn't matter if a client breaks off.
    let _ = answer(&mut connection, status, &headers, &body).await;
}

async fn answer_to(
    received: &Received,
    earlier: usize,
    address: SocketAddr,
) -> (u16, Option<String>, Vec<u8>) {
    let path = received.path.split('?').next().unwrap_or_default();
    let plain = |status: u16, text: &str| (status, None, text.as_bytes().to_vec());
    let number = |prefix: &str| path.strip_prefix(prefix)?.split('/').next()?.parse::<usize>().ok();
    if let Some(status) = number("/status/") {
        return plain(u16::try_from(status).unwrap_or(500), "no");
    }
    if let Some(times) = number("/fails/") {
        return if earlier < times { plain(503, "not now") } else { plain(200, "taken") };
    }
    if let Some(place) = path.strip_prefix("/redirect/") {
        return (302, Some(format!("http://{address}/{place}")), Vec::new());
    }
    match path {
        "/big" => (200, None, vec![b'x'; BIG_BYTES]),
        "/slow" => {
            sleep(Duration::from_secs(3_600)).await;
            plain(200, "late")
        }
        "/echo" => plain(200, &format!("{} {} {}", received.method, received.path, received.body)),
        _ => plain(200, "taken"),
    }
}
