//! Lists in pages: `{"items": [...], "next_cursor": ...}`.

use std::fmt::Display;
use std::str::FromStr;

use cordboard_schema::limits::{PAGE_ITEMS_MAX, SET_TIME_MS_MAX};
use cordboard_schema::time::UnixMs;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::ApiError;

/// Default number of items of a page.
const LIMIT_DEFAULT: u32 = 50;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// The items, in the order of the list.
    items: Vec<T>,
    /// Value of `cursor` for the next page; null on the last one.
    next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A list that always fits on one page.
    pub(super) fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }

    /// Removes hidden items from the page; the next page still begins at the same place.
    pub(super) fn retain(&mut self, is_shown: impl FnMut(&T) -> bool) {
        self.items.retain(is_shown);
    }

    /// A page of another service's list, with its cursor for the next one.
    pub(super) fn followed(items: Vec<T>, next_cursor: Option<String>) -> Self {
        Self { items, next_cursor }
    }
}

/// The cursor after an item of a list that is ordered by a time.
pub(super) fn timed_cursor(at: UnixMs, id: impl Display) -> String {
    format!("{}.{id}", at.0)
}

/// The place that such a cursor names: the item's time and its id; none if no item can be there.
pub(super) fn timed_place<I: FromStr>(cursor: &str) -> Option<(UnixMs, I)> {
    let (at, id) = cursor.split_once('.')?;
    let at = at.parse::<i64>().ok().filter(|at| (0..SET_TIME_MS_MAX).contains(at))?;
    Some((UnixMs(at), id.parse().ok()?))
}

/// Why a cursor is refused.
pub(super) fn foreign_cursor() -> ApiError {
    ApiError::BadInput("`cursor` is not from this list".to_owned())
}

/// Number of items of a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit(u32);

impl Limit {
    /// Checks the limit that a client requests.
    pub(super) fn parse(asked: Option<u32>) -> Result<Self, ApiError> {
        let limit = asked.unwrap_or(LIMIT_DEFAULT);
        if (1..=PAGE_ITEMS_MAX).contains(&limit) {
            Ok(Self(limit))
        } else {
            Err(ApiError::BadInput(format!("`limit` must be 1 to {PAGE_ITEMS_MAX}")))
        }
    }

    /// Rows to read: one more than the page has, to know whether there is another page.
    pub(super) fn rows(self) -> i64 {
        i64::from(self.0) + 1
    }

    /// Makes a page of the first `items`, which were read with [`Limit::rows`].
    pub(super) fn page<T>(self, mut items: Vec<T>, cursor: impl Fn(&T) -> String) -> Page<T> {
        let more = items.len() > self.0 as usize;
        items.truncate(self.0 as usize);
        let next_cursor = if more { items.last().map(cursor) } else { None };
        Page { items, next_cursor }
    }
}
