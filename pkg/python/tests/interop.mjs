// The npm package's half of test_interop.py: opens what Python made, and makes what Python opens. A job comes in as JSON on
// standard input, bytes in it as hexadecimal.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const job = JSON.parse(readFileSync(0, "utf8"));
const { DataKey, init, open, seal, ServiceKey } = await import(pathToFileURL(process.env.CMKIT_NPM).href);
await init();

const bytes = (hex) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (data) => Buffer.from(data).toString("hex");

const service = ServiceKey.from({ name: job.service.name, version: job.service.version, key: bytes(job.service.key) });
const bound = { context: { tenant: "acme" }, namespace: "acme.invoice/v2" };
const opened = [];
for (const { sealed, aad } of job.messages) {
  opened.push(hex(await open(bytes(sealed), { keys: service, aad, expect: bound })));
}

const record = await DataKey.open(bytes(job.record), { keys: service });
const value = { namespace: "acme.customer.email", aad: "row 4711" };

// Under a key of the vault: Node has its public half.
const provider = async () => ({ key: { key: job.state.key, kty: "RSA", n: bytes(job.state.modulus) } });
const made = await DataKey.generate(service, { namespace: "node", deterministic: true });
const plain = bytes(job.plain);
console.log(
  JSON.stringify({
    opened,
    value: hex(record.openValue(bytes(job.value), value)),
    underRecord: hex(await open(bytes(job.underRecord), { keys: record })),
    messages: await Promise.all(
      ["16k", "256k"].map(async (suite) => hex(await seal(plain, { keys: service, suite, aad: { row: "1" }, ...bound }))),
    ),
    underVault: hex(await seal(plain, { keys: job.key, provider, ...bound })),
    record: hex(made.record),
    values: [false, true].map((deterministic) => hex(made.sealValue("ada@example.com", { ...value, deterministic }))),
    madeUnderRecord: hex(await seal(plain, { keys: made })),
  }),
);
