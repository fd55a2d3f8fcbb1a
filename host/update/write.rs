//! Writes the global info as an update file.
//!
//! **Invariant:** what is written here is read back as the same values, whatever they are.

use quick_xml::escape::escape;

use crate::global_info::{Element, GlobalInfo};

/// An update file with every element, in documented order.
pub fn update_file(info: &GlobalInfo) -> String {
    let elements: Vec<String> = Element::ALL
        .into_iter()
        .map(|element| (element, escaped(&info.text(element))))
        .map(|(element, value)| format!("    <{element}>{value}</{element}>\n"))
        .collect();
    let elements = elements.concat();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sso>\n  <globalInfo>\n{elements}  </globalInfo>\n</sso>\n"
    )
}

/// The update file that promotes a server and changes nothing else.
pub fn promotion_file(server: &str) -> String {
    let server = escaped(server);
    format!(
        "<sso>\n  <globalInfo>\n    <secretServer>{server}</secretServer>\n  </globalInfo>\n</sso>\n"
    )
}

/// A text as it stands in XML.
pub(super) fn escaped(text: &str) -> String {
    escape(text).into_owned()
}
