//! A sign-in to the pages whose user is in a call at the desk when it would end: it goes on until the call and its wrap-up are over, some hours at
//! most. Its end would cut the talk.

use chrono::{DateTime, TimeDelta, Utc};
use cordboard_actors::world;
use cordboard_schema::ids::{OrganizationId, UserId};
use cordboard_schema::limits::{
    SESSION_ENDS_SOON_MS, SESSION_IN_CALL_MS_MAX, SESSION_MS, SESSION_PROLONGED_MS,
};
use cordboard_schema::time::UnixMs;

use super::{Key, SignedIn};
use crate::store::{Connection, change, query};

/// How old a wrap-up may be that prolongs a sign-in, in ms: some are left open for the night.
const WRAP_UP_MS_MAX: u64 = 3_600_000;

impl SignedIn {
    /// Whether it ends so soon that it has to be prolonged now if its user is in a call.
    pub(in crate::web) fn ends_soon(&self) -> bool {
        let is_soon = |until: DateTime<Utc>| until - world::now() < span(SESSION_ENDS_SOON_MS);
        matches!(self.key, Key::Login) && self.until().is_some_and(is_soon)
    }

    /// Prolongs it if this user of it is in a call, or wraps one up.
    pub(in crate::web) async fn prolong_in_call(self, organization_id: OrganizationId, user_id: UserId) {
        let now = world::now();
        let since = UnixMs::from(now - span(WRAP_UP_MS_MAX));
        let read = move |connection: &mut Connection| {
            query::agent_has_work(connection, organization_id, user_id, since)
        };
        match self.store.reads().run(read).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                return tracing::warn!(%error, "whether an agent is in a call can't be read: their sign-in ends");
            }
        }
        let until = now + span(SESSION_PROLONGED_MS);
        let begun = until - span(SESSION_MS + SESSION_IN_CALL_MS_MAX);
        let id = self.by.sign_in.to_string();
        let prolong =
            move |connection: &mut Connection| change::prolong_login(connection, &id, begun, (now, until));
        match self.store.change(prolong).await {
            Ok(true) => self.expires(until),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the sign-in of an agent in a call could not be prolonged"),
        }
    }
}

fn span(ms: u64) -> TimeDelta {
    TimeDelta::milliseconds(i64::try_from(ms).unwrap_or(i64::MAX))
}
