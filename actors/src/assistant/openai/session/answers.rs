//! Answers: which one is requested next, which one is being made, and how each ends. Two are never requested at once.
//!
//! While the assistant converses, the server answers the caller on its own. Everything else (a line of the call, the answer to a
//! tool result, continuing after a lost connection) is a [`Want`] in a queue, requested when no answer is being made.

use std::collections::BTreeMap;

use cordboard_schema::line::Line;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::openai::{
    ClientEvent, Dialect, ErrorReport, NewItem, OutputItem, OutputItemKind, ResponseParams, ResponseReport,
    ResponseStatus, Role, ToolChoice,
};

use super::Session;
use super::act::Act;
use super::failures::{fault_of, is_refusal};
use super::functions::Batch;
use crate::assistant::remote::loss::shortened;
use crate::assistant::remote::outage::Patience;
use crate::assistant::remote::words::{
    CONTINUE, SAY_THE_REST, exact_words, line_instructions, session_instructions,
};
use crate::messages::Attention;

/// Answers that may run at once on a server that makes several at a time; more are ignored.
const RUNNING_MAX: usize = 8;
/// Things to say that may be queued.
const WANTS_MAX: usize = 32;
/// Failed answers in a row after which the provider is given up.
const FAILURES_MAX: usize = 3;
/// Failed answers in a row after which the provider is given up, if another voice can take over.
const FAILURES_WITH_NEXT_MAX: usize = 2;
/// Pauses before a failed answer is requested again.
const RETRY_PAUSES_MS: [u64; FAILURES_MAX] = [400, 1_000, 1_000];
/// Key of our answers in `metadata`.
const TAG: &str = "cordboard";
/// Time that the end of an answer is awaited which the server makes and we did not know of, before we request ours again.
const UNKNOWN_ANSWER_MS: u64 = 400;

/// Something to be said, or answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// A line of the call.
    Line(Line),
    /// These words.
    Text(String),
    /// An answer to tool results, or one that failed.
    Answer,
    /// The rest of an answer that failed in the middle.
    Rest,
    /// Continuing after a lost connection.
    Continue,
}

impl Want {
    /// Returns whether only a conversation needs it: it is dropped while the assistant only listens, and any other answer covers
    /// it.
    fn is_part_of_conversation(&self) -> bool {
        matches!(self, Self::Answer | Self::Rest | Self::Continue)
    }

    /// Returns whether it is said again from its beginning if it breaks off: the caller has to hear all of it, and nothing else goes on
    /// while the assistant only listens. A text may be about the caller, and by then be meant for a person who has gone.
    fn is_repeated_whole(&self) -> bool {
        *self == Self::Line(Line::Notice)
    }

    /// Returns whether the caller has to hear it even if they spoke before it began. An answer to their words replaces the others:
    /// first words, reminders and the like.
    fn outlasts_speech(&self) -> bool {
        match self {
            Self::Text(_) => true,
            Self::Line(line) => !matches!(
                line,
                Line::Greeting
                    | Line::WelcomeBack
                    | Line::Repeat
                    | Line::StillThere
                    | Line::UnknownKey
                    | Line::OneMoment
            ),
            Self::Answer | Self::Rest | Self::Continue => false,
        }
    }
}

/// An answer that was requested and has not begun.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PendingAnswer {
    want: Want,
    /// The id of the requesting event.
    tag: String,
}

/// An answer that the server is making.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Running {
    pub(super) id: String,
    /// Its request; `None` for an answer that the server makes on its own.
    pub(super) want: Option<Want>,
    /// Its messages of which some audio was sent to the caller.
    pub(super) begun: Vec<String>,
    /// None of it is to be heard.
    pub(super) is_unwanted: bool,
    /// The caller interrupted it: no further message of it is to be heard, and none of its functions run.
    pub(super) is_cut: bool,
    /// The server knows that it has to stop.
    pub(super) is_stopping: bool,
}

