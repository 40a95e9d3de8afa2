//! What was found where a document to check is due, in words. Values are shown only where they name a kind.

use super::super::json::{Kind, Value};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Beginnings of texts that are no JSON, and what to do about each. Blank space before them doesn't count.
const TEXTS: &[(&[&str], &str)] = &[
    (
        &["param ", "resource ", "targetScope", "metadata ", "@", "var ", "module ", "import "],
        "Bicep: compile it with `az bicep build` and check the result",
    ),
    (&["using "], "parameters in Bicep: compile them with `az bicep build-params` and check the result"),
    (
        &["terraform {", "provider \"", "variable \"", "resource \"", "module \"", "data \"", "locals {", "output \""],
        "Terraform's HCL: give what `terraform show -json` says of the plan",
    ),
    (&["ERROR:"], "an error of the Azure CLI, not its output"),
    (&["WARNING:"], "a warning of the Azure CLI: give its standard output alone"),
    (&["apiVersion:", "---\n", "kind:", "AWSTemplateFormatVersion:"], "YAML, not JSON"),
    (&["<"], "XML or HTML, not JSON"),
    (&["-----BEGIN"], "a key or a certificate in PEM: it is no configuration, and maybe a secret"),
];

/// What a text is that is not JSON, if that is plain.
pub(super) fn in_text(text: &str) -> Option<String> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    // `resource "` is HCL, `resource x` is Bicep: the longest beginning tells.
    let begins = |words: &&[&str]| words.iter().filter(|word| start.starts_with(**word)).map(|word| word.len()).max();
    let best = TEXTS.iter().filter_map(|(words, what)| begins(words).map(|length| (length, *what))).max();
    let (_, what) = best?;
    // `ERROR: (Forbidden) The user ...`: the code says it all.
    let code = start.strip_prefix("ERROR:").and_then(|rest| rest.trim_start().strip_prefix('(')?.split_once(')'));
    let code = code.map(|(code, _)| code).filter(|code| code.len() < 60 && plain(code));
    Some(code.map_or_else(|| what.to_owned(), |code| format!("{what}: `{code}`")))
}

/// Documents of other tools: members that have to be there, and what they make it.
const DOCUMENTS: &[(&[&str], &str)] = &[
    (&["policyRule"], "a definition of Azure Policy"),
    (&["accessToken"], "an access token, which is a secret"),
    (&["compilerOptions"], "a configuration of TypeScript"),
    (&["version", "runs"], "a SARIF report"),
    (&["schema", "findings"], "a report of cmkit"),
    (&["changes", "status"], "what `az deployment what-if` says"),
    (&["openapi"], "an OpenAPI description"),
    (&["swagger"], "an OpenAPI description"),
    (&["version", "dependencies"], "a manifest of npm"),
    (&["lockfileVersion"], "a lock file of npm"),
    (&["resource", "provider"], "Terraform's configuration: give what `terraform show -json` says of the plan"),
    (&["resource", "variable"], "Terraform's configuration: give what `terraform show -json` says of the plan"),
    (&["resource", "terraform"], "Terraform's configuration: give what `terraform show -json` says of the plan"),
];

/// What a JSON document is that is nothing to check.
pub(super) fn in_json(document: &Value<'_>) -> String {
    match &document.kind {
        Kind::Array(values) => list(values),
        Kind::Object(_) => object(document),
        _ => document.what().to_owned(),
    }
}

