//! Who is behind an account: the kernel's login uid, and where that is silent, what the program says
//! by which somebody became root. Pure.
//!
//! The login uid is set when somebody logs in and stays through `sudo`, `su` and their like. What
//! stands in the environment root can write there, so it is asked last and vouched for by nobody.

use crate::system::{KnownBy, Operator, Person};

/// The superuser, who is no person.
const ROOT: u32 = 0;

/// What the kernel says where nobody logged in, as in a service or a container.
const UNSET: u32 = u32::MAX;

/// Who acts under the account `id`. `login` is the kernel's file, `claim` a variable of the
/// environment, `name` what an account is called.
pub(super) fn operator(
    id: u32,
    login: &str,
    claim: &dyn Fn(&str) -> Option<String>,
    name: &dyn Fn(u32) -> Option<String>,
) -> Operator {
    let called = |id: u32| name(id).unwrap_or_else(|| format!("uid {id}"));
    let login = login.trim().parse().unwrap_or(UNSET);
    let person = if login != UNSET && login != ROOT {
        Some((called(login), KnownBy::LoginUid))
    } else if id != ROOT {
        Some((called(id), KnownBy::Account))
    } else {
        claimed(claim, &called)
    };
    match person {
        Some((name, by)) => Operator::new(called(id), name.into()).known(by),
        None => Operator::new(called(id), Person::Unknown),
    }
}

/// Who became root, as `sudo`, `doas` or `pkexec` leave it in the environment.
fn claimed(
    claim: &dyn Fn(&str) -> Option<String>,
    called: &dyn Fn(u32) -> String,
) -> Option<(String, KnownBy)> {
    let by_number = |variable: &str| {
        let id: u32 = claim(variable)?.parse().ok()?;
        (id != ROOT && id != UNSET).then(|| called(id))
    };
    let by_name = |variable: &str| {
        let name = claim(variable)?;
        let visible = !name.trim().is_empty() && !name.chars().any(crate::visible::is_hidden);
        (visible && name != called(ROOT)).then_some(name)
    };
    let known = |by| move |name| (name, by);
    let sudo = by_number("SUDO_UID").map(known(KnownBy::SudoUid));
    sudo.or_else(|| by_name("DOAS_USER").map(known(KnownBy::DoasUser)))
        .or_else(|| by_number("PKEXEC_UID").map(known(KnownBy::PkexecUid)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(id: u32, login: &str, claims: &[(&str, &str)]) -> String {
        let claim = |wanted: &str| {
            let found = claims.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| (*value).to_owned())
        };
        let name = |id: u32| {
            let known = [(0, "root"), (33, "service"), (1000, "anna"), (1001, "ben")];
            let found = known.iter().find(|(number, _)| *number == id);
            found.map(|(_, name)| (*name).to_owned())
        };
        let operator = operator(id, login, &claim, &name);
        let by = operator.known_by.map(|by| format!(" by {by:?}"));
        format!("{operator}{}", by.unwrap_or_default())
    }

    const SUDO: (&str, &str) = ("SUDO_UID", "1001");

    #[test]
    fn the_login_uid_names_the_person_whatever_the_environment_says() {
        assert_eq!(of(0, "1000", &[]), "anna as root by LoginUid");
        assert_eq!(of(0, "1000\n", &[SUDO]), "anna as root by LoginUid");
        assert_eq!(of(33, "1000", &[]), "anna as service by LoginUid");
        assert_eq!(of(1000, "1000", &[SUDO]), "anna by LoginUid");
        assert_eq!(of(0, "4711", &[]), "uid 4711 as root by LoginUid");
    }

    #[test]
    fn without_a_login_an_account_but_roots_is_its_own_person() {
        for login in ["4294967295", "", "nonsense", "0"] {
            assert_eq!(of(1000, login, &[SUDO]), "anna by Account", "{login}");
        }
    }

    #[test]
    fn root_without_a_login_is_who_became_root() {
        for login in ["4294967295", "", "0"] {
            for (claims, said) in [
                (&[SUDO][..], "ben as root by SudoUid"),
                (&[("DOAS_USER", "ben")], "ben as root by DoasUser"),
                (&[("PKEXEC_UID", "1000")], "anna as root by PkexecUid"),
                (&[("PKEXEC_UID", "1000"), SUDO], "ben as root by SudoUid"),
                (
                    &[("SUDO_UID", "0"), ("DOAS_USER", "ben")],
                    "ben as root by DoasUser",
                ),
                (&[("SUDO_UID", "4711")], "uid 4711 as root by SudoUid"),
            ] {
                assert_eq!(of(0, login, claims), said, "{login:?} {claims:?}");
            }
        }
    }

    #[test]
    fn where_nobody_can_be_named_nobody_is() {
        for login in ["4294967295", "", "0"] {
            for claims in [
                &[][..],
                &[("SUDO_UID", "0")],
                &[("SUDO_UID", "4294967295")],
                &[("SUDO_UID", "ben")],
                &[("SUDO_UID", "-1")],
                &[("SUDO_UID", "")],
                &[("DOAS_USER", "root")],
                &[("DOAS_USER", " ")],
                &[("DOAS_USER", "b\u{202e}en")],
                &[("DOAS_USER", "unknown")],
                &[("SUDO_USER", "ben")],
            ] {
                assert_eq!(
                    of(0, login, claims),
                    "unknown as root",
                    "{login:?} {claims:?}"
                );
            }
        }
    }
}
