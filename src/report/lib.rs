//! Shows what an apply left behind: one self-contained page for a browser, or Markdown.
//!
//! | part | what it is | I/O |
//! |---|---|---|
//! | [`Report`] | everything there is to show, put together from the record, the events, the probe log and the certificate | reads the files of one apply |
//! | [`page`] | the page: timeline, waves, what is proven, what changed | none |
//! | [`markdown`](fn@markdown) | the same facts as text | none |
//! | [`claims`], [`words`] | what the numbers claim and do not claim, in plain words; how quantities are written | none |
//!
//! Nothing here decides or calculates anything new about availability: bounds and verdicts are the certificate's.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod claims;
mod facts;
mod html;
mod markdown;
mod summary;
pub mod words;

pub use facts::{
    Bar, Bin, Capacity, FailedProbe, Healthy, Moment, MomentKind, Progress, Remark, Report, Tested, Traffic, Wave,
    tested,
};
pub use html::page;
pub use markdown::{Markdown, markdown};
pub use summary::Figure;
