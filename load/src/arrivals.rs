//! Calls that arrive within some seconds, their halves in random order: whether the halves of each are joined, and how soon.

use std::rc::Rc;
use std::time::{Duration, Instant};

use rand::Rng;
use rand::seq::IndexedRandom;
use serde::Serialize;
use tokio::time::sleep;

use super::board::{Board, CallNumber, SharedBoard};
use super::callers::{Arrival, Callers};
use super::contender::{AudioTransport, CallerKind, Contender};
use super::figures::percent;
use super::measure::{Plan, all_gone, explain_failures};
use super::process::Watched;
use super::samples::Spread;
use cordboard_terminal::Table;

/// How late a second half may be: less than the server's wait for it.
const LATE_MAX: Duration = Duration::from_secs(3);
/// How long joining the halves may take: the server's wait for a second half, and some more.
const MEET_TIMEOUT: Duration = Duration::from_secs(10);
/// How long callers stay after their halves are joined.
const STAYS_MS: std::ops::Range<u64> = 1_500..4_000;
/// Interval of checks who has joined and who leaves.
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// How long a server rests before it is first examined.
const SETTLE: Duration = Duration::from_secs(1);

/// Measured figures.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ArrivalFigures {
    /// The contender that took the calls.
    #[serde(flatten)]
    pub(super) contender: Contender,
    /// Calls that arrived.
    pub(super) arrived: u16,
    /// Seconds within which they arrived.
    pub(super) within_s: u64,
    /// Calls that were joined: both halves are there, the provider hears the caller, the caller the answer.
    pub(super) met: u64,
    /// Calls that were not joined.
    pub(super) lost: u64,
    /// Maximum calls at once.
    pub(super) at_once_max: usize,
    /// The same by the order in which the halves arrived.
    pub(super) orders: Vec<OrderFigures>,
    /// Processor time of the server while they came and went, in percent of one core; `None` if it was not examined.
    pub(super) cpu_percent: Option<f64>,
    /// Failures.
    pub(super) failure_count: u64,
    /// The first failures.
    pub(super) failures: Vec<String>,
}

/// Calls whose halves came in one order. Durations are in milliseconds, from the arrival of the second half.
#[derive(Clone, Debug, Serialize)]
pub(super) struct OrderFigures {
    /// The order.
    pub(super) order: Order,
    /// How many.
    pub(super) arrived: usize,
    /// To the first frame of the caller at the provider.
    pub(super) heard: Spread,
    /// To the first sound of an answer at the caller.
    pub(super) answered: Spread,
}

/// Order in which the halves of a call arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Order {
    /// Control first; the stream connects as soon as the server requests it.
    ControlFirst,
    /// Control first, and the stream later.
    StreamLate,
    /// The dialplan's stream first, and control later.
    StreamFirst,
}

impl Order {
    const ALL: [Self; 3] = [Self::ControlFirst, Self::StreamLate, Self::StreamFirst];

    const fn of(arrival: Arrival) -> Self {
        match arrival {
            Arrival::ControlFirst { stream_late: None } => Self::ControlFirst,
            Arrival::ControlFirst { stream_late: Some(_) } => Self::StreamLate,
            Arrival::StreamFirst { .. } => Self::StreamFirst,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::ControlFirst => "control first",
            Self::StreamLate => "control first, stream up to 3 s late",
            Self::StreamFirst => "stream first, control up to 3 s later",
        }
    }
}

