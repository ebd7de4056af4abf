// What most files do not need, by families: kinds of values, kinds of archives, and the words for what goes wrong. `load` and
// `open` import a family when a file turns out to need it; the synchronous functions bring all of them (families_all.ts).
//
// A family's page, family_….ts, names what it stands on besides its own functions: `load`, by way of the family of every
// value. esbuild sorts files into chunks by who can reach them; where everybody reaches what load has, that stays in one
// piece, which packs best.
import { Late } from "../io/late.js";

/** The families, each here or to be waited for. */
export interface Families {
  /** What makes values whole: of use to every load, and fetched while its first bytes are read. */
  readonly values: Late<typeof import("./family_values.js")>;
  /** How rare values print. */
  readonly texts: Late<typeof import("./family_texts.js")>;
  /** Why a file cannot be opened. */
  readonly refused: Late<typeof import("./family_refused.js")>;
  /** Checkpoints inside gzip. */
  readonly gzip: Late<typeof import("./family_gzip.js")>;
  /** Zips without a data.pkl. */
  readonly others: Late<typeof import("./family_others.js")>;
  /** Checkpoints that are members of a zip. */
  readonly member: Late<typeof import("./family_member.js")>;
  /** mmap. */
  readonly mapping: Late<typeof import("./family_mapping.js")>;
  /** mapLocation. */
  readonly places: Late<typeof import("./family_places.js")>;
  /** Objects of the user's own classes. */
  readonly objects: Late<typeof import("./family_objects.js")>;
  /** Checkpoints in bytes of a pickle. */
  readonly embedded: Late<typeof import("./family_embedded.js")>;
  /** Python's rarer values. */
  readonly python: Late<typeof import("./family_python.js")>;
  /** Old pickles: Python 2's names. */
  readonly names: Late<typeof import("./family_names.js")>;
  /** Tensors that are no view of one storage, or not only that. */
  readonly tensors: Late<typeof import("./family_tensors.js")>;
  /** nn.Module. */
  readonly modules: Late<typeof import("./family_modules.js")>;
  /** NumPy's values. */
  readonly numpy: Late<typeof import("./family_numpy.js")>;
  /** Safetensors files. */
  readonly safetensors: Late<typeof import("./family_safetensors.js")>;
  /** Checkpoints in several files. */
  readonly sharded: Late<typeof import("./family_sharded.js")>;
  /** Sources whose every read is dear. */
  readonly far: Late<typeof import("./family_far.js")>;
  /** Progress. */
  readonly watch: Late<typeof import("./family_watch.js")>;
}

/** The families of a load or an opened file, none of them here yet. */
export function lateFamilies(): Families {
  return {
    values: new Late(() => import("./family_values.js")),
    texts: new Late(() => import("./family_texts.js")),
    refused: new Late(() => import("./family_refused.js")),
    gzip: new Late(() => import("./family_gzip.js")),
    others: new Late(() => import("./family_others.js")),
    member: new Late(() => import("./family_member.js")),
    mapping: new Late(() => import("./family_mapping.js")),
    places: new Late(() => import("./family_places.js")),
    objects: new Late(() => import("./family_objects.js")),
    embedded: new Late(() => import("./family_embedded.js")),
    python: new Late(() => import("./family_python.js")),
    names: new Late(() => import("./family_names.js")),
    tensors: new Late(() => import("./family_tensors.js")),
    modules: new Late(() => import("./family_modules.js")),
    numpy: new Late(() => import("./family_numpy.js")),
    safetensors: new Late(() => import("./family_safetensors.js")),
    sharded: new Late(() => import("./family_sharded.js")),
    far: new Late(() => import("./family_far.js")),
    watch: new Late(() => import("./family_watch.js")),
  };
}
