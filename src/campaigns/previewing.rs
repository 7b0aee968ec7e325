//! Calls to contacts whom agents have before them. An agent asks at their desk; the owner of all campaigns reserves the attempt and has the call
//! made, as every other one, with the agent as the one who begins it: nobody is dialled before they are heard.
//!
//! ```text
//! POST …/preview/{contact}/call ─ CampaignLine ─> reserve (one transaction) ─> PlaceCall by the agent ─> registry
//! ```
//! Until they are, the rules are asked each second: where somebody is not to be called any more, the call ends and dials nobody.
//!
//! Behind a death such an attempt is not dialled again: its agent is gone. Where its call never began, the contact waits again.

use cordboard_actors::messages::PlaceRefused;
use cordboard_schema::ids::{CallId, CampaignId, ContactId, OrganizationId, UserId};
use tokio::sync::{mpsc, oneshot};

use super::{AGAIN_MS, CampaignRunner, Known, OpenAttempt, now};
use crate::store::{Connection, NotCalled, change};

/// An agent's request to call a contact whom they have before them.
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
    /// The id that the call will have: the router knows the agent to be in it.
    pub call_id: CallId,
    /// The answer; dropped where the server goes down.
    pub reply: oneshot::Sender<Result<(), CallNotMade>>,
}

/// Why a previewed call was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallNotMade {
    /// The contact is not the agent's to call now.
    NotCalled(NotCalled),
    /// All lines that campaigns may have are taken.
    NoLine,
    /// A value of it can't be taken.
    Bad(String),
    /// It was refused, as any call can be.
    Refused(PlaceRefused),
    /// Whether it was made is not known, or could not be written. Nobody is called for whom the agent is not heard.
    Unknown,
}

/// The line to the owner of campaigns. It has no bound of its own: the connections of HTTP bound its waiting messages.
#[derive(Clone, Debug)]
pub struct CampaignLine(mpsc::UnboundedSender<PreviewedCall>);

/// Mailbox of a [`CampaignLine`].
pub type CampaignMailbox = mpsc::UnboundedReceiver<PreviewedCall>;

impl CampaignLine {
    /// A line and its mailbox.
    pub fn open() -> (Self, CampaignMailbox) {
        let (line, mailbox) = mpsc::unbounded_channel();
        (Self(line), mailbox)
    }

    /// Asks for a call; whether there is anybody who makes it.
    pub fn tell(&self, asked: PreviewedCall) -> bool {
        self.0.send(asked).is_ok()
    }
}

impl CampaignRunner {
    /// Has the call made that an agent asks for.
    pub(super) async fn call_previewed(&self, known: &mut Known, asked: PreviewedCall) {
        let PreviewedCall { organization_id, campaign_id, contact_id, user_id, call_id, reply } = asked;
        let ids = (organization_id, campaign_id, contact_id);
        let answer = self.call_for(known, ids, user_id, call_id).await;
        let is_placed = answer.is_ok();
        // An agent who does not wait any more sees at their desk whether they are in a call.
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
        if !known.started.contains_key(&campaign_id) {
            // It was started right now.
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
                // If nobody knows whether it was committed, the attempt is found as that of a dead process is, and nobody is dialled.
                tracing::warn!(%campaign_id, %error, "an attempt that an agent asked for can't be reserved");
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

    /// Looks whether a campaign is over in which agents say when somebody is called. Nothing is due by time but the end of its last contact link.
    pub(super) async fn look(&self, known: &mut Known, id: CampaignId) {
        let now = now();
        let Some(started) = known.started.get_mut(&id) else { return };
        started.next = None;
        let organization_id = started.campaign.organization_id;
        let look = move |connection: &mut Connection| {
            change::reserve_attempts(connection, organization_id, id, now, 0)
        };
        match self.store.change(look).await {
            Ok(looked) => match looked.campaign {
                Some(campaign) => {
                    started.dialler.changed(campaign.state, &campaign.settings.rules);
                    started.campaign = campaign;
                    started.next = looked.emptied.look_at().map(|at| at.max(now + 1));
                    started.waits_for_people = looked.emptied.waits();
                }
                None => drop(known.started.remove(&id)),
            },
            Err(error) => {
                tracing::warn!(campaign_id = %id, %error, "a campaign can't be looked at; it is tried again");
                started.next = Some(now + AGAIN_MS);
            }
        }
    }
}
