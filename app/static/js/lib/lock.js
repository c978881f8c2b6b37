const LEASE = 10_000;
const RENEW = 3_000;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Runs `work` in one tab at a time.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export function withLock(name, work) {
  return navigator.locks ? navigator.locks.request(name, work) : withLease(name, work);
}

/**
 * The same where the browser has no locks (plain http:// in a local network): a lease in localStorage. Two tabs that
 * write in the same instant both read back the later one, so only that one goes on.
 */
async function withLease(name, work) {
  const key = `standin:lock:${name}`;
  const owner = String(crypto.getRandomValues(new Uint32Array(1))[0]);
  while (!(await takeLease(key, owner))) await pause(100 + Math.random() * 100);
  const renewal = setInterval(() => localStorage.setItem(key, `${owner}:${Date.now() + LEASE}`), RENEW);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    if (localStorage.getItem(key)?.startsWith(`${owner}:`)) localStorage.removeItem(key);
  }
}

async function takeLease(key, owner) {
  const until = Number(localStorage.getItem(key)?.split(":")[1] ?? 0);
  if (until > Date.now()) return false;
  localStorage.setItem(key, `${owner}:${Date.now() + LEASE}`);
  await pause(50);
  return Boolean(localStorage.getItem(key)?.startsWith(`${owner}:`));
}
