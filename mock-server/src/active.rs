//! Characters that do more than show themselves: they steer a terminal, turn or hide what stands beside them, or break a
//! line.

/// True if a character does more than show itself. The caller decides about line breaks and tabs.
pub fn acts(char: char) -> bool {
    let controls = char.is_control() && !matches!(char, '\n' | '\t');
    let turns = matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}');
    let hides = matches!(
        char,
        '\u{ad}' | '\u{34f}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
    );
    let breaks = matches!(char, '\u{2028}' | '\u{2029}');
    // U+FFFE and U+FFFF among them, which XML cannot hold.
    let is_none = u32::from(char) & 0xfffe == 0xfffe || matches!(char, '\u{fdd0}'..='\u{fdef}');
    controls || turns || hides || breaks || is_none
}
