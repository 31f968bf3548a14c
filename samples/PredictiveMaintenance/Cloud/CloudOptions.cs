namespace PredictiveMaintenance.Cloud;

/// <summary>Where the cloud side listens and writes.</summary>
/// <param name="Folder">Its disk.</param>
/// <param name="MqttPort">Where its broker listens for gateways.</param>
/// <param name="Hour">How long an hour is taken to be.</param>
/// <param name="PostgreSql">The database for work orders besides the files; null for none.</param>
internal sealed record CloudOptions(Folder Folder, int MqttPort, TimeSpan Hour, string? PostgreSql);