impl Session {
    /// Queues something to say for the call.
    pub(super) fn want(&mut self, want: Want) {
        if self.wants.len() == WANTS_MAX {
            self.wants.pop_front();
        }
        self.wants.push_back(want);
    }

    /// Adds a fact for the model, without requesting an answer.
    pub(super) fn happened(&mut self, what: &str) {
        self.add_items(|dialect| vec![NewItem::message(Role::System, what, dialect)]);
        self.memory.happened(what);
    }

    /// Takes a turn that the caller has typed: it replaces everything else that waits for an answer.
    pub(super) fn caller_typed(&mut self, words: &str) {
        self.add_items(|dialect| vec![NewItem::message(Role::User, words, dialect)]);
        self.memory.said(cordboard_schema::fold::Role::Caller, words);
        self.comfort.new_turn();
        self.cease_comfort();
        self.wants.retain(|want| !want.is_part_of_conversation());
        self.dismiss(|running| running.want.as_ref().is_none_or(Want::is_part_of_conversation));
        self.want(Want::Answer);
    }

    /// Changes how the caller's words are treated.
    pub(super) fn attend(&mut self, attention: Attention) {
        self.attention = attention;
        if attention == Attention::Listen {
            self.answer_due_since = None;
            self.wants.retain(|want| !want.is_part_of_conversation());
            self.dismiss(|running| running.want.as_ref().is_none_or(Want::is_part_of_conversation));
        }
        self.send_attention();
    }

    /// Notes that the caller has spoken: the server has to answer, and that answer covers everything else that waits for one.
    pub(super) fn expect_answer(&mut self) {
        self.answer_due_since = Some(self.now);
        self.wants.retain(|want| !want.is_part_of_conversation());
    }

    /// Handles a caller who interrupts the present speech. While the assistant converses, the server stops on its own.
    pub(super) fn spoken_into(&mut self) {
        if self.attention == Attention::Converse {
            for running in &mut self.running {
                running.is_cut = true;
                running.is_stopping = true;
            }
            self.drop_held();
        }
    }

    /// Stops an answer, one of whose utterances was interrupted.
    pub(super) fn cut_answer(&mut self, response_id: &str) {
        self.dismiss(|running| running.id == response_id);
    }

    /// Ends the answers that the server is making for a call that is over: with their end it reports their usage, which is billed.
    pub fn goodbye(&mut self) {
        self.is_over = true;
        self.wants.clear();
        self.dismiss(|_| true);
    }

    /// Returns whether the server still has to report the usage of an answer that was ended with the call.
    pub(super) fn is_usage_due(&self) -> bool {
        self.is_over && self.links.can_take_back() && self.is_answering()
    }

    /// Stops answers that are not wanted any more.
    fn dismiss(&mut self, is_meant: impl Fn(&Running) -> bool) {
        let can_cancel = self.links.can_take_back();
        let mut cancelled = Vec::new();
        for running in self.running.iter_mut().filter(|running| is_meant(running)) {
            running.is_cut = true;
            if !running.is_stopping && can_cancel {
                cancelled.push(running.id.clone());
            }
            running.is_stopping = true;
        }
        self.drop_held();
        for id in cancelled {
            self.send(ClientEvent::ResponseCancel { response_id: Some(id) });
        }
    }

    /// Requests the next answer, if it is time.
    pub(super) fn ask_next(&mut self) {
        self.held_until = self.held_until.filter(|until| *until > self.now);
        if self.is_over || self.is_answering() || self.links.live_id().is_none() || self.held_until.is_some()
        {
            return;
        }
        let caller_speaks = self.hearing.is_speaking();
        self.gives_way &=
            self.attention == Attention::Converse && (caller_speaks || self.answer_due_since.is_some());
        if self.gives_way {
            return;
        }
        let is_due = |want: &Want| !(caller_speaks && want.is_part_of_conversation());
        let Some(at) = self.wants.iter().position(is_due) else { return };
        let Some(want) = self.wants.remove(at) else { return };
        if want.is_part_of_conversation() {
            // This answer covers everything that waits for one now. The server may begin it before it gets anything later.
            self.wants.retain(|want| !want.is_part_of_conversation());
        }
        let instructions = self.instructions(&want);
        if let (Some(text), true) = (&instructions, self.instructions_refused) {
            let item = NewItem::message(Role::System, text, self.links.dialect());
            self.send(ClientEvent::ItemCreate { item });
        }
        let tag = self.next_event_id();
        let response = self.response_params(&want, instructions, &tag);
        self.asked = Some(PendingAnswer { want, tag: tag.clone() });
        self.send_with(tag, ClientEvent::ResponseCreate { response });
    }

