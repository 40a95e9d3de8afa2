//! Template functions that decide: conditions, choices, arithmetic, and functions on whole words.
//!
//! Each gives its value where the arguments decide it, and nothing otherwise: then the call stays as it is written.

use super::json::Kind;
use super::made::texts;
use super::scope::{Node, Worth};
use crate::policy::Text;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Ordering;

/// The value of a function.
#[expect(clippy::indexing_slicing, reason = "every argument has its word, and the pattern counts the arguments")]
pub(super) fn decide<'a>(function: &str, arguments: &[Worth<'a>]) -> Option<Worth<'a>> {
    let words: Vec<_> = arguments.iter().map(word).collect();
    let integers: Option<Vec<i64>> = words.iter().map(|word| word.as_deref()?.parse().ok()).collect();
    let two = || <[i64; 2]>::try_from(integers.clone()?).ok();
    match (function, arguments) {
        ("true" | "false", []) => Some(text(function)),
        ("null", []) => Some(Worth::Null),
        ("if", [condition, yes, no]) => match truth(condition) {
            Some(holds) => Some(if holds { yes } else { no }.clone()),
            None => (alike(yes, no) == Some(true)).then(|| yes.clone()),
        },
        ("not", [one]) => Some(boolean(!truth(one)?)),
        ("and", [_, ..]) => all(arguments, true).map(boolean),
        ("or", [_, ..]) => all(arguments, false).map(boolean),
        ("equals", [one, two]) => alike(one, two).map(boolean),
        ("empty", [one]) => Some(boolean(size(one)? == 0)),
        ("length", [one]) => Some(text(size(one)?)),
        ("coalesce", _) => {
            let first = arguments.iter().find(|one| !matches!(one, Worth::Null))?;
            known(first).then(|| first.clone())
        }
        ("contains", [whole, part]) => contains(whole, part).map(boolean),
        ("startswith" | "endswith", [_, _]) => {
            let (whole, part) = (words[0].as_ref()?.to_lowercase(), words[1].as_ref()?.to_lowercase());
            Some(boolean(if function == "startswith" { whole.starts_with(&part) } else { whole.ends_with(&part) }))
        }
        ("int", [_]) => integers?.first().map(text),
        ("bool", [one]) => truth(one).map(boolean),
        ("json", [_]) => match words[0].as_deref()?.trim() {
            "null" => Some(Worth::Null),
            scalar @ ("true" | "false") => Some(text(scalar)),
            scalar => scalar.parse::<i64>().ok().map(text),
        },
        ("trim", [_]) => Some(text(words[0].as_deref()?.trim())),
        ("add", _) => two().and_then(|[a, b]| a.checked_add(b)).map(text),
        ("sub", _) => two().and_then(|[a, b]| a.checked_sub(b)).map(text),
        ("mul", _) => two().and_then(|[a, b]| a.checked_mul(b)).map(text),
        ("div", _) => two().and_then(|[a, b]| a.checked_div(b)).map(text),
        ("mod", _) => two().and_then(|[a, b]| a.checked_rem(b)).map(text),
        ("min", _) => integers?.into_iter().min().map(text),
        ("max", _) => integers?.into_iter().max().map(text),
        ("less", _) => two().map(|[a, b]| boolean(a < b)),
        ("lessorequals", _) => two().map(|[a, b]| boolean(a <= b)),
        ("greater", _) => two().map(|[a, b]| boolean(a > b)),
        ("greaterorequals", _) => two().map(|[a, b]| boolean(a >= b)),
        ("replace", [_, _, _]) => {
            let [Some(whole), Some(old), Some(new)] = &words[..] else { return None };
            let short = whole.len().checked_mul(new.len() + 1).is_some_and(|length| length < 1 << 16);
            (short && !old.is_empty()).then(|| text(whole.replace(old.as_str(), new)))
        }
        ("substring", [_, _, ..]) => {
            let whole = words[0].as_deref()?;
            let start: usize = words[1].as_deref()?.parse().ok()?;
            let count = words.get(2).map(|word| word.as_deref()?.parse().ok());
            let count: usize = count.unwrap_or(Some(usize::MAX))?;
            Some(text(whole.chars().skip(start).take(count).collect::<String>()))
        }
        ("take" | "skip", [_, _]) => {
            let (whole, count) = (words[0].as_deref()?.chars(), words[1].as_deref()?.parse().ok()?);
            let cut =
                if function == "take" { whole.take(count).collect() } else { whole.skip(count).collect::<String>() };
            Some(text(cut))
        }
        ("split", [whole, _]) => {
            let mut separator = words[1].as_deref()?.chars();
            let (Some(separator), None, Worth::Text(whole)) = (separator.next(), separator.next(), whole) else {
                return None;
            };
            Some(texts(whole.split(separator)))
        }
        ("join", [Worth::List(list), _]) => {
            let separator = words[1].as_deref()?;
            let texts =
                list.parts.iter().map(|part| if let Worth::Text(text) = part { Some(text.clone()) } else { None });
            let join = |whole: Text, part: Text| whole.then_str(separator).then(part);
            Some(Worth::Text(texts.collect::<Option<Vec<_>>>()?.into_iter().reduce(join)?))
        }
        ("first" | "last", [list]) => {
            let at = if function == "first" { 0 } else { size(list)?.checked_sub(1)? };
            element(list, at)
        }
        ("tryget", [Worth::Object(made), name]) => {
            let found = made.member(&word(name)?)?;
            Some(found.map_or(Worth::Null, |(worth, _)| worth.clone()))
        }
        ("tryget", [Worth::Node(node), name]) => {
            let name = word(name)?;
            Some(node.member(&name).map_or(Worth::Null, Worth::Node))
        }
        _ => None,
    }
}

