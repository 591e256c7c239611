/** The task hub's tables. Every change that belongs together is made inside one `transaction`. Times are milliseconds since the epoch. */
import type { StatementSync } from "node:sqlite";
import { openOwned, type OwnedDatabase } from "./sqlite.ts";

const LAYOUT = {
  version: 1,
  statements: `
    CREATE TABLE instances (instance_id TEXT PRIMARY KEY, execution_id TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, input TEXT, output TEXT,
      custom_status TEXT, parent TEXT, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, executions INTEGER NOT NULL);
    CREATE TABLE history (instance_id TEXT NOT NULL, seq INTEGER NOT NULL, events TEXT NOT NULL, PRIMARY KEY (instance_id, seq)) WITHOUT ROWID;
    CREATE TABLE inbox (id INTEGER PRIMARY KEY, instance_id TEXT NOT NULL, execution_id TEXT, event TEXT NOT NULL, arrived_ms INTEGER NOT NULL);
    CREATE INDEX inbox_by_instance ON inbox (instance_id);
    CREATE TABLE work (id INTEGER PRIMARY KEY, instance_id TEXT NOT NULL, execution_id TEXT NOT NULL, task_id INTEGER NOT NULL, name TEXT NOT NULL, input TEXT);
    CREATE TABLE timers (instance_id TEXT NOT NULL, timer_id INTEGER NOT NULL, execution_id TEXT NOT NULL, fire_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL,
      PRIMARY KEY (instance_id, timer_id)) WITHOUT ROWID`,
};

export type Status = "Pending" | "Running" | "Completed" | "Failed" | "Terminated" | "Suspended";

export interface InstanceState {
  readonly executionId: string;
  readonly status: Status;
}

/** `input`, `output`, `customStatus` and `parent` are JSON texts. */
export interface InstanceRow extends InstanceState {
  readonly instanceId: string;
  readonly name: string;
  readonly input: string | null;
  readonly output: string | null;
  readonly customStatus: string | null;
  readonly parent: string | null;
  readonly createdMs: number;
  readonly updatedMs: number;
  /** How often this id was started or renewed. */
  readonly executions: number;
}

export interface InboxRow {
  readonly id: number;
  readonly instanceId: string;
  /** Null when the message is for whichever execution is running. */
  readonly executionId: string | null;
  readonly event: string;
  readonly arrivedMs: number;
}

export interface WorkRow {
  readonly id: number;
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
  readonly name: string;
  /** JSON text; null when there is none, or when it is to be read with `workInput`. */
  readonly input: string | null;
}

export interface TimerRow {
  readonly instanceId: string;
  readonly timerId: number;
  readonly executionId: string;
  readonly fireMs: number;
  readonly createdMs: number;
}

export interface InstanceQuery {
  readonly after?: string | undefined;
  readonly top?: number | undefined;
  readonly statuses?: readonly string[] | undefined;
  readonly createdFromMs?: number | undefined;
  readonly createdToMs?: number | undefined;
  readonly prefix?: string | undefined;
}

const INSTANCE =
  "instance_id AS instanceId, execution_id AS executionId, name, status, input, output, custom_status AS customStatus, parent, created_ms AS createdMs, updated_ms AS updatedMs, executions";

export class HubStore {
  readonly #owned: OwnedDatabase;
  readonly #statements = new Map<string, StatementSync>();
  #isOpen = true;

  /** `file`: a path or ":memory:". Throws `HubLockedError` and `HubVersionError`. */
  constructor(file: string) {
    this.#owned = openOwned(file, LAYOUT);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#owned.close();
  }

  transaction<T>(change: () => T): T {
    this.#run("BEGIN IMMEDIATE");
    try {
      const result = change();
      this.#run("COMMIT");
      return result;
    } catch (error) {
      this.#run("ROLLBACK");
      throw error;
    }
  }

