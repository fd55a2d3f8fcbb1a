//! Lets only listed servers become the master secret server.

wit_bindgen::generate!({ path: "wit", world: "plugin" });
use regent::plugin::types::*;

struct Plugin;
export!(Plugin);

impl exports::regent::plugin::about::Guest for Plugin {
    fn describe() -> Result<Description, String> {
        let (id, severity) = ("not-allowed".into(), Severity::Error);
        let summary = "The server is not on the list of allowed servers.".into();
        let help = "Name a server of the list, or add this one to it.".into();
        Ok(Description {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: env!("CARGO_PKG_DESCRIPTION").into(),
            rules: vec![Rule { id, severity, summary, help }],
            settings_schema: include_str!("../settings.schema.json").into(),
        })
    }
}

impl exports::regent::plugin::validator::Guest for Plugin {
    fn validate(file: UpdateFile, _: System, settings: String) -> Result<Vec<Finding>, String> {
        let allowed = allowed(&settings)?;
        let servers = file.elements.iter().filter(|element| element.name == "secretServer");
        let findings = servers.filter_map(|element| {
            let Reason { rule, message, help } = refusal(&element.value, &allowed)?;
            let labels = vec![Label { span: element.span, message: "not allowed".into() }];
            Some(Finding { rule, severity: Severity::Error, message, labels, help, fix: vec![] })
        });
        Ok(findings.collect())
    }
}

impl exports::regent::plugin::promoter::Guest for Plugin {
    fn decide(promotion: Promotion, settings: String) -> Result<Decision, String> {
        let refusal = refusal(&promotion.wanted.secret_server, &allowed(&settings)?);
        Ok(refusal.map_or(Decision::Approve, |reason| Decision::Deny(vec![reason])))
    }
}

/// The `servers` of `[plugin.settings]`.
fn allowed(settings: &str) -> Result<Vec<String>, String> {
    let settings: serde_json::Value = serde_json::from_str(settings).unwrap_or_default();
    let servers = serde_json::from_value(settings["servers"].clone());
    servers.map_err(|_| "the settings name no list of servers".into())
}

/// Why a server may not be the master; nothing where it may.
fn refusal(server: &str, allowed: &[String]) -> Option<Reason> {
    let listed = allowed.iter().any(|name| name.eq_ignore_ascii_case(server));
    (!listed).then(|| Reason {
        rule: "not-allowed".into(),
        message: format!("{server} is not on the list of allowed servers"),
        help: format!("name one of {}", allowed.join(", ")),
    })
}
