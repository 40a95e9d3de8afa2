/** All measurements of one place, Node or a browser. */

import { init } from "cmkit";
import { bulk } from "./bulk.js";
import { compactValues, formCheck } from "./small.js";

/**
 * @param {{ quick: boolean, form: object, clock?: () => number }} options
 * @param {{ bulk: Record<string, (data: Uint8Array<ArrayBuffer>) => unknown>,
 *           small: Record<string, (value: Uint8Array<ArrayBuffer>, times: number) => unknown> }} [peers]
 */
export async function measure({ quick, form, clock }, peers = { bulk: {}, small: {} }) {
  await init();
  const rounds = quick ? 5 : 11;
  const mebibytes = quick ? 16 : 64;
  return {
    mebibytes,
    rounds,
    form: await formCheck({ form, checks: quick ? 500 : 2000, rounds, clock }),
    small: await compactValues({ values: quick ? 512 : 2048, rounds, clock, peers: peers.small }),
    bulk: await bulk({ mebibytes, rounds, clock, peers: peers.bulk }),
  };
}
