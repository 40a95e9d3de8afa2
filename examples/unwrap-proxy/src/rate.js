/** How often a user may ask. */

/** Users that are remembered before those with a full allowance are forgotten, which changes nothing for them. */
const REMEMBERED = 10_000;

/**
 * A token bucket for each user: `burst` requests at once, then `perMinute`. The answer is 0, or the seconds to wait.
 *
 * @param {{ burst: number, perMinute: number }} rate
 * @param {() => number} now Milliseconds of a clock that never goes back.
 * @returns {(user: string) => number}
 */
export function rateLimit({ burst, perMinute }, now = () => performance.now()) {
  if (!(burst >= 1 && perMinute > 0)) throw new Error("`rate` needs a `burst` of 1 or more and a `perMinute` over 0");
  const perMillisecond = perMinute / 60_000;
  /** @type {Map<string, { left: number, at: number }>} */
  const buckets = new Map();
  const refilled = (/** @type {{ left: number, at: number }} */ { left, at }) =>
    Math.min(burst, left + (now() - at) * perMillisecond);
  return (user) => {
    if (buckets.size >= REMEMBERED) {
      for (const [name, bucket] of buckets) if (refilled(bucket) >= burst) buckets.delete(name);
    }
    const left = refilled(buckets.get(user) ?? { left: burst, at: now() });
    const allowed = left >= 1;
    buckets.set(user, { left: allowed ? left - 1 : left, at: now() });
    return allowed ? 0 : Math.ceil((1 - left) / perMillisecond / 1000);
  };
}