    /// Returns whether an answer is being made or was requested.
    pub(super) fn is_answering(&self) -> bool {
        self.asked.is_some() || !self.running.is_empty()
    }

    fn instructions(&self, want: &Want) -> Option<String> {
        match want {
            Want::Line(line) => Some(line_instructions(*line, &self.plan.profile)),
            Want::Text(words) => Some(exact_words(words)),
            Want::Rest => Some(SAY_THE_REST.to_owned()),
            Want::Continue => Some(CONTINUE.to_owned()),
            Want::Answer => None,
        }
    }

    fn response_params(&self, want: &Want, task: Option<String>, tag: &str) -> Option<ResponseParams> {
        if self.instructions_refused {
            return None;
        }
        // Instructions for an answer replace the session's.
        let instructions = task.map(|task| {
            let persona = session_instructions(&self.plan.profile);
            format!("{persona}\n\nNow: {task}")
        });
        if self.links.dialect() == Dialect::Beta {
            return instructions.map(|instructions| ResponseParams {
                instructions: Some(instructions),
                ..Default::default()
            });
        }
        let mut metadata = BTreeMap::from([(TAG.to_owned(), tag.to_owned())]);
        if let Want::Line(line) = want
            && let Ok(serde_json::Value::String(name)) = serde_json::to_value(line)
        {
            metadata.insert("line".to_owned(), name);
        }
        let speaks_only = matches!(want, Want::Line(_) | Want::Text(_));
        Some(ResponseParams { instructions, metadata, tool_choice: speaks_only.then_some(ToolChoice::None) })
    }

    pub(super) fn response_created(&mut self, report: &ResponseReport) {
        let tag = report.metadata.get(TAG);
        self.server_sends_tags |= tag.is_some();
        let is_ours = self.asked.as_ref().is_some_and(|asked| match tag {
            Some(tag) => *tag == asked.tag,
            None => !self.server_sends_tags,
        });
        let want = if is_ours { self.asked.take().map(|asked| asked.want) } else { None };
        if self.running.len() == RUNNING_MAX {
            self.running.remove(0);
        }
        let is_conversation = want.as_ref().is_none_or(Want::is_part_of_conversation);
        let is_unasked = self.is_over || (is_conversation && self.attention == Attention::Listen);
        // Our request crossed with the caller's first sound: the server interrupts only an answer that it is making at that time.
        let is_crossed = is_ours && is_conversation && self.caller_speaks();
        if is_conversation {
            self.answer_due_since = None;
            if !is_ours {
                // It answers everything that waits for an answer.
                self.wants.retain(|want| !want.is_part_of_conversation());
            }
        }
        self.running.push(Running {
            id: report.id.clone(),
            want,
            begun: Vec::new(),
            is_unwanted: is_unasked,
            is_cut: false,
            is_stopping: false,
        });
        if is_unasked || is_crossed {
            self.cut_answer(&report.id);
        }
    }

