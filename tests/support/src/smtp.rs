//! A mail server as Cordboard sees it. It accepts every mail, except mail for `nowhere@...`, and mail for `busy-2@...` only at the third try
//! (RFC 5321). It can have trouble for a while.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::driving::{Door, drive};

/// An accepted mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The recipients, from the envelope.
    pub to: Vec<String>,
    /// Headers and text, line by line.
    pub lines: Vec<String>,
}

/// How a mail server behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// It accepts mail.
    #[default]
    Takes,
    /// It closes each connection without a message.
    Away,
    /// It accepts nothing for now, and says so.
    Refuses,
    /// It accepts a mail and closes the connection before it confirms that: the sender can't know.
    LosesAnswer,
}

/// The server. It ends with the process, or with the runtime that it is a task of.
#[derive(Clone, Debug)]
pub struct MailServer {
    address: SocketAddr,
    taken: Arc<Mutex<Vec<Taken>>>,
    manner: Arc<Mutex<Manner>>,
}

impl MailServer {
    /// Starts one on a free port of this machine, on a thread of its own.
    ///
    /// # Errors
    /// No port is available.
    pub fn start() -> std::io::Result<Self> {
        let (server, serving) = Self::open()?;
        drive(serving);
        Ok(server)
    }

    /// The same as a task of the current runtime, whose clock may be paused.
    ///
    /// # Errors
    /// No port is available.
    pub fn start_here() -> std::io::Result<Self> {
        let (server, serving) = Self::open()?;
        tokio::spawn(serving);
        Ok(server)
    }

    fn open() -> std::io::Result<(Self, impl Future<Output = ()> + Send)> {
        let mut door = Door::open()?;
        let (address, taken) = (door.address(), Arc::<Mutex<Vec<Taken>>>::default());
        let (shelf, asked) = (Arc::clone(&taken), Arc::<Mutex<HashMap<String, u32>>>::default());
        let manner = Arc::<Mutex<Manner>>::default();
        let of_server = Arc::clone(&manner);
        let serving = door.serving(move |stream| {
            let (shelf, asked, manner) = (Arc::clone(&shelf), Arc::clone(&asked), Arc::clone(&manner));
            async move {
                // It doesn't matter if a client breaks off.
                let _ = serve(stream, &shelf, &asked, &manner).await;
            }
        })?;
        Ok((Self { address, taken, manner: of_server }, door.held_open(serving)))
    }

    /// Its port, on 127.0.0.1; it has no TLS.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Sets its behaviour from now on.
    pub fn behaves(&self, manner: Manner) {
        *self.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }

    /// The mails that it has accepted, in order.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Whether a mailbox is still busy; `asked` counts how often it was.
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
    manner: &Mutex<Manner>,
) -> std::io::Result<()> {
    let manner = || *manner.lock().unwrap_or_else(PoisonError::into_inner);
    let (reading, mut writing) = connection.split();
    let mut lines = BufReader::new(reading).lines();
    let mut mail = Taken::default();
    let mut answer = "220 ready";
    loop {
        if manner() == Manner::Away {
            return Ok(());
        }
        writing.write_all(format!("{answer}\r\n").as_bytes()).await?;
        let Some(line) = lines.next_line().await? else { return Ok(()) };
        let command = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        answer = match command.as_str() {
            "MAIL" if manner() == Manner::Refuses => "451 try again later",
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
                if manner() == Manner::LosesAnswer {
                    return Ok(());
                }
                "250 taken"
            }
            "QUIT" => return writing.write_all(b"221 bye\r\n").await,
            _ => "250 ok",
        };
    }
}
