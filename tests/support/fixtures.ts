// Which fixtures brine does not read, write or build yet, and why. A reason is told by what a fixture is, never by whether
// it happens to fail: what has no reason has to pass.
import { readFileSync } from "node:fs";
import { allFixtures, goldenFixtures, type Fixture } from "./walk.js";

export { notWrittenYet } from "../portable/written.js";

/** The golden files of the project, and every fixture beside the clone. */
export function everyFixture(): Fixture[] {
  return [...goldenFixtures(), ...allFixtures()];
}

/** Why the file is not read yet; undefined: it is. */
export function notReadYet(fixture: Fixture): string | undefined {
  if (fixture.kind === "other") return "kind other is read by its parts, in places.test.ts";
  if (fixture.kind === "package" || fixture.kind === "pt2") return `kind ${fixture.kind} has no description of PyTorch's; other-zips.test.ts reads it`;
  if (fixture.kind !== "save" && fixture.kind !== "torchscript") return `kind ${fixture.kind} is not read yet`;
  return undefined;
}

interface Expected {
  readonly root?: unknown;
}

/**
 * Is it of the set that has to come out the same now: zips of releases 2.7 and later at protocol 2, saved without further
 * options, that hold only tensors, parameters, and Python's containers and scalars?
 */
export function inFirstSet(fixture: Fixture): boolean {
  const { release, save, kind, expect } = fixture;
  if (kind !== "save" || save === undefined || expect === undefined || !release.startsWith("torch-2.")) return false;
  if (save.format !== "zip" || save.layout !== "2.7" || save.protocol !== 2 || readFileSync(expect, "utf8").search(/"(ndarray|npscalar|npdtype)":/) >= 0) return false;
  if (Object.keys(save).some((key) => !["format", "protocol", "layout", "folder", "path"].includes(key))) return false;
  const { root } = JSON.parse(readFileSync(expect, "utf8")) as Expected;
  const text = JSON.stringify(root);
  // A tensor with attributes is described as the call that makes it.
  const foreign = text.replaceAll(/"object":"torch\._tensor\._rebuild_from_type_v2"|\{"global":"torch\.(Tensor|_utils\._rebuild_tensor_v[23])"\}/g, "");
  return !/"(object|global)":/.test(foreign);
}

/** Why its bytes may differ: what of it only another Python than 3.11 writes so. */
export function pythonReason({ python, expect, object }: Fixture): string | undefined {
  if (python.startsWith("3.11.")) return undefined;
  if (python.startsWith("3.13.") && expect !== undefined && /"(builtins|__builtin__)\.getattr"/.test(readFileSync(expect, "utf8"))) {
    return "nested names as CPython 3.13 pickles them are not always written yet";
  }
  if (object !== undefined && /"bytes":\s*"[A-Za-z0-9+/]{2}=="/.test(readFileSync(object, "utf8"))) {
    return "one-character bytes as other CPythons than 3.11 share their text are not written yet";
  }
  return undefined;
}
