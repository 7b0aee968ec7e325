//! Bounds that organizations share: how much there is, how much of it one organization and one user or token of it has at most,
//! and how much is kept for the operator of the installation.

/// Clients of the live view at a time.
pub const LIVE_CLIENTS_MAX: usize = 256;

/// Of them, those of one organization: a wall of screens.
pub const LIVE_CLIENTS_OF_ORGANIZATION_MAX: usize = 64;

/// Of them, those of one user or token.
pub const LIVE_CLIENTS_OF_ONE_MAX: usize = 16;

/// Of them, those that are reserved for users who may see the installation.
pub const LIVE_CLIENTS_RESERVED: usize = 16;

/// Pages at a time that follow changes and no calls: each that somebody looks at is one. Apart from the live views, so that many open
/// lists leave the calls theirs.
pub const PAGES_FOLLOWING_MAX: usize = 1_024;

/// Of them, those of one organization.
pub const PAGES_FOLLOWING_OF_ORGANIZATION_MAX: usize = 512;

/// Of them, those of one user or token.
pub const PAGES_FOLLOWING_OF_ONE_MAX: usize = 16;

/// Of them, those that are reserved for users who may see the installation.
pub const PAGES_FOLLOWING_RESERVED: usize = 16;

/// Control sockets that are open at once.
pub const CONTROL_SOCKETS_MAX: usize = 128;

/// Of them, those of one organization. Each carries fifty commands a second.
pub const CONTROL_SOCKETS_OF_ORGANIZATION_MAX: usize = 32;

/// Of them, those of one user or token.
pub const CONTROL_SOCKETS_OF_ONE_MAX: usize = 16;

/// Of them, those that are reserved for users who may see the installation.
pub const CONTROL_SOCKETS_RESERVED: usize = 16;

/// Desks that are open at once.
pub const DESKS_MAX: usize = 5_000;

/// Of them, those of one organization, which has a thousand users at most.
pub const DESKS_OF_ORGANIZATION_MAX: usize = 2_000;

/// Of them, those of one user: tabs of a browser.
pub const DESKS_OF_ONE_MAX: usize = 8;

/// Of them, those that are reserved for users who may see the installation.
pub const DESKS_RESERVED: usize = 50;

/// Requests of those who are known that are being answered at once.
pub const REQUESTS_AT_WORK_MAX: usize = 512;

/// Of them, those of one organization.
pub const REQUESTS_OF_ORGANIZATION_MAX: usize = 128;

/// Of them, those of one user or token.
pub const REQUESTS_OF_ONE_MAX: usize = 32;

/// Of them, those that are reserved for users who may see the installation.
pub const REQUESTS_RESERVED: usize = 32;

/// Of the changes that wait for the store's writer, those that requests of one organization ask for; as many its calls have.
pub const STORE_CHANGES_OF_ORGANIZATION_MAX: usize = 64;

/// Reserved part of the changes that wait for the store's writer: for
/// users who may see the installation, and for the server's own.
pub const STORE_CHANGES_RESERVED: usize = 32;

/// The part of `calls.max` that organizations leave to the first one, and the first one to them: one in so many.
pub const CALLS_RESERVED_DIVISOR: usize = 10;

/// The part of `calls.max` that an organization other than the first may have if nothing is configured: one in so many.
pub const ORGANIZATION_CALLS_DIVISOR: usize = 4;

/// The part of an organization's calls that visitors of its talk links do not take: one in so many.
pub const TALK_LINK_CALLS_KEPT_DIVISOR: usize = 4;
