// Bundles the web client into dist/: one page that works from any web server.
import { build } from "esbuild";
import { cp, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const modules = join(here, "node_modules");
const sdk = join(modules, "hydrogen-view-sdk");
const olm = join(modules, "@matrix-org", "olm");

await rm(dist, { recursive: true, force: true });
await mkdir(join(dist, "olm"), { recursive: true });
await build({
  entryPoints: [join(here, "main.js")],
  outdir: dist,
  bundle: true,
  format: "esm",
  minify: true,
  // Node's own modules: olm asks for them only where there is no browser.
  external: ["crypto", "fs", "path"],
  logLevel: "warning",
});
await cp(join(sdk, "asset-build", "assets"), join(dist, "assets"), { recursive: true });
await cp(join(sdk, "lib-build", "sw.js"), join(dist, "sw.js"));
await cp(join(here, "index.html"), join(dist, "index.html"));
for (const file of ["olm.js", "olm.wasm", "olm_legacy.js"]) {
  await cp(join(olm, file), join(dist, "olm", file));
}
