// The command as a WASI program: `wasmtime --dir . brine-cli.wasm ls model.pth` lists the tensors of a checkpoint. It drives
// the same rooms as every host does (README.md beside this file), and is a build of its own, since the core imports nothing.
//
//   exit 0   listed          exit 1   not readable, with the reason          exit 2   called in a wrong way
//
// Nothing here throws: the shim's abort exits with 255, which hosts take for a failure of their own. Text lies in static
// memory or in blocks of the arena; no string is ever made. Names come from the file, so what could steer a terminal is
// shown as `?`.
import {
  args_get, args_sizes_get, errno, fd_filestat_get, fd_prestat_dir_name, fd_prestat_get, fd_pread, fd_write, filestat,
  filetype, lookupflags, path_open, prestat, proc_exit, rights,
} from "@assemblyscript/wasi-shim/assembly/bindings/wasi_snapshot_preview1";
import { claim } from "./base/arena";
import { columnAt, columnCount } from "./base/columns";
import { faultRecord } from "./base/fault";
import { advance, OUT, room, setWritten, written, writtenAt } from "./base/writer";
import { fed, feed, needFrom, needMethod, needSize, openSource, step } from "./read";
import {
  C_DIMS, C_LISTING, C_TENSORS, L_FLAGS, L_NAME, L_NAME_LENGTH, L_TENSOR, L_WORDS, LISTED_ALSO, T_DIMS, T_DTYPE, T_NDIM,
  T_WORDS,
} from "./shared/columns";
import { DEFLATE, DONE, FAULT, NEED } from "./shared/status";

const STDOUT: u32 = 1;
const STDERR: u32 = 2;
const FIRST_FOLDER: u32 = 3; // descriptors from here on are the folders that the host has opened for us
const BUDGET: u32 = 262144;
const FLUSH: u32 = 65536;

// By number (shared/dtypes.ts).
const DTYPE_NAMES: string =
  "untyped float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool complex128 complex64 qint8 quint8 qint32 " +
  "quint4x2 quint2x4 complex32 bcomplex32 uint16 uint32 uint64 float8_e5m2 float8_e4m3fn float8_e5m2fnuz float8_e4m3fnuz " +
  "float8_e8m0fnu float4_e2m1fn_x2 bits8 bits16 bits1x8 bits2x4 bits4x2 int1 int2 int3 int4 int5 int6 int7 uint1 uint2 " +
  "uint3 uint4 uint5 uint6 uint7";

const vector: usize = memory.data(8, 4); // { u32 address, u32 length }
const answer: usize = memory.data(8, 4);
const digits: usize = memory.data(24, 8);
const status: usize = memory.data(64, 8); // a filestat
const folder: usize = memory.data(8, 4); // a prestat

// Output: text is gathered in the writer's block, and written in large pieces.

/** Appends bytes; those that could steer a terminal as `?`. */
function put(at: usize, n: u32): void {
  const to = room(OUT, n);
  if (to == 0) return;
  for (let i: usize = 0; i < <usize>n; i++) {
    const b = load<u8>(at + i);
    store<u8>(to + i, b < 0x20 || b == 0x7f ? 0x3f : b);
  }
  advance(OUT, n);
}

/** Appends ASCII text of the program's own, line ends included. */
function say(text: string): void {
  const n = <u32>text.length;
  const to = room(OUT, n);
  if (to == 0) return;
  for (let i: usize = 0; i < <usize>n; i++) store<u8>(to + i, <u8>load<u16>(changetype<usize>(text) + (i << 1)));
  advance(OUT, n);
}

/** Writes the digits of `value` to the end of `digits`: how many there are. */
function spell(value: u64): u32 {
  let n: u32 = 0;
  do {
    n++;
    store<u8>(digits + 24 - n, <u8>(48 + value % 10));
    value /= 10;
  } while (value != 0);
  return n;
}

function sayNumber(value: u64): void {
  const n = spell(value);
  put(digits + 24 - n, n);
}

function pad(n: u32): void {
  for (; n > 0; n--) say(" ");
}

/** Writes out what has gathered. A descriptor may take less than it is given. */
function flush(to: u32): void {
  let at = writtenAt(OUT);
  let left = written(OUT);
  while (left != 0) {
    store<u32>(vector, <u32>at);
    store<u32>(vector, left, 4);
    if (fd_write(to, vector, 1, answer) != errno.SUCCESS) break;
    const n = load<u32>(answer);
    if (n == 0 || n > left) break;
    at += n;
    left -= n;
  }
  setWritten(OUT, 0);
}

