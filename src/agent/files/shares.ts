import { statfs } from "node:fs/promises";

/** Numbers by which Linux names the file systems that reach over a network (statfs(2)). */
const SHARES = new Set([
  0x6969, // NFS
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x517b, // SMB
  0x65735546, // FUSE: sshfs, blobfuse, rclone
  0x01021997, // 9P
  0x00c36400, // Ceph
  0x5346414f, // AFS
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
  0x20030528, // OrangeFS
]);

/** True when the path is on a file system that reaches over a network; false where the system does not say so. */
export async function isOnShare(path: string): Promise<boolean> {
  const type = await statfs(path).then(
    (info) => info.type >>> 0,
    () => 0,
  );
  return SHARES.has(type);
}
