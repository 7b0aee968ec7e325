//! Sent mails.

use std::sync::{Arc, Mutex};

use cordboard::outbox::{Addressed, Messenger, NotBrought};
use futures_util::future::BoxFuture;

/// The stand-in for a mail server: it keeps letters; `nowhere@...` does not exist.
#[derive(Clone, Default)]
pub(crate) struct Letters(Arc<Mutex<Vec<Addressed>>>);

impl Letters {
    pub(crate) fn all(&self) -> Vec<Addressed> {
        self.0.lock().unwrap().clone()
    }
}

impl Messenger for Letters {
    fn bring(&self, letter: Addressed) -> BoxFuture<'static, Result<String, NotBrought>> {
        let refused = letter.to.starts_with("nowhere@");
        self.0.lock().unwrap().push(letter);
        let answer =
            if refused { Err(NotBrought::Never("no such mailbox".into())) } else { Ok("250 ok".into()) };
        Box::pin(async { answer })
    }
}
