//! A call under our control without audio: lines are prompts that the switch plays, and the caller answers with keys.
//!
//! It is the same conversation: lines are owed, heard to the end, and written like an assistant's, each as an utterance of the call's own.
//! Nobody hears the caller's words.

use cordboard_schema::agent::AgentEnd;
use cordboard_schema::event::{Decision, PlayedEnd};
use cordboard_schema::ids::EffectId;
use cordboard_schema::line::Line;
use cordboard_schema::switch::ActionOutcome;
use cordboard_schema::time::UnixMs;

use super::conversation::{Menu, Prompt};
use super::{Effect, Effects, Machine, Phase, Step, note};
use crate::handoff::HandoffEvent;
use crate::{AssistantOrder, ChannelAction, GivenBy, PromptFile};

impl Machine {
    /// Whether anything can be said to the caller.
    pub(super) fn has_voice(&self) -> bool {
        self.conversation.has_menu() || (self.caller.is_some() && self.conversation.has_ready_assistant())
    }

    /// There is control but no audio: greets with prompts, or continues with them.
    pub(super) fn go_on_without_audio(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.is_agents_alone() {
            // An agent can't talk by prompts.
            return self.end_without_agent_audio(fx);
        }
        self.report_loss(fx);
        let opening = match (self.lifecycle.phase(), self.answered_at) {
            (Phase::Interrupted { since, .. }, Some(_)) => {
                fx.push(note(Decision::Resumed { away_ms: now.ms_since(*since) }));
                Line::WelcomeBack
            }
            (Phase::Waiting { .. } | Phase::Interrupted { .. }, _) => {
                self.answered_at = Some(now);
                fx.push(note(Decision::Answered));
                Line::Greeting
            }
            _ => return,
        };
        self.let_agents_go(AgentEnd::CallerGone, fx);
        self.step(Step::Converse);
        self.audio.rest();
        // A stream that has arrived joins the call in a moment. A unicast can't coexist with a prompt.
        if !self.is_stream_joining() {
            fx.extend(self.arriving.take().map(Effect::ReleaseLeg));
        }
        if self.conversation.remove_assistant() {
            fx.push(Effect::Assistant(AssistantOrder::Stop));
            self.hearing_stops();
        }
        self.conversation.menu_opens();
        self.say(opening, fx);
        // An agent's desk can't reach a caller without audio, nor can a person who would be joined with them here.
        self.handoffs.escalation_mut().keeps_switch_phones();
        self.handoff_under_way(&HandoffEvent::CallerUnheard, now, fx);
    }

    pub(super) fn menu_says(&mut self, line: Line, fx: &mut Effects) {
        let Some(menu) = self.conversation.menu_mut() else { return };
        menu.says(line);
        self.play_next(fx);
    }

    /// Plays what waits, unless something is playing.
    fn play_next(&mut self, fx: &mut Effects) {
        let now = self.last_fact_at;
        let admits_playback = self.audio.admits_playback();
        while let Some(menu) = self.conversation.menu_mut()
            && !menu.is_playing()
        {
            if !admits_playback {
                // Requested once. The answer continues here.
                if menu.needs_parking() {
                    self.park_again(fx);
                }
                return;
            }
            let Some(line) = menu.take_next() else { return };
            let path = format!("{}/{}.wav", self.policy.prompts_dir(), line.as_str());
            let prompt = PromptFile::new(&path);
            let effect = prompt.and_then(|prompt| self.act(ChannelAction::Play(prompt), fx));
            // Without a link, or a directory of prompts, the line is not said.
            let Some(effect) = effect else { continue };
            self.audio.rules_mut().playback_began();
            let item = self.conversation.next_item();
            if let Some(menu) = self.conversation.menu_mut() {
                menu.plays(Prompt { effect, item, line, began_at: now });
            }
            self.utterance_began(item, Some(line), now, fx);
        }
    }

    /// The channel is parked and plays nothing.
    pub(super) fn continue_menu(&mut self, now: UnixMs, fx: &mut Effects) {
        self.play_next(fx);
        self.watch_silence(now);
    }

    /// A prompt was heard, or the switch could not play it. If its link died, the outcome is unknown.
    pub(super) fn prompt_ended(
        &mut self,
        effect: EffectId,
        outcome: &ActionOutcome,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if *outcome != ActionOutcome::Unknown {
            self.audio.rules_mut().playback_ended();
        }
        let Some(menu) = self.conversation.menu_mut() else { return };
        if let Some(prompt) = menu.has_played(effect) {
            let end = match outcome {
                ActionOutcome::Done | ActionOutcome::Failed { .. } => PlayedEnd::Finished,
                ActionOutcome::Unknown => PlayedEnd::Cleared,
            };
            self.prompt_heard(prompt, end, now, fx);
            self.continue_menu(now, fx);
        }
    }

    fn prompt_heard(&mut self, prompt: Prompt, end: PlayedEnd, now: UnixMs, fx: &mut Effects) {
        let heard_ms = now.ms_since(prompt.began_at);
        let text = format!("(prompt: {})", prompt.line.as_str());
        self.item_complete(prompt.item, &text, heard_ms, fx);
        self.played_until(prompt.item, heard_ms, end, now, fx);
    }

    /// Stops what is playing, and drops what waits.
    pub(super) fn menu_hushes(&mut self, fx: &mut Effects) {
        if let Some(prompt) = self.conversation.menu_mut().and_then(Menu::hushes) {
            self.act(ChannelAction::StopPlayback { next_chunk: 0, given_by: GivenBy::ThisLink }, fx);
            self.prompt_heard(prompt, PlayedEnd::Cleared, self.last_fact_at, fx);
        }
    }

    /// The menu is over, because there is audio now, a person, or no caller.
    pub(super) fn close_menu(&mut self, fx: &mut Effects) {
        self.menu_hushes(fx);
        self.conversation.menu_closes();
    }
}
