/** Another process has the task hub open. */
export class HubLockedError extends Error {
  readonly code = "HUB_LOCKED";
  readonly holderPid: number | undefined;
  constructor(file: string, holderPid: number | undefined, options?: ErrorOptions) {
    const holder = holderPid === undefined ? "another process" : `process ${holderPid}`;
    super(`The task hub ${file} is in use by ${holder}. End it, or choose another state folder.`, options);
    this.name = "HubLockedError";
    this.holderPid = holderPid;
  }
}
