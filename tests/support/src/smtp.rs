//! A mail server as it stands before Cordboard: takes every mail, but none for `nowhere@...` (RFC 5321).

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A mail that was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Whom it is for, as the envelope says.
    pub to: Vec<String>,
    /// Headers and text, line by line.
    pub lines: Vec<String>,
}

/// The server. It ends with the process; what it has taken can be looked at.
#[derive(Clone, Debug)]
pub struct MailServer {
    address: SocketAddr,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl MailServer {
    /// Starts one on a free port of this machine.
    ///
    /// # Errors
    /// No port could be had.
    pub fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let server = Self { address: listener.local_addr()?, taken: Arc::default() };
        let serving = server.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let serving = serving.clone();
                // A client that breaks off is its own affair.
                thread::spawn(move || drop(serving.serve(&connection)));
            }
        });
        Ok(server)
    }

    /// Its port, on 127.0.0.1; it takes no TLS.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What it has taken, in order.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn serve(&self, connection: &TcpStream) -> std::io::Result<()> {
        let mut say = {
            let mut connection = connection.try_clone()?;
            move |text: &str| connection.write_all(format!("{text}\r\n").as_bytes())
        };
        let mut lines = BufReader::new(connection).lines();
        let mut mail = Taken::default();
        say("220 ready")?;
        while let Some(line) = lines.next().transpose()? {
            let command = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match command.as_str() {
                "RCPT" if line.contains("<nowhere@") => say("550 no such mailbox")?,
                "RCPT" => {
                    let to = line.split(['<', '>']).nth(1).unwrap_or_default();
                    mail.to.push(to.to_owned());
                    say("250 ok")?;
                }
                "DATA" => {
                    say("354 go on")?;
                    for line in lines.by_ref() {
                        match line? {
                            end if end == "." => break,
                            line => mail.lines.push(line),
                        }
                    }
                    let mail = std::mem::take(&mut mail);
                    self.taken.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                    say("250 taken")?;
                }
                "QUIT" => return say("221 bye"),
                _ => say("250 ok")?,
            }
        }
        Ok(())
    }
}
