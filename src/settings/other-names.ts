/** Names that the cloud part's table does not hold, and that the help text lists all the same. */

/** Read by commands that work with a store of backups, on the machine that they run on. A run of the cloud part has no use for them and leaves them alone. */
export const backupNames: readonly (readonly [name: string, description: string])[] = [
  ["REPRISE_PASSWORD_FILE", "A file whose first line is the password of an encrypted store, as --password-file; it goes before the next."],
  ["REPRISE_PASSWORD_COMMAND", "A command whose first line of output is that password, as --password-command."],
  ["AZURE_STORAGE_SAS_TOKEN", "A shared access signature for a store in Azure Blob Storage, unless the store's URL has one. A secret."],
  [
    "AZURE_STORAGE_CONNECTION_STRING",
    "The connection string of a store's storage account, where there is no shared access signature; without both, the signed-in identity is used. A secret.",
  ],
];

/** Names that are not ours. */
export const standardNames: readonly (readonly [name: string, description: string])[] = [
  ["AzureWebJobsStorage", "Connection string of the function's storage account (UseDevelopmentStorage=true: the emulator). A secret."],
  ["AzureWebJobsStorage__accountName", "The same account by name, opened by identity."],
  ["AzureWebJobsStorage__blobServiceUri", "The same account by the URL of its blob service, opened by identity."],
  ["AZURE_TENANT_ID", "Read by the identity library: the tenant to sign in to."],
  ["AZURE_CLIENT_ID", "Read by the identity library: a user-assigned identity, or an application."],
  ["AZURE_CLIENT_SECRET", "Read by the identity library: an application's secret. Prefer a certificate or a managed identity."],
  ["AZURE_CLIENT_CERTIFICATE_PATH", "Read by the identity library: an application's certificate."],
  ["AZURE_FEDERATED_TOKEN_FILE", "Read by the identity library: workload identity in Kubernetes."],
  ["AZURE_AUTHORITY_HOST", "Read by the identity library: where to sign in, for other clouds."],
  [
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "Where the host and the app send telemetry: an Application Insights component. Without it the app sends none, and a simulated run sends none but to this machine.",
  ],
  [
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "Authorization=AAD: telemetry is sent with the app's identity (ClientId= says which to the host, AZURE_CLIENT_ID to the app).",
  ],
  [
    "OTEL_TRACES_SAMPLER",
    "Read by OpenTelemetry, with OTEL_TRACES_SAMPLER_ARG: which share of traces is sent; records and metrics are always sent whole.",
  ],
  ["WEBSITE_SITE_NAME", "Set by the platform: the name of the app, under which its telemetry is found."],
];
