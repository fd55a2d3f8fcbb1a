//! Builds components from text, well-behaved ones and others, and asks them.

use std::path::{Path, PathBuf};

use jiff::tz::Offset;
use regent::global_info::{AccountList, GlobalInfo, ServerName};
use regent::identity::{Fingerprint, PromotionId, Revision, SystemId, Term};
use regent::plan::{Intent, Kind, Plan, UpdatePin};
use regent::policy::{Facts, PluginSettings, Zones};
use regent::source::{SourceFile, Spanned};
use regent::system::{Secrets, SsoServer, SystemState};
use regent::update::UpdateFile;

/// A component to be built from `tests/fixtures/components/frame.wat` and one more file.
pub(crate) struct Probe {
    functions: String,
    version: &'static str,
    rules: Vec<&'static str>,
    summary: &'static str,
    schema: &'static str,
    said: Option<[u8; 10]>,
    parts: String,
    exports: Vec<(&'static str, &'static str)>,
}

impl Probe {
    /// A plugin of the contract with the functions of `<fixture>.wat`.
    pub(crate) fn of(fixture: &str) -> Self {
        Self {
            functions: fixture_text(fixture),
            version: "1.0.0",
            rules: vec!["checked"],
            summary: "Probes the host",
            schema: "{}",
            said: None,
            parts: String::new(),
            exports: ["about", "validator", "promoter"]
                .map(|name| (name, name))
                .to_vec(),
        }
    }

    /// Puts a value into the fixture.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.functions = self.functions.replace(&format!("{{{name}}}"), value);
        self
    }

    /// Built for another version of the contract.
    pub(crate) fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }

    /// Describes these rules instead of `checked`.
    pub(crate) fn rules(mut self, rules: &[&'static str]) -> Self {
        self.rules = rules.to_vec();
        self
    }

    /// Describes this settings schema instead of one that takes anything.
    pub(crate) fn schema(mut self, schema: &'static str) -> Self {
        self.schema = schema;
        self
    }

    /// Describes itself with this summary.
    pub(crate) fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// Says these bytes wherever the fixture says "A message.".
    pub(crate) fn saying(mut self, said: &[u8; 10]) -> Self {
        self.said = Some(*said);
        self
    }

    /// Has more component items.
    pub(crate) fn parts(mut self, parts: String) -> Self {
        self.parts = parts;
        self
    }

    /// Exports these interfaces, each with the instance that stands behind it.
    pub(crate) fn exports(mut self, exports: &[(&'static str, &'static str)]) -> Self {
        self.exports = exports.to_vec();
        self
    }

    /// The component.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let export = |(name, instance): &(&str, &str)| {
            let version = self.version;
            format!("(export \"regent:plugin/{name}@{version}\" (instance ${instance}))\n")
        };
        let exports: String = self.exports.iter().map(export).collect();
        let text = fixture_text("frame")
            .replace("{version}\"", &format!("{}\"", self.version))
            .replace("\"{description}\"", &format!("\"{}\"", self.description()))
            .replace("\n    {functions}", &format!("\n{}", self.functions))
            .replace("checkedA message.", &self.message())
            .replace("\n  {parts}", &format!("\n{}", self.parts))
            .replace("\n  {exports}", &format!("\n{exports}"));
        wat::parse_str(&text).expect("the fixture is component text")
    }

    /// `ok(description { … })` as it lies in memory from address 1024, escaped for `(data …)`.
    fn description(&self) -> String {
        let fixed = 44 + 28 * self.rules.len();
        let (mut head, mut strings) = (vec![0, 0, 0, 0], Vec::new());
        let mut text = |text: &str, head: &mut Vec<u8>| {
            number(1024 + fixed + strings.len(), head);
            number(text.len(), head);
            strings.extend_from_slice(text.as_bytes());
        };
        text("probe", &mut head);
        text("1.2.3", &mut head);
        text(self.summary, &mut head);
        number(1024 + 44, &mut head);
        number(self.rules.len(), &mut head);
        text(self.schema, &mut head);
        for rule in &self.rules {
            text(rule, &mut head);
            number(0, &mut head);
            text("A rule", &mut head);
            text("", &mut head);
        }
        assert_eq!(head.len(), fixed);
        head.extend(strings);
        escaped(&head)
    }

    /// What lies at address 512: the rule, and what is said.
    fn message(&self) -> String {
        let said = self.said.unwrap_or(*b"A message.");
        format!("checked{}", escaped(&said))
    }
}

