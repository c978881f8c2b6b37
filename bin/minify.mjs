#!/usr/bin/env node
// Write the scripts and style sheets of the pages once more without what only people read, into app/minified.
//
// Each is transformed by itself and named by the digest of what was written, so that app/assets.py never serves one whose
// source was changed since; that is then served as it was written.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { transform } from "esbuild";

const ROOT = join(import.meta.dirname, "..");
const TO = join(ROOT, "app/minified");
const LOADERS = { ".js": "js", ".mjs": "js", ".css": "css" };

await rm(TO, { recursive: true, force: true });
await mkdir(TO, { recursive: true });
for (const folder of ["js", "css", "vendor"]) {
  const from = join(ROOT, "app/static", folder);
  for (const name of await readdir(from, { recursive: true })) {
    const loader = LOADERS[extname(name)];
    if (!loader) continue;
    const written = await readFile(join(from, name));
    const { code } = await transform(written.toString(), { loader, minify: true, charset: "utf8", legalComments: "inline" });
    const digest = createHash("sha256").update(written).digest("hex");
    const isLess = Buffer.byteLength(code) < written.length;
    await writeFile(join(TO, digest + extname(name)), isLess ? code : written);
  }
}
