// The same for every subscription under a management group. A deployment to a subscription cannot reach up to it, so this one is deployed by itself.
targetScope = 'managementGroup'

@description('Object id of the app\'s managed identity (output REPRISE_PRINCIPAL_ID of the main deployment).')
param principalId string

@description('read: the app may also list resources, which filtering by the tags of the backed-up resources needs.')
@allowed(['none', 'read'])
param tagAccess string = 'none'

var actions = loadJsonContent('role-actions.json')

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(managementGroup().id, 'reprise-backup-retry', tagAccess)
  properties: {
    // Names of custom roles are unique in a tenant.
    roleName: 'Reprise backup retry ${tagAccess == 'read' ? 'with tags ' : ''}(${uniqueString(managementGroup().id)})'
    description: 'Reads backup jobs and protected items, starts on-demand backups. No restore, no deletion, no change of protection.'
    type: 'CustomRole'
    permissions: [
      {
        actions: tagAccess == 'read' ? concat(actions.always, actions.tags) : actions.always
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
    assignableScopes: [managementGroup().id]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(managementGroup().id, role.name, principalId)
  properties: {
    roleDefinitionId: role.id
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