/// Bytes as `(data …)` spells them.
fn escaped(bytes: &[u8]) -> String {
    let escaped = bytes.iter().map(|byte| format!("\\{byte:02x}"));
    escaped.collect::<Vec<_>>().concat()
}

fn number(number: usize, into: &mut Vec<u8>) {
    let number = u32::try_from(number).expect("a fixture is small");
    into.extend(number.to_le_bytes());
}

/// The text of a fixture; `tests/fuzz`, a package below this one, uses them too.
pub(crate) fn fixture_text(name: &str) -> String {
    let name = format!("tests/fixtures/components/{name}.wat");
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let text = above.map(|folder| std::fs::read_to_string(folder.join(&name)));
    text.flatten().next().expect("the fixture exists")
}

/// A folder with components in it, as `regent.toml` would name them.
pub(crate) struct Components(tempfile::TempDir);

impl Components {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes `<name>.wasm`.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(format!("{name}.wasm"));
        fs_err::write(&path, bytes).expect("a temporary file");
        path
    }

    /// Writes `<name>.wasm` and configures it; `more` is further lines of its `[[plugin]]`.
    pub(crate) fn plugin(&self, name: &str, bytes: &[u8], more: &str) -> PluginSettings {
        self.put(name, bytes);
        settings(name, more)
    }
}

/// The `[[plugin]]` of `<name>.wasm`.
pub(crate) fn settings(name: &str, more: &str) -> PluginSettings {
    toml::from_str(&format!(
        "name = '{name}'\ncomponent = '{name}.wasm'\n{more}"
    ))
    .expect("the test's settings read")
}

/// The update file every test has checked.
pub(crate) fn update_file() -> (SourceFile, UpdateFile) {
    let text = "<sso><globalInfo><secretServer>SSO02</secretServer></globalInfo></sso>";
    let file = SourceFile::decode("update.xml", text.as_bytes()).expect("decodes");
    let start = text.find("SSO02").expect("it is there");
    let update = UpdateFile {
        secret_server: Some(Spanned {
            value: name("SSO02"),
            span: regent::source::Span::new(start, start + 5),
        }),
        ..UpdateFile::default()
    };
    (file, update)
}

fn name(text: &str) -> ServerName {
    ServerName::parse(text).expect("a server name")
}

/// A system of two servers whose master is SSO01.
pub(crate) fn system() -> SystemState {
    let at = "2026-03-01T12:00:00Z".parse().expect("a moment");
    let server = |text: &str| SsoServer {
        name: name(text),
        roles: Vec::new(),
        added: at,
        last_seen: Some(at),
    };
    let accounts = |text: &str| AccountList::parse(text).expect("accounts");
    SystemState {
        id: SystemId::from_bytes([7; 16]),
        revision: Revision(3),
        term: Term(1),
        highest_term: Term(1),
        info: GlobalInfo::fresh(
            accounts("CONTOSO\\SSO Admins"),
            accounts("CONTOSO\\SSO Affiliates"),
            name("SSO01"),
        ),
        enabled: true,
        tickets_allowed: false,
        tickets_validated: true,
        secrets: Secrets {
            current: Some(Fingerprint::from_bytes([1; 16])),
            previous: None,
        },
        servers: vec![server("SSO01"), server("SSO02")],
    }
}

/// The promotion of SSO02.
pub(crate) fn promotion() -> (Plan, Facts) {
    let (file, update) = update_file();
    let system = system();
    let now = "2026-03-07T23:30:00Z".parse().expect("a moment");
    let pin = UpdatePin {
        name: file.name().to_owned(),
        bytes: file.byte_digest(),
        meaning: update.semantic_digest(),
    };
    let intent = Intent {
        kind: Kind::Planned,
        reason: Some("old hardware".to_owned()),
        change: Some("CHG-1".to_owned()),
        operator: "CONTOSO\\anna".into(),
        at: now,
    };
    let id = PromotionId::from_bytes([9; 8]);
    let plan = Plan::between(&system, &update, pin, id, intent).expect("a promotion");
    let facts = Facts {
        operator: "CONTOSO\\anna".into(),
        proven: true,
        candidate: system.servers[1].clone(),
        incumbent: system.servers[0].clone(),
        now,
        utc_offset: Offset::constant(1),
        zones: Zones::default(),
        people: None,
        approvals: Vec::new(),
    };
    (plan, facts)
}
