// Files of the package and weights: from disk under Node, by fetch elsewhere. Weights are fetched once and cached.

import { CODES, LmcError } from "./error.js";

const CACHE = "lmc-weights";

/** The bytes at a URL. */
async function read(url) {
  if (url.protocol === "file:") {
    const { readFile } = await import("node:fs/promises");
    return new Uint8Array(await readFile(url));
  }
  return new Uint8Array(await (await fetched(url)).arrayBuffer());
}

async function fetched(url) {
  const response = await fetch(url).catch((error) => {
    throw new LmcError(CODES.Io, `${url}: ${error.message}`);
  });
  if (!response.ok) {
    throw new LmcError(CODES.Io, `${url}: ${response.status} ${response.statusText}`);
  }
  return response;
}

/** The bytes at a URL whose contents never change. */
async function readCached(url) {
  // Only secure contexts have a cache, and users may forbid it.
  const cache = url.protocol === "file:" ? null : await globalThis.caches?.open(CACHE).catch(() => null);
  if (!cache) {
    return read(url);
  }
  const found = await cache.match(url);
  if (found) {
    return new Uint8Array(await found.arrayBuffer());
  }
  const response = await fetched(url);
  // A full disk is no reason to fail.
  await cache.put(url, response.clone()).catch(() => {});
  return new Uint8Array(await response.arrayBuffer());
}

/** The compiled module. */
export async function loadModule(base) {
  return WebAssembly.compile(await read(new URL("lmc.wasm", base)));
}

/** The weights that streams may name: `{ model: { id, file, bytes } }`. */
export async function loadIndex(base) {
  return JSON.parse(new TextDecoder().decode(await read(new URL("weights.json", base))));
}

/** The weights file of a model. Its name has the model in it, so the cache never holds another. */
export async function loadWeights(base, index, model) {
  const known = index[model];
  if (!known) {
    throw new LmcError(CODES.Model, `the stream needs the model ${model}, which this package does not have`);
  }
  return readCached(new URL(known.file, base));
}
