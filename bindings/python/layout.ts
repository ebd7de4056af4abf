// How a container prints: what stands before, between and after its members. `repr.ts` walks layouts with a stack of
// its own, so that no depth of nesting ends in a stack overflow.

import { marksOf } from "./marks.js";

/** `1, 2`. */
export const LIST = 0;
/** `1: 2`: members are keys and values in turn. */
export const PAIRS = 1;
/** `(1, 2)`: members are first and second items in turn. */
export const TUPLES = 2;
/** `a=1`: members are names and values in turn; names stand bare. */
export const FIELDS = 3;

/** One container, ready to be printed. */
export interface Layout {
  readonly open: string;
  readonly members: readonly unknown[];
  readonly style: typeof LIST | typeof PAIRS | typeof TUPLES | typeof FIELDS;
  readonly close: string;
  /** What stands for the container where it is met inside itself. */
  readonly cycle: string;
}

/** The items of an array, with marked ones in their boxes. */
export function listMembers(list: readonly unknown[]): readonly unknown[] {
  const marks = marksOf(list);
  if (marks === undefined) return list;
  return Array.from(list, (value, index) => marks.ofValue(list, index, value) ?? value);
}

/** The members of a set, with marked ones in their boxes. */
export function setMembers(set: ReadonlySet<unknown>): readonly unknown[] {
  const members = Array.from(set);
  const marks = marksOf(set);
  return marks === undefined ? members : members.map((member) => marks.ofKey(member) ?? member);
}

/** The keys of a dict, with marked ones in their boxes. */
export function keyMembers(map: ReadonlyMap<unknown, unknown>): unknown[] {
  const members: unknown[] = [];
  const marks = marksOf(map);
  map.forEach((_, key) => members.push(marks?.ofKey(key) ?? key));
  return members;
}

/** The values of a dict, with marked ones in their boxes. */
export function valueMembers(map: ReadonlyMap<unknown, unknown>): unknown[] {
  const members: unknown[] = [];
  const marks = marksOf(map);
  map.forEach((value, key) => members.push(marks?.ofValue(map, key, value) ?? value));
  return members;
}

/** The keys and values of a dict in turn, with marked ones in their boxes. */
export function pairMembers(map: ReadonlyMap<unknown, unknown>): unknown[] {
  const members: unknown[] = [];
  const marks = marksOf(map);
  if (marks === undefined) map.forEach((value, key) => members.push(key, value));
  else {
    map.forEach((value, key) => {
      members.push(marks.ofKey(key) ?? key, marks.ofValue(map, key, value) ?? value);
    });
  }
  return members;
}
