// Decodes images, sounds and videos on the thread that calls: for scripts, servers and workers. Pages use `worker.js`.

import { Decoder } from "./decoder.js";

export { Decoder } from "./decoder.js";
export { LmcError } from "./error.js";

let shared = new Decoder();

/** Looks for the module and the weights in another place than beside this file. */
export function configure(options) {
  shared = new Decoder(options);
}

export const info = (stream) => shared.info(stream);
export const decode = (stream, options) => shared.decode(stream, options);
export const packets = (stream, options) => shared.packets(stream, options);
export const frames = (stream, options) => shared.frames(stream, options);
export const soundOf = (stream, options) => shared.soundOf(stream, options);
export const verify = (stream) => shared.verify(stream);
