//! The master secret: its backups, its vault, and the proof that it is the right one.
//!
//! `FORMAT.md` beside this file specifies every byte. **Invariant:** a type that holds a secret
//! can be neither printed, cloned, compared nor serialized; `git grep expose_secret` is the audit.

pub mod approval;
pub mod armor;
pub mod backup;
pub mod compare;
pub mod crypto;
pub mod damage;
pub mod error;
pub mod file;
pub mod machine_key;
pub mod master_secret;
pub mod password;
pub mod sighting;
mod prepared;
pub mod signing;
pub mod travelled;
pub mod vault;

pub use approval::Approver;
pub use backup::{Backup, BackupFacts, Header, KdfCost};
pub use compare::{Proven, compare, compare_header};
pub use error::Error;
pub use machine_key::MachineKey;
pub use master_secret::{Generations, MasterSecret};
pub use password::{Oddity, Password, Reminder};
pub use sighting::Sighting;
pub use signing::{KeyFile, NotAKey, NotSigned, Signer, SigningKey, VerifyingKey};
pub use travelled::Change;
pub use vault::{Held, Unopened, Vault, VaultFacts, kept_aside};