    pub(super) fn response_done(&mut self, report: ResponseReport) {
        if let Some(usage) = report.usage {
            self.used(self.plan.model.clone(), report.id.clone(), usage);
        }
        // A server that makes one answer at a time may leave out which one.
        let is_nameless = report.id.is_empty() && self.running.len() == 1;
        let is_it = |running: &Running| running.id == report.id || is_nameless;
        let Some(at) = self.running.iter().position(is_it) else { return };
        let running = self.running.remove(at);
        // Sound of an answer that was made beside another one still waits.
        let has_sound = !running.begun.is_empty() || self.voice.holds(&running.id);
        self.close_answer(&running.id, running.want.as_ref());
        let is_dismissed = running.is_cut || running.is_unwanted;
        if is_dismissed {
            self.take_back_unheard(&running, &report.items);
            self.say_later(&running);
        }
        let status = match report.status_at_end(has_sound) {
            // An answer that was dismissed needs no error.
            _ if is_dismissed && report.status == ResponseStatus::InProgress => ResponseStatus::Cancelled,
            status => status,
        };
        if status == ResponseStatus::Completed && is_dismissed {
            self.decline_functions(report.items);
        } else if status == ResponseStatus::Completed {
            self.answer_completed(running, report.items, has_sound);
        } else {
            // Complete calls are part of the conversation, but none of such an answer's calls is run.
            self.decline_functions(report.items.iter().filter(|item| item.is_whole).cloned().collect());
            self.answer_broke_off((status, report), running, has_sound);
        }
    }

    /// Handles a complete answer that nobody has dismissed: its functions are called, unless it has neither sound nor functions.
    fn answer_completed(&mut self, running: Running, items: Vec<OutputItem>, has_sound: bool) {
        let is_silent = !has_sound && !calls_functions(&items);
        if !is_silent || !is_unspoken(running.want.as_ref(), &items) {
            self.answers_again();
            return self.call_functions(items);
        }
        // The model would believe that the caller has heard them.
        self.take_back_unheard(&running, &items);
        let message = "the answer has no sound".to_owned();
        let error = ErrorReport { message, ..ErrorReport::default() };
        self.answer_failed(Some(running.want.unwrap_or(Want::Answer)), &error);
    }

    /// Handles an answer that is not complete: what the caller has not heard of it is requested again, if that may help.
    fn answer_broke_off(
        &mut self,
        (status, report): (ResponseStatus, ResponseReport),
        running: Running,
        has_sound: bool,
    ) {
        let is_dismissed = running.is_cut || running.is_unwanted;
        let is_wanted = !is_dismissed && self.attention == Attention::Converse;
        match status {
            ResponseStatus::Failed | ResponseStatus::Incomplete if !has_sound => {
                let error = report.error.unwrap_or_else(|| why_not_whole(report.reason.as_deref()));
                let want = running.want.unwrap_or(Want::Answer);
                self.answer_failed((!is_dismissed).then_some(want), &error);
            }
            // The caller has heard what is about to be done, and would wait for it: it was not done.
            ResponseStatus::Incomplete if is_wanted && calls_functions(&report.items) => {
                let error = report.error.unwrap_or_else(|| why_not_whole(report.reason.as_deref()));
                self.answer_failed(Some(Want::Answer), &error);
            }
            ResponseStatus::Failed => {
                let error = report.error.unwrap_or_default();
                let want = running.want.filter(Want::is_repeated_whole).unwrap_or(Want::Rest);
                self.answer_failed((!is_dismissed).then_some(want), &error);
            }
            ResponseStatus::Incomplete => {
                let reason = shortened(report.reason.as_deref().unwrap_or_default());
                self.acts.push(Act::Warn(format!("an answer of the provider broke off: {reason}")));
            }
            ResponseStatus::Completed | ResponseStatus::Cancelled | ResponseStatus::InProgress => {}
        }
    }

    /// Queues again what the call had to say, if the caller's speech cut it before its first sound: they are answered first.
    fn say_later(&mut self, running: &Running) {
        let cut = running.want.as_ref().filter(|_| running.is_cut && running.begun.is_empty());
        if let Some(want) = cut.filter(|want| want.outlasts_speech()) {
            self.wants.push_front(want.clone());
            self.gives_way = true;
        }
    }

