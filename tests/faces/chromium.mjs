// `node chromium.mjs JOBS PACKAGE`: a line with the hash of the pixels of each job, decoded in a worker of headless
// Chromium. LMC_CHROMIUM names the program.

import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { serve } from "../../bindings/web/serve.mjs";
import { Page } from "../../bindings/web/tests/browser.mjs";

const [jobs, folder] = process.argv.slice(2);
const list = JSON.parse(await readFile(jobs));
const folders = { "/package/": folder, "/faces/": fileURLToPath(new URL(".", import.meta.url)) };
const names = new Map(list.map(({ stream }) => [dirname(stream), ""]));
[...names.keys()].forEach((place, index) => {
  names.set(place, `/streams-${index}/`);
  folders[`/streams-${index}/`] = place;
});
const server = await serve(folders);
const page = await Page.open(process.env.LMC_CHROMIUM ?? "chromium");
try {
  await page.go(`${server.url}/faces/page.html`);
  await page.until("globalThis.hashes");
  for (const job of list) {
    const stream = names.get(dirname(job.stream)) + encodeURIComponent(job.stream.slice(dirname(job.stream).length + 1));
    console.log(await page.run(`hashes(${JSON.stringify({ ...job, stream })})`));
  }
} finally {
  await page.close();
  server.close();
}
