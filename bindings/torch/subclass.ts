// A tensor of a subclass of torch.Tensor. What the class does is code, which no file holds; its elements, its attributes and
// its name are here, so that it prints and is saved as it was.
import type { Global } from "../python/object.js";
import { reprSymbol } from "../python/symbols.js";
import type { Value } from "../python/value.js";
import type { Checked } from "./checked.js";
import { tensorText } from "./print.js";
import type { Shelf } from "./shelf.js";
import type { Storage } from "./storage.js";
import { Tensor } from "./tensor.js";

/** A dense tensor of another class than torch's own two. */
export class SubclassTensor extends Tensor {
  /** Its class. */
  readonly pythonType: Global;
  /** What the class gets as state where that is no dict of attributes: None, or a pair of attributes and slots. */
  state: Value = null;

  constructor(storage: Storage | Shelf, view: Checked, row: number, pythonType: Global) {
    super(storage, view, row);
    this.pythonType = pythonType;
  }

  /** A parameter of a subclass is an instance of that, with a mark among its attributes. */
  get isParameter(): boolean {
    return this.attributes?.get("_is_param") === true;
  }

  override [reprSymbol](): string {
    const name = this.pythonType.name.slice(this.pythonType.name.lastIndexOf(".") + 1);
    const text = tensorText(this.printed(this.requiresGrad), `${name}(`);
    return this.isParameter ? `Parameter(${text})` : text;
  }
}
