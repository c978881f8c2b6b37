/**
 * Fetches the people of a workspace that is too large to be told of at once, page by page.
 * @param {import("./session.js").Session} session
 * @param {import("./directory.js").Directory} directory where they go
 * @param {AbortSignal} signal ends it: whoever begins anew needs no old pages
 * @throws as `Session.getJSON` does
 */
export async function fetchEveryone(session, directory, signal) {
  for (let after = "", more = true; more && !signal.aborted; ) {
    const asked = performance.now();
    const page = await session.getJSON(`/api/users${after && `?after=${after}`}`);
    if (signal.aborted) return;
    directory.fill(page.users, asked);
    after = page.users.at(-1)?.id ?? "";
    more = page.more && after !== "";
  }
}
