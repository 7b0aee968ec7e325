//! Stores the results of shadows on calls, and keeps their cost under the monthly cap.

use chrono::{Datelike, NaiveTime};
use cordboard_actors::shadow::ShadowKeeper;
use cordboard_actors::world;
use cordboard_schema::shadow::ShadowCall;
use cordboard_schema::time::UnixMs;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use crate::store::{Connection, Store, StoreError, change};

/// Stores them. See the module's description.
pub struct StoredShadows {
    store: Store,
}

impl StoredShadows {
    /// Makes one that stores them here.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

/// Returns when the calendar month of this moment began, in UTC.
pub fn month_of(now: UnixMs) -> UnixMs {
    let today = now.to_utc().date_naive();
    let first = today.with_day(1).unwrap_or(today);
    first.and_time(NaiveTime::MIN).and_utc().into()
}

/// How a shadow's call is written. The result says whether the month has room.
type Write = fn(&mut Connection, &ShadowCall, (u64, UnixMs)) -> Result<bool, StoreError>;

impl StoredShadows {
    fn write(
        &self,
        call: ShadowCall,
        cap_micros: u64,
        write: Write,
    ) -> LocalBoxFuture<'static, Result<bool, String>> {
        let (store, since) = (self.store.clone(), month_of(world::now().into()));
        async move {
            let written = store.change(move |connection| write(connection, &call, (cap_micros, since)));
            written.await.map_err(|error| error.to_string())
        }
        .boxed_local()
    }
}

impl ShadowKeeper for StoredShadows {
    fn begin(&self, call: ShadowCall, cap_micros: u64) -> LocalBoxFuture<'static, Result<bool, String>> {
        self.write(call, cap_micros, change::begin_shadow)
    }

    fn keep(&self, call: ShadowCall, cap_micros: u64) -> LocalBoxFuture<'static, Result<bool, String>> {
        self.write(call, cap_micros, change::keep_shadow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_at_its_first_midnight_in_utc() {
        let at = |text: &str| UnixMs::from(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
        for (now, month) in [
            ("2026-11-26T16:00:00Z", "2026-11-01T00:00:00Z"),
            ("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"),
            ("2027-01-31T23:59:59.999Z", "2027-01-01T00:00:00Z"),
            ("2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z"),
        ] {
            assert_eq!(month_of(at(now)), at(month), "{now}");
        }
    }
}
