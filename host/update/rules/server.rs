//! The name in `secretServer`.

use crate::finding::{Finding, Severity};
use crate::global_info::ServerName;
use crate::global_info::server::{NETBIOS_CHARACTERS, Problem};
use crate::source::Spanned;
use crate::system::Role;
use crate::update::parse::is_dash;
use crate::update::{Rule, names, shown};

use super::Review;
use super::values::Value;

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
    let mended = |finding: Finding, title: &str, name: String| match ServerName::parse(&name) {
        Ok(right) => (
            finding.fix(format!("{title} {name}"), span, name),
            Some(right),
        ),
        Err(_) => (finding, None),
    };
    match problem {
        Problem::Empty => (
            at(Rule::EmptyElement, "a server name is missing".to_owned()),
            None,
        ),
        Problem::Placeholder => {
            let message = format!("“{quoted}” is a sample's placeholder");
            let help =
                "write the name of the SSO server that is to become the master secret server";
            (at(Rule::PlaceholderValue, message).help(help), None)
        }
        Problem::IpAddress => {
            let message = format!("{quoted} is an IP address");
            let help = "write the server's name: servers compare this value with their own name";
            (at(Rule::SecretServerIsIp, message).help(help), None)
        }
        Problem::Localhost => {
            let message = format!("“{quoted}” is another computer on every server");
            let help = "write the server's name; `hostname` prints it";
            (at(Rule::SecretServerIsLocalhost, message).help(help), None)
        }
        Problem::UrlOrPath => {
            let message = format!("“{quoted}” is a URL or path");
            let finding = at(Rule::SecretServerIsUrlOrPath, message).help("write the bare name");
            match text.strip_prefix("\\\\") {
                Some(name) => mended(finding, "write", name.to_owned()),
                None => (finding, None),
            }
        }
        Problem::SqlInstance => {
            let message = format!("“{quoted}” names a SQL Server instance");
            let help =
                "write the name of an SSO server; the database's place is configured elsewhere";
            (
                at(Rule::SecretServerHasSqlInstance, message).help(help),
                None,
            )
        }
        Problem::TooLong => {
            let mut finding = at(Rule::SecretServerTooLong, problem.to_string());
            finding.severity = Severity::Error;
            (finding.help("write the server's NetBIOS name"), None)
        }
        Problem::IllegalCharacter => {
            let message = format!("“{quoted}” is no server name");
            let help = "a server name has letters, digits, `-`, `_` and inner dots only";
            let finding = at(Rule::SecretServerIllegalChars, message).help(help);
            if text.contains(|c| is_dash(c) && c != '-') {
                return mended(finding, "write plain hyphens:", text.replace(is_dash, "-"));
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
                "the documentation uses short names ({}); mixed forms do not match each other",
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
            .push(finding.help("write the server's NetBIOS name"));
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
        review
            .findings
            .push(Rule::SecretServerUnchanged.at(span, message));
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
        let help = match names::nearest(name.as_str(), listed()) {
            Some(near) => {
                format!("did you mean {near}? If not, add it: regent server add {written}")
            }
            None if system.servers.is_empty() => {
                format!("no server is listed yet; add it: regent server add {written}")
            }
            None => format!(
                "the servers are {}; if the name is right, add it: regent server add {written}",
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
            .push(finding.help("a master secret server should do nothing else"));
    }
}
