//! Chat completions as OpenAI's API has them, and as many servers speak it: a request, and an answer that streams as
//! server-sent events.
//!
//! | file | subject |
//! | --- | --- |
//! | `request.rs` | what is asked |
//! | `lines.rs` | server-sent events out of bytes, whatever way they were cut |
//! | `answer.rs` | one event of an answer |
//! | `calls.rs` | requests for tools, put together out of their fragments |
//!
//! Our requests have the members that every such server takes; the longest answer alone has a name of its own at OpenAI. Answers are read with patience: unknown members are passed over, and
//! malformed data is a typed error. Source: the types of `openai-python` 3.51.0; the HTML standard, 9.2 (server-sent events).

mod answer;
mod calls;
mod lines;
mod request;

pub use answer::{BadChunk, CallFragment, Chunk, ChunkUsage, Finish};
pub use calls::{Calls, ToolRequest};
pub use lines::{EventLines, LINE_BYTES_MAX};
pub use request::{AnswerLimit, ChatRequest, ChatTool, Message};
