// A rectangle that is dragged over an image.

/** Calls `done` with the rectangle that was dragged, in shares of the size of `stage`; `frame` shows it meanwhile. */
export function onDrag(stage, frame, done) {
  let from = null;
  const place = ({ clientX, clientY }) => {
    const box = stage.getBoundingClientRect();
    const share = (at, start, length) => Math.min(1, Math.max(0, (at - start) / length));
    return { x: share(clientX, box.left, box.width), y: share(clientY, box.top, box.height) };
  };
  const between = (a, b) => ({
    x: Math.min(a.x, b.x),
    y: Math.min(a.y, b.y),
    width: Math.abs(a.x - b.x),
    height: Math.abs(a.y - b.y),
  });
  const show = (part) => {
    frame.hidden = false;
    frame.style.left = `${100 * part.x}%`;
    frame.style.top = `${100 * part.y}%`;
    frame.style.width = `${100 * part.width}%`;
    frame.style.height = `${100 * part.height}%`;
  };
  stage.addEventListener("pointerdown", (event) => {
    stage.setPointerCapture(event.pointerId);
    from = place(event);
  });
  stage.addEventListener("pointermove", (event) => from && show(between(from, place(event))));
  stage.addEventListener("pointerup", (event) => {
    const part = from && between(from, place(event));
    from = null;
    if (part && part.width > 0 && part.height > 0) {
      done(part);
    }
  });
  stage.addEventListener("pointercancel", () => (from = null));
}
