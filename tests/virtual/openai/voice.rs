//! Tests that every provider of a voice has to pass.

use std::time::{Duration, Instant};

use cordboard_test_support::openai::{Content, Script};

use super::stage::Stage;
use crate::suites::voice::{VoiceStage, voice_suite};
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

voice_suite!(Stage);
