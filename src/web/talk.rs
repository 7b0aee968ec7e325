//! Visitors of talk links and their limits: counts kept between their requests.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cordboard_actors::messages::{AskOwner, CallRef, RegistryLine};
use cordboard_actors::web::AudioPasses;
use cordboard_schema::ids::{OutsideId, TalkLinkId};
use cordboard_schema::limits::{
    RTC_REQUESTS_OF_ONE_PER_MINUTE_MAX, TALK_ADMITTED_PER_MINUTE_MAX, TALK_CALL_BEGINS_MS_MAX,
    TALK_LINK_CALLS_PER_HOUR_DEFAULT, TALK_LINK_WINDOW_MS, TALK_REQUESTS_PER_MINUTE_MAX,
};
use cordboard_schema::talk_link::TalkLink;
use tokio::time::Instant;
use uuid::Uuid;

use super::attempts::{Attempts, household};
use super::problem::ApiError;

const MINUTE: Duration = Duration::from_secs(60);
/// Number of links with taken lines above which all of them are checked.
const SWEEP_LINKS_MIN: usize = 256;

/// Visitors of this node. Clones share them.
#[derive(Clone)]
pub(super) struct TalkVisitors {
    pub(super) passes: AudioPasses,
    visits: Arc<Mutex<Visits>>,
}

struct Visits {
    by_address: Attempts<IpAddr>,
    /// Requests that a link has admitted, by their address.
    admitted: Attempts<IpAddr>,
    /// By the pass of a request, or the id of the connection or call.
    by_name: Attempts<String>,
    calls: Attempts<(TalkLinkId, IpAddr)>,
    /// Lines of each link that were taken at the last check.
    taken: HashMap<TalkLinkId, Vec<TakenLine>>,
    /// Number of links at which the lines of all are checked.
    sweep_at: usize,
}

/// A line of a link that is in use.
#[derive(Clone, Copy)]
struct TakenLine {
    /// Our id of the visitor, by which the registry knows the call.
    visitor: Uuid,
    /// Until then the registry may not know the call yet, because it is only beginning; `None` once it has begun.
    begins_until: Option<Instant>,
}

impl TalkVisitors {
    /// Starts without visitors; their audio uses these passes.
    pub(super) fn new(passes: AudioPasses) -> Self {
        let visits = Visits {
            by_address: Attempts::within(TALK_REQUESTS_PER_MINUTE_MAX, MINUTE),
            admitted: Attempts::within(TALK_ADMITTED_PER_MINUTE_MAX, MINUTE),
            by_name: Attempts::within(RTC_REQUESTS_OF_ONE_PER_MINUTE_MAX, MINUTE),
            calls: Attempts::within(
                TALK_LINK_CALLS_PER_HOUR_DEFAULT,
                Duration::from_millis(TALK_LINK_WINDOW_MS),
            ),
            taken: HashMap::new(),
            sweep_at: SWEEP_LINKS_MIN,
        };
        Self { passes, visits: Arc::new(Mutex::new(visits)) }
    }

    /// Counts a request of this address, whatever link it names; refuses one too many.
    pub(super) fn asked(&self, address: IpAddr) -> Result<(), ApiError> {
        let (address, now) = (household(address), Instant::now());
        let mut visits = self.visits();
        if let Some(retry_after_s) = visits.by_address.wait_s(&address, now) {
            return Err(ApiError::TooManyCalls { retry_after_s });
        }
        visits.by_address.tried(address, now);
        Ok(())
    }

    /// Counts the same request among those that a link has admitted: it is no guess, and all visitors in an office share an address. One too many
    /// stays with the others.
    pub(super) fn was_admitted(&self, address: IpAddr) {
        let (address, now) = (household(address), Instant::now());
        let mut visits = self.visits();
        if visits.admitted.wait_s(&address, now).is_none() {
            visits.by_address.was_right(&address);
            visits.admitted.tried(address, now);
        }
    }

    /// Counts the same request for its pass instead, which is one of ours; refuses one too many. All agents of an office share an address, but each
    /// has a pass of their own.
    pub(super) fn shown(&self, address: IpAddr, pass: &str) -> Result<(), ApiError> {
        let (pass, now) = (pass.to_owned(), Instant::now());
        let mut visits = self.visits();
        visits.by_address.was_right(&household(address));
        if let Some(retry_after_s) = visits.by_name.wait_s(&pass, now) {
            return Err(ApiError::TooManyCalls { retry_after_s });
        }
        visits.by_name.tried(pass, now);
        Ok(())
    }

    /// Counts an answered request for the connection or the call that it names instead; one too many stays with the address.
    pub(super) fn named(&self, address: IpAddr, name: Uuid) {
        let (name, now) = (name.to_string(), Instant::now());
        let mut visits = self.visits();
        if visits.by_name.wait_s(&name, now).is_none() {
            visits.by_address.was_right(&household(address));
            visits.by_name.tried(name, now);
        }
    }

