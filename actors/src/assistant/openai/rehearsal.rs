//! A conversation in text: the session of a call, without its audio.

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::limits::REPLAY_ANSWER_MS_MAX;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::openai::{
    ClientEvent, ClientMessage, Dialect, NewItem, OutputItemKind, ResponseParams, ResponseReport,
    ResponseStatus, Role, ServerEvent, SessionReport,
};
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, poll_fn};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::session::{Loss, fault_of, greeting_params, written_session};
use super::settings::{DialectChoice, OpenAiSettings};
use crate::assistant::provider::ProviderFault;
use crate::assistant::rehearsal::{RehearsalInput, Written, WrittenAnswer, WrittenCall};
use crate::assistant::remote::connection::{Connection, Packet};
use crate::assistant::remote::target::Target;
use crate::tools::ToolDefinition;

/// See the module's description.
#[derive(Debug)]
pub(super) struct WrittenConversation {
    connection: Connection,
    profile: Arc<AgentProfile>,
    model: String,
    dialect: Dialect,
    events_numbered: u64,
}

impl WrittenConversation {
    pub(super) async fn begin(
        settings: &OpenAiSettings,
        target: Arc<Target>,
        profile: Arc<AgentProfile>,
        tools: &[ToolDefinition],
    ) -> Result<Self, ProviderFault> {
        let connection = target.dial().await.map_err(|Loss { fault, .. }| fault)?;
        let model = settings.model.clone();
        let mut own = Self { connection, profile, model, dialect: Dialect::Ga, events_numbered: 0 };
        own.in_time(async |own| own.set_up(settings.dialect, tools).await).await?;
        Ok(own)
    }

    async fn set_up(&mut self, choice: DialectChoice, tools: &[ToolDefinition]) -> Result<(), ProviderFault> {
        loop {
            match Awaited::of(&self.text().await?)? {
                Awaited::Created(report) => {
                    self.dialect = match choice {
                        DialectChoice::Ga => Dialect::Ga,
                        DialectChoice::Beta => Dialect::Beta,
                        DialectChoice::Auto => report.dialect,
                    };
                    let session = Box::new(written_session(&self.profile, tools, self.dialect));
                    self.send(ClientEvent::SessionUpdate { session })?;
                }
                Awaited::Updated => return Ok(()),
                Awaited::Done(_) | Awaited::Nothing => {}
            }
        }
    }

    /// Adds an input. Returns the parameters of the request for its answer.
    fn take_input(&mut self, input: RehearsalInput) -> Result<Option<ResponseParams>, ProviderFault> {
        match input {
            RehearsalInput::Greet => return Ok(Some(greeting_params(&self.profile, self.dialect))),
            RehearsalInput::Caller(words) => self.write(Role::User, &words)?,
            RehearsalInput::Results(results) => {
                for (call, output) in results {
                    let item = NewItem::FunctionCallOutput { call_id: call.call_id, output };
                    self.send(ClientEvent::ItemCreate { item })?;
                }
            }
        }
        Ok(None)
    }

    fn write(&mut self, role: Role, words: &str) -> Result<(), ProviderFault> {
        let item = NewItem::message(role, words, self.dialect);
        self.send(ClientEvent::ItemCreate { item })
    }

    async fn respond(&mut self, response: Option<ResponseParams>) -> Result<WrittenAnswer, ProviderFault> {
        self.send(ClientEvent::ResponseCreate { response })?;
        loop {
            if let Awaited::Done(report) = Awaited::of(&self.text().await?)? {
                return self.written(*report);
            }
        }
    }

