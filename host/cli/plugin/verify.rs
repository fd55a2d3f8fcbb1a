//! `regent plugin verify`: who vouches for a component, and whether that is enough.

use std::path::PathBuf;

use clap::Args;

use crate::exit::Status;
use crate::identity::Digest;
use crate::policy::{self, Error};
use crate::report::plugin::verify::{SignatureReport, VerifyReport};
use crate::secret::{Signer, VerifyingKey};
use crate::settings::trust::{Signature, counting, signatures};
use crate::source::SourceFile;

use super::super::failure::Misuse;
use super::super::{Context, Failure};

/// A component, and who should vouch for it.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The component
    #[arg(value_name = "COMPONENT")]
    component: PathBuf,
    /// Public key (a .pub file) that must have signed it; may be given several times
    #[arg(long, value_name = "PUBLIC-KEY")]
    key: Vec<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Status, Failure> {
    let component = &arguments.component;
    let of_component = |cause| Error::Component {
        component: component.clone(),
        cause,
    };
    let (keys, needed) = keys(arguments, context)?;
    let bytes = policy::read(component).map_err(of_component)?;
    let found = signatures(component, &bytes, &keys).map_err(|cause| of_component(cause.into()))?;
    let counted = counting(&found, &keys).len();
    let trusted = counted >= needed;
    context.say(&VerifyReport {
        component: component.display().to_string(),
        digest: Digest::of(&bytes),
        signatures: found.iter().map(told).collect(),
        counted,
        needed,
        trusted,
    })?;
    Ok(if trusted {
        Status::Done
    } else {
        Status::Findings
    })
}

/// The keys that count, and how many of them must have signed.
fn keys(arguments: &Arguments, context: &Context) -> Result<(Vec<Signer>, usize), Failure> {
    if arguments.key.is_empty() {
        let Some(trust) = &context.settings()?.trust else {
            return Err(Failure::Usage {
                code: Misuse::NobodyTrusted,
                message: "nobody is named whose signature would count".to_owned(),
                help: "name public keys with --key FILE, or add a [trust] section to regent.toml; \
                       README.md shows one"
                    .to_owned(),
            });
        };
        return Ok((trust.keys.clone(), trust.signatures));
    }
    let mut keys = Vec::new();
    for path in &arguments.key {
        let name = path.display().to_string();
        let line = SourceFile::read_text(path)?.text().to_owned();
        let key = VerifyingKey::try_from(line).map_err(|cause| Failure::Usage {
            code: Misuse::NoPublicKey,
            message: format!("{name} cannot verify: {cause}"),
            help: "name the .pub file that lies beside the private key".to_owned(),
        })?;
        if !keys.iter().any(|known: &Signer| known.key.is(&key)) {
            keys.push(Signer { name, key });
        }
    }
    let needed = keys.len();
    Ok((keys, needed))
}

/// A signature, and whether it counts.
pub(super) fn told(signature: &Signature) -> SignatureReport {
    SignatureReport {
        by: signature.by(),
        counts: signature.refused.is_none(),
        refused: signature.refused.clone(),
    }
}
