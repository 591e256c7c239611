// The function app: its plan, what it runs, its settings, and who may call it.

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the plan.')
param planName string

@description('Name of the function app.')
param name string

@description('Resource id of the app\'s managed identity.')
param identityId string

@description('Client id of the app\'s managed identity.')
param identityClientId string

@description('Name of the storage account.')
param storageAccountName string

@description('Container that the app\'s package is deployed to.')
param deploymentContainerName string

@description('Name of the Application Insights component.')
param componentName string

@description('Most instances that the platform may start.')
param maximumInstanceCount int

@description('Memory of an instance, in MB.')
param instanceMemoryMB int

@description('Subnet for outgoing calls; empty: none.')
param subnetId string

@description('Name of the task hub.')
param taskHubName string

@description('Endpoint of the Durable Task Scheduler; empty: the task hub is in the storage account.')
param schedulerEndpoint string

@description('Client id of the app registration that people sign in to; empty: the routes want a function key.')
param signInClientId string

@description('Object ids of the users and service principals that may call the app. Without any, the routes want a function key.')
param signInPrincipalIds array

@description('Settings of the app by name; empty ones are left out.')
param settings object

@description('Names of settings whose values are in the Key Vault.')
param settingsInKeyVault array

@description('Name of the Key Vault; empty when no setting is in one.')
param keyVaultName string

// Both halves change together: the routes are anonymous only while the platform asks for a sign-in.
var signIn = !empty(signInClientId) && !empty(signInPrincipalIds)

var givenSettings = toObject(
  filter(items(settings), setting => !empty(setting.value)),
  setting => setting.key,
  setting => setting.value
)

// A secret is named like its setting, as far as Key Vault allows: reprise-notify-url.
var vaultSettings = toObject(
  settingsInKeyVault,
  setting => setting,
  setting => '@Microsoft.KeyVault(VaultName=${keyVaultName};SecretName=${toLower(replace(setting, '_', '-'))})'
)

// host.json names neither backend: without these the task hub is in the storage account.
var schedulerSettings = empty(schedulerEndpoint)
  ? {}
  : {
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
      DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${schedulerEndpoint};Authentication=ManagedIdentity;ClientID=${identityClientId}'
    }

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageAccountName
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  // azd finds the app of the service in azure.yaml by this tag.
  tags: union(tags, { 'azd-service-name': 'reprise' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${account.properties.primaryEndpoints.blob}${deploymentContainerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstanceCount
        instanceMemoryMB: instanceMemoryMB
      }
      runtime: {
        name: 'node'
        version: '22'
      }
    }
  }
}

// One by one: in a loop the name is no constant, and Bicep then checks nothing.
resource noPasswordsForFtp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource noPasswordsForScm 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

resource authentication 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: signIn
    }
    globalValidation: {
      requireAuthentication: signIn
      unauthenticatedClientAction: 'RedirectToLoginPage'
      redirectToProvider: 'azureactivedirectory'
      excludedPaths: ['/api/health']
    }
    identityProviders: signIn
      ? {
          azureActiveDirectory: {
            enabled: true
            registration: {
              clientId: signInClientId
              openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
            }
            validation: {
              allowedAudiences: [
                signInClientId
                'api://${signInClientId}'
              ]
              // An empty list would let the whole tenant in; signIn is false then.
              defaultAuthorizationPolicy: {
                allowedPrincipals: {
                  identities: signInPrincipalIds
                }
              }
            }
          }
        }
      : {}
    login: {
      tokenStore: {
        enabled: false
      }
    }
    httpSettings: {
      requireHttps: true
    }
  }
}

resource appSettings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'appsettings'
  properties: union(
    { REPRISE_NOTIFY_LINK: 'https://${app.properties.defaultHostName}' },
    givenSettings,
    vaultSettings,
    {
      AzureWebJobsStorage__accountName: storageAccountName
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identityClientId
      AZURE_CLIENT_ID: identityClientId
      APPLICATIONINSIGHTS_CONNECTION_STRING: component.properties.ConnectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
      TASKHUB_NAME: taskHubName
      REPRISE_ARM_ENDPOINT: environment().resourceManager
      REPRISE_HTTP_AUTH: signIn ? 'anonymous' : 'function'
    },
    schedulerSettings
  )
  // The routes become anonymous only after the sign-in stands in front of them.
  dependsOn: [authentication]
}

output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'
output access string = signIn ? 'Entra ID sign-in' : 'function keys'
