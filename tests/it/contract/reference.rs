//! `wit/REFERENCE.md` is made of the contract's own comments. `INSTA_UPDATE=always` writes it.

use std::fmt::Write as _;
use std::path::Path;

use wit_parser::{
    Docs, Function, Interface, PackageId, Resolve, Type, TypeDef, TypeDefKind, TypeId, World,
    WorldItem, WorldKey,
};

use super::contract;

/// The contract, read with its comments.
struct Contract {
    resolve: Resolve,
    package: PackageId,
}

impl Contract {
    fn read() -> Self {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("plugin.wit", &contract());
        let package = package.expect("it is the contract");
        Self { resolve, package }
    }

    fn reference(&self) -> String {
        let package = &self.resolve.packages[self.package];
        let version = package.name.version.as_ref().expect("it has a version");
        let mut text = format!(
            "<!-- Made from the comments in plugin.wit by \
             `INSTA_UPDATE=always cargo test --test it contract::reference`. -->\n\n\
             # The plugin contract, version {version}\n{}",
            prose(&package.docs)
        );
        text.push_str("\n## Worlds\n\nWhat a plugin can be built for.\n\n");
        text.push_str("| world | what it is | imports | exports |\n| --- | --- | --- | --- |\n");
        for id in package.worlds.values() {
            text.push_str(&self.world(&self.resolve.worlds[*id]));
        }
        let mut interfaces: Vec<_> = package.interfaces.values().collect();
        // What is called first, the words it is said in last.
        interfaces.sort_by_key(|id| self.resolve.interfaces[**id].functions.is_empty());
        for id in interfaces {
            text.push_str(&self.interface(&self.resolve.interfaces[*id]));
        }
        text
    }

    fn world(&self, world: &World) -> String {
        let names = |items: &mut dyn Iterator<Item = (&WorldKey, &WorldItem)>| {
            let named = items.map(|(_, item)| match item {
                WorldItem::Interface { id, .. } => self.resolve.interfaces[*id].name.as_deref(),
                _ => None,
            });
            // Words alone come with whatever uses them.
            let named = named.flatten().filter(|name| *name != "types");
            let links = named.map(|name| format!("[`{name}`](#interface-{name})"));
            links.collect::<Vec<_>>().join(", ")
        };
        let imports = names(&mut world.imports.iter());
        let exports = names(&mut world.exports.iter());
        let docs = line(&world.docs);
        format!("| `{}` | {docs} | {imports} | {exports} |\n", world.name)
    }

    fn interface(&self, interface: &Interface) -> String {
        let name = interface.name.as_deref().expect("it has a name");
        let mut text = format!("\n## Interface `{name}`\n{}", prose(&interface.docs));
        for function in interface.functions.values() {
            text.push_str(&self.function(function));
        }
        for (name, id) in &interface.types {
            let defined = &self.resolve.types[*id];
            // One that is used from another interface is explained there.
            if !matches!(defined.kind, TypeDefKind::Type(_)) {
                text.push_str(&self.defined(name, defined));
            }
        }
        text
    }

    fn function(&self, function: &Function) -> String {
        let parameters = function.params.iter();
        let parameters: Vec<_> = parameters
            .map(|parameter| {
                format!(
                    "| `{}` | {} |\n",
                    parameter.name,
                    self.spelled(&parameter.ty)
                )
            })
            .collect();
        let mut text = format!(
            "\n### Function `{}`\n{}",
            function.name,
            prose(&function.docs)
        );
        if !parameters.is_empty() {
            let _ = write!(
                text,
                "\n| parameter | type |\n| --- | --- |\n{}",
                parameters.concat()
            );
        }
        if let Some(result) = &function.result {
            let _ = writeln!(text, "\nReturns: {}.", self.spelled(result));
        }
        text
    }

