// All families at once, for the synchronous functions, which cannot wait for one, and for `inspect`. Nothing that `load` and
// `open` import by itself may import this file: it holds all that they do without.
import { Late } from "../io/late.js";
import type { Families } from "./families.js";
import * as embedded from "./family_embedded.js";
import * as far from "./family_far.js";
import * as gzip from "./family_gzip.js";
import * as mapping from "./family_mapping.js";
import * as member from "./family_member.js";
import * as modules from "./family_modules.js";
import * as names from "./family_names.js";
import * as numpy from "./family_numpy.js";
import * as objects from "./family_objects.js";
import * as others from "./family_others.js";
import * as places from "./family_places.js";
import * as python from "./family_python.js";
import * as refused from "./family_refused.js";
import * as safetensors from "./family_safetensors.js";
import * as sharded from "./family_sharded.js";
import * as tensors from "./family_tensors.js";
import * as texts from "./family_texts.js";
import * as values from "./family_values.js";
import * as watch from "./family_watch.js";

/** The families, all of them here. */
export function allFamilies(): Families {
  return {
    values: Late.of(values),
    texts: Late.of(texts),
    refused: Late.of(refused),
    gzip: Late.of(gzip),
    others: Late.of(others),
    member: Late.of(member),
    mapping: Late.of(mapping),
    places: Late.of(places),
    objects: Late.of(objects),
    embedded: Late.of(embedded),
    python: Late.of(python),
    names: Late.of(names),
    tensors: Late.of(tensors),
    modules: Late.of(modules),
    numpy: Late.of(numpy),
    safetensors: Late.of(safetensors),
    sharded: Late.of(sharded),
    far: Late.of(far),
    watch: Late.of(watch),
  };
}
