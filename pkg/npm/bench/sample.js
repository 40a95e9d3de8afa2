/**
 * Samples: everything that is compared runs in turn, round by round, so that a busy machine is busy for all. Every other round
 * goes the other way round, and garbage is collected before each, so that nobody pays for who came before.
 */

/**
 * Runs each of `works` once a round, after one round that isn't counted. A work does its thing `times` times; samples are
 * milliseconds for one.
 *
 * @param {Record<string, () => unknown>} works
 * @param {number} rounds
 * @param {number} [times]
 * @param {() => number} [clock] Milliseconds.
 * @returns {Promise<Record<string, number[]>>}
 */
export async function inTurn(works, rounds, times = 1, clock = wall) {
  const samples = Object.fromEntries(Object.keys(works).map((name) => [name, /** @type {number[]} */ ([])]));
  for (let round = -1; round < rounds; round += 1) {
    const order = Object.entries(works);
    for (const [name, work] of round % 2 === 0 ? order : order.reverse()) {
      globalThis.gc?.();
      const started = clock();
      await work();
      const took = (clock() - started) / times;
      if (round >= 0) samples[name]?.push(took);
    }
  }
  return samples;
}

const wall = () => performance.now();

/** How much faster `ours` was than `theirs`, round by round. @param {number[]} ours @param {number[]} theirs */
export function ratios(ours, theirs) {
  return ours.map((took, round) => /** @type {number} */ (theirs[round]) / took);
}

/** @param {number[]} samples */
export function spread(samples) {
  const sorted = samples.toSorted((a, b) => a - b);
  const [middle, last] = [sorted.length >> 1, sorted.length - 1];
  const median = sorted.length % 2 === 1 ? sorted[middle] : (/** @type {number} */ (sorted[middle - 1]) + /** @type {number} */ (sorted[middle])) / 2;
  return { median: /** @type {number} */ (median), min: /** @type {number} */ (sorted[0]), max: /** @type {number} */ (sorted[last]) };
}
