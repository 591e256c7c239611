// A page of Azure Monitor over the app's telemetry. The layout is in infra/monitoring/workbook.json; each of its query parts runs the .kql file of its name.

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

var layout = loadJsonContent('../monitoring/workbook.json')

var queries = {
  runs: loadTextContent('../monitoring/runs.kql')
  items: loadTextContent('../monitoring/items.kql')
  history: loadTextContent('../monitoring/history.kql')
  decisions: loadTextContent('../monitoring/decisions.kql')
  triggers: loadTextContent('../monitoring/triggers.kql')
  throttling: loadTextContent('../monitoring/throttling.kql')
  calls: loadTextContent('../monitoring/calls.kql')
}

// The page's own parameters take the place of the empty literals.
var parts = map(
  layout.items,
  part =>
    part.type != 3
      ? part
      : union(part, {
          content: {
            query: replace(
              replace(queries[part.name], 'let wantedRun = \'\';', 'let wantedRun = \'{Run}\';'),
              'let wantedItem = \'\';',
              'let wantedItem = \'{Item}\';'
            )
            crossComponentResources: [workspaceId]
          }
        })
)

resource workbook 'Microsoft.Insights/workbooks@2022-04-01' = {
  name: guid(resourceGroup().id, 'reprise')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Reprise'
    category: 'workbook'
    sourceId: toLower(workspaceId)
    serializedData: string(union(layout, { items: parts }))
  }
}
