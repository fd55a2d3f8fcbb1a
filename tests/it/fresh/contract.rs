//! `contract.d.ts` says in TypeScript what `wit/plugin.wit` says.

use std::path::Path;

use regent::toolchain::{Kind, Language};
use wit_bindgen_core::wit_parser::{Resolve, Type, TypeDefKind, TypeId};

use super::written;

/// `secret-server` as `secretServer`, or as `SecretServer`.
fn camel(name: &str, capital: bool) -> String {
    let mut words = name.split('-');
    let first = words.next().filter(|_| !capital);
    let first = first.unwrap_or_default().to_owned();
    let words = if capital { name.split('-') } else { words };
    words.fold(first, |text, word| {
        let (head, tail) = word.split_at(1);
        text + &head.to_uppercase() + tail
    })
}

fn reference(contract: &Resolve, of: Type) -> String {
    match of {
        Type::String => "string".to_owned(),
        Type::Bool => "boolean".to_owned(),
        Type::U64 | Type::S64 => "bigint".to_owned(),
        Type::U32 | Type::S32 => "number".to_owned(),
        Type::Id(id) => match (&contract.types[id].name, &contract.types[id].kind) {
            (Some(name), _) => camel(name, true),
            (None, TypeDefKind::List(of)) => format!("{}[]", reference(contract, *of)),
            (None, other) => panic!("say here how {other:?} is written"),
        },
        other => panic!("say here how {other:?} is written"),
    }
}

/// A type as TypeScript would have it, without what only looks.
fn declaration(contract: &Resolve, id: TypeId) -> String {
    let name = contract.types[id].name.as_deref().expect("a name");
    let name = camel(name, true);
    let one_of = |cases: Vec<String>| format!("exporttype{name}={}", cases.join("|"));
    match &contract.types[id].kind {
        TypeDefKind::Record(record) => {
            let fields = record.fields.iter().map(|field| {
                let of = reference(contract, field.ty);
                format!("{}:{of}", camel(&field.name, false))
            });
            let fields: Vec<String> = fields.collect();
            format!("exportinterface{name}{{{}}}", fields.join(";"))
        }
        TypeDefKind::Enum(values) => {
            let cases = values.cases.iter().map(|case| format!("\"{}\"", case.name));
            one_of(cases.collect())
        }
        TypeDefKind::Variant(variant) => {
            let cases = variant.cases.iter().map(|case| match case.ty {
                Some(of) => {
                    let of = reference(contract, of);
                    format!("{{tag:\"{}\";val:{of}}}", case.name)
                }
                None => format!("{{tag:\"{}\"}}", case.name),
            });
            one_of(cases.collect())
        }
        other => panic!("say here how {other:?} is written"),
    }
}

#[test]
fn the_types_of_typescript_are_the_contracts() {
    let files = written("my-rule", Language::TypeScript, Kind::Both);
    let mut typescript: String = files["contract.d.ts"].split_whitespace().collect();
    for (loose, tight) in [(";}", "}"), ("=|", "=")] {
        typescript = typescript.replace(loose, tight);
    }
    let mut contract = Resolve::default();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("wit");
    let (package, _) = contract.push_path(wit).expect("the contract");
    let mut declared = 0;
    for (name, interface) in &contract.packages[package].interfaces {
        for id in contract.interfaces[*interface].types.values() {
            // Interfaces use the types of others by the same name.
            if matches!(contract.types[*id].kind, TypeDefKind::Type(_)) {
                continue;
            }
            let wanted = declaration(&contract, *id);
            let (_, rest) = typescript
                .split_once(&wanted)
                .unwrap_or_else(|| panic!("{name}: {wanted}\n{typescript}"));
            assert!(!rest.starts_with('|'), "{wanted} has more cases");
            declared += 1;
        }
        for function in contract.interfaces[*interface].functions.values() {
            let given = function.params.iter().map(|param| {
                let of = reference(&contract, param.ty);
                format!("{}:{of}", camel(&param.name, false))
            });
            let given: Vec<String> = given.collect();
            let wanted = format!("{}({})", function.name, given.join(","));
            assert!(
                typescript.contains(&wanted),
                "{name}: {wanted}\n{typescript}"
            );
            declared += 1;
        }
    }
    // Every type, the level of a log line, four functions, and what a module calls the interfaces.
    let exported = typescript.matches("exporttype").count()
        + typescript.matches("exportinterface").count()
        + typescript.matches("exportfunction").count();
    assert_eq!(declared, exported);
}
