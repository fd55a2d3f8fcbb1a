//! `regent plugin sign`: vouch for a component with a key.

use std::path::PathBuf;

use clap::Args;

use crate::exit::Status;
use crate::policy::{self, Error};
use crate::report::plugin::sign::SignReport;
use crate::secret::signing::{self, PLUGIN};
use crate::secret::{KeyFile, VerifyingKey};
use crate::settings::trust::{signature_file, signature_text};
use crate::source;

use super::super::{Context, Failure};

/// A component to vouch for.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The component
    #[arg(value_name = "COMPONENT")]
    component: PathBuf,
    /// Private key to sign with
    #[arg(long, value_name = "KEY")]
    key: PathBuf,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Status, Failure> {
    let Arguments { component, key } = arguments;
    let of_component = |cause| Error::Component {
        component: component.clone(),
        cause,
    };
    // Only what is a plugin is signed, so that nobody vouches for a file by the wrong name.
    let bytes = policy::read(component).map_err(of_component)?;
    let inspection = policy::inspect_bytes(component, &bytes, None)?;
    let file = KeyFile::read(key)?;
    let public = file.public();
    let signature = context.unlock(file, key)?.sign(PLUGIN, &bytes)?;
    let earlier = signature_text(component).map_err(|cause| of_component(cause.into()))?;
    // What does not fit these bytes was made for others, and one signature a key is enough.
    let fits = |armored: &&str| {
        VerifyingKey::named_in(armored)
            .is_ok_and(|by| !by.is(&public) && by.verify(PLUGIN, &bytes, armored).is_ok())
    };
    let earlier = signing::armored(&earlier).into_iter().filter(fits);
    let all: Vec<&str> = earlier.chain([signature.trim()]).collect();
    let path = signature_file(component);
    source::replace(&path, format!("{}\n", all.join("\n")).as_bytes()).map_err(|cause| {
        Failure::File {
            act: "write",
            path: path.clone(),
            cause,
        }
    })?;
    context.say(&SignReport {
        component: component.display().to_string(),
        name: inspection.description.name,
        version: inspection.description.version,
        digest: inspection.digest,
        key: public.to_string(),
        file: path.display().to_string(),
        signatures: all.len(),
    })?;
    Ok(Status::Done)
}
