//! Streams, colour, password prompt, progress: the only file that prints.
//!
//! **Invariant:** what is asked is asked on a terminal; a script is never left waiting.

use std::cell::{OnceCell, RefCell};
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::rc::Rc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use secrecy::{ExposeSecret as _, SecretString};

use crate::exit::coded;
use crate::mishap::{self, Mishap};
use crate::report::human::{Style, escape, escape_block};

mod prompt;

use prompt::{Asked, Signals};

/// The narrowest terminal that is written for.
const NARROWEST: usize = 40;
/// The longest line that is pleasant to read.
const WIDEST: usize = 120;
/// How often a spinner turns.
const TURN: Duration = Duration::from_millis(120);

/// Why something could not be asked or said.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A confirmation is needed and nobody is there to give it.
    #[error("this needs a confirmation, and there is no terminal to ask on")]
    NotATerminal,
    /// A password is needed and nobody is there to type it.
    #[error("this needs a password, and there is no terminal to type it on")]
    NoPassword,
    /// The password and its repetition differ.
    #[error("the two passwords differ")]
    PasswordMismatch,
    /// What was typed is not UTF-8.
    #[error("what was typed is not text in UTF-8")]
    NotText,
    /// The terminal failed while it was asked.
    #[error("cannot read from the terminal")]
    Input(#[source] io::Error),
    /// Standard output takes no more, for instance because the disk is full.
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
}

coded! {
    Error {
        NotATerminal "confirmation-needed" Usage "a confirmation is needed, and there is no terminal to ask on";
        NoPassword "password-needed" Usage "a password is needed, and there is no terminal to type it on";
        PasswordMismatch "passwords-differ" Environment "a new password and its repetition differ";
        NotText "typed-not-text" Environment "what was typed is not UTF-8";
        Input "terminal-unreadable" Environment "the terminal cannot be read from";
        Output "output-unwritable" Environment "standard output takes no more";
    }
}

impl Error {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::NotATerminal => "if it is what you want, say so with `--yes`",
            Self::NoPassword => "give it with `--password-file FILE` or `--password-fd N`",
            Self::PasswordMismatch => "nothing was changed; run the command again",
            Self::NotText => "set the terminal to UTF-8, or give it with `--password-file FILE`",
            Self::Input(_) => return None,
            Self::Output(_) => {
                "check the free space where the output goes; `regent status` tells what was done"
            }
        };
        Some(help.to_owned())
    }
}

/// When to use colours, as the user asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorChoice {
    /// On a terminal that shows them.
    #[default]
    Auto,
    /// Always, even into a file.
    Always,
    /// Never.
    Never,
}

/// What the environment says about terminals; read in `settings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// `TERM` is `dumb`: neither colours nor moving the cursor.
    pub dumb: bool,
    /// The locale is UTF-8.
    pub unicode: bool,
}

/// Everything between the program and the person at its terminal.
#[derive(Debug)]
pub struct Ui {
    choice: ColorChoice,
    quiet: bool,
    terminal: Terminal,
    streams: Streams,
    /// Takes what is said, in place of the streams.
    record: Option<Record>,
    /// What ends or stops the process while something is typed unseen; heard from then on.
    signals: OnceCell<Signals>,
}

/// What was said, in order, to whichever stream.
#[derive(Debug, Clone, Default)]
pub struct Record(Rc<RefCell<String>>);

impl Record {
    /// Takes out what was said so far.
    pub fn take(&self) -> String {
        self.0.take()
    }
}

/// Which of the process's streams are a terminal.
#[derive(Debug, Clone, Copy)]
struct Streams {
    input: bool,
    out: bool,
    err: bool,
}

/// Tells on standard error of a mistake of regent's own that nobody else can tell of.
pub fn tell(mishap: &Mishap) {
    let told = escape_block(&format!("{mishap}\n{}", mishap::HELP));
    let _nobody_reads = writeln!(io::stderr().lock(), "{told}");
}

impl Ui {
    /// The process's own streams.
    pub fn new(choice: ColorChoice, quiet: bool, terminal: Terminal) -> Self {
        Self {
            choice,
            quiet,
            terminal,
            streams: Streams {
                input: io::stdin().is_terminal(),
                out: io::stdout().is_terminal(),
                err: io::stderr().is_terminal(),
            },
            record: None,
            signals: OnceCell::new(),
        }
    }

