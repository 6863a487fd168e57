use super::State;
use sha2::{Digest, Sha256};

impl State {
    /// Names what the state says: `sha256:` and 64 hexadecimal digits. A saved plan is stale when the digest of the
    /// state is no longer the one it was made for.
    ///
    /// The serial is left out, because compacting changes the file but not what it says.
    pub fn digest(&self) -> String {
        let Self { format, version, stack, lineage, serial: _, home, variables, outputs, resources } = self;
        let mut digest = Sha256::new();
        let about = (format, version, stack, lineage, home, variables, outputs);
        // One after the other: a large state has no room in memory for itself as one text.
        feed(&mut digest, &about);
        resources.iter().for_each(|resource| feed(&mut digest, &resource));
        format!("sha256:{}", hex::encode(digest.finalize()))
    }
}

/// Adds a value as one line of JSON. The members of objects are sorted: maps are `BTreeMap`s, also those in a `Value`.
fn feed(digest: &mut Sha256, value: &impl serde::Serialize) {
    serde_json::to_writer(&mut *digest, value).expect("a state holds nothing that JSON cannot");
    digest.update("\n");
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
