//! Telephones that Twilio calls for the server, and text messages.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use cordboard_test_support::twilio::{self, Account};
use cordboard_test_support::twilio_rest::{Came, Rest};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::caller::{self, Callers, ServerAddresses};
use super::orders::{CALLED_LIMIT, OrderLog, RINGS_S};
use crate::plan::{CALLED, PhonePlan};
use crate::stage::{TWILIO_BASE, TWILIO_NUMBER};

/// Pause between two checks of the requests to Twilio.
const LOOK: Duration = Duration::from_millis(20);

/// Calls and text messages that the server ordered at Twilio, and the calls that Twilio made.
#[derive(Clone, Debug, Default)]
pub struct TwilioLog {
    /// Orders of calls.
    pub orders: Vec<OrderLog>,
    /// Numbers that it was ordered to call, one entry for each call.
    pub made: Vec<String>,
    /// Requested text messages, including those that it refused, each with its time, in ms from the beginning of the world.
    pub texts: Vec<(u64, Came)>,
    /// Callers who have asked for no more text messages.
    pub stops: Vec<StopLog>,
    /// Violations of its API's rules.
    pub violations: Vec<String>,
}

/// A caller's request for no more text messages.
#[derive(Clone, Debug)]
pub struct StopLog {
    /// The caller's number.
    pub number: String,
    /// Twilio's name of the message.
    pub sid: String,
    /// Answers of the server to Twilio: each with its time, in ms from the beginning of the world, and its status.
    pub answers: Vec<(u64, u16)>,
}

/// Requests for no more text messages in a life.
pub(crate) type Stops = Rc<RefCell<Vec<StopLog>>>;

/// A call that Twilio makes for the server, at the telephone.
struct Ringing {
    rest: Rc<Rest>,
    account: Account,
    made: Came,
    sid: String,
    number: String,
}

/// Returns the numbers that it was ordered to call, one entry for each call.
#[must_use]
pub(crate) fn made(rest: &Rest) -> Vec<String> {
    let done = rest.came("POST", "/Calls.json").into_iter().filter(|came| came.sid.is_some());
    done.filter_map(|came| came.get("To").map(str::to_owned)).collect()
}

/// Returns the requested text messages.
#[must_use]
pub(crate) fn texts(rest: &Rest) -> Vec<Came> {
    rest.came("POST", "/Messages.json")
}

/// Reports a caller's STOP to the server in the background, as Twilio does, one or more times.
pub(crate) fn texts_stop(stops: &Stops, addresses: &ServerAddresses, caller: u32, times: u32) {
    let (number, sid) = (caller::phone_number(caller), format!("SM{:032x}", u64::from(caller) + 1));
    let place = stops.borrow().len();
    stops.borrow_mut().push(StopLog { number: number.clone(), sid: sid.clone(), answers: Vec::new() });
    let fields = [
        ("MessageSid", sid.as_str()),
        ("AccountSid", Account::SID),
        ("From", number.as_str()),
        ("To", TWILIO_NUMBER),
        ("Body", "STOP"),
        ("NumMedia", "0"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let (stops, addresses) = (Rc::clone(stops), addresses.clone());
    tokio::task::spawn_local(async move {
        let account = caller::account(&addresses);
        for _ in 0..times {
            if let Some(posted) = account.post("/twilio/message", &fields).await {
                let answer = (addresses.ms_of(Instant::now()), posted.status);
                if let Some(log) = stops.borrow_mut().get_mut(place) {
                    log.answers.push(answer);
                }
            }
            sleep(LOOK).await;
        }
    });
}

/// Rings an order's telephone once it is called, in the background. The telephone acts as planned.
pub(crate) fn rings_for(
    callers: &Callers,
    addresses: &ServerAddresses,
    order: u32,
    number: &str,
    phone: PhonePlan,
) {
    let (callers, addresses, number) = (Rc::clone(callers), addresses.clone(), number.to_owned());
    tokio::task::spawn_local(async move {
        let Some(call) = Ringing::awaited(&addresses, &number).await else { return };
        call.tell("ringing", "1", &[]).await;
        match phone {
            PhonePlan::Answers { after_ms, leaves_after_ms } => {
                if call.is_ended_within(Duration::from_millis(after_ms)).await {
                    return call.tell("canceled", "2", &[]).await;
                }
                let Some(leg) = call.answers() else { return };
                let Some(uuid) = call.uuid() else { return };
                caller::was_called_at_twilio(&callers, CALLED + order, uuid, &addresses, leg);
                if let Some(ms) = leaves_after_ms {
                    sleep(Duration::from_millis(ms)).await;
                    if let Some(called) = callers.borrow_mut().get_mut(&(CALLED + order)) {
                        called.hang_up();
                    }
                }
            }
            PhonePlan::Busy => call.tell("busy", "2", &[]).await,
            PhonePlan::Declines => call.tell("failed", "2", &[("SipResponseCode", "603")]).await,
            PhonePlan::Dead => call.tell("failed", "2", &[("SipResponseCode", "503")]).await,
            PhonePlan::Rings => {
                let is_ended = call.is_ended_within(Duration::from_secs(RINGS_S)).await;
                call.tell(if is_ended { "canceled" } else { "no-answer" }, "2", &[]).await;
            }
        }
    });
}

impl Ringing {
    /// Waits for the order to call a number; returns the call, or none if no order comes.
    async fn awaited(addresses: &ServerAddresses, number: &str) -> Option<Self> {
        let rest = addresses.twilio.clone()?;
        let began = Instant::now();
        while began.elapsed() <= CALLED_LIMIT {
            let is_it = |came: &Came| came.sid.is_some() && came.get("To") == Some(number);
            if let Some(made) = rest.came("POST", "/Calls.json").into_iter().find(is_it) {
                let (account, sid) = (caller::account(addresses), made.sid.clone()?);
                return Some(Self { rest, account, made, sid, number: number.to_owned() });
            }
            sleep(LOOK).await;
        }
        None
    }

    /// Sends a status callback.
    async fn tell(&self, status: &str, sequence: &str, more: &[(&str, &str)]) {
        let callback = self.made.get("StatusCallback").unwrap_or_default();
        let path = callback.strip_prefix(TWILIO_BASE).unwrap_or(callback);
        let mut fields = Account::fields(&self.sid, self.from(), &self.number, status);
        let sequence = [("SequenceNumber", sequence)];
        fields.extend(
            more.iter().chain(&sequence).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        // A server that does not answer gets no second callback.
        let _ = self.account.post(path, &fields).await;
    }

    /// Whether the server ends it within `length`.
    async fn is_ended_within(&self, length: Duration) -> bool {
        let until = Instant::now() + length;
        let path = format!("/Calls/{}.json", self.sid);
        while Instant::now() < until {
            if !self.rest.came("POST", &path).is_empty() {
                return true;
            }
            sleep(LOOK.min(until - Instant::now())).await;
        }
        false
    }

    /// Answers the telephone.
    fn answers(&self) -> Option<twilio::Caller> {
        let (first, status) = (self.made.get("Url")?, self.made.get("StatusCallback")?);
        let parties = (self.from(), self.number.as_str());
        let leg = twilio::Caller::answer_here(&self.account, &self.sid, parties, first, status);
        self.rest.holds(&self.sid, &leg);
        Some(leg)
    }

    fn from(&self) -> &str {
        self.made.get("From").unwrap_or_default()
    }

    /// Returns the name of the caller whose name at Twilio is that of this call.
    fn uuid(&self) -> Option<Uuid> {
        self.sid.strip_prefix("CA")?.parse().ok()
    }
}
