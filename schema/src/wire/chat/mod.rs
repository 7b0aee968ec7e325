//! OpenAI's chat completions API, which many servers offer: a request, and an answer that streams as server-sent events.
//!
//! | file | subject |
//! | --- | --- |
//! | `request.rs` | the request |
//! | `lines.rs` | server-sent events from bytes, wherever they are split |
//! | `answer.rs` | one event of an answer |
//! | `calls.rs` | requests for tools, assembled from their fragments |
//!
//! Our requests have members that every such server accepts. Only the length limit has a name of its own at OpenAI. Answers are
//! read leniently: unknown members are skipped, and malformed data is a typed error. Source: the types of `openai-python` 3.51.0;
//! the HTML standard, 9.2 (server-sent events).

mod answer;
mod calls;
mod lines;
mod request;

pub use answer::{BadChunk, CallFragment, Chunk, ChunkUsage, Finish};
pub use calls::{Calls, ToolRequest};
pub use lines::{EventLines, LINE_BYTES_MAX};
pub use request::{AnswerLimit, ChatRequest, ChatTool, Message};
