//! Mail: a bounded queue, and one job at a time that talks with the mail server, on a thread of its own. Nobody waits for it.
//!
//! Without a mail server (`smtp.host`) the log says that a mail was not sent, and not what it says: it may hold a link that opens an
//! account to whoever reads the log. Only `smtp.links_in_log` lets mails stand there.

use std::time::Duration;

use cordboard_actors::threads::Threads;
use cordboard_schema::limits::{MAIL_MS_MAX, MAIL_TRIES_MAX, MAILS_WAITING_MAX};
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::response::Response;
use lettre::{SmtpTransport, Transport};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::config::{MailTls, Smtp};

/// How long is waited before the second try; each further one waits twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(2);

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Whom it is for: one address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// Why mail can't be sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// `smtp.from` is no address.
    #[error("`smtp.from` is no address that mail can come from: {0}; set it as cordboard@example.com")]
    From(String),
    /// The mail server's name can't be used for TLS, or there are no certificates.
    #[error("mail can't be encrypted for `smtp.host`: {0}")]
    Tls(String),
    /// The thread did not start.
    #[error("the system started no thread for mail: {0}")]
    Thread(std::io::Error),
}

/// Why the mail server has not taken a mail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMailed {
    /// It never will, or the mail can't be written.
    #[error("{0}")]
    Never(String),
    /// It may take it later.
    #[error("{0}")]
    NotNow(String),
}

/// A mail that waits, and who wants to know what became of it: such a one is tried once.
#[derive(Debug)]
struct Job {
    mail: Mail,
    told: Option<oneshot::Sender<Result<String, NotMailed>>>,
}

/// Takes mails and sends them by and by. Cheap to clone; its thread ends with the last clone.
#[derive(Clone, Debug)]
pub struct Mailer(Way);

/// What becomes of mails.
#[derive(Clone, Debug)]
enum Way {
    /// They wait for the mail server.
    Server(Sender<Job>),
    /// They stand in the log.
    Log,
    /// Nobody gets them.
    Nowhere,
}

impl Mailer {
    /// One that sends nothing.
    pub const fn to_nobody() -> Self {
        Self(Way::Nowhere)
    }

    /// One for the mail server of the configuration; where it names none, for the log or nobody.
    ///
    /// # Errors
    /// The settings can't be used.
    pub fn start(smtp: &Smtp) -> Result<Self, MailError> {
        let Some(host) = &smtp.host else {
            return Ok(Self(if smtp.links_in_log { Way::Log } else { Way::Nowhere }));
        };
        let from = smtp.from.clone().unwrap_or_default();
        let from: Mailbox = from.parse().map_err(|error| MailError::From(format!("{error}")))?;
        let parameters =
            || TlsParameters::new(host.to_string()).map_err(|error| MailError::Tls(error.to_string()));
        let tls = match smtp.tls {
            MailTls::None => Tls::None,
            MailTls::StartTls => Tls::Required(parameters()?),
            MailTls::Wrapper => Tls::Wrapper(parameters()?),
        };
        let mut transport = SmtpTransport::builder_dangerous(host.as_str())
            .port(u16::try_from(smtp.port.get()).unwrap_or(u16::MAX))
            .tls(tls)
            .timeout(Some(Duration::from_millis(MAIL_MS_MAX)));
        if let (Some(user), Some(password)) = (&smtp.user, &smtp.password) {
            transport = transport.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
        }
        let (queue, waiting) = channel(MAILS_WAITING_MAX);
        let post = Post { transport: transport.build(), from };
        Threads::here().start("mail", move || post.run(waiting)).map_err(MailError::Thread)?;
        Ok(Self(Way::Server(queue)))
    }

    /// Hands a mail over. Never blocks: where too many wait it is dropped, and the log says so.
    pub fn send(&self, mail: Mail) {
        let Mail { to, subject, text } = &mail;
        let queue = match &self.0 {
            Way::Server(queue) => queue,
            Way::Log => {
                return tracing::warn!(
                    to,
                    subject,
                    "no mail server is set (`smtp.host`), so this mail stands here (`smtp.links_in_log`):\n{text}"
                );
            }
            Way::Nowhere => {
                return tracing::warn!(
                    to,
                    subject,
                    "a mail was not sent: no mail server is set (`smtp.host`); with `smtp.links_in_log` it would stand here"
                );
            }
        };
        match queue.try_send(Job { mail, told: None }) {
            Ok(()) => {}
            Err(TrySendError::Full(Job { mail, .. })) => {
                tracing::error!(
                    to = mail.to,
                    "a mail was dropped: {MAILS_WAITING_MAX} wait for the mail server"
                );
            }
            Err(TrySendError::Closed(Job { mail, .. })) => {
                tracing::error!(to = mail.to, "a mail was dropped: the thread for mail has ended");
            }
        }
    }

    /// Whether there is a mail server.
    pub const fn has_server(&self) -> bool {
        matches!(self.0, Way::Server(_))
    }

    /// Whether a link in a mail gets to anybody.
    pub const fn brings_links(&self) -> bool {
        !matches!(self.0, Way::Nowhere)
    }

    /// Has a mail tried once, and answers with the mail server's words when it has taken it. Whoever stops waiting before its turn
    /// has taken it back.
    ///
    /// # Errors
    /// It is not known to be taken.
    pub async fn bring(&self, mail: Mail) -> Result<String, NotMailed> {
        let not_now = |why: &str| NotMailed::NotNow(why.to_owned());
        let Way::Server(queue) = &self.0 else {
            return Err(NotMailed::Never("no mail server is set (`smtp.host`)".to_owned()));
        };
        let (told, outcome) = oneshot::channel();
        let queued = queue.try_send(Job { mail, told: Some(told) });
        queued.map_err(|_| not_now("too many mails wait for the mail server"))?;
        outcome.await.unwrap_or_else(|_| Err(not_now("the thread for mail has ended")))
    }
}

