//! Questions of dialplans and switches about the caller's next step, and the work that an answer waits for.

use std::time::Duration;

use cordboard_schema::dialplan::NextStep;
use cordboard_schema::document::{DocumentQuestion, DocumentStep};
use cordboard_schema::event::Fact;
use cordboard_schema::limits::PROFILE_LED_ON_WAIT_MS_MAX;
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;
use tracing::Instrument;

use super::live_call::LiveCall;
use crate::messages::StoreFault;

type Reply<T> = oneshot::Sender<Result<T, StoreFault>>;

/// Questions that are not answered yet.
#[derive(Default)]
pub(super) struct NextSteps {
    /// The receivers of the answer for dialplans that ask where their caller goes.
    asked: Vec<Reply<NextStep>>,
    /// Questions of the switch that serves the caller by documents, and the receivers of the answers.
    documents_asked: Vec<(DocumentQuestion, Reply<DocumentStep>)>,
    /// The newest caching of the caller's profile: it is over once the other end is dropped.
    caching: Option<watch::Receiver<()>>,
}

impl NextSteps {
    /// A dialplan asks.
    pub(super) fn ask(&mut self, reply: Reply<NextStep>) {
        self.asked.push(reply);
    }

    /// A switch that serves the caller by documents asks.
    pub(super) fn ask_for_document(&mut self, question: DocumentQuestion, reply: Reply<DocumentStep>) {
        self.documents_asked.push((question, reply));
    }

    /// Returns the open questions as facts, because a step may have lost them.
    pub(super) fn open(&self) -> Vec<Fact> {
        let next = (!self.asked.is_empty()).then_some(Fact::NextAsked { lacks: false });
        let documents = self.documents_asked.iter().map(|(question, _)| question.clone());
        let documents = documents.map(|question| Fact::DocumentAsked { question });
        next.into_iter().chain(documents).collect()
    }

    /// The caller's profile is being cached until the returned sender is dropped.
    pub(super) fn caching_begins(&mut self) -> watch::Sender<()> {
        let (under_way, caching) = watch::channel(());
        self.caching = Some(caching);
        under_way
    }

    /// Whether the profile is being cached.
    pub(super) fn is_caching(&self) -> bool {
        self.caching.as_ref().is_some_and(|caching| caching.has_changed().is_ok())
    }

    /// Resolves when a caller may be sent elsewhere: their profile is cached for the people they get to, or they have
    /// waited long enough.
    pub(super) fn may_be_led_on(&self) -> impl Future<Output = ()> + use<> {
        let caching = self.caching.clone();
        async move {
            if let Some(mut caching) = caching {
                // Nothing is ever sent there; it ends when the sender is dropped.
                let wait = Duration::from_millis(PROFILE_LED_ON_WAIT_MS_MAX);
                let _ = timeout(wait, caching.changed()).await;
            }
        }
    }
}

impl LiveCall {
    /// The answer moves a caller and can't be undone: it waits until the decision is on disk.
    pub(super) fn answer_next(&mut self, next: NextStep) {
        let replies = std::mem::take(&mut self.next_steps.asked);
        let (committed, led_on) = (self.committed(), self.next_steps.may_be_led_on());
        let answering = async move {
            let (stored, ()) = tokio::join!(committed, led_on);
            for reply in replies {
                // If the dialplan no longer waits, the caller has hung up.
                let _ = reply.send(stored.clone().map(|()| next.clone()));
            }
        };
        actix_rt::spawn(answering.instrument(self.span.clone()));
    }

    /// The same for a switch that serves the caller by documents.
    pub(super) fn answer_document(&mut self, step: DocumentStep) {
        let asked = std::mem::take(&mut self.next_steps.documents_asked);
        let (committed, led_on) = (self.committed(), self.next_steps.may_be_led_on());
        let answering = async move {
            let (stored, ()) = tokio::join!(committed, led_on);
            for (_, reply) in asked {
                // A switch that no longer waits asks again.
                let _ = reply.send(stored.clone().map(|()| step.clone()));
            }
        };
        actix_rt::spawn(answering.instrument(self.span.clone()));
    }
}
