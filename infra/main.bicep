// Everything that Reprise needs in Azure: a resource group with the function app, its storage, identity and telemetry, and the right to retry backups in
// the subscriptions or vaults that are named. What azd hands in is in main.parameters.json; docs/deploy.md says what each value means.
targetScope = 'subscription'

@description('Name of the azd environment: names the resource group and seeds the names of the resources.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Region of all resources.')
@minLength(1)
@metadata({
  azd: {
    type: 'location'
  }
})
param location string

@description('Object id of who deploys; may call the app once a sign-in is set up.')
param deployerPrincipalId string = ''

@description('entra: callers sign in with Entra ID once signInClientId is given, and use function keys until then. keys: always function keys.')
@allowed(['entra', 'keys'])
param httpAccess string = 'entra'

@description('Client id of the app registration that callers sign in to.')
param signInClientId string = ''

@description('Object ids of further users and service principals that may call the app, separated by commas.')
param signInPrincipalIds string = ''

@description('Where orchestrations are kept. Changing it later loses sight of the runs under way.')
@allowed(['azureStorage', 'durableTaskScheduler'])
param durableBackend string = 'azureStorage'

@description('private: a virtual network, and private endpoints for the storage account.')
@allowed(['public', 'private'])
param networkMode string = 'public'

@description('Subscriptions whose backups are retried: ids separated by commas. Empty: this subscription, unless accessVaults names vaults. none: no role is assigned here.')
param accessSubscriptions string = ''

@description('Recovery Services vaults whose backups are retried: resource ids separated by commas.')
param accessVaults string = ''

@description('read: the role of the subscriptions also covers listing resources, which filtering by tags needs.')
@allowed(['none', 'read'])
param tagAccess string = 'none'

@description('Most instances that the platform may start. Runs need few: what bounds them is the throttling of Resource Manager.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Memory of an instance, in MB.')
@allowed([2048, 4096])
param instanceMemoryMB int = 2048

@description('Settings of the app by name (reprise help env lists them); empty ones are left out.')
param settings object = {}

@description('REPRISE_SCHEDULES in Base64: it is JSON, whose quotes do not survive the way through azd.')
param schedulesBase64 string = ''

@description('Names of settings that are read from a Key Vault, separated by commas: REPRISE_NOTIFY_URL, REPRISE_NOTIFY_HEARTBEAT_URL.')
param settingsInKeyVault string = ''

@description('on: alert rules over the telemetry of the app. They cost a little each.')
@allowed(['on', 'off'])
param alerts string = 'on'

@description('E-mail address that alerts are sent to; empty: none.')
param alertEmail string = ''

@description('Resource id of an action group that alerts go to, in place of alertEmail; empty: none.')
param alertActionGroupId string = ''

@description('Minutes after its due time by which a scheduled run has to be at work, else operators are alerted.')
@minValue(6)
param alertLateMinutes int = 20

@description('Minutes of an hour that throttling may last before operators are alerted.')
@minValue(5)
@maxValue(60)
param alertThrottledMinutes int = 30

@description('Items that a run may leave failing before operators are alerted.')
@minValue(0)
param alertMostFailing int = 0

var abbrs = loadJsonContent('./abbreviations.json')
var resourceToken = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var stem = 'reprise-${resourceToken}'
var taskHubName = 'reprise'
var deploymentContainerName = 'app-package'

var subscriptionIds = !empty(accessSubscriptions)
  ? (accessSubscriptions == 'none' ? [] : split(replace(accessSubscriptions, ' ', ''), ','))
  : (empty(accessVaults) ? [subscription().subscriptionId] : [])
var vaultIds = empty(accessVaults) ? [] : split(replace(accessVaults, ' ', ''), ',')
var vaultSettingNames = empty(settingsInKeyVault) ? [] : split(replace(settingsInKeyVault, ' ', ''), ',')
var callers = filter(
  union([deployerPrincipalId], split(replace(signInPrincipalIds, ' ', ''), ',')),
  id => !empty(id)
)

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: '${abbrs.resourcesResourceGroups}${environmentName}'
  location: location
  tags: tags
}

module identity 'app/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    location: location
    tags: tags
    name: '${abbrs.managedIdentityUserAssignedIdentities}${stem}'
  }
}

module monitoring 'app/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    location: location
    tags: tags
    workspaceName: '${abbrs.operationalInsightsWorkspaces}${stem}'
    componentName: '${abbrs.insightsComponents}${stem}'
  }
}

