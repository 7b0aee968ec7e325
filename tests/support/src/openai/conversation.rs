//! The model's memory: the items of a session, as far as they were heard.

use serde_json::Value;

/// One item.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// Its content.
    pub content: Content,
}

/// Content of an item.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// The caller's speech; the words are known once they are transcribed.
    CallerSpoke {
        /// The words.
        words: Option<String>,
    },
    /// The model's speech.
    ModelSpoke {
        /// The words that remain after truncations.
        words: String,
        /// Bytes of sound that were sent and not truncated.
        audio_bytes: usize,
        /// How much of it a truncation left, in ms.
        truncated_at_ms: Option<u64>,
    },
    /// A line that the client wrote into the conversation.
    Written {
        /// `system`, `user` or `assistant`.
        role: String,
        /// The words.
        words: String,
    },
    /// A tool call of the model.
    Called {
        /// The id that its output has to name.
        call_id: String,
        /// The tool.
        name: String,
        /// The arguments, as text.
        arguments: String,
    },
    /// The output of a tool.
    Returned {
        /// The call.
        call_id: String,
        /// The output, as text.
        output: String,
    },
}

/// The items, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Conversation {
    /// All items that were not deleted.
    pub items: Vec<Item>,
}

impl Conversation {
    /// Speech and text, as lines: `caller: …`, `model: …`, `system: …`, `called NAME ARGUMENTS`,
    /// `returned OUTPUT`.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.items.iter().map(Item::line).collect()
    }

    /// The item with this id.
    #[must_use]
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }

    pub(super) fn content_mut(&mut self, id: &str) -> Option<&mut Content> {
        self.items.iter_mut().find(|item| item.id == id).map(|item| &mut item.content)
    }

    pub(super) fn last_id(&self) -> Option<&str> {
        self.items.last().map(|item| item.id.as_str())
    }

    /// Adds or extends an item as the server shows it.
    pub(super) fn take(&mut self, shown: &Value) {
        let Some(id) = shown["id"].as_str() else { return };
        let Some(content) = content_of(shown) else { return };
        match self.content_mut(id) {
            // Its sound was counted and its words were added when they arrived.
            Some(Content::ModelSpoke { .. } | Content::CallerSpoke { .. }) => {}
            Some(known) => *known = content,
            None => self.items.push(Item { id: id.to_owned(), content }),
        }
    }

    pub(super) fn delete(&mut self, id: &str) -> bool {
        let before = self.items.len();
        self.items.retain(|item| item.id != id);
        self.items.len() < before
    }
}

impl Item {
    fn line(&self) -> String {
        match &self.content {
            Content::CallerSpoke { words } => format!("caller: {}", words.as_deref().unwrap_or_default()),
            Content::ModelSpoke { words, .. } => format!("model: {words}"),
            Content::Written { role, words } => format!("{role}: {words}"),
            Content::Called { name, arguments, .. } => format!("called {name} {arguments}"),
            Content::Returned { output, .. } => format!("returned {output}"),
        }
    }
}

fn content_of(item: &Value) -> Option<Content> {
    let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
    match item["type"].as_str()? {
        "function_call" => Some(Content::Called {
            call_id: text("call_id"),
            name: text("name"),
            arguments: text("arguments"),
        }),
        "function_call_output" => {
            Some(Content::Returned { call_id: text("call_id"), output: text("output") })
        }
        "message" => {
            let parts = item["content"].as_array().map(Vec::as_slice).unwrap_or_default();
            let is_spoken = |part: &Value| part["type"].as_str().is_some_and(|kind| kind.contains("audio"));
            let words: Vec<&str> = parts.iter().filter_map(|part| part["text"].as_str()).collect();
            Some(match item["role"].as_str()? {
                "assistant" if parts.iter().all(is_spoken) => {
                    Content::ModelSpoke { words: String::new(), audio_bytes: 0, truncated_at_ms: None }
                }
                "user" if parts.iter().any(is_spoken) => Content::CallerSpoke { words: None },
                role => Content::Written { role: role.to_owned(), words: words.join(" ") },
            })
        }
        _ => None,
    }
}
