//! What a reader has to say of a source.

/// What is wrong with a source of sound, and what of it a stream does not keep. Each text is short, and there are few.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SoundNotes {
    /// Sentences without the name of the source: damage, guesses, and what was done about them.
    pub warnings: Vec<String>,
    /// Names of what is not kept, for example `cover art (image/png, 1234 bytes)`.
    pub lost: Vec<String>,
}

impl SoundNotes {
    /// The most texts of each kind; more are counted.
    const MOST: usize = 64;

    /// Adds a warning, unless it is there already.
    pub fn warn(&mut self, warning: impl Into<String>) {
        add(&mut self.warnings, warning.into(), "more warnings");
    }

    /// Adds the name of what is not kept, unless it is there already.
    pub fn lose(&mut self, name: impl Into<String>) {
        add(&mut self.lost, name.into(), "more");
    }
}

fn add(texts: &mut Vec<String>, text: String, more: &str) {
    if texts.contains(&text) {
        return;
    }
    match texts.len() {
        SoundNotes::MOST => texts.push(format!("and {more}")),
        0..SoundNotes::MOST => texts.push(text),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_few_and_not_repeated() {
        let mut notes = SoundNotes::default();
        (0..1000).for_each(|at| notes.warn(format!("{}", at / 2)));
        notes.lose("cover art");
        notes.lose("cover art");
        assert_eq!((notes.warnings.len(), notes.lost.len()), (65, 1));
        assert_eq!(notes.warnings[64], "and more warnings");
    }
}
