//! Calls to contacts that agents see before the call. The agent requests the call at their desk. The owner of all campaigns reserves the attempt and
//! places the call like every other one, with the agent as the party who begins it: nobody is dialled before the agent is heard.
//!
//! ```text
//! POST …/preview/{contact}/call ─ CampaignLine ─> reserve (one transaction) ─> PlaceCall by the agent ─> registry
//! ```
//! Until then the rules are checked each second: if the contact must not be called any more, the call ends without dialling.
//!
//! After a crash such an attempt is not dialled again, because its agent is gone. If its call never began, the contact waits again.

use cordboard_actors::messages::PlaceRefused;
use cordboard_schema::ids::{CallId, CampaignId, ContactId, OrganizationId, UserId};
use tokio::sync::{mpsc, oneshot};

use super::{AGAIN_MS, CampaignRunner, Known, OpenAttempt, now};
use crate::store::{Connection, NotCalled, change};

/// An agent's request to call a contact that they see.
#[derive(Debug)]
pub struct PreviewedCall {
    /// The campaign's organization.
    pub organization_id: OrganizationId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The contact.
    pub contact_id: ContactId,
    /// The agent.
    pub user_id: UserId,
    /// The id that the call will have. The router knows that the agent is in it.
    pub call_id: CallId,
    /// Receives the answer; dropped if the server goes down.
    pub reply: oneshot::Sender<Result<(), CallNotMade>>,
}

/// Why a previewed call was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallNotMade {
    /// The agent may not call the contact now.
    NotCalled(NotCalled),
    /// Another server may have the database.
    NotOurs,
    /// All lines for campaigns are in use.
    NoLine,
    /// One of its values is invalid.
    Bad(String),
    /// It was refused, as any call can be.
    Refused(PlaceRefused),
    /// It is not known whether it was made, or it could not be stored. Nobody is called without the agent being heard.
    Unknown,
}

/// The line to the owner of campaigns. It has no limit of its own: the number of HTTP connections limits its waiting messages.
#[derive(Clone, Debug)]
pub struct CampaignLine(mpsc::UnboundedSender<PreviewedCall>);

/// Mailbox of a [`CampaignLine`].
pub type CampaignMailbox = mpsc::UnboundedReceiver<PreviewedCall>;

impl CampaignLine {
    /// Opens a line and its mailbox.
    pub fn open() -> (Self, CampaignMailbox) {
        let (line, mailbox) = mpsc::unbounded_channel();
        (Self(line), mailbox)
    }

    /// Requests a call. Returns whether the owner of campaigns still runs.
    pub fn tell(&self, asked: PreviewedCall) -> bool {
        self.0.send(asked).is_ok()
    }
}

impl CampaignRunner {
    /// Places the call that an agent requests.
    pub(super) async fn call_previewed(&self, known: &mut Known, asked: PreviewedCall) {
        let PreviewedCall { organization_id, campaign_id, contact_id, user_id, call_id, reply } = asked;
        let ids = (organization_id, campaign_id, contact_id);
        let answer = self.call_for(known, ids, user_id, call_id).await;
        let is_placed = answer.is_ok();
        // An agent who no longer waits sees at their desk whether they are in a call.
        let _ = reply.send(answer);
        if is_placed {
            self.note_placed(vec![(organization_id, call_id)]).await;
        }
    }

    async fn call_for(
        &self,
        known: &mut Known,
        ids: (OrganizationId, CampaignId, ContactId),
        user_id: UserId,
        call_id: CallId,
    ) -> Result<(), CallNotMade> {
        let (organization_id, campaign_id, _) = ids;
        if !self.database.is_ours() {
            return Err(CallNotMade::NotOurs);
        }
        if !known.started.contains_key(&campaign_id) {
            // It was started just now.
            self.read_started(known, None).await;
        }
        if self.free().await == 0 {
            return Err(CallNotMade::NoLine);
        }
        let now = now();
        let reserve = move |connection: &mut Connection| {
            change::reserve_previewed(connection, ids, user_id, call_id, now)
        };
        let reserved = match self.store.change(reserve).await {
            Ok(Ok(reserved)) => reserved,
            Ok(Err(why)) => {
                if let NotCalled::AllRest(until) = why {
                    self.all_rest(known, campaign_id, until).await;
                }
                return Err(CallNotMade::NotCalled(why));
            }
            Err(error) => {
                // If it is unknown whether the transaction was committed, the attempt is found like that of a dead process, and nobody is dialled.
                tracing::warn!(%campaign_id, %error, "an attempt that an agent requested can't be reserved");
                known.has_strays = true;
                self.find_strays(known).await;
                return Err(CallNotMade::Unknown);
            }
        };
        let rings = OpenAttempt {
            is_agents: true,
            ..OpenAttempt::ringing(organization_id, campaign_id, now, now + AGAIN_MS)
        };
        known.open.insert(call_id, rings);
        known.begins_together(&self.limits, campaign_id, now);
        if let Some(started) = known.started.get_mut(&campaign_id) {
            started.dialler.reserved(now);
        }
        self.place(known, campaign_id, reserved, Some(user_id)).await
    }

    /// Checks whether a campaign has ended whose agents decide when a contact is called. Only the end of its last contact link is due by time.
    pub(super) async fn recheck(&self, known: &mut Known, id: CampaignId) {
        let now = now();
        let Some(started) = known.started.get_mut(&id) else { return };
        started.next = None;
        let organization_id = started.campaign.organization_id;
        let check = move |connection: &mut Connection| {
            change::reserve_attempts(connection, organization_id, id, now, 0)
        };
        match self.store.change(check).await {
            Ok(found) => match found.campaign {
                Some(campaign) => {
                    started.dialler.changed(campaign.state, &campaign.settings.rules);
                    started.campaign = campaign;
                    started.next = found.emptied.recheck_at().map(|at| at.max(now + 1));
                    started.waits_for_people = found.emptied.waits();
                }
                None => drop(known.started.remove(&id)),
            },
            Err(error) => {
                tracing::warn!(campaign_id = %id, %error, "a campaign can't be checked; trying again later");
                started.next = Some(now + AGAIN_MS);
            }
        }
    }
}
