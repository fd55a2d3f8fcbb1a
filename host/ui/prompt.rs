//! A secret that is typed without being shown.
//!
//! **Invariant:** whatever ends or stops the prompt, the terminal is as it was before, and nothing
//! of what was typed so far is left for the next reader of the terminal.

use std::io::{self, ErrorKind, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{FlushArg, LocalFlags, SetArg, Termios, tcflush, tcgetattr, tcsetattr};
use secrecy::SecretString;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::low_level::{self, emulate_default_handler};
use signal_hook::{SigId, flag};
use zeroize::Zeroizing;

/// The longest line that a terminal hands over, in bytes (`N_TTY_BUF_SIZE`).
const MAX_LINE: usize = 4096;

/// The signals that a prompt hears of before they do what they do.
const HEARD: [i32; 6] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT];

/// What came of a prompt.
pub(super) enum Asked {
    /// What was typed.
    Typed(SecretString),
    /// A signal that ends the process; [`end`] lets it.
    Ended(i32),
}

/// Does what a signal does to a process that does not listen to it.
pub(super) fn end(signal: i32) -> io::Error {
    let _ends_here = emulate_default_handler(signal);
    ErrorKind::Interrupted.into()
}

/// The signals that are listened to, from the first prompt on.
#[derive(Debug)]
pub(super) struct Signals {
    /// While nothing is asked, a signal does what it does to a process that does not listen.
    idle: Arc<AtomicBool>,
    heard: Vec<Heard>,
    woken: UnixStream,
}

#[derive(Debug)]
struct Heard {
    signal: i32,
    came: Arc<AtomicBool>,
    default: SigId,
}

impl Signals {
    /// Listens.
    pub(super) fn listen() -> io::Result<Self> {
        let (woken, wakes) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        let idle = Arc::new(AtomicBool::new(true));
        let ignored = ignored();
        let mut heard = Vec::new();
        // What whoever started regent had it ignore stays ignored.
        for signal in HEARD.into_iter().filter(|signal| !ignored(*signal)) {
            let default = flag::register_conditional_default(signal, Arc::clone(&idle))?;
            let came = Arc::new(AtomicBool::new(false));
            flag::register(signal, Arc::clone(&came))?;
            low_level::pipe::register(signal, wakes.try_clone()?)?;
            heard.push(Heard {
                signal,
                came,
                default,
            });
        }
        Ok(Self { idle, heard, woken })
    }

    /// From here on somebody else says what a signal does.
    pub(super) fn leave(&self, signal: i32) {
        for heard in self.heard.iter().filter(|heard| heard.signal == signal) {
            let _was_there = low_level::unregister(heard.default);
        }
    }

    /// Takes out a signal that came.
    fn next(&self) -> Option<i32> {
        let came = |heard: &&Heard| heard.came.swap(false, Ordering::SeqCst);
        self.heard.iter().find(came).map(|heard| heard.signal)
    }

    /// Forgets what woke the prompt; the flags tell what it was.
    fn drain(&self) {
        use std::io::Read as _;
        while matches!((&self.woken).read(&mut [0; 64]), Ok(1..)) {}
    }

    /// Asks on the terminal that is standard input. The prompt goes to standard error.
    pub(super) fn ask(&self, prompt: &str) -> io::Result<Asked> {
        let input = io::stdin();
        let silent = Silent {
            before: tcgetattr(&input)?,
        };
        // What came while nothing was asked is done with.
        while self.next().is_some() {}
        self.idle.store(false, Ordering::SeqCst);
        let _idle = Idle(&self.idle);
        silent.make()?;
        show(prompt);
        // What was typed is never in a buffer that grows.
        let mut line = Zeroizing::new([0; MAX_LINE]);
        let mut length = 0;
        loop {
            self.drain();
            while let Some(signal) = self.next() {
                if signal == SIGCONT {
                    // Whoever continued it may have set the terminal as they like it.
                    silent.make()?;
                    show(prompt);
                } else {
                    silent.discard()?;
                    show("\n");
                    if signal != SIGTSTP {
                        return Ok(Asked::Ended(signal));
                    }
                    // Stops here. Whoever continues it sends SIGCONT, too.
                    emulate_default_handler(signal)?;
                }
            }
            let mut ready = [
                PollFd::new(input.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.woken.as_fd(), PollFlags::POLLIN),
            ];
            match poll(&mut ready, PollTimeout::NONE) {
                Err(Errno::EINTR) => continue,
                polled => polled?,
            };
            let came = |at: usize| ready[at].any() == Some(true);
            if came(1) || !came(0) {
                continue;
            }
            length += match nix::unistd::read(&input, &mut line[length..]) {
                Err(Errno::EINTR | Errno::EAGAIN) => continue,
                // Without a terminal there is nobody to ask; its loss may be told by a signal, too.
                Ok(0) | Err(Errno::EIO) => return Err(ErrorKind::UnexpectedEof.into()),
                read => read?,
            };
            if let Some(typed) = line[..length].strip_suffix(b"\n") {
                drop(silent);
                let typed = std::str::from_utf8(typed);
                let typed = typed.map_err(|_| io::Error::from(ErrorKind::InvalidData))?;
                return Ok(Asked::Typed(SecretString::from(typed)));
            }
            if length == line.len() {
                return Err(ErrorKind::FileTooLarge.into());
            }
        }
    }
}

/// What cannot be shown is not worth failing for: the answer can be typed all the same.
fn show(text: &str) {
    let _nobody_reads = io::stderr().lock().write_all(text.as_bytes());
}

/// Nothing is asked any more.
struct Idle<'a>(&'a AtomicBool);

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A terminal that does not show what is typed, until this is dropped.
struct Silent {
    before: Termios,
}

impl Silent {
    fn make(&self) -> io::Result<()> {
        let mut silent = self.before.clone();
        silent.local_flags.remove(LocalFlags::ECHO);
        let line = LocalFlags::ECHONL | LocalFlags::ICANON | LocalFlags::ISIG;
        silent.local_flags.insert(line);
        set(&silent)
    }

    /// The terminal as it was, without the part of a line that was typed: who reads next would get
    /// it, and show it.
    fn discard(&self) -> io::Result<()> {
        let done = set(&self.before).and_then(|()| Ok(tcflush(io::stdin(), FlushArg::TCIFLUSH)?));
        match done {
            // It was hung up.
            Err(cause) if cause.raw_os_error() == Some(Errno::EIO as i32) => Ok(()),
            done => done,
        }
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        let _hung_up = set(&self.before);
    }
}

fn set(to: &Termios) -> io::Result<()> {
    loop {
        match tcsetattr(io::stdin(), SetArg::TCSANOW, to) {
            // From the background it stops first, and is done once it is in the foreground.
            Err(Errno::EINTR) => {}
            done => return Ok(done?),
        }
    }
}

/// Which signals the process was started to ignore (proc(5), `SigIgn`).
fn ignored() -> impl Fn(i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    move |signal| mask.unwrap_or_default() >> (signal - 1) & 1 == 1
}
