//! Callers: on an AudioSocket connection as Asterisk opens it, with its dialplan, at Twilio, at a FreeSWITCH, or in a browser by `/ws/audio` or
//! WebRTC.

use std::cell::{Cell, Ref, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use cordboard_test_support::audio::{Sound, tone};
use cordboard_test_support::audiosocket::{LegEnd, TaskCaller, TimedFrame, Violation};
use cordboard_test_support::ear::speech;
use cordboard_test_support::server::DIALPLAN_TOKEN;
use cordboard_test_support::twilio::{self, Account};
use cordboard_test_support::twilio_rest::Rest;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::browser::Browser;
use super::page::PageSeen;
use super::switchboard::{self, SwitchLeg, Switchboard};
use super::webrtc::RtcBrowser;
use crate::byte_transport::Tunnel;
use crate::http;
use crate::plan::{ByteTransport, Line, NetworkTrouble, SwitchAct};
use crate::stage::{TWILIO_BASE, TWILIO_NUMBER, TWILIO_TOKEN};

/// Rate of a telephone, in Hz.
pub const RATE: u32 = 8_000;
/// Most repetitions of a call by a dialplan.
const AGAIN_MAX: usize = 6;
/// Pause between two checks of a call at Twilio.
const LOOK: Duration = Duration::from_millis(20);
/// Amplitude of the tone that identifies a caller's sound.
const TAG_AMPLITUDE: f64 = 1_200.0;

/// Returns the tone that identifies a caller's sound, in Hz.
#[must_use]
pub fn tag_hz(caller: u32) -> f64 {
    410.0 + 37.0 * f64::from(caller % 80)
}

/// Returns the number from which a caller at a telephone calls.
#[must_use]
pub fn phone_number(caller: u32) -> String {
    format!("+4930{caller:06}")
}

/// Record of one connection of a caller.
#[derive(Clone, Debug)]
pub struct Story {
    /// The server's life, counted from 0.
    pub life: usize,
    /// When it was established, in ms from the beginning of the world.
    pub began_ms: u64,
    /// Transport of its bytes.
    pub way: Option<ByteTransport>,
    /// Whether it was reset or stalled, or its network had trouble.
    pub was_hurt: bool,
    /// Rate of the heard sound, in Hz.
    pub rate: u32,
    /// The heard sound, a frame each 20 ms.
    pub frames: Vec<TimedFrame>,
    /// The parties that a page showed its caller, each with the time of the message, in ms from the beginning of the world.
    pub stands: Vec<(u64, String)>,
    /// Violations of the wire's rules.
    pub violations: Vec<String>,
    /// End of the connection.
    pub end: StoryEnd,
    /// When it ended, in ms from the beginning of the world; none if it was open until the server was gone.
    pub ended_ms: Option<u64>,
    /// Whether it was a second connection under the same name.
    pub is_double: bool,
    /// The dialplan's next step, if it asked for one.
    pub next: Option<String>,
}

/// End of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoryEnd {
    /// The server ended it in order.
    ByServer,
    /// The caller ended it.
    ByCaller,
    /// It broke.
    Broken,
    /// It was open when the server was gone.
    Left,
}

/// A caller.
#[derive(Debug)]
pub struct Caller {
    /// Their number.
    pub number: u32,
    /// Their line.
    pub line: Line,
    /// Transport of their bytes.
    pub way: Option<ByteTransport>,
    /// The UUID of an AudioSocket call.
    pub uuid: Uuid,
    /// The id of a browser's call.
    pub web_call: Option<String>,
    /// A browser's token for resuming the call.
    resume: Option<String>,
    /// Whether they have hung up.
    pub hung_up: bool,
    /// When they spoke: beginning and end, in ms from the beginning of the world.
    pub spoke: Vec<(u64, u64)>,
    /// Finished connections.
    pub stories: Vec<Story>,
    live: Option<Live>,
    /// Whether a WebRTC browser is connecting, which takes some ticks: it opens no second connection meanwhile.
    is_offering: bool,
}

/// An open connection.
#[derive(Clone, Debug)]
struct Live {
    leg: Leg,
    tunnel: Option<Rc<Tunnel>>,
    began_ms: u64,
    hung_up: Rc<Cell<bool>>,
}

