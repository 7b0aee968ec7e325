//! Lists in pages: `{"items": [...], "next_cursor": ...}`.

use cordboard_schema::limits::PAGE_ITEMS_MAX;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::ApiError;

/// Items of a page where the client does not say how many.
const LIMIT_DEFAULT: u32 = 50;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// The items, in the order that the list says.
    items: Vec<T>,
    /// Value of `cursor` for the next page; null on the last one.
    next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A list that is short enough for one page.
    pub(super) fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }

    /// Leaves out of the page what is not to be shown; the next page begins where it would have.
    pub(super) fn retain(&mut self, is_shown: impl FnMut(&T) -> bool) {
        self.items.retain(is_shown);
    }

    /// A page of somebody else's list, with their cursor for the next one.
    pub(super) fn followed(items: Vec<T>, next_cursor: Option<String>) -> Self {
        Self { items, next_cursor }
    }
}

/// How many items a page has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit(u32);

impl Limit {
    /// The limit that a client asks for.
    pub(super) fn parse(asked: Option<u32>) -> Result<Self, ApiError> {
        let limit = asked.unwrap_or(LIMIT_DEFAULT);
        if (1..=PAGE_ITEMS_MAX).contains(&limit) {
            Ok(Self(limit))
        } else {
            Err(ApiError::BadInput(format!("`limit` must be 1 to {PAGE_ITEMS_MAX}")))
        }
    }

    /// Rows to read: one more than the page holds, which tells whether there is another page.
    pub(super) fn rows(self) -> i64 {
        i64::from(self.0) + 1
    }

    /// The page that begins `items`, which were read with [`Limit::rows`].
    pub(super) fn page<T>(self, mut items: Vec<T>, cursor: impl Fn(&T) -> String) -> Page<T> {
        let more = items.len() > self.0 as usize;
        items.truncate(self.0 as usize);
        let next_cursor = if more { items.last().map(cursor) } else { None };
        Page { items, next_cursor }
    }
}
