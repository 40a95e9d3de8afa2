// A vault served by the command, and the official clients' way to it: address, trust, credential.

import { CryptographyClient, KeyClient } from "@azure/keyvault-keys";
import { spawn } from "node:child_process";
import { once } from "node:events";
import https from "node:https";
import { createInterface } from "node:readline";

const OPERATIONS = "encrypt,decrypt,sign,verify,wrapKey,unwrapKey";
const KEEPING =
  "get,list,create,import,update,delete,recover,purge,backup,restore,rotate,getRotationPolicy,setRotationPolicy";

/** A vault under access policies: `admin` may everything, `blind` uses keys and reads none. Stopped when the test ends. */
export async function serve(test, ...more) {
  const grants = ["--grant", `admin=${KEEPING},${OPERATIONS}`, "--grant", `blind=${OPERATIONS}`];
  const served = ["vault", "serve", "--memory", "--permission-model", "policy", "--listen", "127.0.0.1:0"];
  const child = spawn(process.env.CMKIT_COMMAND, [...served, "--json", "--until-input-ends", ...grants, ...more], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  test.after(async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, "exit");
  });
  const [text] = await once(createInterface(child.stdout), "line");
  return new Served(JSON.parse(text));
}

/** A credential whose token is the name of the identity. */
export const named = (identity) => ({
  getToken: async () => ({ token: identity, expiresOnTimestamp: Date.now() + 3_600_000 }),
});

class Served {
  constructor(line) {
    this.line = line;
    this.url = line.url;
  }

  /** What every client of this vault takes beside the address and the credential. */
  options(more = {}) {
    return {
      tlsOptions: { ca: this.line.ca },
      disableChallengeResourceVerification: true,
      retryOptions: { maxRetries: 0 },
      ...more,
    };
  }

  keys(credential = named("admin"), more = {}) {
    return new KeyClient(this.url, credential, this.options(more));
  }

  /** A client that may not read the key, so that it leaves everything to the vault. */
  remote(key) {
    return new CryptographyClient(key.id, named("blind"), this.options());
  }

  /** A client with the public key at hand, which it uses where it can. */
  local(key) {
    return new CryptographyClient(key, named("admin"), this.options());
  }

  control(method, path, body) {
    const { controlUrl, controlToken, ca } = this.line;
    const headers = { Authorization: `Bearer ${controlToken}`, "Content-Type": "application/json" };
    return new Promise((resolve, reject) => {
      const request = https.request(controlUrl + path, { method, ca, headers, agent: false }, async (response) => {
        const text = (await response.setEncoding("utf8").toArray()).join("");
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${response.statusCode} ${text}`));
      });
      request.on("error", reject).end(JSON.stringify(body ?? null));
    });
  }
}
