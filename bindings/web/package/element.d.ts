/**
 * `<lmc-img src="photo.lmc" alt="...">`, registered by importing this module.
 *
 * Attributes: `src`, `alt`, `region="x,y,width,height"`, `scale="1/2"`, `conceal`. Events: `load`, `error`.
 */
export class LmcImage extends HTMLElement {
  src: string;
  /** Whether the image that `src` names is shown. */
  readonly complete: boolean;
  readonly naturalWidth: number;
  readonly naturalHeight: number;
  /** The canvas that holds the pixels. */
  readonly canvas: HTMLCanvasElement;
}

/** The bytes at a URL. */
export function fetchStream(url: string | URL, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;

declare global {
  interface HTMLElementTagNameMap {
    "lmc-img": LmcImage;
  }
}
