//! Tests that every provider of a voice has to pass, except those that have a stricter version in the modules next to this one.

use std::time::{Duration, Instant};

use cordboard_test_support::openai::{Content, Script, Trouble};

use super::stage::Stage;
use crate::suites::voice::{self, VoiceStage};
use crate::world::{Setting, World, virtually};

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

#[test]
fn a_turn_ends_on_a_line_that_sends_no_silence() {
    virtually(async || voice::line_without_silence::<Stage>().await);
}

#[test]
fn typed_words_are_a_turn() {
    virtually(async || voice::typed_words::<Stage>().await);
}

#[test]
fn ten_seconds_in_one_burst_are_heard_whole_and_evenly() {
    virtually(async || voice::burst::<Stage>().await);
}

#[test]
fn a_caller_who_says_nothing_is_asked() {
    virtually(async || voice::silent_caller::<Stage>().await);
}

#[test]
fn handed_back_it_knows_the_note_and_answers() {
    virtually(async || voice::handed_back::<Stage>().await);
}

#[test]
fn reset_it_goes_on_in_the_callers_language() {
    virtually(async || voice::survived::<Stage>(Trouble::Abort, "disconnected").await);
}

#[test]
fn expired_in_the_middle_of_an_answer_it_goes_on() {
    virtually(async || voice::survived::<Stage>(Trouble::Expire, "session_expired").await);
}
