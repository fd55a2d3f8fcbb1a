//! From a module with a contract in it to a component on disk.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::Error;

/// Wraps the contract that `wit-bindgen` left in a module around it.
pub(super) fn encode(module: &Path) -> Result<Vec<u8>, Error> {
    let bytes = std::fs::read(module).map_err(Error::unreadable(module))?;
    let no_component = |reason: String| Error::NotAComponent {
        module: module.to_owned(),
        reason,
    };
    // Without one the encoder makes a component that can do nothing.
    match wit_component::metadata::decode(&bytes) {
        Ok((Some(_without_contract), _)) => {}
        Ok((None, _)) => return Err(no_component("there is no contract in it".to_owned())),
        Err(error) => return Err(no_component(format!("{error:#}"))),
    }
    wit_component::ComponentEncoder::default()
        .validate(true)
        .module(&bytes)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| no_component(format!("{error:#}")))
}

/// Writes a component whole or not at all, readable by every account, as programs are.
pub(super) fn write(out: &Path, component: &[u8]) -> Result<(), Error> {
    let folder = match out.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let replace = || -> io::Result<()> {
        std::fs::create_dir_all(&folder)?;
        let mut temporary = builder().tempfile_in(&folder)?;
        temporary.write_all(component)?;
        temporary.as_file().sync_all()?;
        temporary.persist(out)?;
        Ok(())
    };
    replace().map_err(Error::unwritable(out))
}

#[cfg(unix)]
fn builder() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut builder = tempfile::Builder::new();
    // The account's umask still takes away from it.
    builder.permissions(std::fs::Permissions::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn builder() -> tempfile::Builder<'static, 'static> {
    tempfile::Builder::new()
}
