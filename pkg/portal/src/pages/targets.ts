/** What is exported, and as which file. */

import type { Format, Language } from "../cmkit";

interface File {
  readonly label: string;
  readonly file: string;
  readonly type: string;
}

export type Target = File & ({ readonly kind: "deployment"; readonly id: Language } | { readonly kind: "report"; readonly id: Format });

const deployment = (id: Language, label: string, file: string, type = "text/plain"): Target =>
  ({ id, label, kind: "deployment", file, type });
const report = (id: Format, label: string, file: string, type = "text/plain"): Target =>
  ({ id, label, kind: "report", file, type });

export const TARGETS: readonly Target[] = [
  deployment("bicep", "Bicep", "main.bicep"),
  deployment("arm", "ARM template", "main.json", "application/json"),
  deployment("terraform", "Terraform", "main.tf"),
  deployment("az", "Azure CLI", "deploy.sh"),
  deployment("rest", "REST", "deploy.http"),
  report("sarif", "SARIF", "report.sarif", "application/json"),
  report("json", "JSON", "report.json", "application/json"),
  report("markdown", "Markdown", "report.md", "text/markdown"),
  report("junit", "JUnit", "report.xml", "application/xml"),
  report("plain", "Text", "report.txt"),
];
