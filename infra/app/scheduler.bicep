// The task hub in Durable Task Scheduler, in place of the storage account.

@description('Region; the scheduler is not offered in every one.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the scheduler.')
param name string

@description('Name of the task hub; the host is told the same.')
param taskHubName string

@description('Object id of the app\'s managed identity.')
param principalId string

// Durable Task Data Contributor
var dataContributorId = '0ad04412-c4d5-4796-b79c-f76d14c8d402'

resource scheduler 'Microsoft.DurableTask/schedulers@2025-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'Consumption'
    }
    // An empty list lets nobody in. Callers still need a token and the role below.
    ipAllowlist: ['0.0.0.0/0']
  }
}

resource taskHub 'Microsoft.DurableTask/schedulers/taskHubs@2025-11-01' = {
  parent: scheduler
  name: taskHubName
}

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: taskHub
  name: guid(taskHub.id, dataContributorId, principalId)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataContributorId)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

output endpoint string = scheduler.properties.endpoint
