/**
 * Work that is done once for all that happened since the last picture, before the next one. A page that is not seen has no
 * pictures, so there it is done at once.
 * @param {() => void} work
 * @returns {() => void} asks for it
 */
export function onceAFrame(work) {
  let asked = 0;
  const run = () => {
    cancelAnimationFrame(asked);
    asked = 0;
    work();
  };
  return () => {
    if (document.hidden) run();
    else asked ||= requestAnimationFrame(run);
  };
}

/** @returns {Promise<unknown>} the next picture is about to be drawn; in a page that is not seen, when it is seen again */
export const nextFrame = () => new Promise(requestAnimationFrame);
