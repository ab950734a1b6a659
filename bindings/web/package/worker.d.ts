import type { DecodeOptions, Decoded, DecodedFrame, DecodedSound, DecoderOptions, Info, Stream } from "./index.js";

/** A decoder on a thread of its own. The thread starts at the first call. */
export class WorkerDecoder {
  constructor(options?: DecoderOptions);
  info(stream: Stream): Promise<Info>;
  decode(stream: Stream, options?: DecodeOptions): Promise<Decoded>;
  /** The frames of a video, one after the other; the thread decodes one frame ahead. */
  frames(stream: Stream, options?: DecodeOptions): AsyncGenerator<DecodedFrame>;
  soundOf(stream: Stream, options?: DecodeOptions): Promise<DecodedSound | null>;
  verify(stream: Stream): Promise<void>;
  prepare(model: string): Promise<void>;
  /** Ends the thread. Calls that wait fail as `Cancelled`; the next call starts another. */
  terminate(): void;
}

/** The decoder that the elements of a page share. */
export function sharedDecoder(): WorkerDecoder;
