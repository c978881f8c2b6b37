const PATIENCE = 5_000;

/**
 * When the browser has nothing else to do, so that what can wait does.
 * @param {number} [most] ms after which it is done all the same
 * @returns {Promise<unknown>}
 */
export const calm = (most = PATIENCE) => new Promise((resolve) => (window.requestIdleCallback ? requestIdleCallback(resolve, { timeout: most }) : setTimeout(resolve, most)));
