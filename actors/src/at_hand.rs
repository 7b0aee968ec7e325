//! The message that an actor (of a switch, a call or a leg) is handling. If the actor dies at it, the message is kept
//! for the next actor, which handles it once more, but not a third time. Pure.

use std::fmt;

/// A message at which an actor may die.
pub(crate) trait Repeatable: Sized {
    /// The same message again. None if its sender learns the outcome and can send it again. A message that is handled
    /// twice must have no more effect than one that is handled once.
    fn again(&self) -> Option<Self>;
}

/// The messages of one mailbox that are kept.
pub(crate) struct AtHand<M> {
    /// The message that is being handled, if nobody would send it again.
    present: Option<M>,
    /// The message at which the previous actor died.
    left: Option<M>,
}

impl<M> Default for AtHand<M> {
    fn default() -> Self {
        Self { present: None, left: None }
    }
}

impl<M> fmt::Debug for AtHand<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtHand").field("is_left", &self.left.is_some()).finish_non_exhaustive()
    }
}

impl<M: Repeatable> AtHand<M> {
    /// A message is about to be handled.
    pub(crate) fn begins(&mut self, message: &M) {
        self.present = message.again();
    }

    /// The message was handled.
    pub(crate) fn is_done(&mut self) {
        self.present = None;
    }

    /// The actor has died. If it dies before it has handled what is left, that is left to the next one.
    pub(crate) fn died(&mut self) {
        self.left = self.present.take().or(self.left.take());
    }

    /// Takes the message that is to be handled once more.
    pub(crate) fn take_left(&mut self) -> Option<M> {
        self.left.take()
    }
}
