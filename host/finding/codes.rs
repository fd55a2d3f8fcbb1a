//! Tables of codes: what can be found, each with a stable name, how bad it is, and what it finds.

/// Makes an enumeration of codes; after its name a line a code: variant, name, severity, summary.
macro_rules! codes {
    ($(#[$doc:meta])* $type:ident; $($variant:ident $name:literal $severity:ident $summary:literal;)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $type {
            $(#[doc = $summary] $variant,)*
        }

        impl $type {
            /// Every code, in the order of the pages.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable name, without what stands before the slash.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// How bad it usually is.
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$variant => Severity::$severity,)*
                }
            }

            /// What it finds, in a line.
            pub fn summary(self) -> &'static str {
                match self {
                    $(Self::$variant => $summary,)*
                }
            }
        }
    };
}

pub(crate) use codes;
