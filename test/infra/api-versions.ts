/**
 * The API version of every resource type in the templates, with the file of the public repository Azure/azure-rest-api-specs (below `specification/`) that
 * was seen to exist in that version.
 */
const web = "web/resource-manager/Microsoft.Web/AppService/stable/2025-03-01";
const storage = "storage/resource-manager/Microsoft.Storage/stable/2025-06-01";
const network = "network/resource-manager/Microsoft.Network/stable/2025-01-01";
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
  "Microsoft.KeyVault/vaults@2025-05-01": "keyvault/resource-manager/Microsoft.KeyVault/stable/2025-05-01/keyvault.json",
  "Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30":
    "msi/resource-manager/Microsoft.ManagedIdentity/ManagedIdentity/stable/2024-11-30/ManagedIdentity.json",
  "Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01": privateDns,
  "Microsoft.Network/privateDnsZones@2024-06-01": privateDns,
  "Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-01-01": `${network}/examples/PrivateEndpointCreate.json`,
  "Microsoft.Network/privateEndpoints@2025-01-01": `${network}/examples/PrivateEndpointCreate.json`,
  "Microsoft.Network/virtualNetworks@2025-01-01": `${network}/virtualNetwork.json`,
  "Microsoft.OperationalInsights/workspaces@2025-02-01":
    "operationalinsights/resource-manager/Microsoft.OperationalInsights/stable/2025-02-01/Workspaces.json",
  "Microsoft.RecoveryServices/vaults@2025-02-01":
    "recoveryservices/resource-manager/Microsoft.RecoveryServices/stable/2025-02-01/vaults.json",
  "Microsoft.Resources/resourceGroups@2025-04-01":
    "resources/resource-manager/Microsoft.Resources/resources/stable/2025-04-01/resources.json",
  "Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01": `${storage}/blob.json`,
  "Microsoft.Storage/storageAccounts/blobServices@2025-06-01": `${storage}/blob.json`,
  "Microsoft.Storage/storageAccounts@2025-06-01": `${storage}/storage.json`,
  "Microsoft.Web/serverfarms@2025-03-01": `${web}/AppServicePlans.json`,
  "Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01": `${web}/WebApps.json`,
  "Microsoft.Web/sites/config@2025-03-01": `${web}/WebApps.json`,
  "Microsoft.Web/sites@2025-03-01": `${web}/WebApps.json`,
};
