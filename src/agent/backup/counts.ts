/** What a task did, in numbers, so that a person sees that resuming worked. Blocks are hash blocks; bytes sent are those that the store acknowledged. */
export interface TaskCounts {
  bytesRead: number;
  bytesSent: number;
  blocksSent: number;
  /** Not sent because the store had them: from the point before, or from an attempt that was cut off. */
  blocksReused: number;
  /** Of those reused: from an attempt that was cut off. */
  blocksResumed: number;
  blocksZero: number;
  /** Of those not reused, or resumed: the store had them, in units that were found damaged. */
  blocksHealed: number;
  /** Acknowledged, then not there any more, and sent again. */
  blocksLost: number;
}

export function noCounts(): TaskCounts {
  return { bytesRead: 0, bytesSent: 0, blocksSent: 0, blocksReused: 0, blocksResumed: 0, blocksZero: 0, blocksHealed: 0, blocksLost: 0 };
}

export interface TransferCounts {
  sent(blocks: number, bytes: number): void;
  resumed(blocks: number): void;
  lost(blocks: number): void;
}

export function countInto(counts: TaskCounts): TransferCounts {
  return {
    sent: (blocks, bytes) => {
      counts.blocksSent += blocks;
      counts.bytesSent += bytes;
    },
    resumed: (blocks) => {
      counts.blocksReused += blocks;
      counts.blocksResumed += blocks;
    },
    lost: (blocks) => {
      counts.blocksLost += blocks;
      counts.blocksSent -= blocks;
    },
  };
}

/** What is said of damage in the store that was made good. */
export function healedRemark({ blocksHealed }: TaskCounts): readonly string[] {
  if (blocksHealed === 0) return [];
  const blocks = blocksHealed === 1 ? "1 block" : `${blocksHealed} blocks`;
  return [`${blocks} of damaged segments were sent again: this point is whole; earlier ones that need what is damaged stay broken.`];
}
