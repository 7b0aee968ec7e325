//! Somebody else's web server: takes what it is sent, and answers as its paths say.
//!
//! `/ok` takes everything; `/status/503`, and what lies below it, refuses; `/fails/2` refuses twice and then takes everything; `/redirect/PLACE` leads to
//! PLACE; `/big` answers 10 MB; `/slow` never answers; `/echo` says what it was sent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The bytes that `/big` answers.
pub const BIG_BYTES: usize = 10_000_000;

/// A request that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// As `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Received {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The server. It ends with the process; its requests can be looked at.
#[derive(Clone, Debug)]
pub struct Receiver {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    /// Starts one on a free port of this machine.
    ///
    /// # Errors
    /// No port could be had.
    pub fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let received = Arc::<Mutex<Vec<Received>>>::default();
        let receiver = Self { address, received };
        let serving = receiver.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let serving = serving.clone();
                // A client that breaks off is its own affair.
                thread::spawn(move || drop(serving.serve(connection)));
            }
        });
        Ok(receiver)
    }

    /// The address of a path, by this machine's number.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The address of a path, by a name that leads to this machine.
    pub fn url_by_name(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.address.port())
    }

    /// All that came so far.
    pub fn received(&self) -> Vec<Received> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Received>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut connection: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(connection.try_clone()?);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let mut words = line.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (method, path) = (method.to_owned(), path.to_owned());
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        let received = Received { method, path, headers, body };
        let earlier = {
            let mut all = self.lock();
            let earlier = all.iter().filter(|other| other.path == received.path).count();
            all.push(received.clone());
            earlier
        };
        let (status, extra, answer) = self.answer(&received, earlier);
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: text/plain\r\n{extra}Content-Length: {}\r\nConnection: close\r\n\r\n",
            answer.len()
        );
        connection.write_all(head.as_bytes())?;
        connection.write_all(&answer)
    }

    fn answer(&self, received: &Received, earlier: usize) -> (u16, String, Vec<u8>) {
        let path = received.path.split('?').next().unwrap_or_default();
        let plain = |status: u16, text: &str| (status, String::new(), text.as_bytes().to_vec());
        let number = |prefix: &str| path.strip_prefix(prefix)?.split('/').next()?.parse::<usize>().ok();
        if let Some(status) = number("/status/") {
            return plain(u16::try_from(status).unwrap_or(500), "no");
        }
        if let Some(times) = number("/fails/") {
            return if earlier < times { plain(503, "not now") } else { plain(200, "taken") };
        }
        if let Some(place) = path.strip_prefix("/redirect/") {
            return (302, format!("Location: {}\r\n", self.url(&format!("/{place}"))), Vec::new());
        }
        match path {
            "/big" => (200, String::new(), vec![b'x'; BIG_BYTES]),
            "/slow" => {
                thread::sleep(Duration::from_secs(3_600));
                plain(200, "late")
            }
            "/echo" => plain(200, &format!("{} {} {}", received.method, received.path, received.body)),
            _ => plain(200, "taken"),
        }
    }
}
