// Storages that came together, each made when somebody first asks for it: a state dict of 100,000 tensors is loaded to
// look at a few of them. Two tensors of one row get one storage.

import type { Storage } from "./storage.js";

/** Storages by row. */
export class Shelf {
  readonly #made: (Storage | undefined)[];
  readonly #make: (row: number) => Storage;

  /**
   * @param count how many there are
   * @param make makes the storage of a row; called once for each
   */
  constructor(count: number, make: (row: number) => Storage) {
    this.#made = new Array<Storage | undefined>(count);
    this.#make = make;
  }

  /** The storage of a row. */
  storage(row: number): Storage {
    return (this.#made[row] ??= this.#make(row));
  }
}