  newestMs(): number | undefined {
    const row = this.#get(
      "SELECT max((SELECT coalesce(max(updated_ms), 0) FROM instances), (SELECT coalesce(max(arrived_ms), 0) FROM inbox)) AS newest",
    ) as { readonly newest: number };
    return row.newest === 0 ? undefined : row.newest;
  }

  instance(instanceId: string): InstanceRow | undefined {
    return this.#get(`SELECT ${INSTANCE} FROM instances WHERE instance_id = ?`, instanceId) as InstanceRow | undefined;
  }

  /** Just enough to know who is running; does not read what may be large. */
  instanceState(instanceId: string): InstanceState | undefined {
    return this.#get("SELECT execution_id AS executionId, status FROM instances WHERE instance_id = ?", instanceId) as
      | InstanceState
      | undefined;
  }

  instances(query: InstanceQuery): InstanceRow[] {
    const statuses = query.statuses ?? [];
    const conditions = [
      "instance_id > ?",
      "created_ms >= ?",
      "created_ms <= ?",
      ...(statuses.length > 0 ? [`status IN (${statuses.map(() => "?").join(", ")})`] : []),
      ...(query.prefix === undefined ? [] : ["instance_id >= ? AND substr(instance_id, 1, length(?)) = ?"]),
    ];
    return this.#all<InstanceRow>(
      `SELECT ${INSTANCE} FROM instances WHERE ${conditions.join(" AND ")} ORDER BY instance_id LIMIT ?`,
      query.after ?? "",
      query.createdFromMs ?? 0,
      query.createdToMs ?? Number.MAX_SAFE_INTEGER,
      ...statuses,
      ...(query.prefix === undefined ? [] : [query.prefix, query.prefix, query.prefix]),
      query.top ?? -1,
    );
  }

  putInstance(row: InstanceRow): void {
    this.#run(
      `INSERT INTO instances VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (instance_id) DO UPDATE SET execution_id = excluded.execution_id, name = excluded.name,
        status = excluded.status, input = excluded.input, output = excluded.output, custom_status = excluded.custom_status, parent = excluded.parent,
        created_ms = excluded.created_ms, updated_ms = excluded.updated_ms, executions = excluded.executions`,
      row.instanceId,
      row.executionId,
      row.name,
      row.status,
      row.input,
      row.output,
      row.customStatus,
      row.parent,
      row.createdMs,
      row.updatedMs,
      row.executions,
    );
  }

  deleteInstance(instanceId: string): void {
    this.#run("DELETE FROM instances WHERE instance_id = ?", instanceId);
    this.deleteHistory(instanceId);
    this.deleteTimers(instanceId);
    this.deleteInboxOf(instanceId);
  }

  /** One text per turn: its events as JSON, with commas between them. */
  history(instanceId: string): string[] {
    return this.#all<{ events: string }>("SELECT events FROM history WHERE instance_id = ? ORDER BY seq", instanceId).map(
      (row) => row.events,
    );
  }

  appendHistory(instanceId: string, seq: number, events: string): void {
    this.#run("INSERT OR REPLACE INTO history VALUES (?, ?, ?)", instanceId, seq, events);
  }

  deleteHistory(instanceId: string): void {
    this.#run("DELETE FROM history WHERE instance_id = ?", instanceId);
  }

  inbox(): InboxRow[] {
    return this.#all<InboxRow>(
      "SELECT id, instance_id AS instanceId, execution_id AS executionId, event, arrived_ms AS arrivedMs FROM inbox ORDER BY id",
    );
  }

  addInbox(row: Omit<InboxRow, "id">): number {
    const { instanceId, executionId, event, arrivedMs } = row;
    return this.#run(
      "INSERT INTO inbox (instance_id, execution_id, event, arrived_ms) VALUES (?, ?, ?, ?)",
      instanceId,
      executionId,
      event,
      arrivedMs,
    );
  }

  deleteInboxOf(instanceId: string): void {
    this.#run("DELETE FROM inbox WHERE instance_id = ?", instanceId);
  }

  deleteInbox(instanceId: string, upToId: number): void {
    this.#run("DELETE FROM inbox WHERE instance_id = ? AND id <= ?", instanceId, upToId);
  }

  work(): WorkRow[] {
    return this.#all<WorkRow>(
      "SELECT id, instance_id AS instanceId, execution_id AS executionId, task_id AS taskId, name, NULL AS input FROM work ORDER BY id",
    );
  }

  workInput(id: number): string | null {
    const row = this.#get("SELECT input FROM work WHERE id = ?", id) as { readonly input: string | null } | undefined;
    return row?.input ?? null;
  }

  addWork(work: Omit<WorkRow, "id" | "input">, input: string | null): number {
    const { instanceId, executionId, taskId, name } = work;
    return this.#run(
      "INSERT INTO work (instance_id, execution_id, task_id, name, input) VALUES (?, ?, ?, ?, ?)",
      instanceId,
      executionId,
      taskId,
      name,
      input,
    );
  }

  deleteWork(id: number): void {
    this.#run("DELETE FROM work WHERE id = ?", id);
  }

  timers(): TimerRow[] {
    return this.#all<TimerRow>(
      "SELECT instance_id AS instanceId, timer_id AS timerId, execution_id AS executionId, fire_ms AS fireMs, created_ms AS createdMs FROM timers ORDER BY fire_ms, instance_id, timer_id",
    );
  }

  addTimer(timer: TimerRow): void {
    this.#run(
      "INSERT OR REPLACE INTO timers VALUES (?, ?, ?, ?, ?)",
      timer.instanceId,
      timer.timerId,
      timer.executionId,
      timer.fireMs,
      timer.createdMs,
    );
  }

  deleteTimer(instanceId: string, timerId: number): void {
    this.#run("DELETE FROM timers WHERE instance_id = ? AND timer_id = ?", instanceId, timerId);
  }

  deleteTimers(instanceId: string): void {
    this.#run("DELETE FROM timers WHERE instance_id = ?", instanceId);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#owned.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** The row id of what was inserted last. */
  #run(sql: string, ...values: (string | number | null)[]): number {
    return Number(this.#statement(sql).run(...values).lastInsertRowid);
  }

  #get(sql: string, ...values: (string | number | null)[]): unknown {
    return this.#statement(sql).get(...values);
  }

  #all<T>(sql: string, ...values: (string | number | null)[]): T[] {
    return this.#statement(sql).all(...values) as T[];
  }
}
