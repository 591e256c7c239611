import type { ConnectionEvents } from "../../store/blocks/link.ts";

/** Says when the connection to a store is lost and when it is back. */
export function reconnectNotes(say: (text: string) => void): ConnectionEvents {
  return {
    onDrop: ({ reason }) => say(`The connection was lost (${reason}); trying to reconnect for 30 min.`),
    onBack: ({ seconds }) => say(`The connection is back after ${Math.round(seconds)} s; going on where it was lost.`),
  };
}
