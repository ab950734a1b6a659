// `node node.mjs JOBS PACKAGE`: a line with the hash of the pixels of each job, decoded under Node.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { hashOf } from "./hash.js";

const [jobs, folder] = process.argv.slice(2);
const { Decoder } = await import(pathToFileURL(join(folder, "index.js")));
const decoder = new Decoder();
for (const job of JSON.parse(await readFile(jobs))) {
  console.log(await hashOf(decoder, new Uint8Array(await readFile(job.stream)), job));
}
