//! Circuits: which voices of chains are asked, and which are passed over because calls to them failed recently.
//!
//! ```text
//! Guarded (a call's voice) ── ask ──> CircuitsActor ── permit ──> connects
//!          └── there, failed, or gone without a word ──> reported
//! ```
//! One circuit for each account: of an organization or the configuration, at a provider, with a key. A new key begins
//! with a closed circuit.
//! The actor runs on an arbiter that carries no audio. It keeps its state in memory: after a start all circuits are
//! closed. If it panics at a message, it loses the circuit that the message is about, and no other.

pub mod machine;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use actix::{Actor, Addr, Context, Handler, Message, MessageResult};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::voice_chain::VoiceName;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::time::timeout;
use tracing::{error, info, warn};

use self::machine::{Circuit, CircuitState, Permit, Verdict};
use crate::assistant::{Headset, Provider, ProviderFault};
use crate::clock::Clock;
use crate::meters::Meters;
use crate::panic_text::panic_text;

/// How long a call waits for a permit, because a caller waits, too. Without an answer it goes on as if the circuit were closed.
const PERMIT_WAIT: Duration = Duration::from_millis(200);
/// The most circuits that are kept. If there are more, the forgettable ones are dropped.
const CIRCUITS_MAX: usize = 10_000;

/// The account of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// The organization; none for the configuration's account.
    pub organization_id: Option<OrganizationId>,
    /// The voice.
    pub voice: VoiceName,
    /// Version of the key: the time when it was set; 0 for the configuration's key.
    pub revision: UnixMs,
}

/// A voice asks whether it may ask its provider.
#[derive(Message)]
#[rtype(result = "Permit")]
struct Ask(Account);

/// The result of a request to a provider, reported to its circuit.
#[derive(Message)]
#[rtype(result = "()")]
struct CircuitReport {
    account: Account,
    permit: Permit,
    verdict: Verdict,
}

/// Asks for the state of some accounts' circuits.
#[derive(Message)]
#[rtype(result = "Vec<CircuitState>")]
pub struct AskCircuits(pub Vec<Account>);

/// See the module's description.
pub struct CircuitsActor {
    circuits: BTreeMap<Account, Circuit>,
    clock: Clock,
    meters: Meters,
}

impl CircuitsActor {
    /// Creates the actor with all circuits closed. They are counted in these figures.
    pub fn new(meters: Meters) -> Self {
        Self { circuits: BTreeMap::new(), clock: Clock::system(), meters }
    }

    /// Handles a message about this account's circuit. This actor is never restarted: if it panics, the circuit may
    /// be half changed and is forgotten, as if it were closed, and the answer is `otherwise`.
    fn take<T>(
        &mut self,
        account: Option<Account>,
        otherwise: T,
        message: impl FnOnce(&mut Self, UnixMs) -> T,
    ) -> T {
        let now = self.clock.now();
        let taken = catch_unwind(AssertUnwindSafe(|| {
            #[cfg(feature = "fault-injection")]
            crate::fault::strike(crate::fault::Fault::PanicInCircuits);
            message(self, now)
        }));
        taken.unwrap_or_else(|panic| {
            let panic = panic_text(panic.as_ref());
            error!(
                ?account,
                panic, "a panic while handling a message about a circuit: the circuit is forgotten"
            );
            if let Some(account) = account {
                self.circuits.remove(&account);
            }
            otherwise
        })
    }

    fn permit(&mut self, account: &Account, now: UnixMs) -> Permit {
        self.circuits.get_mut(account).map_or(Permit::Go, |circuit| circuit.ask(now))
    }

    fn reported(&mut self, CircuitReport { account, permit, verdict }: CircuitReport, now: UnixMs) {
        let is_known = self.circuits.contains_key(&account);
        if !is_known {
            // All is well, and there is nothing to remember.
            if !matches!(verdict, Verdict::Failed(_)) {
                return;
            }
            self.tidy(account, now);
            if self.circuits.len() >= CIRCUITS_MAX {
                return;
            }
        }
        let circuit = self.circuits.entry(account).or_default();
        let before = circuit.standing();
        circuit.reported(permit, verdict, now);
        match (before, circuit.standing()) {
            (CircuitState::Closed, CircuitState::Open { until }) => {
                warn!(voice = %account.voice, organization_id = ?account.organization_id, ?until, ?verdict, "a voice has failed too often: chains skip it");
            }
            (CircuitState::Tried, CircuitState::Closed) => {
                info!(voice = %account.voice, organization_id = ?account.organization_id, "a voice works again: chains use it");
            }
            _ => {}
        }
        self.show(account.voice);
    }

    /// Drops circuits that say no more than a new one, and circuits of replaced keys.
    fn tidy(&mut self, newest: Account, now: UnixMs) {
        let is_replaced = |account: &Account| {
            account.organization_id == newest.organization_id
                && account.voice == newest.voice
                && account.revision < newest.revision
        };
        self.circuits.retain(|account, circuit| !is_replaced(account) && !circuit.is_forgettable(now));
    }

    fn show(&self, voice: VoiceName) {
        let of_voice = self.circuits.iter().filter(|(account, _)| account.voice == voice);
        let open = of_voice.filter(|(_, circuit)| circuit.standing() != CircuitState::Closed).count();
        self.meters.circuits_open(voice, u64::try_from(open).unwrap_or(u64::MAX));
    }
}

impl Actor for CircuitsActor {
    type Context = Context<Self>;
}

impl Handler<Ask> for CircuitsActor {
    type Result = MessageResult<Ask>;

