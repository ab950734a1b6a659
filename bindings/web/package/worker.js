// A decoder on a thread of its own, so that pages stay responsive.

import { HERE, bytesOf } from "./decoder.js";
import { CODES, LmcError } from "./error.js";

/** Has the calls of a `Decoder`, done by a worker. */
export class WorkerDecoder {
  #options;
  #worker = null;
  #waiting = new Map();
  #calls = 0;

  constructor({ base = HERE } = {}) {
    this.#options = { base: String(new URL(base, HERE)) };
  }

  info(stream) {
    return this.#call("info", bytesOf(stream));
  }

  decode(stream, options = {}) {
    return this.#call("decode", bytesOf(stream), options);
  }

  /** The frames of a video, one after the other; the worker decodes the next one while this one is shown. */
  async *frames(stream, options = {}) {
    const video = await this.#call("openFrames", bytesOf(stream), options);
    try {
      let next = this.#call("nextFrame", video);
      for (;;) {
        const frame = await next;
        if (frame === null) {
          return;
        }
        next = this.#call("nextFrame", video);
        // Whoever stops early does not wait for it.
        next.catch(() => {});
        yield frame;
      }
    } finally {
      if (this.#worker) {
        this.#call("closeFrames", video).catch(() => {});
      }
    }
  }

  soundOf(stream, options = {}) {
    return this.#call("soundOf", bytesOf(stream), options);
  }

  verify(stream) {
    return this.#call("verify", bytesOf(stream));
  }

  prepare(model) {
    return this.#call("prepare", model);
  }

  /** Ends the worker. Calls that wait fail as `Cancelled`; the next call starts another worker. */
  terminate() {
    this.#fail(new LmcError(CODES.Cancelled, "the worker was ended"));
  }

  #call(call, ...values) {
    const worker = this.#started();
    return new Promise((resolve, reject) => {
      this.#calls += 1;
      this.#waiting.set(this.#calls, { resolve, reject });
      worker.postMessage({ number: this.#calls, call, values });
    });
  }

  #started() {
    if (!this.#worker) {
      const worker = new Worker(new URL("./thread.js", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }) => this.#settle(data);
      worker.onerror = (event) => this.#fail(new LmcError(CODES.Internal, event.message ?? "the worker did not start"));
      worker.postMessage({ number: 0, call: "configure", values: [this.#options] });
      this.#worker = worker;
    }
    return this.#worker;
  }

  #settle({ number, result, error }) {
    const call = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (error) {
      call?.reject(LmcError.fromPlain(error));
    } else {
      call?.resolve(result);
    }
  }

  #fail(error) {
    this.#worker?.terminate();
    this.#worker = null;
    this.#waiting.forEach(({ reject }) => reject(error));
    this.#waiting.clear();
  }
}

let shared = null;

/** The decoder that the elements of a page share. */
export function sharedDecoder() {
  shared ??= new WorkerDecoder();
  return shared;
}
