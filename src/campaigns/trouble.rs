//! The end of a reason for which the calls of a campaign can't be made, if it is known without another call. Otherwise a campaign that calls nobody at
//! night would show the reason of the evening until the morning.

use cordboard_actors::messages::{PlaceRefused, Refused};
use cordboard_schema::time::UnixMs;

/// Returns when a reason ends that has just been found; none if only the next call shows that.
pub(super) fn ends_at(why: &str, now: UnixMs) -> Option<UnixMs> {
    // Both counts begin again at midnight UTC.
    let of_day = [PlaceRefused::Refused(Refused::DailyCapReached), PlaceRefused::DialLimit];
    of_day.iter().any(|refused| refused.to_string() == why).then(|| now.utc_day_end())
}

/// Returns the same for a reason that an earlier process has found: this one takes calls again.
pub(super) fn of_before_ends_at(why: &str, now: UnixMs) -> Option<UnixMs> {
    let is_of_shutdown = PlaceRefused::Refused(Refused::Draining).to_string() == why;
    if is_of_shutdown { Some(now) } else { ends_at(why, now) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaigns_trouble_ends_with_the_day_or_the_process() {
        let evening = UnixMs::from("2027-05-04T21:30:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
        let midnight = evening.utc_day_end();
        let cap = PlaceRefused::Refused(Refused::DailyCapReached).to_string();
        let draining = PlaceRefused::Refused(Refused::Draining).to_string();
        for (why, now, before) in [
            (&*cap, Some(midnight), Some(midnight)),
            (&*PlaceRefused::DialLimit.to_string(), Some(midnight), Some(midnight)),
            (&*draining, None, Some(evening)),
            ("there is no queue named sales", None, None),
        ] {
            assert_eq!((ends_at(why, evening), of_before_ends_at(why, evening)), (now, before), "{why}");
        }
    }
}
