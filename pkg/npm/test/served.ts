/** A local vault over HTTPS, as `cmkit vault serve` serves it: a process of its own, and what a test does to it. */

import { KeyClient, type KeyClientOptions } from "@azure/keyvault-keys";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:https";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Credential } from "cmkit/azure";

const built = fileURLToPath(new URL("../../../../target/debug/cmkit", import.meta.url));

/** A credential whose token is the name of an identity, which is what the local vault takes. */
export function named(identity: string): Credential & { asked: number } {
  return {
    asked: 0,
    async getToken() {
      this.asked += 1;
      return { token: identity, expiresOnTimestamp: Date.now() + 3_600_000 };
    },
  };
}

/** What the command prints once the vault is served. */
interface Told {
  url: string;
  /** The certificate to trust, in PEM. */
  ca: string;
  controlToken: string;
  identityEndpoint: string;
  identityHeader: string;
}

export interface Fault {
  kind: "throttled" | "unavailable" | "reset" | "slow";
  rate: number;
  seed?: number;
  retryAfter?: number;
  milliseconds?: number;
}

/** A vault being served. `admin` may do all. */
export class Served {
  /** `localhost` and the port. */
  readonly host: string;
  readonly url: string;
  readonly ca: string;
  readonly told: Told;
  readonly admin: KeyClient;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, told: Told) {
    this.#process = process;
    this.told = told;
    this.ca = told.ca;
    this.host = `localhost:${new URL(told.url).port}`;
    this.url = `https://${this.host}`;
    const options: KeyClientOptions = { disableChallengeResourceVerification: true, tlsOptions: { ca: told.ca } };
    this.admin = new KeyClient(this.url, named("admin"), options);
  }

  static async start(...options: string[]): Promise<Served> {
    const fixed = ["vault", "serve", "--memory", "--listen", "127.0.0.1:0", "--json", "--until-input-ends"];
    const grants = ["--grant", "admin=Key Vault Administrator"];
    const child = spawn(process.env["CMKIT_COMMAND"] ?? built, [...fixed, ...grants, ...options], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    return new Served(child, JSON.parse(line) as Told);
  }

  /** Gives an identity a `role` or `permissions`. */
  grant(identity: string, grant: { role: string } | { permissions: string }): Promise<unknown> {
    return this.#control("PUT", "grants", { identity, ...grant });
  }

  /** Takes all of an identity's grants. */
  revoke(identity: string): Promise<unknown> {
    return this.#control("DELETE", "grants", { identity });
  }

  network(access: "public" | "selected" | "disabled"): Promise<unknown> {
    return this.#control("PUT", "network", { access });
  }

  /** These failures, and no others. */
  faults(...faults: Fault[]): Promise<unknown> {
    return this.#control("PUT", "faults", faults);
  }

  /** What an identity has asked, and how it was refused where it was. */
  async log(identity: string): Promise<string[]> {
    const entries = (await this.#control("GET", "log")) as { identity: string; asked: string; refused: string | null }[];
    return entries
      .filter((entry) => entry.identity === identity)
      .map(({ asked, refused }) => (refused === null ? asked : `${asked} ${refused}`));
  }

  clearLog(): Promise<unknown> {
    return this.#control("DELETE", "log");
  }

  /** Disables a version of a key, or enables it again. */
  async disable(key: string, enabled = false): Promise<void> {
    const [name = "", version = ""] = key.split("/").slice(-2);
    await this.admin.updateKeyProperties(name, version, { enabled });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.stdin?.end();
    await ended;
  }

  async #control(method: string, path: string, body?: unknown): Promise<unknown> {
    const sent = body === undefined ? "" : JSON.stringify(body);
    const headers = { authorization: `Bearer ${this.told.controlToken}`, "content-length": sent.length };
    const asked = request(`${this.url}/local/${path}`, { method, headers, ca: this.ca, agent: false });
    asked.end(sent);
    const [answer] = (await once(asked, "response")) as [import("node:http").IncomingMessage];
    let text = "";
    for await (const chunk of answer.setEncoding("utf8")) text += chunk;
    if (answer.statusCode !== 200) throw new Error(text);
    return JSON.parse(text);
  }
}
