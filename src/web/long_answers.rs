//! Long answers of services, such as lists of voices and answers to tests. An organization chooses the address of its own account, and each answer is
//! in memory until its last byte, so an organization may have only a few of them at a time.

use cordboard_actors::shares::{Amount, Claim, Reach, ShareTaken, Shares};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::{LONG_ANSWERS_MAX, LONG_ANSWERS_OF_ORGANIZATION_MAX};

use super::problem::ApiError;

/// Answers being read. Clones count together.
#[derive(Clone, Debug)]
pub(super) struct LongAnswers(Shares<OrganizationId>);

impl Default for LongAnswers {
    fn default() -> Self {
        Self(Shares::new(Amount { total: LONG_ANSWERS_MAX, reserve: 0 }))
    }
}

impl LongAnswers {
    /// Room for another answer to this organization, until the returned value is dropped.
    ///
    /// # Errors
    /// There is no room ([`ApiError::ShareUsedUp`]).
    pub(super) fn room_for(
        &self,
        organization_id: OrganizationId,
    ) -> Result<ShareTaken<OrganizationId>, ApiError> {
        let claim = Claim { holder: organization_id, share: LONG_ANSWERS_OF_ORGANIZATION_MAX };
        let room = self.0.take(&[claim], Reach::Usual);
        room.map_err(|_| {
            ApiError::ShareUsedUp(
                "too many answers of services are being read: try again in a moment".to_owned(),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_organization_leaves_room_for_others_until_answers_are_read() {
        let answers = LongAnswers::default();
        let all_of = |organization: u128| -> Vec<_> {
            let organization_id = OrganizationId(Uuid::from_u128(organization));
            std::iter::from_fn(|| answers.room_for(organization_id).ok()).collect()
        };
        let one = all_of(1);
        assert_eq!(one.len(), LONG_ANSWERS_OF_ORGANIZATION_MAX);
        let others: Vec<_> = (2..20).flat_map(&all_of).collect();
        assert_eq!(one.len() + others.len(), LONG_ANSWERS_MAX);
        drop(one);
        assert_eq!(all_of(1).len(), LONG_ANSWERS_OF_ORGANIZATION_MAX);
    }
}
