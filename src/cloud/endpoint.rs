//! One request, from its bytes to the bytes of its answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use uuid::Uuid;

use crate::config::{Access, Config};
use crate::dispatch::{Call, dispatch};
use crate::faults::{Effect, Faults};
use crate::storage::StorageError;
use crate::wire::{self, ApiError, Incoming, Refusal, Reply};
use crate::world::World;

/// Everything that the connections share.
pub(crate) struct Endpoint {
    pub(crate) config: Config,
    world: Mutex<World>,
    pub(crate) faults: Arc<Faults>,
    /// How often each operation was called since the start, by `service.operation`.
    requests: Mutex<BTreeMap<String, u64>>,
    /// Rung when an admin request asks the server to stop.
    pub(crate) stop: tokio::sync::Notify,
    /// Rung when something has happened that the data plane should look at.
    pub(crate) bell: Arc<tokio::sync::Notify>,
}

/// What is sent back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) request_id: String,
}

impl Endpoint {
    pub(crate) fn open(config: Config) -> Result<Self, StorageError> {
        let world = Mutex::new(World::open(&config)?);
        Ok(Endpoint {
            config,
            world,
            faults: Arc::default(),
            requests: Mutex::default(),
            stop: tokio::sync::Notify::new(),
            bell: Arc::default(),
        })
    }

    /// Answers a request; `None` means to close the connection without an answer.
    pub(crate) async fn answer(&self, incoming: &Incoming<'_>) -> Option<Answer> {
        let started = Instant::now();
        let request_id = Uuid::new_v4().to_string();
        let (service, operation, reply) = match wire::parse(incoming, &request_id) {
            Ok(call) => {
                let (service, operation) = (call.service.name, call.operation.clone());
                (service, operation, self.perform(call).await?)
            }
            Err(refusal) => {
                let Refusal { protocol, service, error } = *refusal;
                let name = service.map(|service| service.name).unwrap_or_default();
                (name, String::new(), wire::failure(protocol, &error, &request_id))
            }
        };
        if let Some(log) = &self.config.access_log {
            log(&Access {
                service: service.to_owned(),
                operation,
                status: reply.status,
                error: reply.error.clone(),
                request_id: request_id.clone(),
                duration: started.elapsed(),
            });
        }
        Some(Answer { reply, request_id })
    }

    /// Does what the call asks for, and what a fault on order does to it.
    async fn perform(&self, call: Call) -> Option<Reply> {
        let (service, operation, request_id) = (call.service, call.operation.clone(), call.request_id.clone());
        *lock(&self.requests).entry(format!("{}.{operation}", service.name)).or_default() += 1;
        let failure = |error: &ApiError| wire::failure(service.protocol, error, &request_id);
        let effect = self.faults.take(service, &operation);
        match &effect {
            Some(Effect::FailBefore(error)) => return Some(failure(error)),
            Some(Effect::Slow(duration)) => tokio::time::sleep(*duration).await,
            _ => (),
        }
        let result = dispatch(&mut self.world(), call, Timestamp::now());
        self.bell.notify_one();
        match (effect, result) {
            (Some(Effect::DropConnection), _) => None,
            (Some(Effect::FailAfter(error)), _) | (_, Err(error)) => Some(failure(&error)),
            (_, Ok(output)) => Some(wire::success(service.protocol, &operation, &output, &request_id)),
        }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    pub(crate) fn requests(&self) -> BTreeMap<String, u64> {
        lock(&self.requests).clone()
    }
}

/// Takes a lock. A panic while it was held has left nothing half done: `dispatch` takes back what a handler did, and
/// nothing else here is changed in more than one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
