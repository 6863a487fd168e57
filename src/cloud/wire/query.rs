//! From a form to a tree: `A.1.B=x` becomes `{"A": {"1": {"B": "x"}}}`.

use serde_json::{Map, Value};

/// Deeper names than any AWS operation has; it bounds the recursion over the tree.
const MAX_DEPTH: usize = 24;

/// Puts the pairs of a form into one tree whose leaves are strings.
pub(crate) fn tree<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Value, String> {
    let mut root = Map::new();
    for (name, value) in pairs {
        insert(&mut root, name, value)?;
    }
    Ok(Value::Object(root))
}

fn insert(root: &mut Map<String, Value>, name: &str, value: &str) -> Result<(), String> {
    let segments: Vec<&str> = name.split('.').collect();
    let Some((last, parents)) = segments.split_last().filter(|(_, parents)| parents.len() < MAX_DEPTH) else {
        return Err(format!("The parameter {name} is nested too deeply"));
    };
    let mut branch = root;
    for parent in parents {
        let next = branch.entry(*parent).or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(next) = next else { return Err(given_twice(name)) };
        branch = next;
    }
    match branch.insert((*last).to_owned(), Value::String(value.to_owned())) {
        None => Ok(()),
        Some(_) => Err(given_twice(name)),
    }
}

fn given_twice(name: &str) -> String {
    format!("The parameter {name} is given twice, or as a value and as a structure")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_with_dots_become_branches() {
        let pairs = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", "vpc-1"), ("MaxResults", "5")];
        let expected = json!({"Filter": {"1": {"Name": "vpc-id", "Value": {"1": "vpc-1"}}}, "MaxResults": "5"});
        assert_eq!(tree(pairs), Ok(expected));
    }

    #[test]
    fn a_value_and_a_structure_of_one_name_are_refused() {
        assert!(tree([("A", "1"), ("A.B", "2")]).is_err());
        assert!(tree([("A.B", "2"), ("A", "1")]).is_err());
        assert!(tree([("A", "1"), ("A", "2")]).is_err());
    }

    #[test]
    fn depth_is_bounded() {
        let deep = "A.".repeat(100_000) + "B";
        assert!(tree([(deep.as_str(), "1")]).is_err());
    }
}
