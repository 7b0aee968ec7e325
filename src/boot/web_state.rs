//! The state for HTTP handlers, from the parts of a running server.

use std::net::SocketAddr;
use std::sync::Arc;

use actix::{Addr, Recipient};
use cordboard_actors::circuits::CircuitsActor;
use cordboard_actors::ledger::Ledger;
use cordboard_actors::listening::PortView;
use cordboard_actors::media::RecorderHandle;
use cordboard_actors::messages::{FloorChanged, RegistryLine, RouterLine};
use cordboard_actors::meters::Meters;
use cordboard_actors::rtc::RtcLine;
use cordboard_actors::switches::KnownSwitches;
use cordboard_actors::twilio::ConfiguredTwilio;
use cordboard_actors::web::AudioPasses;

use crate::cache::SharedCache;
use crate::campaigns::CampaignLine;
use crate::certificate::Certificate;
use crate::config::Loaded;
use crate::database_hold::DatabaseHold;
use crate::mail::Mailer;
use crate::osdial::Dialler;
use crate::outside_accounts::OutsideAccounts;
use crate::recordings::RecordingFiles;
use crate::replays::Replays;
use crate::store::Store;
use crate::web::{LeasedPorts, Outside, WebState};

/// Parts that handlers use.
pub(super) struct WebParts {
    pub(super) registry: RegistryLine,
    pub(super) router: RouterLine,
    pub(super) floor: Recipient<FloorChanged>,
    pub(super) store: Store,
    pub(super) recordings: RecordingFiles,
    pub(super) recorder: RecorderHandle,
    pub(super) outside: Outside,
    pub(super) accounts: OutsideAccounts,
    pub(super) mailer: Mailer,
    pub(super) cache: SharedCache,
    pub(super) campaigns: CampaignLine,
    pub(super) replays: Replays,
    pub(super) circuits: Addr<CircuitsActor>,
    pub(super) ledger: Ledger,
    pub(super) meters: Meters,
    pub(super) passes: AudioPasses,
    pub(super) switches: KnownSwitches,
    pub(super) twilio: Option<ConfiguredTwilio>,
    pub(super) dialler: Option<Dialler>,
    /// Ports for calls.
    pub(super) ports: Vec<PortView>,
    pub(super) leased_ports: Option<LeasedPorts>,
    pub(super) webrtc: Option<RtcLine>,
    /// Bound address of the HTTP server.
    pub(super) listening: SocketAddr,
    pub(super) database: DatabaseHold,
    pub(super) certificate: Option<Arc<Certificate>>,
}

impl WebParts {
    /// Makes the state of a server with this configuration.
    pub(super) fn state(self, loaded: &Loaded) -> WebState {
        let switches = self.switches;
        let state = WebState::new(self.registry, self.store, self.recordings, self.outside)
            .with_ledger(self.ledger)
            .with_configuration(loaded.clone())
            .with_listening(self.listening)
            .with_database_hold(self.database)
            .with_mailer(self.mailer)
            .with_cache(self.cache)
            .with_router(self.router)
            .with_campaigns(self.campaigns)
            .with_floor(self.floor)
            .with_audio_passes(self.passes)
            .with_outside_accounts(self.accounts)
            .with_circuits(self.circuits)
            .with_replays(self.replays)
            .with_figures(self.meters, self.recorder)
            .with_switch_figures(
                switches.iter().map(|switch| (switch.name.clone(), switch.meter.clone())).collect(),
            )
            .with_switches(switches.0.into_iter().map(|switch| (switch.name, switch.line)).collect());
        let state = self
            .twilio
            .into_iter()
            .fold(state, |state, twilio| state.with_twilio_calls(twilio.line, twilio.switch.meter));
        let state = self.ports.into_iter().fold(state, WebState::with_port);
        let state = self.dialler.into_iter().fold(state, WebState::with_dialler);
        let state = self.leased_ports.into_iter().fold(state, WebState::with_leased_ports);
        let state = self.webrtc.into_iter().fold(state, WebState::with_webrtc);
        self.certificate.into_iter().fold(state, WebState::with_certificate)
    }
}
