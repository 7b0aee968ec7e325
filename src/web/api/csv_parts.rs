//! A CSV file (RFC 4180) that is made and sent a part at a time, so that a file of many rows takes no more memory than one of few.

use std::io;

use actix_web::HttpResponse;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};

use crate::web::problem::ApiError;

/// Byte order mark by which spreadsheets recognize UTF-8.
pub(super) const BOM: &str = "\u{feff}";

/// Rows of a file, and the begin of the next part; none behind the last.
pub(super) type Part<Next> = (Vec<u8>, Option<Next>);

/// Begin of a part whose rows a query has.
pub(super) struct Begin<Query> {
    pub(super) wanted: Query,
    /// Rows that may still come into the file.
    left: usize,
    pub(super) is_first: bool,
}

impl<Query> Begin<Query> {
    /// Of a file that has so many rows at most.
    pub(super) fn of(wanted: Query, rows_max: usize) -> Self {
        Self { wanted, left: rows_max, is_first: true }
    }

    /// Rows of this part at most, where its query asks for so many.
    pub(super) fn rows_max(&self, limit: i64) -> usize {
        usize::try_from(limit).unwrap_or(usize::MAX).min(self.left)
    }

    /// The begin behind this part, which has `count` rows of `rows_max`: `further` asks for those behind its last row. None where it is the last part.
    pub(super) fn behind(&self, count: usize, rows_max: usize, further: Option<Query>) -> Option<Self> {
        let left = self.left - count;
        let has_more = count == rows_max && left > 0;
        further.filter(|_| has_more).map(|wanted| Self { wanted, left, is_first: false })
    }
}

/// Answers with a file of this name. `make` makes each part of it.
pub(super) async fn sent<Next, Make, Made>(
    name: &str,
    begin: Next,
    make: Make,
) -> Result<HttpResponse, ApiError>
where
    Next: 'static,
    Make: Fn(Next) -> Made + 'static,
    Made: Future<Output = io::Result<Part<Next>>> + 'static,
{
    // The first part is made before the answer begins: where it can't be, the answer's status says so.
    let (rows, next) = make(begin).await.map_err(|cause| ApiError::File { what: "the CSV file", cause })?;
    let further = stream::try_unfold(next, move |next| {
        let part = next.map(&make);
        async move {
            let Some(part) = part else { return Ok::<_, io::Error>(None) };
            let (rows, next) = part.await?;
            // An empty chunk is the end of an answer in chunks. No part has rows behind one that has none.
            Ok((!rows.is_empty()).then(|| (Bytes::from(rows), next)))
        }
    });
    let whole = stream::iter([Ok::<_, io::Error>(Bytes::from(rows))]).chain(further);
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header(("Content-Disposition", format!("attachment; filename=\"{name}\"")))
        .streaming(whole))
}
