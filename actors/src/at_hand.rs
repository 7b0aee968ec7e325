//! The message that an actor takes in, as that of a switch, a call or a leg: kept for the next one where it dies of it, which takes it in once
//! more, and no third time. Pure.

use std::fmt;

/// A message that an actor may die of.
pub(crate) trait Repeatable: Sized {
    /// The same message once more. None where its sender learns the outcome and can give it again. A message that is taken in twice does no
    /// more than one that is taken in once.
    fn again(&self) -> Option<Self>;
}

/// Such messages of one mailbox.
pub(crate) struct AtHand<M> {
    /// The message that is being taken in, if nobody would give it again.
    present: Option<M>,
    /// The message of which the actor before died.
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
    /// A message is about to be taken in.
    pub(crate) fn begins(&mut self, message: &M) {
        self.present = message.again();
    }

    /// It is taken in.
    pub(crate) fn is_done(&mut self) {
        self.present = None;
    }

    /// The actor has died. One that dies before it has taken in what is left leaves it to the next one.
    pub(crate) fn died(&mut self) {
        self.left = self.present.take().or(self.left.take());
    }

    /// The message that is to be taken in once more.
    pub(crate) fn take_left(&mut self) -> Option<M> {
        self.left.take()
    }
}
