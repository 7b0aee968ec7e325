//! The reference of settings, a table for each group.

use super::markdown::{head, row};
use crate::config::{Config, Listed, Sight};

const INTRODUCTION: &str = include_str!("settings.md");

/// Returns the Markdown of all settings, in their order.
pub(super) fn text() -> String {
    let mut text = INTRODUCTION.to_owned();
    let mut last = None;
    for setting in Config::default().list() {
        let group = group_of(&setting.name).to_owned();
        if last.as_ref() != Some(&group) {
            text.push_str(&format!("\n## `{group}`\n\n{}", head(["setting", "default", "what it does"])));
            last = Some(group);
        }
        let Listed { name, doc, expected, .. } = &setting;
        let does = format!("{doc} Takes {expected}.");
        text.push_str(&row([&format!("`{name}`"), &default_of(&setting), &does]));
    }
    text
}

/// Returns the first part of a dotted name, or the name of the general group.
fn group_of(name: &str) -> &str {
    name.split_once('.').map_or("installation", |(group, _)| group)
}

fn default_of(setting: &Listed) -> String {
    match (setting.sight, setting.value.as_str()) {
        (_, "") | (Sight::Secret, _) => "none".to_owned(),
        (Sight::Open, value) => format!("`{value}`"),
    }
}
