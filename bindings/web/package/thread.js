// The worker's side of `worker.js`: one message is one call.

import { Decoder } from "./decoder.js";
import { LmcError } from "./error.js";

let decoder = null;
// Videos that are open, by number.
const videos = new Map();
let opened = 0;

const calls = {
  configure: (options) => {
    decoder = new Decoder(options);
  },
  info: (stream) => decoder.info(stream),
  decode: (stream, options) => decoder.decode(stream, options),
  openFrames: (stream, options) => {
    opened += 1;
    videos.set(opened, decoder.frames(stream, options));
    return opened;
  },
  nextFrame: async (video) => (await videos.get(video)?.next())?.value ?? null,
  closeFrames: async (video) => {
    await videos.get(video)?.return();
    videos.delete(video);
  },
  soundOf: (stream, options) => decoder.soundOf(stream, options),
  verify: (stream) => decoder.verify(stream),
  prepare: (model) => decoder.prepare(model),
};

// Calls are done one after another: they share one memory.
let last = Promise.resolve();

globalThis.onmessage = ({ data: { number, call, values } }) => {
  last = last.then(async () => {
    try {
      const result = await calls[call](...values);
      globalThis.postMessage({ number, result }, buffers(result));
    } catch (error) {
      globalThis.postMessage({ number, error: LmcError.of(error).toPlain() });
    }
  });
};

/** What is handed over instead of copied. */
function buffers(result) {
  const arrays = [result?.data, result?.channels].flat();
  return arrays.flatMap((array) => array?.buffer ?? []);
}
