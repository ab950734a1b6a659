/** A stream, all of it. */
export type Stream = Uint8Array | ArrayBuffer | ArrayBufferView;

/** A part of an image, in pixels of the whole. */
export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface DecodeOptions {
  /** The part of an image to decode; the default is all of it. Tiles that it does not need are not decoded. */
  region?: Region;
  /** The size of an image to decode in: 1, or 2, 4, 8 for a half, a quarter, an eighth. */
  scale?: 1 | 2 | 4 | 8;
  /** Fills what is damaged from its surroundings, instead of failing. */
  conceal?: boolean;
  /** The most pixels that an image may have. */
  maxPixels?: number;
  /** The most samples that a sound may have in all channels; the default is 2^28. */
  maxSamples?: number;
}

/** Pixels: red, green, blue, alpha of 8 bits, row after row. Fits `new ImageData(data, width, height)`. */
export interface DecodedImage {
  kind: "image";
  width: number;
  height: number;
  data: Uint8ClampedArray<ArrayBuffer>;
}

/** Samples, full scale at -1 and 1, one array for each channel. */
export interface DecodedSound {
  kind: "sound";
  sampleRate: number;
  channels: Float32Array<ArrayBuffer>[];
  tags: Record<string, string>;
}

/** A frame of a video: red, green, blue, alpha of 8 bits, row after row. */
export interface DecodedFrame {
  width: number;
  height: number;
  data: Uint8ClampedArray<ArrayBuffer>;
  /** Its number, from 0. */
  index: number;
  /** When it is shown, at the usual rate. */
  seconds: number;
}

export type Decoded = DecodedImage | DecodedSound;

interface AnyInfo {
  /** The name of the codec. */
  codec: string;
  /** The model that the stream needs, in hexadecimal; null for codecs without one. */
  model: string | null;
  /** Bytes of the stream. */
  bytes: number;
  /** Tiles, packets or frames. */
  parts: number;
  /** What is wrong with the stream; empty for a whole one. */
  damage: string[];
  /** Title, artist and the like. */
  tags: Record<string, string>;
  /** What the codec says: `quality` and others. */
  [field: string]: unknown;
}

export interface ImageInfo extends AnyInfo {
  kind: "image";
  width: number;
  height: number;
  color: "gray" | "rgb";
  /** Bits of a sample. */
  depth: 8 | 16;
  alpha: boolean;
  tileSize: number;
}

export interface SoundInfo extends AnyInfo {
  kind: "sound";
  sampleRate: number;
  channels: number;
  /** Samples of each channel. */
  samples: number;
  seconds: number;
}

export interface VideoInfo extends AnyInfo {
  kind: "video";
  width: number;
  height: number;
  /** Null where it is not known before all are decoded. */
  frames: number | null;
  framesPerSecond: number;
  /** Bits of a sample. */
  depth: 8 | 10 | 12;
  /** The sound beside the frames, if there is one. */
  sound?: { sampleRate: number; channels: number; samples: number; model: string | null };
}

export type Info = ImageInfo | SoundInfo | VideoInfo;

export interface DecoderOptions {
  /** The folder of `lmc.wasm`, `weights.json` and `weights/`; the default is that of the package. */
  base?: string | URL;
}

export type ErrorKind =
  | "Io"
  | "Malformed"
  | "Unsupported"
  | "Limit"
  | "Model"
  | "Desync"
  | "Parameter"
  | "File"
  | "Cancelled"
  | "Internal";

/** What went wrong. Numbers and kinds never change their meaning. */
export class LmcError extends Error {
  readonly code: number;
  readonly kind: ErrorKind;
}

/** A decoder that computes on the thread that calls it, and gets the weights that streams ask for. */
export class Decoder {
  constructor(options?: DecoderOptions);
  /** What a stream holds. Nothing is decoded, no weights are needed. */
  info(stream: Stream): Promise<Info>;
  /** The pixels of an image, or the samples of a sound. Fails for a video, whose frames come one by one. */
  decode(stream: Stream, options?: DecodeOptions): Promise<Decoded>;
  /** The samples of a sound, packet by packet, all channels in turn. */
  packets(stream: Stream, options?: DecodeOptions): AsyncGenerator<Float32Array<ArrayBuffer>>;
  /** The frames of a video, one after the other. */
  frames(stream: Stream, options?: DecodeOptions): AsyncGenerator<DecodedFrame>;
  /** The sound of a video, which begins with its first frame; null for one without. */
  soundOf(stream: Stream, options?: DecodeOptions): Promise<DecodedSound | null>;
  /** Fails unless an image decodes to the symbols that were encoded. No pixels are made. */
  verify(stream: Stream): Promise<void>;
  /** Fetches the weights of a model, so that its first stream does not wait for them. */
  prepare(model: string): Promise<void>;
  /** Bytes of memory that the module holds; it only grows. */
  readonly memoryBytes: number;
}

/** The calls of one decoder that is shared. */
export function info(stream: Stream): Promise<Info>;
export function decode(stream: Stream, options?: DecodeOptions): Promise<Decoded>;
export function packets(stream: Stream, options?: DecodeOptions): AsyncGenerator<Float32Array<ArrayBuffer>>;
export function frames(stream: Stream, options?: DecodeOptions): AsyncGenerator<DecodedFrame>;
export function soundOf(stream: Stream, options?: DecodeOptions): Promise<DecodedSound | null>;
export function verify(stream: Stream): Promise<void>;
/** Looks for the module and the weights in another place than beside this file. */
export function configure(options: DecoderOptions): void;
