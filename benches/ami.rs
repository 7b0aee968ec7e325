//! Cost of reading and handling an Asterisk's messages about one call: `cargo bench -p cordboard-actors --bench ami`.
//!
//! First, criterion measures the cost of reading them. Then the cost for the switch's actor is measured: it is signed in to a peer on loopback, and
//! receives events of many calls at once, as fast as it reads. Each of them has a call that watches it, as in the server; each gets reports of its
//! caller's channel, of keys, of the person and of the hang-up.
#![allow(missing_docs, reason = "criterion's macros make functions without docs")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement stops when it fails")]

use std::fs;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::iter;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use cordboard_actors::asterisk::{AmiSettings, HoldPlaces};
use cordboard_actors::line::{CallLine, CallMailbox, RegistryLine, SwitchLine};
use cordboard_actors::live_count::LiveCount;
use cordboard_actors::messages::{ToCall, ToSwitch};
use cordboard_actors::meters::SwitchMeter;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::CallId;
use cordboard_schema::wire::ami::{
    AmiEvent, AmiValue, Bridging, CallAnnounced, ChannelLine, Decoder, EVENT_MASK, Ended, Frame, KeyReleased,
    Secret,
};
use criterion::{Criterion, Throughput, criterion_group};
use tokio::sync::oneshot;
use uuid::Uuid;

/// A whole call with two keys, a person who takes over, and the goodbye, as Asterisk reported it to a connection with all classes of events.
const CALL: &str = "../tests/captures/asterisk/ami/inbound-ai-transfer.ami2app.bin";

/// Calls that the actor handles at the same time.
const AT_ONCE: u64 = 64;
/// How often this many calls are played in a round.
const CROWDS: u64 = 50;
/// Rounds. The figure is the median.
const ROUNDS: usize = 5;
/// Actions for a call that is found on the switch: a variable of its channel, and a check of its latest end.
const ACTIONS: u64 = 2;
/// Actions after that check: setting its latest end, if it has none.
const ACTIONS_BEHIND: u64 = 1;

/// How long the actor may let its peer wait.
const PATIENCE: Duration = Duration::from_secs(10);
/// After this time the actor's thread is idle, and the kernel has counted all of its time.
const REST: Duration = Duration::from_millis(20);

/// The AudioSocket connection of a call that lives as long as the measurement. Its keys show how far the actor has read.
const MARK: Uuid = Uuid::from_u128(0x5157);
/// Asterisk reports the channel of that call.
const MARK_IS_THERE: &str = "Event: UserEvent\r\nPrivilege: user,all\r\nChannel: PJSIP/mark-00000000\r\n\
    ChannelState: 6\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\nUserEvent: CordboardCall\r\n\
    AudioSocketUUID: 00000000-0000-0000-0000-000000005157\r\n\r\n";
/// A key is pressed on it.
const MARK_IS_REACHED: &str = "Event: DTMFEnd\r\nPrivilege: dtmf,all\r\nChannel: PJSIP/mark-00000000\r\n\
    ChannelState: 6\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\nDigit: 1\r\nDurationMs: 100\r\nDirection: Received\r\n\r\n";

fn captured() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(CALL)
}

/// Reads the parts of every message that concern calls. Returns the number of messages.
fn read(bytes: &[u8]) -> usize {
    let (mut decoder, mut input, mut messages) = (Decoder::new(), bytes, 0);
    while let Some(frame) = decoder.decode(&mut input).unwrap() {
        let Frame::Message(message) = frame else { continue };
        messages += 1;
        match message.event() {
            Some(AmiEvent::BridgeEnter | AmiEvent::BridgeLeave) => drop(black_box(Bridging::of(&message))),
            Some(AmiEvent::UserEvent) => drop(black_box(CallAnnounced::of(&message))),
            Some(AmiEvent::DtmfEnd) => drop(black_box(KeyReleased::of(&message))),
            Some(AmiEvent::Hangup | AmiEvent::HangupRequest) => drop(black_box(Ended::of(&message))),
            Some(_) => drop(black_box(ChannelLine::of(&message))),
            None => {}
        }
    }
    messages
}

