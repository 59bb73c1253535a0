//! Texts are cut between characters.

/// The beginning of a text, at most so many bytes.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("你好", 4), "你");
        assert_eq!(cut("ab", 64), "ab");
    }
}
