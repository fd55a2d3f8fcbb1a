//! Compiled code in memory of our own, on its way from the cache to the engine.
//!
//! **Invariant:** what is loaded are the very bytes that were written here, and nothing can change
//! them any more: they lie in our own heap, or on Linux in a sealed file in memory, which the
//! engine maps instead of copying it.

use std::io::{self, Write};

use wasmtime::Engine;
use wasmtime::component::Component;

/// Bytes of compiled code, taken in piece by piece.
pub(super) struct Code(Memory);

enum Memory {
    #[cfg(target_os = "linux")]
    File(std::fs::File),
    Heap(Vec<u8>),
}

impl Code {
    /// Room for code.
    pub(super) fn new() -> Self {
        #[cfg(target_os = "linux")]
        if let Ok(file) = sealed::file() {
            return Self(Memory::File(file));
        }
        Self(Memory::Heap(Vec::new()))
    }

    /// Makes a component of the code; nothing where the engine refuses it.
    ///
    /// # Safety
    ///
    /// The bytes written here must be what [`Component::serialize`] returned: the engine runs them.
    #[expect(
        unsafe_code,
        reason = "wasmtime cannot tell its own code from an attacker's; the cache's MAC can"
    )]
    pub(super) unsafe fn component(self, engine: &Engine) -> Option<Component> {
        match self.0 {
            #[cfg(target_os = "linux")]
            Memory::File(file) => {
                let path = sealed::seal(&file).ok()?;
                // SAFETY: the caller vouches for the bytes, and after the seal neither this process
                // nor another can write to them, so that what is mapped stays what was checked.
                unsafe { Component::deserialize_file(engine, path) }.ok()
            }
            // SAFETY: the caller vouches for the bytes.
            Memory::Heap(bytes) => unsafe { Component::deserialize(engine, bytes) }.ok(),
        }
    }
}

impl Write for Code {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            #[cfg(target_os = "linux")]
            Memory::File(file) => file.write(bytes),
            Memory::Heap(heap) => heap.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(target_os = "linux")]
mod sealed {
    use std::fs::File;
    use std::os::fd::AsRawFd as _;
    use std::path::PathBuf;

    use nix::fcntl::{FcntlArg, SealFlag, fcntl};
    use nix::sys::memfd::{MFdFlags, memfd_create};

    /// An empty file in memory, without a name anybody could open.
    pub(super) fn file() -> nix::Result<File> {
        let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
        memfd_create("regent-plugin", flags).map(File::from)
    }

    /// Makes the file's content final and says how this process opens it.
    pub(super) fn seal(file: &File) -> nix::Result<PathBuf> {
        let seals = SealFlag::F_SEAL_WRITE
            | SealFlag::F_SEAL_GROW
            | SealFlag::F_SEAL_SHRINK
            | SealFlag::F_SEAL_SEAL;
        fcntl(file, FcntlArg::F_ADD_SEALS(seals))?;
        Ok(PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd())))
    }
}
