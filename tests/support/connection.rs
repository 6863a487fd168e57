use aws::live::{Connection, Login};

/// Clients of the server at `url`, which takes any credentials.
pub(crate) async fn connect(url: &str) -> Connection {
    let login = Login {
        region: Some("us-east-1".to_owned()),
        profile: None,
        endpoint_url: Some(url.to_owned()),
        credentials: Some(("test".to_owned(), "test".to_owned())),
    };
    login.connect().await.expect("a server that has just been started answers")
}