impl ArrivalFigures {
    /// Returns the table.
    pub(super) fn table(&self) -> String {
        let Self { arrived, within_s, .. } = self;
        let title = format!("{arrived} CALLS WITHIN {within_s} S");
        let mut table = Table::titled([title.as_str(), self.contender.title(&[])]);
        let mut push = |name: &str, value: String| table.push([name.to_owned(), value]);
        push("became one call", self.met.to_string());
        push("lost", self.lost.to_string());
        push("at once, at most", self.at_once_max.to_string());
        for OrderFigures { order, arrived, heard, answered } in &self.orders {
            push(order.words(), arrived.to_string());
            push("  caller heard p50, p99, p99.9, max, ms", quantiles(heard));
            push("  first sound p50, p99, p99.9, max, ms", quantiles(answered));
        }
        push("CPU meanwhile, % of a core", self.cpu_percent.map_or("-".to_owned(), |it| format!("{it:.1}")));
        push("failures", self.failure_count.to_string());
        let failures: String =
            self.failures.iter().map(|why| format!("{}: {why}\n", self.contender.name())).collect();
        format!("{table}{failures}\n")
    }
}

fn quantiles(Spread { p50_ms, p99_ms, p999_ms, max_ms, .. }: &Spread) -> String {
    format!("{p50_ms:.2}  {p99_ms:.2}  {p999_ms:.2}  {max_ms:.2}")
}

/// Calls that are under way, and the results of the others.
#[derive(Debug, Default)]
struct Guests {
    here: Vec<Guest>,
    came: Vec<(Order, CallNumber)>,
    met: u64,
    lost: u64,
    at_once_max: usize,
}

#[derive(Debug)]
struct Guest {
    call: CallNumber,
    phase: CallProgress,
}

/// Progress of a call.
#[derive(Clone, Copy, Debug)]
enum CallProgress {
    /// It must be joined by then.
    Meets { until: Instant },
    /// It is joined, and its caller leaves then.
    Leaves { at: Instant },
}

/// Lets calls arrive, stay and leave.
///
/// # Errors
/// A sentence with the cause. Lost calls are not errors but figures.
pub(super) async fn measure(
    plan: &Plan,
    contender: Contender,
    (arriving, within): (u16, Duration),
    progress: &impl Fn(&str),
) -> Result<ArrivalFigures, String> {
    let gone = |error: std::io::Error| format!("the {} can't be examined: {error}", contender.name());
    let (board, subject, _provider) = plan.start(contender, progress).await?;
    let callers = Callers::of(contender.way, (subject.ports, 0), Rc::clone(&board)).await?;
    let Callers::Freeswitch(switch) = &callers else {
        return Err("only FreeSWITCH's calls have two halves; give --switch freeswitch".to_owned());
    };
    sleep(SETTLE).await;
    let arrivals = arrivals(arriving, within, contender.way);

    progress(&format!("{arriving} calls arrive within {} s", within.as_secs()));
    let cpu_before = subject.watched.map(Watched::cpu_time).transpose().map_err(gone)?;
    let began = Instant::now();
    let (mut coming, mut guests) = (arrivals.into_iter().peekable(), Guests::default());
    while coming.peek().is_some() || !guests.here.is_empty() {
        while let Some((_, arrival)) = coming.next_if(|(after, _)| began.elapsed() >= *after) {
            guests.welcome(Order::of(arrival), switch.call(arrival));
        }
        guests.check(&callers, &board);
        sleep(POLL_INTERVAL).await;
    }
    let lasted = began.elapsed();
    let cpu_after = subject.watched.map(Watched::cpu_time).transpose().map_err(gone)?;
    progress("all have left");
    all_gone(&board).await;
    explain_failures(&subject, &board);
    subject.stop().await.map_err(|why| format!("the {} failed at its end: {why}", contender.name()))?;

    let board = board.borrow();
    let measured = &board.measured;
    Ok(ArrivalFigures {
        contender,
        arrived: arriving,
        within_s: within.as_secs(),
        met: guests.met,
        lost: guests.lost,
        at_once_max: guests.at_once_max,
        orders: guests.by_order(&board),
        cpu_percent: cpu_before
            .zip(cpu_after)
            .map(|(before, after)| percent(after.since(&before).ran, lasted)),
        failure_count: measured.failure_count,
        failures: measured.failures.clone(),
    })
}