    fn written(&self, report: ResponseReport) -> Result<WrittenAnswer, ProviderFault> {
        let status = report.status_at_end(false);
        match (status, &report.error) {
            (ResponseStatus::Completed | ResponseStatus::Incomplete, _) => {}
            (_, Some(error)) => return Err(fault_of(error)),
            (_, None) => {
                let why = report.reason.unwrap_or_default();
                let reason = format!("the provider broke its answer off {why}").trim_end().to_owned();
                return Err(ProviderFault::new(ProviderFailure::ProviderError, reason));
            }
        }
        let mut answer = WrittenAnswer {
            usage: report.usage.map(|usage| (self.model.clone(), usage)),
            ..Default::default()
        };
        for item in report.items {
            match item.kind {
                OutputItemKind::Message { text } if !text.is_empty() => {
                    if !answer.text.is_empty() {
                        answer.text.push(' ');
                    }
                    answer.text.push_str(&text);
                }
                // A function call of an interrupted answer is incomplete.
                OutputItemKind::FunctionCall { call_id, name, arguments }
                    if status == ResponseStatus::Completed =>
                {
                    answer.calls.push(WrittenCall { call_id, name, arguments });
                }
                _ => {}
            }
        }
        Ok(answer)
    }

    fn send(&mut self, event: ClientEvent) -> Result<(), ProviderFault> {
        self.events_numbered += 1;
        let event_id = format!("cb_{}", self.events_numbered);
        let text = ClientMessage { event_id, event }.to_text();
        self.connection.send(text).map_err(|Loss { fault, .. }| fault)
    }

    async fn text(&mut self) -> Result<Utf8Bytes, ProviderFault> {
        loop {
            let packet =
                poll_fn(|cx| self.connection.poll_packet(cx)).await.map_err(|Loss { fault, .. }| fault)?;
            if let Packet::Text(text) = packet {
                return Ok(text);
            }
        }
    }

    async fn in_time<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Self) -> Result<T, ProviderFault>,
    ) -> Result<T, ProviderFault> {
        let worked =
            timeout(Duration::from_millis(REPLAY_ANSWER_MS_MAX), work(self)).await.unwrap_or_else(|_| {
                let reason = format!("the provider did not answer within {} s", REPLAY_ANSWER_MS_MAX / 1_000);
                Err(ProviderFault::new(ProviderFailure::Stalled, reason))
            });
        worked.map_err(|fault| self.connection.secrets().out_of_fault(fault))
    }
}

impl Written for WrittenConversation {
    fn recall(&mut self, is_caller: bool, words: &str) -> Result<(), ProviderFault> {
        self.write(if is_caller { Role::User } else { Role::Assistant }, words)
    }

    fn recall_tool(&mut self, call: WrittenCall, output: String) -> Result<(), ProviderFault> {
        let WrittenCall { call_id, name, arguments } = call;
        let item = NewItem::FunctionCall { call_id: call_id.clone(), name, arguments };
        self.send(ClientEvent::ItemCreate { item })?;
        self.send(ClientEvent::ItemCreate { item: NewItem::FunctionCallOutput { call_id, output } })
    }

    fn happened(&mut self, what: &str) -> Result<(), ProviderFault> {
        self.write(Role::System, what)
    }

    fn answer(&mut self, input: RehearsalInput) -> LocalBoxFuture<'_, Result<WrittenAnswer, ProviderFault>> {
        async move {
            let response = self.take_input(input)?;
            self.in_time(async |own| own.respond(response).await).await
        }
        .boxed_local()
    }

    fn close(self: Box<Self>) -> LocalBoxFuture<'static, ()> {
        self.connection.close().boxed_local()
    }
}

/// The part of a server's events that matters here.
enum Awaited {
    Created(SessionReport),
    Updated,
    Done(Box<ResponseReport>),
    Nothing,
}

impl Awaited {
    /// Parses an event; a malformed one is ignored, as on a call.
    fn of(text: &str) -> Result<Self, ProviderFault> {
        Ok(match ServerEvent::parse(text) {
            Ok(ServerEvent::SessionCreated(report)) => Self::Created(report),
            Ok(ServerEvent::SessionUpdated(_)) => Self::Updated,
            Ok(ServerEvent::ResponseDone(report)) => Self::Done(Box::new(report)),
            Ok(ServerEvent::Error(error)) => return Err(fault_of(&error)),
            _ => Self::Nothing,
        })
    }
}
