using System.Diagnostics.Metrics;

namespace IoTStream.Storage.PostgreSql.Tests;

/// <summary>What a counter of this process has counted for a step since this was made.</summary>
internal sealed class Counted : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _sum;

    public Counted(string instrument, string step)
    {
        _listener.InstrumentPublished = (published, listener) =>
        {
            if (published.Meter.Name == "IoTStream.Storage.PostgreSql" && published.Name == instrument)
            {
                listener.EnableMeasurementEvents(published);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                if (tag.Key == "iotstream.step" && (string?)tag.Value == step)
                {
                    Interlocked.Add(ref _sum, value);
                }
            }
        });
        _listener.Start();
    }

    public long Sum => Interlocked.Read(ref _sum);

    public void Dispose() => _listener.Dispose();
}
