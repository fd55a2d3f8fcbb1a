//! Codes of errors: by what a script tells one error from another.

use super::Status;

/// What went wrong, by a name that never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The stable name, in kebab case.
    pub name: &'static str,
    /// What a command exits with that fails so.
    pub status: Status,
    /// What it means, as a clause without a full stop.
    pub meaning: &'static str,
}

/// Gives each variant of an error its code; a line a variant: its name, its code's, what it exits
/// with, what it means. A variant that is another room's error passes that one's code on. An error
/// without variants has one line of its own, and codes without an error of their own are an
/// enumeration.
macro_rules! coded {
    ($(#[$doc:meta])* pub enum $type:ident {
        $($variant:ident $name:literal $status:ident $meaning:literal;)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $type {
            $(#[doc = $meaning] $variant,)*
        }

        $crate::exit::coded! { $type { $($variant $name $status $meaning;)* } }
    };
    ($type:ident $name:literal $status:ident $meaning:literal) => {
        impl $type {
            /// Every code of its own.
            pub const CODES: &'static [$crate::exit::Code] = &[$crate::exit::Code {
                name: $name,
                status: $crate::exit::Status::$status,
                meaning: $meaning,
            }];

            /// By what a script tells this error from others.
            pub fn code(&self) -> $crate::exit::Code {
                Self::CODES[0]
            }
        }
    };
    ($type:ident {
        $($variant:ident $name:literal $status:ident $meaning:literal;)*
    } $(passing { $($passed:ident . $field:tt),* $(,)? })?) => {
        impl $type {
            /// Every code of its own.
            pub const CODES: &'static [$crate::exit::Code] = &[$($crate::exit::Code {
                name: $name,
                status: $crate::exit::Status::$status,
                meaning: $meaning,
            }),*];

            /// By what a script tells this error from others.
            pub fn code(&self) -> $crate::exit::Code {
                match self {
                    $(Self::$variant { .. } => $crate::exit::Code {
                        name: $name,
                        status: $crate::exit::Status::$status,
                        meaning: $meaning,
                    },)*
                    $($(Self::$passed { $field: cause, .. } => cause.code(),)*)?
                }
            }
        }
    };
}

pub(crate) use coded;
