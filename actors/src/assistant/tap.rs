//! A tap: a copy of all that an assistant hears, is ordered and tells, for somebody who only listens. It changes nothing of that, and it
//! never waits: a listener who is too slow hears nothing more.

use std::cell::RefCell;

use cordboard_schema::audio::Frame;
use cordboard_schema::event::Fact;
use tokio::sync::mpsc;

use crate::media::Mouth;
use crate::messages::AssistantOrder;

/// What is heard over a tap, beside the caller's audio.
#[derive(Clone, Debug, PartialEq)]
pub enum Tapped {
    /// The call has ordered this of the assistant.
    Order(AssistantOrder),
    /// The assistant has told this.
    Fact(Fact),
}

/// See the module's description.
#[derive(Debug)]
pub struct Tap {
    caller: Mouth,
    /// None once the listener was too slow, or has gone.
    news: RefCell<Option<mpsc::Sender<Tapped>>>,
}

impl Tap {
    /// A tap that gives the caller's audio to the ears of this mouth, and all else over this channel.
    pub fn new(caller: Mouth, news: mpsc::Sender<Tapped>) -> Self {
        Self { caller, news: RefCell::new(Some(news)) }
    }

    /// The caller's audio.
    pub(super) fn caller(&self, frame: &Frame) {
        self.caller.speak(None, frame.clone());
    }

    /// Something has happened.
    pub(super) fn tell(&self, tapped: Tapped) {
        let mut news = self.news.borrow_mut();
        if news.as_ref().is_some_and(|news| news.try_send(tapped).is_err()) {
            *news = None;
        }
    }
}
