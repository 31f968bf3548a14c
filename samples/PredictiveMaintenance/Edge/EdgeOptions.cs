namespace PredictiveMaintenance.Edge;

/// <summary>Where the gateway listens, and whom it reports to.</summary>
/// <param name="Folder">Its disk.</param>
/// <param name="MqttPort">Where its broker listens for machines.</param>
/// <param name="CoapPort">Where it listens for what they post.</param>
/// <param name="UplinkPort">Where the broker of the cloud is.</param>
/// <param name="Hour">How long an hour is taken to be.</param>
internal sealed record EdgeOptions(Folder Folder, int MqttPort, int CoapPort, int UplinkPort, TimeSpan Hour);
