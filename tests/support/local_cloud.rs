use cloud::{Config, Server};

/// A local cloud in this process, in memory. It ends with the runtime that it was started on.
pub(crate) struct LocalCloud {
    /// Where it listens.
    pub(crate) url: String,
}

impl LocalCloud {
    /// Starts one on a free port.
    pub(crate) async fn start() -> Self {
        let server = Server::bind(Config::default()).await.expect("a port is free");
        let url = format!("http://{}", server.address());
        tokio::spawn(server.run(std::future::pending()));
        Self { url }
    }
}
