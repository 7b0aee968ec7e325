//! A FreeSWITCH next to the server: its callers, the telephones that it rings, and its view of how the server behaves.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use cordboard_actors::world;
use cordboard_test_support::audio::Sound;
use cordboard_test_support::audiosocket::TimedFrame;
use cordboard_test_support::freeswitch::{
    Action, Call, Door, Extension, Faults, FreeSwitch, Outliving, Phone, Script, Settings, Strike, Violation,
};
use cordboard_test_support::loopback::own_address;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::caller::{Callers, RATE, ServerAddresses, phone_number};
use super::orders::{NUMBERS_CALLED, OrderLog, Orders};
use crate::plan::{PhonePlan, SwitchAct, SwitchAudio, SwitchPlan};

/// Pause between two checks of a call.
pub(super) const LOOK: Duration = Duration::from_millis(20);
/// A frame of sound.
const FRAME: Duration = Duration::from_millis(20);
/// Number that callers dial.
const NUMBER: &str = "5000";
/// Number of the first telephone.
const FIRST_PHONE: usize = 2001;
/// The server's port for control connections, at a separate address.
const CONTROL_PORT: u16 = 8022;
/// The gateway to the outside.
const GATEWAY: &str = "outside";
/// How often its dialplan tries to reach a server that is away, and the pause after each try, in ms.
const TRIES: usize = 4;
const PAUSE_MS: u64 = 2_000;
/// How long the operator talks with a transferred caller, in ms.
const OPERATOR_MS: u64 = 500;
/// Hangup cause of calls that end with the switch's process.
const SHUTDOWN: &str = "SYSTEM_SHUTDOWN";

/// A FreeSWITCH, in a life of the server.
#[derive(Debug)]
pub struct Switchboard {
    switch: FreeSwitch,
    plan: SwitchPlan,
    /// The server's address for control connections, the same in all its lives.
    control: SocketAddr,
    /// Whether trouble has hit all its calls.
    was_troubled: Rc<Cell<bool>>,
    /// Time until which the switch is away.
    away_until: Cell<Option<Instant>>,
    /// Orders of calls, by their numbers.
    pub(crate) orders: Orders,
    folder: Rc<TempDir>,
}

/// A FreeSWITCH between two lives of the server.
#[derive(Debug)]
pub(crate) struct SwitchBetween {
    switch: Outliving,
    plan: SwitchPlan,
    control: SocketAddr,
    orders: BTreeMap<u32, OrderLog>,
    folder: Rc<TempDir>,
}

/// Records of a FreeSWITCH at the end of a life.
#[derive(Clone, Debug)]
pub struct SwitchLog {
    /// The life, counted from 0.
    pub life: usize,
    /// The server's violations of its rules.
    pub violations: Vec<String>,
    /// Violations that would have ended a real FreeSWITCH, or muted a call for good.
    pub crashes: Vec<String>,
    /// Names of the calls that it still had.
    pub legs: Vec<String>,
    /// Orders of calls, in all lives so far.
    pub orders: Vec<OrderLog>,
    /// Calls that it was ordered to make, in all lives so far.
    pub made: Vec<MadeCall>,
}

/// A call that a FreeSWITCH was ordered to make. Times are in ms from the beginning of the switch and of the world.
#[derive(Clone, Debug)]
pub struct MadeCall {
    /// Its name.
    pub uuid: String,
    /// The called number.
    pub number: String,
    /// When it was answered.
    pub answered_ms: Option<u64>,
    /// When it was over.
    pub ended_ms: Option<u64>,
}

/// A call of a FreeSWITCH, as its party at the telephone has it.
#[derive(Clone, Debug)]
pub(crate) struct SwitchLeg {
    call: Call,
    answered: Instant,
    /// Whether one of its connections was hit.
    was_struck: Rc<Cell<bool>>,
    /// Whether the switch was hit.
    was_switch_troubled: Rc<Cell<bool>>,
}

/// Returns the extension of an agent's telephone.
#[must_use]
pub(crate) fn name_of_phone(phone: usize) -> String {
    format!("phone{phone}")
}

