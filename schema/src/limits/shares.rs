//! Bounds that organizations share: the total, the most that one organization and one of its users or tokens may have, and the
//! part that is reserved for the operator of the server.

/// Concurrent clients of the live view.
pub const LIVE_CLIENTS_MAX: usize = 256;

/// How many of them may be of one organization: a wall of screens.
pub const LIVE_CLIENTS_OF_ORGANIZATION_MAX: usize = 64;

/// How many of them may be of one user or token.
pub const LIVE_CLIENTS_OF_ONE_MAX: usize = 16;

/// How many of them are reserved for users who may view the installation.
pub const LIVE_CLIENTS_RESERVED: usize = 16;

/// Concurrent pages that follow changes but no calls: each open page is one. They are separate from the live views, so that many
/// open lists leave room for the calls' views.
pub const PAGES_FOLLOWING_MAX: usize = 1_024;

/// How many of them may be of one organization.
pub const PAGES_FOLLOWING_OF_ORGANIZATION_MAX: usize = 512;

/// How many of them may be of one user or token.
pub const PAGES_FOLLOWING_OF_ONE_MAX: usize = 16;

/// How many of them are reserved for users who may view the installation.
pub const PAGES_FOLLOWING_RESERVED: usize = 16;

/// Control sockets that are open at once.
pub const CONTROL_SOCKETS_MAX: usize = 128;

/// How many of them may be of one organization. Each carries fifty commands a second.
pub const CONTROL_SOCKETS_OF_ORGANIZATION_MAX: usize = 32;

/// How many of them may be of one user or token.
pub const CONTROL_SOCKETS_OF_ONE_MAX: usize = 16;

/// How many of them are reserved for users who may view the installation.
pub const CONTROL_SOCKETS_RESERVED: usize = 16;

/// Desks that are open at once.
pub const DESKS_MAX: usize = 5_000;

/// How many of them may be of one organization, which has at most a thousand users.
pub const DESKS_OF_ORGANIZATION_MAX: usize = 2_000;

/// How many of them may be of one user, as tabs of a browser.
pub const DESKS_OF_ONE_MAX: usize = 8;

/// How many of them are reserved for users who may view the installation.
pub const DESKS_RESERVED: usize = 50;

/// Requests of authenticated clients that are being answered at once.
pub const REQUESTS_AT_WORK_MAX: usize = 512;

/// How many of them may be of one organization.
pub const REQUESTS_OF_ORGANIZATION_MAX: usize = 128;

/// How many of them may be of one user or token.
pub const REQUESTS_OF_ONE_MAX: usize = 32;

/// How many of them are reserved for users who may view the installation.
pub const REQUESTS_RESERVED: usize = 32;

/// Files of contacts and of leads that are imported at once. Each is in memory, with 2,000 of its contacts, or with its leads.
pub const IMPORTS_MAX: usize = 10;

/// How many of them may be of one organization.
pub const IMPORTS_OF_ORGANIZATION_MAX: usize = 2;

/// How many of them are reserved for the first organization.
pub const IMPORTS_RESERVED: usize = 2;

/// Changes waiting for the store's writer that requests of one organization may make; its calls may make the same number.
pub const STORE_CHANGES_OF_ORGANIZATION_MAX: usize = 64;

/// How many of the changes waiting for the store's writer are reserved for users who may view the installation, and for the
/// server itself.
pub const STORE_CHANGES_RESERVED: usize = 32;

/// The share of `calls.max` that organizations leave to the first one, and the first one to them: one call in this many.
pub const CALLS_RESERVED_DIVISOR: usize = 10;

/// The share of `calls.max` that an organization other than the first may have by default: one call in this many.
pub const ORGANIZATION_CALLS_DIVISOR: usize = 4;

/// The share of an organization's calls that visitors of its talk links can't use: one call in this many.
pub const TALK_LINK_CALLS_KEPT_DIVISOR: usize = 4;
