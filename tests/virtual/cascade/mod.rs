//! A cascade: the whole server, a stand-in for its three services that knows their rules, and callers who listen.

mod figures;
mod hostile;
mod own_services;
mod parts;
mod recognizer_lost;
mod stage;
mod streamed_speech;
mod turns;
mod utterances;
mod written;

mod suite {
    use super::stage::Stage;
    use crate::suites::voice::voice_suite;

    voice_suite!(Stage);
}

/// Only what depends on the way in which speech comes.
mod streamed_suite {
    use cordboard_test_support::openai::{Pace, Trouble};

    use super::stage::StreamedStage;
    use crate::openai::stage::ms;
    use crate::suites::voice;
    use crate::world::virtually;

    #[test]
    fn a_call_is_whole_on_both_sides() {
        virtually(async || voice::whole_call::<StreamedStage>().await);
    }

    #[test]
    fn speech_cuts_an_arriving_answer_at_what_was_heard() {
        virtually(async || voice::barge_in::<StreamedStage>(Pace::Times(1.3)).await);
    }

    #[test]
    fn speech_cuts_a_fully_received_answer_at_what_was_heard() {
        virtually(async || voice::barge_in::<StreamedStage>(Pace::Burst).await);
    }

    #[test]
    fn typed_words_are_a_turn() {
        virtually(async || voice::typed_words::<StreamedStage>().await);
    }

    #[test]
    fn ten_seconds_in_one_burst_are_heard_whole_and_evenly() {
        virtually(async || voice::burst::<StreamedStage>().await);
    }

    #[test]
    fn silent_in_the_middle_of_a_word_it_is_reconnected() {
        virtually(async || voice::hung::<StreamedStage>().await);
    }

    #[test]
    fn the_assistant_is_silent_during_a_message() {
        virtually(async || voice::slow_tool::<StreamedStage>().await);
    }

    #[test]
    fn a_transfer_waits_until_the_words_before_it_were_heard() {
        virtually(async || voice::words_before_a_transfer::<StreamedStage>().await);
    }

    #[test]
    fn reset_it_goes_on_in_the_callers_language() {
        virtually(async || voice::survived::<StreamedStage>(Trouble::Abort, "disconnected").await);
    }

    #[test]
    fn closed_with_1008_the_built_in_assistant_takes_over() {
        virtually(async || voice::replaced::<StreamedStage>(Trouble::Close(1008), "unauthorized").await);
    }

    #[test]
    fn away_for_four_seconds_it_comes_back() {
        virtually(async || voice::comes_back::<StreamedStage>(ms(4_000)).await);
    }

    #[test]
    fn garbage_is_ignored() {
        let all = [Trouble::UnknownEvents, Trouble::MalformedJson, Trouble::Binary];
        virtually(async || voice::passes_over::<StreamedStage>(all.clone()).await);
    }
}
