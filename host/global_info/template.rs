//! What a template leaves in a name's place where nothing was filled in.
//!
//! Update files and commands are made by scripts and deployment tools, and what these do not know
//! they leave as it is. Where a mark can be a part of a name – `_`, `$`, `#`, `!` – it counts only
//! where the whole reads as a variable.

use std::ops::Range;

/// Marks that begin a variable anywhere, and what ends it: `$(Name)` of `MSBuild` and shells, `${name}` and
/// `${{ name }}`, `%{name}`, `%(name)s`, `#{Name}` of Octopus and Azure's token task, `@{name}`, `{{ name }}`
/// and `{% name %}` of Jinja and its like, `<% name %>` and `<name>`, `[[name]]`, `«name»` of mail merges.
const BRACKETS: [(&str, &str); 15] = [
    ("${{", "}}"),
    ("${", "}"),
    ("$(", ")"),
    ("$[", "]"),
    ("%{", "}"),
    ("%(", ")"),
    ("#{", "}"),
    ("@{", "}"),
    ("@(", ")"),
    ("{{", "}}"),
    ("{%", "%}"),
    ("{#", "#}"),
    ("[[", "]]"),
    ("<", ">"),
    ("«", "»"),
];

/// Marks that a variable stands between, if it is all that stands between two ends of a part of a name:
/// `@NAME@` of autoconf, Maven and `CMake`, `__NAME__` of token replacers, `!NAME!` of `cmd`, `#NAME#`,
/// `[name]` and `{0}` of formats.
const FENCES: [(&str, &str); 8] = [
    ("@@", "@@"),
    ("@", "@"),
    ("__", "__"),
    ("!", "!"),
    ("##", "##"),
    ("#", "#"),
    ("[", "]"),
    ("{", "}"),
];

/// Where a template's variable stands in a name, the first of several.
pub(crate) fn variable(text: &str) -> Option<Range<usize>> {
    let found = [bracketed(text), percent(text), dollar(text), fenced(text)];
    found.into_iter().flatten().min_by_key(|found| found.start)
}

/// A mark that no name has, or none that is meant.
fn bracketed(text: &str) -> Option<Range<usize>> {
    let found = BRACKETS.iter().filter_map(|(open, close)| {
        let start = text.find(open)?;
        let inner = start + open.len();
        let end = inner + text[inner..].find(close)? + close.len();
        (end > inner + close.len()).then_some(start..end)
    });
    // Of two that begin together, `${{ x }}` and `${`, the longer one is meant.
    found.min_by_key(|found| (found.start, std::cmp::Reverse(found.end)))
}

/// `%NAME%` of `cmd`, and its `%1` and `%~dp0` where nothing else is there.
fn percent(text: &str) -> Option<Range<usize>> {
    for (start, _) in text.match_indices('%') {
        let inner = text[start + 1..].trim_start_matches('%');
        let begin = text.len() - inner.len();
        if let Some(length) = inner.find('%')
            // `%NAME:~0,8%` is a part of a variable.
            && is_variable(inner[..length].split(':').next().unwrap_or_default())
        {
            let end = begin + length;
            let close = text[end..].len() - text[end..].trim_start_matches('%').len();
            return Some(start..end + close);
        }
    }
    parts(text, &['\\', '/', '.']).find(|part| {
        let argument = text[part.clone()].strip_prefix('%');
        let argument = argument.map(|rest| rest.trim_start_matches('~'));
        let short = |rest: &str| {
            let letters = rest.chars().all(|c| c.is_ascii_alphanumeric());
            letters && (1..=4).contains(&rest.len())
        };
        argument.is_some_and(short)
    })
}

/// `$NAME` and `$env:NAME` of shells, at the start of a part of a name or of a word in it. A `$` may end a
/// name, as those of computers' accounts, and stand in one: `$D31000-NS` is a name.
fn dollar(text: &str) -> Option<Range<usize>> {
    text.match_indices('$').find_map(|(start, _)| {
        let before = text[..start].chars().next_back();
        let begins = before.is_none_or(|c| c == '$' || "\\.-_ ".contains(c));
        let rest = &text[start + 1..];
        let name = rest.strip_prefix("env:").unwrap_or(rest);
        let length = name
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(name.len());
        let after = name[length..].chars().next();
        let ends = after.is_none_or(|c| "\\.$: ".contains(c));
        let end = start + 1 + (rest.len() - name.len()) + length;
        (begins && ends && is_variable(&name[..length])).then_some(start..end)
    })
}