#[derive(Clone, Debug)]
enum Leg {
    Telephone(Rc<TaskCaller>),
    Twilio(twilio::Caller),
    Switch(SwitchLeg),
    Browser(Rc<Browser>),
    Webrtc(Rc<RtcBrowser>),
}

/// All callers of a world.
pub type Callers = Rc<RefCell<BTreeMap<u32, Caller>>>;

/// Addresses at which callers reach the server in this life, and the time of its beginning.
#[derive(Clone, Debug)]
pub struct ServerAddresses {
    /// The life, counted from 0.
    pub life: usize,
    /// The beginning of this life, in ms from the beginning of the world.
    pub began_ms: u64,
    /// The beginning by the clock.
    pub began: Instant,
    /// The AudioSocket server.
    pub audiosocket: SocketAddr,
    /// The HTTP server.
    pub http: SocketAddr,
    /// Tokens of the talk links, one for each organization.
    pub links: [String; 2],
    /// Twilio's API, if it has one of our numbers.
    pub twilio: Option<Rc<Rest>>,
    /// The FreeSWITCH, if there is one.
    pub switch: Option<Rc<Switchboard>>,
    /// Whether everyone has hung up: a party that is called later hangs up right after the answer.
    pub is_over: Rc<Cell<bool>>,
}

impl ServerAddresses {
    /// Converts a moment to ms from the beginning of the world.
    #[must_use]
    pub fn ms_of(&self, moment: Instant) -> u64 {
        self.began_ms + moment.duration_since(self.began).as_millis() as u64
    }
}

impl Caller {
    /// Creates a caller who is about to call.
    #[must_use]
    pub fn new(number: u32, line: Line, way: Option<ByteTransport>) -> Self {
        let uuid = uuid::Builder::from_random_bytes(
            ((0xC0FF_EE00_u128 << 96) | (u128::from(number) + 1)).to_be_bytes(),
        );
        Self {
            number,
            line,
            way,
            uuid: uuid.into_uuid(),
            web_call: None,
            resume: None,
            hung_up: false,
            spoke: Vec::new(),
            stories: Vec::new(),
            live: None,
            is_offering: false,
        }
    }

