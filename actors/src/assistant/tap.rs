//! A tap: a copy of everything that an assistant hears, of its orders and its reports, for a listener. It changes none of them,
//! and it never waits: a listener that is too slow gets nothing more.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use cordboard_schema::audio::Frame;
use cordboard_schema::event::Fact;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::media::Mouth;
use crate::messages::AssistantOrder;

/// An item of a tap, apart from the caller's audio.
#[derive(Clone, Debug, PartialEq)]
pub enum Tapped {
    /// The call has given the assistant this order.
    Order(AssistantOrder),
    /// The assistant has reported this.
    Fact(Fact),
}

/// Why a listener gets nothing more.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lost {
    TooSlow,
    Gone,
}

impl Lost {
    fn of<T>(error: TrySendError<T>) -> Self {
        match error {
            TrySendError::Full(_) => Self::TooSlow,
            TrySendError::Closed(_) => Self::Gone,
        }
    }
}

/// See the module's description.
#[derive(Debug)]
pub struct Tap {
    caller: Mouth,
    /// `None` once the listener was too slow, or has gone.
    news: RefCell<Option<mpsc::Sender<Tapped>>>,
    is_too_slow: Rc<Cell<bool>>,
}

impl Tap {
    /// Returns a tap that sends the caller's audio to the ears of this mouth, and everything else over this channel.
    pub fn new(caller: Mouth, news: mpsc::Sender<Tapped>) -> Self {
        Self { caller, news: RefCell::new(Some(news)), is_too_slow: Rc::default() }
    }

    /// Returns whether the listener was too slow, for the listener, which gets nothing more then.
    pub(crate) fn is_too_slow(&self) -> Rc<Cell<bool>> {
        Rc::clone(&self.is_too_slow)
    }

    /// Passes on the caller's audio.
    pub(super) fn caller(&self, frame: &Frame) {
        self.caller.speak(None, frame.clone());
    }

    /// Passes on an event.
    pub(super) fn tell(&self, tapped: Tapped) {
        let mut news = self.news.borrow_mut();
        let Some(Err(error)) = news.as_ref().map(|news| news.try_send(tapped).map_err(Lost::of)) else {
            return;
        };
        self.is_too_slow.set(error == Lost::TooSlow);
        *news = None;
    }
}
