//! The built-in receptionist, as a caller hears it.

use cordboard_actors::assistant::sounds::{CallerLine, Prompt, SoundSet};
use cordboard_actors::media::ItemEnd;
use cordboard_actors::messages::{AssistantOrder, Attention};
use cordboard_schema::audio::SampleRate;
use cordboard_schema::audio::level::{rms_dbfs, tone_dbfs};
use cordboard_schema::ids::ItemId;
use cordboard_schema::line::Line;

use crate::stage::{Stage, caller_line, noise, on_paused_time, sound};

const RATE: SampleRate = SampleRate::HZ_8000;

/// The fact that a prompt was spoken completely.
fn complete(item: u64, prompt: Prompt) -> String {
    let prompts = SoundSet::embedded().unwrap();
    let recording = prompts.get(prompt);
    format!("complete {item}: {} ms, {}", recording.duration_ms(), recording.text())
}

fn is_silent(heard: &[i16]) -> bool {
    heard.iter().all(|sample| *sample == 0)
}

/// Whether `heard` is this sound, in frames of 20 ms, the last of which is padded.
fn is_sound(heard: &[i16], sound: &[i16]) -> bool {
    heard.starts_with(sound) && is_silent(&heard[sound.len()..])
}

/// Length of a prompt at 8 kHz in ms, rounded up to whole frames.
fn whole_ms(prompt: Prompt) -> u32 {
    sound(prompt, RATE).len().div_ceil(160) as u32 * 20
}

#[test]
fn the_greeting_is_heard_at_once_and_whole() {
    on_paused_time(async {
        for rate in [SampleRate::HZ_8000, SampleRate::HZ_16000] {
            let mut stage = Stage::builtin_at(rate);
            stage.order(AssistantOrder::Say(Line::Greeting));

            let heard = stage.caller_listens(8_200).await;
            assert!(is_sound(&heard, &sound(Prompt::Greeting, rate)), "from the first tick to the last");
            assert_eq!(
                stage.reports(),
                ["ready: builtin", "item 1: Some(Greeting)", &complete(1, Prompt::Greeting)]
            );
            assert_eq!((stage.played[0].item, stage.played[0].end), (ItemId(1), ItemEnd::Finished));
        }
    });
}

#[test]
fn each_utterance_is_one_turn_with_one_reply() {
    on_paused_time(async {
        let mut stage = Stage::with_builtin();
        let turns = [
            (CallerLine::HelloQuestion, Prompt::Reply1),
            (CallerLine::Interruption, Prompt::Reply2),
            (CallerLine::MessageText, Prompt::Reply3),
            (CallerLine::ThanksBye, Prompt::Reply4),
            (CallerLine::HelloQuestion, Prompt::Reply1),
        ];
        stage.caller_listens(500).await;
        assert_eq!(stage.reports(), ["ready: builtin"]);

        for (item, (said, reply)) in (1..).zip(turns) {
            let while_speaking = stage.caller_says(&caller_line(said)).await;
            assert!(is_silent(&while_speaking), "nobody interrupts {said:?}");
            let thinking = stage.caller_listens(960).await;
            let rest = stage.caller_listens(whole_ms(reply)).await;
            assert!(!is_silent(&thinking[960 * 8 - 160..]), "{reply:?} has begun within 960 ms");
            let heard: Vec<i16> = thinking.into_iter().chain(rest).collect();
            let begins = heard.iter().position(|sample| *sample != 0).unwrap() / 160 * 160;
            assert!(begins >= 400 * 8, "{reply:?} gave time to go on");
            assert!(is_sound(&heard[begins..], &sound(reply, RATE)), "{reply:?}");

            let reports = stage.reports();
            assert_eq!(reports[..2], ["speech started", "speech stopped"], "{said:?}");
            assert!(reports[2].starts_with("transcript: (speech, "), "{reports:?}");
            assert_eq!(reports[3..], [format!("item {item}: None"), complete(item, reply)]);
        }
    });
}

