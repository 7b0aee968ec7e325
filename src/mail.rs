//! Mail. Letters to people are sent for the outbox ([`Mailer::bring`]). Mails with a link, and notices about an account, wait on disk, and a courier
//! sends them.
//!
//! ```text
//! a link is made ── Posting, in its transaction ──> table mails ──due──> Courier ──┬──> MailServer ── SMTP
//! notices ── deliveries ── Postman ── bring ───────────────────────────────────────┘
//! ```
//! Neither waits for the other: each has its own number of connections to the mail server. A mail that must be tried again delays no other: it is due
//! later.
//!
//! Without a mail server (`smtp.host`) the log says that a mail was not sent, without its text: the mail may contain a link that opens an account to
//! anyone who reads the log. Only `smtp.links_in_log` writes mails there.

mod courier;
#[cfg(feature = "fault-injection")]
pub mod fault;
mod server;
mod talk;

use std::sync::Arc;

use actix::ArbiterHandle;
use cordboard_actors::world;
use cordboard_schema::account::User;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::MAIL_GIVE_UP_MS;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::MailRow;

use self::courier::Courier;
pub use self::courier::CourierHandle;
use self::server::MailServer;
use crate::config::{BaseUrl, Smtp};
use crate::secret_box::SecretBox;
use crate::store::{Connection, NOTICE_LINK, Store, StoreError, change};

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Recipient: one address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// Why mail can't be sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// `smtp.from` is not an address.
    #[error(
        "`smtp.from` is not a valid sender's address: {0}; set it to an address such as cordboard@example.com"
    )]
    From(String),
    /// The mail server's name can't be used for TLS, or there are no certificates.
    #[error(
        "mail can't be encrypted for `smtp.host`: {0}; set it to the mail server's name, and let the server read the system's certificates"
    )]
    Tls(String),
}

/// Why the mail server has not accepted a mail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMailed {
    /// It never will, or the mail can't be written.
    #[error("{0}")]
    Never(String),
    /// It may accept it later.
    #[error("{0}")]
    NotNow(String),
}

/// Checks whether the mail server of the configuration can be reached and accepts its account; none if there is no mail server. No mail is sent.
pub(crate) async fn check(smtp: &Smtp) -> Option<Result<(), NotMailed>> {
    let host = smtp.host.as_ref()?;
    Some(match server::route(host, smtp) {
        Ok(route) => route.check().await,
        Err(error) => Err(NotMailed::Never(error.to_string())),
    })
}

/// Delivers mails. Cheap to clone.
#[derive(Clone)]
pub struct Mailer(MailDelivery);

/// How mails are delivered.
#[derive(Clone)]
enum MailDelivery {
    /// A mail server accepts them.
    Server(Arc<MailServer>),
    /// They are written to the log.
    Log,
    /// They are not delivered.
    Nowhere,
}

/// The link in a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// SHA-256 of its token in hex, as in the row of what it opens.
    pub hash: String,
    /// When it expires.
    pub until: UnixMs,
}

/// A mail with a link, for the transaction that creates the link.
pub struct Posting {
    mail: Mail,
    /// Row of the mail; none if there is no mail server.
    row: Option<MailRow>,
}

impl Posting {
    /// Row of the mail; none if there is no mail server.
    pub const fn row(&self) -> Option<&MailRow> {
        self.row.as_ref()
    }

    /// Stores the mail. It is sent once the transaction is committed, and never otherwise. Returns false if too many mails wait.
    ///
    /// # Errors
    /// Fails if the database does.
    pub fn write(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        self.row.as_ref().map_or(Ok(true), |row| change::queue_mail(connection, row))
    }
}

impl Mailer {
    /// Makes a mailer that sends nothing.
    pub const fn disabled() -> Self {
        Self(MailDelivery::Nowhere)
    }

    /// Makes a mailer for the mail server of the configuration. Without one it writes to the log, or does nothing. `secrets` encrypts waiting mails.
    /// Weekly mails name an address at `public` with which mail programs stop them.
    ///
    /// # Errors
    /// Fails if the settings can't be used.
    pub fn of(smtp: &Smtp, public: Option<&BaseUrl>, secrets: SecretBox) -> Result<Self, MailError> {
        Ok(Self(match MailServer::of(smtp, public, secrets)? {
            Some(server) => MailDelivery::Server(Arc::new(server)),
            None if smtp.links_in_log => MailDelivery::Log,
            None => MailDelivery::Nowhere,
        }))
    }

    /// Starts the courier for mails in this store, on an arbiter that carries no audio; none if there is no mail server.
    pub fn start_courier(&self, store: Store, arbiter: &ArbiterHandle) -> Option<CourierHandle> {
        let MailDelivery::Server(server) = &self.0 else { return None };
        Some(Courier::new(store, Arc::clone(server)).start(arbiter))
    }