    /// Whether they are connected.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.live.is_some()
    }

    /// Says a sentence, with the tone that identifies this caller; `now_ms` is in ms from the beginning of the world.
    pub fn say(&mut self, sentence: u8, now_ms: u64) {
        let sound = said(self.number, sentence);
        if self.is_connected() {
            let from = self.spoke.last().map_or(now_ms, |(_, until)| now_ms.max(*until));
            self.spoke.push((from, from + sound.length().as_millis() as u64));
        }
        match self.live.as_ref().map(|live| &live.leg) {
            Some(Leg::Telephone(leg)) => leg.say(&sound),
            Some(Leg::Twilio(leg)) => leg.say(&sound),
            Some(Leg::Switch(leg)) => leg.say(&sound),
            Some(Leg::Browser(leg)) => leg.say(&sound),
            Some(Leg::Webrtc(leg)) => leg.say(&sound),
            None => {}
        }
    }

    /// Presses a key.
    pub fn press(&self, key: char) {
        match self.live.as_ref().map(|live| &live.leg) {
            Some(Leg::Telephone(leg)) => leg.press(key),
            Some(Leg::Twilio(leg)) => leg.press(key),
            Some(Leg::Switch(leg)) => leg.press(key),
            Some(Leg::Browser(leg)) => leg.press(key),
            Some(Leg::Webrtc(leg)) => leg.press(key),
            None => {}
        }
    }

    /// Sends nothing for a while. Has no effect in a browser; a switch sends silence.
    pub fn fall_silent(&self, length: Duration) {
        match self.live.as_ref().map(|live| &live.leg) {
            Some(Leg::Telephone(leg)) => leg.fall_silent(length),
            Some(Leg::Twilio(leg)) => leg.lose(length.as_millis() as u64),
            Some(Leg::Browser(_) | Leg::Switch(_) | Leg::Webrtc(_)) | None => {}
        }
    }

    /// Closes the page. Has no effect for callers who are not on WebRTC.
    pub fn close_page(&self) {
        if let Some(Live { leg: Leg::Webrtc(leg), .. }) = &self.live {
            leg.close_page();
        }
    }

    /// Applies trouble of their network. Only affects WebRTC callers.
    pub fn meet(&self, trouble: NetworkTrouble) {
        if let Some(Live { leg: Leg::Webrtc(leg), .. }) = &self.live {
            leg.meet(trouble);
        }
    }

    /// Hangs up, and does not come back.
    pub fn hang_up(&mut self) {
        self.hung_up = true;
        let Some(live) = &self.live else { return };
        live.hung_up.set(true);
        match &live.leg {
            Leg::Telephone(leg) => leg.hang_up(),
            Leg::Twilio(leg) => leg.hang_up(),
            Leg::Switch(leg) => leg.hang_up(),
            Leg::Browser(leg) => leg.hang_up(),
            Leg::Webrtc(leg) => leg.hang_up(),
        }
    }

    /// Applies trouble of a connection of their call at the FreeSWITCH.
    pub(crate) fn has_trouble_at_switch(&self, act: SwitchAct) {
        if let Some(Leg::Switch(leg)) = self.live.as_ref().map(|live| &live.leg) {
            leg.has_trouble(act);
        }
    }

    /// Returns the tunnel of the open connection.
    #[must_use]
    pub fn tunnel(&self) -> Option<Rc<Tunnel>> {
        self.live.as_ref().and_then(|live| live.tunnel.clone())
    }

    /// Notes that the server is gone: an open connection becomes a story.
    pub fn left(&mut self, addresses: &ServerAddresses) {
        self.is_offering = false;
        if let Some(live) = self.live.take() {
            self.is_cut_off(addresses.ms_of(Instant::now()));
            let story = live.story(addresses, self.way, StoryEnd::Left, None);
            self.keep(story, &live);
        }
    }

    /// Notes that their connection is gone: nobody hears what they had not said yet.
    fn is_cut_off(&mut self, now_ms: u64) {
        self.spoke.retain(|(from, _)| *from < now_ms);
        if let Some((_, until)) = self.spoke.last_mut() {
            *until = (*until).min(now_ms);
        }
    }

    fn keep(&mut self, story: Story, live: &Live) {
        if let Some(page) = live.leg.page()
            && let Some(ready) = &page.ready
        {
            self.resume = ready["resume"].as_str().map(str::to_owned);
        }
        self.stories.push(story);
    }
}

impl Leg {
    /// Returns the page of a caller in a browser.
    fn page(&self) -> Option<Ref<'_, PageSeen>> {
        match self {
            Self::Browser(leg) => Some(leg.page()),
            Self::Webrtc(leg) => Some(leg.page()),
            Self::Telephone(_) | Self::Twilio(_) | Self::Switch(_) => None,
        }
    }
}

/// Returns the parties that a page has shown, each with its beginning, in ms from the beginning of the world.
fn stands_of(page: &PageSeen, began_ms: u64) -> Vec<(u64, String)> {
    let told = page.stands.iter();
    told.map(|(at, stand)| (began_ms + at.as_millis() as u64, stand.clone())).collect()
}

impl Live {
    fn was_hurt(&self) -> bool {
        match &self.leg {
            Leg::Switch(leg) => leg.was_hurt(),
            Leg::Webrtc(leg) if leg.was_hurt() => true,
            _ => self.tunnel.as_ref().is_some_and(|tunnel| tunnel.was_hurt()),
        }
    }

    fn story(
        &self,
        addresses: &ServerAddresses,
        way: Option<ByteTransport>,
        end: StoryEnd,
        ended_ms: Option<u64>,
    ) -> Story {
        let stands = self.leg.page().map(|page| stands_of(&page, self.began_ms)).unwrap_or_default();
        let (rate, frames, violations) = match &self.leg {
            Leg::Telephone(leg) => {
                let report = leg.report();
                let is_cut = way.is_some_and(|way| way.pieces_of.is_some());
                let judged = report.violations.into_iter().filter(|violation| {
                    // Violations that come from the tunnel's cut are not the server's.
                    !(is_cut && matches!(violation, Violation::Split { .. } | Violation::Unfinished))
                });
                (RATE, report.frames, judged.map(|violation| format!("{violation:?}")).collect())
            }
            Leg::Twilio(leg) => {
                let frame = |(at, samples)| {
                    let at_ms = addresses.ms_of(at).saturating_sub(self.began_ms);
                    TimedFrame { at: Duration::from_millis(at_ms), rate: RATE, samples }
                };
                (RATE, leg.frames().into_iter().map(frame).collect(), leg.violations())
            }
            Leg::Switch(leg) => (RATE, leg.frames(), Vec::new()),
            Leg::Browser(leg) => {
                let page = leg.page();
                (super::browser::RATE, page.heard.clone(), page.violations.clone())
            }
            Leg::Webrtc(leg) => {
                let page = leg.page();
                (super::webrtc::RATE, page.heard.clone(), page.violations.clone())
            }
        };
        Story {
            life: addresses.life,
            began_ms: self.began_ms,
            way,
            was_hurt: self.was_hurt(),
            rate,
            frames,
            stands,
            violations,
            end,
            ended_ms,
            is_double: false,
            next: None,
        }
    }
}

