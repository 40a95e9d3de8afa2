// What the package may weigh at most. Modules as they are on their way to a browser; scripts as a bundler makes them.

const file = (path, limit) => {
  const modifyEsbuildConfig = (config) => ({ ...config, loader: { ".wasm": "copy" } });
  return { name: `${path}, brotli`, path, limit, brotli: true, modifyEsbuildConfig };
};
const script = (name, path, what, limit) => {
  const modifyEsbuildConfig = (config) => ({ ...config, format: "esm" });
  return { name: `${name}, gzip`, path, import: what, limit, gzip: true, modifyEsbuildConfig };
};

export default [
  file("dist/envelope.wasm", "102400 B"),
  file("dist/policy.wasm", "430000 B"),
  script("cmkit/inline, all of it and its module", "dist/inline.js", "*", "160 kB"),
  script("cmkit/inline/policy, check and its module", "dist/inline-policy.js", "{ check }", "576 kB"),
  script("check, without its module", "dist/index.js", "{ check, initPolicy }", "12 kB"),
  script("seal and open, without their module", "dist/index.js", "{ seal, open }", "16 kB"),
  script("cmkit/azure, its module and not the SDK", "dist/azure.js", "{ keyVault }", "36 kB"),
];
