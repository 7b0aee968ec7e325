//! A call under control without audio: its lines are prompts that the switch plays, its answers are keys.
//!
//! No second conversation: lines are owed, heard out and written down as an assistant's are, each an utterance of the
//! call's own. What the caller says nobody hears.

use std::collections::VecDeque;

use cordboard_schema::agent::AgentEnd;
use cordboard_schema::event::{Decision, PlayedEnd};
use cordboard_schema::ids::{EffectId, ItemId};
use cordboard_schema::line::Line;
use cordboard_schema::switch::ActionOutcome;
use cordboard_schema::time::UnixMs;

use super::{Effect, Effects, Machine, Phase, Step, note};
use crate::{AssistantOrder, ChannelAction, GivenBy, PromptFile};

/// Lines that wait behind the one that is played.
const LINES_MAX: usize = 4;

/// What is played, and what waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Menu {
    waiting: VecDeque<Line>,
    playing: Option<Prompt>,
    /// The newest line, for who wants it again.
    newest: Option<Line>,
    /// The channel was parked anew, since prompts never play beside a unicast.
    reparked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Prompt {
    effect: EffectId,
    item: ItemId,
    line: Line,
    began_at: UnixMs,
}

impl Machine {
    /// Whether anything can be said to the caller.
    pub(super) fn has_voice(&self) -> bool {
        self.conversation.menu.is_some()
            || (self.caller.is_some() && self.conversation.assistant.is_some_and(|assistant| assistant.ready))
    }

    /// There is control and no audio: greets by prompts, or goes on by them.
    pub(super) fn go_on_without_audio(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.is_agents_alone() {
            // Prompts are nothing that an agent could talk by.
            return self.end_for_want_of_agent(fx);
        }
        self.tell_loss(fx);
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
        fx.extend(self.arriving.take().map(Effect::ReleaseLeg));
        if self.conversation.assistant.take().is_some() {
            fx.push(Effect::Assistant(AssistantOrder::Stop));
            self.hearing_stops();
        }
        self.conversation.owed = None;
        self.conversation.silence = Default::default();
        self.conversation.menu = Some(Menu::default());
        self.say(opening, fx);
    }

    pub(super) fn menu_says(&mut self, line: Line, fx: &mut Effects) {
        let Some(menu) = &mut self.conversation.menu else { return };
        let line = match line {
            Line::Repeat => menu.newest.unwrap_or(Line::Greeting),
            line => line,
        };
        if menu.waiting.len() < LINES_MAX {
            menu.waiting.push_back(line);
        }
        self.play_next(fx);
    }

    /// Plays what waits, where nothing is played.
    fn play_next(&mut self, fx: &mut Effects) {
        let now = self.last_fact_at;
        let admits_playback = self.audio.rules.admits_playback();
        while let Some(menu) = &mut self.conversation.menu
            && menu.playing.is_none()
        {
            if !admits_playback {
                // Asked once; the answer goes on here.
                if !std::mem::replace(&mut menu.reparked, true) {
                    self.park_anew(fx);
                }
                return;
            }
            let Some(line) = menu.waiting.pop_front() else { return };
            menu.newest = Some(line);
            let path = format!("{}/{}.wav", self.policy.prompts_dir(), line.as_str());
            let prompt = PromptFile::new(&path);
            let effect = prompt.and_then(|prompt| self.act(ChannelAction::Play(prompt), fx));
            // Without a link, or a place where prompts are, the line is not said.
            let Some(effect) = effect else { continue };
            self.audio.rules.playback_began();
            let item = ItemId(self.conversation.newest_item.0 + 1);
            if let Some(menu) = &mut self.conversation.menu {
                menu.playing = Some(Prompt { effect, item, line, began_at: now });
            }
            self.utterance_began(item, Some(line), now, fx);
        }
    }

    /// The channel is parked and plays nothing.
    pub(super) fn menu_goes_on(&mut self, now: UnixMs, fx: &mut Effects) {
        self.play_next(fx);
        self.watch_silence(now);
    }

    /// A prompt was heard, or the switch could not play it; of one whose link died nobody knows.
    pub(super) fn prompt_ended(
        &mut self,
        effect: EffectId,
        outcome: &ActionOutcome,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        if *outcome != ActionOutcome::Unknown {
            self.audio.rules.playback_ended();
        }
        let Some(menu) = &mut self.conversation.menu else { return };
        if let Some(prompt) = menu.playing.take_if(|prompt| prompt.effect == effect) {
            let end = match outcome {
                ActionOutcome::Done | ActionOutcome::Failed { .. } => PlayedEnd::Finished,
                ActionOutcome::Unknown => PlayedEnd::Cleared,
            };
            self.prompt_heard(prompt, end, now, fx);
            self.menu_goes_on(now, fx);
        }
    }

    fn prompt_heard(&mut self, prompt: Prompt, end: PlayedEnd, now: UnixMs, fx: &mut Effects) {
        let heard_ms = now.ms_since(prompt.began_at);
        let text = format!("(prompt: {})", prompt.line.as_str());
        self.item_complete(prompt.item, &text, heard_ms, fx);
        self.played_until(prompt.item, heard_ms, end, now, fx);
    }

    /// Stops what is played, and forgets what waits.
    pub(super) fn menu_hushes(&mut self, fx: &mut Effects) {
        let Some(menu) = &mut self.conversation.menu else { return };
        menu.waiting.clear();
        if let Some(prompt) = menu.playing.take() {
            self.act(ChannelAction::StopPlayback { next_chunk: 0, given_by: GivenBy::ThisLink }, fx);
            self.prompt_heard(prompt, PlayedEnd::Cleared, self.last_fact_at, fx);
        }
    }

    /// The menu is over: there is audio now, a person, or no caller.
    pub(super) fn close_menu(&mut self, fx: &mut Effects) {
        self.menu_hushes(fx);
        self.conversation.menu = None;
    }
}
