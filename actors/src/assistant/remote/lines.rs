//! The connections of a call, including those that are being made.

use std::task::Poll;

use futures_util::future::{LocalBoxFuture, poll_fn};

use super::link::Link;
use super::loss::{LinkId, Loss};

/// See the module's description.
pub(in crate::assistant) struct Lines<L> {
    dialing: Vec<(LinkId, LocalBoxFuture<'static, Result<L, Loss>>)>,
    standing: Vec<(LinkId, L)>,
}

impl<L> Default for Lines<L> {
    fn default() -> Self {
        Self { dialing: Vec::new(), standing: Vec::new() }
    }
}

/// Event of a connection.
pub(in crate::assistant) enum Happening<T> {
    Connected(LinkId),
    Heard(LinkId, T),
    Lost(LinkId, Loss),
}

impl<L: Link> Lines<L> {
    /// Starts a connection.
    pub(in crate::assistant) fn dial(
        &mut self,
        link: LinkId,
        dialing: LocalBoxFuture<'static, Result<L, Loss>>,
    ) {
        self.dialing.push((link, dialing));
    }

    pub(in crate::assistant) fn find(&mut self, link: LinkId) -> Option<&mut L> {
        self.standing.iter_mut().find(|(id, _)| *id == link).map(|(_, connection)| connection)
    }

    /// Removes a connection, or cancels the attempt to make it.
    pub(in crate::assistant) fn take(&mut self, link: LinkId) -> Option<L> {
        self.dialing.retain(|(id, _)| *id != link);
        let at = self.standing.iter().position(|(id, _)| *id == link)?;
        Some(self.standing.swap_remove(at).1)
    }

    /// Returns whether no connection is established.
    pub(in crate::assistant) fn is_empty(&self) -> bool {
        self.standing.is_empty()
    }

    /// Closes all connections.
    pub(in crate::assistant) async fn close(self) {
        for (_, connection) in self.standing {
            connection.close().await;
        }
    }

    /// Waits for the next event. Cancel safe.
    pub(in crate::assistant) async fn next(&mut self) -> Happening<L::Came> {
        poll_fn(|cx| {
            for at in 0..self.dialing.len() {
                let (link, dialing) = &mut self.dialing[at];
                let link = *link;
                if let Poll::Ready(dialed) = dialing.as_mut().poll(cx) {
                    drop(self.dialing.swap_remove(at));
                    return Poll::Ready(match dialed {
                        Ok(connection) => {
                            // Most calls have one: a list that grows by itself allocates room for four, and a connection is
                            // large.
                            self.standing.reserve_exact(1);
                            self.standing.push((link, connection));
                            Happening::Connected(link)
                        }
                        Err(loss) => Happening::Lost(link, loss),
                    });
                }
            }
            for at in 0..self.standing.len() {
                let (link, connection) = &mut self.standing[at];
                let link = *link;
                if let Poll::Ready(heard) = connection.poll_came(cx) {
                    return Poll::Ready(match heard {
                        Ok(came) => Happening::Heard(link, came),
                        Err(loss) => {
                            self.standing.swap_remove(at);
                            Happening::Lost(link, loss)
                        }
                    });
                }
            }
            Poll::Pending
        })
        .await
    }
}
