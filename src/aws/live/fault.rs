use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use engine::{Fault, Result};
use std::{error::Error, fmt, str::FromStr};

/// The error of any AWS call, on its way to being a [`Fault`].
pub(crate) trait OrFault<T> {
    fn or_fault(self) -> Result<T>;
}

impl<T, E> OrFault<T> for Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    fn or_fault(self) -> Result<T> {
        self.map_err(|error| match &error {
            SdkError::ServiceError(service) => classify(
                service.err().code().unwrap_or("Unknown"),
                service.err().message().unwrap_or_default(),
                service.raw().status().as_u16(),
            ),
            SdkError::DispatchFailure(failure) => match no_credentials(&error) {
                Some(why) => Fault::Credentials(format!("no AWS credentials were found: {why}")),
                // It was connected, and the connection broke: whether the call was carried out is not known.
                None if failure.is_other() => {
                    Fault::Transient { code: "ConnectionLost".to_owned(), message: chain(&error) }
                }
                None => Fault::Unreachable(chain(&error)),
            },
            SdkError::TimeoutError(_) => Fault::Unreachable(chain(&error)),
            SdkError::ConstructionFailure(_) => Fault::Credentials(chain(&error)),
            SdkError::ResponseError(response) => {
                Fault::Transient { code: response.raw().status().to_string(), message: chain(&error) }
            }
            _ => Fault::Rejected { code: "Unknown".to_owned(), message: chain(&error) },
        })
    }
}

/// What the general codes of ECS say when a task definition does not exist, or is deregistered, which is the same here.
const NO_TASK_DEFINITION: &[&str] = &[
    "Unable to describe task definition",
    "task definition does not exist",
    "The specified task definition is inactive",
];
/// What they say when a service of that name is there already.
const SERVICE_EXISTS: &[&str] = &["Creation of service was not idempotent"];
/// What general codes say when something just made or deleted has not reached every part of AWS. IAM is consistent
/// only after some seconds (IAM User Guide, "Changes that I make are not always immediately visible").
const NOT_SEEN_YET: &[&str] = &[
    "Role is not valid",
    "Invalid principal in policy",
    "Unable to assume the service linked role",
    "does not have an associated load balancer",
    "still Draining",
];

/// The one place that knows AWS error codes.
///
/// AWS: "Common Errors" of each API reference; EC2 API Reference, "Error codes for the Amazon EC2 API".
pub(crate) fn classify(code: &str, message: &str, status: u16) -> Fault {
    let (code, message) = (code.to_owned(), message.to_owned());
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| message.contains(phrase));
    match code.as_str() {
        "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "AuthFailure"
        | "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "InvalidSignatureException" => Fault::Credentials(format!("{code}: {message}")),
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "Client.UnauthorizedOperation" => {
            Fault::Denied { code, message }
        }
        "Throttling"
        | "ThrottlingException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "Throttled" => Fault::Throttled { code, message },
        "DependencyViolation"
        | "ResourceInUse"
        | "ResourceInUseException"
        | "DeleteConflict"
        | "InvalidIPAddress.InUse"
        | "ClusterContainsServicesException"
        | "ClusterContainsTasksException"
        | "RepositoryNotEmptyException" => Fault::InUse { code, message },
        "NoSuchEntity"
        | "ServiceNotFoundException"
        | "ServiceNotActiveException"
        | "ClusterNotFoundException"
        | "ResourceNotFoundException"
        | "RepositoryNotFoundException"
        | "RepositoryPolicyNotFoundException"
        | "LifecyclePolicyNotFoundException"
        | "Gateway.NotAttached" => Fault::NotFound(format!("{code}: {message}")),
        "ClientException" if says(NO_TASK_DEFINITION) => Fault::NotFound(message),
        // What is missing is not the object of the call.
        "CertificateNotFound" => Fault::Rejected { code, message },
        it if it.ends_with(".NotFound") || it.ends_with("NotFound") || it.ends_with(".Malformed") => {
            Fault::NotFound(format!("{code}: {message}"))
        }
        "ResourceAlreadyExistsException"
        | "RepositoryAlreadyExistsException"
        | "EntityAlreadyExists"
        | "PriorityInUse"
        | "Resource.AlreadyAssociated" => Fault::Exists(message),
        "InvalidParameterException" if says(SERVICE_EXISTS) => Fault::Exists(message),
        it if it.ends_with(".Duplicate") || it.starts_with("Duplicate") || it.ends_with("AlreadyExists") => {
            Fault::Exists(message)
        }
        "InternalError"
        | "InternalFailure"
        | "ServiceUnavailable"
        | "ServerException"
        | "Unavailable"
        | "ServiceUnavailableException"
        | "OperationAbortedException"
        | "ConcurrentModification"
        | "ConcurrentTagAccess"
        | "UpdateInProgressException"
        | "LimitExceededException.Concurrent" => Fault::Transient { code, message },
        "ClientException" | "InvalidParameterException" | "MalformedPolicyDocument" if says(NOT_SEEN_YET) => {
            Fault::Transient { code, message }
        }
        _ if status >= 500 => Fault::Transient { code, message },
        _ => Fault::Rejected { code, message },
    }
}

/// A field AWS documents as always present.
pub(crate) trait OrMissing<T> {
    fn or_missing(self, field: &'static str) -> Result<T>;
}

impl<T> OrMissing<T> for Option<T> {
    fn or_missing(self, field: &'static str) -> Result<T> {
        self.ok_or(Fault::Missing(field))
    }
}

/// A text of a reply, as the type it stands for.
pub(crate) fn parsed<T: FromStr>(field: &'static str, text: Option<&str>) -> Result<T>
where
    T::Err: fmt::Display,
{
    let text = text.or_missing(field)?;
    text.parse().map_err(|error: T::Err| Fault::Inputs(format!("{field}: {error}")))
}

/// An enum of a reply in AWS's own words.
pub(crate) fn text<T: AsRef<str>>(value: Option<&T>) -> String {
    value.map_or("unknown", AsRef::as_ref).to_owned()
}

/// Why the SDK had no credentials to sign a request with, if that is what stopped it.
fn no_credentials(error: &(dyn Error + 'static)) -> Option<String> {
    let mut missing = error;
    while !missing.is::<CredentialsError>() {
        missing = missing.source()?;
    }
    // It says itself only that there are none.
    Some(missing.source().map_or_else(|| missing.to_string(), chain))
}

/// An error with its causes, outermost first.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