fn calls(bench: &mut Criterion) {
    let bytes = fs::read(captured()).unwrap();
    let mut group = bench.benchmark_group("ami");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function(format!("a call of {} messages", read(&bytes)), |bencher| {
        bencher.iter(|| read(black_box(&bytes)))
    });
    group.finish();
}

/// The events of the captured call.
struct Script {
    /// Up to the dialplan's report of which AudioSocket connection it is going to make, from which the server learns of the call.
    opening: String,
    /// Everything after it.
    rest: String,
    /// The number of events in both.
    events: usize,
}

impl Script {
    /// Returns the events from the caller's channel on, of the wanted classes.
    fn of(capture: &str, is_wanted: impl Fn(&str) -> bool) -> Self {
        let mut script = Self { opening: String::new(), rest: String::new(), events: 0 };
        let mut is_announced = false;
        let blocks = capture.split("\r\n\r\n").map(str::trim_start);
        let of_call = blocks.skip_while(|block| !block.starts_with("Event: Newchannel\r\n"));
        for block in of_call.filter(|block| class_of(block).is_some_and(&is_wanted)) {
            let part = if is_announced { &mut script.rest } else { &mut script.opening };
            part.push_str(block);
            part.push_str("\r\n\r\n");
            script.events += 1;
            is_announced |= block.starts_with("Event: UserEvent\r\n");
        }
        script
    }
}

/// Returns the class of an event; none for an answer to an action.
fn class_of(block: &str) -> Option<&str> {
    let privilege = block.lines().find_map(|line| line.strip_prefix("Privilege: "))?;
    privilege.split(',').next()
}

/// The AudioSocket connection of a call.
fn connection(number: u64) -> Uuid {
    Uuid::from_u128((1_u128 << 64) + u128::from(number))
}

/// Returns the events for another call: channels, connection and bridge get their own ids.
fn told_of(number: u64, events: &str) -> String {
    let (caller, person) = (2 * number, 2 * number + 1);
    let bridge = Uuid::from_u128((2_u128 << 64) + u128::from(number));
    [
        ("1795157377.0", format!("1795157377.{caller}")),
        ("1795157378.1", format!("1795157378.{person}")),
        ("PJSIP/trunk-00000000", format!("PJSIP/trunk-{caller:08x}")),
        ("PJSIP/2001-00000001", format!("PJSIP/2001-{person:08x}")),
        ("f8edfd7a-f2aa-4bfb-9904-fb0d0ff29b10", connection(number).to_string()),
        ("4cfb602c-49e3-4cfd-897b-a15f01a20fda", bridge.to_string()),
    ]
    .into_iter()
    .fold(events.to_owned(), |events, (captured, fresh)| events.replace(captured, &fresh))
}

/// The actor of a switch, on its own thread, and the simulated Asterisk to which it is connected.
struct Stage {
    switch: SwitchLine,
    /// File with the kernel's count of the running time of the actor's thread.
    schedstat: PathBuf,
    asterisk: BufReader<TcpStream>,
    /// Mailbox of the call whose keys show how far the actor has read.
    mark: CallMailbox,
    /// Runtime for waiting on it.
    waits: tokio::runtime::Runtime,
    /// Calls played so far.
    played: u64,
}

impl Stage {
    /// Starts the actor, lets it sign in, and shows it an Asterisk whose only call is that of the marks.
    fn open() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (begun, beginning) = mpsc::channel();
        thread::spawn(move || {
            actix_rt::System::new().block_on(async move {
                let (registry, _never_asked) = RegistryLine::open();
                let switch = settings(address).start(registry);
                let thread = fs::read_link("/proc/thread-self").unwrap();
                begun.send((switch, Path::new("/proc").join(thread).join("schedstat"))).unwrap();
                std::future::pending::<()>().await;
            });
        });
        let (switch, schedstat) = beginning.recv().unwrap();
        let (stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        let (call, mark) = CallLine::open();
        let waits = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let asterisk = BufReader::new(stream);
        let mut stage = Self { switch, schedstat, asterisk, mark, waits, played: 0 };
        stage.sign_in();
        stage.set_mark(call);
        stage
    }

