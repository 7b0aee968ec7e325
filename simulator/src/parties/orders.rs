//! Calls that a program orders, over a FreeSWITCH or over Twilio: the order with its answers, and the parties who are called over a FreeSWITCH.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use cordboard_schema::ids::OrganizationId;
use cordboard_test_support::audio::{Sound, silence, tone};
use cordboard_test_support::audiosocket::TimedFrame;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::caller::{self, Callers, RATE, ServerAddresses};
use super::switchboard::{LOOK, SwitchLeg};
use crate::http;
use crate::plan::{CALLED, PhonePlan};
use crate::sound::{Content, content};
use crate::stage::headers_of;

/// Longest time from an order to its call.
pub(super) const CALLED_LIMIT: Duration = Duration::from_secs(20);
/// Longest time that a telephone rings, in s.
pub(super) const RINGS_S: u64 = 5;

/// A mailbox's greeting, a hum with another tone than its beep, in Hz, and its length.
const HUM_HZ: f64 = 290.0;
const GREETS: Duration = Duration::from_millis(1_500);
/// The pause after the greeting.
const PAUSES: Duration = Duration::from_millis(200);
/// The beep after which a mailbox records, in Hz: no tone of a caller or of the model. Its length.
const BEEP_HZ: f64 = 1_020.0;
const BEEPS: Duration = Duration::from_millis(400);
/// Amplitude of both sounds.
const LOUDNESS: f64 = 8_000.0;
/// Length of a frame, in ms.
const FRAME_MS: u64 = 20;

/// The numbers that may be called, as a pattern of the dial policy.
pub(crate) const NUMBERS_CALLED: &str = "+4930*";

/// Orders, by their numbers.
pub(crate) type Orders = Rc<RefCell<BTreeMap<u32, OrderLog>>>;

/// An order, as the program that sent it knows it.
#[derive(Clone, Debug)]
pub struct OrderLog {
    /// Its number.
    pub order: u32,
    /// The server's life in which it was given, from 0.
    pub life: usize,
    /// The number to call.
    pub number: String,
    /// The telephone at that number.
    pub phone: PhonePlan,
    /// Whether a mailbox answers.
    pub is_mailbox: bool,
    /// Whether a message is to be left at a mailbox; if not, the order refuses mailboxes.
    pub leaves_message: bool,
    /// How much of the model a mailbox has heard until the end of its beep, and after it, in ms; none if no mailbox was reached, or its call is not
    /// over.
    pub heard_ms: Option<(u64, u64)>,
    /// Number of HTTP requests for it.
    pub asked: usize,
    /// Their answers: status and body.
    pub answers: Vec<(u16, Value)>,
    /// Ids of its control-socket commands.
    pub commands: Vec<String>,
}

/// Returns the key that makes an order one, however often it is sent.
#[must_use]
pub(crate) fn key(order: u32) -> String {
    format!("order-{order}")
}

/// Records an order; returns the call to request.
pub(crate) fn begin(
    orders: &Orders,
    life: usize,
    order: u32,
    phone: PhonePlan,
    (is_mailbox, leaves_message): (bool, bool),
) -> Value {
    let number = format!("+4930{}", 70_000 + order);
    let mut call = json!({ "to": number, "answer_timeout_s": RINGS_S });
    if leaves_message {
        call["voicemail"] = json!({ "do": "leave_message", "text": "Please call us back." });
    } else if is_mailbox {
        call["voicemail"] = json!({ "do": "hang_up" });
    }
    let log = OrderLog {
        order,
        life,
        number,
        phone,
        is_mailbox,
        leaves_message,
        heard_ms: None,
        asked: 0,
        answers: Vec::new(),
        commands: Vec::new(),
    };
    orders.borrow_mut().insert(order, log);
    call
}

/// Records that an order is sent at the control socket, under this id.
pub(crate) fn is_commanded(orders: &Orders, order: u32, id: u64) {
    if let Some(log) = orders.borrow_mut().get_mut(&order) {
        log.commands.push(id.to_string());
    }
}

