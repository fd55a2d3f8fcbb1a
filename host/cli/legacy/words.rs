//! A call of a vendor's tool as it was pasted, put into the words that were meant.

use crate::cli::pasted::{self, DASHES, SEPARATORS, command, exists, meant, rejoined};
use crate::visible::is_hidden;

use super::{EXTRAS, Tool};

/// Options whose value is a text.
const TEXTS: [&str; 2] = ["--reminder", "--overrule"];

/// Words as they were meant, and what was done to them.
pub(super) struct Words {
    /// The option first, then its argument.
    pub(super) words: Vec<String>,
    /// Why they are other words than were typed, each as a clause; nothing where they are the same.
    pub(super) why: Vec<&'static str>,
}

impl Words {
    /// Reads what was typed after the tool's name. Only what is certain is changed.
    pub(super) fn read(tools: [&Tool; 2], typed: &[String]) -> Self {
        let mut read = Self {
            words: typed.to_vec(),
            why: Vec::new(),
        };
        read.now(rejoined(&read.words), "quotes came along as characters");
        let extras = read.words.iter().map(|word| extra(word)).collect();
        read.now(extras, "an office program turned hyphens into a dash");
        let visible = |word: &String| vec![word.chars().filter(|c| !is_hidden(*c)).collect()];
        read.each(visible, "invisible characters came along");
        read.each(
            |word| apart(tools, word),
            "blanks came along that cannot be typed",
        );
        read.now(
            joined_dashes(&read.words),
            "a dash stood apart from its option",
        );
        read.each(
            |word| split(tools, word),
            "a blank stands between an option and its argument",
        );
        read.each(
            |word| vec![bare(word, false)],
            "quotes came along as characters",
        );
        read.each(
            |word| vec![bare(word, true)],
            "folders are separated by `/` here",
        );
        read.each(
            |word| vec![slashed(tools, word)],
            "an option begins with a hyphen",
        );
        read.now(option_first(tools, &read.words), "the option comes first");
        read.now(dashed(tools, &read.words), "an option begins with a hyphen");
        read
    }

    /// Does something to each word but a text of the operator's own, which is as it is.
    fn each(&mut self, with: impl Fn(&String) -> Vec<String>, why: &'static str) {
        let mut words = Vec::new();
        for (index, word) in self.words.iter().enumerate() {
            if index > 0 && TEXTS.contains(&self.words[index - 1].as_str()) {
                words.push(word.clone());
            } else {
                words.extend(with(word));
            }
        }
        self.now(words, why);
    }

    fn now(&mut self, words: Vec<String>, why: &'static str) {
        if words != self.words {
            self.words = words;
            if !self.why.contains(&why) {
                self.why.push(why);
            }
        }
    }

    /// What is carried out in place of what was typed, as a line; nothing where it is the same.
    pub(super) fn note(&self, tool: &Tool) -> Option<String> {
        let mut words = self.words.clone();
        if let Some(first) = words.first_mut().filter(|word| word.starts_with(DASHES)) {
            *first = format!("-{}", first.trim_start_matches(DASHES));
        }
        let line = command(words.iter());
        let why = self.why.join("; ");
        (!why.is_empty()).then(|| format!("taken as `regent {} {line}`: {why}", tool.name))
    }
}

/// Whether a word is the name of an option of either vendor's tool.
fn names(tools: [&Tool; 2], word: &str) -> bool {
    tools
        .iter()
        .any(|tool| tool.knows(&word.to_ascii_lowercase()))
}

fn is_option(tools: [&Tool; 2], word: &str) -> bool {
    let name = word.trim_start_matches(DASHES);
    name.len() < word.len() && names(tools, name)
}

/// `-updatedb<no-break blank>up.xml` is two words.
fn apart(tools: [&Tool; 2], word: &str) -> Vec<String> {
    let foreign = |c: char| c.is_whitespace() && c != ' ';
    let whole = || vec![word.to_owned()];
    if !word.contains(foreign) || exists(word) {
        return whole();
    }
    let mut pieces = word.splitn(2, foreign);
    let (first, rest) = (
        pieces.next().unwrap_or_default(),
        pieces.next().unwrap_or_default(),
    );
    let trimmed = rest.trim();
    let dash = !first.is_empty() && first.chars().all(|c| DASHES.contains(&c));
    if is_option(tools, first) || dash || names(tools, first.trim_start_matches('/')) {
        let pieces = [first, trimmed]
            .into_iter()
            .filter(|piece| !piece.is_empty());
        return pieces.map(str::to_owned).collect();
    }
    vec![word.trim().to_owned()]
}

/// A dash alone joins the word that follows.
fn joined_dashes(words: &[String]) -> Vec<String> {
    let mut joined = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let dash = !word.is_empty() && word.chars().all(|c| DASHES.contains(&c));
        match rest.as_slice().first() {
            Some(next) if dash && !next.starts_with(DASHES) => {
                joined.push(format!("{word}{next}"));
                rest.next();
            }
            _ => joined.push(word.clone()),
        }
    }
    joined
}

/// A word without the quotes around it, or with the separators of here, where no file is called as it is.
fn bare(word: &str, separators: bool) -> String {
    match meant(word) {
        Some(meant)
            if !meant.elsewhere && (meant.why == SEPARATORS) == separators && !exists(word) =>
        {
            meant.word
        }
        _ => word.to_owned(),
    }
}

/// `-updatedb:up.xml` and `-updatedb=up.xml` are two words.
fn split(tools: [&Tool; 2], word: &str) -> Vec<String> {
    if let Some((option, argument)) = word.split_once([':', '=']) {
        let name = option.trim_start_matches(DASHES).trim_start_matches('/');
        if name.len() < option.len() && names(tools, name) {
            let pieces = [option, argument]
                .into_iter()
                .filter(|piece| !piece.is_empty());
            return pieces.map(str::to_owned).collect();
        }
    }
    vec![word.to_owned()]
}

/// `/updatedb` is `-updatedb`.
fn slashed(tools: [&Tool; 2], word: &str) -> String {
    match word.strip_prefix('/') {
        Some(name) if names(tools, name) && !exists(word) => format!("-{name}"),
        _ => word.to_owned(),
    }
}

/// Regent's own options of two hyphens, of which an office program makes one dash.
fn extra(word: &str) -> String {
    let known = |option: &String| EXTRAS.iter().any(|(extra, _)| extra == option);
    let option = pasted::option(word).filter(known);
    option.unwrap_or_else(|| word.to_owned())
}

/// The option before its argument.
fn option_first(tools: [&Tool; 2], words: &[String]) -> Vec<String> {
    let mut words = words.to_vec();
    if words.first().is_some_and(|word| !word.starts_with(DASHES))
        && let Some(at) = words.iter().position(|word| is_option(tools, word))
    {
        let option = words.remove(at);
        words.insert(0, option);
    }
    words
}

/// A first word that is an option's name is that option.
fn dashed(tools: [&Tool; 2], words: &[String]) -> Vec<String> {
    let mut words = words.to_vec();
    if let Some(first) = words.first_mut().filter(|word| names(tools, word)) {
        first.insert(0, '-');
    }
    words
}
