using System.Diagnostics.Metrics;
using System.Globalization;

namespace IoTStream.Kafka.Tests;

/// <summary>Reads a gauge of the sources of this process.</summary>
internal sealed class Measurements : IDisposable
{
    private readonly Dictionary<(string Topic, int Partition), long> _values = [];
    private readonly MeterListener _listener = new();

    public Measurements(string instrument)
    {
        _listener.InstrumentPublished = (published, listener) =>
        {
            if (published.Meter.Name == "IoTStream.Kafka.Source" && published.Name == instrument)
            {
                listener.EnableMeasurementEvents(published);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            string topic = "", partition = "";
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                topic = tag.Key == "messaging.destination.name" ? (string)tag.Value! : topic;
                partition = tag.Key == "messaging.destination.partition.id" ? (string)tag.Value! : partition;
            }

            _values[(topic, int.Parse(partition, CultureInfo.InvariantCulture))] = value;
        });
        _listener.Start();
    }

    public long? Read(string topic, int partition)
    {
        _values.Clear();
        _listener.RecordObservableInstruments();
        return _values.TryGetValue((topic, partition), out long value) ? value : null;
    }

    public void Dispose() => _listener.Dispose();
}
