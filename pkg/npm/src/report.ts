/** What a check says. */

import { call } from "./error.js";
import type * as raw from "./wasm/policy.js";

/** One finding. */
export interface Finding {
  code: string;
  verdict: "fail" | "unknown" | "suppressed";
  level: "error" | "warning" | "note";
  message: string;
  pointer: string;
  [member: string]: unknown;
}

/** The formats of a report. */
export type Format = "plain" | "json" | "sarif" | "junit" | "github" | "azure-devops" | "markdown";

/** Findings worst first, and the codes of the rules without any. */
export class Report {
  readonly #report: raw.Report;

  constructor(report: raw.Report) {
    this.#report = report;
  }

  get findings(): Finding[] {
    return this.#report.findings();
  }

  get passed(): string[] {
    return this.#report.passed();
  }

  /** Whether nothing fails at the level of errors. */
  get ok(): boolean {
    return this.#report.summary().errors === 0;
  }

  /** The report in one of its formats. */
  to(format: Format): string {
    return call(() => this.#report.write(format));
  }
}
