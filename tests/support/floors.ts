// The floor table of docs/architecture.md as data, and the question whether a file keeps to it.
//
//   | Room            | May import               | Modules      |
//   | `bindings/io`   | `shared`, `core`, …      | `node:fs`, … |
//
// A name with `#` stands for the files that package.json's imports give it, one for each runtime: each must be allowed.
//
// A room is a folder and holds the files directly in it; `folder/**` holds everything below as well. Files of one room
// may always import each other.
import { importsOf } from "./imports.js";

export interface Room {
  readonly name: string;
  /** Rooms that it may import. */
  readonly rooms: ReadonlySet<string>;
  /** Builtins and packages that it may import; `node:*` is every builtin, `import(…)` any import by a computed name. */
  readonly modules: ReadonlySet<string>;
}

const codeSpans = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text ?? "");

/** The rooms of the one table whose head begins with "Room". Throws where the page has none, or two rows of one name. */
export function readFloorTable(page: string): ReadonlyMap<string, Room> {
  const lines = page.split("\n");
  const head = lines.findIndex((line) => /^\|\s*Room\s*\|\s*May import\s*\|\s*Modules\s*\|/.test(line));
  if (head < 0) throw new Error("The page has no table with the head | Room | May import | Modules |");
  const rooms = new Map<string, Room>();
  for (const line of lines.slice(head + 2)) {
    if (!line.startsWith("|")) break;
    const [, first = "", second = "", third = ""] = line.split("|");
    const [name] = codeSpans(first);
    if (name === undefined) throw new Error(`A row of the floor table names no room: ${line}`);
    if (rooms.has(name)) throw new Error(`Two rows of the floor table are named "${name}"`);
    rooms.set(name, { name, rooms: new Set(codeSpans(second)), modules: new Set(codeSpans(third)) });
  }
  return rooms;
}

/** The room in which a file stands: `path` is relative to the root of the repository, with `/`. */
export function roomOf(rooms: ReadonlyMap<string, Room>, path: string): Room | undefined {
  let folder = path.slice(0, path.lastIndexOf("/"));
  const own = rooms.get(folder);
  if (own !== undefined) return own;
  for (;;) {
    const whole = rooms.get(`${folder}/**`);
    if (whole !== undefined) return whole;
    const slash = folder.lastIndexOf("/");
    if (slash < 0) return undefined;
    folder = folder.slice(0, slash);
  }
}

/** The path that the relative import `name` of the file at `path` means. */
function resolve(path: string, name: string): string {
  const parts = path.split("/").slice(0, -1);
  for (const part of name.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

function mayImportModule(room: Room, name: string): boolean {
  const owner = name.split("/").slice(0, name.startsWith("@") ? 2 : 1).join("/"); // "lib/deep" belongs to "lib"
  return room.modules.has(name) || room.modules.has(owner) || (name.startsWith("node:") && room.modules.has("node:*"));
}

/** `#` names → the sources of the files that stand for them. */
export type Aliases = ReadonlyMap<string, ReadonlySet<string>>;

/** The aliases of package.json's imports, whose targets are compiled files. */
export function readAliases(manifest: { readonly imports?: Readonly<Record<string, Readonly<Record<string, string>>>> }): Aliases {
  return new Map(Object.entries(manifest.imports ?? {}).map(([name, targets]) =>
    [name, new Set(Object.values(targets).map((target) => target.replace(/^\.\/dist\//, "").replace(/\.js$/, ".ts")))]));
}

/** What is wrong with the imports of one file, one sentence each; nothing where all is well. */
export function checkFile(rooms: ReadonlyMap<string, Room>, path: string, source: string, aliases: Aliases = new Map()): string[] {
  const room = roomOf(rooms, path);
  if (room === undefined) return [`${path} stands in no room of the floor table`];
  const faults: string[] = [];
  for (const name of importsOf(source)) {
    if (name === null) {
      if (!room.modules.has("import(…)")) faults.push(`${path} has an import whose name is no plain text, so that its floor cannot be told`);
    } else if (/\.wasm(?:\?module)?$/.test(name)) { // the artifact, which stands in no room
      if (!room.modules.has(resolve(path, name).replace(/^.*\/|\?module$/g, ""))) faults.push(`${path} imports "${name}": room "${room.name}" may not import it`);
    } else if (!name.startsWith(".") && !name.startsWith("#")) {
      if (!mayImportModule(room, name)) faults.push(`${path} imports "${name}": room "${room.name}" may not import it`);
    } else {
      const targets = name.startsWith("#") ? aliases.get(name) : [resolve(path, name)];
      if (targets === undefined) faults.push(`${path} imports "${name}", which is no name of package.json's imports`);
      const others = new Set([...targets ?? []].map((target) => roomOf(rooms, target)));
      for (const other of others) {
        if (other === undefined) faults.push(`${path} imports "${name}", which stands in no room of the floor table`);
        else if (other !== room && !room.rooms.has(other.name)) {
          faults.push(`${path} imports "${name}": room "${room.name}" may not import room "${other.name}"`);
        }
      }
    }
  }
  return faults;
}
