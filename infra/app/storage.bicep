// One account for the package, the host's own records (blobs, queues, tables) and the run store. It has no usable key.

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the account.')
@minLength(3)
@maxLength(24)
param name string

@description('Container that the app\'s package is deployed to.')
param deploymentContainerName string

@description('Container of the run store; the app looks for this name when REPRISE_STORE is not set.')
param runStoreContainerName string

@description('private: reachable through private endpoints only.')
@allowed(['public', 'private'])
param networkMode string

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
  }
  properties: {
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    publicNetworkAccess: networkMode == 'private' ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: networkMode == 'private' ? 'Deny' : 'Allow'
      bypass: 'None'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = [
  for container in [deploymentContainerName, runStoreContainerName]: {
    parent: blobs
    name: container
    properties: {
      publicAccess: 'None'
    }
  }
]

output name string = account.name
