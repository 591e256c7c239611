/**
 * A share that can really vanish: serves a directory, for reading, as a FUSE file system, until it is killed; then the kernel answers every call with ENOTCONN.
 * Files named `….unreadable` can be opened and not read. Arguments: the directory, the mount point. Says "ready" when it is mounted. It speaks the kernel's protocol (7.31) itself, as far as reading needs it.
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";

const [served = "", mountPoint = ""] = process.argv.slice(2);
const OP = { LOOKUP: 1, FORGET: 2, GETATTR: 3, READLINK: 5, OPEN: 14, READ: 15, STATFS: 17, RELEASE: 18, FLUSH: 25, INIT: 26 } as const;
const DIR = { OPEN: 27, READ: 28, RELEASE: 29, BATCH_FORGET: 42 } as const;
const NOT_IMPLEMENTED = -38;
/** What a server says of a file that lies on a bad sector. */
const INPUT_OUTPUT_ERROR = -5;
const UNREADABLE = ".unreadable";
const MOST_BYTES = 1024 * 1024 + 4096;

const device = fs.openSync("/dev/fuse", "r+");
const mounted = spawnSync(
  "mount",
  ["-i", "-t", "fuse", "-o", "fd=3,rootmode=40000,user_id=0,group_id=0,allow_other", "share", mountPoint],
  {
    stdio: ["ignore", "ignore", "inherit", device],
  },
);
if (mounted.status !== 0) process.exit(1);

const paths = new Map<bigint, string>([[1n, served]]);
const nodes = new Map<string, bigint>([[served, 1n]]);

function nodeOf(path: string): bigint {
  const known = nodes.get(path) ?? BigInt(nodes.size + 1);
  nodes.set(path, known);
  paths.set(known, path);
  return known;
}

function attributes(path: string): Buffer {
  const info = fs.lstatSync(path, { bigint: true });
  const out = Buffer.alloc(88);
  const seconds = [info.atimeNs, info.mtimeNs, info.ctimeNs];
  [info.ino, info.size, info.blocks, ...seconds.map((ns) => ns / 1_000_000_000n)].forEach((value, at) =>
    out.writeBigUInt64LE(value, at * 8),
  );
  const small = [...seconds.map((ns) => ns % 1_000_000_000n), info.mode, info.nlink, info.uid, info.gid, 0n, 4096n, 0n];
  small.forEach((value, at) => out.writeUInt32LE(Number(value), 48 + at * 4));
  return out;
}

function entry(path: string): Buffer {
  const attribute = attributes(path);
  const out = Buffer.alloc(40);
  out.writeBigUInt64LE(nodeOf(path), 0);
  return Buffer.concat([out, attribute]);
}

function names(path: string, from: number, mostBytes: number): Buffer {
  const parts: Buffer[] = [];
  let bytes = 0;
  const all = fs.readdirSync(path, { withFileTypes: true });
  for (const [index, each] of all.slice(from).entries()) {
    const name = Buffer.from(each.name);
    const part = Buffer.alloc(Math.ceil((24 + name.length) / 8) * 8);
    part.writeBigUInt64LE(1n, 0);
    part.writeBigUInt64LE(BigInt(from + index + 1), 8);
    part.writeUInt32LE(name.length, 16);
    name.copy(part, 24);
    bytes += part.length;
    if (bytes > mostBytes) break;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function answer(operation: number, node: bigint, body: Buffer): Buffer | number {
  const path = paths.get(node) ?? served;
  switch (operation) {
    case OP.INIT: {
      const out = Buffer.alloc(64);
      [7, 31, 65_536].forEach((value, at) => out.writeUInt32LE(value, at * 4));
      out.writeUInt32LE(65_536, 20);
      out.writeUInt32LE(1, 24);
      return out;
    }
    case OP.LOOKUP:
      return entry(join(path, body.subarray(0, body.indexOf(0)).toString()));
    case OP.GETATTR:
      return Buffer.concat([Buffer.alloc(16), attributes(path)]);
    case OP.READLINK:
      return fs.readlinkSync(path, { encoding: "buffer" });
    case OP.OPEN:
    case DIR.OPEN: {
      const out = Buffer.alloc(16);
      // Each read asks here, none is answered from memory.
      out.writeUInt32LE(operation === OP.OPEN ? 1 : 0, 8);
      return out;
    }
    case OP.READ: {
      if (path.endsWith(UNREADABLE)) return INPUT_OUTPUT_ERROR;
      const out = Buffer.alloc(body.readUInt32LE(16));
      const file = fs.openSync(path, "r");
      const length = fs.readSync(file, out, 0, out.length, Number(body.readBigUInt64LE(8)));
      fs.closeSync(file);
      return out.subarray(0, length);
    }
    case DIR.READ:
      return names(path, Number(body.readBigUInt64LE(8)), body.readUInt32LE(16));
    case OP.STATFS:
      return Buffer.alloc(80);
    case OP.RELEASE:
    case OP.FLUSH:
    case DIR.RELEASE:
      return Buffer.alloc(0);
    default:
      return NOT_IMPLEMENTED;
  }
}

function serve(request: Buffer): void {
  const operation = request.readUInt32LE(4);
  if (operation === OP.FORGET || operation === DIR.BATCH_FORGET) return;
  let body: Buffer | number;
  try {
    body = answer(operation, request.readBigUInt64LE(16), request.subarray(40));
  } catch (error) {
    body = (error as { errno?: number }).errno ?? NOT_IMPLEMENTED;
  }
  const bytes = typeof body === "number" ? Buffer.alloc(0) : body;
  const head = Buffer.alloc(16);
  head.writeUInt32LE(16 + bytes.length, 0);
  head.writeInt32LE(typeof body === "number" ? body : 0, 4);
  head.writeBigUInt64LE(request.readBigUInt64LE(8), 8);
  fs.writeSync(device, Buffer.concat([head, bytes]));
}

const request = Buffer.alloc(MOST_BYTES);
function next(): void {
  fs.read(device, request, 0, request.length, null, (error, length) => {
    if (error !== null) return process.exit(error.code === "ENODEV" ? 0 : 1);
    serve(request.subarray(0, length));
    next();
  });
}
next();
process.stdout.write("ready\n");
