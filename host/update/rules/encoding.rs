//! Whether every reader goes by the encoding that the file has.

use encoding_rs::{Encoding as Named, UTF_8, UTF_16BE, UTF_16LE};

use crate::finding::{Finding, Severity};
use crate::source::encoding::{before_unknown, western};
use crate::source::{Encoding, SourceFile, Span};

use super::super::findings::Findings;
use super::super::parse::Document;
use super::{Rule, shown};

/// What a file begins with that has no declaration and gets one.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Compares what the file declares with what its bytes are.
pub(super) fn compare(file: &SourceFile, document: &Document, findings: &mut Findings) {
    let declared = document.encoding.as_ref().map(|(label, span)| Declared {
        named: Named::for_label(label.as_bytes()),
        label,
        span: *span,
    });
    let finding = match file.encoding() {
        Encoding::Unknown { byte } => Some(unknown(file, byte, declared.as_ref())),
        Encoding::Utf16LeUnmarked | Encoding::Utf16BeUnmarked => Some(unmarked(declared.as_ref())),
        Encoding::Declared(named) => declared.map(|declared| legacy(file, named, &declared)),
        Encoding::Utf8 | Encoding::Utf8Bom => declared.and_then(|declared| declared.of_utf8(file)),
        Encoding::Utf16Le => declared.and_then(|declared| {
            let fits = declared.named == Some(UTF_16LE) && !declared.is("utf-16be");
            (!fits).then(|| declared.differs("UTF-16"))
        }),
        Encoding::Utf16Be => declared.and_then(|declared| {
            let fits = declared.named == Some(UTF_16BE) || declared.is("utf-16");
            (!fits).then(|| declared.differs("UTF-16"))
        }),
    };
    if let Some(finding) = finding {
        findings.push(finding);
    }
}

/// What an XML declaration says of the encoding.
struct Declared<'a> {
    label: &'a str,
    named: Option<&'static Named>,
    span: Span,
}

impl Declared<'_> {
    fn is(&self, label: &str) -> bool {
        self.label.eq_ignore_ascii_case(label)
    }

    fn of_utf8(&self, file: &SourceFile) -> Option<Finding> {
        let ascii = file.text().is_ascii();
        match self.named {
            Some(named) if named == UTF_8 => None,
            _ if ascii && self.is("us-ascii") => None,
            // In most encodings ASCII is spelled as in UTF-8, so that both are true.
            Some(named) if ascii && named.is_ascii_compatible() => {
                Some(self.rewrite(Rule::EncodingLegacy.at(
                    self.span,
                    format!(
                        "the file declares {}, which not every reader knows",
                        shown(self.label)
                    ),
                )))
            }
            _ => Some(self.differs("UTF-8")),
        }
    }

    /// The bytes are something else for certain.
    fn differs(&self, real: &str) -> Finding {
        let label = shown(self.label);
        let message = match self.named {
            Some(_) => format!("the file declares {label}, but is {real}"),
            None => format!("the file declares {label}, which is no known encoding"),
        };
        let finding = Rule::EncodingMismatch.at(self.span, message);
        let mut finding = finding.fix(format!("declare {real}"), self.span, real);
        if self.named.is_none() {
            // No reader can be expected to know it, and most refuse the file.
            finding.severity = Severity::Error;
        }
        finding
    }

    /// The mend that declares UTF-8, and so has the file written in it.
    fn rewrite(&self, finding: Finding) -> Finding {
        finding.fix("write it as UTF-8", self.span, "UTF-8")
    }
}

/// Read as declared, which not everybody can.
fn legacy(file: &SourceFile, named: &'static Named, declared: &Declared<'_>) -> Finding {
    let label = shown(declared.label);
    // What the web takes ISO 8859 and ASCII for has letters where those have none.
    let wider = named.name().starts_with("windows-")
        && !["windows-", "cp", "x-cp"]
            .iter()
            .any(|kin| declared.label.to_ascii_lowercase().starts_with(kin));
    let outside = |byte: &u8| match declared.label {
        label if label.to_ascii_lowercase().contains("ascii") => *byte >= 0x80,
        _ => (0x80..0xA0).contains(byte),
    };
    let beyond = file.bytes().iter().find(|byte| outside(byte));
    declared.rewrite(match beyond.filter(|_| wider) {
        Some(byte) => Rule::EncodingMismatch.at(
            declared.span,
            format!(
                "the file declares {label}, which has no byte 0x{byte:02X}; it is read as {}",
                named.name()
            ),
        ),
        None => Rule::EncodingLegacy.at(
            declared.span,
            format!("the file is in {label}, which not every reader knows"),
        ),
    })
}

fn unmarked(declared: Option<&Declared<'_>>) -> Finding {
    let (rule, message) = (
        Rule::EncodingMismatch,
        "the file is UTF-16 without the byte order mark that tells it",
    );
    match declared {
        Some(declared) => declared.rewrite(rule.at(declared.span, message)),
        None => rule.at(Span::new(0, 0), message).fix(
            "write it as UTF-8, and declare that",
            Span::new(0, 0),
            DECLARATION,
        ),
    }
}

fn unknown(file: &SourceFile, byte: u8, declared: Option<&Declared<'_>>) -> Finding {
    let before = before_unknown(file.bytes());
    // The text that is judged may lack the marks that stand in the file's.
    let start = if file.text().starts_with(before) {
        before.len()
    } else {
        before.replace('\u{feff}', "").len()
    };
    let first = file
        .text()
        .get(start..)
        .and_then(|rest| rest.chars().next());
    let span = Span::new(start, start + first.map_or(0, char::len_utf8));
    let message = match declared {
        Some(Declared { label, named, .. }) if *named != Some(UTF_8) => {
            format!(
                "byte 0x{byte:02X} is neither UTF-8 nor {}, which the file declares",
                shown(label)
            )
        }
        Some(_) => format!("byte 0x{byte:02X} is not UTF-8, which the file declares"),
        None => format!("byte 0x{byte:02X} is not UTF-8, and the file declares nothing else"),
    };
    let mut finding = Rule::EncodingMismatch.at(span, message);
    finding.severity = Severity::Error;
    let c = western(byte);
    let shows = !c.is_control();
    let finding = finding.help(
        "save it as UTF-8; if it reads right here, it is windows-1252, which its first line can \
         declare: `<?xml version=\"1.0\" encoding=\"windows-1252\"?>`",
    );
    if shows {
        finding.here(format!("“{c}” in windows-1252"))
    } else {
        finding
    }
}
