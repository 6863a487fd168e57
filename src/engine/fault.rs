use model::Unresolved;

/// The result of a call to the cloud.
pub type Result<T, E = Fault> = std::result::Result<T, E>;

/// Why a cloud call failed, as far as the engine has to care.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Fault {
    /// An object does not exist: which one, by its id or in the words of the API. Success in `delete`, "gone" in `read`,
    /// "not made" in `find`; elsewhere it may also be one that the call only refers to.
    #[error("not found: {0}")]
    NotFound(String),
    /// `create` met an object of that name; the engine asks `find` whether it is ours.
    #[error("an object of that name exists already and does not belong to this stack ({0})")]
    Exists(String),
    /// Something still uses the object; `delete` is tried again while that thing goes away.
    #[error("{code}: {message}")]
    InUse {
        /// The error code of the API.
        code: String,
        /// The message of the API.
        message: String,
    },
    /// The API asks for fewer calls.
    #[error("{code}: {message}")]
    Throttled {
        /// The error code of the API.
        code: String,
        /// The message of the API.
        message: String,
    },
    /// A passing fault: worth the same call again, later.
    #[error("{code}: {message}")]
    Transient {
        /// The error code of the API.
        code: String,
        /// The message of the API.
        message: String,
    },
    /// The endpoint could not be reached at all.
    #[error("the endpoint cannot be reached: {0}")]
    Unreachable(String),
    /// There are no credentials, or they are expired or wrong.
    #[error("{0}")]
    Credentials(String),
    /// The credentials do not allow the call.
    #[error("{code}: {message}")]
    Denied {
        /// The error code of the API.
        code: String,
        /// The message of the API.
        message: String,
    },
    /// The API refuses the request; the same call will fail again.
    #[error("{code}: {message}")]
    Rejected {
        /// The error code of the API.
        code: String,
        /// The message of the API.
        message: String,
    },
    /// The object exists but has failed, and will not mend itself.
    #[error("{0}")]
    Failed(String),
    /// A reply lacks what AWS documents as always present.
    #[error("the reply lacks `{0}`")]
    Missing(&'static str),
    /// An input still refers to something that does not exist yet.
    #[error(transparent)]
    Unresolved(#[from] Unresolved),
    /// Recorded inputs do not fit the kind as this version knows it.
    #[error("the inputs do not fit this version: {0}")]
    Inputs(String),
}

impl Fault {
    /// The object of that id or name does not exist.
    pub fn not_found(name: impl ToString) -> Self {
        Self::NotFound(name.to_string())
    }

    /// Whether it says that an object does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound(_))
    }

    /// Whether the same call may succeed later without anybody doing anything.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::Transient { .. })
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Inputs(error.to_string())
    }
}
