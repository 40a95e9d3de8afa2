/** What is exported, and as which file. */

export interface Target {
  readonly id: string;
  readonly label: string;
  readonly kind: "deployment" | "report";
  readonly file: string;
  readonly type: string;
}

const deployment = (id: string, label: string, file: string, type = "text/plain"): Target =>
  ({ id, label, kind: "deployment", file, type });
const report = (id: string, label: string, file: string, type = "text/plain"): Target =>
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
