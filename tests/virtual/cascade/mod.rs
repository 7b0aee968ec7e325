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
    use crate::suites::voice::{self, voice_cases};

    voice_cases! {
        a_call_is_whole_on_both_sides: voice::whole_call::<StreamedStage>();
        speech_cuts_an_arriving_answer_at_what_was_heard: voice::barge_in::<StreamedStage>(Pace::Times(1.3));
        speech_cuts_a_fully_received_answer_at_what_was_heard: voice::barge_in::<StreamedStage>(Pace::Burst);
        typed_words_are_a_turn: voice::typed_words::<StreamedStage>();
        ten_seconds_in_one_burst_are_heard_whole_and_evenly: voice::burst::<StreamedStage>();
        silent_in_the_middle_of_a_word_it_is_reconnected: voice::hung::<StreamedStage>();
        the_assistant_is_silent_during_a_message: voice::slow_tool::<StreamedStage>();
        a_transfer_waits_until_the_words_before_it_were_heard:
            voice::words_before_a_transfer::<StreamedStage>();
        reset_it_goes_on_in_the_callers_language:
            voice::survived::<StreamedStage>(Trouble::Abort, "disconnected");
        closed_with_1008_the_built_in_assistant_takes_over:
            voice::replaced::<StreamedStage>(Trouble::Close(1008), "unauthorized");
        away_for_four_seconds_it_comes_back: voice::comes_back::<StreamedStage>(ms(4_000));
        garbage_is_ignored: voice::passes_over::<StreamedStage>(
            [Trouble::UnknownEvents, Trouble::MalformedJson, Trouble::Binary],
        );
    }
}
