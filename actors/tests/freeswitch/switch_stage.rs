//! A switch that a test plays command by command, and its actor.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use cordboard_actors::freeswitch::switch_actor::SwitchSettings;
use cordboard_actors::line::{CallMailbox, RegistryMailbox};
use cordboard_actors::live_count::LiveCount;
use cordboard_actors::messages::{CallLine, Phone, RegistryLine, SwitchLine, SwitchShown, ToCall, ToSwitch};
use cordboard_actors::meters::SwitchMeter;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::CallId;
use cordboard_schema::wire::esl::{DialText, EslValue, Password};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use uuid::Uuid;

/// The password that the actor has.
pub(crate) const PASSWORD: &str = "ClueCon";

/// The channel of most tests.
pub(crate) const CALLER: Uuid = Uuid::from_u128(0xCA11);

/// The channel of a person who is rung.
pub(crate) const PERSON: Uuid = Uuid::from_u128(0xBEEF);

/// Waits for what has to come; a test that would hang fails instead.
pub(crate) async fn soon<T>(what: &str, coming: impl Future<Output = T>) -> T {
    let coming = tokio::time::timeout(Duration::from_secs(100), coming).await;
    coming.unwrap_or_else(|_| panic!("{what} did not come in time"))
}

/// The extension of `number` in the domain.
pub(crate) fn phone(number: &str, domain: Option<&str>) -> Phone {
    Phone::at(&format!("default,{number},1").parse().unwrap(), domain)
}

/// The FreeSWITCH that the actor connects to, the actor, and the registry that it uses.
pub(crate) struct Stage {
    listener: TcpListener,
    pub(crate) line: SwitchLine,
    pub(crate) registry: RegistryMailbox,
    pub(crate) meter: SwitchMeter,
}

impl Stage {
    /// An actor that compares nothing.
    pub(crate) async fn open() -> Self {
        Self::open_with(None).await
    }

    /// An actor that compares its calls and the switch's channels this often.
    pub(crate) async fn open_with(compare_every: Option<Duration>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let meter = SwitchMeter::default();
        let settings = SwitchSettings {
            name: "pbx1".to_owned(),
            address: listener.local_addr().unwrap().to_string(),
            password: Password(EslValue::new(PASSWORD).unwrap()),
            our_address: Some(DialText::new("192.0.2.7:8022").unwrap()),
            way_back: Some(DialText::new("192.0.2.7:8022").unwrap()),
            music: EslValue::new("local_stream://moh").unwrap(),
            trunk: Some("sofia/gateway/outside/{number}".parse().unwrap()),
            compare_every,
            meter: meter.clone(),
            live: LiveCount::new(),
        };
        let (line, registry) = RegistryLine::open();
        Self { listener, line: settings.start(line), registry, meter }
    }

    /// The actor's next connection.
    pub(crate) async fn connection(&self) -> Peer {
        let (stream, _) = soon("a connection", self.listener.accept()).await.unwrap();
        Peer { stream, read: Vec::new(), commands: VecDeque::new() }
    }

    /// The actor's next connection, signed in, its opening answered.
    pub(crate) async fn connected(&self) -> Peer {
        let peer = self.reconnected().await;
        self.settled().await;
        peer
    }

    /// The same, without waiting until the answers are handled: for a connection that opens with further requests.
    pub(crate) async fn reconnected(&self) -> Peer {
        let mut peer = self.connection().await;
        peer.sign_in().await;
        peer.take_opening().await;
        peer
    }

    /// Waits until every answer is handled.
    pub(crate) async fn settled(&self) {
        let answers = async {
            while self.meter.figures().unanswered > 0 {
                tokio::task::yield_now().await;
            }
        };
        soon("the handling of the answers", answers).await;
    }

    /// A call, and the mailbox that receives messages to it.
    pub(crate) fn call(&self) -> Call {
        let (line, reports) = CallLine::open();
        Call { line, reports }
    }

    /// A call begins to watch its channel.
    pub(crate) fn watch(&self, call: &Call) {
        let (call_id, call) = (CallId(CALLER), call.line.clone());
        self.tell(ToSwitch::Watch { channel: CALLER, call_id, held_from: None, phone_holds: false, call });
    }

    /// A call that watches its channel, which the switch has.
    pub(crate) async fn watching_call(&self, peer: &mut Peer) -> Call {
        let mut call = self.call();
        self.watch(&call);
        peer.expect(&format!("api uuid_dump {CALLER} json")).await;
        peer.api(&dump(CALLER, &[("Answer-State", "answered")])).await;
        assert!(matches!(call.fact().await, Fact::ControlAttached { .. }));
        call
    }

    pub(crate) fn tell(&self, message: ToSwitch) {
        assert!(self.line.tell(message));
    }

    /// The switch as an administrator sees it.
    pub(crate) async fn shown(&self) -> SwitchShown {
        let (reply, answer) = oneshot::channel();
        self.tell(ToSwitch::Ask(reply));
        soon("its state", answer).await.unwrap()
    }
}

/// The answer to `uuid_dump ... json`.
pub(crate) fn dump(channel: Uuid, headers: &[(&str, &str)]) -> String {
    let mut dump = serde_json::Map::new();
    dump.insert("Event-Name".to_owned(), "CHANNEL_DATA".into());
    dump.insert("Unique-ID".to_owned(), channel.to_string().into());
    dump.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())));
    serde_json::Value::Object(dump).to_string()
}

/// A call as a switch's actor knows it.
pub(crate) struct Call {
    pub(crate) line: CallLine,
    reports: CallMailbox,
}

