//! Errors as AWS words them.

use std::borrow::Cow;

/// An error that a client is told of. The protocol's envelope is put around it when the reply is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    /// AWS's code, such as `InvalidVpcID.NotFound`.
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: String,
    /// The HTTP status.
    pub(crate) status: u16,
}

impl ApiError {
    /// A client's mistake: HTTP status 400, unless [`ApiError::status`] says otherwise.
    pub(crate) fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        ApiError { code: code.into(), message: message.into(), status: 400 }
    }

    /// The same error with another HTTP status.
    pub(crate) fn status(self, status: u16) -> Self {
        ApiError { status, ..self }
    }

    /// The cloud's own failure.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        ApiError::new("InternalFailure", message).status(500)
    }
}
