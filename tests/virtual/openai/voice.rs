//! Tests that every provider of a voice has to pass, except those that have a stricter version in the modules next to this one.

use std::time::{Duration, Instant};

use cordboard_test_support::openai::{Content, Script, Trouble};

use super::stage::Stage;
use crate::suites::voice::{self, VoiceStage, voice_cases};
use crate::world::{Setting, World};

impl VoiceStage for Stage {
    const NAME: &'static str = "openai";

    async fn opened(script: Script, more: &[Setting<'_>]) -> Self {
        Self::open_with(script, more).await
    }

    fn world(&self) -> &World {
        &self.server
    }

    fn leaves(&self) {
        self.provider.leave();
    }

    fn returns_after(&self, away: Duration) {
        self.provider.come_back_after(away);
    }

    fn connections(&self) -> usize {
        self.provider.connection_count()
    }

    async fn gone(&self, number: usize) -> Instant {
        self.provider.wait(number, "the end of a connection", |of| of.ended.clone()).await.0
    }

    fn remembers(&self, number: usize) -> String {
        self.connection(number).conversation.lines().join("\n")
    }

    fn returned(&self, number: usize) -> usize {
        let items = self.connection(number).conversation.items;
        items.iter().filter(|item| matches!(item.content, Content::Returned { .. })).count()
    }

    async fn closed(self) {
        self.close().await;
    }
}

voice_cases! {
    a_turn_ends_on_a_line_that_sends_no_silence: voice::line_without_silence::<Stage>();
    typed_words_are_a_turn: voice::typed_words::<Stage>();
    ten_seconds_in_one_burst_are_heard_whole_and_evenly: voice::burst::<Stage>();
    a_caller_who_says_nothing_is_asked: voice::silent_caller::<Stage>();
    handed_back_it_knows_the_note_and_answers: voice::handed_back::<Stage>();
    reset_it_goes_on_in_the_callers_language: voice::survived::<Stage>(Trouble::Abort, "disconnected");
    expired_in_the_middle_of_an_answer_it_goes_on:
        voice::survived::<Stage>(Trouble::Expire, "session_expired");
}
