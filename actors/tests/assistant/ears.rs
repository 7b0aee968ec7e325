//! The built-in receptionist with ears: the words are written down, and a caller who asks for a person gets no other
//! answer if the call sends them to one.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use cordboard_actors::assistant::sounds::CallerLine;
use cordboard_actors::assistant::{Ears, Recognizer, Speech};
use cordboard_actors::messages::{AssistantOrder, Attention};
use cordboard_actors::threads::Threads;
use cordboard_schema::audio::level::rms_dbfs;
use cordboard_schema::line::Line;
use tokio::task::{spawn_blocking, yield_now};

use crate::stage::{Stage, caller_line, on_paused_time};

/// A recognizer that hears these words one after the other, and keeps its input.
#[derive(Clone)]
struct Scripted {
    words: Arc<Mutex<Vec<Result<String, String>>>>,
    heard: Arc<Mutex<Vec<Speech>>>,
}

impl Scripted {
    fn of(words: &[Result<&str, &str>]) -> Self {
        let owned = |words: &Result<&str, &str>| words.map(str::to_owned).map_err(str::to_owned);
        Self { words: Arc::new(Mutex::new(words.iter().rev().map(owned).collect())), heard: Arc::default() }
    }
}

impl Recognizer for Scripted {
    fn recognize(&mut self, speech: &Speech) -> Result<String, String> {
        self.heard.lock().unwrap().push(speech.clone());
        self.words.lock().unwrap().pop().expect("more was said than the script has")
    }
}

/// A stage whose receptionist hears these words.
fn hearing(words: &[Result<&str, &str>]) -> Stage {
    Stage::with_ears(Ears::start(Threads::InLine, Scripted::of(words)).unwrap())
}

/// Reports to the call about the words and the answers.
async fn said(stage: &mut Stage, line: CallerLine) -> Vec<String> {
    stage.caller_says(&caller_line(line)).await;
    stage.caller_listens(1_900).await;
    stage
        .reports()
        .into_iter()
        .filter(|fact| fact.starts_with("transcript") || fact.starts_with("item"))
        .collect()
}

#[test]
fn the_callers_words_are_written_down_before_the_answer() {
    on_paused_time(async {
        let ears = Scripted::of(&[Ok("When do you open?"), Ok("  ")]);
        let mut stage = Stage::with_ears(Ears::start(Threads::InLine, ears.clone()).unwrap());
        stage.caller_listens(500).await;
        stage.reports();
        let reports = said(&mut stage, CallerLine::HelloQuestion).await;
        assert_eq!(reports, ["transcript: When do you open?", "item 1: None"]);
        stage.caller_listens(8_000).await;
        stage.reports();
        let reports = said(&mut stage, CallerLine::Interruption).await;
        assert!(reports[0].starts_with("transcript: (speech, "), "no words were heard: {reports:?}");

        // All of it was heard, from its first sound, at the model's rate.
        let heard = ears.heard.lock().unwrap()[0].clone();
        let line = caller_line(CallerLine::HelloQuestion);
        let loud = |samples: &[i16]| rms_dbfs(samples) > -45.0;
        let loud_ms =
            |samples: &[i16], hz: usize| samples.chunks(hz / 50).filter(|part| loud(part)).count() * 20;
        let (said_ms, heard_ms) = (loud_ms(&line, 8_000), loud_ms(&heard.samples, 16_000));
        assert!(said_ms.abs_diff(heard_ms) <= 60, "{said_ms} ms were said, {heard_ms} ms were heard");
        assert_eq!(heard.language, "en");
    });
}

#[test]
fn asking_for_a_person_gets_no_other_answer() {
    on_paused_time(async {
        let mut stage = hearing(&[Ok("I want to talk to a person.")]);
        stage.caller_listens(500).await;
        stage.reports();
        let reports = said(&mut stage, CallerLine::HelloQuestion).await;
        assert_eq!(reports, ["transcript: I want to talk to a person."]);
    });
}

#[test]
fn a_caller_who_is_not_sent_on_gets_an_answer() {
    on_paused_time(async {
        for is_led_on in [true, false] {
            let mut stage = hearing(&[Ok("I want to talk to a person.")]);
            stage.caller_listens(500).await;
            stage.reports();
            said(&mut stage, CallerLine::HelloQuestion).await;
            if is_led_on {
                stage.order(AssistantOrder::Happened("one is being asked to take over".to_owned()));
            }
            stage.caller_listens(3_000).await;
            let reports = stage.reports();
            let answered = reports.iter().any(|fact| fact == "item 1: None");
            assert_eq!(answered, !is_led_on, "{reports:?}");
        }
    });
}