impl Switchboard {
    /// Starts a switch. `loses_legs` says that servers die in this world, and legs with them: what callers hear is then not judged.
    ///
    /// # Errors
    /// There is no port, or no room for its files.
    pub(crate) fn open(plan: &SwitchPlan, loses_legs: bool) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        // A caller who is sent to the operator talks with them for a moment.
        let operator = [Action::answer(), Action::sleep(OPERATOR_MS), Action::hangup("NORMAL_CLEARING")];
        let settings = Settings { temporary: folder.path().to_owned(), ..Settings::default() };
        let mut settings = settings.with_number("operator", operator).with_gateway(GATEWAY);
        for (at, phone) in plan.phones.iter().enumerate() {
            let extension = Extension::new(&(FIRST_PHONE + at).to_string());
            settings = settings.with_extension(extension.phone(behaviour(*phone)));
        }
        let switch = FreeSwitch::start_here(settings, calendar)?;
        Ok(Self {
            switch,
            plan: plan.clone(),
            control: SocketAddr::from((own_address(), CONTROL_PORT)),
            was_troubled: Rc::new(Cell::new(loses_legs)),
            away_until: Cell::new(None),
            orders: Orders::default(),
            folder: Rc::new(folder),
        })
    }

    /// From now on legs may die while their callers stay, or calls wait for a database: what present and later callers hear is no longer judged.
    pub(crate) fn may_lose_legs(&self) {
        self.was_troubled.set(true);
    }

    /// Returns the part that outlives the server of this life: its calls with their parties, and ringing telephones.
    #[must_use]
    pub(crate) fn outlives(&self) -> SwitchBetween {
        SwitchBetween {
            switch: self.switch.outlives(),
            plan: self.plan.clone(),
            control: self.control,
            orders: self.orders.borrow().clone(),
            folder: Rc::clone(&self.folder),
        }
    }

    /// Continues in the runtime of the next life, without its faults.
    ///
    /// # Errors
    /// Its port is lost.
    pub(crate) fn goes_on(between: SwitchBetween) -> io::Result<Self> {
        let SwitchBetween { switch, plan, control, orders, folder } = between;
        let switch = switch.goes_on_here(calendar)?;
        switch.faults(|faults| *faults = Faults::default());
        Ok(Self {
            switch,
            plan,
            control,
            was_troubled: Rc::new(Cell::new(true)),
            away_until: Cell::new(None),
            orders: Rc::new(RefCell::new(orders)),
            folder,
        })
    }

    /// Returns the server's settings for it.
    #[must_use]
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let address = self.switch.esl_address();
        let audio = match self.plan.audio {
            SwitchAudio::Websocket => "websocket",
            SwitchAudio::Unicast => "unicast",
        };
        let of_switch = [
            // There may also be a number at Twilio.
            ("calls.switch", "pbx1".to_owned()),
            ("dial_policy.numbers_allowed", NUMBERS_CALLED.to_owned()),
            ("freeswitch.audio", audio.to_owned()),
            ("freeswitch.esl_listen", self.control.to_string()),
            ("freeswitch.ring_timeout_s", "4".to_owned()),
            ("freeswitch.servers.pbx1.host", address.ip().to_string()),
            ("freeswitch.servers.pbx1.port", address.port().to_string()),
            ("freeswitch.servers.pbx1.password", self.switch.password().to_owned()),
            ("freeswitch.servers.pbx1.trunk", format!("sofia/gateway/{GATEWAY}/{{number}}")),
        ];
        let phones = (0..self.plan.phones.len()).map(|at| {
            (format!("extensions.{}", name_of_phone(at)), format!("internal,{},1", FIRST_PHONE + at))
        });
        of_switch.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(phones).collect()
    }

    /// Returns its records.
    #[must_use]
    pub(crate) fn log(&self, life: usize) -> SwitchLog {
        let told = |all: Vec<Violation>| -> Vec<String> {
            all.iter().map(|violation| format!("{violation:?}")).collect()
        };
        let (violations, crashes) = (told(self.switch.violations()), told(self.switch.crashed()));
        let legs = self.switch.legs().iter().map(|leg| leg.uuid().to_owned()).collect();
        let orders = self.orders.borrow().values().cloned().collect();
        let ms = |at: Duration| at.as_millis() as u64;
        let made = self.switch.originated().into_iter().map(|call| MadeCall {
            uuid: call.uuid,
            number: call.number,
            answered_ms: call.answered.map(ms),
            ended_ms: call.ended.map(ms),
        });
        let made = made.collect();
        SwitchLog { life, violations, crashes, legs, orders, made }
    }

    /// Connects a telephone to a number.
    pub(crate) fn has_phone(&self, number: &str, phone: PhonePlan, is_mailbox: bool) {
        let extension = Extension::new(number).phone(behaviour(phone));
        let with_mailbox = |extension: Extension| extension.variable("amd_result", "MACHINE");
        self.switch.set_extension(if is_mailbox { with_mailbox(extension) } else { extension });
    }

    /// Returns the call at a number, if its telephone is called.
    pub(super) fn call_at(&self, number: &str) -> Option<Call> {
        self.switch.leg_at(number)
    }

    /// Returns the leg of a call that was just answered.
    pub(super) fn answered(&self, call: Call) -> SwitchLeg {
        let was_switch_troubled = Rc::clone(&self.was_troubled);
        SwitchLeg { call, answered: Instant::now(), was_struck: Rc::default(), was_switch_troubled }
    }

    /// Applies trouble of the whole switch, if `act` is one.
    pub(crate) fn has_trouble(self: &Rc<Self>, act: SwitchAct) {
        match act {
            // Calls continue: they have connections of their own.
            SwitchAct::LinkBreaks => {
                self.switch.strike_inbound(&Strike::Reset);
            }
            SwitchAct::LinkStalls { ms } => {
                self.was_troubled.set(true);
                self.switch.strike_inbound(&Strike::Stall(Duration::from_millis(ms)));
            }
            SwitchAct::RepliesLate { by_ms, ms } => {
                self.was_troubled.set(true);
                self.switch.faults(|faults| faults.reply_delay = Duration::from_millis(by_ms));
                let restore = |faults: &mut Faults| faults.reply_delay = Duration::ZERO;
                self.changes_after(Duration::from_millis(ms), restore);
            }
            SwitchAct::Leaves { ms } => {
                let away = Duration::from_millis(ms);
                self.was_troubled.set(true);
                self.away_until.set(Some(Instant::now() + away));
                self.switch.faults(|faults| faults.door = Door::Refused);
                self.switch.kill();
                self.changes_after(away, |faults| faults.door = Door::Open);
            }
            SwitchAct::IsRestarted => {
                self.was_troubled.set(true);
                self.switch.restart();
            }
            SwitchAct::RingsPhone { .. }
            | SwitchAct::Orders { .. }
            | SwitchAct::ControlBreaks { .. }
            | SwitchAct::ControlStalls { .. }
            | SwitchAct::AudioBreaks { .. }
            | SwitchAct::AudioStalls { .. } => {}
        }
    }

    fn changes_after(self: &Rc<Self>, length: Duration, change: fn(&mut Faults)) {
        let switchboard = Rc::clone(self);
        tokio::task::spawn_local(async move {
            sleep(length).await;
            switchboard.switch.faults(change);
        });
    }

    fn is_away(&self) -> bool {
        self.away_until.get().is_some_and(|until| until > Instant::now())
    }

    /// Returns the unfinished call of this name.
    pub(super) fn live_call(&self, uuid: Uuid) -> Option<Call> {
        self.switch.leg(&uuid.to_string()).filter(|call| call.hangup_cause().is_none())
    }

    /// Starts a call. The dialplan is the shipped one, except that it gives up soon. None while the switch is away.
    fn call(&self, number: u32, uuid: Uuid) -> Option<Call> {
        if self.is_away() {
            return None;
        }
        let idle = match self.plan.audio {
            SwitchAudio::Websocket => "400",
            SwitchAudio::Unicast => "0",
        };
        let first = [
            Action::set("send_silence_when_idle", idle),
            Action::set("continue_on_fail", "true"),
            Action::set("hangup_after_bridge", "false"),
            Action::app("ring_ready", ""),
        ];
        let one_try = [Action::socket(self.control), Action::sleep(PAUSE_MS)];
        let tries = std::iter::repeat_n(one_try, TRIES).flatten();
        let actions: Vec<Action> = first.into_iter().chain(tries).collect();
        let from = phone_number(number);
        let script = Script::to(NUMBER).from(&from, "").uuid(&uuid.to_string()).runs(actions);
        Some(self.switch.call(script))
    }
}