    /// Admits the actor, and answers its requests for all bridges and channels: there are none.
    fn sign_in(&mut self) {
        self.say("Asterisk Call Manager/11.0.0\r\n");
        let challenge = self.asked();
        self.say(&format!("Response: Success\r\nActionID: {challenge}\r\nChallenge: 123456789\r\n\r\n"));
        self.answer(1);
        self.say("Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n");
        for complete in ["BridgeListComplete", "CoreShowChannelsComplete"] {
            let list = self.asked();
            self.say(&format!(
                "Response: Success\r\nActionID: {list}\r\nEventList: start\r\nMessage: Items will follow\r\n\r\n\
                 Event: {complete}\r\nActionID: {list}\r\nEventList: Complete\r\nListItems: 0\r\n\r\n"
            ));
        }
    }

    /// Lets the call of the marks find its channel.
    fn set_mark(&mut self, call: CallLine) {
        self.say(MARK_IS_THERE);
        while self.channels() != Some(1) {
            thread::sleep(Duration::from_millis(1));
        }
        self.watch(MARK, call);
        self.answer(ACTIONS);
        self.answer(ACTIONS_BEHIND);
        while !matches!(
            self.waits.block_on(self.mark.recv()).unwrap(),
            ToCall::Fact(Fact::ControlAttached { .. })
        ) {}
    }

    /// Returns how many channels the actor knows, once it knows any.
    fn channels(&self) -> Option<u64> {
        let (reply, answer) = oneshot::channel();
        self.tell(ToSwitch::Ask(reply));
        answer.blocking_recv().unwrap().channels
    }

    fn tell(&self, message: ToSwitch) {
        assert!(self.switch.tell(message), "the actor takes no message");
    }

    fn watch(&self, channel: Uuid, call: CallLine) {
        self.tell(ToSwitch::Watch {
            channel,
            call_id: CallId(channel),
            held_from: None,
            phone_holds: false,
            call,
        });
    }

    /// Sends this as Asterisk.
    fn say(&mut self, text: &str) {
        self.asterisk.get_mut().write_all(text.as_bytes()).unwrap();
    }

    /// Returns the id of the next action, whatever it is.
    fn asked(&mut self) -> String {
        let (mut id, mut line) = (String::new(), String::new());
        loop {
            line.clear();
            assert!(self.asterisk.read_line(&mut line).unwrap() > 0, "the actor has closed the connection");
            match line.trim_end() {
                "" => return id,
                header => {
                    if let Some(value) = header.strip_prefix("ActionID: ") {
                        value.clone_into(&mut id);
                    }
                }
            }
        }
    }

    /// Answers this many actions with success.
    fn answer(&mut self, actions: u64) {
        let answer = |id: String| format!("Response: Success\r\nActionID: {id}\r\nMessage: Done\r\n\r\n");
        let answers: String = (0..actions).map(|_| answer(self.asked())).collect();
        self.say(&answers);
    }

    /// Waits until the actor has handled everything up to the mark.
    fn wait_mark(&mut self) {
        match self.waits.block_on(self.mark.recv()) {
            Some(ToCall::Fact(Fact::Dtmf { .. })) => {}
            other => panic!("no mark, but {other:?}"),
        }
    }

