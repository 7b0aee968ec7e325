//! OSdial and VICIdial: a dialler whose remote agents are our assistants. We reach it by its database, and a VICIdial by its agent API, too.
//!
//! ```text
//! HTTP API, control socket ── Dialler ── commands (plan) ── queries by subject ── Link (pool, time-outs) ──> MariaDB
//! control sockets <── changes ── watch (changes) ────────────────────────┘
//! ```
//! The dialler dials, not we: a list of it is never called around it. Its database is not ours: no new columns, tables,
//! triggers, deletions. Ids are compared exactly in the program, because the database ignores case, accents and trailing
//! blanks; text is read and written as bytes (`text.rs`). A database that is away harms no call: nothing here is on the way of
//! a call that runs. A call that the dialler gives to a line is looked up before it begins (`given.rs`), within a second; what
//! became of it is written behind it (`settle.rs`), from the outbox, as are call-backs (`call_backs.rs`) and wishes for no calls
//! (`no_calls.rs`). Where there is an agent API, hanging up and passing callers on goes through it (`agent_api.rs`, `passing.rs`).

mod agent_api;
mod agents;
mod call_backs;
mod campaigns;
mod changes;
mod commands;
mod connection;
mod error;
mod examine;
mod given;
mod leads;
mod live;
mod no_calls;
mod passing;
mod plan;
mod repair;
mod rows;
mod settle;
mod text;
mod tool;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::dialler_call::{DiallerCall, PendingResult};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::limits::DIALLER_ASK_MS_MAX;
use cordboard_schema::time::UnixMs;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, broadcast};
use tokio::time::timeout;

use agent_api::{Acted, AgentApi, CallAct};
use agents::Which;
use connection::Link;

pub(crate) use call_backs::call_back;
pub use changes::OsdialChange;
pub use commands::{AffectedAgent, Assignment, RemoteLine, Whom};
pub use error::OsdialError;
pub use examine::{DiallerFault, DiallerState, examine, examine_agent_api};
pub use given::GivenCall;
pub use leads::LeadFilter;
pub(crate) use live::follow;
pub(crate) use passing::pass_on;
pub use repair::{Batch, Repair};
pub use rows::{
    LiveAgent, OsdialCampaign, OsdialLead, OsdialList, OsdialStatus, RemoteAgent, RemoteAgentStatus,
    RemoteLineStatus,
};
pub use settle::Settled;
pub(crate) use tool::choose;

use crate::config::{DiallerPlace, Osdial as OsdialSettings, OsdialUrl};

/// Changes that wait for whoever tells them: more than one look gives.
const CHANGES_WAITING_MAX: usize = 1_024;

/// The dialler of an organization. Cheap to clone.
#[derive(Clone)]
pub struct Dialler {
    link: Link,
    api: Option<AgentApi>,
    organization_id: OrganizationId,
    settings: Arc<OsdialSettings>,
    /// Held while statements are carried out that would disturb each other.
    writing: Arc<Mutex<()>>,
    changes: broadcast::Sender<Arc<OsdialChange>>,
}

/// The profile that answers calls of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers<'a> {
    /// The organization's usual profile.
    Usual,
    /// The profile of this name.
    Profile(&'a str),
    /// Nobody: it is not named.
    Nobody,
}

impl Dialler {
    /// The dialler whose database is at `url`; asked on `runtime`, where it is looked at, too. Connects to nothing yet.
    ///
    /// # Errors
    /// The address can't be used.
    pub fn new(
        url: &OsdialUrl,
        settings: &OsdialSettings,
        organization_id: OrganizationId,
        runtime: Handle,
    ) -> Result<Self, OsdialError> {
        let link = Link::new(url, settings, runtime.clone())?;
        let api = AgentApi::of(settings)?;
        let (changes, _) = broadcast::channel(CHANGES_WAITING_MAX);
        runtime.spawn(watch::watch(link.clone(), changes.downgrade()));
        let settings = Arc::new(settings.clone());
        Ok(Self { link, api, organization_id, settings, writing: Arc::default(), changes })
    }

    /// Organization of the dialler. Users of others may not see or change anything of it.
    pub fn organization_id(&self) -> OrganizationId {
        self.organization_id
    }

    /// Changes from now on.
    pub fn changes(&self) -> broadcast::Receiver<Arc<OsdialChange>> {
        self.changes.subscribe()
    }

