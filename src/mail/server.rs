//! The mail server of the configuration: one talk with it for each mail, on a thread that may block.

use std::time::Duration;

use cordboard_schema::limits::{MAIL_MS_MAX, MAILS_AT_ONCE};
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{SmtpTransport, Transport};
use tokio::sync::{Notify, Semaphore};
use tokio::task::spawn_blocking;

use super::{Mail, MailError, NotMailed};
use crate::config::{MailTls, Smtp};
use crate::secret_box::SecretBox;

/// The mail server, and who waits for it.
pub(super) struct MailServer {
    transport: SmtpTransport,
    from: Mailbox,
    /// Seals and opens the texts of mails that wait.
    pub(super) secrets: SecretBox,
    /// As many permits as letters may be brought at the same time. Mails with a link are counted by their courier.
    pub(super) letters: Semaphore,
    /// A mail with a link has been written down here.
    pub(super) posted: Notify,
}

impl MailServer {
    /// The one of the configuration; none where it names none.
    pub(super) fn of(smtp: &Smtp, secrets: SecretBox) -> Result<Option<Self>, MailError> {
        let Some(host) = &smtp.host else { return Ok(None) };
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
        Ok(Some(Self {
            transport: transport.build(),
            from,
            secrets,
            letters: Semaphore::new(MAILS_AT_ONCE),
            posted: Notify::new(),
        }))
    }

    /// Tries a mail once, and answers with the server's words when it has taken it.
    pub(super) async fn send(&self, mail: &Mail) -> Result<String, NotMailed> {
        let message = self.message(mail).map_err(NotMailed::Never)?;
        #[cfg(feature = "fault-injection")]
        super::fault::pass_slowly().await;
        let transport = self.transport.clone();
        // The mail server may be a task of this thread.
        match spawn_blocking(move || transport.send(&message)).await {
            Ok(Ok(answer)) => {
                let words: Vec<&str> = answer.message().collect();
                Ok(format!("{} {}", answer.code(), words.join(" ")))
            }
            Ok(Err(error)) if error.is_permanent() => Err(NotMailed::Never(error.to_string())),
            Ok(Err(error)) => Err(NotMailed::NotNow(error.to_string())),
            Err(panic) => Err(NotMailed::Never(panic.to_string())),
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
