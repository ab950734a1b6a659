// Makes `<img src="photo.lmc">` work: such images, those added later too, get what their stream decodes to.

import { fetchStream } from "./element.js";
import { sharedDecoder } from "./worker.js";

/** Whether a URL names a stream. */
const isStream = (url) => /\.lmc$/i.test(new URL(url, document.baseURI).pathname);

/** Images that are being replaced, with the source that they asked for. */
const running = new WeakMap();

/** Decodes a stream into a PNG that an image can show. */
async function pngOf(url) {
  const image = await sharedDecoder().decode(await fetchStream(url));
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext("2d").putImageData(new ImageData(image.data, image.width, image.height), 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}

/** Shows the stream that an image names, if it names one. */
export async function show(img) {
  const source = img.getAttribute("src");
  if (!source || !isStream(source) || running.get(img) === source) {
    return;
  }
  running.set(img, source);
  try {
    const png = URL.createObjectURL(await pngOf(new URL(source, document.baseURI)));
    if (img.getAttribute("src") === source) {
      img.dataset.lmcSrc = source;
      img.src = png;
      await img.decode();
    }
    URL.revokeObjectURL(png);
  } catch (error) {
    img.dispatchEvent(new ErrorEvent("lmcerror", { error, message: error.message, bubbles: true }));
  } finally {
    running.delete(img);
  }
}

const imagesIn = (node) => [...(node.matches?.("img") ? [node] : []), ...(node.querySelectorAll?.("img") ?? [])];

/** Watches a document, or a part of it; returns what stops that. */
export function watch(root = document) {
  const observer = new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      (type === "attributes" ? [target] : [...addedNodes].flatMap(imagesIn)).forEach(show);
    }
  });
  observer.observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["src"] });
  imagesIn(root).forEach(show);
  return () => observer.disconnect();
}

watch();
