/** Shows the stream that an image names, if it names one. */
export function show(img: HTMLImageElement): Promise<void>;

/** Watches a document, or a part of it, for images that name streams; returns what stops that. */
export function watch(root?: ParentNode & Node): () => void;
