// The same for one Recovery Services vault; deployed to the resource group of the vault.
targetScope = 'resourceGroup'

@description('Name of the Recovery Services vault.')
param vaultName string

@description('Object id of the app\'s managed identity.')
param principalId string

var actions = loadJsonContent('role-actions.json')

resource vault 'Microsoft.RecoveryServices/vaults@2025-02-01' existing = {
  name: vaultName
}

// One definition per vault: two deployments to one group would otherwise write the same one at the same time.
resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(vault.id, 'reprise-backup-retry')
  properties: {
    roleName: 'Reprise backup retry (${uniqueString(vault.id)})'
    description: 'Reads backup jobs and protected items, starts on-demand backups. No restore, no deletion, no change of protection.'
    type: 'CustomRole'
    permissions: [
      {
        actions: actions.always
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
    assignableScopes: [resourceGroup().id]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, role.name, principalId)
  properties: {
    roleDefinitionId: role.id
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
