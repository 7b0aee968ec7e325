//! OSdial and VICIdial: a dialler whose remote agents are our assistants. We reach it through its database, and a VICIdial also through its agent
//! API.
//!
//! ```text
//! HTTP API, control socket ── Dialler ── commands (plan) ── queries by subject ── Link (pool, time-outs) ──> MariaDB
//! control sockets <── changes ── watch (changes) ────────────────────────┘
//! ```
//! The dialler dials, not we: Cordboard never calls its lists by itself. Its database is not ours: no new columns, tables, triggers or deletions. Ids
//! are compared exactly in the program, because the database ignores case, accents and trailing blanks. Text is read and written as bytes
//! (`text.rs`). An unreachable database harms no running call, because none waits for it. A call that the dialler gives to a line is looked up before
//! it begins (`given.rs`), within a second. Its result is written after it (`settle.rs`), from the outbox, and so are callbacks (`call_backs.rs`) and
//! do-not-call requests (`no_calls.rs`). If there is an agent API, hang-ups and transfers use it (`agent_api.rs`, `passing.rs`).

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
use cordboard_schema::phone::E164;
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

/// Changes that are queued for subscribers: more than one check finds.
const CHANGES_WAITING_MAX: usize = 1_024;

/// The dialler of an organization. Cheap to clone.
#[derive(Clone)]
pub struct Dialler {
    link: Link,
    api: Option<AgentApi>,
    organization_id: OrganizationId,
    settings: Arc<OsdialSettings>,
    /// Held while statements run that would interfere with each other.
    writing: Arc<Mutex<()>>,
    changes: broadcast::Sender<Arc<OsdialChange>>,
}

/// The profile that answers calls of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers<'a> {
    /// The organization's usual profile.
    Usual,
    /// The profile with this name.
    Profile(&'a str),
    /// None: the campaign is not named.
    NoProfile,
}

impl Dialler {
    /// Makes the dialler whose database is at `url`. Requests and checks run on `runtime`. Does not connect yet.
    ///
    /// # Errors
    /// Fails if the address can't be used.
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

    /// Organization of the dialler. Users of other organizations can't see or change anything of it.
    pub fn organization_id(&self) -> OrganizationId {
        self.organization_id
    }

    /// Subscribes to changes from now on.
    pub fn changes(&self) -> broadcast::Receiver<Arc<OsdialChange>> {
        self.changes.subscribe()
    }

    /// Lets the dialler keep the lines of these remote agents: each is READY within 5 s.
    ///
    /// # Errors
    /// Fails if there is no such campaign or remote agent, or the database fails.
    pub async fn enable(&self, whom: Whom) -> Result<Vec<AffectedAgent>, OsdialError> {
        let (link, writing) = (self.link.clone(), Arc::clone(&self.writing));
        self.link.run(async move { commands::enable(&link, &writing, &whom).await }).await
    }

    /// Stops the dialler from keeping the lines of these remote agents: when this returns, none is READY. Running calls continue.
    ///
    /// # Errors
    /// As [`Dialler::enable`], or if lines stayed READY.
    pub async fn disable(&self, whom: Whom) -> Result<Vec<AffectedAgent>, OsdialError> {
        let (link, writing) = (self.link.clone(), Arc::clone(&self.writing));
        self.link.run(async move { commands::disable(&link, &writing, &whom).await }).await
    }

    /// Assigns remote agents to campaigns: all of them, or none.
    ///
    /// # Errors
    /// As [`Dialler::enable`], or if a line is in a call.
    pub async fn assign(&self, wanted: Vec<Assignment>) -> Result<Vec<AffectedAgent>, OsdialError> {
        let (link, writing) = (self.link.clone(), Arc::clone(&self.writing));
        self.link.run(async move { commands::assign(&link, &writing, &wanted).await }).await
    }