/// A caller has asked something, and slow ears have not heard it before `busy` ends.
async fn asked_of_slow_ears(busy: Receiver<()>) -> Stage {
    let mut stage = Stage::with_ears(Ears::start(Threads::OnCores, Slow("Too late.", busy)).unwrap());
    stage.caller_listens(500).await;
    stage.caller_says(&caller_line(CallerLine::HelloQuestion)).await;
    stage.reports_until("speech stopped", 2_000).await;
    stage
}

#[test]
fn a_line_replaces_a_pending_answer() {
    let (_over, busy) = channel();
    on_paused_time(async {
        let mut stage = asked_of_slow_ears(busy).await;
        // A key is pressed right after the words.
        stage.order(AssistantOrder::Attend(Attention::Listen));
        stage.order(AssistantOrder::Say(Line::MessageIntro));
        stage.caller_listens(3_000).await;
        let reports = stage.reports();
        let items: Vec<_> = reports.iter().filter(|fact| fact.starts_with("item")).collect();
        assert_eq!(items, ["item 1: Some(MessageIntro)"], "nothing is said after the tone");
    });
}

#[test]
fn a_message_is_written_down_and_not_answered() {
    on_paused_time(async {
        let mut stage = hearing(&[Ok("Please call me back."), Err("no memory")]);
        stage.order(AssistantOrder::Attend(Attention::Listen));
        stage.caller_listens(500).await;
        stage.reports();
        assert_eq!(said(&mut stage, CallerLine::MessageText).await, ["transcript: Please call me back."]);
        // Speech that can't be recognized is reported as without ears.
        let reports = said(&mut stage, CallerLine::MessageText).await;
        assert!(reports.len() == 1 && reports[0].starts_with("transcript: (speech, 5."), "{reports:?}");
    });
}

/// A recognizer that hears these words each time, once it is ordered to, or once it can't be ordered any more.
struct Slow(&'static str, Receiver<()>);

impl Recognizer for Slow {
    fn recognize(&mut self, _: &Speech) -> Result<String, String> {
        let _ = self.1.recv();
        Ok(self.0.to_owned())
    }
}

#[test]
fn an_answer_waits_only_a_moment_for_the_words() {
    let (_over, busy) = channel();
    on_paused_time(async {
        let mut stage = Stage::with_ears(Ears::start(Threads::OnCores, Slow("Too late.", busy)).unwrap());
        stage.caller_listens(500).await;
        stage.reports();
        assert_eq!(said(&mut stage, CallerLine::HelloQuestion).await, ["item 1: None"]);
        stage.caller_listens(20_000).await;
        let reports = stage.reports();
        assert!(reports.iter().any(|fact| fact.starts_with("transcript: (speech, ")), "{reports:?}");
    });
}

#[test]
fn words_spoken_as_the_call_ends_are_written_down() {
    on_paused_time(async {
        let mut stage = hearing(&[Ok("Please call me back at four two")]);
        stage.caller_listens(500).await;
        let line = caller_line(CallerLine::MessageText);
        stage.caller_says(&line[..line.len() / 2]).await;
        stage.reports();
        stage.order(AssistantOrder::Stop);
        stage.settle().await;
        assert_eq!(stage.reports(), ["transcript: Please call me back at four two"]);
        assert_eq!(stage.live.now(), 0, "it has nothing left to wait for");
    });
}

#[test]
fn words_recognized_after_the_release_are_written_down() {
    let (recognize, may_recognize) = channel();
    on_paused_time(async {
        let ears = Ears::start(Threads::OnCores, Slow("When do you open?", may_recognize)).unwrap();
        let mut stage = Stage::with_ears(ears);
        stage.caller_listens(500).await;
        stage.caller_says(&caller_line(CallerLine::HelloQuestion)).await;
        stage.reports_until("speech stopped", 2_000).await;
        stage.order(AssistantOrder::Stop);
        stage.settle().await;
        assert_eq!(stage.reports(), [""; 0]);

        // A paused clock stops as long as blocking work runs: here, until the thread has recognized.
        let (go_on, may_go_on) = channel::<()>();
        let clock = spawn_blocking(move || may_go_on.recv());
        recognize.send(()).unwrap();
        while stage.live.now() > 0 {
            yield_now().await;
        }
        assert_eq!(stage.reports(), ["transcript: When do you open?"]);
        drop(go_on);
        assert!(clock.await.unwrap().is_err());
    });
}

#[test]
fn a_released_assistant_waits_under_a_second_for_words() {
    let (_over, busy) = channel();
    on_paused_time(async {
        let mut stage = asked_of_slow_ears(busy).await;
        stage.order(AssistantOrder::Stop);
        stage.line_is_dead(980).await;
        let reports = stage.reports();
        assert!(reports.len() == 1 && reports[0].starts_with("transcript: (speech, "), "{reports:?}");
        assert_eq!(stage.live.now(), 0);
    });
}
