using System.Diagnostics.Metrics;

namespace IoTStream.Kafka.Tests;

/// <summary>Reads the gauges of a whole source, of which there is one in a topology.</summary>
internal sealed class LoadMeasurements : IDisposable
{
    private readonly Dictionary<string, double> _values = [];
    private readonly MeterListener _listener = new();

    public LoadMeasurements(string topology)
    {
        _listener.InstrumentPublished = static (published, listener) =>
        {
            if (published.Meter.Name == "IoTStream.Kafka.Source" && published.Name is "iotstream.kafka.utilization" or "iotstream.kafka.recommended_parallelism")
            {
                listener.EnableMeasurementEvents(published);
            }
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();

        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                if (tag.Key == "iotstream.topology" && (string)tag.Value! == topology)
                {
                    _values[instrument.Name] = value;
                }
            }
        }
    }

    public double? Utilization => Read("iotstream.kafka.utilization");

    public double? RecommendedParallelism => Read("iotstream.kafka.recommended_parallelism");

    public void Dispose() => _listener.Dispose();

    private double? Read(string instrument)
    {
        _values.Clear();
        _listener.RecordObservableInstruments();
        return _values.TryGetValue(instrument, out double value) ? value : null;
    }
}
