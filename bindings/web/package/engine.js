// The module: streams in, pixels and samples out. All calls are synchronous.

import { CODES, LmcError } from "./error.js";

// Words of the structure that `lmc_decode_image` takes.
const REQUEST_WORDS = 7;

/** An instance of the module. After a failure inside of it, which is a bug or a lack of memory, it is of no more use. */
export class Engine {
  #exports;
  #models = new Set();
  #broken = null;

  constructor(module) {
    this.#exports = new WebAssembly.Instance(module, {}).exports;
  }

  /** Whether the weights of a model were passed. */
  has(model) {
    return this.#models.has(model);
  }

  /** Whether a call failed inside of the module. */
  get broken() {
    return this.#broken !== null;
  }

  /** Bytes of memory that the module holds. */
  get memoryBytes() {
    return this.#memory().byteLength;
  }

  /** Passes the weights file of a model. */
  addWeights(model, file) {
    this.#with(file, (at, bytes) => this.#check(this.#exports.lmc_weights(at, bytes)));
    this.#models.add(model);
  }

  info(stream) {
    return this.#with(stream, (at, bytes) => {
      this.#check(this.#exports.lmc_info(at, bytes));
      return JSON.parse(this.#text());
    });
  }

  image(stream, { region, scale = 1, conceal = false, maxPixels = 0 } = {}) {
    const { x, y, width, height } = region ?? { x: 0, y: 0, width: 0, height: 0 };
    if (region && !(width > 0 && height > 0)) {
      throw new LmcError(CODES.Parameter, "the region is empty");
    }
    const request = Uint32Array.of(x, y, width, height, scale, conceal ? 1 : 0, maxPixels);
    if (![x, y, width, height, scale, maxPixels].every((value) => Number.isInteger(value) && value >= 0)) {
      throw new LmcError(CODES.Parameter, "region, scale and maxPixels are whole numbers");
    }
    return this.#with(stream, (at, bytes) =>
      this.#with(new Uint8Array(request.buffer, 0, 4 * REQUEST_WORDS), (request) => {
        this.#check(this.#exports.lmc_decode_image(at, bytes, request));
        const answer = this.#answer();
        const data = new Uint8ClampedArray(this.#memory(), answer.at, answer.bytes).slice();
        return { kind: "image", width: answer.width, height: answer.height, data };
      }),
    );
  }

  verify(stream) {
    this.#with(stream, (at, bytes) => this.#check(this.#exports.lmc_verify_image(at, bytes)));
  }

  /** The samples of a sound, packet by packet, all channels in turn. */
  *packets(stream, { conceal = false } = {}) {
    const open = (at, bytes) => this.#exports.lmc_open_sound(at, bytes, conceal ? 1 : 0);
    const sound = this.#with(stream, open);
    if (sound < 0) {
      this.#check(-sound);
    }
    try {
      for (;;) {
        this.#call(() => this.#check(this.#exports.lmc_next_packet(sound)));
        const { at, bytes } = this.#answer();
        if (bytes === 0) {
          return;
        }
        yield new Float32Array(this.#memory(), at, bytes / 4).slice();
      }
    } finally {
      if (!this.broken) {
        this.#exports.lmc_close_sound(sound);
        this.#exports.lmc_forget();
      }
    }
  }

  /** The frames of a video as images, one after the other. */
  *frames(stream, { conceal = false } = {}) {
    const open = (at, bytes) => this.#exports.lmc_open_video(at, bytes, conceal ? 1 : 0);
    const video = this.#with(stream, open);
    if (video < 0) {
      this.#check(-video);
    }
    try {
      for (;;) {
        this.#call(() => this.#check(this.#exports.lmc_next_frame(video)));
        const { at, bytes, width, height } = this.#answer();
        if (bytes === 0) {
          return;
        }
        yield { width, height, data: new Uint8ClampedArray(this.#memory(), at, bytes).slice() };
      }
    } finally {
      if (!this.broken) {
        this.#exports.lmc_close_video(video);
        this.#exports.lmc_forget();
      }
    }
  }

  /** All samples of the sound of a video, all channels in turn. */
  videoSound(stream, { conceal = false } = {}) {
    return this.#with(stream, (at, bytes) => {
      this.#check(this.#exports.lmc_video_sound(at, bytes, conceal ? 1 : 0));
      const answer = this.#answer();
      return new Float32Array(this.#memory(), answer.at, answer.bytes / 4).slice();
    });
  }

  /** Does `work` with the address and the length of a copy of `bytes`, then frees both it and the answer. */
  #with(bytes, work) {
    return this.#call(() => {
      const at = this.#exports.lmc_alloc(bytes.length) >>> 0;
      if (at === 0) {
        throw new LmcError(CODES.Limit, `there is no memory for ${bytes.length} bytes`);
      }
      try {
        new Uint8Array(this.#memory(), at, bytes.length).set(bytes);
        return work(at, bytes.length);
      } finally {
        if (!this.broken) {
          this.#exports.lmc_free(at, bytes.length);
          this.#exports.lmc_forget();
        }
      }
    });
  }

  #call(work) {
    if (this.broken) {
      throw this.#broken;
    }
    try {
      return work();
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) {
        this.#broken = new LmcError(CODES.Internal, `the decoder failed, perhaps for lack of memory: ${error.message}`);
        throw this.#broken;
      }
      throw error;
    }
  }

  #check(code) {
    if (code !== 0) {
      throw new LmcError(code, this.#text());
    }
  }

  #answer() {
    const [at, bytes, width, height] = new Uint32Array(this.#memory(), this.#exports.lmc_answer() >>> 0, 4);
    return { at, bytes, width, height };
  }

  #text() {
    const { at, bytes } = this.#answer();
    return new TextDecoder().decode(new Uint8Array(this.#memory(), at, bytes));
  }

  // Memory that grew has a new buffer.
  #memory() {
    return this.#exports.memory.buffer;
  }
}
