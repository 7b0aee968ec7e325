//! Reports on conversations that wait for the ends of their calls. An organization knows the secret of its own account and can sign any number of
//! reports. So it has only its share of the places, and a report has one place, however often it is sent.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cordboard_actors::shares::{Amount, Claim, Reach, ShareTaken, Shares};
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::{
    ELEVENLABS_REPORTS_WAITING_MAX, ELEVENLABS_REPORTS_WAITING_OF_ORGANIZATION_MAX,
};

use crate::web::problem::ApiError;

/// A conversation of a call, by the provider's id.
type Conversation = (CallId, String);

/// Waiting reports. Clones share them.
#[derive(Clone, Debug)]
pub(in crate::web) struct WaitingReports {
    places: Shares<OrganizationId>,
    conversations: Arc<Mutex<BTreeSet<Conversation>>>,
}

/// The place of a report; dropping it releases it.
#[derive(Debug)]
pub(super) struct WaitingReport {
    of: WaitingReports,
    conversation: Conversation,
    _place: ShareTaken<OrganizationId>,
}

impl Default for WaitingReports {
    fn default() -> Self {
        let places = Shares::new(Amount { total: ELEVENLABS_REPORTS_WAITING_MAX, reserve: 0 });
        Self { places, conversations: Arc::default() }
    }
}

impl WaitingReports {
    /// A place for the report on a conversation of this call; `None` if a report on the same conversation is waiting.
    ///
    /// # Errors
    /// The organization has used up its share, or all places are taken.
    pub(super) fn place_for(
        &self,
        (organization_id, call_id): (OrganizationId, CallId),
        conversation_id: &str,
    ) -> Result<Option<WaitingReport>, ApiError> {
        let conversation = (call_id, conversation_id.to_owned());
        let mut conversations = self.conversations();
        if conversations.contains(&conversation) {
            return Ok(None);
        }
        let share = ELEVENLABS_REPORTS_WAITING_OF_ORGANIZATION_MAX;
        let place = self.places.take(&[Claim { holder: organization_id, share }], Reach::Usual);
        let full = |_| {
            let why = "too many reports are waiting for the ends of their calls: send it again";
            ApiError::Unavailable(why.to_owned())
        };
        let _place = place.map_err(full)?;
        conversations.insert(conversation.clone());
        Ok(Some(WaitingReport { of: self.clone(), conversation, _place }))
    }

    /// Only plain assignments happen under the lock, so a poisoned lock is harmless.
    fn conversations(&self) -> MutexGuard<'_, BTreeSet<Conversation>> {
        self.conversations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WaitingReport {
    fn drop(&mut self) {
        self.of.conversations().remove(&self.conversation);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn call(organization: u128, number: usize) -> (OrganizationId, CallId) {
        (OrganizationId(Uuid::from_u128(organization)), CallId(Uuid::from_u128(number as u128)))
    }

    #[test]
    fn a_report_has_one_place_however_often_it_is_sent() {
        let reports = WaitingReports::default();
        let place = reports.place_for(call(1, 1), "conv_1").unwrap();
        assert!(place.is_some());
        for _ in 0..2 * ELEVENLABS_REPORTS_WAITING_MAX {
            assert!(reports.place_for(call(1, 1), "conv_1").unwrap().is_none());
        }
        assert!(
            reports.place_for(call(1, 1), "conv_2").unwrap().is_some(),
            "another conversation of the call"
        );
        drop(place);
        assert!(reports.place_for(call(1, 1), "conv_1").unwrap().is_some(), "it no longer waits");
    }

    #[test]
    fn an_organization_leaves_places_for_others() {
        let reports = WaitingReports::default();
        let all_of = |organization: u128| -> Vec<_> {
            let first = organization as usize * ELEVENLABS_REPORTS_WAITING_MAX;
            (first..).map_while(|number| reports.place_for(call(organization, number), "conv").ok()).collect()
        };
        let strangers = all_of(1);
        assert_eq!(strangers.len(), ELEVENLABS_REPORTS_WAITING_OF_ORGANIZATION_MAX);
        assert!(reports.place_for(call(2, 0), "conv").unwrap().is_some());
        let others: Vec<_> = (2..20).flat_map(all_of).collect();
        assert_eq!(strangers.len() + others.len(), ELEVENLABS_REPORTS_WAITING_MAX);
        drop(strangers);
        assert!(reports.place_for(call(1, 0), "conv").unwrap().is_some());
    }
}