    fn defined(&self, name: &str, defined: &TypeDef) -> String {
        let (header, rows): (_, Vec<(&str, Option<String>, &Docs)>) = match &defined.kind {
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter();
                let row =
                    fields.map(|field| (&*field.name, Some(self.spelled(&field.ty)), &field.docs));
                ("field", row.collect())
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter();
                let row = cases.map(|case| {
                    let with = case.ty.as_ref().map(|ty| self.spelled(ty));
                    (&*case.name, Some(with.unwrap_or_default()), &case.docs)
                });
                ("case", row.collect())
            }
            TypeDefKind::Enum(cases) => {
                let cases = cases.cases.iter();
                let row = cases.map(|case| (&*case.name, None, &case.docs));
                ("case", row.collect())
            }
            other => panic!("the reference does not know how to say {other:?}"),
        };
        let mut text = format!("\n### `{name}`\n{}", prose(&defined.docs));
        let explained = rows.iter().any(|(_, _, docs)| !docs.is_empty());
        if rows.iter().all(|(_, ty, _)| ty.is_none()) && !explained {
            let cases: Vec<_> = rows.iter().map(|(name, ..)| format!("`{name}`")).collect();
            let _ = writeln!(text, "\nOne of {}.", cases.join(", "));
            return text;
        }
        let meaning = |cell: &str| {
            if explained {
                format!(" {cell} |")
            } else {
                String::new()
            }
        };
        let _ = write!(
            text,
            "\n| {header} | type |{}\n| --- | --- |{}\n",
            meaning("meaning"),
            meaning("---")
        );
        for (name, ty, docs) in rows {
            let ty = ty.unwrap_or_default();
            let _ = writeln!(text, "| `{name}` | {ty} |{}", meaning(&line(docs)));
        }
        text
    }

    /// A type, with a link to what explains it.
    fn spelled(&self, ty: &Type) -> String {
        match ty {
            Type::Id(id) => self.named(*id),
            Type::Bool => "`bool`".to_owned(),
            Type::U32 => "`u32`".to_owned(),
            Type::U64 => "`u64`".to_owned(),
            Type::S32 => "`s32`".to_owned(),
            Type::String => "`string`".to_owned(),
            other => panic!("the reference does not know how to say {other:?}"),
        }
    }

    fn named(&self, id: TypeId) -> String {
        let defined = &self.resolve.types[id];
        match (&defined.name, &defined.kind) {
            (Some(name), _) => format!("[`{name}`](#{name})"),
            (None, TypeDefKind::List(of)) => format!("list of {}", self.spelled(of)),
            (None, TypeDefKind::Result(either)) => {
                let side = |ty: &Option<Type>| {
                    ty.as_ref()
                        .map_or("nothing".to_owned(), |ty| self.spelled(ty))
                };
                format!("{}, or an error: {}", side(&either.ok), side(&either.err))
            }
            (None, other) => panic!("the reference does not know how to say {other:?}"),
        }
    }
}

/// A comment as paragraphs.
fn prose(docs: &Docs) -> String {
    let text = docs.contents.as_deref().unwrap_or_default().trim();
    if text.is_empty() {
        String::new()
    } else {
        format!("\n{text}\n")
    }
}

/// A comment in a cell of a table.
fn line(docs: &Docs) -> String {
    let text = docs.contents.as_deref().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_reference_says_what_the_comments_say() {
    let reference = Contract::read().reference();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("wit/REFERENCE.md");
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        fs_err::write(&path, &reference).expect("it can be written");
    }
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        held, reference,
        "`INSTA_UPDATE=always cargo test --test it contract::reference` writes wit/REFERENCE.md anew"
    );
}

/// Every link leads to a heading, and every comment is there.
#[test]
fn the_reference_is_whole() {
    let reference = Contract::read().reference();
    let headings: Vec<String> = reference
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let name = line.trim_start_matches(['#', ' ']).to_lowercase();
            name.replace(' ', "-").replace('`', "")
        })
        .collect();
    let links = reference.split("](#").skip(1);
    let mut linked = 0;
    for link in links {
        let link = link.split(')').next().expect("a first part");
        let leads = headings.iter().filter(|heading| *heading == link).count();
        assert_eq!(leads, 1, "{link}");
        linked += 1;
    }
    assert!(linked > 40, "{linked}");
    let spaced = reference.split_whitespace().collect::<Vec<_>>().join(" ");
    for comment in contract()
        .lines()
        .filter_map(|line| line.trim().strip_prefix("/// "))
    {
        assert!(spaced.contains(comment.trim()), "{comment}");
    }
}