    /// No stream at all: what is said goes into `record`, the same whatever the terminal is.
    pub fn recording(record: &Record) -> Self {
        Self {
            choice: ColorChoice::Never,
            quiet: false,
            terminal: Terminal {
                no_color: true,
                dumb: false,
                unicode: true,
            },
            streams: Streams {
                input: false,
                out: false,
                err: false,
            },
            record: Some(record.clone()),
            signals: OnceCell::new(),
        }
    }

    /// The same streams for a command that another one runs and reports on: it says nothing but errors.
    #[must_use]
    pub fn quiet(self) -> Self {
        Self {
            quiet: true,
            ..self
        }
    }

    /// How to write for standard output.
    pub fn style(&self) -> Style {
        self.style_of(self.streams.out)
    }

    /// How to write for standard error.
    pub fn err_style(&self) -> Style {
        self.style_of(self.streams.err)
    }

    /// Writes to standard output. A reader that went away is a quiet end.
    pub fn out(&self, text: &str) -> Result<(), Error> {
        if self.quiet {
            return Ok(());
        }
        if let Some(Record(record)) = &self.record {
            record.borrow_mut().push_str(text);
            return Ok(());
        }
        let mut out = io::stdout().lock();
        forgive(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    /// Writes to standard error; where that fails there is nobody left to tell.
    pub fn err(&self, text: &str) {
        if let Some(Record(record)) = &self.record {
            record.borrow_mut().push_str(text);
            return;
        }
        let _nobody_reads = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Writes what is good to know to standard error, unless the user asked for quiet. It is about
    /// this computer, and no part of a record.
    pub fn note(&self, text: &str) {
        if !self.quiet && self.record.is_none() {
            self.err(text);
        }
    }

    /// Whether somebody can be asked: questions go to standard error, answers come from input.
    pub fn asks(&self) -> bool {
        self.streams.input && self.streams.err
    }

    /// Asks a question; only `y` and `yes` mean yes.
    pub fn confirm(&self, question: &str) -> Result<bool, Error> {
        if !self.asks() {
            return Err(Error::NotATerminal);
        }
        self.err(&format!("{} [y/N] ", escape(question)));
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        if read.map_err(Error::Input)? == 0 {
            // The answer was the end of input, which left the cursor beside the question.
            self.err("\n");
        }
        Ok(means_yes(&answer))
    }

    /// Asks for a password, without echo.
    pub fn password(&self, prompt: &str) -> Result<SecretString, Error> {
        match self.ask(prompt)? {
            Asked::Typed(typed) => Ok(typed),
            Asked::Ended(signal) => Err(Error::Input(prompt::end(signal))),
        }
    }

    /// Asks for a new password twice, so that a slip of the finger is not kept.
    pub fn new_password(&self, prompt: &str) -> Result<SecretString, Error> {
        let first = self.password(prompt)?;
        match self.ask(&format!("{prompt}, again"))? {
            Asked::Typed(second) if first.expose_secret() == second.expose_secret() => Ok(first),
            Asked::Typed(_) => Err(Error::PasswordMismatch),
            Asked::Ended(signal) => {
                // What ends here ends without its values being dropped.
                drop(first);
                Err(Error::Input(prompt::end(signal)))
            }
        }
    }

    fn ask(&self, prompt: &str) -> Result<Asked, Error> {
        if !self.asks() {
            return Err(Error::NoPassword);
        }
        let signals = if let Some(signals) = self.signals.get() {
            signals
        } else {
            let listening = Signals::listen().map_err(Error::Input)?;
            self.signals.get_or_init(|| listening)
        };
        let asked = signals.ask(&format!("{}: ", escape(prompt)));
        asked.map_err(|cause| match cause.kind() {
            io::ErrorKind::InvalidData => Error::NotText,
            _ => Error::Input(cause),
        })
    }

    /// From here on somebody else says what a signal does.
    pub fn leave_signal(&self, signal: i32) {
        if let Some(signals) = self.signals.get() {
            signals.leave(signal);
        }
    }

    /// Takes what is going on, a line at a time, and shows each until the next one or its own end.
    pub fn progress(&self) -> impl Fn(&str) {
        let spinner = RefCell::new(None);
        move |message| {
            let _former = spinner.replace(Some(self.spinner(message)));
        }
    }

    /// Shows that something takes its time, until the spinner is dropped.
    pub fn spinner(&self, message: &str) -> Spinner {
        if self.quiet || !self.streams.err || self.terminal.dumb {
            return Spinner(None);
        }
        let signs = if self.terminal.unicode {
            "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "
        } else {
            "|/-\\ "
        };
        let style = spinner_style().tick_chars(signs);
        let bar = ProgressBar::new_spinner()
            .with_style(style)
            .with_message(escape(message).into_owned());
        bar.enable_steady_tick(TURN);
        Spinner(Some(bar))
    }

    fn style_of(&self, is_terminal: bool) -> Style {
        let size = terminal_size::terminal_size().filter(|_| is_terminal);
        let columns = size.map(|(columns, _)| usize::from(columns.0));
        let columns = columns.map(|columns| columns.clamp(NARROWEST, WIDEST));
        Style {
            color: self.colors(is_terminal),
            width: columns.unwrap_or(Style::PLAIN.width),
            unicode: self.terminal.unicode && !self.terminal.dumb,
        }
    }

    /// What the user asks for in so many words outweighs the environment.
    fn colors(&self, is_terminal: bool) -> bool {
        match self.choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && !self.terminal.no_color && !self.terminal.dumb,
        }
    }
}

fn spinner_style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg}").expect("the template is a constant")
}

