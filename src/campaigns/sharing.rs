//! Limits that campaigns share: within one organization, and over one trunk.

use cordboard_campaigns::campaign::Campaign;
use cordboard_campaigns::dialler::Room;
use cordboard_campaigns::together::{Limits, Together};
use cordboard_schema::ids::{CampaignId, OrganizationId};
use cordboard_schema::time::UnixMs;

use super::{Known, Started};

/// The limits of the configuration.
#[derive(Clone, Debug, Default)]
pub struct SharedLimits {
    /// Of all campaigns of one organization.
    pub organization: Limits,
    /// Of all campaigns over one switch.
    pub trunk: Limits,
    /// The switch for campaigns that name none.
    pub usual_trunk: Option<String>,
}

/// Campaigns that share a limit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    /// The campaigns of an organization.
    Organization(OrganizationId),
    /// The campaigns over a switch; none if neither they nor the configuration name one.
    Trunk(Option<String>),
}

impl SharedLimits {
    fn trunk_of(&self, campaign: &Campaign) -> Option<String> {
        campaign.settings.switch.clone().or_else(|| self.usual_trunk.clone())
    }

    /// The groups with a limit to which a campaign belongs.
    fn groups(&self, campaign: &Campaign) -> Vec<(Group, Limits)> {
        let all = [
            (Group::Organization(campaign.organization_id), self.organization),
            (Group::Trunk(self.trunk_of(campaign)), self.trunk),
        ];
        all.into_iter().filter(|(_, limits)| limits.are_set()).collect()
    }
}

impl Known {
    /// How many calls of a campaign its shared limits allow to begin. Notes whether it waits for the end of another campaign's call.
    pub(super) fn room_together(&mut self, shared: &SharedLimits, id: CampaignId, now: UnixMs) -> Room {
        let Some(started) = self.started.get(&id) else { return Room::None };
        let mut count = u32::MAX;
        let mut room = None;
        for (group, limits) in shared.groups(&started.campaign) {
            let together = self.together.get(&group).copied().unwrap_or(Together::under(limits));
            match together.room(self.open_in(shared, &group), now) {
                Room::Now(places) => count = count.min(places),
                other => room = Some(other),
            }
        }
        let room = room.unwrap_or(Room::Now(count));
        if let Some(started) = self.started.get_mut(&id) {
            started.waits_for_others = room == Room::AfterACall;
        }
        room
    }

    /// Running calls of a group. A call of an ended campaign counts for each trunk.
    fn open_in(&self, shared: &SharedLimits, group: &Group) -> u32 {
        let is_of = |campaign_id: &CampaignId, organization_id: OrganizationId| match group {
            Group::Organization(id) => *id == organization_id,
            Group::Trunk(trunk) => self
                .started
                .get(campaign_id)
                .is_none_or(|started| shared.trunk_of(&started.campaign) == *trunk),
        };
        let open = self.open.values();
        let count = open.filter(|attempt| is_of(&attempt.campaign_id, attempt.organization_id)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Notes that a call of a campaign begins.
    pub(super) fn begins_together(&mut self, shared: &SharedLimits, id: CampaignId, now: UnixMs) {
        // An organization may name another switch for each call.
        self.together.retain(|_, together| !together.is_as_new(now));
        let Some(started) = self.started.get_mut(&id) else { return };
        started.served_at = now;
        for (group, limits) in shared.groups(&started.campaign) {
            self.together.entry(group).or_insert(Together::under(limits)).begun(now);
        }
    }

    /// Notes that a call has ended: campaigns that wait for a call of others get their turn.
    pub(super) fn wake_others(&mut self, now: UnixMs) {
        for started in self.started.values_mut().filter(|started| started.waits_for_others) {
            started.next = started.next.map(|next| next.min(now).max(started.not_before));
        }
    }
}

/// Sorts campaigns by their turns: the one that has waited longest since its last call comes first. Otherwise one could take every line.
pub(super) fn by_turn(due: &mut [(CampaignId, &Started)]) {
    due.sort_by_key(|(_, started)| started.served_at);
}
