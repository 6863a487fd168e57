use super::State;
use sha2::{Digest, Sha256};

impl State {
    /// Names what the state says: `sha256:` and 64 hexadecimal digits. A saved plan is stale when the digest of the
    /// state is no longer the one it was made for.
    ///
    /// The serial is left out, because compacting changes the file but not what it says.
    pub fn digest(&self) -> String {
        let mut value = serde_json::to_value(self).expect("a state holds nothing that JSON cannot");
        if let Some(members) = value.as_object_mut() {
            members.remove("serial");
        }
        value.sort_all_objects();
        format!("sha256:{}", hex::encode(Sha256::digest(value.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_names_the_content_and_not_the_file() {
        let state = State::new("dev", "one");
        let compacted = State { serial: 7, ..state.clone() };
        assert_eq!(state.digest(), compacted.digest());
        assert_ne!(state.digest(), State::new("dev", "two").digest());
        let told = State { outputs: [("url".to_owned(), "http://a".into())].into(), ..state.clone() };
        assert_ne!(state.digest(), told.digest());
        assert_eq!(state.digest().len(), "sha256:".len() + 64);
    }
}