    /// Takes a line of the link for a visitor with this id, if one is free and this address may have it.
    pub(super) async fn take_line(
        &self,
        registry: &RegistryLine,
        link: &TalkLink,
        address: IpAddr,
        name: Uuid,
    ) -> Result<(), ApiError> {
        self.forget_ended(registry, link.id).await;
        self.sweep(registry).await;
        let (key, now) = ((link.id, household(address)), Instant::now());
        let mut visits = self.visits();
        if let Some(retry_after_s) = visits.calls.wait_s_beyond(link.calls_per_hour_max, &key, now) {
            return Err(ApiError::TooManyCalls { retry_after_s });
        }
        let taken = visits.taken.entry(link.id).or_default();
        if taken.len() >= usize::try_from(link.calls_max).unwrap_or(usize::MAX) {
            let detail = "all lines of this link are taken; try again in a moment";
            return Err(ApiError::Unavailable(detail.to_owned()));
        }
        let begins_until = Some(now + Duration::from_millis(TALK_CALL_BEGINS_MS_MAX));
        taken.push(TakenLine { visitor: name, begins_until });
        visits.calls.tried(key, now);
        Ok(())
    }

    /// Notes that the visitor's call has begun: its line is free once the registry no longer knows it.
    pub(super) fn has_begun(&self, link: TalkLinkId, name: Uuid) {
        let mut visits = self.visits();
        let taken = visits.taken.get_mut(&link).into_iter().flatten();
        taken.filter(|line| line.visitor == name).for_each(|line| line.begins_until = None);
    }

    /// Releases the line of a call that was refused after it was counted: for its address, there was no call.
    pub(super) fn did_not_begin(&self, link: TalkLinkId, address: IpAddr, name: Uuid) {
        self.give_back(link, name);
        self.visits().calls.was_right(&(link, household(address)));
    }

    /// Releases a line whose call did not begin, or has ended.
    fn give_back(&self, link: TalkLinkId, name: Uuid) {
        if let Some(taken) = self.visits().taken.get_mut(&link) {
            taken.retain(|line| line.visitor != name);
        }
    }

    /// Forgets the calls over a link that the registry no longer knows.
    async fn forget_ended(&self, registry: &RegistryLine, link: TalkLinkId) {
        let taken = self.visits().taken.get(&link).cloned().unwrap_or_default();
        for TakenLine { visitor, begins_until } in taken {
            let call = AskOwner(CallRef::Outside(OutsideId::web(visitor)));
            let may_begin = begins_until.is_some_and(|until| Instant::now() < until);
            if !may_begin && matches!(registry.ask(call).await, Ok(None)) {
                self.give_back(link, visitor);
            }
        }
        let mut visits = self.visits();
        if visits.taken.get(&link).is_some_and(Vec::is_empty) {
            visits.taken.remove(&link);
        }
    }

    /// Forgets the calls over all links that the registry no longer knows, once there are many links: nobody comes again over a removed link.
    async fn sweep(&self, registry: &RegistryLine) {
        let links: Vec<TalkLinkId> = {
            let visits = self.visits();
            if visits.taken.len() < visits.sweep_at {
                return;
            }
            visits.taken.keys().copied().collect()
        };
        for link in links {
            self.forget_ended(registry, link).await;
        }
        let mut visits = self.visits();
        // The next check is later if all of them are in use.
        visits.sweep_at = SWEEP_LINKS_MIN.max(2 * visits.taken.len());
    }

    fn visits(&self) -> MutexGuard<'_, Visits> {
        self.visits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use cordboard_actors::line::PendingRequest;
    use cordboard_actors::messages::ToRegistry;

    use super::*;

    #[test]
    fn admitted_requests_of_one_address_have_an_end_too() {
        let visitors = TalkVisitors::new(AudioPasses::new([0; 32]));
        let office = IpAddr::from([192, 0, 2, 1]);
        let admitted = || visitors.asked(office).inspect(|()| visitors.was_admitted(office)).is_ok();
        let requests = (0..10_000).take_while(|_| admitted()).count();
        let max = TALK_ADMITTED_PER_MINUTE_MAX + TALK_REQUESTS_PER_MINUTE_MAX;
        assert_eq!(u32::try_from(requests), Ok(max));
        assert!(visitors.asked(IpAddr::from([192, 0, 2, 2])).is_ok(), "another address");
    }

    #[actix_web::test]
    async fn lines_of_removed_links_are_forgotten() {
        let visitors = TalkVisitors::new(AudioPasses::new([0; 32]));
        let (registry, mut mailbox) = RegistryLine::open();
        // The registry no longer knows any call.
        let answering = actix_web::rt::spawn(async move {
            while let Some(message) = mailbox.recv().await {
                if let ToRegistry::AskOwner(PendingRequest { reply, .. }) = message {
                    let _ = reply.send(None);
                }
            }
        });
        for number in 0..SWEEP_LINKS_MIN {
            assert_eq!(visitors.visits().taken.len(), number, "few are left alone");
            let line = TakenLine { visitor: Uuid::from_u128(number as u128), begins_until: None };
            visitors.visits().taken.insert(TalkLinkId(Uuid::from_u128(number as u128)), vec![line]);
            if number + 1 < SWEEP_LINKS_MIN {
                visitors.sweep(&registry).await;
            }
        }
        visitors.sweep(&registry).await;
        assert_eq!(visitors.visits().taken.len(), 0);
        drop(registry);
        answering.await.unwrap();
    }
}