impl Guests {
    fn welcome(&mut self, order: Order, call: CallNumber) {
        self.came.push((order, call));
        let until = Instant::now() + LATE_MAX + MEET_TIMEOUT;
        self.here.push(Guest { call, phase: CallProgress::Meets { until } });
        self.at_once_max = self.at_once_max.max(self.here.len());
    }

    /// Figures of each order that occurred.
    fn by_order(&self, board: &Board) -> Vec<OrderFigures> {
        let of = |order: Order| {
            let calls: Vec<CallNumber> =
                self.came.iter().filter(|(of, _)| *of == order).map(|(_, call)| *call).collect();
            let meetings = board.meetings(&calls);
            OrderFigures {
                order,
                arrived: calls.len(),
                heard: meetings.heard.spread(),
                answered: meetings.answered.spread(),
            }
        };
        Order::ALL.into_iter().map(of).filter(|figures| figures.arrived > 0).collect()
    }

    /// Joined calls stay a while. Calls that have stayed, and those that failed to join, leave.
    fn check(&mut self, callers: &Callers, board: &SharedBoard) {
        let now = Instant::now();
        let (met, lost) = (&mut self.met, &mut self.lost);
        self.here.retain_mut(|Guest { call, phase }| {
            let has_met = board.borrow().has_met(*call);
            match *phase {
                CallProgress::Meets { .. } if has_met => {
                    *met += 1;
                    *phase = CallProgress::Leaves { at: now + some_ms(STAYS_MS) };
                }
                CallProgress::Meets { until } if until <= now => {
                    *lost += 1;
                    board.borrow_mut().fail_call(*call, "its halves were never joined");
                    callers.hang_up(*call);
                    return false;
                }
                CallProgress::Leaves { at } if at <= now => {
                    callers.hang_up(*call);
                    return false;
                }
                CallProgress::Meets { .. } | CallProgress::Leaves { .. } => {}
            }
            true
        });
    }
}

/// When and how each call arrives, in the order of arrival.
fn arrivals(arriving: u16, within: Duration, way: CallerKind) -> Vec<(Duration, Arrival)> {
    let mut rng = rand::rng();
    let mut arrivals: Vec<(Duration, Arrival)> = (0..arriving)
        .map(|_| (within.mul_f64(rng.random::<f64>()), LATE_MAX.mul_f64(rng.random::<f64>())))
        .map(|(after, late)| (after, some_arrival(late, way)))
        .collect();
    arrivals.sort_by_key(|(after, _)| *after);
    arrivals
}

/// Returns one of the orders in which halves arrive. Only a WebSocket can arrive before control: datagrams must be requested.
fn some_arrival(late: Duration, way: CallerKind) -> Arrival {
    let at_once = Arrival::ControlFirst { stream_late: None };
    let orders = [
        at_once,
        Arrival::ControlFirst { stream_late: Some(late) },
        Arrival::StreamFirst { control_late: late },
    ];
    match way {
        CallerKind::Freeswitch(AudioTransport::Websocket) => {
            orders.choose(&mut rand::rng()).copied().unwrap_or(at_once)
        }
        _ => at_once,
    }
}

fn some_ms(range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(rand::rng().random_range(range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_come_in_every_order_and_within_their_wait() {
        let within = Duration::from_secs(10);
        let arrivals = arrivals(1_000, within, CallerKind::Freeswitch(AudioTransport::Websocket));
        assert!(arrivals.is_sorted_by_key(|(after, _)| *after) && arrivals[999].0 <= within);
        let late = arrivals.iter().filter_map(|(_, arrival)| match arrival {
            Arrival::ControlFirst { stream_late } => *stream_late,
            Arrival::StreamFirst { control_late } => Some(*control_late),
        });
        assert!(late.clone().count() > 500 && late.max() <= Some(LATE_MAX));
        for order in Order::ALL {
            let many = arrivals.iter().filter(|(_, arrival)| Order::of(*arrival) == order).count();
            assert!((200..500).contains(&many), "{many} of 1,000 are {order:?}");
        }
    }
}