    /// Plays simultaneous calls, and checks that each ended. Returns the time from the first byte until the actor had handled the last.
    fn play(&mut self, script: &Script) -> Duration {
        let numbers = self.played..self.played + AT_ONCE;
        self.played = numbers.end;
        let events = |part: &str| -> String {
            let of_calls = numbers.clone().map(|number| told_of(number, part));
            of_calls.chain(iter::once(MARK_IS_REACHED.to_owned())).collect()
        };
        let (opening, rest) = (events(&script.opening), events(&script.rest));
        let calls: Vec<(Uuid, (CallLine, CallMailbox))> =
            numbers.map(|number| (connection(number), CallLine::open())).collect();

        let begun = Instant::now();
        self.say(&opening);
        self.wait_mark();
        for (channel, (call, _)) in &calls {
            self.watch(*channel, call.clone());
        }
        self.answer(ACTIONS * AT_ONCE);
        self.answer(ACTIONS_BEHIND * AT_ONCE);
        self.say(&rest);
        self.wait_mark();
        let took = begun.elapsed();

        for (channel, (_, mut told)) in calls {
            self.tell(ToSwitch::Unwatch { channel });
            let last = iter::from_fn(|| told.try_recv().ok()).last();
            assert!(matches!(last, Some(ToCall::Fact(Fact::Hangup { .. }))), "{last:?}");
        }
        took
    }

    /// Returns how long the actor's thread has run so far.
    fn ran(&self) -> Duration {
        thread::sleep(REST);
        let schedstat = fs::read_to_string(&self.schedstat).unwrap();
        Duration::from_nanos(schedstat.split_whitespace().next().unwrap().parse().unwrap())
    }

    /// Returns the cost of a call in µs: CPU of the actor's thread, and wall clock.
    fn round(&mut self, script: &Script) -> [f64; 2] {
        let before = self.ran();
        let took: Duration = (0..CROWDS).map(|_| self.play(script)).sum();
        let ran = self.ran() - before;
        [ran, took].map(|time| time.as_secs_f64() * 1e6 / (CROWDS * AT_ONCE) as f64)
    }
}

fn settings(address: String) -> AmiSettings {
    AmiSettings {
        name: "pbx1".to_owned(),
        address,
        user: AmiValue::new("cordboard").unwrap(),
        secret: Secret::new("hush").unwrap(),
        uuid_variable: AmiValue::new("CORDBOARD_UUID").unwrap(),
        dial: "PJSIP/{number}".parse().unwrap(),
        trunk: None,
        answered: "cordboard-outbound,s,1".parse().unwrap(),
        hold: HoldPlaces {
            caller: "cordboard-hold,caller,1".parse().unwrap(),
            person: "cordboard-hold,person,1".parse().unwrap(),
            back: "cordboard-hold,back,1".parse().unwrap(),
        },
        installation: AmiValue::from(7_u64),
        // The cost of a comparison does not belong to a call.
        compare_every: None,
        live: LiveCount::new(),
        meter: SwitchMeter::default(),
    }
}

/// Measures the cost of a call for the actor: with the events for which the server signs in, and with all that Asterisk can send.
fn actor() {
    let capture = fs::read_to_string(captured()).unwrap();
    let is_signed_in_for = |class: &str| EVENT_MASK.split(',').any(|wanted| wanted == class);
    let mut stage = Stage::open();
    for (classes, script) in [
        (EVENT_MASK, Script::of(&capture, is_signed_in_for)),
        ("all classes", Script::of(&capture, |_| true)),
    ] {
        let bytes = script.opening.len() + script.rest.len();
        println!("the actor, {classes}: {} events of {bytes} bytes, {AT_ONCE} calls at once", script.events);
        // The first round is not representative: caches, memory, the socket's buffers.
        stage.round(&script);
        let rounds: Vec<[f64; 2]> = (0..ROUNDS).map(|_| stage.round(&script)).collect();
        for (at, figure) in ["CPU of its thread", "wall clock"].into_iter().enumerate() {
            let mut us: Vec<f64> = rounds.iter().map(|round| round[at]).collect();
            us.sort_by(f64::total_cmp);
            let (least, most) = (us[0], us[ROUNDS - 1]);
            println!("    {figure:<18} {:>7.1} µs a call ({least:.1} to {most:.1})", us[ROUNDS / 2]);
        }
    }
}

criterion_group!(benches, calls);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    actor();
}
