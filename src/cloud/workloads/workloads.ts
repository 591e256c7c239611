/**
 * The workloads that can be triggered. In: the word that a job carries. Out: its provider, or undefined for a workload that this version does not
 * trigger; such items are skipped with that reason.
 */
import { azureVm } from "./azure-vm.ts";
import type { WorkloadProvider } from "./workload.ts";

const PROVIDERS: readonly WorkloadProvider[] = [azureVm];

export function findWorkload(word: string): WorkloadProvider | undefined {
  return PROVIDERS.find((provider) => provider.word.toLowerCase() === word.toLowerCase());
}