fn calendar() -> Duration {
    Duration::from_millis(world::now().timestamp_millis().unsigned_abs())
}

fn behaviour(phone: PhonePlan) -> Phone {
    match phone {
        PhonePlan::Answers { after_ms, leaves_after_ms } => Phone::Answers {
            after: Duration::from_millis(after_ms),
            hangs_up_after: leaves_after_ms.map(Duration::from_millis),
        },
        PhonePlan::Busy => Phone::Busy,
        PhonePlan::Declines => Phone::Declines,
        PhonePlan::Rings => Phone::Rings,
        PhonePlan::Dead => Phone::Dead,
    }
}

/// Has a caller call and wait for the answer; none if they hang up before it, or are refused.
pub(super) async fn dial(
    callers: &Callers,
    number: u32,
    uuid: Uuid,
    addresses: &ServerAddresses,
) -> Option<SwitchLeg> {
    let call = addresses.switch.as_ref()?.call(number, uuid)?;
    until_answered(callers, number, call, addresses).await
}

/// Has the caller on this call wait for the answer; none if they hang up before it, or are refused.
pub(super) async fn until_answered(
    callers: &Callers,
    number: u32,
    call: Call,
    addresses: &ServerAddresses,
) -> Option<SwitchLeg> {
    let switchboard = addresses.switch.as_ref()?;
    let mut gives_up = false;
    while !call.is_answered() {
        if call.hangup_cause().is_some() {
            return None;
        }
        let has_hung_up = callers.borrow().get(&number).is_none_or(|caller| caller.hung_up);
        if has_hung_up && !gives_up {
            call.hang_up();
            gives_up = true;
        }
        sleep(LOOK).await;
    }
    Some(switchboard.answered(call))
}

