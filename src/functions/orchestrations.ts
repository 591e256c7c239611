/** Registers the orchestrators. In: nothing. Out: durable functions under the names that recorded histories know. */
import * as df from "durable-functions";
import { carryOutRun, retryPage, retryVault, retryVaultGroup, watchVault } from "../cloud/orchestrate/fan-out.ts";
import { retryItem } from "../cloud/orchestrate/item.ts";
import { orchestrators } from "../cloud/orchestrate/names.ts";

df.app.orchestration(orchestrators.run, carryOutRun);
df.app.orchestration(orchestrators.vaultGroup, retryVaultGroup);
df.app.orchestration(orchestrators.vault, retryVault);
df.app.orchestration(orchestrators.page, retryPage);
df.app.orchestration(orchestrators.item, retryItem);
df.app.orchestration(orchestrators.watcher, watchVault);
