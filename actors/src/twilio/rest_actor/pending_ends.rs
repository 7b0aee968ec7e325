//! Calls whose end Twilio has not accepted after all tries. The end is requested again until they are over. Pure.

use std::collections::HashMap;

use cordboard_schema::limits::TWILIO_PLACED_MAX;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::CallSid;

use crate::twilio::rest::RestFault;

/// Pause before an end is requested again, in ms. Each request has retries of its own.
const AGAIN_MS: u64 = 30_000;
/// How long a call's end is requested, in ms. An operator has to look into an outage that lasts longer.
const ASKED_MS_MAX: u64 = 3_600_000;

/// The calls whose ends are still to be accepted.
#[derive(Debug, Default)]
pub(super) struct PendingEnds(HashMap<CallSid, PendingEnd>);

/// One end that is still to be accepted.
#[derive(Debug)]
struct PendingEnd {
    since: UnixMs,
    /// When it is requested again; none while a request is under way.
    again_at: Option<UnixMs>,
}

impl PendingEnds {
    /// Returns whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes that the call is over.
    pub(super) fn settled(&mut self, call: &CallSid) {
        self.0.remove(call);
    }

    /// Notes that a request for its end failed. Returns true if it is made again.
    pub(super) fn failed(&mut self, call: CallSid, fault: &RestFault, now: UnixMs) -> bool {
        let since = self.0.get(&call).map_or(now, |end| end.since);
        let has_room = self.0.len() < TWILIO_PLACED_MAX || self.0.contains_key(&call);
        if !fault.may_pass() || !has_room || now.ms_since(since) >= ASKED_MS_MAX {
            self.0.remove(&call);
            return false;
        }
        self.0.insert(call, PendingEnd { since, again_at: Some(now + AGAIN_MS) });
        true
    }

    /// Takes the calls whose ends are to be requested now.
    pub(super) fn due(&mut self, now: UnixMs) -> Vec<CallSid> {
        let is_due = |end: &PendingEnd| end.again_at.is_some_and(|at| at <= now);
        let due = self.0.iter_mut().filter(|(_, end)| is_due(end));
        due.map(|(call, end)| {
            end.again_at = None;
            call.clone()
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::wire::twilio::rest::RestError;

    use super::*;

    const NOW: UnixMs = UnixMs(1_000_000);

    fn call() -> CallSid {
        "CA22222222222222222222222222222222".parse().unwrap()
    }

    fn away() -> RestFault {
        RestFault::Unreachable("no route".to_owned())
    }

    #[test]
    fn an_end_is_requested_until_it_is_accepted() {
        let mut ends = PendingEnds::default();
        assert!(ends.failed(call(), &away(), NOW));
        assert_eq!(ends.due(NOW + 29_999), []);
        assert_eq!(ends.due(NOW + 30_000), [call()]);
        assert_eq!(ends.due(NOW + 60_000), [], "a request is under way");
        assert!(ends.failed(call(), &away(), NOW + 60_000));
        assert_eq!(ends.due(NOW + 90_000), [call()]);
        ends.settled(&call());
        assert!(ends.is_empty());
    }

    #[test]
    fn an_end_is_given_up_after_an_hour() {
        let mut ends = PendingEnds::default();
        assert!(ends.failed(call(), &away(), NOW));
        assert!(ends.failed(call(), &away(), NOW + 3_599_999));
        assert!(!ends.failed(call(), &away(), NOW + 3_600_000));
        assert!(ends.is_empty());
    }

    #[test]
    fn an_end_refused_for_good_is_dropped() {
        let refused = RestFault::Refused(RestError::read(400, None, br#"{"code":12345,"status":400}"#));
        let mut ends = PendingEnds::default();
        assert!(!ends.failed(call(), &refused, NOW));
        assert!(ends.is_empty());
    }
}