#[test]
fn a_transcript_states_how_long_the_caller_spoke() {
    on_paused_time(async {
        let mut stage = Stage::with_builtin();
        stage.caller_says(&caller_line(CallerLine::MessageText)).await;
        let reports = stage.reports_until("transcript", 1_000).await;
        let seconds: f64 = reports
            .iter()
            .find_map(|fact| fact.strip_prefix("transcript: (speech, ")?.strip_suffix(" s)")?.parse().ok())
            .unwrap();
        assert!((4.8..=5.5).contains(&seconds), "5.4 s of speech, reported as {seconds}");
    });
}

#[test]
fn noise_is_not_a_turn() {
    on_paused_time(async {
        let mut stage = Stage::with_builtin();
        stage.order(AssistantOrder::Say(Line::Greeting));
        stage.caller_listens(500).await;
        stage.reports();

        // A knock, hiss for a while, a bang, and a syllable.
        stage.caller_says(&noise(20_000.0, 40)).await;
        stage.caller_says(&noise(600.0, 2_500)).await;
        stage.caller_says(&noise(15_000.0, 150)).await;
        stage.caller_listens(500).await;
        stage.caller_says(&caller_line(CallerLine::MessageText)[..220 * 8]).await;
        stage.caller_listens(1_500).await;
        assert_eq!(stage.reports(), [""; 0]);
    });
}

#[test]
fn a_barge_in_is_reported_at_once_and_answered_once() {
    on_paused_time(async {
        let mut stage = Stage::with_builtin();
        stage.order(AssistantOrder::Say(Line::Greeting));
        stage.caller_listens(2_000).await;
        stage.reports();

        let words = caller_line(CallerLine::Interruption);
        let (begin, rest) = words.split_at(480 * 8);
        stage.caller_says(begin).await;
        assert_eq!(stage.reports(), ["speech started"], "within half a second");
        stage.clear();
        let rest = stage.caller_says(rest).await;
        assert!(is_silent(&rest), "the rest stays cut off");
        let reply = stage.caller_listens(960 + whole_ms(Prompt::Reply1)).await;
        assert!(rms_dbfs(&reply) > -30.0, "the reply is heard");
        let reports = stage.reports();
        assert_eq!(reports[2..], ["item 2: None".to_owned(), complete(2, Prompt::Reply1)], "{reports:?}");
    });
}

#[test]
fn a_listening_assistant_reports_and_says_nothing() {
    on_paused_time(async {
        let mut stage = Stage::with_builtin();
        stage.order(AssistantOrder::Attend(Attention::Listen));
        stage.caller_says(&caller_line(CallerLine::MessageText)).await;
        let heard = stage.caller_listens(2_000).await;
        assert!(is_silent(&heard));
        let reports = stage.reports();
        assert_eq!(reports.len(), 4, "{reports:?}");
        assert_eq!(reports[..3], ["ready: builtin", "speech started", "speech stopped"]);

        stage.order(AssistantOrder::Attend(Attention::Converse));
        stage.caller_says(&caller_line(CallerLine::ThanksBye)).await;
        let reports = stage.reports_until("complete", 1_000).await;
        assert_eq!(reports.last(), Some(&complete(1, Prompt::Reply1)));
    });
}

#[test]
fn a_line_during_the_callers_words_is_their_answer() {
    on_paused_time(async {
        let mut stage = Stage::with_builtin();
        let words = caller_line(CallerLine::HelloQuestion);
        let (begin, rest) = words.split_at(words.len() / 2);
        stage.caller_says(begin).await;
        stage.order(AssistantOrder::Say(Line::UnknownKey));
        stage.caller_says(rest).await;
        stage.caller_listens(2_000).await;
        let reports = stage.reports();
        let spoken: Vec<&String> = reports.iter().filter(|fact| fact.starts_with("item")).collect();
        assert_eq!(spoken, ["item 1: Some(UnknownKey)"], "and no other reply: {reports:?}");
    });
}

