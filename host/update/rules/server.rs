//! The name in `secretServer`.

use crate::finding::{Finding, Severity};
use crate::global_info::server::{NETBIOS_CHARACTERS, Problem, is_legal};
use crate::global_info::{ServerName, placeholder};
use crate::source::Spanned;
use crate::system::Role;
use crate::update::parse::is_dash;
use crate::update::{Rule, names, shown};

use super::Review;
use super::values::{Value, unexpanded};

/// Reads the name, and compares it with the system.
pub(super) fn read(review: &mut Review<'_>, value: &Value<'_>) -> Option<Spanned<ServerName>> {
    let text = value.text();
    let name = match ServerName::parse(text) {
        Ok(name) => name,
        Err(problem) => {
            let (finding, name) = refused(value, problem);
            review.findings.push(finding);
            name?
        }
    };
    form(review, value, &name);
    known(review, value, &name);
    Some(value.spanned(name))
}

/// What is wrong with a text that is no name, and the name that was certainly meant.
fn refused(value: &Value<'_>, problem: Problem) -> (Finding, Option<ServerName>) {
    let (text, span) = (value.text(), value.span());
    let quoted = shown(text);
    let at = |rule: Rule, message: String| rule.at(span, message);
    let mended = |finding: Finding, name: String| match ServerName::parse(&name) {
        Ok(right) => {
            let mut fixed = finding.fix(format!("write {name}"), span, name);
            // The mend says it already.
            fixed.help = None;
            (fixed, Some(right))
        }
        Err(_) => (finding, None),
    };
    match problem {
        Problem::Empty => {
            let finding = at(Rule::EmptyElement, problem.to_string());
            (finding.help("write the server's name"), None)
        }
        Problem::Template => (unexpanded(value, 0..text.len()), None),
        Problem::Sid => {
            let message = format!("“{quoted}” is a SID, not a server");
            let help = "write the server's name";
            (at(Rule::SecretServerIllegalChars, message).help(help), None)
        }
        Problem::Placeholder => {
            let message = format!("“{quoted}” is a placeholder");
            let help = if placeholder::is_cluster(text) {
                "write the network name of the clustered SSO service"
            } else {
                "write the name of the SSO server that is to become the master secret server"
            };
            (at(Rule::PlaceholderValue, message).help(help), None)
        }
        Problem::IpAddress => {
            let message = format!("{quoted} is an IP address");
            let help = "write the server's name: servers compare this value with their own name";
            (at(Rule::SecretServerIsIp, message).help(help), None)
        }
        Problem::Localhost => {
            let message = format!("“{quoted}” means another computer on every server");
            let help = "write the server's name; `hostname` prints it";
            (at(Rule::SecretServerIsLocalhost, message).help(help), None)
        }
        Problem::UrlOrPath => {
            let message = format!("“{quoted}” is a URL or path");
            let finding = at(Rule::SecretServerIsUrlOrPath, message);
            let finding = finding.help("write the server's bare name");
            match text.strip_prefix("\\\\") {
                Some(name) => mended(finding, name.to_owned()),
                None => (finding, None),
            }
        }
        Problem::SqlInstance => {
            let message = format!("“{quoted}” names a SQL Server instance");
            let help = "write the bare name of an SSO server, without a domain, instance or port";
            let finding = at(Rule::SecretServerHasSqlInstance, message);
            (finding.help(help), None)
        }
        Problem::TooLong => {
            let mut finding = at(Rule::SecretServerTooLong, problem.to_string());
            finding.severity = Severity::Error;
            (finding.help("write the server's NetBIOS name"), None)
        }
        Problem::IllegalCharacter => {
            let message = format!("“{quoted}” is no server name");
            let wrong = text.match_indices(|c| !is_legal(c)).next();
            let place = wrong.map_or(span, |(at, found)| value.part(at..at + found.len()));
            let help = "a server name has letters, digits, `-`, `_` and inner dots only";
            let finding = Rule::SecretServerIllegalChars.at(place, message).help(help);
            if text.contains(|c| is_dash(c) && c != '-') {
                let finding = finding.here("a dash where a hyphen is typed");
                return mended(finding, text.replace(is_dash, "-"));
            }
            (finding, None)
        }
    }
}

/// How a valid name is written.
fn form(review: &mut Review<'_>, value: &Value<'_>, name: &ServerName) {
    let (text, span) = (name.as_str(), value.span());
    let host = text.split('.').next().unwrap_or_default();
    if text.contains('.') {
        let finding = Rule::SecretServerFqdn
            .at(span, format!("{} is a fully qualified name", shown(text)))
            .help(format!(
                "write {}: the documentation uses short names, and the two forms do not match",
                shown(host)
            ));
        review.findings.push(finding);
    }
    if host.chars().count() > NETBIOS_CHARACTERS {
        let count = host.chars().count();
        let message = format!(
            "{} has {count} characters, a NetBIOS name at most {NETBIOS_CHARACTERS}",
            shown(host)
        );
        let finding = Rule::SecretServerTooLong.at(span, message);
        review
            .findings
            .push(finding.help("write the server's NetBIOS name: Windows cuts longer ones off"));
    }
}

/// What the system knows of the name.
fn known(review: &mut Review<'_>, value: &Value<'_>, name: &ServerName) {
    let Some(system) = review.context.system else {
        return;
    };
    let (span, written) = (value.span(), shown(name.as_str()));
    let master = system.master();
    if master == name {
        let message = format!("{written} already is the master secret server");
        let finding = Rule::SecretServerUnchanged.at(span, message);
        review
            .findings
            .push(finding.help("to promote a server, write that server's name"));
        return;
    }
    if master.is(name) {
        let message = format!("{written} differs from {master} in its case only");
        let finding = Rule::SecretServerCaseOnlyChange.at(span, message);
        review.findings.push(finding.help(format!(
            "it is the same server; write {master} if nothing is to change"
        )));
        return;
    }
    let Some(server) = system.server(name) else {
        let message = format!("{written} is not an SSO server of this system");
        let listed = || system.servers.iter().map(|server| server.name.as_str());
        let near = names::nearest(name.as_str(), listed());
        let help = match near {
            _ if let Some(other) = system.other_name(name) => {
                format!("{other} is listed, which may be the same computer: write {other}")
            }
            Some(near) => {
                format!("did you mean {near}? If the name is right: `regent server add {written}`")
            }
            None if system.servers.is_empty() => {
                format!("no server is listed yet; add it: `regent server add {written}`")
            }
            None => format!(
                "the servers are {}; if the name is right: `regent server add {written}`",
                listed().take(8).collect::<Vec<_>>().join(", ")
            ),
        };
        let finding = Rule::SecretServerUnknownHost.at(span, message);
        review.findings.push(finding.help(help));
        return;
    };
    if server.roles.contains(&Role::ClusterNode) {
        let network =
            |server: &&crate::system::SsoServer| server.roles.contains(&Role::NetworkName);
        let names: Vec<_> = system.servers.iter().filter(network).collect();
        let help = match names.first() {
            Some(network) => format!(
                "write the cluster's network name, for example {}",
                network.name
            ),
            None => "write the network name of the clustered SSO service".to_owned(),
        };
        let message = format!("{written} is one node of a cluster");
        let finding = Rule::SecretServerIsClusterNode.at(span, message);
        review.findings.push(finding.help(help));
    }
    if server.roles.contains(&Role::Processing) {
        let message = format!("{written} also runs processing hosts");
        let finding = Rule::SecretServerAlsoProcessing.at(span, message);
        review
            .findings
            .push(finding.help("promote a server that does nothing else, where there is one"));
    }
}
