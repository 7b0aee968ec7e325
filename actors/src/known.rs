//! The data that a reader behind a mailbox has confirmed: a message may be
//! lost together with the actor that took it out of the mailbox.

use tokio::sync::oneshot;

use crate::messages::{AtRevision, Revision};

/// Data that was read, on its way to the reader.
#[derive(Debug)]
pub struct Unconfirmed<T> {
    /// It.
    pub found: T,
    /// Confirms that it was taken in.
    pub taken: oneshot::Sender<()>,
}

/// The revision that they have.
#[derive(Debug, Default)]
pub(crate) struct Known {
    revision: Option<Revision>,
    /// The last revision that was sent to them, and that they have not confirmed yet.
    told: Option<(Revision, oneshot::Receiver<()>)>,
}

impl Known {
    /// The revision that they have; none if they have none, or have not confirmed a newer one that was sent.
    pub(crate) fn revision(&mut self) -> Option<Revision> {
        if let Some((revision, mut taken)) = self.told.take() {
            self.revision = taken.try_recv().is_ok().then_some(revision);
        }
        self.revision
    }

    /// This is sent to them now.
    pub(crate) fn tells<T>(&mut self, AtRevision { revision, found }: AtRevision<T>) -> Unconfirmed<T> {
        let (taken, is_taken) = oneshot::channel();
        self.told = Some((revision, is_taken));
        Unconfirmed { found, taken }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_down_with_who_took_it_is_not_known() {
        let mut known = Known::default();
        let seen = |revision| AtRevision { revision: Revision(revision), found: () };
        assert_eq!(known.revision(), None);
        let Unconfirmed { taken, .. } = known.tells(seen(1));
        taken.send(()).unwrap();
        assert_eq!((known.revision(), known.revision()), (Some(Revision(1)), Some(Revision(1))));
        drop(known.tells(seen(2)));
        assert_eq!(known.revision(), None, "it is read and told again");
        let waits = known.tells(seen(2));
        assert_eq!(known.revision(), None);
        assert!(waits.taken.send(()).is_err(), "nobody waits for it any more");
    }
}