/// Has a caller call or reconnect, in the background. Does nothing if they are connected or have hung up.
pub async fn connect(callers: &Callers, number: u32, addresses: &ServerAddresses, announced: bool) {
    let Some((line, way, uuid, web_call, resume)) = callers.borrow().get(&number).and_then(|caller| {
        let known = (caller.line, caller.way, caller.uuid, caller.web_call.clone(), caller.resume.clone());
        (!caller.hung_up && !caller.is_connected() && !caller.is_offering).then_some(known)
    }) else {
        return;
    };
    let server = if line == Line::Audiosocket { addresses.audiosocket } else { addresses.http };
    let tunnel = match way {
        Some(way) => Tunnel::open(server, way).await.ok().map(Rc::new),
        None => None,
    };
    let address = tunnel.as_ref().map_or(server, |tunnel| tunnel.address());
    let leg = match line {
        Line::Audiosocket => {
            if announced {
                let path = format!("/api/v1/calls/expect?uuid={uuid}&from=%2B4930{number:06}&to=%2B49305550");
                let _ = http::ask(addresses.http, "GET", &path, &dialplan(), None).await;
            }
            TaskCaller::connect(address, uuid, RATE).await.ok().map(|leg| Leg::Telephone(Rc::new(leg)))
        }
        Line::Twilio => dial(number, uuid, addresses).map(Leg::Twilio),
        Line::Freeswitch => switchboard::dial(callers, number, uuid, addresses).await.map(Leg::Switch),
        Line::FirstBrowser | Line::SecondBrowser => {
            match audio_pass(callers, number, addresses, web_call, resume).await {
                Some((name, pass)) => {
                    Browser::connect(address, (name, &pass)).await.map(Rc::new).map(Leg::Browser)
                }
                None => None,
            }
        }
        Line::FirstWebrtc | Line::SecondWebrtc => {
            match audio_pass(callers, number, addresses, web_call, resume).await {
                Some((_, pass)) => {
                    note_offering(callers, number, true);
                    let browser = RtcBrowser::connect(number, address, &pass).await;
                    note_offering(callers, number, false);
                    browser.map(Rc::new).map(Leg::Webrtc)
                }
                None => None,
            }
        }
    };
    if let Some(leg) = leg {
        begins(callers, number, addresses, leg, tunnel);
    }
}

/// Keeps callers on calls that their FreeSWITCH has kept since the server's last life, in the background.
pub(crate) fn stay(callers: &Callers, addresses: &ServerAddresses) {
    let Some(switch) = &addresses.switch else { return };
    let is_at_switch = |caller: &&Caller| caller.line == Line::Freeswitch && !caller.is_connected();
    let known: Vec<(u32, Uuid)> =
        callers.borrow().values().filter(is_at_switch).map(|caller| (caller.number, caller.uuid)).collect();
    for (number, uuid) in known {
        let Some(call) = switch.live_call(uuid) else { continue };
        let (callers, addresses) = (Rc::clone(callers), addresses.clone());
        tokio::task::spawn_local(async move {
            if let Some(leg) = switchboard::until_answered(&callers, number, call, &addresses).await {
                begins(&callers, number, &addresses, Leg::Switch(leg), None);
            }
        });
    }
}

/// Notes that a party whom the server called has answered: from now on they act as a caller does.
pub(super) fn was_called(
    callers: &Callers,
    number: u32,
    uuid: Uuid,
    addresses: &ServerAddresses,
    leg: SwitchLeg,
) {
    let called = Caller { uuid, ..Caller::new(number, Line::Freeswitch, None) };
    callers.borrow_mut().insert(number, called);
    begins(callers, number, addresses, Leg::Switch(leg), None);
}

