//! Conversations: words, model output and speech, and their effects.

use std::sync::Arc;

use cordboard_schema::audio::SampleRate;
use serde_json::json;

use super::*;
use crate::assistant::remote::agent::dialect::ModelToolRequest;

/// Most deadlines within one wait of a test.
const TICKS_MAX: usize = 10_000;

/// A running conversation that records every step.
struct Talk {
    turns: Turns,
    now: UnixMs,
}

fn talk() -> Talk {
    talk_with(Pieces::Each)
}

fn talk_with(pieces: Pieces) -> Talk {
    let settings = TurnSettings {
        pause_ms: 400,
        barge_in_ms: 700,
        endpointing_ms: 300,
        utterance_end_ms: 1_000,
        pieces,
        hears_at_once: true,
    };
    let paid = Paid { recognizer: "stt".to_owned(), model: "llm".to_owned(), speech: "tts".to_owned() };
    let input = WireFormat::pcm(SampleRate::HZ_16000);
    let mut talk =
        Talk { turns: Turns::new(settings, paid, input, "s".to_owned(), UnixMs(0)), now: UnixMs(0) };
    let tool =
        ChatTool { name: "look_up".to_owned(), description: "d".to_owned(), parameters: Arc::new(json!({})) };
    talk.on_input(PartInput::Open(Box::new(Opened {
        instructions: "Be brief.".into(),
        turns: Vec::new(),
        tools: vec![tool],
    })));
    assert_eq!(talk.acts(), ["began"]);
    talk
}

impl Talk {
    /// Returns the ordered acts, one per line.
    fn acts(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.turns.take_act()).map(|act| show(&act)).collect()
    }

    /// Advances the time, and meets every deadline.
    fn wait(&mut self, ms: u64) {
        let until = self.now + ms;
        let mut ticks = 0;
        while let Some(due) = self.turns.next_deadline().filter(|due| *due <= until) {
            ticks += 1;
            assert!(ticks <= TICKS_MAX, "a deadline does not move: {due:?}, and it is {:?}", self.now);
            self.now = due;
            self.turns.tick(due);
        }
        self.now = until;
    }

    fn on_input(&mut self, input: PartInput) {
        self.turns.on_input(input, self.now);
    }

    fn speaks(&mut self) {
        self.turns.voice(Voice::Started(120), self.now);
    }

    fn pauses(&mut self) {
        self.turns.voice(Voice::Stopped(160), self.now);
    }

    fn partial(&mut self, text: &str) {
        self.words(text, false, false);
    }

    fn last(&mut self, text: &str) {
        self.words(text, true, false);
    }

    fn words(&mut self, text: &str, is_final: bool, speech_final: bool) {
        let event = ListenEvent::Words { text: text.to_owned(), is_final, speech_final };
        self.turns.recognized(event, self.now);
    }

    fn thinks(&mut self, id: u64, words: &str) {
        self.turns.thought(id, Thought::Words(words.to_owned()), self.now);
    }

    fn thought(&mut self, id: u64, calls: Vec<ToolRequest>) {
        self.turns.thought(id, Thought::Whole { calls, usage: Some(ChunkUsage::default()) }, self.now);
    }

    /// The sources and the tokens read of the usage among the ordered acts.
    fn used(&mut self) -> Vec<(String, u64)> {
        let used = |act: TurnAct| match act {
            TurnAct::Report(Event::Used { source, usage, .. }) => Some((source, usage.text_input)),
            _ => None,
        };
        std::iter::from_fn(|| self.turns.take_act()).filter_map(used).collect()
    }

    fn sounds(&mut self, id: u64, ms: u32) {
        self.sounds_as(id, ms, None);
    }

    /// Brings this many ms of sound, in which this many characters are spoken.
    fn sounds_as(&mut self, id: u64, ms: u32, characters: Option<usize>) {
        let rate = SampleRate::HZ_24000;
        let frame = Frame::pcm(rate, vec![0; rate.samples_in_ms(ms)]);
        self.turns.spoken(id, Spoken::Sound { frame, characters }, self.now);
    }

    fn sounded(&mut self, id: u64) {
        self.turns.spoken(id, Spoken::Whole, self.now);
    }

    /// The caller says this, and the first request for an answer is made.
    fn asks(&mut self, text: &str) {
        self.speaks();
        self.wait(600);
        self.pauses();
        self.last(text);
        self.wait(300);
    }

    /// The assistant says this, in this many ms.
    fn says(&mut self, id: u64, words: &str, ms: u32) {
        self.thinks(id, words);
        self.thought(id, Vec::new());
        self.sounds(id, ms);
        self.sounded(id);
    }
}