fn fenced(text: &str) -> Option<Range<usize>> {
    let whole = parts(text, &['\\', '/']);
    let mut labels = whole.chain(parts(text, &['\\', '/', '.']));
    labels.find(|part| {
        let text = &text[part.clone()];
        FENCES.iter().any(|(open, close)| {
            let inner = text
                .strip_prefix(open)
                .and_then(|rest| rest.strip_suffix(close));
            inner.is_some_and(|inner| {
                let number = *open == "{" && inner.parse::<u8>().is_ok();
                number || is_variable(inner)
            })
        })
    })
}

/// The parts of a name: of an account its domain and its name, of a server its labels.
fn parts<'t>(text: &'t str, between: &'t [char]) -> impl Iterator<Item = Range<usize>> + 't {
    let mut at = 0;
    text.split(between).map(move |part| {
        let start = at;
        at += part.len() + 1;
        start..start + part.len()
    })
}

/// Whether a text can name a variable.
fn is_variable(text: &str) -> bool {
    let rest = text.trim_start_matches(['~', '.']);
    rest.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && rest
            .chars()
            .all(|c| c.is_alphanumeric() || "_.-()".contains(c))
        && rest.contains(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_filled_in_is_found_where_it_stands() {
        for (text, found) in [
            ("%COMPUTERNAME%\\SSO Admins", "%COMPUTERNAME%"),
            ("%%COMPUTERNAME%%\\X", "%%COMPUTERNAME%%"),
            ("%ProgramFiles(x86)%", "%ProgramFiles(x86)%"),
            ("SSO%SITE%01", "%SITE%"),
            ("%1", "%1"),
            ("CONTOSO\\%~1", "%~1"),
            ("%s", "%s"),
            ("$(ComputerName)\\X", "$(ComputerName)"),
            ("${DOMAIN}\\X", "${DOMAIN}"),
            ("${{ env.MASTER }}", "${{ env.MASTER }}"),
            ("$[variables.master]", "$[variables.master]"),
            ("$Master", "$Master"),
            ("$env:COMPUTERNAME\\SSO", "$env:COMPUTERNAME"),
            ("CONTOSO\\$group", "$group"),
            ("CONTOSO\\SSO $role", "$role"),
            ("$SERVER$", "$SERVER"),
            ("{{ sso_admin_group }}", "{{ sso_admin_group }}"),
            ("{{domain}}\\X", "{{domain}}"),
            ("{% if x %}", "{% if x %}"),
            ("<%= master %>", "<%= master %>"),
            ("<server name>", "<server name>"),
            ("<<SERVER>>", "<<SERVER>"),
            ("«Master»", "«Master»"),
            ("@MASTER@", "@MASTER@"),
            ("@@MASTER@@", "@@MASTER@@"),
            ("@project.master@", "@project.master@"),
            ("__MASTER__.contoso.com", "__MASTER__"),
            ("%COMPUTERNAME:~0,8%", "%COMPUTERNAME:~0,8%"),
            ("@DOMAIN@\\SSO", "@DOMAIN@"),
            ("__MASTER__", "__MASTER__"),
            ("__Domain__\\X", "__Domain__"),
            ("#{Master}#", "#{Master}"),
            ("#{Octopus.Master}", "#{Octopus.Master}"),
            ("##MASTER##", "##MASTER##"),
            ("#MASTER#", "#MASTER#"),
            ("!COMPUTERNAME!", "!COMPUTERNAME!"),
            ("[domain]\\X", "[domain]"),
            ("[[master]]", "[[master]]"),
            ("{0}\\{1}", "{0}"),
            ("{domain}\\group", "{domain}"),
            ("%{master}", "%{master}"),
            ("%(master)s", "%(master)"),
        ] {
            assert_eq!(variable(text).map(|at| &text[at]), Some(found), "{text}");
        }
    }

    #[test]
    fn a_name_that_has_such_marks_is_a_name() {
        for text in [
            "SSO01",
            "SSO_02",
            "SSO__02",
            "_SSO_",
            "A__B__C",
            "CONTOSO\\SSO01$",
            "CONTOSO\\$D31000-NSEL5BRJ63V7",
            "CONTOSO\\Cash$Flow",
            "CONTOSO\\100% Uptime",
            "CONTOSO\\50% and 60%",
            "CONTOSO\\R&D #1",
            "CONTOSO\\C# Team",
            "CONTOSO\\#1 and #2",
            "CONTOSO\\SSO Admins!",
            "CONTOSO\\SSO (Admins)",
            "CONTOSO\\{Team} A",
            "CONTOSO\\Team {A}",
            "CONTOSO\\Müller's Gruppe",
            "joe@contoso.com",
            "$",
            "CONTOSO\\$",
            "CONTOSO\\US$",
            "%",
            "__",
            "____",
            "10.2.1.10",
            "[fe80::1]",
        ] {
            assert_eq!(variable(text), None, "{text}");
        }
    }
}
