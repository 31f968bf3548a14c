using System.Diagnostics.Metrics;

namespace IoTStream.Coap.Connectors;

/// <summary>Counts what sources take and what they do not, by the name of their step: the meter <c>IoTStream.Coap.Source</c>. Thread-safe.</summary>
internal sealed class SourceMeter(string step)
{
    private static readonly Meter Meter = new("IoTStream.Coap.Source");

    private static readonly Counter<long> Requests = Meter.CreateCounter<long>(
        "iotstream.coap.requests", "{request}", "Requests of devices, by whether they are confirmable and what became of them.");

    private static readonly Counter<long> Overtaken = Meter.CreateCounter<long>(
        "iotstream.coap.states.overtaken", "{state}", "States of observed resources that were left out because newer ones came before the pipeline had room.");

    private static readonly Counter<long> Failures = Meter.CreateCounter<long>(
        "iotstream.coap.failures", "{request}", "Requests to devices that had no answer, or an error.");

    private static readonly Counter<long> Forgotten = Meter.CreateCounter<long>(
        "iotstream.coap.requests.forgotten", "{request}", "Requests that were forgotten before their time, as MaximumRemembered says: one of them that comes again would count twice.");

    private readonly KeyValuePair<string, object?> _step = new("iotstream.step", step);

    public void CountRequest(bool isConfirmable, string outcome)
    {
        if (Requests.Enabled)
        {
            Requests.Add(1, _step, new("confirmable", isConfirmable), new("outcome", outcome));
        }
    }

    public void CountForgotten(long count) => Forgotten.Add(count, _step);

    public void CountOvertaken() => Overtaken.Add(1, _step);

    public void CountFailure() => Failures.Add(1, _step);
}
