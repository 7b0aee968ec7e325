//! Accounts of organizations at other services, as calls find them: integrations, opened and made ready to be used.
//!
//! ```text
//! PUT, DELETE /api/v1/integrations/{kind} ─ look_again ─> keeper: reads the rows, opens secrets ─ swaps ─> the directory
//! a call's start ── voice ──────────────────────────────────────────────────────────────────────────────────┘
//! ```
//! The keeper is one task on an arbiter that carries no audio; it takes one change after the other out of its mailbox, and
//! nobody else changes the directory. Who looks never waits for it. A call that has begun keeps what it began with.

mod keeper;
mod opened;
mod voice;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::ids::OrganizationId;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

pub use keeper::{AccountsError, AccountsSettings};
pub use opened::open;
pub use voice::Voice;

/// How long who has changed an integration waits until new calls know it. The keeper goes on without them.
const KNOWN_WAIT: Duration = Duration::from_secs(5);

/// What an organization has of its own; what it has not is as the configuration says.
#[derive(Clone, Debug, Default)]
struct AccountsOf {
    voice: Voice,
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
    /// Who speaks with callers of this organization.
    pub fn voice(&self, organization_id: OrganizationId) -> Voice {
        self.directory.borrow().get(&organization_id).map(|of| of.voice.clone()).unwrap_or_default()
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