/// The element of a list or the letter of a word.
pub(super) fn element<'a>(list: &Worth<'a>, at: usize) -> Option<Worth<'a>> {
    match list {
        Worth::List(list) => list.parts.get(at).cloned(),
        Worth::Node(node) => node.element(at).map(Worth::Node),
        Worth::Text(whole) => whole.as_literal()?.chars().nth(at).map(text),
        Worth::Null | Worth::Object(_) | Worth::Reference(..) => None,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the values are made for it")]
fn text<'a>(value: impl ToString) -> Worth<'a> {
    Worth::Text(Text::literal(value.to_string()))
}

fn boolean<'a>(value: bool) -> Worth<'a> {
    text(value)
}

/// A string, a number or a boolean, in letters.
fn word(worth: &Worth<'_>) -> Option<String> {
    match worth {
        Worth::Text(text) => text.as_literal().map(ToString::to_string),
        Worth::Node(Node { value, .. }) => match &value.kind {
            Kind::String(_) | Kind::Null | Kind::Array(_) | Kind::Object(_) => None,
            Kind::Bool(value) => Some(value.to_string()),
            Kind::Number(digits) => Some((*digits).to_string()),
        },
        Worth::Null | Worth::List(_) | Worth::Object(_) | Worth::Reference(..) => None,
    }
}

/// Whether a condition holds.
pub(super) fn truth(worth: &Worth<'_>) -> Option<bool> {
    let word = word(worth)?;
    ["false", "true"].iter().position(|known| word.eq_ignore_ascii_case(known)).map(|at| at == 1)
}

/// `and` (`when` is true) and `or`: one argument can decide, whatever the others are.
fn all(arguments: &[Worth<'_>], when: bool) -> Option<bool> {
    let truths: Vec<_> = arguments.iter().map(truth).collect();
    if truths.contains(&Some(!when)) {
        return Some(!when);
    }
    (!truths.contains(&None)).then_some(when)
}

fn alike(one: &Worth<'_>, two: &Worth<'_>) -> Option<bool> {
    match (word(one), word(two), one, two) {
        (Some(one), Some(two), ..) => Some(one == two),
        (_, _, Worth::Null, Worth::Null) => Some(true),
        (_, _, Worth::Text(one), Worth::Text(two)) if one == two => Some(true),
        _ => None,
    }
}

fn known(worth: &Worth<'_>) -> bool {
    match worth {
        Worth::Text(text) => text.as_literal().is_some(),
        Worth::Node(_) | Worth::List(_) | Worth::Object(_) => true,
        Worth::Null | Worth::Reference(..) => false,
    }
}

/// How many elements, members or letters there are.
fn size(worth: &Worth<'_>) -> Option<usize> {
    match worth {
        Worth::Null => Some(0),
        Worth::List(list) => Some(list.parts.len()),
        // Two open names may be one.
        Worth::Object(made) => {
            let open = made.parts.iter().filter(|(name, _)| name.as_literal().is_none()).count();
            (open == 0 || made.parts.len() == 1).then_some(made.parts.len())
        }
        Worth::Text(text) => text.as_literal().map(|text| text.chars().count()),
        Worth::Node(node) => match &node.value.kind {
            Kind::Array(values) => Some(values.len()),
            Kind::Object(members) => Some(members.len()),
            _ => None,
        },
        Worth::Reference(..) => None,
    }
}

/// Whether a word is in a list of words, a member in an object, or a part in a word. A list with an open element may
/// have any word.
fn contains(whole: &Worth<'_>, part: &Worth<'_>) -> Option<bool> {
    let part = word(part)?;
    if let Some(whole) = word(whole) {
        return Some(whole.contains(&part));
    }
    match whole {
        Worth::Object(made) => made.member(&part).map(|found| found.is_some()),
        Worth::List(list) => {
            let found: Vec<_> = list.parts.iter().map(|one| word(one).map(|one| one == part)).collect();
            if found.contains(&Some(true)) { Some(true) } else { (!found.contains(&None)).then_some(false) }
        }
        Worth::Node(node) if node.value.as_object().is_some() => Some(node.value.get(&part).is_some()),
        Worth::Node(node) => {
            let same = |value: &super::json::Value<'_>| match &value.kind {
                Kind::String(text) if text.starts_with('[') => None,
                Kind::String(text) => Some(text.cmp(&part.as_str().into()) == Ordering::Equal),
                Kind::Number(digits) => Some(*digits == part),
                _ => Some(false),
            };
            let found: Vec<_> = node.value.as_array()?.iter().map(same).collect();
            if found.contains(&Some(true)) { Some(true) } else { (!found.contains(&None)).then_some(false) }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::super::scope::Scope;
    use super::*;
    use alloc::format;

    /// What an expression comes to: text with its open parts, `null`, or a list.
    fn evaluate(expression: &str) -> String {
        let root = json::parse(
            r#"{ "list": ["a", "b"], "open": ["[f()]"], "none": [], "object": { "x": 1 }, "nothing": null,
                "deep": { "sku": { "name": "standard", "family": "A" }, "tags": ["a"] } }"#,
        );
        let root = root.expect("JSON");
        let scope = Scope { variables: Some(Node::root(&root, 0)), ..Scope::default() };
        match scope.text(expression).0 {
            Worth::Text(text) => text.to_string(),
            Worth::Null => "null".to_string(),
            Worth::List(made) => format!("a list: {}", made.spelled),
            Worth::Object(made) => format!("an object: {}", made.spelled),
            Worth::Node(node) => format!("the value at {}", node.pointer()),
            Worth::Reference(id, _) => format!("a reference to {id}"),
        }
    }

    #[test]
    fn functions_give_what_their_arguments_decide() {
        for (expression, value) in [
            ("[if(true(), 'a', 'b')]", "a"),
            ("[if(equals('a', 'b'), 'a', 'b')]", "b"),
            ("[if(parameters('p'), 'a', 'b')]", "{if(parameters('p'), 'a', 'b')}"),
            ("[if(parameters('p'), 'a', 'a')]", "a"),
            ("[if(false(), variables('object'), json('null'))]", "null"),
            ("[not(equals(parameters('p'), parameters('p')))]", "false"),
            ("[equals(parameters('p'), 'x')]", "{equals(parameters('p'), 'x')}"),
            ("[equals('a', 'A')]", "false"),
            ("[and(true(), false(), parameters('p'))]", "false"),
            ("[and(true(), parameters('p'))]", "{and('true', parameters('p'))}"),
            ("[or(false(), parameters('p'), true())]", "true"),
            ("[empty('')]", "true"),
            ("[empty(variables('none'))]", "true"),
            ("[empty(variables('nothing'))]", "true"),
            ("[empty(parameters('p'))]", "{empty(parameters('p'))}"),
            ("[length(variables('list'))]", "2"),
            ("[coalesce(null(), variables('nothing'), 'x')]", "x"),
            ("[coalesce(parameters('p'), 'x')]", "{coalesce(parameters('p'), 'x')}"),
            ("[contains(variables('list'), 'b')]", "true"),
            ("[contains(variables('list'), 'c')]", "false"),
            ("[contains(variables('open'), 'c')]", "{contains(the value at /open, 'c')}"),
            ("[contains(variables('object'), 'x')]", "true"),
            ("[contains('abc', 'bc')]", "true"),
            ("[startsWith('Abc', 'aB')]", "true"),
            ("[int('5')]", "5"),
            ("[int('five')]", "{int('five')}"),
            ("[bool('True')]", "true"),
            ("[json('{}')]", "{json('{}')}"),
            ("[trim('  a ')]", "a"),
            ("[add(2, 3)]", "5"),
            ("[div(2, 0)]", "{div('2', '0')}"),
            ("[mul(9223372036854775807, 2)]", "{mul('9223372036854775807', '2')}"),
            ("[greater(3, 2)]", "true"),
            ("[replace('a-b', '-', '')]", "ab"),
            ("[replace('a', '', 'b')]", "{replace('a', '', 'b')}"),
            ("[substring('abcdef', 2, 3)]", "cde"),
            ("[take('abc', 2)]", "ab"),
            ("[skip('abc', 2)]", "c"),
            ("[last(split(concat('/x/', parameters('p')), '/'))]", "{parameters('p')}"),
            ("[split('a/b', '/')[1]]", "b"),
            ("[join(split('a/b', '/'), '-')]", "a-b"),
            ("[first(variables('list'))]", "a"),
            ("[first('')]", "{first('')}"),
            ("[tryGet(variables('object'), 'y')]", "null"),
            ("[createObject('a', 'b', 'c', parameters('p')).a]", "b"),
            ("[createObject('a', 'b', 'c', parameters('p')).C]", "{parameters('p')}"),
            ("[createObject('a', 'b').x]", "{a member `x` of createObject('a', 'b')}"),
            ("[tryGet(createObject('a', 'b'), 'x')]", "null"),
            ("[tryGet(createObject(parameters('p'), 'b'), 'x')]", "{tryGet(createObject(parameters('p'), 'b'), 'x')}"),
            ("[createObject('a')]", "{createObject('a')}"),
            ("[length(createObject('a', 'b', 'a', 'c'))]", "1"),
            (
                "[length(createObject(parameters('p'), 'b', parameters('q'), 'c'))]",
                "{length(createObject(parameters('p'), 'b', parameters('q'), 'c'))}",
            ),
            ("[union(variables('object'), createObject('y', 'z')).x]", "the value at /object/x"),
            ("[union(createObject('x', 'old'), variables('object')).x]", "the value at /object/x"),
            ("[union(variables('deep'), createObject('sku', createObject('name', 'premium'))).sku.name]", "premium"),
            ("[union(variables('deep'), createObject('sku', createObject('name', 'premium'))).sku.family]", "A"),
            (
                "[shallowMerge(createArray(variables('deep'), createObject('sku', createObject('name', 'premium')))).sku.family]",
                "{a member `family` of createObject('name', 'premium')}",
            ),
            (
                "[union(variables('deep'), parameters('p')).sku.name]",
                "{union(the value at /deep, parameters('p')).sku.name}",
            ),
            ("[length(union(variables('list'), createArray('b', 'c')))]", "3"),
            ("[length(concat(variables('list'), createArray('b', 'c')))]", "4"),
            ("[concat(variables('list'), variables('open'))[2]]", "{f()}"),
            ("[contains(createArray('a', parameters('p')), 'a')]", "true"),
            ("[contains(createObject('a', 'b'), 'c')]", "false"),
            ("[join(createArray('a', 'b'), '-')]", "a-b"),
            ("[if(true(), 'a')]", "{if('true', 'a')}"),
        ] {
            assert_eq!(evaluate(expression), value, "{expression}");
        }
    }
}
