using System.Diagnostics.Metrics;

namespace IoTStream.Coap.Messaging;

/// <summary>Counts what happens to requests of clients: the meter <c>IoTStream.Coap.Client</c>. Thread-safe.</summary>
internal static class ClientMeter
{
    private static readonly Meter Meter = new("IoTStream.Coap.Client");

    private static readonly Counter<long> HeldBack = Meter.CreateCounter<long>(
        "iotstream.coap.requests.held_back", "{request}", "Requests without confirmation that had to wait, as their server has not answered, or not yet, what it was asked before.");

    public static void CountHeldBack() => HeldBack.Add(1);
}
