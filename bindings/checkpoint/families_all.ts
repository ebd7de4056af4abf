// All families at once, for the synchronous functions, which cannot wait for one, and for `inspect`. Nothing that `load` and
// `open` import by itself may import this file: it holds all that they do without.
import * as gunzip from "../io/gunzip.js";
import { Late } from "../io/late.js";
import * as modules from "../torch/module.js";
import * as embedded from "./embedded.js";
import type { Families } from "./families.js";
import * as objects from "./make_objects.js";
import * as places from "./map_location.js";
import * as names from "./names.js";
import * as others from "./other_zip.js";
import * as tensors from "./rebuild_classes.js";
import * as numpy from "./rebuild_numpy.js";
import * as python from "./rebuild_python.js";
import * as refused from "./refused.js";

/** The families, all of them here. */
export function allFamilies(): Families {
  return {
    refused: Late.of(refused),
    gunzip: Late.of(gunzip),
    others: Late.of(others),
    places: Late.of(places),
    objects: Late.of(objects),
    embedded: Late.of(embedded),
    python: Late.of(python),
    names: Late.of(names),
    tensors: Late.of(tensors),
    modules: Late.of(modules),
    numpy: Late.of(numpy),
  };
}