/// As above, at Twilio.
pub(super) fn was_called_at_twilio(
    callers: &Callers,
    number: u32,
    uuid: Uuid,
    addresses: &ServerAddresses,
    leg: twilio::Caller,
) {
    let called = Caller { uuid, ..Caller::new(number, Line::Twilio, None) };
    callers.borrow_mut().insert(number, called);
    begins(callers, number, addresses, Leg::Twilio(leg), None);
}

/// Notes an open connection, and follows it to its end.
fn begins(callers: &Callers, number: u32, addresses: &ServerAddresses, leg: Leg, tunnel: Option<Rc<Tunnel>>) {
    let began_ms = addresses.ms_of(Instant::now());
    let live = Live { leg, tunnel, began_ms, hung_up: Rc::default() };
    if let Some(caller) = callers.borrow_mut().get_mut(&number) {
        caller.live = Some(live.clone());
        if caller.hung_up || addresses.is_over.get() {
            caller.hang_up();
        }
    }
    tokio::task::spawn_local(follow(Rc::clone(callers), number, addresses.clone(), live));
}

fn note_offering(callers: &Callers, number: u32, is_offering: bool) {
    if let Some(caller) = callers.borrow_mut().get_mut(&number) {
        caller.is_offering = is_offering;
    }
}

/// Calls the number at Twilio; none if there is no such number.
fn dial(number: u32, uuid: Uuid, addresses: &ServerAddresses) -> Option<twilio::Caller> {
    let rest = addresses.twilio.as_ref()?;
    let account = account(addresses);
    let (sid, from) = (call_sid(uuid), phone_number(number));
    let caller = twilio::Caller::dial_here(&account, &sid, &from, TWILIO_NUMBER);
    rest.holds(&sid, &caller);
    Some(caller)
}

/// Returns the account at Twilio, whose webhooks lead to the server.
#[must_use]
pub(super) fn account(addresses: &ServerAddresses) -> Account {
    Account {
        http: addresses.http,
        public_base: TWILIO_BASE.to_owned(),
        auth_token: TWILIO_TOKEN.to_owned(),
        sid: Account::SID.to_owned(),
    }
}

/// Returns Twilio's name of a call.
#[must_use]
pub(crate) fn call_sid(uuid: Uuid) -> String {
    format!("CA{}", uuid.simple())
}

/// Returns the pass that a browser sends with its sound: the name of the member of `hello`, and the token or the `resume`.
async fn audio_pass(
    callers: &Callers,
    number: u32,
    addresses: &ServerAddresses,
    web_call: Option<String>,
    resume: Option<String>,
) -> Option<(&'static str, String)> {
    if web_call.is_some() {
        // A caller who was never admitted has nothing to resume.
        return Some(("resume", resume?));
    }
    let line = callers.borrow().get(&number).map(|caller| caller.line)?;
    let path = format!("/api/v1/talk/{}/calls", addresses.links[line.organization()]);
    let answer = http::ask(addresses.http, "POST", &path, &[], None).await.ok()?;
    if answer.status != 201 {
        return None;
    }
    let begun = answer.json();
    if let Some(caller) = callers.borrow_mut().get_mut(&number) {
        caller.web_call = begun["call_id"].as_str().map(str::to_owned);
    }
    Some(("token", begun["token"].as_str()?.to_owned()))
}

