// The graph's nodes and edges: the hinge between reading and writing (shared/kinds.ts draws them).
import { C_A, C_B, C_EDGES, C_KIND, C_TEXT } from "../shared/columns";
import {
  K_ASCII, K_BOOL, K_INT, K_NONE, K_TUPLE, N_CPU, N_FALSE, N_FIRST, N_INT0, N_LATIN1, N_META, N_MPS, N_NONE, N_STORAGE,
  N_TRUE, N_UNIT, SEG_HEAD,
} from "../shared/kinds";
import { NONE } from "../shared/status";
import { columnAt, columnCapacity, columnCount, makeColumn, reserve, setColumnCount } from "./columns";

// "storagecpumpsmetalatin1"
const literals: usize = memory.data<u8>([
  115, 116, 111, 114, 97, 103, 101, 99, 112, 117, 109, 112, 115, 109, 101, 116, 97, 108, 97, 116, 105, 110, 49,
]);

let kindAt: usize = 0;
let aAt: usize = 0;
let bAt: usize = 0;
let edgesAt: usize = 0;
let nodes: u32 = 0;
let nodeRoom: u32 = 0;
let edges: u32 = 0;
let edgeRoom: u32 = 0;
let textBase: usize = 0;

/** An empty graph with room for about so many nodes and edges, holding only the constants. False: no memory. */
export function beginGraph(nodesHint: u32, edgesHint: u32): bool {
  if (nodesHint < <u32>N_FIRST) nodesHint = N_FIRST;
  if (!makeColumn(C_KIND, 1, nodesHint) || !makeColumn(C_A, 4, nodesHint) || !makeColumn(C_B, 4, nodesHint)) return false;
  if (!makeColumn(C_EDGES, 4, edgesHint + 1) || !makeColumn(C_TEXT, 1, 0)) return false;
  nodes = 0;
  edges = 0;
  textBase = 0;
  refresh();
  put(N_NONE, K_NONE, 0, 0);
  put(N_FALSE, K_BOOL, 0, 0);
  put(N_TRUE, K_BOOL, 1, 0);
  put(N_UNIT, K_TUPLE, 1, 0);
  for (let i: u32 = 0; i < 256; i++) put(N_INT0 + i, K_INT, i, 0);
  put(N_STORAGE, K_ASCII, <u32>literals, 7);
  put(N_CPU, K_ASCII, <u32>literals + 7, 3);
  put(N_MPS, K_ASCII, <u32>literals + 10, 3);
  put(N_META, K_ASCII, <u32>literals + 13, 4);
  put(N_LATIN1, K_ASCII, <u32>literals + 17, 6);
  nodes = N_FIRST;
  edges = 1; // 0 is no segment
  return true;
}

/** Fetches the addresses again after the host, or `reserve`, has touched the columns. */
export function refresh(): void {
  kindAt = columnAt(C_KIND);
  aAt = columnAt(C_A);
  bAt = columnAt(C_B);
  edgesAt = columnAt(C_EDGES);
  nodeRoom = min(columnCapacity(C_KIND), min(columnCapacity(C_A), columnCapacity(C_B)));
  edgeRoom = columnCapacity(C_EDGES);
}

/** Tells the columns how many nodes and edges there are. To be called before the host looks. */
export function settleGraph(): void {
  setColumnCount(C_KIND, nodes);
  setColumnCount(C_A, nodes);
  setColumnCount(C_B, nodes);
  setColumnCount(C_EDGES, edges);
}

/** Takes the counts that the host has set: the host wrote the columns itself. Text operands count from `base`. */
export function adoptGraph(nodeCount: u32, edgeCount: u32, base: usize): void {
  nodes = nodeCount;
  edges = edgeCount;
  textBase = base;
  settleGraph();
  refresh();
}

/** A new node, or NONE where memory is spent. */
export function node(kind: u32, a: u32, b: u32): u32 {
  if (nodes >= nodeRoom && !growNodes()) return NONE;
  const n = nodes++;
  put(n, kind, a, b);
  return n;
}

