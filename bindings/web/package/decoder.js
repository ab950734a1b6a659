// A decoder that gets the weights that streams ask for. It computes on the thread that calls it.

import { Engine } from "./engine.js";
import { CODES, LmcError } from "./error.js";
import { loadIndex, loadModule, loadWeights } from "./load.js";

/** Where the module and the weights lie unless they are sought elsewhere. */
export const HERE = new URL("./", import.meta.url);

/** Streams as bytes. */
export function bytesOf(stream) {
  if (stream instanceof Uint8Array) {
    return stream;
  }
  if (stream instanceof ArrayBuffer) {
    return new Uint8Array(stream);
  }
  if (ArrayBuffer.isView(stream)) {
    return new Uint8Array(stream.buffer, stream.byteOffset, stream.byteLength);
  }
  throw new LmcError(CODES.Parameter, "a stream is a Uint8Array or an ArrayBuffer");
}

export class Decoder {
  #base;
  #module = null;
  #index = null;
  #engine = null;
  #weights = new Map();

  constructor({ base = HERE } = {}) {
    this.#base = new URL(base, HERE);
  }

  /** What a stream holds. Nothing is decoded, no weights are needed. */
  async info(stream) {
    return (await this.#ready()).info(bytesOf(stream));
  }

  /** The pixels of an image, or the samples of a sound. A video is taken frame by frame instead. */
  async decode(stream, options = {}) {
    const bytes = bytesOf(stream);
    const { engine, info } = await this.#readyFor(bytes);
    if (info.kind === "video") {
      throw new LmcError(CODES.Unsupported, "the stream holds a video: take its frames one by one");
    }
    return info.kind === "image" ? engine.image(bytes, options) : sound(engine, info, bytes, options);
  }

  /** The samples of a sound, packet by packet, all channels in turn. */
  async *packets(stream, options = {}) {
    const bytes = bytesOf(stream);
    const { engine, info } = await this.#readyFor(bytes);
    if (info.kind !== "sound") {
      throw new LmcError(CODES.Parameter, `the stream holds ${info.kind === "image" ? "an" : "a"} ${info.kind} and no sound`);
    }
    yield* engine.packets(bytes, options);
  }

  /** The frames of a video, one after the other, as images. */
  async *frames(stream, options = {}) {
    const bytes = bytesOf(stream);
    const { engine, info } = await this.#readyFor(bytes);
    if (info.kind !== "video") {
      throw new LmcError(CODES.Parameter, `the stream holds ${info.kind === "image" ? "an" : "a"} ${info.kind} and no video`);
    }
    let index = 0;
    for (const frame of engine.frames(bytes, options)) {
      yield { ...frame, index, seconds: index / info.framesPerSecond };
      index += 1;
    }
  }

  /** The sound of a video, which begins with its first frame; null for one without. */
  async soundOf(stream, options = {}) {
    const bytes = bytesOf(stream);
    const { engine, info } = await this.#readyFor(bytes);
    if (info.kind !== "video") {
      throw new LmcError(CODES.Parameter, `the stream holds ${info.kind === "image" ? "an" : "a"} ${info.kind} and no video`);
    }
    if (!info.sound) {
      return null;
    }
    if (info.sound.model) {
      await this.prepare(info.sound.model);
    }
    const { sampleRate, channels: count } = info.sound;
    const samples = engine.videoSound(bytes, options);
    const channel = (index) => Float32Array.from({ length: samples.length / count }, (_, at) => samples[at * count + index]);
    return { kind: "sound", sampleRate, channels: Array.from({ length: count }, (_, index) => channel(index)), tags: info.tags };
  }

  /** Fails unless an image decodes to the symbols that were encoded. No pixels are made. */
  async verify(stream) {
    const bytes = bytesOf(stream);
    const { engine } = await this.#readyFor(bytes);
    engine.verify(bytes);
  }

  /** Fetches the weights of a model, so that its first stream does not wait for them. */
  async prepare(model) {
    const engine = await this.#ready();
    if (engine.has(model)) {
      return;
    }
    this.#index ??= loadIndex(this.#base);
    const index = await this.#index.catch((error) => {
      this.#index = null;
      throw error;
    });
    const loading = this.#weights.get(model) ?? loadWeights(this.#base, index, model);
    this.#weights.set(model, loading);
    try {
      const file = await loading;
      if (!engine.has(model)) {
        engine.addWeights(model, file);
      }
    } finally {
      this.#weights.delete(model);
    }
  }

  /** Bytes of memory that the module holds; it only grows. */
  get memoryBytes() {
    return this.#engine?.memoryBytes ?? 0;
  }

  async #readyFor(bytes) {
    const info = (await this.#ready()).info(bytes);
    if (info.model) {
      await this.prepare(info.model);
    }
    return { engine: await this.#ready(), info };
  }

  async #ready() {
    this.#module ??= loadModule(this.#base);
    const module = await this.#module.catch((error) => {
      this.#module = null;
      throw error;
    });
    if (!this.#engine || this.#engine.broken) {
      this.#engine = new Engine(module);
    }
    return this.#engine;
  }
}

/** All of a sound, each channel in an array of its own. */
function sound(engine, info, bytes, options) {
  const { sampleRate, channels: count, samples: length, tags } = info;
  const limit = options.maxSamples ?? 2 ** 28;
  if (length * count > limit) {
    throw new LmcError(CODES.Limit, `${length * count} samples exceed ${limit}: take the sound packet by packet`);
  }
  const channels = Array.from({ length: count }, () => new Float32Array(length));
  let at = 0;
  for (const packet of engine.packets(bytes, options)) {
    channels.forEach((channel, index) => {
      for (let i = index, to = at; i < packet.length; i += count, to += 1) {
        channel[to] = packet[i];
      }
    });
    at += packet.length / count;
  }
  return { kind: "sound", sampleRate, channels, tags };
}
