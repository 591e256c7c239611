/** What is in a store: points, the files they are in, and what is lost or damaged. */
import { readCatalog, type Catalog } from "../../agent/repository/catalog.ts";
import { visibleProse } from "../../cloud/report/visible.ts";
import { plural } from "../../cloud/report/words.ts";
import type { PointKind } from "../../policy/chain/chain.ts";
import type { PointsFlags } from "../commands/points.ts";
import { jsonLine } from "../output/json.ts";
import { columnLines } from "../output/columns.ts";
import type { Terminal } from "../terminal.ts";
import { sizeText } from "./sizes.ts";
import { fromFlag, openStore } from "./store-flags.ts";

export interface PointLine {
  readonly id: string;
  readonly machine: string;
  readonly disk: string;
  /** Absent only of a lost point that an older version made; so are the times and sizes. */
  readonly kind?: PointKind | undefined;
  readonly file: string;
  readonly createdAt?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly storedBytes?: number | undefined;
  readonly parent?: string | undefined;
  /** Why it cannot be restored. */
  readonly broken?: string | undefined;
}

export async function runPoints(flags: PointsFlags, terminal: Terminal): Promise<void> {
  const { repository } = await openStore(fromFlag(flags), flags, terminal, { flag: "--from", create: false });
  const fits = ({ machine, disk }: { readonly machine: string; readonly disk: string }): boolean =>
    (flags.machine === undefined || machine === flags.machine) && (flags.disk === undefined || disk === flags.disk);
  const catalog = await readCatalog(repository);
  const points = pointLines(catalog).filter(fits);
  const shown = new Set(points.map(({ file }) => file));
  const files = fileLines(catalog, points).filter(({ id }) => shown.has(id));
  const lost = catalog.lost.filter(fits).map(({ id, machine, disk, file, reason }) => ({ id, machine, disk, file, reason }));
  const { damaged } = catalog;
  if (flags.json) terminal.out(jsonLine({ message_type: "summary", points, files, lost, damaged }));
  else print({ points, files, damaged }, flags.quiet === true, terminal);
}

/** Oldest first; what is lost stands among the others, for its chain goes on. */
function pointLines({ points, lost }: Catalog): readonly PointLine[] {
  const rows: PointLine[] = points.map(({ row, file, broken }) => {
    const { id, machine, disk, kind, createdAt, sizeBytes, storedBytes, parent } = row;
    return { id, machine, disk, kind, file, createdAt, sizeBytes, storedBytes, parent, broken };
  });
  for (const { id, machine, disk, file, reason, witness } of lost) {
    const { kind, createdAt, sizeBytes, storedBytes, parent } = witness;
    rows.push({ id, machine, disk, kind, file, createdAt, sizeBytes, storedBytes, parent, broken: reason });
  }
  return rows.toSorted((a, b) => (a.createdAt ?? a.id).localeCompare(b.createdAt ?? b.id));
}

interface FileLine {
  readonly id: string;
  readonly session: string;
  readonly kind: PointKind;
  readonly machines: readonly string[];
  readonly points: readonly { readonly id: string; readonly machine: string; readonly disk: string; readonly kind: PointKind }[];
}

function fileLines({ files }: Catalog, points: readonly PointLine[]): readonly FileLine[] {
  const order = new Map(points.map(({ file }, index) => [file, index]));
  return files
    .map(({ id, session, kind, parts }) => {
      const rows = parts.flatMap((part) => part.points.map(({ id, machine, disk, kind }) => ({ id, machine, disk, kind })));
      return { id, session, kind, machines: [...new Set(rows.map(({ machine }) => machine))].sort(), points: rows };
    })
    .toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
}

interface PointsText {
  readonly points: readonly PointLine[];
  readonly files: readonly FileLine[];
  readonly damaged: Catalog["damaged"];
}

function print({ points, files, damaged }: PointsText, quiet: boolean, terminal: Terminal): void {
  const rows = points.map(({ id, machine, disk, kind, createdAt, sizeBytes, storedBytes, broken }) => [
    id,
    machine,
    disk,
    broken === undefined ? (kind ?? "?") : `${kind ?? "?"}, BROKEN`,
    createdAt?.slice(0, 16).replace("T", " ") ?? "?",
    sizeBytes === undefined ? "?" : sizeText(sizeBytes),
    storedBytes === undefined ? "?" : sizeText(storedBytes),
  ]);
  for (const line of columnLines(["point", "machine", "disk", "kind", "made (UTC)", "size", "stored"], rows)) terminal.out(`${line}\n`);
  for (const { broken } of points) if (broken !== undefined) terminal.out(`! ${visibleProse(broken)}\n`);
  for (const { why } of damaged) terminal.out(`! ${visibleProse(why)}\n`);
  if (quiet) return;
  terminal.out("\n");
  const fileRows = files.map(({ id, kind, machines, points }) => [id, kind, machines.join(", "), plural(points.length, "point")]);
  for (const line of columnLines(["backup file", "kind", "machines", "holds"], fileRows)) terminal.out(`${line}\n`);
  const broken = points.filter((point) => point.broken !== undefined).length;
  terminal.out(
    `\n${plural(points.length, "point")} in ${plural(files.length, "file")}${broken > 0 ? `, ${broken} of them broken` : ""}.\n`,
  );
}
