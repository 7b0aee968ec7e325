//! The mail server of the configuration: one connection for each mail, on a thread that may block.

use cordboard_actors::tls;
use cordboard_schema::limits::MAILS_AT_ONCE;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::TlsParameters;
use rustls::pki_types::ServerName;
use tokio::sync::{Notify, Semaphore};
use tokio::task::spawn_blocking;

use super::talk::{Route, Security};
use super::{Mail, MailError, NotMailed};
use crate::config::{BaseUrl, Host, MailTls, Smtp};
use crate::report_mails::StopLinks;
use crate::secret_box::SecretBox;
use crate::store::REPORT_LINK;

/// Returns how the mail server with this name is reached.
pub(super) fn route(host: &Host, smtp: &Smtp) -> Result<Route, MailError> {
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

/// The mail server, and what waits for it.
pub(super) struct MailServer {
    route: Route,
    from: Mailbox,
    /// Encrypts and decrypts the texts of waiting mails.
    pub(super) secrets: SecretBox,
    /// Our public address without a trailing slash, if it is encrypted: mail programs use no other (RFC 8058).
    public: Option<String>,
    /// One permit for each letter that may be sent at the same time. The courier counts mails with a link itself.
    pub(super) letters: Semaphore,
    /// Notified when a mail with a link was stored here.
    pub(super) posted: Notify,
}

impl MailServer {
    /// Returns the mail server of the configuration; none if it names none.
    pub(super) fn of(
        smtp: &Smtp,
        public: Option<&BaseUrl>,
        secrets: SecretBox,
    ) -> Result<Option<Self>, MailError> {
        let Some(host) = &smtp.host else { return Ok(None) };
        let from = smtp.from.clone().unwrap_or_default();
        let from: Mailbox = from.parse().map_err(|error| MailError::From(format!("{error}")))?;
        let route = route(host, smtp)?;
        let public = public.filter(|base| base.is_encrypted());
        Ok(Some(Self {
            route,
            from,
            secrets,
            public: public.map(|base| base.trimmed().to_owned()),
            letters: Semaphore::new(MAILS_AT_ONCE),
            posted: Notify::new(),
        }))
    }

    /// Tries a mail once, and returns the server's answer if it has accepted the mail.
    pub(super) async fn send(&self, mail: &Mail) -> Result<String, NotMailed> {
        self.send_with(mail, None).await
    }

    /// Does the same with a mail that waited with this `link_hash`.
    pub(super) async fn send_waiting(&self, mail: &Mail, link_hash: &str) -> Result<String, NotMailed> {
        self.send_with(mail, self.stop_address(link_hash)).await
    }

    /// The address with which a mail program stops such mails; only weekly reports have one.
    fn stop_address(&self, link_hash: &str) -> Option<String> {
        let user_id = link_hash.strip_prefix(REPORT_LINK)?.parse().ok()?;
        Some(StopLinks::of(&self.secrets).one_click(self.public.as_deref()?, user_id))
    }

    async fn send_with(&self, mail: &Mail, stop_address: Option<String>) -> Result<String, NotMailed> {
        let message = self.message(mail, stop_address).map_err(NotMailed::Never)?;
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

    fn message(&self, mail: &Mail, stop_address: Option<String>) -> Result<Message, String> {
        let to: Mailbox = mail.to.parse().map_err(|error| format!("{error}"))?;
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(mail.subject.clone())
            .header(ContentType::TEXT_PLAIN);
        if let Some(address) = stop_address {
            let header = |name, value| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
            message = message
                .raw_header(header("List-Unsubscribe", format!("<{address}>")))
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        message.body(mail.text.clone()).map_err(|error| error.to_string())
    }
}
