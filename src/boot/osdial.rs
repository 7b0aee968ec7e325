//! The dialler, on the arbiter for outside connections, which carries no audio; and its lines that a killed server has left.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use actix::ArbiterHandle;
use cordboard_schema::ids::OrganizationId;
use tokio::time::sleep;
use tracing::warn;

use super::StartError;
use super::cache::runtime_of;
use crate::config::Config;
use crate::osdial::Dialler;
use crate::store::{Connection, Store, query};

/// The file in the data folder that exists while a server has lines of a dialler.
const FILE: &str = "dialler-lines";
/// Pause between two attempts to hand lines back.
const PAUSE: Duration = Duration::from_secs(2);
/// Maximum results that are read to find a call that a killed server has left. Those of ended calls are older.
const RESULTS_MAX: i64 = 1_000;

/// Starts the configured dialler. A database that does not answer does not prevent the start.
pub(super) async fn start(
    config: &Config,
    store: &Store,
    arbiter: &ArbiterHandle,
) -> Result<Option<Dialler>, StartError> {
    let Some(url) = &config.osdial.database_url else { return Ok(None) };
    let organization_id = config.osdial.organization.unwrap_or_else(|| store.organization_id());
    let runtime = runtime_of(arbiter).await?;
    let dialler = Dialler::new(url, &config.osdial, organization_id, runtime);
    Ok(Some(dialler.map_err(|error| StartError::Osdial(error.to_string()))?))
}

/// The lines of a dialler that this server has. A killed server leaves them active in the dialler. The next server sets them inactive, so that people
/// decide when they take calls again.
pub(super) struct Lines {
    path: Option<PathBuf>,
}

impl Lines {
    /// Notes that this server has them. If the previous server was killed, they are handed back, on the arbiter, for as long as that takes. Its file
    /// shows that, or that [it has left calls](has_left_calls). Blocks.
    pub(super) fn begin(
        data_dir: &Path,
        dialler: Option<&Dialler>,
        has_left_calls: bool,
        arbiter: &ArbiterHandle,
    ) -> Self {
        let Some(dialler) = dialler else { return Self { path: None } };
        let path = data_dir.join(FILE);
        if has_left_calls || path.exists() {
            arbiter.spawn(hand_back(dialler.clone()));
        }
        if let Err(cause) = fs::write(&path, "") {
            warn!(path = %path.display(), %cause, "the file can't be written: if this server is killed, the next start will not know it");
        }
        Self { path: Some(path) }
    }

    /// This server has ended properly, and its calls are over.
    pub(super) fn end(self) {
        let Some(path) = self.path else { return };
        if let Err(cause) = fs::remove_file(&path) {
            warn!(path = %path.display(), %cause, "the file can't be removed: the next start will think that this server was killed");
        }
    }
}

/// Whether a server with this database was killed during a call of the dialler. It may have had another data folder, as on a machine that is gone. To
/// be asked before this server has calls.
pub(super) async fn has_left_calls(store: &Store, organization_id: OrganizationId) -> bool {
    let read = move |connection: &mut Connection| {
        query::live_dialler_calls(connection, organization_id, RESULTS_MAX)
    };
    match store.reads().run(read).await {
        Ok(calls) => !calls.is_empty(),
        Err(error) => {
            warn!(%error, "calls that a previous server had from the dialler can't be read: only its file in the data folder can show that it was killed");
            false
        }
    }
}

async fn hand_back(dialler: Dialler) {
    loop {
        match dialler.hand_back().await {
            Ok(agents) if agents.is_empty() => return,
            Ok(agents) => {
                let agents = agents.join(", ");
                warn!(%agents, "the previous server was killed: these remote agents of the dialler are inactive until they are enabled");
                return;
            }
            Err(error) => {
                warn!(%error, "the previous server was killed, and its remote agents may still be active");
            }
        }
        sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use cordboard_schema::dialler_call::DiallerCall;
    use cordboard_schema::dialplan::NextStep;
    use cordboard_schema::event::{Event, Fact};

    use super::*;
    use crate::store::StoreSettings;
    use crate::store::entries::Conversation;

    #[test]
    fn a_server_without_a_dialler_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        actix_rt::System::new().block_on(async {
            let lines = Lines::begin(folder.path(), None, true, &actix::Arbiter::current());
            assert!(!folder.path().join(FILE).exists());
            lines.end();
        });
    }

    #[tokio::test]
    async fn the_database_shows_a_killed_server_without_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreSettings::file(folder.path().join("cordboard.db"))).unwrap();
        let organization_id = store.organization_id();
        assert!(!has_left_calls(&store, organization_id).await);
        let call = DiallerCall {
            key: "V0102030405000000002".to_owned(),
            server: "10.0.0.1".to_owned(),
            unique_id: "1764374400.1".to_owned(),
            user: "1001".to_owned(),
            lead_id: 2,
            campaign_id: "TEST1".to_owned(),
            usual_status: None,
        };
        let mut said = Conversation::new(organization_id);
        let mut entries = said.live();
        if let Event::Fact(Fact::CallStarted { announced: Some(announced), .. }) = &mut entries[0].event {
            announced.variables = call.variables();
        }
        store.journal(entries);
        store.commit().await.unwrap();
        assert!(has_left_calls(&store, organization_id).await);
        store.journal(said.ended(NextStep::Hangup));
        store.commit().await.unwrap();
        assert!(!has_left_calls(&store, organization_id).await, "it ended in order");
    }
}