    /// Makes a mail of a member of this organization, with this link.
    pub fn posting(&self, organization_id: OrganizationId, mail: Mail, link: Link) -> Posting {
        let MailDelivery::Server(server) = &self.0 else { return Posting { mail, row: None } };
        let now = UnixMs::from(world::now());
        let naive = |at: UnixMs| at.to_utc().naive_utc();
        let mut row = MailRow {
            id: world::new_id().to_string(),
            organization_id: organization_id.to_string(),
            recipient: mail.to.clone(),
            subject: mail.subject.clone(),
            sealed_text: String::new(),
            link_hash: link.hash,
            attempts: 0,
            created_at: naive(now),
            due_at: naive(now),
            give_up_at: naive(link.until.min(now + MAIL_GIVE_UP_MS)),
        };
        row.sealed_text = server.secrets.seal(&row.seal_context(), mail.text.as_bytes());
        Posting { mail, row: Some(row) }
    }

    /// Makes a mail without a link that informs this user. It is sent only while they are a user.
    pub fn notice(&self, user: &User, subject: &str, text: String) -> Posting {
        let mail = Mail { to: user.email.to_string(), subject: subject.to_owned(), text };
        let link = Link {
            hash: format!("{NOTICE_LINK}{}", user.id),
            until: UnixMs::from(world::now()) + MAIL_GIVE_UP_MS,
        };
        self.posting(user.organization_id, mail, link)
    }

    /// Reports that its transaction is committed.
    pub fn posted(&self, Posting { mail: Mail { to, subject, text }, .. }: Posting) {
        match &self.0 {
            MailDelivery::Server(server) => server.posted.notify_one(),
            MailDelivery::Log => tracing::warn!(
                to,
                subject,
                "no mail server is set (`smtp.host`), so this mail is written here (`smtp.links_in_log`):\n{text}"
            ),
            MailDelivery::Nowhere => tracing::warn!(
                to,
                subject,
                "a mail was not sent: no mail server is set (`smtp.host`); with `smtp.links_in_log` it would be written here"
            ),
        }
    }

    /// Does the same as [`Self::posted`] if there is a mail.
    pub fn posted_some(&self, posting: Option<Posting>) {
        if let Some(posting) = posting {
            self.posted(posting);
        }
    }

    /// Whether there is a mail server.
    pub const fn has_server(&self) -> bool {
        matches!(self.0, MailDelivery::Server(_))
    }

    /// Whether mails with links are delivered, possibly only to the log.
    pub const fn brings_links(&self) -> bool {
        !matches!(self.0, MailDelivery::Nowhere)
    }

    /// Tries to send a letter once, and returns the mail server's answer when it has accepted it. `id` is the same at each attempt. A caller that
    /// stops waiting before its turn withdraws the letter.
    ///
    /// # Errors
    /// Fails if the letter is not known to be accepted.
    pub async fn bring(&self, id: &str, mail: Mail) -> Result<String, NotMailed> {
        let MailDelivery::Server(server) = &self.0 else {
            return Err(NotMailed::Never("no mail server is set (`smtp.host`)".to_owned()));
        };
        // The semaphore is never closed.
        let _turn = server.letters.acquire().await;
        server.send(id, &mail).await
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    use super::*;
    use crate::config::{Config, Sources};

    fn secrets() -> SecretBox {
        let folder = tempfile::tempdir().unwrap();
        SecretBox::open(&Config { data_dir: folder.path().to_owned(), ..Config::default() }).unwrap()
    }

    pub(super) fn post(port: u16) -> Mailer {
        let variables = [
            ("CORDBOARD_SMTP__HOST", "127.0.0.1".to_owned()),
            ("CORDBOARD_SMTP__PORT", port.to_string()),
            ("CORDBOARD_SMTP__TLS", "none".to_owned()),
            ("CORDBOARD_SMTP__FROM", "Cordboard <calls@example.com>".to_owned()),
            ("CORDBOARD_HTTP__PUBLIC_BASE_URL", "https://calls.example.com/".to_owned()),
        ];
        let environment = variables.map(|(name, value)| (name.into(), value.into())).to_vec();
        let sources = Sources { file: None, dotenv: None, environment };
        let config = Config::load(&sources).unwrap().config;
        Mailer::of(&config.smtp, config.http.public_base_url.as_ref(), secrets()).unwrap()
    }

    #[tokio::test]
    async fn mail_reaches_the_server_and_subjects_add_no_headers() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let mailer = post(server.local_addr().unwrap().port());
        let mail = Mail {
            to: "ada@example.com".to_owned(),
            subject: "Gr\u{fc}\u{df}e\r\nBcc: eve@example.com".to_owned(),
            text: "a link: https://x.example/reset#token=1".to_owned(),
        };
        let said = std::thread::spawn(move || said_to(&server));
        assert_eq!(mailer.bring("0193a000", mail).await, Ok("250 taken".to_owned()));
        let said = said.join().unwrap();
        let all = said.join("\n");
        for line in
            ["EHLO example.com", "Message-ID: <0193a000@example.com>", "Auto-Submitted: auto-generated"]
        {
            assert!(said.iter().any(|said| said == line), "{line}: {all}");
        }
        assert!(all.contains("RCPT TO:<ada@example.com>"), "{all}");
        assert!(!said.iter().any(|line| line.to_lowercase().starts_with("bcc")), "{all}");
        assert!(all.contains("/reset#token"), "{all}");
    }

