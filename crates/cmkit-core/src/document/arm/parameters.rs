//! Parameter files: which template each is for, and what value each parameter gets.

#![expect(clippy::indexing_slicing, reason = "templates are named by their numbers in the list itself")]

use super::super::json;
use super::super::scope::{Node, Parameter, Worth};
use crate::policy::{File, Origin, Text};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Names of parameters and their values.
type Values<'a> = Vec<(String, Parameter<'a>)>;

/// The values that parameter files give to each template. Where two files for one template differ, which of them it is
/// deployed with is open.
pub(super) fn given<'a>(templates: &[&Node<'a>], parameters: &[&Node<'a>], files: &[File]) -> Vec<Values<'a>> {
    let mut given: Vec<Vec<(String, Node<'a>, Parameter<'a>)>> = templates.iter().map(|_| Vec::new()).collect();
    for file in parameters {
        for at in meant(templates, file, files) {
            for (name, node, parameter) in values(file) {
                match given[at].iter_mut().find(|(known, ..)| known.eq_ignore_ascii_case(&name)) {
                    Some((_, other, known)) if !same(other.value, node.value) => *known = Parameter::Open,
                    Some(_) => {}
                    None => given[at].push((name, node, parameter)),
                }
            }
        }
    }
    let plain = |values: Vec<(String, Node<'a>, Parameter<'a>)>| {
        values.into_iter().map(|(name, _, parameter)| (name, parameter)).collect()
    };
    given.into_iter().map(plain).collect()
}

/// The name of a file, with its number where another file has the same.
pub(in super::super) fn name(files: &[File], at: usize) -> String {
    let name = files.get(at).map_or("", |file| file.name.as_str());
    let alone = files.iter().filter(|file| file.name == name).count() == 1;
    if alone { name.to_string() } else { format!("{name} (file {})", at + 1) }
}

/// The templates that a parameter file is for: the one there is; those of its name (`main.parameters.json` is for
/// `main.json`); or those that declare every one of its parameters, as the service demands it.
fn meant(templates: &[&Node<'_>], file: &Node<'_>, files: &[File]) -> Vec<usize> {
    if templates.len() == 1 {
        return Vec::from([0]);
    }
    let stem = |file: usize| {
        let name = files.get(file).map_or("", |file| file.name.as_str());
        let end = name.rfind(['/', '\\']).map_or(0, |at| at + 1);
        let base = name[end..].split('.').next().unwrap_or_default();
        format!("{}{base}", &name[..end])
    };
    let named = |at: &usize| stem(templates[*at].file) == stem(file.file);
    let named: Vec<_> = (0..templates.len()).filter(named).collect();
    if !named.is_empty() {
        return named;
    }
    let names: Vec<_> = values(file).into_iter().map(|(name, ..)| name).collect();
    let declares = |at: &usize| {
        let declared = templates[*at].value.get("parameters");
        names.iter().all(|name| declared.is_some_and(|declared| declared.get(name).is_some()))
    };
    (0..templates.len()).filter(declares).collect()
}

/// The values of a parameter file. References to secrets in a vault stay open.
fn values<'a>(file: &Node<'a>) -> Vec<(String, Node<'a>, Parameter<'a>)> {
    let Some(parameters) = file.member("parameters") else { return Vec::new() };
    let members = parameters.value.as_object().unwrap_or_default();
    let value = |name: &str| {
        let parameter = parameters.member(name)?;
        let Some(node) = parameter.member("value") else { return Some((parameter, Parameter::Open)) };
        let worth = match &node.value.kind {
            json::Kind::String(text) => Worth::Text(Text::literal(text.as_ref())),
            _ => Worth::Node(node.clone()),
        };
        Some((node, Parameter::Given((worth, Origin::Template))))
    };
    let members = members.iter().filter_map(|member| value(&member.name).map(|value| (member, value)));
    members.map(|(member, (node, parameter))| (member.name.to_string(), node, parameter)).collect()
}

/// Whether two JSON values are the same, wherever they stand.
fn same(one: &json::Value<'_>, two: &json::Value<'_>) -> bool {
    match (&one.kind, &two.kind) {
        (json::Kind::Array(one), json::Kind::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        (json::Kind::Object(one), json::Kind::Object(two)) => {
            let pairs = one.iter().zip(two);
            one.len() == two.len() && pairs.into_iter().all(|(a, b)| a.name == b.name && same(&a.value, &b.value))
        }
        (one, two) => one == two,
    }
}
