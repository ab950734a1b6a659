// What the test in the browser runs inside of a page.

import { WorkerDecoder } from "../package/worker.js";
import { decodeCase, difference } from "./compare.js";

const read = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());

/** Decodes all cases in a worker; returns what differs, and how many were compared. */
export async function compareAll() {
  const decoder = new WorkerDecoder();
  const cases = JSON.parse(new TextDecoder().decode(await read("/expected/cases.json")));
  const wrong = [];
  for (const one of cases) {
    const decoded = await decodeCase(decoder, await read(`/repository/${one.stream}`), one);
    const found = difference(decoded, await read(`/expected/${one.values}`), one);
    if (found !== 0) {
      wrong.push(`${one.stream} ${one.region} 1/${one.scale}: ${found}`);
    }
  }
  decoder.terminate();
  return { count: cases.length, wrong };
}

/** The shortest of some times that a stream takes to decode on one thread, in milliseconds: all of it, and its symbols. */
export async function measure(url, times = 5) {
  const decoder = new WorkerDecoder();
  const stream = await read(url);
  const least = async (work) => {
    let best = Infinity;
    for (let i = 0; i < times; i += 1) {
      const start = performance.now();
      await work();
      best = Math.min(best, performance.now() - start);
    }
    return best;
  };
  const start = performance.now();
  await decoder.decode(stream);
  const first = performance.now() - start;
  const result = { first, whole: await least(() => decoder.decode(stream)), symbols: await least(() => decoder.verify(stream)) };
  decoder.terminate();
  return result;
}

/** How calls of an ended worker end, and whether it starts again. */
export async function endAndRestart(url) {
  const decoder = new WorkerDecoder();
  const stream = await read(url);
  const waiting = decoder.decode(stream).then(() => "Done", ({ kind }) => kind);
  decoder.terminate();
  const { kind } = await decoder.info(stream);
  const failed = await decoder.decode(stream, { scale: 3 }).catch((error) => `${error.name} ${error.kind} ${error.code}`);
  decoder.terminate();
  return [await waiting, kind, failed];
}
