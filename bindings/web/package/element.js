// `<lmc-img src="photo.lmc" alt="...">`: an image that is decoded in a worker and drawn on a canvas.
//
// Attributes: `src`, `alt`, `region="x,y,width,height"`, `scale="1/2"` (or 1/4, 1/8), `conceal`. Events: `load`, `error`.

import { CODES, LmcError } from "./error.js";
import { sharedDecoder } from "./worker.js";

const STYLE = `
:host { display: inline-block; max-width: 100%; vertical-align: bottom; }
:host([hidden]) { display: none; }
canvas { display: block; max-width: 100%; height: auto; }
`;

/** The bytes at a URL. */
export async function fetchStream(url, signal) {
  const response = await fetch(url, { signal });
  if (!response.ok) {
    throw new LmcError(CODES.Io, `${url}: ${response.status} ${response.statusText}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

export class LmcImage extends HTMLElement {
  static observedAttributes = ["src", "alt", "region", "scale", "conceal"];

  #canvas = document.createElement("canvas");
  #running = null;
  #complete = false;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const style = document.createElement("style");
    style.textContent = STYLE;
    this.#canvas.width = this.#canvas.height = 0;
    root.append(style, this.#canvas);
  }

  get src() {
    return this.hasAttribute("src") ? new URL(this.getAttribute("src"), document.baseURI).href : "";
  }

  set src(value) {
    this.setAttribute("src", value);
  }

  /** Whether the image that `src` names is shown. */
  get complete() {
    return this.#complete;
  }

  get naturalWidth() {
    return this.#canvas.width;
  }

  get naturalHeight() {
    return this.#canvas.height;
  }

  /** The canvas that holds the pixels. */
  get canvas() {
    return this.#canvas;
  }

  connectedCallback() {
    this.#update("src");
  }

  disconnectedCallback() {
    this.#running?.abort();
  }

  attributeChangedCallback(name, before, now) {
    if (before !== now && this.isConnected) {
      this.#update(name);
    }
  }

  #update(name) {
    this.setAttribute("role", "img");
    this.setAttribute("aria-label", this.getAttribute("alt") ?? "");
    if (name !== "alt") {
      // Attributes that change together are one change.
      this.#running?.abort();
      const running = new AbortController();
      this.#running = running;
      queueMicrotask(() => this.#show(running.signal));
    }
  }

  async #show(signal) {
    this.#complete = false;
    if (signal.aborted || !this.src) {
      return;
    }
    try {
      const stream = await fetchStream(this.src, signal);
      const image = await sharedDecoder().decode(stream, this.#options());
      if (!signal.aborted) {
        this.#draw(image);
        this.#complete = true;
        this.dispatchEvent(new Event("load"));
      }
    } catch (error) {
      if (!signal.aborted) {
        this.#canvas.width = this.#canvas.height = 0;
        this.dispatchEvent(new ErrorEvent("error", { error, message: error.message }));
      }
    }
  }

  #options() {
    const options = { conceal: this.hasAttribute("conceal") };
    if (this.hasAttribute("region")) {
      const [x, y, width, height] = this.getAttribute("region").split(",").map(Number);
      options.region = { x, y, width, height };
    }
    if (this.hasAttribute("scale")) {
      options.scale = Number(this.getAttribute("scale").replace(/^\s*1\s*\//, ""));
    }
    return options;
  }

  #draw(image) {
    if (image.kind !== "image") {
      throw new LmcError(CODES.Parameter, `the stream holds a ${image.kind} and no image`);
    }
    this.#canvas.width = image.width;
    this.#canvas.height = image.height;
    const pixels = new ImageData(image.data, image.width, image.height);
    this.#canvas.getContext("2d").putImageData(pixels, 0, 0);
  }
}

if (!customElements.get("lmc-img")) {
  customElements.define("lmc-img", LmcImage);
}