/** Says what was gathered as an error, and ends. */
function fail(code: u32): void {
  say("\n");
  flush(STDERR);
  proc_exit(code);
}

// Files.

function lengthOf(text: usize): u32 {
  let n: u32 = 0;
  while (load<u8>(text + n) != 0) n++;
  return n;
}

/** How many bytes at the start of a path say nothing: "./" and "/". */
function idle(at: usize, n: u32): u32 {
  let i: u32 = 0;
  while (i < n) {
    if (load<u8>(at + i) == 0x2f) i++;
    else if (load<u8>(at + i) == 0x2e && (i + 1 == n || load<u8>(at + i + 1) == 0x2f)) i++;
    else break;
  }
  return i;
}

/** Opens a path through whichever folder of the host's it lies in: a descriptor, or 0 with the reason in `answer`. */
function openPath(path: usize, n: u32): u32 {
  const strip = idle(path, n);
  path += strip;
  n -= strip;
  let reason: u32 = errno.NOENT;
  for (let fd = FIRST_FOLDER; ; fd++) {
    if (fd_prestat_get(fd, changetype<prestat>(folder)) != errno.SUCCESS) break;
    if (load<u8>(folder) != 0) continue;
    const size = load<u32>(folder, 4);
    const name = claim(<usize>size + 1);
    if (name == 0 || fd_prestat_dir_name(fd, name, size) != errno.SUCCESS) continue;
    // Hosts name the same folder ".", "/" or "".
    const skip = idle(name, size);
    let length = size - skip;
    while (length != 0 && load<u8>(name + skip + length - 1) == 0x2f) length--;
    let inside: u32 = 0;
    if (length != 0) {
      if (n <= length || memory.compare(path, name + skip, length) != 0 || load<u8>(path + length) != 0x2f) continue;
      inside = length + idle(path + length, n - length);
    }
    const wanted = rights.FD_READ | rights.FD_SEEK | rights.FD_FILESTAT_GET;
    const error = path_open(fd, lookupflags.SYMLINK_FOLLOW, path + inside, n - inside, 0, wanted, 0, 0, answer);
    if (error == errno.SUCCESS) return load<u32>(answer);
    reason = error;
  }
  store<u32>(answer, reason);
  return 0;
}

/** Reads exactly n bytes. False where the file has no such, or refuses. */
function readAt(fd: u32, offset: u64, to: usize, n: u32): bool {
  while (n != 0) {
    store<u32>(vector, <u32>to);
    store<u32>(vector, n, 4);
    if (fd_pread(fd, vector, 1, offset, answer) != errno.SUCCESS) return false;
    const got = load<u32>(answer);
    if (got == 0 || got > n) return false;
    to += got;
    offset += got;
    n -= got;
  }
  return true;
}

// Listing.

function tensorOf(row: usize): usize {
  return columnAt(C_TENSORS) + <usize>load<u32>(row, L_TENSOR << 2) * (T_WORDS << 2);
}

/** Characters of UTF-8: bytes that begin one. */
function widthOf(at: usize, n: u32): u32 {
  let width: u32 = 0;
  for (let i: u32 = 0; i < n; i++) if ((load<u8>(at + i) & 0xc0) != 0x80) width++;
  return width;
}

/** Appends the name of a dtype and answers its width; only answers where `quiet`. */
function dtypeName(dtype: u32, quiet: bool): u32 {
  const at = changetype<usize>(DTYPE_NAMES);
  const end = <u32>DTYPE_NAMES.length;
  let from: u32 = 0;
  for (; from < end && dtype != 0; from++) if (load<u16>(at + (<usize>from << 1)) == 0x20) dtype--;
  let n: u32 = 0;
  for (; from + n < end; n++) {
    const unit = load<u16>(at + (<usize>(from + n) << 1));
    if (unit == 0x20) break;
    if (quiet) continue;
    store<u8>(digits, <u8>unit);
    put(digits, 1);
  }
  return n;
}