/// A reader that has seen enough, such as `head`, is no failure of ours.
fn forgive(written: io::Result<()>) -> Result<(), Error> {
    match written {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => Err(Error::Output(cause)),
        _ => Ok(()),
    }
}

fn means_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// A turning sign on the terminal; dropping it clears its line.
#[derive(Debug)]
#[must_use = "it is shown until it is dropped"]
pub struct Spinner(Option<ProgressBar>);

impl Spinner {
    /// Says what is being done now.
    pub fn message(&self, message: &str) {
        if let Some(bar) = &self.0 {
            bar.set_message(escape(message).into_owned());
        }
    }

    /// Whether it can be seen.
    pub fn is_shown(&self) -> bool {
        self.0.is_some()
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMINAL: Terminal = Terminal {
        no_color: false,
        dumb: false,
        unicode: true,
    };

    fn nobody(choice: ColorChoice, terminal: Terminal) -> Ui {
        Ui {
            choice,
            record: None,
            signals: OnceCell::new(),
            quiet: false,
            terminal,
            streams: Streams {
                input: false,
                out: false,
                err: false,
            },
        }
    }

    #[test]
    fn colours_follow_the_user_then_the_environment_then_the_terminal() {
        let plain = TERMINAL;
        let no_color = Terminal {
            no_color: true,
            ..TERMINAL
        };
        let dumb = Terminal {
            dumb: true,
            ..TERMINAL
        };
        for (choice, terminal, is_terminal, wanted) in [
            (ColorChoice::Auto, plain, true, true),
            (ColorChoice::Auto, plain, false, false),
            (ColorChoice::Auto, no_color, true, false),
            (ColorChoice::Auto, dumb, true, false),
            (ColorChoice::Always, no_color, false, true),
            (ColorChoice::Never, plain, true, false),
        ] {
            let colors = nobody(choice, terminal).colors(is_terminal);
            assert_eq!(colors, wanted, "{choice:?} {terminal:?} {is_terminal}");
        }
    }

    #[test]
    fn a_script_is_never_asked_and_is_told_what_to_do() {
        let ui = nobody(ColorChoice::Auto, TERMINAL);
        let asked = ui.confirm("go on?").expect_err("nobody is there");
        assert!(asked.help().is_some_and(|help| help.contains("--yes")));
        for asked in [ui.password("password"), ui.new_password("password")] {
            let error = asked.expect_err("nobody is there");
            assert!(matches!(error, Error::NoPassword));
            assert!(
                error
                    .help()
                    .is_some_and(|help| help.contains("--password-file"))
            );
        }
        assert!(!ui.spinner("deriving the key").is_shown());
        assert_eq!(ui.style().width, 100);
    }

    #[test]
    fn a_reader_that_left_is_forgiven_and_a_full_disk_is_not() {
        let failed = |kind: io::ErrorKind| forgive(Err(kind.into()));
        assert!(failed(io::ErrorKind::BrokenPipe).is_ok());
        let full = failed(io::ErrorKind::StorageFull).expect_err("the output is lost");
        assert!(matches!(full, Error::Output(_)) && full.help().is_some());
    }

    #[test]
    fn only_yes_means_yes() {
        for yes in ["y\n", "YES\r\n", " y "] {
            assert!(means_yes(yes), "{yes:?}");
        }
        for no in ["", "\n", "n\n", "yep\n", "j\n"] {
            assert!(!means_yes(no), "{no:?}");
        }
    }
}