impl Call {
    /// The next message to it, except that the switch has its channel: a later fact reports that, too.
    pub(crate) async fn next_message(&mut self) -> ToCall {
        loop {
            match soon("a message to the call", self.reports.recv()).await.unwrap() {
                ToCall::HeldBy { .. } => {}
                message => return message,
            }
        }
    }

    /// The next fact that it gets.
    pub(crate) async fn fact(&mut self) -> Fact {
        match self.next_message().await {
            ToCall::Fact(fact) => fact,
            other => panic!("the call gets no fact but {other:?}"),
        }
    }

    /// Whether nothing waits for it.
    pub(crate) fn has_no_message(&self) -> bool {
        self.reports.is_empty()
    }
}

/// The switch's side of a connection.
pub(crate) struct Peer {
    stream: TcpStream,
    read: Vec<u8>,
    commands: VecDeque<String>,
}

impl Peer {
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// The next command, without its empty line; none if the actor has closed the connection.
    pub(crate) async fn next_command(&mut self) -> Option<String> {
        while self.commands.is_empty() {
            let mut bytes = [0; 4_096];
            let read = soon("a command", self.stream.read(&mut bytes)).await.unwrap_or(0);
            if read == 0 {
                return None;
            }
            self.read.extend_from_slice(&bytes[..read]);
            while let Some(end) = self.read.windows(2).position(|pair| pair == b"\n\n") {
                let command: Vec<u8> = self.read.drain(..end + 2).take(end).collect();
                self.commands.push_back(String::from_utf8(command).unwrap());
            }
        }
        self.commands.pop_front()
    }

    pub(crate) async fn command(&mut self) -> String {
        self.next_command().await.expect("a command, and not the end of the connection")
    }

    pub(crate) async fn expect(&mut self, command: &str) {
        assert_eq!(self.command().await, command);
    }

    /// Expects a command that is a setting, and accepts it.
    pub(crate) async fn accept(&mut self, command: &str) {
        self.expect(command).await;
        self.reply("+OK").await;
    }

    /// Expects a `bgapi` command. Returns its id.
    pub(crate) async fn job(&mut self, command: &str) -> String {
        let taken = self.command().await;
        let (line, id) = taken.split_once("\nJob-UUID: ").expect("a job has its own id");
        assert_eq!(line, format!("bgapi {command}"));
        self.reply(&format!("+OK Job-UUID: {id}")).await;
        id.to_owned()
    }

    pub(crate) async fn reply(&mut self, text: &str) {
        self.send(format!("Content-Type: command/reply\nReply-Text: {text}\n\n").as_bytes()).await;
    }

    pub(crate) async fn api(&mut self, text: &str) {
        let header = format!("Content-Type: api/response\nContent-Length: {}\n\n", text.len());
        self.send(format!("{header}{text}").as_bytes()).await;
    }

    /// An event of a channel, with more headers in their form on the wire.
    pub(crate) async fn event(&mut self, name: &str, channel: Uuid, headers: &[(&str, &str)]) {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        self.event_block(&format!("Event-Name: {name}\nUnique-ID: {channel}\n{headers}\n")).await;
    }

    /// An event of a channel with a body, whose length is among its headers.
    pub(crate) async fn event_with_body(
        &mut self,
        name: &str,
        channel: Uuid,
        headers: &[(&str, &str)],
        body: &str,
    ) {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        self.event_block(&format!("Event-Name: {name}\nUnique-ID: {channel}\n{headers}\n{body}")).await;
    }

    /// The end of a job.
    pub(crate) async fn job_done(&mut self, job: &str, output: &str) {
        let headers =
            format!("Event-Name: BACKGROUND_JOB\nJob-UUID: {job}\nContent-Length: {}\n", output.len());
        self.event_block(&format!("{headers}\n{output}")).await;
    }

    async fn event_block(&mut self, block: &str) {
        let outer = format!("Content-Length: {}\nContent-Type: text/event-plain\n\n", block.len());
        self.send(format!("{outer}{block}").as_bytes()).await;
    }

    pub(crate) async fn sign_in(&mut self) {
        self.send(b"Content-Type: auth/request\n\n").await;
        self.expect(&format!("auth {PASSWORD}")).await;
        self.reply("+OK accepted").await;
    }

    /// Expects the opening, and reports that its domain is `pbx.example`.
    pub(crate) async fn take_opening(&mut self) {
        self.accept("filter Event-Name HEARTBEAT").await;
        self.accept("filter Event-Name SHUTDOWN").await;
        assert!(self.command().await.starts_with("filter Job-UUID /^"));
        self.reply("+OK").await;
        assert!(self.command().await.starts_with("event plain HEARTBEAT SHUTDOWN BACKGROUND_JOB CHANNEL_"));
        self.reply("+OK event listener enabled plain").await;
        self.expect("api global_getvar domain").await;
        self.api("pbx.example").await;
    }

    /// Expects and answers the requests about an extension.
    pub(crate) async fn extension(&mut self, address: &str, answers: [&str; 3]) {
        let (user, domain) = address.split_once('@').unwrap();
        self.expect(&format!("api user_exists id {user} {domain}")).await;
        self.expect(&format!("api sofia_contact */{address}")).await;
        self.expect("api show channels as json").await;
        for answer in answers {
            self.api(answer).await;
        }
    }

    /// Ends the connection, like the switch's death.
    pub(crate) fn close(self) {
        drop(self.stream);
    }

    /// Waits until the actor has closed the connection.
    pub(crate) async fn until_left(mut self) {
        while self.next_command().await.is_some() {}
    }
}

/// Bytes that a real FreeSWITCH sent.
pub(crate) fn captured(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/captures/freeswitch");
    let file = folder.join(format!("{name}.fs2app.bin"));
    std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
