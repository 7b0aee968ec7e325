//! Letters by e-mail.

use std::time::Duration;

use cordboard_schema::limits::NOTICE_MS_MAX;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::messenger::{Addressed, Messenger, NotBrought};
use crate::mail::{Mail, Mailer, NotMailed};

impl From<NotMailed> for NotBrought {
    fn from(fault: NotMailed) -> Self {
        match fault {
            NotMailed::Never(why) => Self::Never(why),
            // It may have been accepted if the answer was lost. A mail that arrives twice is better than none.
            NotMailed::NotNow(why) => Self::NotNow(why),
        }
    }
}

impl Messenger for Mailer {
    fn bring(
        &self,
        Addressed { id, to, letter, .. }: Addressed,
    ) -> BoxFuture<'static, Result<String, NotBrought>> {
        let (mailer, id) = (self.clone(), id.to_string());
        let mail = Mail { to, subject: letter.subject, text: letter.text };
        async move {
            let brought = timeout(Duration::from_millis(NOTICE_MS_MAX), mailer.bring(&id, mail)).await;
            let too_late = || NotBrought::NotNow("the mail server did not accept it in time".to_owned());
            Ok(brought.map_err(|_| too_late())??)
        }
        .boxed()
    }
}
