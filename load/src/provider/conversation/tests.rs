//! A conversation as its client sees it.

use std::cell::RefCell;
use std::rc::Rc;

use super::super::super::board::{Board, CallNumber, Window};
use super::*;

const SESSION: &str = r#"{"type":"session.update","session":{"type":"realtime","audio":{
    "input":{"format":{"type":"audio/pcmu"}},"output":{"format":{"type":"audio/pcmu"}}}}}"#;

/// A conversation whose session is set up, on a board with one call.
struct Client {
    board: SharedBoard,
    call: CallNumber,
    conversation: Conversation,
    now: Instant,
}

impl Client {
    fn new() -> Self {
        let board = Rc::new(RefCell::new(Board::default()));
        let call = board.borrow_mut().add_call();
        let talk = board.borrow_mut().add_talk().unwrap();
        board.borrow_mut().set_window(Window::Open);
        let (conversation, created) = Conversation::new(talk, Rc::clone(&board), 1_000);
        assert!(created.contains("session.created"), "{created}");
        let mut client = Self { board, call, conversation, now: Instant::now() };
        assert_eq!(kinds(&client.send(SESSION)), ["session.updated"]);
        client
    }

    fn send(&mut self, text: &str) -> Vec<String> {
        self.conversation.receive(text, self.now).unwrap()
    }

