/** Who asks, and what they may open. Put your own sign-in here: anything that is an {@link Authenticate} will do. */

import { createHash } from "node:crypto";

/**
 * @typedef {object} Grant What a user may open: envelopes of one namespace under one key.
 * @property {string} namespace
 * @property {string} key The key's identifier without a version.
 */

/**
 * @typedef {object} User
 * @property {string} name Stands in the log.
 * @property {readonly Grant[]} grants
 */

/** @typedef {(request: import("node:http").IncomingMessage) => User | undefined | Promise<User | undefined>} Authenticate */

/**
 * Users by bearer token, from a table in the configuration. It has digests of tokens, so whoever reads it can't sign in, and
 * looking a digest up gives no time away that would help to guess one.
 *
 * @param {readonly (User & { tokenSha256: string })[]} users
 * @returns {Authenticate}
 */
export function byToken(users) {
  for (const { name, tokenSha256 } of users) {
    if (!/^[0-9a-f]{64}$/.test(tokenSha256)) throw new Error(`\`tokenSha256\` of \`${name}\` is 64 lower-case hexadecimal digits`);
  }
  const known = new Map(users.map(({ name, grants, tokenSha256 }) => [tokenSha256, { name, grants }]));
  return ({ headers: { authorization = "" } }) => {
    const token = /^Bearer ([\w.~+/=-]{1,4096})$/.exec(authorization)?.[1];
    return token === undefined ? undefined : known.get(createHash("sha256").update(token).digest("hex"));
  };
}
