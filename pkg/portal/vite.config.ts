import { brotliCompressSync, constants } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** What the built page may do: load what lies beside it, and nothing else. It stands in the page itself. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "worker-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function contentSecurityPolicy(): Plugin {
  return {
    name: "content-security-policy",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: () => [
        { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: POLICY }, injectTo: "head-prepend" },
      ],
    },
  };
}

/** The sizes of what was built, as it is and compressed, for the page's own panel. */
function sizes(): Plugin {
  return {
    name: "sizes",
    apply: "build",
    generateBundle(_, bundle) {
      const files = Object.values(bundle).map((file) => {
        const bytes = Buffer.from(file.type === "chunk" ? file.code : file.source);
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
        return { name: file.fileName, bytes: bytes.length, brotli: brotliCompressSync(bytes, { params }).length };
      });
      files.sort((a, b) => b.brotli - a.brotli);
      this.emitFile({ type: "asset", fileName: "sizes.json", source: JSON.stringify(files) });
    },
  };
}

export default defineConfig({
  // Any folder of any static host.
  base: "./",
  plugins: [contentSecurityPolicy(), sizes()],
  worker: { format: "es" },
  // Its WebAssembly lies beside it, which a bundle of dependencies would lose sight of.
  optimizeDeps: { exclude: ["cmkit"] },
  build: {
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // To compress at the highest quality takes its time.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  // The samples are the repository's own.
  server: { fs: { allow: ["../.."] } },
});