    fn append(&mut self, octets: &[u8]) {
        let audio = STANDARD.encode(octets);
        self.send(&format!(r#"{{"type":"input_audio_buffer.append","audio":"{audio}"}}"#));
    }

    fn frame(&mut self) -> [u8; FRAME_SAMPLES] {
        let sent = self.board.borrow_mut().send_frame(self.call, self.now);
        let (marker, loudness) = sent.unwrap();
        marker.octets(Law::Mu, loudness)
    }

    /// Lets time pass until an event of this kind arrives. Returns all events until then.
    fn until(&mut self, kind: &str) -> Vec<String> {
        let mut events = Vec::new();
        for _ in 0..10_000 {
            self.now = self.conversation.next_at().unwrap().max(self.now);
            events.extend(self.conversation.tick(self.now));
            if kinds(&events).iter().any(|found| found == kind) {
                return events;
            }
        }
        panic!("{kind} never came: {:?}", kinds(&events));
    }
}

fn kinds(events: &[String]) -> Vec<String> {
    let kind = |event: &String| {
        let event: Value = serde_json::from_str(event).unwrap();
        event["type"].as_str().unwrap().to_owned()
    };
    events.iter().map(kind).collect()
}

fn octets_of(events: &[String]) -> Vec<u8> {
    let values = events.iter().map(|event| serde_json::from_str::<Value>(event).unwrap());
    let audio = values.filter(|event| event["type"] == "response.output_audio.delta");
    audio.flat_map(|event| STANDARD.decode(event["delta"].as_str().unwrap()).unwrap()).collect()
}

#[test]
fn nothing_is_said_before_the_client_asks() {
    let mut client = Client::new();
    assert_eq!(client.conversation.next_at(), None);
    let events = client.send(r#"{"type":"response.create"}"#);
    let expected = ["response.created", "response.output_item.added", "conversation.item.added"];
    assert_eq!(kinds(&events)[..3], expected);
    // 187.5 ms of PCMU.
    assert_eq!(octets_of(&events).len(), 1_500, "the first audio comes at once");
}

#[test]
fn an_answer_has_the_clients_tag() {
    let mut client = Client::new();
    let events = client.send(r#"{"type":"response.create","response":{"metadata":{"cordboard":"7"}}}"#);
    let created: Value = serde_json::from_str(&events[0]).unwrap();
    assert_eq!(created["response"]["metadata"]["cordboard"], "7");
}

#[test]
fn an_answer_is_unbroken_whole_frames_faster_than_real_time() {
    let mut client = Client::new();
    // One of three is interrupted; the first that is not is checked.
    let octets = (0..100)
        .find_map(|_| {
            let began = client.now;
            let mut events = client.send(r#"{"type":"response.create"}"#);
            events.extend(client.until("response.done"));
            let octets = octets_of(&events);
            let took = client.now - began;
            client.until("input_audio_buffer.committed");
            let is_whole = kinds(&events).iter().any(|kind| kind == "response.output_audio.done");
            let lasts = Duration::from_micros(octets.len() as u64 * 125);
            is_whole.then(|| assert!(took * 4 < lasts, "{took:?} for {lasts:?}")).map(|()| octets)
        })
        .unwrap();
    assert_eq!(octets.len() % FRAME_SAMPLES, 0);
    let numbers: Vec<u32> =
        octets.chunks(FRAME_SAMPLES).map(|frame| Marker::of_octets(frame).unwrap().sequence).collect();
    assert!(numbers.is_sorted() && numbers.windows(2).all(|two| two[1] == two[0] + 1), "{numbers:?}");
}

#[test]
fn turns_follow_one_another_and_some_answers_are_interrupted() {
    let mut client = Client::new();
    let greeting = client.frame();
    client.append(&greeting);
    client.send(r#"{"type":"response.create"}"#);
    let mut cancelled = 0;
    // One of three is interrupted, and one of six of those while it is being sent: of 600, more than none.
    for _ in 0..600 {
        let events = client.until("input_audio_buffer.speech_started");
        cancelled += events.iter().filter(|event| event.contains("turn_detected")).count();
        let sent = client.board.borrow_mut().send_frame(client.call, client.now);
        assert_eq!(sent.unwrap().1, Loudness::Speech);
        let said = kinds(&client.until("conversation.item.input_audio_transcription.completed"));
        assert_eq!(said[..2], ["input_audio_buffer.speech_stopped", "input_audio_buffer.committed"]);
        client.until("response.created");
    }
    assert!(
        (1..400).contains(&cancelled),
        "{cancelled} of 600 answers were interrupted while they were made"
    );
}

#[test]
fn callers_frames_are_recognized_however_they_are_cut() {
    let mut client = Client::new();
    let stream: Vec<u8> = (0..30).flat_map(|_| client.frame()).collect();
    for piece in stream.chunks(233) {
        client.append(piece);
    }
    assert_eq!(client.board.borrow().measured.to_provider.spread().count, 30);

    // Some sound without a marker that is not a whole number of frames, and then frames again.
    client.append(&[0xff; 77]);
    let stream: Vec<u8> = (0..10).flat_map(|_| client.frame()).collect();
    for piece in stream.chunks(FRAME_SAMPLES) {
        client.append(piece);
    }
    let count = client.board.borrow().measured.to_provider.spread().count;
    assert!(count >= 38, "{count} of 40 frames were recognized");
    assert_eq!(client.board.borrow().measured.frames_lost_to_provider, 40 - count as u64);
}

#[test]
fn formats_that_destroy_markers_are_refused() {
    let mut client = Client::new();
    let session = SESSION.replace("audio/pcmu", "audio/opus");
    let refused = client.conversation.receive(&session, client.now).unwrap_err();
    assert!(refused.contains("audio/opus"), "{refused}");
}

#[test]
fn callers_in_browsers_get_answers_at_24_khz() {
    let mut client = Client::new();
    let session = SESSION.replace("audio/pcmu", "audio/pcm");
    client.conversation.receive(&session, client.now).unwrap();
    let asked = client.conversation.receive(r#"{"type":"response.create"}"#, client.now).unwrap();
    let delta = asked.iter().find(|event| event.contains("response.output_audio.delta")).unwrap();
    let delta: Value = serde_json::from_str(delta).unwrap();
    // 187.5 ms of two octets, 24,000 times a second.
    assert_eq!(STANDARD.decode(delta["delta"].as_str().unwrap()).unwrap().len(), 9_000);
}

#[test]
fn requests_about_items_are_answered() {
    let mut client = Client::new();
    let cut =
        r#"{"type":"conversation.item.truncate","item_id":"item_1","content_index":0,"audio_end_ms":40}"#;
    assert_eq!(kinds(&client.send(cut)), ["conversation.item.truncated"]);
    let item = r#"{"type":"conversation.item.create","item":{"type":"message"}}"#;
    assert_eq!(kinds(&client.send(item)), ["conversation.item.added", "conversation.item.done"]);
    assert_eq!(kinds(&client.send(r#"{"type":"response.cancel"}"#)), ["error"]);
}