fn show(act: &TurnAct) -> String {
    match act {
        TurnAct::Think { id, messages, tools } => {
            let last = messages.iter().rev().find_map(|message| match message {
                Message::User(text) => Some(text.as_str()),
                _ => None,
            });
            format!("think {id} about {:?} with {} tools", last.unwrap_or_default(), tools.len())
        }
        TurnAct::StopThinking => "stop thinking".to_owned(),
        TurnAct::Speak { id, words, is_last } => {
            format!("speak {id} {words:?}{}", if *is_last { ", the last" } else { "" })
        }
        TurnAct::EndSpeech => "end speech".to_owned(),
        TurnAct::StopSpeaking => "stop speaking".to_owned(),
        TurnAct::Finalize => "finalize".to_owned(),
        TurnAct::Report(event) => match event {
            Event::Began { .. } => "began".to_owned(),
            Event::Sound { number, words: Some(words), .. } => format!("sound {number} {words:?}"),
            Event::Sound { number, .. } => format!("sound {number}"),
            Event::SaysMore(words) => format!("says {words:?}"),
            Event::AllSent => "all sent".to_owned(),
            Event::Interrupted(number) => format!("interrupted at {number}"),
            Event::CallerSaid(text) => format!("caller {text:?}"),
            Event::ModelToolRequest(ModelToolRequest { id, name, arguments }) => {
                format!("tool {id} {name} {arguments}")
            }
            Event::Refused => "refused".to_owned(),
            Event::Used { model, usage, .. } => {
                format!("used {model} {}", usage.audio_ms + usage.text_output)
            }
            Event::Failed { loss, .. } => format!("failed {}", loss.fault.failure),
            other => format!("{other:?}"),
        },
    }
}

fn call(id: &str) -> ToolRequest {
    ToolRequest { id: id.to_owned(), name: "look_up".to_owned(), arguments: "{}".to_owned() }
}

