//! Which characters of a text from outside can be seen, and which hide, move or join what stands
//! around them; and how such a text is spelled in a command that is to be copied.

/// Controls (C0, DEL, C1), and the format characters of Unicode that show nothing themselves but
/// reorder, split or join what stands around them, or hide in a name.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Spells an argument as a POSIX shell reads it, so that a command shown can be copied.
pub fn quote(argument: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_font_shows_is_hidden() {
        // The first and last of each range of Unicode's Default_Ignorable_Code_Point.
        for ends in [
            "\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180b}\u{180f}\u{200b}\u{200f}",
            "\u{202a}\u{202e}\u{2060}\u{206f}\u{3164}\u{fe00}\u{fe0f}\u{feff}\u{ffa0}\u{fff0}\u{fff8}",
            "\u{1bca0}\u{1bca3}\u{1d173}\u{1d17a}\u{e0000}\u{e0fff}",
            // Controls, and what separates lines.
            "\0\u{1f}\u{7f}\u{80}\u{9f}\u{2028}\u{2029}",
        ] {
            assert!(ends.chars().all(is_hidden), "{}", ends.escape_unicode());
        }
        assert!(!"aé名 \\\u{a0}🔑–".contains(is_hidden));
    }

    #[test]
    fn a_quoted_argument_is_one_argument() {
        assert_eq!(quote("a/b-1.xml"), "a/b-1.xml");
        assert_eq!(quote("my file.xml"), "'my file.xml'");
        assert_eq!(quote("it's"), r"'it'\''s'");
        assert_eq!(quote(""), "''");
        assert_eq!(quote("$(x)"), "'$(x)'");
    }
}
