// The hash of the pixels of a job, the same under Node and in a page.

/** The SHA-256 of the size of an image and its pixels in RGB, in hexadecimal digits. */
export async function hashOf(decoder, stream, { region, scale }) {
  const [x, y, width, height] = region ?? [];
  const image = await decoder.decode(stream, { scale, region: region ? { x, y, width, height } : undefined });
  const head = new TextEncoder().encode(`${image.width}x${image.height} `);
  const bytes = new Uint8Array(head.length + 3 * image.width * image.height);
  bytes.set(head);
  for (let from = 0, to = head.length; from < image.data.length; from += 4, to += 3) {
    bytes.set(image.data.subarray(from, from + 3), to);
  }
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