function list(): void {
  const rows = columnAt(C_LISTING);
  const count = columnCount(C_LISTING);
  let nameWidth: u32 = 0;
  let dtypeWidth: u32 = 0;
  let tensors: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = rows + <usize>i * (L_WORDS << 2);
    if (load<u32>(row, L_FLAGS << 2) & LISTED_ALSO) continue;
    tensors++;
    nameWidth = max(nameWidth, widthOf(<usize>load<u32>(row, L_NAME << 2), load<u32>(row, L_NAME_LENGTH << 2)));
    dtypeWidth = max(dtypeWidth, dtypeName(load<u32>(tensorOf(row), T_DTYPE << 2), true));
  }
  for (let i: u32 = 0; i < count; i++) {
    const row = rows + <usize>i * (L_WORDS << 2);
    if (load<u32>(row, L_FLAGS << 2) & LISTED_ALSO) continue;
    const name = <usize>load<u32>(row, L_NAME << 2);
    const length = load<u32>(row, L_NAME_LENGTH << 2);
    const tensor = tensorOf(row);
    put(name, length);
    pad(min<u32>(nameWidth, 80) + 2 - min<u32>(min<u32>(nameWidth, 80), widthOf(name, length)));
    pad(dtypeWidth + 2 - dtypeName(load<u32>(tensor, T_DTYPE << 2), false));
    const dims = columnAt(C_DIMS) + (<usize>load<u32>(tensor, T_DIMS << 2) << 3);
    const ndim = load<u32>(tensor, T_NDIM << 2);
    say("[");
    for (let d: u32 = 0; d < ndim; d++) {
      if (d != 0) say(", ");
      sayNumber(load<u64>(dims + (<usize>d << 3)));
    }
    say("]\n");
    if (written(OUT) > FLUSH) flush(STDOUT);
  }
  sayNumber(tensors);
  say(tensors == 1 ? " tensor\n" : " tensors\n");
  flush(STDOUT);
}

/** Feeds the core until it has its columns. False: the reason has been said. */
function read(fd: u32): bool {
  for (let state = step(BUDGET); state != DONE; state = step(BUDGET)) {
    if (state == FAULT) {
      say("fault ");
      sayNumber(load<u32>(faultRecord()));
      say(" at byte ");
      sayNumber(load<u64>(faultRecord(), 8));
      say(" (docs/errors.md tells them by number)");
      return false;
    }
    if (state != NEED) continue;
    if (needMethod() == DEFLATE) {
      say("its pickle is deflated, which this command does not inflate");
      return false;
    }
    const n = needSize();
    const to = feed();
    if (n > 0xffffffff || to == 0 || !readAt(fd, needFrom(), to, <u32>n)) {
      say("it cannot be read, or there is no memory for what it holds");
      return false;
    }
    fed(<u32>n);
  }
  return true;
}

function main(): void {
  if (args_sizes_get(answer, answer + 4) != errno.SUCCESS) return proc_exit(2);
  const count = load<u32>(answer);
  const table = claim((<usize>count << 2) + 4);
  const text = claim(<usize>load<u32>(answer, 4) + 4);
  if (table == 0 || text == 0 || args_get(table, text) != errno.SUCCESS) return proc_exit(2);
  const isList = count == 3 && lengthOf(<usize>load<u32>(table, 4)) == 2 && load<u16>(<usize>load<u32>(table, 4)) == 0x736c;
  if (!isList) {
    say("Usage: brine ls FILE");
    return fail(2);
  }
  const path = <usize>load<u32>(table, 8);
  const length = lengthOf(path);
  const fd = openPath(path, length);
  const reason = load<u32>(answer);
  if (fd == 0) {
    say("Cannot open ");
    put(path, length);
    if (reason == errno.NOENT) say(": no such file in the folders that this command was given");
    else {
      say(": WASI error ");
      sayNumber(reason);
    }
    return fail(1);
  }
  if (fd_filestat_get(fd, changetype<filestat>(status)) != errno.SUCCESS || load<u8>(status, 16) == filetype.DIRECTORY) {
    say("Cannot read ");
    put(path, length);
    say(": it is a folder, or tells no size");
    return fail(1);
  }
  openSource(load<u64>(status, 32), 0);
  say("Cannot read ");
  put(path, length);
  say(": ");
  if (!read(fd)) return fail(1);
  setWritten(OUT, 0); // the sentence was not needed
  list();
}

main();