/// Waits for the end of a connection; then asks for the next step as the shipped dialplan does, and takes it.
async fn follow(callers: Callers, number: u32, addresses: ServerAddresses, live: Live) {
    let (by_server, broken) = match &live.leg {
        Leg::Telephone(leg) => match leg.until_ended().await.0 {
            LegEnd::Hangup | LegEnd::Fin => (true, false),
            LegEnd::ByCaller => (false, false),
            LegEnd::Reset | LegEnd::Violation | LegEnd::NotRead => (false, true),
        },
        Leg::Twilio(leg) => {
            while !leg.is_over() {
                sleep(LOOK).await;
            }
            (leg.is_let_go(), !leg.is_let_go())
        }
        Leg::Switch(leg) => {
            leg.until_over().await;
            (leg.is_ended_by_switch(), leg.is_lost())
        }
        Leg::Browser(leg) => {
            leg.until_over().await;
            let is_by_server = leg.page().was_said_goodbye;
            (is_by_server, !is_by_server)
        }
        Leg::Webrtc(leg) => {
            leg.until_over().await;
            let is_by_server = leg.page().was_said_goodbye;
            (is_by_server, !is_by_server)
        }
    };
    let end = match (live.hung_up.get(), by_server, broken) {
        (true, ..) => StoryEnd::ByCaller,
        (_, true, _) => StoryEnd::ByServer,
        (_, _, true) => StoryEnd::Broken,
        _ => StoryEnd::ByCaller,
    };
    let ended_ms = addresses.ms_of(Instant::now());
    let mut uuid = None;
    if let Some(caller) = callers.borrow_mut().get_mut(&number) {
        // If the server is gone, the story has ended before.
        if caller.live.take().is_none() {
            return;
        }
        caller.is_cut_off(ended_ms);
        let story = live.story(&addresses, caller.way, end, Some(ended_ms));
        caller.keep(story, &live);
        if caller.line == Line::Audiosocket && end == StoryEnd::ByServer {
            uuid = Some(caller.uuid);
        }
    }
    let Some(uuid) = uuid else { return };
    // As soon as Asterisk would ask.
    sleep(Duration::from_millis(10)).await;
    let path = format!("/api/v1/calls/{uuid}/next");
    let next = http::ask(addresses.http, "GET", &path, &dialplan(), None).await;
    let next = next.map_or_else(|error| format!("no answer: {error}"), |answer| answer.text());
    let again = callers.borrow_mut().get_mut(&number).is_some_and(|caller| {
        let is_again = next == "again" && caller.stories.len() < AGAIN_MAX;
        if let Some(story) = caller.stories.last_mut() {
            story.next = Some(next);
        }
        is_again
    });
    if again {
        Box::pin(connect(&callers, number, &addresses, false)).await;
    }
}

/// Opens a second connection under the name of a caller; it is closed at once, or belongs to no call.
pub async fn double(callers: &Callers, number: u32, addresses: &ServerAddresses) {
    let known = callers.borrow().get(&number).map(|caller| {
        let is_doubled = caller.is_connected() && caller.line == Line::Audiosocket;
        (caller.uuid, is_doubled)
    });
    let Some((uuid, is_doubled)) = known else { return };
    if !is_doubled {
        return;
    }
    let Ok(second) = TaskCaller::connect(addresses.audiosocket, uuid, RATE).await else { return };
    let (callers, addresses) = (Rc::clone(callers), addresses.clone());
    tokio::task::spawn_local(async move {
        let began = Instant::now();
        // Long enough for the server to refuse it.
        sleep(Duration::from_millis(500)).await;
        let end = if second.ended().is_some() { StoryEnd::ByServer } else { StoryEnd::ByCaller };
        second.hang_up();
        let report = second.report();
        let story = Story {
            life: addresses.life,
            began_ms: addresses.ms_of(began),
            way: None,
            was_hurt: false,
            rate: RATE,
            frames: report.frames,
            stands: Vec::new(),
            violations: Vec::new(),
            end,
            ended_ms: Some(addresses.ms_of(Instant::now())),
            is_double: true,
            next: None,
        };
        if let Some(caller) = callers.borrow_mut().get_mut(&number) {
            caller.stories.push(story);
        }
    });
}

fn dialplan() -> [String; 1] {
    [format!("authorization: Bearer {DIALPLAN_TOKEN}")]
}

/// Returns a caller's speech, with the tone that identifies them.
fn said(caller: u32, sentence: u8) -> Sound {
    thread_local! {
        static SENTENCES: [Sound; 4] =
            ["hello_question", "interruption", "message_text", "thanks_bye"].map(|name| speech(name).resampled(RATE));
    }
    let mut sound = SENTENCES.with(|sentences| sentences[usize::from(sentence) % sentences.len()].clone());
    let tag = tone(tag_hz(caller), TAG_AMPLITUDE, sound.length(), RATE);
    for (sample, tag) in sound.samples.iter_mut().zip(tag.samples) {
        *sample = sample.saturating_add(tag);
    }
    sound
}
