// The package in bundles: each is really run, in Chromium under a strict policy, or in Node.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { build, createServer } from "vite";
import webpack from "webpack";
import { open, serve } from "./chromium.mjs";

const APPS = ["browser.js", "worker.js", "form.js", "inline.js", "address.js", "server.js"];
const page = (script) => `<!doctype html><meta charset="utf-8"><title>cmkit</title><script type="module" src="${script}"></script>`;

/** What the page of `apps/browser.js` has to say. */
function holds(said) {
  assert.equal(said.failed, undefined);
  assert.match(said.early, /call and await `init\(\)` first/);
  assert.deepEqual([said.codes, said.inWorker], [["CMK1002"], ["CMK1002"]]);
  assert.match(said.issue, /^\[CMK1002\]/);
  assert.deepEqual([said.opened, said.openedOfWorker], ["in the page", "in a worker"]);
}

async function inChromium(folder, path = "index.html") {
  const server = await serve(folder);
  try {
    holds(await open(`${server.origin}/${path}`));
    const fetched = server.paths.filter((path) => path.endsWith(".wasm"));
    // The page and its worker take both modules each, or one of them twice from the cache; nothing more.
    assert.ok(fetched.length >= 2 && fetched.length <= 4, `fetched ${fetched.join(", ")}`);
    return fetched.length === 0 ? "" : `${new Set(fetched).size} modules fetched`;
  } finally {
    server.close();
  }
}

async function viteBuild(folder, input) {
  writeFileSync(join(folder, "index.html"), page(`./${input}`));
  await build({ root: folder, configFile: false, logLevel: "error", base: "./", worker: { format: "es" } });
  return join(folder, "dist");
}

/** A bundle that a server imports while it renders: it must not fetch, compile or ask for anything. */
function onAServer(bundle) {
  const said = execFileSync(process.execPath, ["--disable-proto=throw", bundle], { encoding: "utf8" });
  assert.equal(said.trim(), "function function function");
}

export const bundles = [
  {
    name: "Vite, built",
    async run({ project }) {
      return inChromium(await viteBuild(project("vite", APPS), "browser.js"));
    },
  },
  {
    name: "Vite, development server",
    async run({ project }) {
      const folder = project("vite-dev", APPS);
      writeFileSync(join(folder, "index.html"), page("./browser.js"));
      const optimizeDeps = { exclude: ["cmkit"] };
      const options = { root: folder, configFile: false, logLevel: "error", optimizeDeps, server: { hmr: false } };
      const server = await (await createServer(options)).listen();
      try {
        holds(await open(server.resolvedUrls.local[0]));
      } finally {
        await server.close();
      }
    },
  },
  {
    name: "Vite, on a server",
    async run({ project }) {
      const folder = project("vite-ssr", APPS);
      const options = { root: folder, configFile: false, logLevel: "error", ssr: { noExternal: true } };
      await build({ ...options, build: { ssr: "server.js" } });
      onAServer(join(folder, "dist/server.js"));
    },
  },
  {
    name: "webpack 5",
    async run({ project }) {
      const folder = project("webpack", APPS);
      const stats = await new Promise((resolve, reject) => {
        const options = { mode: "production", context: folder, entry: "./browser.js", devtool: false, performance: false };
        const output = { path: join(folder, "dist"), publicPath: "./", filename: "main.js" };
        webpack({ ...options, output }, (error, stats) => (error ? reject(error) : resolve(stats)));
      });
      const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
      assert.deepEqual([...errors, ...warnings].map(({ message }) => message), []);
      writeFileSync(join(folder, "dist/index.html"), page("./main.js"));
      return inChromium(join(folder, "dist"));
    },
  },
  {
    name: "esbuild, modules copied beside the bundle",
    async run({ project }) {
      const folder = project("esbuild", APPS);
      const outdir = join(folder, "dist");
      const entryPoints = ["browser.js", "worker.js"].map((file) => join(folder, file));
      await esbuild.build({ entryPoints, outdir, bundle: true, format: "esm", minify: true, logLevel: "error" });
      for (const name of ["envelope.wasm", "policy.wasm"]) {
        copyFileSync(join(folder, "node_modules/cmkit/dist", name), join(outdir, name));
      }
      writeFileSync(join(outdir, "index.html"), page("./browser.js"));
      return inChromium(outdir);
    },
  },
  {
    name: "esbuild, modules as files with addresses",
    async run({ project }) {
      const folder = project("esbuild-file", APPS);
      const outdir = join(folder, "dist");
      const options = { bundle: true, format: "esm", minify: true, logLevel: "error", loader: { ".wasm": "file" } };
      await esbuild.build({ ...options, entryPoints: [join(folder, "address.js")], outdir, publicPath: "/" });
      writeFileSync(join(outdir, "index.html"), page("./address.js"));
      const server = await serve(outdir);
      try {
        assert.deepEqual(await open(`${server.origin}/index.html`), { codes: ["CMK1002"] });
      } finally {
        server.close();
      }
    },
  },
  {
    name: "esbuild, for a server that renders",
    async run({ project }) {
      const folder = project("esbuild-server", APPS);
      for (const platform of ["browser", "node"]) {
        const outfile = join(folder, `dist/${platform}.js`);
        const entryPoints = [join(folder, "server.js")];
        await esbuild.build({ entryPoints, outfile, platform, bundle: true, format: "esm", logLevel: "error" });
        onAServer(outfile);
      }
    },
  },
  {
    name: "inline",
    async run({ project }) {
      const folder = project("inline", APPS);
      const outdir = join(folder, "dist");
      const entryPoints = [join(folder, "inline.js")];
      await esbuild.build({ entryPoints, outdir, bundle: true, format: "esm", minify: true, logLevel: "error" });
      writeFileSync(join(outdir, "index.html"), page("./inline.js"));
      const server = await serve(outdir);
      try {
        const { codes, key, sync } = await open(`${server.origin}/index.html`);
        assert.deepEqual({ codes, key, sync }, { codes: ["CMK1002"], key: "demo", sync: true });
        assert.deepEqual(server.paths.filter((path) => path.endsWith(".wasm")), [], "nothing is fetched");
      } finally {
        server.close();
      }
    },
  },
];
