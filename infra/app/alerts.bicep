// What operators are woken by. Each rule runs one of the queries in infra/monitoring over the workspace; a row of its result is a reason to fire. Rules
// resolve themselves when the reason is gone. docs/operate.md says what each means and what to do.

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('What the names of the rules begin with.')
param namePrefix string

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

@description('Resource id of the action group that is told; empty: the one made here for alertEmail, if any.')
param actionGroupId string

@description('E-mail address that is told; empty: none.')
param alertEmail string

@description('Minutes after its due time by which a scheduled run has to be at work. The timer comes every five.')
param lateMinutes int = 20

@description('Minutes of an hour that throttling may last.')
param throttledMinutes int = 30

@description('Items that a run may leave failing without an alert.')
param mostFailing int = 0

var rules = [
  {
    name: 'schedule-silent'
    severity: 1
    title: 'Reprise: the schedules are not looked at'
    query: loadTextContent('../monitoring/schedule-silent.kql')
    // The query looks back for half an hour by itself.
    windowSize: 'PT1H'
  }
  {
    name: 'run-late'
    severity: 1
    title: 'Reprise: a run did not start on time'
    query: replace(
      loadTextContent('../monitoring/run-late.kql'),
      'let allowed = 20m;',
      'let allowed = ${lateMinutes}m;'
    )
    windowSize: 'P1D'
  }
  {
    name: 'run-failed'
    severity: 1
    title: 'Reprise: a run failed'
    query: loadTextContent('../monitoring/run-failed.kql')
    windowSize: 'P2D'
  }
  {
    name: 'items-failing'
    severity: 2
    title: 'Reprise: items still fail'
    query: replace(
      loadTextContent('../monitoring/items-failing.kql'),
      'let mostFailing = 0;',
      'let mostFailing = ${mostFailing};'
    )
    windowSize: 'P2D'
  }
  {
    name: 'run-incomplete'
    severity: 2
    title: 'Reprise: a run could not look at everything'
    query: loadTextContent('../monitoring/run-incomplete.kql')
    windowSize: 'P2D'
  }
  {
    name: 'throttled'
    severity: 3
    title: 'Reprise: throttled for too long'
    query: replace(
      loadTextContent('../monitoring/throttled.kql'),
      'let mostMinutes = 30;',
      'let mostMinutes = ${throttledMinutes};'
    )
    windowSize: 'PT1H'
  }
]

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = if (empty(actionGroupId) && !empty(alertEmail)) {
  name: '${namePrefix}-operators'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'reprise'
    enabled: true
    emailReceivers: [
      {
        name: 'operators'
        emailAddress: alertEmail
        useCommonAlertSchema: true
      }
    ]
  }
}

var told = !empty(actionGroupId) ? [actionGroupId] : (empty(alertEmail) ? [] : [actionGroup.id])

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: '${namePrefix}-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: rule.title
      description: '${rule.title}. What it means and what to do: docs/operate.md, ${rule.name}.'
      severity: rule.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: 'PT15M'
      windowSize: rule.windowSize
      autoMitigate: true
      // A new workspace may not know the tables yet.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: told
      }
    }
  }
]
