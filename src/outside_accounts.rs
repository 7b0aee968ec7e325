//! Accounts of organizations at other services, as calls use them: integrations, decrypted and ready for use.
//!
//! ```text
//! PUT, DELETE /api/v1/integrations/{kind} ─ reload ─> keeper: reads the rows, opens secrets ─ swaps ─> the directory
//! calls, webhooks, texts ── voice, twilio ─────────────────────────────────────────────────────────────────┘
//! ```
//! The keeper is one task on an arbiter that carries no audio. It handles the changes in its mailbox one after another, and nothing else changes the
//! directory. A reader never waits for it. A running call keeps the account with which it began.

mod directory;
mod keeper;
mod opened;
mod twilio;
mod voice;

use std::collections::BTreeMap;
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

use directory::Directory;
pub use keeper::{AccountsError, AccountsSettings};
pub use opened::open;
pub use twilio::{OwnTwilio, SWITCH_NAME, TwilioAccount};
pub use voice::{Voice, own_of};

/// How long the user who has changed an integration waits until new calls use it. The keeper continues without them.
const KNOWN_WAIT: Duration = Duration::from_secs(5);

/// The account that serves an organization.
#[derive(Clone, Debug, Default)]
pub enum Served<T> {
    /// The configuration's: the organization has no account of its own, or none that is set up.
    #[default]
    Configured,
    /// Its own.
    Own(T),
    /// Its own can't be used. No other account replaces it.
    Unusable,
}

/// An organization's own accounts.
#[derive(Clone, Debug, Default)]
struct AccountsOf {
    /// Accounts of voices.
    voices: BTreeMap<VoiceName, Voice>,
    twilio: OwnTwilio,
    /// When each was set. This changes with the key.
    revisions: BTreeMap<IntegrationKind, UnixMs>,
    /// Region in which each account keeps its data, if known.
    regions: BTreeMap<IntegrationKind, DataRegion>,
    /// Why accounts that are set are not used.
    unused: BTreeMap<IntegrationKind, String>,
}

/// A change of an organization's integration.
struct Changed {
    organization_id: OrganizationId,
    /// Notified when new calls use it.
    known: oneshot::Sender<()>,
}

/// The directory. Cheap to clone.
#[derive(Clone)]
pub struct OutsideAccounts {
    directory: watch::Receiver<Arc<Directory>>,
    keeper: mpsc::Sender<Changed>,
}

impl OutsideAccounts {
    /// The voice that speaks with this organization's callers. Of several accounts it is the first in the order of their kinds.
    pub fn voice(&self, organization_id: OrganizationId) -> Voice {
        let directory = self.directory.borrow();
        let Some(of) = directory.get(&organization_id) else { return Voice::Configured };
        let of_all = VOICES.iter().filter(|kind| kind.serves == Serves::All);
        let mut own = of_all
            .filter_map(|kind| of.voices.get(&kind.name))
            .filter(|voice| !matches!(voice, Voice::Configured));
        own.next().cloned().unwrap_or_default()
    }

    /// Returns the account that speaks with this organization's callers if a chain of voices names this voice.
    pub fn speaking(&self, organization_id: OrganizationId, voice: VoiceName) -> Voice {
        let directory = self.directory.borrow();
        directory.get(&organization_id).and_then(|of| of.voices.get(&voice)).cloned().unwrap_or_default()
    }

    /// Whether the organization has an account of its own that a chain of voices can name.
    pub fn has_voice(&self, organization_id: OrganizationId) -> bool {
        let directory = self.directory.borrow();
        let of = directory.get(&organization_id);
        of.is_some_and(|of| of.voices.values().any(|voice| matches!(voice, Voice::Own(_))))
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

    /// Whether hosted agents of the organization's own account may serve its callers.
    pub fn hosts_agents(&self, organization_id: OrganizationId) -> bool {
        let directory = self.directory.borrow();
        let Some(of) = directory.get(&organization_id) else { return false };
        let mut hosts = VOICES.iter().filter(|kind| kind.serves == Serves::ThoseThatNameAnAgent);
        hosts.any(|kind| matches!(of.voices.get(&kind.name), Some(Voice::Own(_))))
    }

    /// The account at Twilio that serves this organization.
    pub fn twilio(&self, organization_id: OrganizationId) -> OwnTwilio {
        self.directory.borrow().get(&organization_id).map(|of| of.twilio.clone()).unwrap_or_default()
    }

    /// Returns the organization's own account with this name; none if it no longer has one.
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

    /// Why a configured integration is not used; none if it is used, or not configured.
    pub fn unused(&self, organization_id: OrganizationId, kind: IntegrationKind) -> Option<String> {
        self.directory.borrow().get(&organization_id)?.unused.get(&kind).cloned()
    }

    /// Organizations' own accounts at Twilio with this name, by age of the organizations. If two have configured the same account, its webhooks
    /// belong to the older one.
    pub fn twilio_named(&self, sid: &AccountSid) -> Vec<Arc<TwilioAccount>> {
        self.directory.borrow().at_twilio(sid)
    }

    /// All organizations' own accounts at Twilio.
    pub fn twilio_accounts(&self) -> Vec<Arc<TwilioAccount>> {
        self.directory.borrow().all_at_twilio()
    }

    /// Whether any organization has an own account at Twilio.
    pub fn have_twilio(&self) -> bool {
        self.directory.borrow().is_any_at_twilio()
    }

    /// Announces a changed integration of this organization. When this returns, new calls use it, unless the database is unreachable, which is
    /// logged.
    pub async fn reload(&self, organization_id: OrganizationId) {
        let (known, waiting) = oneshot::channel();
        let reloaded = async {
            self.keeper.send(Changed { organization_id, known }).await.ok()?;
            waiting.await.ok()
        };
        if !matches!(timeout(KNOWN_WAIT, reloaded).await, Ok(Some(()))) {
            tracing::error!(%organization_id, "new calls may not use changed accounts of their organization yet");
        }
    }
}
