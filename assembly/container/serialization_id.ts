// `.data/serialization_id` (reference 2.11): 40 digits, of which PyTorch's writer makes two hashes.
//
//   20 digits   names: those of all records but this one, mixed in the order in which libstdc++'s set iterates
//   20 digits   contents: the CRCs, in the order of the file
//
// The set is one singly linked list. A name goes before the first of its bucket, or, where its bucket is empty, to the
// head; when there are more names than buckets, the list is walked and built anew with more buckets. A bucket knows the
// node *before* its first one. Nodes are numbered from 1; 0 is the list's head.
import { claim, giveBack } from "../base/arena";

const SEED: u64 = 0xc70f6907;
const MULTIPLIER: u64 = 0xc6a4a7935bd1e995;
// libstdc++'s bucket counts, each about twice the last; 0 ends them
const primes: usize = memory.data<u32>([
  13, 29, 59, 127, 257, 541, 1109, 2357, 5087, 10273, 20753, 42043, 85229, 172933, 351061, 712697, 1447153, 2938679,
  5967347, 12117689, 24607243, 49969847, 0,
]);
const NO_BUCKET: u32 = 0xffffffff;

/** Murmur2's 64-bit variant A, as libstdc++ hashes bytes. The range is the writer's own. */
export function hashName(at: usize, n: u32): u64 {
  let h: u64 = SEED ^ (<u64>n * MULTIPLIER);
  const end = at + <usize>(n & ~7);
  for (; at < end; at += 8) {
    let k = load<u64>(at) * MULTIPLIER;
    k ^= k >> 47;
    h ^= k * MULTIPLIER;
    h *= MULTIPLIER;
  }
  const rest = n & 7;
  if (rest != 0) {
    let tail: u64 = 0;
    for (let i: u32 = 0; i < rest; i++) tail |= <u64>load<u8>(at + <usize>i) << <u64>(i << 3);
    h = (h ^ tail) * MULTIPLIER;
  }
  h ^= h >> 47;
  h *= MULTIPLIER;
  return h ^ (h >> 47);
}

/** One more value in a running hash. */
export function mix(s: u64, v: u64): u64 {
  return s ^ (v + 0x9e3779b9 + (s << 6) + (s >> 2));
}

let nexts: usize = 0;
let hashes: usize = 0;
let stride: usize = 0;
let buckets: usize = 0;
let bucketCount: u32 = 0;
let complete: bool = false;

function next(node: u32): u32 {
  return load<u32>(nexts + (<usize>node << 2));
}

function setNext(node: u32, to: u32): void {
  store<u32>(nexts + (<usize>node << 2), to);
}

function bucketOf(node: u32): u32 {
  return <u32>(load<u64>(hashes + <usize>(node - 1) * stride) % <u64>bucketCount);
}

function insert(node: u32): void {
  const row = buckets + (<usize>bucketOf(node) << 2);
  const before = load<u32>(row);
  if (before != NO_BUCKET) {
    setNext(node, next(before));
    setNext(before, node);
    return;
  }
  const first = next(0);
  setNext(node, first);
  setNext(0, node);
  if (first != 0) store<u32>(buckets + (<usize>bucketOf(first) << 2), node);
  store<u32>(row, 0);
}

/** Builds the list anew with `count` buckets. */
function rehash(count: u32): void {
  bucketCount = count;
  memory.fill(buckets, 0xff, <usize>count << 2);
  let node = next(0);
  setNext(0, 0);
  while (node != 0) {
    const after = next(node);
    insert(node);
    node = after;
  }
}

/**
 * The hash of `count` names, whose own hashes stand `step` bytes apart from `at` on, in the order in which they were
 * written. `namesHashed` tells whether memory sufficed.
 */
export function hashOfNames(at: usize, step: usize, count: u32): u64 {
  hashes = at;
  stride = step;
  complete = false;
  let p = primes;
  while (load<u32>(p) < count && load<u32>(p) != 0) p += 4;
  const most = load<u32>(p);
  if (most == 0) return 0;
  const nextBytes = (<usize>count + 1) << 2;
  const bucketBytes = <usize>most << 2;
  nexts = claim(nextBytes);
  buckets = claim(bucketBytes);
  if (nexts == 0 || buckets == 0) return 0;
  setNext(0, 0);
  p = primes;
  rehash(load<u32>(p));
  for (let node: u32 = 1; node <= count; node++) {
    if (node > bucketCount) {
      p += 4;
      rehash(load<u32>(p));
    }
    insert(node);
  }
  let h: u64 = 0;
  for (let node = next(0); node != 0; node = next(node)) h = mix(h, load<u64>(hashes + <usize>(node - 1) * stride));
  giveBack(nexts, nextBytes);
  giveBack(buckets, bucketBytes);
  complete = true;
  return h;
}

/** Did `hashOfNames` come to an end? Else memory is spent. */
export function namesHashed(): bool {
  return complete;
}

/** A number as 20 decimal digits. */
export function writeDigits(to: usize, v: u64): void {
  for (let i: i32 = 19; i >= 0; i--) {
    store<u8>(to + <usize>i, <u8>(48 + v % 10));
    v /= 10;
  }
}