function growNodes(): bool {
  settleGraph();
  const more = (nodes >> 1) + 64;
  if (!reserve(C_KIND, more) || !reserve(C_A, more) || !reserve(C_B, more)) {
    if (!reserve(C_KIND, 1) || !reserve(C_A, 1) || !reserve(C_B, 1)) return false;
  }
  refresh();
  return nodes < nodeRoom;
}

function put(n: u32, kind: u32, a: u32, b: u32): void {
  store<u8>(kindAt + n, <u8>kind);
  store<u32>(aAt + (<usize>n << 2), a);
  store<u32>(bAt + (<usize>n << 2), b);
}

export function nodeCount(): u32 {
  return nodes;
}

export function edgeCount(): u32 {
  return edges;
}

export function kindOf(n: u32): u32 {
  return <u32>load<u8>(kindAt + n);
}

export function aOf(n: u32): u32 {
  return load<u32>(aAt + (<usize>n << 2));
}

export function bOf(n: u32): u32 {
  return load<u32>(bAt + (<usize>n << 2));
}

/** Makes another thing of a node, which everything that names it sees. */
export function turnInto(n: u32, kind: u32, a: u32, b: u32): void {
  put(n, kind, a, b);
}

export function setA(n: u32, a: u32): void {
  store<u32>(aAt + (<usize>n << 2), a);
}

export function setB(n: u32, b: u32): void {
  store<u32>(bAt + (<usize>n << 2), b);
}

/** The value of a K_INT. */
export function intOf(n: u32): i64 {
  return <i64>((<u64>bOf(n) << 32) | <u64>aOf(n));
}

/** Where the bytes of a text-like node stand in memory. The constants' addresses are absolute in both directions. */
export function textOf(n: u32): usize {
  return n < <u32>N_FIRST ? <usize>aOf(n) : textBase + <usize>aOf(n);
}

export function edge(i: u32): u32 {
  return load<u32>(edgesAt + (<usize>i << 2));
}

/** Where edge i stands, with those behind it. Good until edges are added. */
export function edgesFrom(i: u32): usize {
  return edgesAt + (<usize>i << 2);
}

export function setEdge(i: u32, value: u32): void {
  store<u32>(edgesAt + (<usize>i << 2), value);
}

/** Room for n edges at the end: index of the first, or 0 where memory is spent. The caller fills them with setEdge. */
export function newEdges(n: u32): u32 {
  if (<u64>edges + <u64>n > <u64>edgeRoom) {
    setColumnCount(C_EDGES, edges);
    if (!reserve(C_EDGES, n)) return 0;
    refresh();
  }
  const first = edges;
  edges += n;
  return first;
}

/** Copies n edges from memory to the end: index of the first, or 0 where memory is spent. */
export function copyEdges(from: usize, n: u32): u32 {
  const first = newEdges(n);
  if (first != 0) memory.copy(edgesAt + (<usize>first << 2), from, <usize>n << 2);
  return first;
}

/**
 * Appends a segment of n nodes (standing at `from`) behind segment `last` (0: there is none yet).
 * A segment that ends the column and holds the same is lengthened in place. Answers the segment that is now the last, or 0.
 */
export function addSegment(last: u32, what: u32, from: usize, n: u32): u32 {
  if (last != 0 && edge(last) == what && last + SEG_HEAD + edge(last + 1) == edges) {
    if (n != 0 && copyEdges(from, n) == 0) return 0;
    setEdge(last + 1, edge(last + 1) + n);
    return last;
  }
  const s = newEdges(SEG_HEAD);
  if (s == 0) return 0;
  setEdge(s, what);
  setEdge(s + 1, n);
  setEdge(s + 2, 0);
  if (n != 0 && copyEdges(from, n) == 0) return 0;
  if (last != 0) setEdge(last + 2, s);
  return s;
}
