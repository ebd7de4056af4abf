// A page that loads a checkpoint from a file input. Listing reads the description alone; the value is printed as Python
// would, where the file is small enough to be read by people. What comes out of a file goes into the page as text, never as
// HTML: names are whatever the file's author wrote.
import { BrineError, load, open, reprOf } from "brine";

/** Larger files are listed and not printed. */
const PRINTED = 1024 * 1024;

const input = byId("file") as HTMLInputElement; // as index.html has it
input.addEventListener("change", () => {
  const [file] = input.files ?? [];
  if (file !== undefined) void show(file);
});

async function show(file: File): Promise<void> {
  const rows = byId("tensors");
  rows.replaceChildren();
  byId("value").textContent = "";
  try {
    await using checkpoint = await open(file);
    for (const { name, dtype, shape, nbytes } of checkpoint.tensors()) {
      const row = document.createElement("tr");
      for (const text of [name, dtype, `[${shape.join(", ")}]`, String(nbytes)]) row.appendChild(document.createElement("td")).textContent = text;
      rows.append(row);
    }
    if (file.size <= PRINTED) byId("value").textContent = reprOf(await load(file));
    byId("status").textContent = `${file.name}: ${checkpoint.tensors().length} tensors`;
  } catch (error) {
    byId("status").textContent = error instanceof BrineError ? `${file.name}: ${error.code}: ${error.message}` : String(error);
  }
}

function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no element "${id}"`);
  return element;
}
