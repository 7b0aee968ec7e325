//! The first part of a start, which touches no call: the process's limits, folders, tokens and secrets, the ports, the store. The ports are only
//! bound here, so that a start that can't succeed fails before it touches a call.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cordboard_actors::ledger::Ledger;
use cordboard_actors::listening::{HandshakeRoom, TakenCallPort};
use cordboard_actors::meters::Meters;
use cordboard_actors::rtc::TakenRtcPorts;
use cordboard_actors::switches::{ChannelAudio, SwitchPortPlace, SwitchPorts};
use tracing::{error, warn};

use super::database_lock::{DatabaseLockGuard, lock_database_to_serve};
use super::folder::{self, lock_folder, make_folder};
use super::ports::{HttpPort, bind_http, take_leg_ports, take_switch_ports};
use super::process_limits::{log_limits, open_as_many_files_as_may_be, outlive_full_files};
use super::{StartError, blocking};
use crate::certificate::{Certificate, CertificateFiles};
use crate::config::{Config, Registration, Secret};
use crate::database_hold::DatabaseHold;
use crate::mail::Mailer;
use crate::open_files::Shares;
use crate::recordings::{RecordingFiles, RemoteStore};
use crate::secret_box::SecretBox;
use crate::store::{Connection, Store, StoreSettings, query};
use crate::tokens::Tokens;
use crate::web;

/// Parts of a server that exist before it touches a call.
pub(crate) struct Ground {
    pub(super) recordings_dir: PathBuf,
    pub(super) recordings: RecordingFiles,
    pub(super) tokens: Tokens,
    pub(super) secrets: SecretBox,
    pub(super) mailer: Mailer,
    pub(super) ledger: Ledger,
    pub(super) meters: Meters,
    /// Ports for calls, in the order in which they are opened.
    pub(super) call_ports: Vec<TakenCallPort>,
    /// Audio that arrives at them because a call has requested it.
    pub(super) channel_audio: Vec<Arc<dyn ChannelAudio>>,
    pub(super) http: HttpPort,
    pub(super) webrtc: Option<TakenRtcPorts>,
    pub(super) certificate: Option<Arc<Certificate>>,
    pub(super) store: Store,
    /// Registers the first owner, if there is none yet.
    pub(super) setup_token: Option<Secret>,
    /// Held until everything is stopped.
    pub(super) locks: Locks,
}

impl Ground {
    /// Opens all of them.
    pub(crate) async fn open(config: &Config) -> Result<Self, StartError> {
        outlive_full_files()?;
        open_as_many_files_as_may_be();
        let shares = Shares::now(config);
        log_limits(&shares, config);
        let recordings_dir = super::recordings_dir(config);
        let (recordings, locks) = open_folders(config, &recordings_dir).await?;
        let tokens = Tokens::load(config)
            .map_err(|cause| StartError::Tokens { path: config.data_dir.clone(), cause })?;
        let secrets = blocking({
            let config = config.clone();
            move || SecretBox::open(&config)
        })
        .await??;
        let mailer = Mailer::of(&config.smtp, config.http.public_base_url.as_ref(), secrets.clone())?;
        let ledger = Ledger::default();
        let meters = Meters::default();
        let room = HandshakeRoom { live: ledger.handshakes.clone(), max: shares.handshakes };
        let mut call_ports = take_leg_ports(config, &room)?;
        let place = SwitchPortPlace { room, ledger: ledger.clone(), meters: meters.clone() };
        let SwitchPorts { ports, channel_audio } = take_switch_ports(config, &place).await?;
        call_ports.extend(ports);
        let http = bind_http(config)?;
        let webrtc = TakenRtcPorts::take(&config.legs.webrtc, shares.handshakes)?;
        let certificate = CertificateFiles::of(&config.http).map(Certificate::open).transpose()?;
        let (store, setup_token) = open_store(config).await?;
        report_other_key(&store, &secrets).await;
        Ok(Self {
            recordings_dir,
            recordings,
            tokens,
            secrets,
            mailer,
            ledger,
            meters,
            call_ports,
            channel_audio,
            http,
            webrtc,
            certificate,
            store,
            setup_token,
            locks,
        })
    }
}

/// Locks for resources that one server at a time may use. They are released when the process ends, however it ends.
pub(super) struct Locks {
    _folder: File,
    database: DatabaseLockGuard,
}

impl Locks {
    /// Returns the hold on the database.
    pub(super) fn database_hold(&self) -> DatabaseHold {
        self.database.hold()
    }
}

/// Creates the data folder and the folder of recordings if necessary, and corrects their permissions. No other server uses them, or the database,
/// while the locks are held.
async fn open_folders(config: &Config, recordings_dir: &Path) -> Result<(RecordingFiles, Locks), StartError> {
    make_folder(&config.data_dir)?;
    make_folder(recordings_dir)?;
    let recordings = RecordingFiles::new(recordings_dir.to_owned(), RemoteStore::open_marked(config)?);
    let folder = lock_folder(&config.data_dir)?;
    let database = blocking({
        let (database, data_dir) = (config.database(), config.data_dir.clone());
        move || lock_database_to_serve(&database, &data_dir)
    })
    .await??;
    let locks = Locks { _folder: folder, database: database.watched() };
    blocking({
        let config = config.clone();
        move || folder::mend(&config)
    })
    .await?;
    Ok((recordings, locks))
}

/// Opens the store. The token is for the first user, if there is none yet and registration is possible.
async fn open_store(config: &Config) -> Result<(Store, Option<Secret>), StartError> {
    let settings = StoreSettings::of(config.database()).with_numbers(config.switches.twilio.own_numbers());
    let store = blocking(move || Store::open(&settings)).await??;
    let setup_token = match config.registration {
        Registration::Closed => None,
        Registration::Open | Registration::Invite => web::setup_token(&store).await?.map(Secret::new),
    };
    Ok((store, setup_token))
}

/// Reports a database that was used with another secret key, such as that of a machine whose place this one has taken. The server starts
/// nevertheless, because calls by the configuration's accounts need no secret of the database.
async fn report_other_key(store: &Store, secrets: &SecretBox) {
    let mark = secrets.mark();
    let read = move |connection: &mut Connection| {
        query::has_another_key(connection, Some(&mark), &SecretBox::common_mark())
    };
    match store.reads().run(read).await {
        Ok(false) => {}
        Ok(true) => error!(
            "the secrets in the database are sealed with another secret key than the one here: webhooks and mails wait, and second factors, \
             tools and accounts of organizations don't work; set `secret_key`, or stop the server, give its data_dir the file secret.key that \
             the database was used with, and start it again"
        ),
        Err(error) => warn!(%error, "whether the secret key is that of the database can't be checked"),
    }
}
