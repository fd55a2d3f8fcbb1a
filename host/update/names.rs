//! The names that files of SSO have, and the one that may have been meant.

use crate::global_info::Element;

use super::FileKind;

/// Root of every file.
pub(super) const ROOT: &str = "sso";

/// The element that makes a file an update file.
pub(super) const GLOBAL_INFO: &str = "globalInfo";

/// Elements of application files (`ssomanage -createapps`), two of an older vocabulary among them.
const APPLICATION: [&str; 10] = [
    "application",
    "description",
    "contact",
    "appUserAccount",
    "appAdminAccount",
    "windowsAccount",
    "field",
    "flags",
    "userGroup",
    "appAdminGroup",
];

/// Elements of mapping files (`ssomanage -createmappings`).
const MAPPING: [&str; 5] = [
    "mapping",
    "windowsDomain",
    "windowsUserId",
    "externalApplication",
    "externalUserId",
];

/// Elements of a management agent's file (`ENTSSO.xml`).
const MANAGEMENT_AGENT: [&str; 2] = ["SourceMA", "ENTSSOMA"];

/// Typing errors between two names that still make a mend certain.
const CERTAIN: usize = 2;

/// The element of that name, whatever its case.
pub(super) fn element(name: &str) -> Option<Element> {
    Element::ALL
        .into_iter()
        .find(|element| element.name().eq_ignore_ascii_case(name))
}

/// The documented spelling of a name, whatever its case.
pub(super) fn documented(name: &str) -> Option<&'static str> {
    let own = [ROOT, GLOBAL_INFO].into_iter();
    own.chain(Element::ALL.into_iter().map(Element::name))
        .chain(APPLICATION)
        .chain(MAPPING)
        .chain(MANAGEMENT_AGENT)
        .find(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a name can only be a misspelling of the other, whatever its case.
pub(super) fn misspells(name: &str, known: &str) -> bool {
    let (name, known) = (name.to_ascii_lowercase(), known.to_ascii_lowercase());
    name.len() <= known.len() + CERTAIN
        && known.len() > 3 * CERTAIN
        && strsim::damerau_levenshtein(&name, &known) <= CERTAIN
}

/// Whether a name is `globalInfo` or a misspelling of it.
pub(super) fn like_global_info(name: &str) -> bool {
    misspells(name, GLOBAL_INFO)
}

/// The known name nearest to one that is not known, if any is near.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_ascii_lowercase();
    known
        .filter(|known| name.len() <= 2 * known.len())
        .map(|known| {
            let distance = strsim::damerau_levenshtein(&name, &known.to_ascii_lowercase());
            (distance, known)
        })
        .filter(|(distance, known)| *distance <= known.len().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// The child of `globalInfo` whose name is nearest.
pub(super) fn nearest_element(name: &str) -> Option<Element> {
    nearest(name, Element::ALL.into_iter().map(Element::name)).and_then(element)
}

/// The kind of file that an element belongs to, where that is not an update file.
pub(super) fn kind_of(name: &str) -> Option<FileKind> {
    let among = |known: &[&str]| known.iter().any(|known| known.eq_ignore_ascii_case(name));
    if among(&APPLICATION) {
        Some(FileKind::Applications)
    } else if among(&MAPPING) {
        Some(FileKind::Mappings)
    } else if among(&MANAGEMENT_AGENT) {
        Some(FileKind::ManagementAgent)
    } else {
        None
    }
}

/// What such a file is called.
pub(super) fn what(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Applications => "an application file",
        FileKind::Mappings => "a mapping file",
        FileKind::ManagementAgent => "a management agent's file",
        FileKind::Update | FileKind::Unknown => "another file",
    }
}

/// What such a file does.
pub(super) fn purpose(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Applications => "describes affiliate applications",
        FileKind::Mappings => "maps Windows accounts to external ones",
        FileKind::ManagementAgent => "configures the synchronisation of passwords",
        FileKind::Update | FileKind::Unknown => "is for something else",
    }
}

/// What takes such a file.
pub(super) fn command(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Applications => "`ssomanage -createapps` or `ssomanage -updateapps`",
        FileKind::Mappings => "`ssomanage -createmappings` or `ssomanage -deletemappings`",
        FileKind::ManagementAgent => "the management agent, as ENTSSO.xml",
        FileKind::Update | FileKind::Unknown => "the command it was written for",
    }
}

/// How such a file is put to use.
pub(super) fn usage(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Applications => {
            "apply it with `ssomanage -createapps`, or with `ssomanage -updateapps` where the application exists"
        }
        FileKind::Mappings => {
            "apply it with `ssomanage -createmappings` or `ssomanage -deletemappings`"
        }
        FileKind::ManagementAgent => {
            "store it as ENTSSO.xml in the Extensions folder of the identity product; no command takes it"
        }
        FileKind::Update | FileKind::Unknown => "give it to the command it was written for",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelled_names_find_the_nearest() {
        assert_eq!(
            nearest_element("auditDeleteApps"),
            Some(Element::AuditDeletedApps)
        );
        assert_eq!(nearest_element("server"), None);
        assert_eq!(nearest_element("secretSrever"), Some(Element::SecretServer));
        assert_eq!(nearest_element(&"x".repeat(1_000_000)), None);
        assert!(like_global_info("globalnfo"));
        assert!(!like_global_info("application"));
    }
}