    /// Remote agents after an id, ordered by id; all, or those of a campaign.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn remote_agents(
        &self,
        campaign_id: Option<String>,
        after_id: u32,
        most: usize,
    ) -> Result<Vec<RemoteAgent>, OsdialError> {
        let link = self.link.clone();
        let read = async move {
            let Some(id) = campaign_id else {
                return agents::remote(&link, Which::After(after_id), most).await;
            };
            let all = agents::remote(&link, Which::OfCampaign(&id), agents::AGENTS_MAX).await?;
            Ok(all.into_iter().filter(|agent| agent.remote_agent_id > after_id).take(most).collect())
        };
        self.link.run(read).await
    }

    /// Live agents after an id, ordered by id; all, or those of a campaign.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn live_agents(
        &self,
        campaign_id: Option<String>,
        after_id: u32,
        most: usize,
    ) -> Result<Vec<LiveAgent>, OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { agents::live(&link, campaign_id.as_deref(), after_id, most).await }).await
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

    /// All statuses, or those for leads of a campaign.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn statuses(&self, campaign_id: Option<String>) -> Result<Vec<OsdialStatus>, OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { campaigns::statuses(&link, campaign_id.as_deref()).await }).await
    }

    /// Leads, ordered by number.
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
    /// Fails if there is none with that number, or the database does not answer.
    pub async fn lead(&self, lead_id: u32) -> Result<OsdialLead, OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { leads::lead(&link, lead_id).await }).await
    }

    /// Returns the call with this name that the dialler has given to one of our lines, with its lead. Limited in time, because a caller waits.
    ///
    /// # Errors
    /// Fails if there is none, something is missing or inconsistent, or the database does not answer in time.
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

    /// Returns the place with this name to which the dialler transfers callers; none if there is no such place, or no agent API.
    fn place(&self, name: &str) -> Option<&DiallerPlace> {
        self.settings.transfers.as_ref()?.of(name)
    }

    /// Lets the dialler transfer the caller of a call, and sets the status of its lead.
    async fn pass_to(&self, pending: &PendingResult, place: DiallerPlace) -> Result<Acted, OsdialError> {
        let Some(api) = self.api.clone() else {
            return Err(OsdialError::ApiUnreachable("there is none".to_owned()));
        };
        let (call, status) = (pending.call.clone(), settle::or_usual(pending.status()));
        self.link.run(async move { api.act(&call, CallAct::PassTo(&place), &status).await }).await
    }

    /// Parses the time at which the callee of a call wants to be called back, or explains why the dialler does not call then. Limited in time,
    /// because an assistant waits.
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

    /// Returns the profile that answers calls of a campaign.
    pub fn answers(&self, campaign_id: &str) -> Answers<'_> {
        match &self.settings.profiles {
            None => Answers::Usual,
            Some(profiles) => profiles.of(campaign_id).map_or(Answers::NoProfile, Answers::Profile),
        }
    }

    /// Tells the dialler that a line has this call.
    ///
    /// # Errors
    /// Fails if the database does.
    pub async fn claim(&self, call: DiallerCall) -> Result<(), OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { settle::claim(&link, &call).await }).await
    }

    /// Tells the dialler that the calls with these names are live.
    ///
    /// # Errors
    /// Fails if the database does.
    pub async fn keep_alive(&self, keys: Vec<String>) -> Result<(), OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { settle::keep_alive(&link, &keys).await }).await
    }

    /// Writes the result of a call when it is due. Before that, the agent API, if there is one, hangs up a call that we have ended, and numbers are
    /// put on the do-not-call lists if the callee asked for it. These steps don't wait for each other.
    /// # Errors
    /// Fails if the database or the API does. It may be repeated.
    pub async fn settle(&self, mut pending: PendingResult, now: UnixMs) -> Result<Settled, OsdialError> {
        let (link, api) = (self.link.clone(), self.api.clone());
        let work = async move {
            let refused = no_calls::are_wanted(&link, &pending).await;
            if matches!(refused, Ok(true)) {
                // Whatever they had agreed on: the dialler makes callbacks without checking its lists.
                pending.call_back = None;
            }
            let hung_up = match &api {
                Some(api) => settle::hang_up(&link, api, &pending).await,
                None => Ok(()),
            };
            let entered = match refused {
                Ok(true) => no_calls::settle(&link, &pending).await,
                Ok(false) => Ok(()),
                Err(error) => Err(error),
            };
            let settled = settle::settle(&link, &pending, now).await?;
            hung_up.and(entered).map(|()| settled)
        };
        self.link.run(work).await
    }

    /// Returns the numbers of an ended call's lead, with their country codes, if the callee does not want to be called again: they have said so, or
    /// the chosen status means it. Also returns how many numbers the dialler has only without a country code.
    ///
    /// # Errors
    /// Fails if the database does. It may be repeated.
    pub async fn refused_numbers(&self, pending: PendingResult) -> Result<(Vec<E164>, usize), OsdialError> {
        let link = self.link.clone();
        let work = async move {
            match no_calls::are_wanted(&link, &pending).await? {
                true => no_calls::whole_numbers(&link, &pending.call).await,
                false => Ok((Vec::new(), 0)),
            }
        };
        self.link.run(work).await
    }

    /// Stops the dialler from giving calls to the lines of this server, whose extension leads to it. Running calls continue. Returns the first users
    /// of those that were active.
    ///
    /// # Errors
    /// As [`Dialler::disable`].
    pub async fn hand_back(&self) -> Result<Vec<String>, OsdialError> {
        let (link, writing, settings) =
            (self.link.clone(), Arc::clone(&self.writing), Arc::clone(&self.settings));
        let work = async move {
            let all = agents::remote(&link, Which::After(0), agents::AGENTS_MAX).await?;
            let is_own = |agent: &RemoteAgent| {
                agent.status == RemoteAgentStatus::Active && plan::is_of_this_server(agent, &settings)
            };
            let own = all.into_iter().filter(is_own).collect();
            let agents = commands::disable_these(&link, &writing, own).await?;
            Ok(agents.into_iter().map(|one| one.agent.user_start).collect())
        };
        self.link.run(work).await
    }

    /// Checks the next leads after one for text that was encoded twice.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn find_repairs(&self, after_id: u32) -> Result<Batch, OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { repair::examine(&link, after_id).await }).await
    }

    /// Repairs a field if it is still as it was read; returns false if it is not.
    ///
    /// # Errors
    /// Fails if the database does.
    pub async fn repair(&self, repair: Repair) -> Result<bool, OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { repair::apply(&link, &repair).await }).await
    }

    /// Reverts a repair if the field is unchanged since; returns false if it is not.
    ///
    /// # Errors
    /// Fails if the database does, or the repair is invalid.
    pub async fn undo_repair(&self, repair: Repair) -> Result<bool, OsdialError> {
        let link = self.link.clone();
        self.link.run(async move { repair::undo(&link, &repair).await }).await
    }
}