module alertRules 'app/alerts.bicep' = if (alerts == 'on') {
  name: 'alerts'
  scope: group
  params: {
    location: location
    tags: tags
    namePrefix: stem
    workspaceId: monitoring.outputs.workspaceId
    actionGroupId: alertActionGroupId
    alertEmail: alertEmail
    lateMinutes: alertLateMinutes
    throttledMinutes: alertThrottledMinutes
    mostFailing: alertMostFailing
  }
}

module workbook 'app/workbook.bicep' = {
  name: 'workbook'
  scope: group
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
  }
}

module storage 'app/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    location: location
    tags: tags
    name: '${abbrs.storageStorageAccounts}reprise${resourceToken}'
    deploymentContainerName: deploymentContainerName
    runStoreContainerName: 'reprise-runs'
    networkMode: networkMode
  }
}

module network 'app/network.bicep' = if (networkMode == 'private') {
  name: 'network'
  scope: group
  params: {
    location: location
    tags: tags
    name: '${abbrs.networkVirtualNetworks}${stem}'
    endpointNamePrefix: '${abbrs.networkPrivateEndpoints}${stem}'
    storageAccountName: storage.outputs.name
  }
}

module scheduler 'app/scheduler.bicep' = if (durableBackend == 'durableTaskScheduler') {
  name: 'scheduler'
  scope: group
  params: {
    location: location
    tags: tags
    name: '${abbrs.durableTaskSchedulers}${stem}'
    taskHubName: taskHubName
    principalId: identity.outputs.principalId
  }
}

module keyVault 'app/key-vault.bicep' = if (!empty(settingsInKeyVault)) {
  name: 'key-vault'
  scope: group
  params: {
    location: location
    tags: tags
    name: '${abbrs.keyVaultVaults}rep-${resourceToken}'
    principalId: identity.outputs.principalId
  }
}

module hostAccess 'app/host-access.bicep' = {
  name: 'host-access'
  scope: group
  params: {
    storageAccountName: storage.outputs.name
    componentName: monitoring.outputs.componentName
    principalId: identity.outputs.principalId
  }
}

module host 'app/host.bicep' = {
  name: 'host'
  scope: group
  params: {
    location: location
    tags: tags
    planName: '${abbrs.webServerFarms}${stem}'
    name: '${abbrs.webSitesFunctions}${stem}'
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageAccountName: storage.outputs.name
    deploymentContainerName: deploymentContainerName
    componentName: monitoring.outputs.componentName
    maximumInstanceCount: maximumInstanceCount
    instanceMemoryMB: instanceMemoryMB
    subnetId: networkMode == 'private' ? network!.outputs.appSubnetId : ''
    taskHubName: taskHubName
    schedulerEndpoint: durableBackend == 'durableTaskScheduler' ? scheduler!.outputs.endpoint : ''
    signInClientId: httpAccess == 'entra' ? signInClientId : ''
    signInPrincipalIds: callers
    settings: union(settings, empty(schedulesBase64) ? {} : { REPRISE_SCHEDULES: base64ToString(schedulesBase64) })
    settingsInKeyVault: vaultSettingNames
    keyVaultName: empty(settingsInKeyVault) ? '' : keyVault!.outputs.name
  }
  // The host opens its storage account as soon as it starts.
  dependsOn: [hostAccess]
}

module subscriptionAccess 'access/subscription.bicep' = [
  for id in subscriptionIds: {
    name: 'reprise-access-${id}'
    scope: subscription(id)
    params: {
      principalId: identity.outputs.principalId
      tagAccess: tagAccess
    }
  }
]

module vaultAccess 'access/vault.bicep' = [
  for id in vaultIds: {
    name: 'reprise-access-${uniqueString(id)}'
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    params: {
      vaultName: last(split(id, '/'))
      principalId: identity.outputs.principalId
    }
  }
]

output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_NAME string = host.outputs.name
output SERVICE_REPRISE_NAME string = host.outputs.name
output REPRISE_URL string = host.outputs.url
output REPRISE_PRINCIPAL_ID string = identity.outputs.principalId
output REPRISE_KEY_VAULT string = empty(settingsInKeyVault) ? '' : keyVault!.outputs.name
output REPRISE_CALLERS_USE string = host.outputs.access
