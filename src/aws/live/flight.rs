use engine::Result;
use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

/// Lets calls that ask the same at the same time share one answer.
///
/// Several kinds are read from one API reply (routes and associations from route tables; roles, policies and
/// attachments from the account's authorization details). Nothing is kept after the answer has come, so an answer
/// is never older than the moment at which the call that fetched it was started.
pub(crate) struct Flight<T>(Mutex<Option<Call<T>>>);

/// A call under way, which others can join.
type Call<T> = Shared<BoxFuture<'static, Result<Arc<T>>>>;

impl<T: Send + Sync + 'static> Flight<T> {
    /// Joins the call under way, or starts `fetch`.
    pub(crate) async fn join<F>(&self, fetch: impl FnOnce() -> F) -> Result<Arc<T>>
    where
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let call = {
            let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match current.as_ref().filter(|call| call.peek().is_none()) {
                Some(call) => call.clone(),
                None => current.insert(fetch().map(|reply| reply.map(Arc::new)).boxed().shared()).clone(),
            }
        };
        call.await
    }
}

impl<T> Default for Flight<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> fmt::Debug for Flight<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Flight")
    }
}
