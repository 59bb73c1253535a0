//! Patterns in which `*` stands for any letters: names of rules and of pushes.

/// True if a pattern for the pushes that a server handles names that push, or all its variants.
pub fn handling(pattern: &str, name: &str) -> bool {
    // As names are typed: in any letter case, with or without the account in front.
    let wanted = pattern.rsplit('/').next().unwrap_or(pattern).to_lowercase();
    let name = name.to_lowercase();
    let base = name.split('.').next().unwrap_or(&name);
    glob(&wanted, base) || glob(&wanted, &name)
}

/// True if a text fits a pattern in which `*` stands for any letters.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|tail| {
            (0..=tail.len()).any(|at| tail.is_char_boundary(at) && glob(rest, &tail[at..]))
        }),
    }
}