    /// Removes words of an answer that nobody heard from the conversation.
    fn take_back_unheard(&mut self, running: &Running, items: &[OutputItem]) {
        for item in items {
            let is_message = matches!(item.kind, OutputItemKind::Message { .. });
            if is_message && !running.begun.contains(&item.id) {
                self.take_back(&item.id, 0);
            }
        }
    }

    /// Handles an answer that was not made. It is requested again if that may help, a limited number of times.
    fn answer_failed(&mut self, want: Option<Want>, error: &ErrorReport) {
        let fault = fault_of(error);
        if !fault.failure.is_worth_a_retry() {
            return self.fail(fault);
        }
        let Some(want) = want else {
            return self.acts.push(Act::Warn(format!("the provider made no answer: {}", fault.reason)));
        };
        self.failures += 1;
        let (failures_max, pause) = match self.plan.patience {
            Patience::Usual => (FAILURES_MAX, self.failures),
            Patience::Short => (FAILURES_WITH_NEXT_MAX, 0),
        };
        if self.failures >= failures_max {
            return self.fail(fault);
        }
        if self.failing_since.is_none() {
            self.failing_since = Some(self.now);
            self.acts.push(Act::Interrupted(fault));
        }
        self.held_until = Some(self.now + RETRY_PAUSES_MS[pause]);
        self.wants.push_front(want);
    }

    /// Notes that the provider makes answers again.
    pub(super) fn answers_again(&mut self) {
        if let Some(since) = self.failing_since.take() {
            let attempts = u32::try_from(self.failures).unwrap_or(u32::MAX);
            self.acts.push(Act::Restored { attempts, away_ms: self.now.ms_since(since) });
        }
        self.failures = 0;
        self.links.answered();
    }

    /// Handles an error that the server reports.
    pub(super) fn error(&mut self, error: &ErrorReport) {
        let is_about_answer =
            self.asked.as_ref().is_some_and(|asked| error.event_id.as_ref() == Some(&asked.tag));
        let is_busy = error.code == "conversation_already_has_active_response";
        match self.asked.take_if(|_| is_about_answer || (is_busy && error.event_id.is_none())) {
            Some(PendingAnswer { want, .. }) if is_busy => {
                self.wants.push_front(want);
                if self.running.is_empty() {
                    self.held_until = Some(self.now + UNKNOWN_ANSWER_MS);
                }
            }
            Some(PendingAnswer { want, .. }) if is_refusal(error) && !self.instructions_refused => {
                self.instructions_refused = true;
                // Requests have no metadata any more, either: no answer will name its request.
                self.server_sends_tags = false;
                self.acts.push(Act::Warn(format!(
                    "the provider takes no instructions with an answer; they are added to the conversation: {}",
                    error.message
                )));
                self.wants.push_front(want);
            }
            Some(PendingAnswer { want, .. }) => self.answer_failed(Some(want), error),
            None if is_busy && error.event_id.is_none() && self.answer_due_since.is_some() => {
                self.request_answer_instead()
            }
            None => self.other_error(error),
        }
    }

    /// Handles a server that could not answer the caller because it was making another answer: theirs is requested after that
    /// one.
    fn request_answer_instead(&mut self) {
        self.answer_due_since = None;
        if !self.wants.contains(&Want::Answer) {
            self.want(Want::Answer);
        }
    }

    fn other_error(&mut self, error: &ErrorReport) {
        let fault = fault_of(error);
        if fault.failure == ProviderFailure::SessionExpired {
            return self.session_broke(fault);
        }
        if !fault.failure.is_worth_a_retry() {
            return self.fail(fault);
        }
        // A session with wrong settings, such as one that answers into a message, needs a warning.
        let is_about_settings = error.event_id.as_ref() == Some(&self.updated_by);
        if is_about_settings || !is_harmless(&error.code) {
            self.acts.push(Act::Warn(format!("the provider reports an error: {}", fault.reason)));
        }
    }

