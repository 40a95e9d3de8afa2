//! `azapi_resource`: a body of the management API in a plan, read as any such body.
//!
//! What of the body is known after apply is put in as the reference that it can only come from, or as open text.

use super::super::arm;
use super::super::cursor::Cursor;
use super::super::json::{self, Kind, Member, Value};
use super::super::resource;
use super::super::scope::{Node, Scope};
use super::at::At;
use super::body::within;
use super::plan::{Instance, Plan, text};
use super::reference::{fits, specific};
use crate::policy::{Deployment, Oddity, Resource, Span, Text};
use alloc::borrow::Cow;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::vec::Vec;
use core::cell::RefCell;

/// Reads the body of a resource into the deployment.
pub(super) fn read<'a>(
    plan: &Plan<'a>,
    one: &Instance<'a>,
    mut header: Resource,
    oddities: &RefCell<Vec<Oddity>>,
    deployment: &mut Deployment,
) {
    let at = At::new(plan, one, oddities);
    let version = one.values.as_ref().and_then(|values| text(values, "type")).and_then(|kind| kind.split_once('@'));
    if let Some((_, version)) = version {
        header.api_version = at.get("type").known(Text::literal(version));
    }
    let marks = [&one.unknown, &one.sensitive].map(|node| node.as_ref().and_then(|node| node.value.get("body")));
    let Some(values) = one.values.as_ref().and_then(|values| values.member("body")) else {
        return unread(header, deployment);
    };
    // Before version 2 of the provider the body was text.
    let written;
    let value = match &values.value.kind {
        Kind::String(body) => match json::parse(body) {
            Ok(parsed) => {
                written = parsed;
                at_one_place(&written, values.value.span)
            }
            Err(_) => return unread(header, deployment),
        },
        _ => values.value.clone(),
    };
    let expression = one.config.as_ref().and_then(|config| config.member("expressions")?.member("body"));
    let references = expression.as_ref().map(specific).unwrap_or_default();
    let worth = |name: &str| {
        let mut fit = references.iter().filter_map(|node| node.value.as_str()).filter(|r| fits(name, r));
        let only = fit.next().filter(|_| fit.next().is_none());
        only.and_then(|reference| plan.worth(reference, &one.module, 0))
            .unwrap_or_else(|| Text::opaque(format!("{}.body: `{name}`, known after apply", one.address)))
    };
    let mut mix = Mix { terms: Vec::new(), worth: &worth };
    let Some(body) = mix.value("body", Some(&value), &marks) else {
        return unread(header, deployment);
    };
    let scope = Scope { plain: true, live: plan.live || one.data, terms: mix.terms, ..Scope::default() };
    let node = Node { value: &body, file: values.file, path: values.path, label: values.label };
    let found = arm::Found::alone(node, header.id.clone(), one.data);
    let cursor = Cursor::new(&scope, oddities, &found.node, one.data.then_some(arm::REFERRED));
    let clusters = deployment.clusters.len();
    resource::body(&found, &cursor, &header, deployment);
    // Identities are beside the body, as they are in azurerm.
    let identity = at.get("identity").block();
    if let Some(cluster) = deployment.clusters.get_mut(clusters) {
        cluster.identity_type = within(&identity, |block| block.get("type").text());
        cluster.identities = within(&identity, |block| block.get("identity_ids").texts());
    }
    deployment.resources.push(header);
}

/// Of a body that isn't known nothing is, as of a resource that is only referred to.
fn unread(mut header: Resource, deployment: &mut Deployment) {
    header.existing = true;
    deployment.resources.push(header);
}

/// Text inside a string of the file stands where the string does.
fn at_one_place<'a>(value: &Value<'a>, span: Span) -> Value<'a> {
    let kind = match &value.kind {
        Kind::Array(values) => Kind::Array(values.iter().map(|value| at_one_place(value, span)).collect()),
        Kind::Object(members) => Kind::Object(
            members
                .iter()
                .map(|m| Member { name: m.name.clone(), name_span: span, value: at_one_place(&m.value, span) })
                .collect(),
        ),
        kind => kind.clone(),
    };
    Value { span, kind }
}

/// Puts open text in for what is unknown or sensitive.
struct Mix<'w> {
    terms: Vec<Text>,
    worth: &'w dyn Fn(&str) -> Text,
}

impl Mix<'_> {
    fn value<'a>(&mut self, name: &str, value: Option<&Value<'a>>, marks: &[Option<&Value<'a>>]) -> Option<Value<'a>> {
        let marks: Vec<_> = marks.iter().copied().flatten().collect();
        if let Some(mark) = marks.iter().find(|mark| matches!(mark.kind, Kind::Bool(true))) {
            self.terms.push((self.worth)(name));
            let term = Scope::term(self.terms.len() - 1);
            return Some(Value {
                span: value.map_or(mark.span, |value| value.span),
                kind: Kind::String(Cow::Owned(term)),
            });
        }
        let by_name: Vec<BTreeMap<&str, &Value<'a>>> = marks
            .iter()
            .map(|mark| mark.as_object().unwrap_or_default().iter().map(|m| (m.name.as_ref(), &m.value)).collect())
            .collect();
        let under = |name: &str| by_name.iter().map(|marks| marks.get(name).copied()).collect::<Vec<_>>();
        let kind = match value.map(|value| &value.kind) {
            Some(Kind::Object(members)) => {
                let mut mixed: Vec<Member<'a>> = Vec::with_capacity(members.len());
                for member in members {
                    let value = self.value(&member.name, Some(&member.value), &under(&member.name));
                    mixed.extend(value.map(|value| Member { value, ..member.clone() }));
                }
                let mut known: BTreeSet<&str> = members.iter().map(|member| member.name.as_ref()).collect();
                for member in marks.iter().filter_map(|mark| mark.as_object()).flatten() {
                    if known.insert(&member.name) {
                        let value = self.value(&member.name, None, &[Some(&member.value)]);
                        mixed.extend(value.map(|value| Member { value, ..member.clone() }));
                    }
                }
                Kind::Object(mixed)
            }
            Some(Kind::Array(values)) => {
                let of = |index: usize| marks.iter().map(|mark| mark.as_array()?.get(index)).collect::<Vec<_>>();
                let mixed = values.iter().enumerate().filter_map(|(index, v)| self.value(name, Some(v), &of(index)));
                Kind::Array(mixed.collect())
            }
            Some(other) => other.clone(),
            // Only the marks have it: an object all of whose values are unknown.
            None => {
                let members = marks.first()?.as_object()?;
                let mixed = members.iter().filter_map(|member| {
                    let value = self.value(&member.name, None, &[Some(&member.value)])?;
                    Some(Member { value, ..member.clone() })
                });
                let mixed: Vec<_> = mixed.collect();
                if mixed.is_empty() {
                    return None;
                }
                Kind::Object(mixed)
            }
        };
        let span = value.or(marks.first().copied()).map(|value| value.span)?;
        Some(Value { span, kind })
    }
}