fn list(values: &[Value<'_>]) -> String {
    let Some(first) = values.first() else { return "an empty array".to_owned() };
    if values.iter().all(|value| value.what() == first.what()) && first.as_object().is_none() {
        let what = first.what();
        return format!("an array of {}s", what.split_once(' ').map_or(what, |(_, noun)| noun));
    }
    let mut strangers = values.iter().zip(1..).filter(|(value, _)| super::azure_cli::dialect(value).is_none());
    let (stranger, number) = strangers.next().unwrap_or((first, 1));
    let what = match &stranger.kind {
        Kind::Object(_) => object(stranger),
        _ => stranger.what().to_owned(),
    };
    format!("an array whose element {number} is {what}")
}

fn object(document: &Value<'_>) -> String {
    let text = |name: &str| document.get(name).and_then(Value::as_str).filter(|text| plain(text));
    let schema = document.get("$schema").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    if let (Some(version), Some(kind)) = (text("apiVersion"), text("kind")) {
        return format!("a Kubernetes manifest: apiVersion `{}`, kind `{}`", short(version), short(kind));
    }
    if schema.contains("json-schema.org") || (text("type") == Some("object") && document.get("properties").is_some()) {
        return "a JSON schema".to_owned();
    }
    if cloud_formation(document) {
        return "a CloudFormation template".to_owned();
    }
    if schema.contains("createuidefinition") {
        return "a definition of a portal page".to_owned();
    }
    if let Some(error) = document.get("error").filter(|error| error.as_object().is_some()) {
        let code = error.get("code").and_then(Value::as_str).filter(|code| plain(code)).map(short);
        return format!("an error of Azure: `{}`", code.unwrap_or_else(|| "without a code".to_owned()));
    }
    let has = |names: &[&str]| names.iter().all(|name| document.get(name).is_some());
    if let Some((_, what)) = DOCUMENTS.iter().find(|(names, _)| has(names)) {
        return (*what).to_owned();
    }
    let members = document.as_object().unwrap_or_default();
    let names: Vec<_> = members.iter().take(6).map(|member| format!("`{}`", short(&member.name))).collect();
    if names.is_empty() { "an empty object".to_owned() } else { format!("an object with {}", names.join(", ")) }
}

/// Templates of AWS have `Resources` too, of types such as `AWS::KMS::Key`.
pub(super) fn cloud_formation(document: &Value<'_>) -> bool {
    let resources = document.get("Resources").and_then(Value::as_object).unwrap_or_default();
    let theirs = |value: &Value<'_>| value.get("Type").and_then(Value::as_str).is_some_and(|t| t.starts_with("AWS::"));
    document.get("AWSTemplateFormatVersion").is_some() || resources.iter().any(|member| theirs(&member.value))
}

/// A word, not a sentence and not a secret.
fn plain(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || "./-_".contains(c))
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::read;
    use alloc::string::ToString;

    #[test]
    fn errors_say_what_was_found() {
        for (text, found) in [
            ("[1, 2]", "this is an array of numbers, which is nothing to check: cmkit reads ARM templates"),
            ("[\"a\"]", "an array of strings"),
            ("[null]", "an array of nulls"),
            ("[[]]", "an array of arrays"),
            ("[{ \"a\": 1 }, 2]", "an array whose element 1 is an object with `a`"),
            ("7", "this is a number"),
            ("{}", "an empty object"),
            ("{ \"a\": 1, \"b\": 2 }", "an object with `a`, `b`"),
            (
                r#"{ "apiVersion": "v1", "kind": "Deployment" }"#,
                "a Kubernetes manifest: apiVersion `v1`, kind `Deployment`",
            ),
            (r#"{ "AWSTemplateFormatVersion": "2010-09-09", "Resources": {} }"#, "a CloudFormation template"),
            (r#"{ "Resources": { "key": { "Type": "AWS::KMS::Key" } } }"#, "a CloudFormation template"),
            (r#"{ "$schema": "https://json-schema.org/draft/2020-12/schema" }"#, "a JSON schema"),
            (r#"{ "type": "object", "properties": {} }"#, "a JSON schema"),
            (r#"{ "error": { "code": "Forbidden", "message": "no" } }"#, "an error of Azure: `Forbidden`"),
            (r#"{ "accessToken": "hunter2", "tenant": "t" }"#, "an access token"),
            (r#"{ "resource": {}, "provider": {} }"#, "Terraform's configuration"),
            (
                r#"{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", "parameters": {} }"#,
                "these are the parameters of an ARM template: give the template with them",
            ),
            ("param location string", "this looks like Bicep: compile it with `az bicep build`"),
            ("\n@description('x')\nparam x string", "this looks like Bicep"),
            ("resource kv 'Microsoft.KeyVault/vaults@2023-07-01' = {}", "this looks like Bicep"),
            ("using './main.bicep'", "parameters in Bicep"),
            ("resource \"azurerm_key_vault\" \"kv\" {}", "this looks like Terraform's HCL"),
            (
                "ERROR: (Forbidden) The user hunter2 has no access",
                "an error of the Azure CLI, not its output: `Forbidden`",
            ),
            ("ERROR: AADSTS hunter2", "an error of the Azure CLI, not its output"),
            ("apiVersion: v1", "YAML"),
            ("<html>", "XML or HTML"),
            ("not", "line 1, column 1"),
        ] {
            let error = read(&[("x", text)]).expect_err(text).to_string();
            assert!(error.contains(found), "`{found}` is not in: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
