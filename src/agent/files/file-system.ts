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

const LOCAL = new Set([
  0xef53, // ext2 to ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0x01021994, // tmpfs
  0x2fc12fc1, // ZFS
  0xf2f52010, // F2FS
  0xca451a4e, // bcachefs
  0x4d44, // FAT
  0x2011bab0, // exFAT
  0x7366746e, // NTFS
]);

export interface FileSystem {
  /** It reaches over a network: its errors may pass. */
  readonly onShare: boolean;
  /** It surely does not; neither is true where the system does not say, or the kind is not known. */
  readonly isLocal: boolean;
}

/** What the path is on. */
export async function fileSystemOf(path: string): Promise<FileSystem> {
  const type = await statfs(path).then(
    (info) => (process.platform === "linux" ? info.type >>> 0 : 0),
    () => 0,
  );
  return { onShare: SHARES.has(type), isLocal: LOCAL.has(type) };
}

export async function isOnShare(path: string): Promise<boolean> {
  return (await fileSystemOf(path)).onShare;
}
