//! Accounts that Windows brings along, which the vendor refuses for every role by their SID (event
//! 10777): their names in the languages that Windows comes in, and the SIDs themselves.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Domains whose every account is built in.
const DOMAINS: &str = include_str!("builtin/domains.txt");

/// Accounts that are nobody's own, whatever domain is written before them.
const ANYWHERE: [&str; 6] = [
    "Everyone",
    "Authenticated Users",
    "Anonymous Logon",
    "Local System",
    "Local Service",
    "Network Service",
];

/// Accounts and local groups that are built in where no domain is written before them.
const NAMES: &str = include_str!("builtin/names.txt");

/// What a SID names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sid {
    /// An account that Windows brings along.
    BuiltIn,
    /// An account of a domain or computer.
    Own,
}

/// Whether an account is built in, in whichever language.
pub(crate) fn is_builtin(domain: Option<&str>, name: &str) -> bool {
    static FOLDED: LazyLock<BTreeSet<String>> =
        LazyLock::new(|| read(NAMES).chain(ANYWHERE).map(folded).collect());
    static BEFORE: LazyLock<BTreeSet<String>> =
        LazyLock::new(|| read(DOMAINS).map(folded).collect());
    match domain {
        None => FOLDED.contains(&folded(name)),
        Some(domain) => {
            BEFORE.contains(&folded(domain))
                || ANYWHERE
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(name))
        }
    }
}

/// The names in a table: lines that are no comment, semicolons between the names.
fn read(table: &'static str) -> impl Iterator<Item = &'static str> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines
        .flat_map(|line| line.split(';'))
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

/// What a text names as a SID, which some tools write with `*` before it; nothing where it is none.
pub(crate) fn sid(text: &str) -> Option<Sid> {
    let text = text.strip_prefix('*').unwrap_or(text);
    let numbers = text
        .strip_prefix("S-1-")
        .or_else(|| text.strip_prefix("s-1-"))?;
    let mut parts = numbers.split('-');
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let authority = parts
        .next()
        .is_some_and(|part| number(part) || part.starts_with("0x"));
    if !authority || !parts.clone().all(number) || parts.next().is_none() {
        return None;
    }
    let own = numbers.starts_with("5-21-") || numbers.starts_with("12-");
    Some(if own { Sid::Own } else { Sid::BuiltIn })
}

/// A name as people write it who have no key for an accent or do not see a dash: case, accents, and
/// what stands between words do not count.
fn folded(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    let accent = |c: &char| !('\u{300}'..='\u{36f}').contains(c);
    for c in name.chars().flat_map(char::to_lowercase).filter(accent) {
        match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ą' | 'ă' | 'ā' => folded.push('a'),
            'æ' => folded.push_str("ae"),
            'ç' | 'ć' | 'č' => folded.push('c'),
            'ď' | 'đ' => folded.push('d'),
            'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' | 'ė' | 'ē' => folded.push('e'),
            'ğ' => folded.push('g'),
            'ì' | 'í' | 'î' | 'ï' | 'ı' | 'ī' => folded.push('i'),
            'ł' | 'ľ' | 'ĺ' => folded.push('l'),
            'ñ' | 'ń' | 'ň' => folded.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ő' | 'ø' => folded.push('o'),
            'ř' | 'ŕ' => folded.push('r'),
            'ś' | 'š' | 'ş' | 'ș' => folded.push('s'),
            'ß' => folded.push_str("ss"),
            'ť' | 'ţ' | 'ț' => folded.push('t'),
            'ù' | 'ú' | 'û' | 'ü' | 'ű' | 'ů' | 'ū' => folded.push('u'),
            'ý' => folded.push('y'),
            'ź' | 'ż' | 'ž' => folded.push('z'),
            'ά' => folded.push('α'),
            'έ' => folded.push('ε'),
            'ή' => folded.push('η'),
            'ί' => folded.push('ι'),
            'ό' => folded.push('ο'),
            'ύ' => folded.push('υ'),
            'ώ' => folded.push('ω'),
            'ς' => folded.push('σ'),
            'ё' => folded.push('е'),
            'й' => folded.push('и'),
            '-' | '_' | '\'' | '’' | '\u{2010}'..='\u{2015}' => folded.push(' '),
            c if c.is_whitespace() => folded.push(' '),
            c => folded.push(c),
        }
    }
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(account: &str) -> bool {
        match account.split_once('\\') {
            Some((domain, name)) => is_builtin(Some(domain), name),
            None => is_builtin(None, account),
        }
    }

    #[test]
    fn what_windows_brings_along_is_known_in_its_languages() {
        for account in [
            "BUILTIN\\Administrators",
            "builtin\\x",
            "VORDEFINIERT\\Administratoren",
            "NT-AUTORITÄT\\SYSTEM",
            "NT-Autorita\u{308}t\\System",
            "NT-AUTORITAET\\SYSTEM",
            "AUTORITE NT\\Système",
            "AUTORITÉ NT\\Systeme",
            "INTEGRADO\\Administradores",
            "AUTORIDADE NT\\SISTEMA",
            "NT INSTANS\\SYSTEM",
            "NT-MYNDIGHET\\SYSTEM",
            "ZARZĄDZANIE NT\\SYSTEM",
            "zarzadzanie nt\\system",
            "NT SERVICE\\ENTSSO",
            "IIS AppPool\\DefaultAppPool",
            "CONTOSO\\Everyone",
            "Jeder",
            "Tout le monde",
            "Todos",
            "Iedereen",
            "Wszyscy",
            "Mindenki",
            "Herkes",
            "Все",
            "все",
            "Όλοι",
            "全員",
            "모든 사람",
            "Administratoren",
            "Järjestelmänvalvojat",
            "Администраторы",
            "Rendszergazdak",
            "Yöneticiler",
            "SİSTEM",
            "Utilisateurs authentifies",
            "Everyone",
        ] {
            assert!(refused(account), "{account}");
        }
    }

    #[test]
    fn a_name_that_is_like_one_is_a_name() {
        for account in [
            "BUILDING\\SSO Admins",
            "BUILTINS\\SSO",
            "CONTOSO\\Administrators",
            "CONTOSO\\Users",
            "CONTOSO\\Service",
            "CONTOSO\\Alle",
            "CONTOSO\\Todos",
            "SSO Administrators",
            "SSO Affiliate Administrators",
            "Administratoren SSO",
            "Alle Berliner",
            "CONTOSO\\SSO-Administratoren",
            "NT\\SSO Admins",
            "SYSTEMS\\SSO",
            "INTERN\\SSO",
        ] {
            assert!(!refused(account), "{account}");
        }
    }

    #[test]
    fn a_sid_is_known() {
        for text in [
            "S-1-5-32-544",
            "*S-1-5-32-544",
            "s-1-1-0",
            "S-1-5-18",
            "S-1-15-2-1",
        ] {
            assert_eq!(sid(text), Some(Sid::BuiltIn), "{text}");
        }
        for text in [
            "S-1-5-21-1004336348-1177238915-682003330-512",
            "S-1-12-1-1-2-3-4",
        ] {
            assert_eq!(sid(text), Some(Sid::Own), "{text}");
        }
        for text in [
            "S-1", "S-1-", "S-1-5", "S-1-A", "SSO-1-5", "S-1-5-B", "S-1-5-",
        ] {
            assert_eq!(sid(text), None, "{text}");
        }
    }
}