    /// Has the dialler keep the lines of these remote agents: each is READY within 5 s.
    ///
    /// # Errors
    /// There is no such campaign or remote agent, or the database did not do it.
    pub async fn enable(&self, whom: Whom) -> Result<Vec<AffectedAgent>, OsdialError> {
        let (link, writing) = (self.link.clone(), Arc::clone(&self.writing));
        self.link.run(async move { commands::enable(&link, &writing, &whom).await }).await
    }

    /// Has the dialler keep the lines of these remote agents no more: when this returns, none is READY. A call that runs goes on.
    ///
    /// # Errors
    /// As [`Dialler::enable`], or lines stayed READY.
    pub async fn disable(&self, whom: Whom) -> Result<Vec<AffectedAgent>, OsdialError> {
        let (link, writing) = (self.link.clone(), Arc::clone(&self.writing));
        self.link.run(async move { commands::disable(&link, &writing, &whom).await }).await
    }

    /// Gives remote agents to campaigns: all of them, or none.
    ///
    /// # Errors
    /// As [`Dialler::enable`], or a line is in a call.
    pub async fn assign(&self, wanted: Vec<Assignment>) -> Result<Vec<AffectedAgent>, OsdialError> {
        let (link, writing) = (self.link.clone(), Arc::clone(&self.writing));
        self.link.run(async move { commands::assign(&link, &writing, &wanted).await }).await
    }

