//! The mail server of the configuration: one talk with it for each mail, on a thread that may block.

use cordboard_actors::tls;
use cordboard_schema::limits::MAILS_AT_ONCE;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::TlsParameters;
use rustls::pki_types::ServerName;
use tokio::sync::{Notify, Semaphore};
use tokio::task::spawn_blocking;

use super::talk::{Route, Security};
use super::{Mail, MailError, NotMailed};
use crate::config::{HostName, MailTls, Smtp};
use crate::secret_box::SecretBox;

/// The way to the mail server of this name.
pub(super) fn route(host: &HostName, smtp: &Smtp) -> Result<Route, MailError> {
    let security = match smtp.tls {
        MailTls::None => Security::Nothing,
        MailTls::StartTls => {
            let parameters = TlsParameters::new(host.to_string());
            Security::StartTls(parameters.map_err(|error| MailError::Tls(error.to_string()))?)
        }
        MailTls::Wrapper => {
            let name = ServerName::try_from(host.to_string());
            let name = name.map_err(|error| MailError::Tls(error.to_string()))?;
            Security::Wrapper(tls::client_config().map_err(MailError::Tls)?, name)
        }
    };
    let credentials = smtp.user.as_ref().zip(smtp.password.as_ref());
    Ok(Route {
        host: host.to_string(),
        port: u16::try_from(smtp.port.get()).unwrap_or(u16::MAX),
        security,
        credentials: credentials
            .map(|(user, password)| Credentials::new(user.clone(), password.expose().to_owned())),
    })
}

/// The mail server, and who waits for it.
pub(super) struct MailServer {
    route: Route,
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
        let route = route(host, smtp)?;
        Ok(Some(Self { route, from, secrets, letters: Semaphore::new(MAILS_AT_ONCE), posted: Notify::new() }))
    }

    /// Tries a mail once, and answers with the server's words when it has taken it.
    pub(super) async fn send(&self, mail: &Mail) -> Result<String, NotMailed> {
        let message = self.message(mail).map_err(NotMailed::Never)?;
        #[cfg(feature = "fault-injection")]
        super::fault::pass_slowly().await;
        let route = self.route.clone();
        // The mail server may be a task of this thread.
        match spawn_blocking(move || route.bring(message.envelope(), &message.formatted())).await {
            Ok(Ok(answer)) => {
                let words: Vec<&str> = answer.message().collect();
                Ok(format!("{} {}", answer.code(), words.join(" ")))
            }
            Ok(Err(error)) => Err(error),
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
