//! Pages and the opaque tokens between them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A part of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// What the client gives back to get the rest; `None` on the last page.
    pub(crate) next_token: Option<String>,
}

/// A token that no page was given out with. Each service has its own error for it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidToken;

/// The `limit` items after the place that `token` names.
///
/// `items` are sorted by `key`, which is unique. A token holds the last key that was given out, so that items which come
/// or go between two pages neither repeat nor hide others.
pub(crate) fn page<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> &str,
    limit: usize,
    token: Option<&str>,
) -> Result<Page<T>, InvalidToken> {
    page_by(items, key, |key, last| key > last, limit, token)
}

/// The same for items in another order: `is_after` tells whether a key comes after the last one given out.
pub(crate) fn page_by<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> &str,
    is_after: impl Fn(&str, &str) -> bool,
    limit: usize,
    token: Option<&str>,
) -> Result<Page<T>, InvalidToken> {
    let last = token.map(decode).transpose()?;
    let is_after = |item: &T| last.as_deref().is_none_or(|last| is_after(key(item), last));
    let mut rest = items.into_iter().filter(is_after);
    let items: Vec<T> = rest.by_ref().take(limit).collect();
    let more = rest.next().is_some();
    let next_token = items.last().filter(|_| more).map(|last| encode(key(last)));
    Ok(Page { items, next_token })
}

/// An opaque token for a place in a list.
pub(crate) fn encode(place: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("1:{place}"))
}

/// The place that an opaque token stands for.
pub(crate) fn decode(token: &str) -> Result<String, InvalidToken> {
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| InvalidToken)?;
    let text = String::from_utf8(bytes).map_err(|_| InvalidToken)?;
    text.strip_prefix("1:").map(str::to_owned).ok_or(InvalidToken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&'static str], limit: usize, token: Option<&str>) -> Page<&'static str> {
        page(names.iter().copied(), |name| name, limit, token).expect("the token is right")
    }

    #[test]
    fn pages_follow_each_other_and_end() {
        let first = names(&["a", "b", "c"], 2, None);
        assert_eq!(first.items, ["a", "b"]);
        let last = names(&["a", "b", "c"], 2, first.next_token.as_deref());
        assert_eq!(last, Page { items: vec!["c"], next_token: None });
    }

    #[test]
    fn a_page_that_holds_all_has_no_token() {
        assert_eq!(names(&["a", "b"], 2, None).next_token, None);
    }

    #[test]
    fn what_was_removed_in_between_hides_nothing() {
        let first = names(&["a", "b", "c"], 2, None);
        assert_eq!(names(&["a", "c"], 2, first.next_token.as_deref()).items, ["c"]);
    }

    #[test]
    fn a_made_up_token_is_refused() {
        assert_eq!(page(["a"], |name| name, 1, Some("made up")), Err(InvalidToken));
    }
}