/// Requests an order's call over HTTP, in the background.
pub(crate) fn ask(
    orders: &Orders,
    server: SocketAddr,
    organization: OrganizationId,
    order: u32,
    call: &Value,
) {
    if let Some(log) = orders.borrow_mut().get_mut(&order) {
        log.asked += 1;
    }
    let (orders, call) = (Rc::clone(orders), call.clone());
    tokio::task::spawn_local(async move {
        let mut headers = headers_of(organization);
        headers.push(format!("idempotency-key: {}", key(order)));
        let answer = http::ask(server, "POST", "/api/v1/calls", &headers, Some(&call)).await;
        if let (Ok(answer), Some(log)) = (answer, orders.borrow_mut().get_mut(&order)) {
            log.answers.push((answer.status, answer.json()));
        }
    });
}

/// Plays a mailbox that greets, beeps, and records until the call is over. Returns how much of the model it heard until the end of the beep and after
/// it, in ms.
async fn records(leg: &SwitchLeg) -> (u64, u64) {
    let [hum, pause] = [tone(HUM_HZ, LOUDNESS, GREETS, RATE), silence(PAUSES, RATE)];
    let beep = tone(BEEP_HZ, LOUDNESS, BEEPS, RATE);
    leg.say(&Sound { rate: RATE, samples: [hum.samples, pause.samples, beep.samples].concat() });
    leg.until_over().await;
    let until = GREETS + PAUSES + BEEPS;
    let is_of_model = |frame: &&TimedFrame| matches!(content(&frame.samples, frame.rate), Content::Tone(_));
    let frames = leg.frames();
    let (before, behind): (Vec<&TimedFrame>, Vec<&TimedFrame>) =
        frames.iter().filter(is_of_model).partition(|frame| frame.at < until);
    (before.len() as u64 * FRAME_MS, behind.len() as u64 * FRAME_MS)
}

/// Waits until an order's telephone is answered, in the background. The party who answers then acts as a caller, or as a mailbox.
pub(crate) fn wait_for_answer(callers: &Callers, addresses: &ServerAddresses, order: u32) {
    let (callers, addresses) = (Rc::clone(callers), addresses.clone());
    tokio::task::spawn_local(async move {
        let Some(switchboard) = addresses.switch.clone() else { return };
        let log = switchboard.orders.borrow().get(&order).cloned();
        let Some(OrderLog { number, is_mailbox, .. }) = log else { return };
        let began = Instant::now();
        let call = loop {
            if let Some(call) = switchboard.call_at(&number) {
                break call;
            }
            if began.elapsed() > CALLED_LIMIT {
                return;
            }
            sleep(LOOK).await;
        };
        while !call.is_answered() {
            if call.hangup_cause().is_some() {
                return;
            }
            sleep(LOOK).await;
        }
        if is_mailbox {
            let heard_ms = records(&switchboard.answered(call)).await;
            if let Some(log) = switchboard.orders.borrow_mut().get_mut(&order) {
                log.heard_ms = Some(heard_ms);
            }
        } else if let Ok(uuid) = call.uuid().parse::<Uuid>() {
            let leg = switchboard.answered(call);
            caller::was_called(&callers, CALLED + order, uuid, &addresses, leg);
        }
    });
}

/// The same, in the next life, for orders whose telephone was not answered yet. A mailbox that has answered is not called again.
pub(crate) fn wait_again(callers: &Callers, addresses: &ServerAddresses) {
    let Some(switchboard) = &addresses.switch else { return };
    let is_open = |log: &&OrderLog| {
        (log.leaves_message || !log.is_mailbox)
            && log.heard_ms.is_none()
            && !callers.borrow().contains_key(&(CALLED + log.order))
    };
    let open: Vec<u32> = switchboard.orders.borrow().values().filter(is_open).map(|log| log.order).collect();
    for order in open {
        wait_for_answer(callers, addresses, order);
    }
}