    fn handle(&mut self, Ask(account): Ask, _: &mut Context<Self>) -> Self::Result {
        MessageResult(self.take(Some(account), Permit::Go, |circuits, now| circuits.permit(&account, now)))
    }
}

impl Handler<CircuitReport> for CircuitsActor {
    type Result = ();

    fn handle(&mut self, report: CircuitReport, _: &mut Context<Self>) {
        self.take(Some(report.account), (), |circuits, now| circuits.reported(report, now));
    }
}

impl Handler<AskCircuits> for CircuitsActor {
    type Result = MessageResult<AskCircuits>;

    fn handle(&mut self, AskCircuits(accounts): AskCircuits, _: &mut Context<Self>) -> Self::Result {
        let all_closed = vec![CircuitState::Closed; accounts.len()];
        MessageResult(self.take(None, all_closed, |Self { circuits, .. }, _| {
            let standing = |account| circuits.get(account).map_or(CircuitState::Closed, Circuit::standing);
            accounts.iter().map(standing).collect()
        }))
    }
}

/// A voice of a chain that asks before it connects, and reports the result.
pub struct Guarded {
    provider: Box<dyn Provider>,
    account: Account,
    circuits: Addr<CircuitsActor>,
    of_profile: &'static [ProviderFailure],
}

impl Guarded {
    /// Guards the voice of this account.
    pub fn new(provider: Box<dyn Provider>, account: Account, circuits: Addr<CircuitsActor>) -> Self {
        Self { provider, account, circuits, of_profile: &[] }
    }

    /// These failures are caused by what the profile names (`assistant::Account::failures_of`): they say nothing
    /// about the account and the calls of other profiles.
    #[must_use]
    pub fn forgiving(self, of_profile: &'static [ProviderFailure]) -> Self {
        Self { of_profile, ..self }
    }
}

/// The meaning of a failure for the account's circuit.
fn verdict_on(failure: ProviderFailure, of_profile: &[ProviderFailure]) -> Verdict {
    if of_profile.contains(&failure) { Verdict::Unknown } else { Verdict::Failed(failure) }
}

impl Provider for Guarded {
    fn name(&self) -> &'static str {
        self.provider.name()
    }

    fn speaks_text(&self) -> bool {
        self.provider.speaks_text()
    }

    fn run(self: Box<Self>, headset: Headset) -> LocalBoxFuture<'static, Result<(), ProviderFault>> {
        let Self { provider, account, circuits, of_profile } = *self;
        async move {
            let asked = timeout(PERMIT_WAIT, circuits.send(Ask(account))).await;
            let permit = asked.ok().and_then(Result::ok).unwrap_or(Permit::Go);
            if let Permit::No { .. } = permit {
                let reason =
                    format!("calls at {} have failed too often of late: its circuit is open", account.voice);
                return Err(ProviderFault::new(ProviderFailure::PassedOver, reason));
            }
            let mut word = Word { account, permit, circuits, has_verdict: false };
            let there = word.share();
            headset.when_ready(move || there.tell(Verdict::There));
            let end = provider.run(headset).await;
            if let Err(fault) = &end {
                word.has_verdict = true;
                word.tell(verdict_on(fault.failure, of_profile));
            }
            end
        }
        .boxed_local()
    }
}

/// The report that a call still has to send to the circuit. If it is dropped without a verdict, it reports that.
struct Word {
    account: Account,
    permit: Permit,
    circuits: Addr<CircuitsActor>,
    has_verdict: bool,
}

impl Word {
    /// Another one, with nothing left to report.
    fn share(&self) -> Self {
        Self {
            account: self.account,
            permit: self.permit,
            circuits: self.circuits.clone(),
            has_verdict: true,
        }
    }

    fn tell(&self, verdict: Verdict) {
        self.circuits.do_send(CircuitReport { account: self.account, permit: self.permit, verdict });
    }
}

impl Drop for Word {
    fn drop(&mut self) {
        if !self.has_verdict && matches!(self.permit, Permit::Try(_)) {
            // After a trial that has closed the circuit this says nothing.
            self.tell(Verdict::Unknown);
        }
    }
}

#[cfg(all(test, feature = "fault-injection"))]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::fault::{Fault, arm};

    #[actix::test]
    async fn a_panic_costs_one_circuit_and_no_other() {
        let circuits = CircuitsActor::new(Meters::default()).start();
        let of = |number| {
            let organization_id = Some(OrganizationId(Uuid::from_u128(number)));
            Account { organization_id, voice: VoiceName::known("openai"), revision: UnixMs(0) }
        };
        for account in [of(1), of(2)] {
            let verdict = Verdict::Failed(ProviderFailure::Unauthorized);
            circuits.send(CircuitReport { account, permit: Permit::Go, verdict }).await.unwrap();
        }
        let is_open = |states: Vec<CircuitState>| -> Vec<bool> {
            states.iter().map(|state| *state != CircuitState::Closed).collect()
        };
        let both = || circuits.send(AskCircuits(vec![of(1), of(2)]));
        assert_eq!(is_open(both().await.unwrap()), [true, true]);
        arm(Fault::PanicInCircuits);
        assert_eq!(circuits.send(Ask(of(1))).await.unwrap(), Permit::Go, "as if its circuit were closed");
        assert_eq!(is_open(both().await.unwrap()), [false, true], "the actor is alive, and knows the other");
        assert!(matches!(circuits.send(Ask(of(2))).await.unwrap(), Permit::No { .. }));
    }
}