    /// Queues the present answers again after the session was lost.
    pub(super) fn answers_lost(&mut self) {
        let asked = self.asked.take().map(|asked| asked.want);
        let was_cut_off = self.running.drain(..).filter(|running| !running.is_cut && !running.is_unwanted);
        let cut_off: Vec<Want> = was_cut_off
            .map(|running| match running.want {
                Some(want) if running.begun.is_empty() || want.is_repeated_whole() => want,
                _ => Want::Continue,
            })
            .collect();
        let due_answer = self.answer_due_since.take().map(|_| Want::Continue);
        let lost: Vec<Want> = cut_off.into_iter().chain(asked).chain(due_answer).collect();
        // A new session knows neither the context nor the beginning of an answer.
        self.wants.iter_mut().filter(|want| **want == Want::Rest).for_each(|want| *want = Want::Continue);
        for want in lost.into_iter().rev() {
            let want = if matches!(want, Want::Answer | Want::Rest) { Want::Continue } else { want };
            if !self.wants.contains(&want) {
                self.wants.push_front(want);
            }
        }
        self.held_until = None;
        if self.attention == Attention::Listen {
            self.wants.retain(|want| !want.is_part_of_conversation());
        }
    }

    /// Returns whether output of the server is due. None is due while the caller is still speaking.
    pub(super) fn awaits_server(&self) -> bool {
        let is_answer_due = self.answer_due_since.is_some() && !self.caller_speaks();
        self.is_answering() || is_answer_due || self.doubted_ms.is_some()
    }

    /// Returns whether sound for the caller is due that has not begun.
    pub(super) fn is_sound_due(&self) -> bool {
        self.has_pending_answer() || self.tools_run()
    }

    /// Returns whether the caller waits only for people whom tools are calling.
    pub(super) fn waits_for_people(&self) -> bool {
        !self.has_pending_answer() && self.tools_run() && self.batches.iter().all(Batch::asks_people_only)
    }

    fn tools_run(&self) -> bool {
        !self.batches.is_empty() && self.attention == Attention::Converse
    }

    fn has_pending_answer(&self) -> bool {
        let silent = |running: &Running| running.begun.is_empty() && !running.is_cut && !running.is_unwanted;
        self.asked.is_some()
            || !self.wants.is_empty()
            || self.answer_due_since.is_some()
            || (self.doubted_ms.is_some() && self.attention == Attention::Converse)
            || self.running.iter().any(silent)
    }

    /// Returns when the next answer may be requested, if it has to wait.
    pub(super) fn held_until(&self) -> Option<UnixMs> {
        self.held_until.filter(|_| !self.wants.is_empty())
    }
}

/// Returns whether an answer with these items calls functions.
fn calls_functions(items: &[OutputItem]) -> bool {
    items.iter().any(|item| matches!(item.kind, OutputItemKind::FunctionCall { .. }))
}

/// Returns whether a complete answer without sound had something to say: a line or a text of the call, or words that are only
/// written. Otherwise the model has nothing to say.
fn is_unspoken(want: Option<&Want>, items: &[OutputItem]) -> bool {
    let has_words =
        |item: &OutputItem| matches!(&item.kind, OutputItemKind::Message { text } if !text.is_empty());
    matches!(want, Some(Want::Line(_) | Want::Text(_))) || items.iter().any(has_words)
}

/// Returns the error of an incomplete answer for which the server reports none.
fn why_not_whole(reason: Option<&str>) -> ErrorReport {
    let message = format!("the answer is {}", shortened(reason.unwrap_or("empty")));
    ErrorReport { message, ..ErrorReport::default() }
}

/// Returns whether an error may answer a request that we send without knowing whether it still applies.
fn is_harmless(code: &str) -> bool {
    matches!(
        code,
        "response_cancel_not_active"
            | "unsupported_content_type"
            | "item_truncate_invalid_item_id"
            | "item_delete_invalid_item_id"
            | "invalid_value"
            | "input_audio_buffer_commit_empty"
    )
}