    #[tokio::test]
    async fn only_reports_can_be_stopped_by_a_mail_program() {
        for (link_hash, is_report) in [
            ("report:0193a000-0000-7000-8000-000000000001", true),
            ("notice:0193a000-0000-7000-8000-000000000001", false),
            ("report:nobody", false),
            ("0123456789abcdef", false),
        ] {
            let server = TcpListener::bind("127.0.0.1:0").unwrap();
            let mailer = post(server.local_addr().unwrap().port());
            let MailDelivery::Server(postman) = &mailer.0 else { panic!("there is a mail server") };
            let mail = Mail {
                to: "ada@example.com".to_owned(),
                subject: "Your calls".to_owned(),
                text: "none".to_owned(),
            };
            let said = std::thread::spawn(move || said_to(&server));
            assert_eq!(postman.send_waiting("0193a000", &mail, link_hash).await, Ok("250 taken".to_owned()));
            let said = said.join().unwrap();
            let address = "List-Unsubscribe: <https://calls.example.com/hooks/report-mail/0193a000";
            let has_address = said.iter().any(|line| line.starts_with(address) && line.ends_with('>'));
            let is_one_click =
                said.iter().any(|line| line == "List-Unsubscribe-Post: List-Unsubscribe=One-Click");
            assert_eq!((has_address, is_one_click), (is_report, is_report), "{link_hash}: {said:?}");
        }
    }

    /// Returns what the next client sends to a mail server that accepts its first mail.
    fn said_to(server: &TcpListener) -> Vec<String> {
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
        said
    }

    #[test]
    fn waiting_mail_is_encrypted_and_never_outlives_its_link() {
        let mail = Mail {
            to: "ada@example.com".to_owned(),
            subject: "A link".to_owned(),
            text: "https://x.example/reset#token=1".to_owned(),
        };
        let now = UnixMs::from(world::now());
        for (until, holds_ms) in [(now + 3_600_000, 3_600_000), (now + 10 * MAIL_GIVE_UP_MS, MAIL_GIVE_UP_MS)]
        {
            let link = Link { hash: "hash".to_owned(), until };
            let row = post(9).posting(OrganizationId(world::new_id()), mail.clone(), link).row.unwrap();
            assert!(!format!("{row:?}").contains("token=1"), "{row:?}");
            let late_ms = UnixMs::from(row.give_up_at.and_utc()).ms_since(now + holds_ms);
            assert!(late_ms < 60_000, "{row:?}");
        }
    }

    #[cfg(feature = "fault-injection")]
    #[test]
    fn a_courier_that_panics_is_replaced() {
        use std::time::Duration;

        use tokio::runtime::Builder;
        use tokio::time::sleep;

        use crate::store::{StoreSettings, fault, query};

        let runtime = || Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        actix::System::with_tokio_rt(runtime).block_on(async {
            let _stay = world::enter("2027-05-04T09:00:00Z".parse().unwrap(), 1);
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
            let mailer = post(9);
            fault::panic_at_next_read();
            let _courier = mailer.start_courier(store.clone(), &actix::Arbiter::current()).unwrap();
            sleep(Duration::from_secs(5)).await;
            let mail = Mail {
                to: "ada@example.com".to_owned(),
                subject: "A link".to_owned(),
                text: "https://x.example/reset#token=1".to_owned(),
            };
            // A link that opens nothing: the mail is claimed, and not sent.
            let link = Link { hash: "hash".to_owned(), until: UnixMs::from(world::now()) + 3_600_000 };
            let posting = mailer.posting(store.organization_id(), mail, link);
            let write = move |connection: &mut Connection| posting.write(connection);
            assert!(store.change(write).await.unwrap());
            assert!(store.reads().run(query::next_mail_due).await.unwrap().is_some());
            sleep(Duration::from_secs(30)).await;
            assert_eq!(store.reads().run(query::next_mail_due).await.unwrap(), None);
        });
    }

    #[test]
    fn unusable_settings_are_named() {
        let smtp = Smtp { from: Some("no address".to_owned()), ..Config::default().smtp };
        assert!(
            matches!(Mailer::of(&smtp, None, secrets()), Ok(Mailer(MailDelivery::Nowhere))),
            "no host, no matter"
        );
        let smtp = Smtp { links_in_log: true, ..smtp };
        assert!(matches!(Mailer::of(&smtp, None, secrets()), Ok(Mailer(MailDelivery::Log))));
    }
}
