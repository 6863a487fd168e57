/// A hint for whoever named something that is not among `known`: what they may have meant, or else what there is.
pub(crate) fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    let similar = |candidate: &&&str| strsim::jaro_winkler(name, candidate);
    let best = known.iter().max_by(|one, other| similar(one).total_cmp(&similar(other)))?;
    let meant = similar(&best) > 0.8;
    Some(if meant { format!("Did you mean `{best}`?") } else { format!("There are: {}.", known.join(", ")) })
}
