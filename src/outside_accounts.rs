//! Accounts of organizations at other services, as calls find them: integrations, opened and made ready to be used.
//!
//! ```text
//! PUT, DELETE /api/v1/integrations/{kind} ─ look_again ─> keeper: reads the rows, opens secrets ─ swaps ─> the directory
//! calls, webhooks, texts ── voice, twilio ─────────────────────────────────────────────────────────────────┘
//! ```
//! The keeper is one task on an arbiter that carries no audio; it takes one change after the other out of its mailbox, and
//! nobody else changes the directory. A reader never waits for it. A call that has begun keeps what it began with.

mod keeper;
mod opened;
mod twilio;
mod voice;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use cordboard_actors::assistant::VOICES;
use cordboard_actors::assistant::kind::{Serves, voice_kind};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::integration::IntegrationKind;
use cordboard_schema::time::UnixMs;
use cordboard_schema::voice_chain::{DataRegion, VoiceName};
use cordboard_schema::wire::twilio::AccountSid;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

pub use keeper::{AccountsError, AccountsSettings};
pub use opened::open;
pub use twilio::{OwnTwilio, SWITCH_NAME, TwilioAccount};
pub use voice::{Voice, own_of};

/// How long who has changed an integration waits until new calls know it. The keeper goes on without them.
const KNOWN_WAIT: Duration = Duration::from_secs(5);

/// By whose account an organization is served.
#[derive(Clone, Debug, Default)]
pub enum Served<T> {
    /// As the configuration says: the organization has no account of its own, or none that is set up.
    #[default]
    Configured,
    /// By its own.
    Own(T),
    /// It has one that can't be used. Nobody else's is used in its place.
    Unusable,
}

/// An organization's own accounts.
#[derive(Clone, Debug, Default)]
struct AccountsOf {
    /// Accounts of voices.
    voices: BTreeMap<VoiceName, Voice>,
    twilio: OwnTwilio,
    /// When each was set: another key has another one.
    revisions: BTreeMap<IntegrationKind, UnixMs>,
    /// Region in which each account keeps its data, if known.
    regions: BTreeMap<IntegrationKind, DataRegion>,
    /// Why those that are set are not used.
    unused: BTreeMap<IntegrationKind, String>,
}

type Directory = HashMap<OrganizationId, AccountsOf>;

/// Somebody has changed an integration of an organization.
struct Changed {
    organization_id: OrganizationId,
    /// Told when new calls know it.
    known: oneshot::Sender<()>,
}

/// The directory. Cheap to clone.
#[derive(Clone)]
pub struct OutsideAccounts {
    directory: watch::Receiver<Arc<Directory>>,
    keeper: mpsc::Sender<Changed>,
}

impl OutsideAccounts {
    /// The voice that speaks with this organization's callers: of several accounts the first in the order of their kinds.
    pub fn voice(&self, organization_id: OrganizationId) -> Voice {
        let directory = self.directory.borrow();
        let Some(of) = directory.get(&organization_id) else { return Voice::Configured };
        let of_all = VOICES.iter().filter(|kind| kind.serves == Serves::All);
        let mut own = of_all
            .filter_map(|kind| of.voices.get(&kind.name))
            .filter(|voice| !matches!(voice, Voice::Configured));
        own.next().cloned().unwrap_or_default()
    }

    /// By whose account this organization's callers are spoken with, where a chain of voices names this one.
    pub fn speaking(&self, organization_id: OrganizationId, voice: VoiceName) -> Voice {
        let directory = self.directory.borrow();
        directory.get(&organization_id).and_then(|of| of.voices.get(&voice)).cloned().unwrap_or_default()
    }

    /// When the organization's account of this voice was set.
    pub fn revision(&self, organization_id: OrganizationId, voice: VoiceName) -> UnixMs {
        let directory = self.directory.borrow();
        let of = directory.get(&organization_id).zip(voice_kind(voice).and_then(|kind| kind.integration));
        of.and_then(|(of, kind)| of.revisions.get(&kind)).copied().unwrap_or(UnixMs(0))
    }

    /// Region in which the organization's account of this voice keeps its data, if known.
    pub fn region(&self, organization_id: OrganizationId, voice: VoiceName) -> Option<DataRegion> {
        let kind = voice_kind(voice)?.integration?;
        self.directory.borrow().get(&organization_id)?.regions.get(&kind).copied()
    }

    /// Whether hosted agents of an account of its own may serve this organization's callers.
    pub fn hosts_agents(&self, organization_id: OrganizationId) -> bool {
        let directory = self.directory.borrow();
        let Some(of) = directory.get(&organization_id) else { return false };
        let mut hosts = VOICES.iter().filter(|kind| kind.serves == Serves::ThoseThatNameAnAgent);
        hosts.any(|kind| matches!(of.voices.get(&kind.name), Some(Voice::Own(_))))
    }

    /// Account at Twilio that serves this organization.
    pub fn twilio(&self, organization_id: OrganizationId) -> OwnTwilio {
        self.directory.borrow().get(&organization_id).map(|of| of.twilio.clone()).unwrap_or_default()
    }

    /// The organization's own account of this name; none where it has that no more.
    pub fn own_twilio(
        &self,
        organization_id: OrganizationId,
        sid: &AccountSid,
    ) -> Option<Arc<TwilioAccount>> {
        match self.twilio(organization_id) {
            OwnTwilio::Own(own) if own.sid == *sid => Some(own),
            _ => None,
        }
    }

    /// Why an integration that is set is not used; none where it is, or none is set.
    pub fn unused(&self, organization_id: OrganizationId, kind: IntegrationKind) -> Option<String> {
        self.directory.borrow().get(&organization_id)?.unused.get(&kind).cloned()
    }

    /// All organizations' own accounts at Twilio, the oldest organization's first: where two have set the same account, its
    /// webhooks count as that one's.
    pub fn twilio_accounts(&self) -> Vec<Arc<TwilioAccount>> {
        let own = |of: &AccountsOf| match &of.twilio {
            OwnTwilio::Own(own) => Some(Arc::clone(own)),
            OwnTwilio::Configured | OwnTwilio::Unusable => None,
        };
        let mut accounts: Vec<_> = self.directory.borrow().values().filter_map(own).collect();
        accounts.sort_by_key(|account| account.organization_id);
        accounts
    }

    /// An integration of this organization was set or removed: when this returns new calls know it, unless the database is
    /// away, which is logged.
    pub async fn look_again(&self, organization_id: OrganizationId) {
        let (known, waiting) = oneshot::channel();
        let told = async {
            self.keeper.send(Changed { organization_id, known }).await.ok()?;
            waiting.await.ok()
        };
        if !matches!(timeout(KNOWN_WAIT, told).await, Ok(Some(()))) {
            tracing::error!(%organization_id, "new calls may not know yet which accounts their organization has");
        }
    }
}
