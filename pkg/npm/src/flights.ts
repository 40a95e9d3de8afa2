/** Calls under way: who asks the same meanwhile waits for the same answer. */

import { unlessAborted } from "./provider.js";

interface Flight<T> {
  answer: Promise<T>;
  stop: AbortController;
  waiting: number;
}

export class Flights<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** Runs, unless that is under way under the same name. The run is aborted once nobody waits for it any more. */
  async once(name: string, signal: AbortSignal | undefined, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const flight = this.#flights.get(name) ?? this.#begin(name, run);
    flight.waiting += 1;
    try {
      return await unlessAborted(signal, () => flight.answer);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0) {
        this.#end(name, flight);
        flight.stop.abort();
      }
    }
  }

  #begin(name: string, run: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const stop = new AbortController();
    const flight = { answer: run(stop.signal), stop, waiting: 0 };
    this.#flights.set(name, flight);
    const end = (): void => this.#end(name, flight);
    flight.answer.then(end, end);
    return flight;
  }

  #end(name: string, flight: Flight<T>): void {
    if (this.#flights.get(name) === flight) this.#flights.delete(name);
  }
}
