//! Writes the global info as an update file.
//!
//! **Invariant:** what is written here is read back as the same values, whatever they are.

use quick_xml::escape::escape;

use crate::global_info::{Element, GlobalInfo};

/// An update file with every element, in documented order.
pub fn update_file(info: &GlobalInfo) -> String {
    let mut text =
        String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sso>\n  <globalInfo>\n");
    for element in Element::ALL {
        let value = escaped(&info.text(element));
        text.push_str(&format!("    <{element}>{value}</{element}>\n"));
    }
    text.push_str("  </globalInfo>\n</sso>\n");
    text
}

/// A text as it stands in XML.
pub(super) fn escaped(text: &str) -> String {
    escape(text).into_owned()
}
