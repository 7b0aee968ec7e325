//! Which data a reader has confirmed that gets it through a mailbox: a message may be lost together with the actor
//! that took it out of the mailbox.

use tokio::sync::oneshot;

use crate::messages::{AtRevision, Revision};

/// Data that was read, on its way to the reader.
#[derive(Debug)]
pub struct Unconfirmed<T> {
    /// The data.
    pub found: T,
    /// Confirms that it was handled.
    pub taken: oneshot::Sender<()>,
}

/// The revision that the reader has.
#[derive(Debug, Default)]
pub(crate) struct Known {
    revision: Option<Revision>,
    /// The last revision that was sent to the reader, and that it has not confirmed yet.
    sent: Option<(Revision, oneshot::Receiver<()>)>,
}

impl Known {
    /// The revision that the reader has; none if it has none, or has not confirmed a newer one that was sent.
    pub(crate) fn revision(&mut self) -> Option<Revision> {
        if let Some((revision, mut taken)) = self.sent.take() {
            self.revision = taken.try_recv().is_ok().then_some(revision);
        }
        self.revision
    }

    /// Notes that this is being sent to the reader.
    pub(crate) fn sending<T>(&mut self, AtRevision { revision, found }: AtRevision<T>) -> Unconfirmed<T> {
        let (taken, is_taken) = oneshot::channel();
        self.sent = Some((revision, is_taken));
        Unconfirmed { found, taken }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_lost_with_its_reader_is_not_known() {
        let mut known = Known::default();
        let seen = |revision| AtRevision { revision: Revision(revision), found: () };
        assert_eq!(known.revision(), None);
        let Unconfirmed { taken, .. } = known.sending(seen(1));
        taken.send(()).unwrap();
        assert_eq!((known.revision(), known.revision()), (Some(Revision(1)), Some(Revision(1))));
        drop(known.sending(seen(2)));
        assert_eq!(known.revision(), None, "it is read and sent again");
        let waits = known.sending(seen(2));
        assert_eq!(known.revision(), None);
        assert!(waits.taken.send(()).is_err(), "nothing waits for it any more");
    }
}
