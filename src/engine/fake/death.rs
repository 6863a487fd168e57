use std::sync::Arc;
use tokio::sync::watch;

/// The end of whoever uses the cloud or the record, as far as they can tell: nothing is answered any more.
#[derive(Clone, Debug)]
pub(super) struct Death(Arc<watch::Sender<bool>>);

impl Default for Death {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Death {
    /// Dies: never returns.
    pub(super) async fn die<T>(&self) -> T {
        self.0.send_replace(true);
        std::future::pending().await
    }

    /// Returns once somebody has died.
    pub(super) async fn died(&self) {
        if self.0.subscribe().wait_for(|dead| *dead).await.is_err() {
            std::future::pending().await
        }
    }

    /// Lives again.
    pub(super) fn revive(&self) {
        self.0.send_replace(false);
    }
}
