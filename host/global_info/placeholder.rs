//! Words that stand in a name's place until somebody writes the name: those of published samples, and
//! those that say of themselves that they are none.

/// Servers in the vendor's samples and documentation.
const SERVERS: [&str; 8] = [
    "SSO Server name",
    "ComputerA",
    "ComputerB",
    "MSS_CLUSTER",
    "NewMSSServer",
    "NewSSOServer",
    "SSONETWORKNAME",
    "BIZTALKCLUSTER",
];

/// Those of them that stand for the network name of a cluster.
const CLUSTERS: [&str; 3] = ["MSS_CLUSTER", "SSONETWORKNAME", "BIZTALKCLUSTER"];

/// Domains in the vendor's samples, and what else no domain is called.
const DOMAINS: [&str; 4] = [
    "domainname",
    "yourdomain",
    "yourdomainname",
    "newdomainname",
];

/// What the samples put behind `Domain\`, which alone could be a domain.
const ACCOUNTS: [&str; 13] = [
    "accountname",
    "account",
    "username",
    "user",
    "groupname",
    "group",
    "name",
    "appusergroup",
    "appadmingroup",
    "appuseraccount",
    "appadminaccount",
    "appusergrouphisso",
    "appadmingrouphisso",
];

/// Words that ask to be replaced, blanks, `-` and `_` left out.
const WORDS: [&str; 25] = [
    "accountname",
    "username",
    "groupname",
    "servername",
    "ssoservername",
    "mssservername",
    "mastersecretservername",
    "newservername",
    "computername",
    "hostname",
    "networkname",
    "clustername",
    "clusternetworkname",
    "yourserver",
    "yourservername",
    "yourssoserver",
    "yourcomputername",
    "yourgroup",
    "youraccount",
    "changeme",
    "replaceme",
    "placeholder",
    "todo",
    "tbd",
    "fixme",
];

/// Whether a text stands in the place of a server's name; of a whole name its first label counts.
pub(crate) fn is_server(text: &str) -> bool {
    let label = text.split('.').next().unwrap_or_default();
    let known = |name: &str| name.eq_ignore_ascii_case(text) || name.eq_ignore_ascii_case(label);
    SERVERS.iter().any(|name| known(name)) || is_word(label)
}

/// Whether it stands for the network name of a cluster.
pub(crate) fn is_cluster(text: &str) -> bool {
    CLUSTERS.iter().any(|name| name.eq_ignore_ascii_case(text))
}

/// Whether a text stands in the place of an account.
pub(crate) fn is_account(text: &str) -> bool {
    let (domain, name) = text.split_once('\\').unwrap_or(("", text));
    let (domain, bare) = (plain(domain), plain(name));
    DOMAINS.contains(&domain.as_str())
        || domain == "domain" && ACCOUNTS.contains(&bare.as_str())
        || is_word(&domain)
        || is_word(name)
}

fn is_word(text: &str) -> bool {
    let plain = plain(text);
    let crosses = plain.len() >= 3 && plain.bytes().all(|byte| byte == b'x');
    crosses || WORDS.contains(&plain.as_str())
}

fn plain(text: &str) -> String {
    let kept = text.chars().filter(|c| !matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_told_from_a_name_that_is_like_one() {
        for server in [
            "BIZTALKCLUSTER",
            "biztalkcluster",
            "NewSSOServer",
            "newmssserver",
            "ComputerA",
            "computera.contoso.com",
            "SSO Server name",
            "SERVER-NAME",
            "YourServerName",
            "CHANGE_ME",
            "TODO",
            "xxx",
            "XXXX",
        ] {
            assert!(is_server(server), "{server}");
        }
        for server in [
            "NEWSSO01",
            "NEWMSS",
            "NEWSSO",
            "MSSCLUSTER",
            "SSOCLUSTER",
            "BIZTALKCLUSTER1",
            "BTSCLUSTER",
            "COMPUTER01",
            "SSOSERVER",
            "TODO01",
            "XX",
            "MAXXX",
            "SERVER",
        ] {
            assert!(!is_server(server), "{server}");
        }
        for account in [
            "Domain\\Accountname",
            "DomainName\\Accountname",
            "DOMAINNAME\\AppUserGroup",
            "domain\\AppAdminAccount",
            "YourDomain\\SSO Admins",
            "DOMAIN\\user",
            "CONTOSO\\CHANGEME",
            "CONTOSO\\Group Name",
            "accountname",
        ] {
            assert!(is_account(account), "{account}");
        }
        for account in [
            "DOMAIN\\SSO Admins",
            "MYDOMAIN\\SSO Admins",
            "CONTOSO\\Account Operators",
            "CONTOSO\\SSO Group",
            "CONTOSO\\Users of SSO",
            "BUILDING\\SSO",
            "SSO Administrators",
        ] {
            assert!(!is_account(account), "{account}");
        }
    }
}
