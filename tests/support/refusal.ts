// What an error of brine's has to be: of its classes, with this code, and a sentence as the house writes them.
import assert from "node:assert/strict";
import { BrineError } from "../../bindings/index.js";

/** For assert.throws and assert.rejects: a refusal with this code, which says this. */
export function refusal(code: string, says?: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof BrineError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, /^[A-Z].*[^.]$/s);
    if (says !== undefined) assert.match(error.message, says);
    return true;
  };
}