    /// Remote agents after an id, by their ids; all, or those of a campaign.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn remote_agents(
        &self,
        campaign_id: Option<String>,
        behind: u32,
        most: usize,
    ) -> Result<Vec<RemoteAgent>, OsdialError> {
        let link = self.link.clone();
        let read = async move {
            let Some(id) = campaign_id else {
                return agents::remote(&link, Which::Behind(behind), most).await;
            };
            let all = agents::remote(&link, Which::OfCampaign(&id), agents::AGENTS_MAX).await?;
            Ok(all.into_iter().filter(|agent| agent.remote_agent_id > behind).take(most).collect())
        };
        self.link.run(read).await
    }

    /// Live agents after an id, by their ids; all, or those of a campaign.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn live_agents(
        &self,
        campaign_id: Option<String>,
        behind: u32,
        most: usize,
    ) -> Result<Vec<LiveAgent>, OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { agents::live(&link, campaign_id.as_deref(), behind, most).await }).await
    }

    /// All campaigns.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn campaigns(&self) -> Result<Vec<OsdialCampaign>, OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { campaigns::campaigns(&link).await }).await
    }

    /// All lists of leads, or those of a campaign.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn lists(&self, campaign_id: Option<String>) -> Result<Vec<OsdialList>, OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { campaigns::lists(&link, campaign_id.as_deref()).await }).await
    }

    /// All statuses, or those that leads of a campaign may have.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn statuses(&self, campaign_id: Option<String>) -> Result<Vec<OsdialStatus>, OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { campaigns::statuses(&link, campaign_id.as_deref()).await }).await
    }

    /// Leads, by their numbers.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn leads(&self, filter: LeadFilter, most: usize) -> Result<Vec<OsdialLead>, OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { leads::leads(&link, &filter, most).await }).await
    }

    /// A lead.
    ///
    /// # Errors
    /// There is none of that number, or the database did not answer.
    pub async fn lead(&self, lead_id: u32) -> Result<OsdialLead, OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { leads::lead(&link, lead_id).await }).await
    }

    /// The call of this name that the dialler has given to a line of ours, with its lead. Bounded: a caller waits for it.
    ///
    /// # Errors
    /// There is none, something of it is missing or does not fit, or the database did not answer in time.
    pub async fn given(&self, key: String) -> Result<GivenCall, OsdialError> {
        let (link, usual) = (self.link.clone(), self.settings.usual_status.as_str().to_owned());
        let find = self.link.run(async move { given::find(&link, &key, &usual).await });
        let late = |_| OsdialError::TimedOut { wait_ms: DIALLER_ASK_MS_MAX };
        let mut found = timeout(Duration::from_millis(DIALLER_ASK_MS_MAX), find).await.map_err(late)??;
        if let Some(places) = self.settings.transfers.as_ref().filter(|_| self.api.is_some()) {
            found.tools.push(passing::offered(places, &found.tools));
        }
        Ok(found)
    }

    /// The place of this name that the dialler passes callers on to; none where there is none, or no agent API.
    fn place(&self, name: &str) -> Option<&DiallerPlace> {
        self.settings.transfers.as_ref()?.of(name)
    }

    /// Has the dialler pass the caller of a call on, with the status of its lead.
    async fn pass_to(&self, owed: &PendingResult, place: DiallerPlace) -> Result<Acted, OsdialError> {
        let Some(api) = self.api.clone() else {
            return Err(OsdialError::ApiAway("there is none".to_owned()));
        };
        let (call, status) = (owed.call.clone(), settle::or_usual(owed.status()));
        self.link.run(async move { api.act(&call, CallAct::PassTo(&place), &status).await }).await
    }

    /// The time at which the callee of a call wants to be called back, or why the dialler does not call then. Bounded: an assistant waits for it.
    async fn agree_on(
        &self,
        call: DiallerCall,
        when: String,
        now: UnixMs,
    ) -> Result<Result<call_backs::Agreed, String>, OsdialError> {
        let link = self.link.clone();
        let find = self.link.run(async move { call_backs::agree_on(&link, &call, &when, now).await });
        let late = |_| OsdialError::TimedOut { wait_ms: DIALLER_ASK_MS_MAX };
        timeout(Duration::from_millis(DIALLER_ASK_MS_MAX), find).await.map_err(late)?
    }

    /// The name of the profile that answers calls of a campaign.
    pub fn answers(&self, campaign_id: &str) -> Answers<'_> {
        match &self.settings.profiles {
            None => Answers::Usual,
            Some(profiles) => profiles.of(campaign_id).map_or(Answers::Nobody, Answers::Profile),
        }
    }

    /// Says that a line has this call.
    ///
    /// # Errors
    /// The database did not do it.
    pub async fn claim(&self, call: DiallerCall) -> Result<(), OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { settle::claim(&link, &call).await }).await
    }

    /// Says that calls of these names live.
    ///
    /// # Errors
    /// The database did not do it.
    pub async fn keep_alive(&self, keys: Vec<String>) -> Result<(), OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { settle::keep_alive(&link, &keys).await }).await
    }

    /// Writes what became of a call, where it is time for that; before, has the agent API, where there is one, hang up a call that we have
    /// ended, and has the dialler call nobody again who does not want it. None waits for another.
    ///
    /// # Errors
    /// The database or the API did not do it; it may be asked for again.
    pub async fn settle(&self, owed: PendingResult, now: UnixMs) -> Result<Settled, OsdialError> {
        let (link, api) = (self.link.clone(), self.api.clone());
        let work = async move {
            let hung_up = match &api {
                Some(api) => settle::hang_up(&link, api, &owed).await,
                None => Ok(()),
            };
            let entered = no_calls::settle(&link, &owed).await;
            let settled = settle::settle(&link, &owed, now).await?;
            hung_up.and(entered).map(|()| settled)
        };
        self.link.run(work).await
    }

    /// Has the dialler give no more calls to the lines of this server: those whose extension leads to it. Calls that run go on. The first
    /// users of those that were active.
    ///
    /// # Errors
    /// As [`Dialler::disable`].
    pub async fn hand_back(&self) -> Result<Vec<String>, OsdialError> {
        let (link, writing, settings) =
            (self.link.clone(), Arc::clone(&self.writing), Arc::clone(&self.settings));
        let work = async move {
            let all = agents::remote(&link, Which::Behind(0), agents::AGENTS_MAX).await?;
            let is_own = |agent: &RemoteAgent| {
                agent.status == RemoteAgentStatus::Active && plan::is_of_this_server(agent, &settings)
            };
            let own = all.into_iter().filter(is_own).collect();
            let agents = commands::disable_these(&link, &writing, own).await?;
            Ok(agents.into_iter().map(|one| one.agent.user_start).collect())
        };
        self.link.run(work).await
    }

    /// Looks at the next leads after one for text that was encoded once too often.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn look_for_repairs(&self, behind: u32) -> Result<Batch, OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { repair::look(&link, behind).await }).await
    }

    /// Puts a field right where it is still as it was read; false where it is not.
    ///
    /// # Errors
    /// The database did not do it.
    pub async fn repair(&self, repair: Repair) -> Result<bool, OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { repair::apply(&link, &repair).await }).await
    }

    /// Takes a repair back where the field is still as it was put right; false where it is not.
    ///
    /// # Errors
    /// The database did not do it, or the repair is none.
    pub async fn undo_repair(&self, repair: Repair) -> Result<bool, OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { repair::undo(&link, &repair).await }).await
    }
}