#[test]
fn lines_are_said_one_after_the_other() {
    on_paused_time(async {
        let mut stage = Stage::with_builtin();
        stage.order(AssistantOrder::Say(Line::MessageSaved));
        stage.order(AssistantOrder::Say(Line::StillThere));
        let first_ms = whole_ms(Prompt::MessageSaved);
        let heard = stage.caller_listens(first_ms + whole_ms(Prompt::StillThere)).await;
        let (first, second) = heard.split_at(first_ms as usize * 8);
        assert!(is_sound(first, &sound(Prompt::MessageSaved, RATE)));
        assert!(is_sound(second, &sound(Prompt::StillThere, RATE)));
        let reports = stage.reports();
        assert_eq!(reports[1], "item 1: Some(MessageSaved)");
        assert_eq!(reports[3], "item 2: Some(StillThere)");
    });
}

#[test]
fn the_request_for_a_message_includes_the_tone() {
    on_paused_time(async {
        let mut stage = Stage::with_builtin();
        stage.order(AssistantOrder::Say(Line::MessageIntro));
        let heard = stage.caller_listens(3_180).await;
        let [intro, tone] = [Prompt::MessageIntro, Prompt::Tone].map(|prompt| sound(prompt, RATE));
        let length_ms = RATE.ms_of_samples((intro.len() + tone.len()) as u64);
        let end = &heard[intro.len()..intro.len() + tone.len()];
        assert!(tone_dbfs(end, RATE, 1_000.0) > -20.0, "the tone comes last");
        assert_eq!(stage.played.len(), 1, "one utterance");
        assert_eq!(stage.played[0].ms, length_ms);
        let text = "Please leave your message after the tone. Press hash when done. (tone)";
        assert_eq!(stage.reports()[2], format!("complete 1: {length_ms} ms, {text}"));
    });
}

#[test]
fn the_caller_can_hear_it_again() {
    on_paused_time(async {
        let mut stage = Stage::with_builtin();
        let repeat = AssistantOrder::Say(Line::Repeat);
        stage.order(AssistantOrder::Say(Line::Greeting));
        stage.order(AssistantOrder::Say(Line::StillThere));
        stage.order(repeat.clone());
        stage.settle().await;
        let reports = stage.reports();
        assert_eq!(reports[5..], ["item 3: Some(Repeat)".to_owned(), complete(3, Prompt::Greeting)]);

        for reply in [Prompt::Reply1, Prompt::Reply2] {
            stage.clear();
            stage.caller_says(&caller_line(CallerLine::ThanksBye)).await;
            stage.reports_until("complete", 1_000).await;
            stage.order(repeat.clone());
            stage.settle().await;
            let reports = stage.reports();
            let text = complete(0, reply).split_once(", ").unwrap().1.to_owned();
            assert!(reports[1].ends_with(&text), "{reply:?} again: {reports:?}");
        }
    });
}

#[test]
fn a_line_going_dead_mid_word_ends_the_turn() {
    on_paused_time(async {
        let mut stage = Stage::with_builtin();
        let words = caller_line(CallerLine::HelloQuestion);
        stage.caller_says(&words[..1_500 * 8]).await;
        assert_eq!(stage.reports().last().map(String::as_str), Some("speech started"));
        let reports = stage.reports_until("complete", 1_000).await;
        assert_eq!(reports[0], "speech stopped");
        assert_eq!(reports.last(), Some(&complete(1, Prompt::Reply1)));
    });
}

#[test]
fn every_line_has_its_words() {
    use Line::*;
    let lines = [
        Greeting,
        WelcomeBack,
        StillThere,
        UnknownKey,
        MessageIntro,
        MessageSaved,
        MessageEmpty,
        MessageFailed,
        Transferring,
        TransferRefused,
        Goodbye,
        GoodbyeSilence,
        GoodbyeMaxDuration,
        GoodbyeShutdown,
        Apology,
    ];
    on_paused_time(async {
        let mut stage = Stage::with_builtin();
        let mut words = String::new();
        for line in lines {
            stage.order(AssistantOrder::Say(line));
            let reports = stage.reports_until("complete", 100).await;
            let text = reports.last().and_then(|complete| complete.split_once(", ")).unwrap().1;
            words += &format!("{line:?}: {text}\n");
            stage.clear();
        }
        insta::assert_snapshot!(words);
    });
}
