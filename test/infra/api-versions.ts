/**
 * The API version of every resource type in the templates, with the file of the public repository Azure/azure-rest-api-specs (below `specification/`) that
 * was seen to exist in that version.
 */
const web = "web/resource-manager/Microsoft.Web/stable/2024-04-01";
const storage = "storage/resource-manager/Microsoft.Storage/stable/2024-01-01";
const network = "network/resource-manager/Microsoft.Network/stable/2024-03-01";
const privateDns = "privatedns/resource-manager/Microsoft.Network/stable/2024-06-01/privatedns.json";
const authorization = "authorization/resource-manager/Microsoft.Authorization/stable/2022-04-01";
const durableTask = "durabletask/DurableTask.Management/examples/2025-11-01";

export const apiVersions: Readonly<Record<string, string>> = {
  "Microsoft.Authorization/roleAssignments@2022-04-01": `${authorization}/authorization-RoleAssignmentsCalls.json`,
  "Microsoft.Authorization/roleDefinitions@2022-04-01": `${authorization}/authorization-RoleDefinitionsCalls.json`,
  "Microsoft.DurableTask/schedulers/taskHubs@2025-11-01": `${durableTask}/TaskHubs_CreateOrUpdate.json`,
  "Microsoft.DurableTask/schedulers@2025-11-01": `${durableTask}/Schedulers_CreateOrUpdate.json`,
  "Microsoft.Insights/actionGroups@2023-01-01": "monitor/resource-manager/Microsoft.Insights/stable/2023-01-01/actionGroups_API.json",
  "Microsoft.Insights/components@2020-02-02":
    "applicationinsights/resource-manager/Microsoft.Insights/stable/2020-02-02/components_API.json",
  "Microsoft.Insights/scheduledQueryRules@2023-12-01":
    "monitor/resource-manager/Microsoft.Insights/stable/2023-12-01/scheduledQueryRule_API.json",
  "Microsoft.Insights/workbooks@2022-04-01": "applicationinsights/resource-manager/Microsoft.Insights/stable/2022-04-01/workbooks_API.json",
  "Microsoft.KeyVault/vaults@2023-07-01": "keyvault/resource-manager/Microsoft.KeyVault/stable/2023-07-01/examples/getVault.json",
  "Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31":
    "msi/resource-manager/Microsoft.ManagedIdentity/stable/2023-01-31/ManagedIdentity.json",
  "Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01": privateDns,
  "Microsoft.Network/privateDnsZones@2024-06-01": privateDns,
  "Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-03-01": `${network}/privateEndpoint.json`,
  "Microsoft.Network/privateEndpoints@2024-03-01": `${network}/privateEndpoint.json`,
  "Microsoft.Network/virtualNetworks@2024-03-01": `${network}/virtualNetwork.json`,
  "Microsoft.OperationalInsights/workspaces@2023-09-01":
    "operationalinsights/resource-manager/Microsoft.OperationalInsights/stable/2023-09-01/Workspaces.json",
  "Microsoft.RecoveryServices/vaults@2024-04-01":
    "recoveryservices/resource-manager/Microsoft.RecoveryServices/stable/2024-04-01/vaults.json",
  "Microsoft.Resources/resourceGroups@2024-03-01": "resources/resource-manager/Microsoft.Resources/stable/2024-03-01/resources.json",
  "Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01": `${storage}/blob.json`,
  "Microsoft.Storage/storageAccounts/blobServices@2024-01-01": `${storage}/blob.json`,
  "Microsoft.Storage/storageAccounts@2024-01-01": `${storage}/storage.json`,
  "Microsoft.Web/serverfarms@2024-04-01": `${web}/AppServicePlans.json`,
  "Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01": `${web}/WebApps.json`,
  "Microsoft.Web/sites/config@2024-04-01": `${web}/WebApps.json`,
  "Microsoft.Web/sites@2024-04-01": `${web}/WebApps.json`,
};