#[test]
fn a_correct_guess_becomes_the_answer() {
    let mut talk = talk();
    talk.speaks();
    talk.wait(800);
    talk.partial("When do you");
    talk.wait(300);
    talk.pauses();
    talk.last("When do you open?");
    assert_eq!(
        talk.acts(),
        [r#"think 1 about "When do you open?" with 1 tools"#],
        "before the pause is over"
    );
    talk.thinks(1, "We open at nine. ");
    assert_eq!(talk.acts(), Vec::<String>::new(), "nothing is said on a guess");
    talk.wait(239);
    assert_eq!(talk.acts(), Vec::<String>::new());
    talk.wait(1);
    assert_eq!(talk.acts(), [r#"caller "When do you open?""#, r#"speak 1 "We open at nine.""#]);
    talk.sounds(1, 500);
    talk.thinks(1, "We close at five.");
    talk.thought(1, Vec::new());
    talk.sounded(1);
    let expected =
        [r#"says "We open at nine. ""#, "sound 1", "used tts 500", r#"speak 1 "We close at five.""#];
    assert_eq!(talk.acts(), expected);
    talk.sounds(1, 400);
    talk.sounded(1);
    assert_eq!(talk.acts(), [r#"says "We close at five. ""#, "sound 2", "used tts 400", "all sent"]);
}

#[test]
fn a_guess_is_dropped_silently_when_the_caller_goes_on() {
    let mut talk = talk();
    talk.asks("I want an appointment");
    assert_eq!(talk.acts(), [r#"think 1 about "I want an appointment" with 1 tools"#]);
    talk.thinks(1, "When would you like to come?");
    talk.speaks();
    assert_eq!(talk.acts(), ["stop thinking", "used llm 7"], "a token for each four bytes of the words");
    talk.wait(500);
    talk.last("on Monday.");
    talk.pauses();
    talk.wait(400);
    assert_eq!(
        talk.acts(),
        [
            r#"think 2 about "I want an appointment on Monday." with 1 tools"#,
            r#"caller "I want an appointment on Monday.""#,
        ]
    );
    talk.thinks(1, "late");
    assert_eq!(talk.acts(), Vec::<String>::new());
}

#[test]
fn an_unfinished_sentence_extends_the_wait() {
    for (text, pause) in
        [("Yes, please.", 400), ("I want an appointment", 800), ("I want an appointment and", 1_500)]
    {
        let mut talk = talk();
        talk.speaks();
        talk.wait(500);
        talk.pauses();
        talk.last(text);
        talk.wait(pause - 161);
        assert!(!talk.acts().iter().any(|act| act.starts_with("caller")), "{text}");
        talk.wait(1);
        assert!(talk.acts().iter().any(|act| act.starts_with("caller")), "{text}");
    }
}

#[test]
fn the_recognizers_pause_counts_when_noise_hides_it() {
    let mut talk = talk();
    talk.speaks();
    talk.wait(900);
    talk.last("Hello?");
    talk.turns.recognized(ListenEvent::UtteranceEnd, talk.now);
    assert_eq!(talk.acts(), [r#"caller "Hello?""#, r#"think 1 about "Hello?" with 1 tools"#]);
}

#[test]
fn words_never_marked_final_are_asked_for_then_taken() {
    let mut talk = talk();
    talk.speaks();
    talk.partial("Are you open?");
    talk.pauses();
    talk.wait(300);
    assert_eq!(talk.acts(), ["finalize"]);
    talk.wait(1_200);
    assert_eq!(talk.acts(), [r#"caller "Are you open?""#, r#"think 1 about "Are you open?" with 1 tools"#]);
    talk.last("Are you open?");
    talk.wait(2_000);
    assert_eq!(talk.acts(), Vec::<String>::new(), "a late final, already answered");
}

/// The recognition was lost while they spoke, and delivers the rest after the reconnect.
#[test]
fn a_turn_waits_for_words_that_are_due() {
    for words in ["When do you", "When do you open."] {
        for is_final in [false, true] {
            let mut talk = talk();
            talk.speaks();
            talk.wait(300);
            talk.words(words, is_final, false);
            talk.turns.words_are_due(true);
            talk.wait(1_000);
            talk.pauses();
            talk.wait(3_000);
            assert!(!talk.acts().iter().any(|act| act.starts_with("caller")), "{words} {is_final}");
            talk.turns.words_are_due(false);
            talk.last("When do you open on Monday?");
            let said = talk.acts().into_iter().find(|act| act.starts_with("caller")).unwrap();
            assert!(said.ends_with(r#"When do you open on Monday?""#), "{said}");
        }
    }
    // None arrive: the words are taken as they are.
    let mut talk = talk();
    talk.speaks();
    talk.wait(300);
    talk.partial("When do you");
    talk.turns.words_are_due(true);
    talk.wait(1_000);
    talk.pauses();
    talk.wait(3_000);
    assert!(talk.turns.words_are_due(false), "no words are due any more");
    talk.turns.tick(talk.now);
    assert!(talk.acts().contains(&r#"caller "When do you""#.to_owned()));
}

/// Returns a conversation in which the caller said this during an answer of this many ms.
fn murmured_into(answer_ms: u32, murmur: &str) -> Talk {
    let mut talk = talk();
    talk.asks("Tell me a story.");
    talk.wait(400);
    talk.says(1, "Once upon a time there was an operator.", answer_ms);
    talk.acts();
    talk.wait(1_000);
    talk.speaks();
    talk.wait(300);
    talk.pauses();
    talk.last(murmur);
    talk
}

#[test]
fn a_backchannel_does_not_interrupt_and_is_dropped() {
    for murmur in ["Mhm.", "Ja, genau.", "Sí.", "Okay."] {
        let mut talk = murmured_into(6_000, murmur);
        talk.wait(10_000);
        assert_eq!(talk.acts(), Vec::<String>::new(), "{murmur}");
        talk.asks("Go on.");
        assert_eq!(talk.acts()[0], r#"think 2 about "Go on." with 1 tools"#);
    }
}

#[test]
fn yes_at_the_end_of_a_question_is_an_answer() {
    let mut talk = talk();
    talk.asks("An appointment, please.");
    talk.wait(400);
    talk.says(1, "Is Monday good?", 1_000);
    talk.acts();
    talk.wait(800);
    talk.speaks();
    talk.wait(150);
    talk.last("Yes.");
    talk.pauses();
    talk.wait(500);
    assert!(talk.acts().contains(&r#"caller "Yes.""#.to_owned()));
}

#[test]
fn words_interrupt_and_the_model_learns_what_was_heard() {
    let mut talk = talk();
    talk.asks("Tell me a story.");
    talk.wait(400);
    talk.thinks(1, "Once upon a time there was an operator. She never slept. ");
    talk.sounds(1, 6_000);
    talk.acts();
    talk.wait(2_000);
    talk.speaks();
    talk.wait(400);
    assert_eq!(talk.acts(), Vec::<String>::new(), "it may be a backchannel");
    talk.partial("Stop");
    let acts = ["stop thinking", "stop speaking", "used tts 6000", "used llm 15", "interrupted at 1"];
    assert_eq!(talk.acts(), acts);
    talk.on_input(PartInput::Heard {
        said: "Once upon a time there was an operator.".into(),
        heard: "Once upon a".into(),
    });
    talk.sounds(1, 500);
    assert_eq!(talk.acts(), Vec::<String>::new(), "the rest of it is not spoken");
    talk.last("Stop.");
    talk.pauses();
    talk.wait(400);
    talk.acts();
    let said = talk.turns.history.messages(None);
    assert!(
        said.contains(&Message::Assistant { text: "Once upon a —".into(), calls: Vec::new() }),
        "{said:?}"
    );
}

#[test]
fn long_speech_without_words_interrupts_but_is_not_answered() {
    let mut talk = talk();
    talk.asks("Tell me a story.");
    talk.wait(400);
    talk.says(1, "Once upon a time.", 6_000);
    talk.acts();
    talk.wait(1_000);
    talk.speaks();
    talk.wait(579);
    assert_eq!(talk.acts(), Vec::<String>::new());
    talk.wait(1);
    assert_eq!(talk.acts(), ["interrupted at 1"]);
    talk.pauses();
    talk.wait(2_000);
    assert_eq!(talk.acts(), [r#"caller """#]);
}

#[test]
fn speech_is_not_noise_while_its_words_are_due() {
    for (words, expected) in [("When do you open?", r#"caller "When do you open?""#), ("", r#"caller """#)] {
        let mut talk = talk();
        talk.speaks();
        talk.wait(600);
        talk.pauses();
        talk.turns.words_are_due(true);
        talk.wait(3_000);
        assert_eq!(talk.acts(), Vec::<String>::new());
        talk.turns.words_are_due(false);
        talk.words(words, true, true);
        assert_eq!(talk.acts()[0], expected);
    }
}

#[test]
fn long_speech_after_a_backchannel_interrupts() {
    let mut talk = murmured_into(8_000, "Mhm.");
    talk.wait(1_000);
    talk.speaks();
    talk.wait(579);
    assert_eq!(talk.acts(), Vec::<String>::new());
    talk.wait(1);
    assert_eq!(talk.acts(), ["interrupted at 1"]);
    talk.last("Stop, please.");
    talk.pauses();
    talk.wait(400);
    assert!(talk.acts().contains(&r#"caller "Stop, please.""#.to_owned()));
}

#[test]
fn callers_who_go_on_before_any_sound_get_one_answer() {
    let mut talk = talk();
    talk.asks("I have a question.");
    talk.wait(400);
    talk.thinks(1, "Go ahead. ");
    talk.acts();
    talk.speaks();
    talk.wait(300);
    talk.partial("It is about Monday");
    assert_eq!(talk.acts(), ["stop thinking", "stop speaking", "used llm 3"]);
    talk.last("It is about Monday.");
    talk.pauses();
    talk.wait(400);
    let acts = talk.acts();
    assert_eq!(acts[0], r#"think 2 about "I have a question.\nIt is about Monday." with 1 tools"#);
}

#[test]
fn no_answer_starts_while_the_caller_begins_to_speak() {
    let mut talk = talk();
    talk.asks("When do you open?");
    talk.wait(400);
    talk.acts();
    talk.speaks();
    talk.thinks(1, "At nine. ");
    assert_eq!(talk.acts(), Vec::<String>::new());
    talk.wait(200);
    talk.pauses();
    assert_eq!(talk.acts(), [r#"speak 1 "At nine.""#], "it was a cough");
}

/// Otherwise a caller beside a television would hear the first sound of each answer, and nothing more.
#[test]
fn an_answer_begun_into_noise_is_cut_by_words_only() {
    let mut talk = talk();
    talk.asks("When do you open?");
    talk.wait(400);
    talk.acts();
    talk.speaks();
    talk.thinks(1, "At nine. ");
    talk.thought(1, Vec::new());
    talk.wait(1_500);
    assert_eq!(talk.acts(), [r#"speak 1 "At nine.""#]);
    talk.sounds(1, 2_000);
    talk.wait(1_000);
    assert_eq!(talk.acts(), [r#"says "At nine. ""#, "sound 1"]);
    talk.partial("And on Sunday");
    assert!(talk.acts().contains(&"interrupted at 1".to_owned()));
}

#[test]
fn results_are_answered_into_lasting_noise() {
    let mut talk = talk();
    talk.asks("Look it up.");
    talk.wait(400);
    talk.thought(1, vec![call("a")]);
    talk.speaks();
    talk.on_input(PartInput::Result { id: "a".into(), output: "1".into() });
    talk.acts();
    talk.wait(1_000);
    assert_eq!(talk.acts(), Vec::<String>::new(), "the caller may be saying something");
    talk.wait(500);
    assert_eq!(talk.acts(), [r#"think 2 about "Look it up." with 1 tools"#]);
}

#[test]
fn tools_follow_the_words_and_their_results_go_together() {
    let mut talk = talk();
    talk.asks("Look it up.");
    talk.wait(400);
    talk.thinks(1, "One moment.");
    talk.thought(1, vec![call("a"), call("")]);
    let acts = talk.acts();
    assert_eq!(acts.last().unwrap(), r#"speak 1 "One moment.""#);
    talk.sounds(1, 800);
    assert_eq!(
        talk.acts(),
        [r#"says "One moment. ""#, "sound 1"],
        "no tool before all of its sound has come"
    );
    talk.sounded(1);
    let expected = ["used tts 800", "all sent", "tool a look_up {}", "tool call_s_1 look_up {}"];
    assert_eq!(talk.acts(), expected);
    talk.on_input(PartInput::Result { id: "a".into(), output: "1".into() });
    assert_eq!(talk.acts(), Vec::<String>::new(), "the other one is still running");
    talk.on_input(PartInput::Result { id: "never".into(), output: "1".into() });
    talk.on_input(PartInput::Result { id: "call_s_1".into(), output: "2".into() });
    assert_eq!(talk.acts(), [r#"think 2 about "Look it up." with 1 tools"#]);
}

#[test]
fn a_repeated_tool_call_id_is_a_new_request() {
    let mut talk = talk();
    talk.asks("Look it up.");
    talk.wait(400);
    talk.acts();
    // Some servers count from 0 in each answer.
    talk.thought(1, vec![call("0")]);
    assert_eq!(talk.acts(), ["tool 0 look_up {}"]);
    talk.on_input(PartInput::Result { id: "0".into(), output: "1".into() });
    talk.acts();
    talk.thought(2, vec![call("0"), call("1")]);
    assert_eq!(talk.acts(), ["tool call_s_1 look_up {}", "tool 1 look_up {}"]);
    for id in ["call_s_1", "1"] {
        talk.on_input(PartInput::Result { id: id.into(), output: "2".into() });
    }
    assert_eq!(talk.acts(), [r#"think 3 about "Look it up." with 1 tools"#]);
}

#[test]
fn a_model_that_keeps_calling_tools_is_finally_offered_none() {
    let mut talk = talk();
    talk.asks("Look it up.");
    talk.wait(400);
    talk.acts();
    for round in 1..=ROUNDS_MAX {
        talk.thought(round.into(), vec![call(&format!("c{round}"))]);
        talk.acts();
        talk.on_input(PartInput::Result { id: format!("c{round}"), output: "again".into() });
        let tools = if round == ROUNDS_MAX { 0 } else { 1 };
        assert!(talk.acts()[0].ends_with(&format!("with {tools} tools")), "round {round}");
    }
}

#[test]
fn the_calls_words_are_spoken_verbatim_or_refused_if_unheard() {
    let mut talk = talk();
    talk.on_input(PartInput::Say("This call is recorded. How can I help?".into()));
    assert_eq!(talk.acts(), [r#"speak 1 "This call is recorded.""#]);
    talk.speaks();
    talk.partial("I want");
    assert_eq!(talk.acts(), ["stop thinking", "stop speaking", "refused"]);
    talk.on_input(PartInput::Do("Say goodbye.".into()));
    assert_eq!(talk.acts(), ["refused"], "they still speak");
    talk.last("");
    talk.pauses();
    talk.on_input(PartInput::Do("Say goodbye.".into()));
    assert_eq!(talk.acts(), [r#"think 2 about "Say goodbye." with 1 tools"#]);
}

#[test]
fn an_answer_that_the_call_cuts_is_not_continued() {
    let mut talk = talk();
    talk.on_input(PartInput::Say("This call is recorded. How can I help?".into()));
    talk.sounds(1, 2_000);
    talk.acts();
    talk.on_input(PartInput::Heard { said: "This call is recorded.".into(), heard: "This call".into() });
    assert_eq!(talk.acts(), ["stop thinking", "stop speaking", "used tts 2000"]);
    talk.sounds(1, 100);
    assert_eq!(talk.acts(), Vec::<String>::new());
}

#[test]
fn an_empty_answer_is_asked_for_again_then_fails() {
    let mut talk = talk();
    talk.asks("Hello?");
    talk.wait(400);
    talk.acts();
    talk.thought(1, Vec::new());
    assert_eq!(talk.acts(), [r#"think 2 about "Hello?" with 1 tools"#]);
    talk.thinks(2, "<think>hm</think> ");
    talk.thought(2, Vec::new());
    assert_eq!(talk.acts().last().unwrap(), "failed provider_error");
    talk.asks("Hello?");
    assert_eq!(talk.acts(), Vec::<String>::new(), "the conversation has ended");
}

/// Otherwise each later answer would fail as well, and the caller would lose their assistant.
#[test]
fn withheld_words_are_replaced_and_the_model_answers_a_note() {
    let mut talk = talk();
    let withheld = |talk: &mut Talk, id| {
        let usage = Some(ChunkUsage { input: 9, input_cached: 0, output: 2 });
        talk.turns.thought(id, Thought::Withheld { usage }, talk.now);
    };
    talk.asks("I want something rude");
    talk.acts();
    withheld(&mut talk, 1);
    assert_eq!(talk.acts(), ["used llm 2", "stop thinking"], "it was a guess");
    talk.wait(800);
    let expected =
        [r#"caller "I want something rude""#, r#"think 2 about "I want something rude" with 1 tools"#];
    assert_eq!(talk.acts(), expected);
    withheld(&mut talk, 2);
    let acts = talk.acts();
    let [used, asked] = &acts[..] else { panic!("{acts:?}") };
    assert_eq!(used, "used llm 2");
    assert!(asked.starts_with("think 3 about") && asked.contains("can't answer that"), "{asked}");
    assert!(!asked.contains("rude"), "{asked}");
    talk.thinks(3, "I can't answer that. ");
    assert_eq!(talk.acts(), [r#"speak 3 "I can't answer that.""#]);
    talk.thought(3, Vec::new());
    talk.sounds(3, 500);
    talk.sounded(3);
    talk.wait(1_000);
    talk.acts();
    // The cause may be something else in the conversation.
    talk.asks("Hello?");
    talk.wait(400);
    talk.acts();
    withheld(&mut talk, 4);
    withheld(&mut talk, 5);
    assert_eq!(talk.acts().last().unwrap(), "failed provider_error");
}

#[test]
fn a_model_silent_about_results_is_told_to_go_on() {
    let mut talk = talk();
    talk.asks("Look it up.");
    talk.wait(400);
    talk.thought(1, vec![call("a")]);
    talk.on_input(PartInput::Result { id: "a".into(), output: "1".into() });
    talk.acts();
    talk.thought(2, Vec::new());
    let acts = talk.acts();
    assert!(acts[0].starts_with("think 3 about") && acts[0].contains("go on"), "{acts:?}");
    talk.thinks(3, "It is one. ");
    assert_eq!(talk.acts(), [r#"speak 3 "It is one.""#]);
}

#[test]
fn endless_answers_are_cut() {
    let mut talk = talk();
    talk.asks("Hello?");
    talk.wait(400);
    talk.acts();
    for _ in 0..2_000 {
        talk.thinks(1, "on and on ");
    }
    assert!(talk.acts().contains(&"stop thinking".to_owned()));
    for _ in 0..100 {
        talk.sounds(1, 1_000);
    }
    assert!(talk.turns.plays_until <= talk.now + 2 * PIECE_MS_MAX);
}

#[test]
fn usage_is_estimated_for_abandoned_requests_but_not_failed_ones() {
    let mut talk = talk();
    talk.asks("I want an appointment");
    talk.speaks();
    // "Be brief.", the caller's words, and the tool's name, description and parameters: 9, 21, 7, 1 and 2 bytes.
    assert_eq!(talk.used(), [("s/estimated-answer-1".to_owned(), 10)]);
    talk.pauses();
    talk.wait(300);
    let loss = Loss::new(ProviderFailure::Unreachable, "gone", Retry::Soon);
    let id = talk.turns.numbered;
    talk.turns.thought(id, Thought::Failed(loss), talk.now);
    assert!(talk.used().is_empty());
}

#[test]
fn tokens_are_estimated_if_a_server_reports_none() {
    let reported = ChunkUsage { input: 9, input_cached: 0, output: 4 };
    for (usage, source, read) in [(None, "s/estimated-answer-1", 10), (Some(reported), "s/answer-1", 9)] {
        let mut talk = talk();
        talk.asks("I want an appointment");
        talk.thinks(1, "On Monday?");
        talk.turns.thought(1, Thought::Whole { calls: Vec::new(), usage }, talk.now);
        assert_eq!(talk.used(), [(source.to_owned(), read)]);
    }
}

#[test]
fn a_failed_guess_is_retried_once_as_a_turn() {
    let mut talk = talk();
    talk.speaks();
    talk.wait(500);
    talk.pauses();
    talk.last("Hello?");
    talk.acts();
    let loss = || Loss::new(ProviderFailure::Unreachable, "gone", Retry::Soon);
    talk.turns.thought(1, Thought::Failed(loss()), talk.now);
    talk.wait(100);
    assert_eq!(talk.acts(), ["stop thinking"], "a server that refuses is not asked again and again");
    talk.wait(300);
    let acts = talk.acts();
    let id = talk.turns.numbered;
    assert!(acts.contains(&r#"caller "Hello?""#.to_owned()), "{acts:?}");
    talk.turns.thought(id, Thought::Failed(loss()), talk.now);
    assert_eq!(talk.acts().last().unwrap(), "failed unreachable");
}

#[test]
fn a_stream_gets_each_sentence_as_written_and_one_end() {
    let mut talk = talk_with(Pieces::Streamed);
    talk.asks("When do you open?");
    talk.acts();
    talk.wait(400);
    talk.thinks(1, "We open at nine. We close");
    assert_eq!(talk.acts(), [r#"speak 1 "We open at nine.""#]);
    talk.sounds_as(1, 500, Some(8));
    assert_eq!(talk.acts(), [r#"says "We open at nine. ""#, r#"sound 1 "We open ""#]);
    talk.thinks(1, " at five.");
    talk.thought(1, Vec::new());
    assert_eq!(talk.acts(), [r#"speak 1 "We close at five.", the last"#], "it does not wait for sound");
    talk.sounds_as(1, 400, Some(9));
    talk.sounds_as(1, 700, None);
    let acts = [r#"sound 2 "at nine. ""#, r#"says "We close at five. ""#, r#"sound 3 "We close a""#];
    assert_eq!(talk.acts(), acts, "characters that are not reported are estimated");
    talk.sounded(1);
    assert_eq!(talk.acts(), ["used tts 1600", "all sent"]);
}

#[test]
fn a_stream_whose_last_sentence_already_went_is_still_ended() {
    let mut talk = talk_with(Pieces::Streamed);
    talk.asks("Look it up.");
    talk.wait(400);
    talk.acts();
    talk.thinks(1, "One moment. ");
    assert_eq!(talk.acts(), [r#"speak 1 "One moment.""#]);
    talk.thought(1, vec![call("a")]);
    assert_eq!(talk.acts(), ["end speech"]);
    talk.sounds_as(1, 300, Some(12));
    talk.sounded(1);
    let acts = talk.acts();
    assert_eq!(acts.last().unwrap(), "tool a look_up {}");
    talk.speaks();
    talk.wait(200);
    talk.last("Stop, please.");
    assert_eq!(talk.acts(), ["interrupted at 1"], "nothing is left to stop");
}
