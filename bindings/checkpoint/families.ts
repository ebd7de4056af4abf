// What most files do not need, by families: kinds of values, kinds of archives, and the words for what goes wrong. `load` and
// `open` import a family when a file turns out to need it; the synchronous functions bring all of them (families_all.ts).
import { Late } from "../io/late.js";

/** The families, each here or to be waited for. */
export interface Families {
  /** Why a file cannot be opened. */
  readonly refused: Late<typeof import("./refused.js")>;
  /** Files inside gzip. */
  readonly gunzip: Late<typeof import("../io/gunzip.js")>;
  /** Zips without a data.pkl. */
  readonly others: Late<typeof import("./other_zip.js")>;
  /** mapLocation. */
  readonly places: Late<typeof import("./map_location.js")>;
  /** Objects of the user's own classes. */
  readonly objects: Late<typeof import("./make_objects.js")>;
  /** Checkpoints in bytes of a pickle. */
  readonly embedded: Late<typeof import("./embedded.js")>;
  /** Python's rarer values. */
  readonly python: Late<typeof import("./rebuild_python.js")>;
  /** Python 2's names. */
  readonly names: Late<typeof import("./names.js")>;
  /** Tensors that are no view of one storage, or not only that. */
  readonly tensors: Late<typeof import("./rebuild_classes.js")>;
  /** nn.Module. */
  readonly modules: Late<typeof import("../torch/module.js")>;
  /** NumPy's values. */
  readonly numpy: Late<typeof import("./rebuild_numpy.js")>;
}

/** The families of a load or an opened file, none of them here yet. */
export function lateFamilies(): Families {
  return {
    refused: new Late(() => import("./refused.js")),
    gunzip: new Late(() => import("../io/gunzip.js")),
    others: new Late(() => import("./other_zip.js")),
    places: new Late(() => import("./map_location.js")),
    objects: new Late(() => import("./make_objects.js")),
    embedded: new Late(() => import("./embedded.js")),
    python: new Late(() => import("./rebuild_python.js")),
    names: new Late(() => import("./names.js")),
    tensors: new Late(() => import("./rebuild_classes.js")),
    modules: new Late(() => import("../torch/module.js")),
    numpy: new Late(() => import("./rebuild_numpy.js")),
  };
}
