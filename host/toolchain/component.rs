//! From a module with a contract in it to a component, and to the disk.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{Error, Language};

/// The packages whose interfaces a plugin may import.
const CONTRACT: &str = "regent:plugin/";

/// How a component begins, and a module does not (Component Model, Binary.md, "Component Definitions").
const PREAMBLE: &[u8] = b"\0asm\x0d\0\x01\0";

/// What a tool has made.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(Error::unreadable(path))
}

/// Wraps the contract that the bindings left in a module around it.
pub(super) fn encode(module: &Path, language: Language) -> Result<Vec<u8>, Error> {
    let bytes = read(module)?;
    let no_component = |reason: String| Error::NotAComponent {
        module: module.to_owned(),
        language,
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

/// Refuses what regent would refuse to load: a component that wants more than the contract offers.
pub(super) fn refuse_imports(component: &[u8], project: &Path) -> Result<(), Error> {
    let refused = |problem: String| Error::Imports {
        project: project.to_owned(),
        problem,
    };
    let no_component = || refused("it is no component".to_owned());
    if !component.starts_with(PREAMBLE) {
        return Err(no_component());
    }
    let decoded =
        wit_component::decode(component).map_err(|error| refused(format!("{error:#}")))?;
    let wit_component::DecodedWasm::Component(resolve, world) = decoded else {
        return Err(no_component());
    };
    let imports = resolve.worlds[world].imports.keys();
    let foreign: Vec<String> = imports
        .map(|import| resolve.name_world_key(import))
        .filter(|import| !import.starts_with(CONTRACT))
        .collect();
    if foreign.is_empty() {
        Ok(())
    } else {
        Err(refused(format!("it imports {}", foreign.join(", "))))
    }
}

/// Says in a component what it is written in and that regent has built it: compilers that strip a
/// module take that out of it, and an interpreter's tool names the interpreter's own language.
pub(super) fn name_language(
    component: &[u8],
    language: Language,
    project: &Path,
) -> Result<Vec<u8>, Error> {
    let mut producers = wasm_metadata::AddMetadata::default();
    producers.language = vec![(language.to_string(), String::new())];
    producers.processed_by = vec![("regent".to_owned(), env!("CARGO_PKG_VERSION").to_owned())];
    let named = producers.to_wasm(component);
    named.map_err(|error| Error::Imports {
        project: project.to_owned(),
        problem: format!("what it says of its making cannot be read: {error:#}"),
    })
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