impl SwitchLeg {
    /// Queues something to say.
    pub(super) fn say(&self, sound: &Sound) {
        self.call.say(sound);
    }

    /// Presses a key.
    pub(super) fn press(&self, key: char) {
        self.call.press(key);
    }

    /// Hangs up.
    pub(super) fn hang_up(&self) {
        self.call.hang_up();
    }

    /// Applies trouble of one of its connections, if `act` is one.
    pub(super) fn has_trouble(&self, act: SwitchAct) {
        let (control, audio) = match act {
            SwitchAct::ControlBreaks { .. } => (Some(Strike::Reset), None),
            SwitchAct::ControlStalls { ms, .. } => (Some(Strike::Stall(Duration::from_millis(ms))), None),
            SwitchAct::AudioBreaks { .. } => (None, Some(Strike::Reset)),
            SwitchAct::AudioStalls { ms, .. } => (None, Some(Strike::Stall(Duration::from_millis(ms)))),
            _ => return,
        };
        self.was_struck.set(true);
        if let Some(strike) = control {
            self.call.strike_control(&strike);
        }
        if let Some(strike) = audio {
            self.call.strike_audio(strike);
        }
    }

    /// Whether its connections or the switch have had trouble.
    pub(super) fn was_hurt(&self) -> bool {
        self.was_struck.get() || self.was_switch_troubled.get()
    }

    /// Returns the sound heard since the answer, a frame each 20 ms. No frames arrive while nothing is played: that counts as silence, up to now.
    pub(super) fn frames(&self) -> Vec<TimedFrame> {
        let length = RATE as usize / 50;
        let mut samples = self.call.heard().since(self.answered.into_std()).samples;
        let frames = (self.answered.elapsed().as_millis() / FRAME.as_millis()) as usize;
        samples.resize(samples.len().max(frames * length), 0);
        let frame = |(at, samples): (u32, &[i16])| TimedFrame {
            at: FRAME * at,
            rate: RATE,
            samples: samples.to_vec(),
        };
        (0..).zip(samples.chunks_exact(length)).map(frame).collect()
    }

    /// Waits for the end of the call.
    pub(super) async fn until_over(&self) {
        while self.call.hangup_cause().is_none() {
            sleep(LOOK).await;
        }
    }

    /// Whether the switch has ended it: the server ordered it, or the dialplan reached its end.
    pub(super) fn is_ended_by_switch(&self) -> bool {
        !self.is_lost() && matches!(self.call.disposition(), Some("send_bye" | "send_refuse" | "send_cancel"))
    }

    /// Whether it ended with the switch.
    pub(super) fn is_lost(&self) -> bool {
        self.call.hangup_cause().as_deref() == Some(SHUTDOWN)
    }
}
