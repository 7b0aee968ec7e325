//! A mail server as Cordboard sees it: takes every mail, but none for `nowhere@...`, and one for `busy-2@...` only when it
//! is asked for the third time (RFC 5321).

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::driving::{Door, drive};

/// A mail that was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Recipients, from the envelope.
    pub to: Vec<String>,
    /// Headers and text, line by line.
    pub lines: Vec<String>,
}

/// The server. It ends with the process, or with the runtime that it is a task of; what it has taken can be looked at.
#[derive(Clone, Debug)]
pub struct MailServer {
    address: SocketAddr,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl MailServer {
    /// Starts one on a free port of this machine, on a thread of its own.
    ///
    /// # Errors
    /// No port could be had.
    pub fn start() -> std::io::Result<Self> {
        let (server, serving) = Self::open()?;
        drive(serving);
        Ok(server)
    }

    /// The same as a task of the current runtime, whose clock may be paused.
    ///
    /// # Errors
    /// No port could be had.
    pub fn start_here() -> std::io::Result<Self> {
        let (server, serving) = Self::open()?;
        tokio::spawn(serving);
        Ok(server)
    }

    fn open() -> std::io::Result<(Self, impl Future<Output = ()> + Send)> {
        let mut door = Door::open()?;
        let (address, taken) = (door.address(), Arc::<Mutex<Vec<Taken>>>::default());
        let (shelf, asked) = (Arc::clone(&taken), Arc::<Mutex<HashMap<String, u32>>>::default());
        let serving = door.serving(move |stream| {
            let (shelf, asked) = (Arc::clone(&shelf), Arc::clone(&asked));
            async move {
                // A client that breaks off is its own affair.
                let _ = serve(stream, &shelf, &asked).await;
            }
        })?;
        Ok((Self { address, taken }, door.held_open(serving)))
    }

    /// Its port, on 127.0.0.1; it takes no TLS.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Mails that it has taken, in order.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Whether somebody's mailbox is busy once more; `asked` counts how often it was.
fn is_busy(to: &str, asked: &Mutex<HashMap<String, u32>>) -> bool {
    let times = to.strip_prefix("busy-").and_then(|rest| rest.split('@').next()?.parse::<u32>().ok());
    let Some(times) = times else { return false };
    let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
    let count = asked.entry(to.to_owned()).or_default();
    *count += 1;
    *count <= times
}

async fn serve(
    mut connection: TcpStream,
    shelf: &Mutex<Vec<Taken>>,
    asked: &Mutex<HashMap<String, u32>>,
) -> std::io::Result<()> {
    let (reading, mut writing) = connection.split();
    let mut lines = BufReader::new(reading).lines();
    let mut mail = Taken::default();
    let mut answer = "220 ready";
    loop {
        writing.write_all(format!("{answer}\r\n").as_bytes()).await?;
        let Some(line) = lines.next_line().await? else { return Ok(()) };
        let command = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        answer = match command.as_str() {
            "RCPT" if line.contains("<nowhere@") => "550 no such mailbox",
            "RCPT" => match line.split(['<', '>']).nth(1).unwrap_or_default() {
                to if is_busy(to, asked) => "450 the mailbox is busy",
                to => {
                    mail.to.push(to.to_owned());
                    "250 ok"
                }
            },
            "DATA" => {
                writing.write_all(b"354 go on\r\n").await?;
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    mail.lines.push(line);
                }
                shelf.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut mail));
                "250 taken"
            }
            "QUIT" => return writing.write_all(b"221 bye\r\n").await,
            _ => "250 ok",
        };
    }
}