/// Why a try failed.
struct Fault {
    /// The mail server will never take it.
    is_for_good: bool,
    words: String,
}

struct Post {
    transport: SmtpTransport,
    from: Mailbox,
}

impl Post {
    async fn run(self, mut waiting: Receiver<Job>) {
        while let Some(Job { mail, told }) = waiting.recv().await {
            match told {
                None => self.deliver(&mail).await,
                Some(told) if told.is_closed() => {}
                // Where nobody waits any more it is tried again later.
                Some(told) => drop(told.send(self.try_once(&mail).await)),
            }
        }
    }

    async fn try_once(&self, mail: &Mail) -> Result<String, NotMailed> {
        let message = self.message(mail).map_err(NotMailed::Never)?;
        match self.send(message).await {
            Ok(answer) => {
                let words: Vec<&str> = answer.message().collect();
                Ok(format!("{} {}", answer.code(), words.join(" ")))
            }
            Err(fault) if fault.is_for_good => Err(NotMailed::Never(fault.words)),
            Err(fault) => Err(NotMailed::NotNow(fault.words)),
        }
    }

    /// Talks with the mail server on a thread that may block: the mail server may be a task of this one.
    async fn send(&self, message: Message) -> Result<Response, Fault> {
        let transport = self.transport.clone();
        match spawn_blocking(move || transport.send(&message)).await {
            Ok(answer) => {
                answer.map_err(|error| Fault { is_for_good: error.is_permanent(), words: error.to_string() })
            }
            Err(panic) => Err(Fault { is_for_good: true, words: panic.to_string() }),
        }
    }

    /// Tries a mail a few times, unless the server says that it never will take it. The text is in no log: it may hold a link.
    async fn deliver(&self, mail: &Mail) {
        let message = match self.message(mail) {
            Ok(message) => message,
            Err(error) => return tracing::error!(to = mail.to, %error, "a mail can't be written"),
        };
        let mut wait = FIRST_WAIT;
        for attempt in 1..=MAIL_TRIES_MAX {
            match self.send(message.clone()).await {
                Ok(_) => return tracing::info!(to = mail.to, "a mail was sent"),
                Err(Fault { is_for_good, words: error }) if is_for_good || attempt == MAIL_TRIES_MAX => {
                    return tracing::error!(
                        to = mail.to,
                        attempt,
                        error,
                        "a mail was not sent: see the settings smtp.*"
                    );
                }
                Err(Fault { words: error, .. }) => {
                    tracing::warn!(to = mail.to, attempt, error, "a mail was not sent yet");
                    sleep(wait).await;
                    wait *= 2;
                }
            }
        }
    }

    fn message(&self, mail: &Mail) -> Result<Message, String> {
        let to: Mailbox = mail.to.parse().map_err(|error| format!("{error}"))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(mail.subject.clone())
            .header(ContentType::TEXT_PLAIN);
        message.body(mail.text.clone()).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    use super::*;
    use crate::config::{Config, Sources};

    fn post(port: u16) -> Mailer {
        let variables = [
            ("CORDBOARD_SMTP__HOST", "127.0.0.1".to_owned()),
            ("CORDBOARD_SMTP__PORT", port.to_string()),
            ("CORDBOARD_SMTP__TLS", "none".to_owned()),
            ("CORDBOARD_SMTP__FROM", "Cordboard <calls@example.com>".to_owned()),
        ];
        let environment = variables.map(|(name, value)| (name.into(), value.into())).to_vec();
        let sources = Sources { file: None, dotenv: None, environment };
        Mailer::start(&Config::load(&sources).unwrap().config.smtp).unwrap()
    }

    #[test]
    fn a_mail_gets_to_the_server_and_no_subject_adds_a_header() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let mailer = post(server.local_addr().unwrap().port());
        mailer.send(Mail {
            to: "ada@example.com".to_owned(),
            subject: "Gr\u{fc}\u{df}e\r\nBcc: eve@example.com".to_owned(),
            text: "a link: https://x.example/reset#token=1".to_owned(),
        });
        let (stream, _) = server.accept().unwrap();
        let (mut lines, mut answers) = (BufReader::new(stream.try_clone().unwrap()).lines(), stream);
        let mut say = |text: &str| answers.write_all(format!("{text}\r\n").as_bytes()).unwrap();
        say("220 ready");
        let mut said = Vec::new();
        let mut is_data = false;
        while let Some(Ok(line)) = lines.next() {
            let is_end = is_data && line == ".";
            match line.split(' ').next() {
                _ if is_end => is_data = false,
                _ if is_data => {}
                Some("DATA") => {
                    is_data = true;
                    say("354 go on");
                }
                _ => say("250 ok"),
            }
            said.push(line);
            if is_end {
                say("250 taken");
                break;
            }
        }
        let all = said.join("\n");
        assert!(all.contains("RCPT TO:<ada@example.com>"), "{all}");
        assert!(!said.iter().any(|line| line.to_lowercase().starts_with("bcc")), "{all}");
        assert!(all.contains("/reset#token"), "{all}");
    }

    #[test]
    fn settings_that_can_not_be_used_are_named() {
        let smtp = Smtp { from: Some("no address".to_owned()), ..Config::default().smtp };
        assert!(matches!(Mailer::start(&smtp), Ok(Mailer(Way::Nowhere))), "no host, no matter");
        let smtp = Smtp { links_in_log: true, ..smtp };
        assert!(matches!(Mailer::start(&smtp), Ok(Mailer(Way::Log))));
    }
}
