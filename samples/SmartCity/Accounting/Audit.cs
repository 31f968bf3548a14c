using System.Runtime.InteropServices;
using IoTStream.Connectors;
using SmartCity.Traffic;

namespace SmartCity.Accounting;

/// <summary>What has arrived and what has come out. Thread-safe, because the pipeline may count on several lanes.</summary>
internal sealed class Audit(Ledger ledger, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Arrivals _arrivals = new(ledger.Sensors);
    private readonly Dictionary<WindowKey, WindowCount> _windows = [];
    private readonly Dictionary<string, RoadWindow> _latest = [];
    private long _valid;
    private long _invalid;
    private long _undecodable;
    private long _received;
    private long _duplicated;
    private long _unknown;
    private long _late;
    private long _results;
    private long _alerts;
    private long _lastArrival;

    public LatencyHistogram Latency { get; } = new();

    /// <summary>What each window of each road has consisted of.</summary>
    public IReadOnlyDictionary<WindowKey, WindowCount> Windows => _windows;

    public Tally Tally
    {
        get
        {
            lock (_lock)
            {
                return new Tally(
                    _received, _valid + _invalid, _undecodable + _invalid, _late, _results, _alerts, _duplicated, _unknown, _lastArrival);
            }
        }
    }

    /// <summary>A valid reading, after it has been given to the windows.</summary>
    public void Take(Reading reading)
    {
        long now = clock.GetTimestamp();
        lock (_lock)
        {
            _valid++;
            _lastArrival = now;
            Note(reading.Sensor, reading.Sequence);
            if (reading.SentAt != 0)
            {
                Latency.Add(clock.GetElapsedTime(reading.SentAt, now));
            }
        }
    }

    public void Take(DeadLetter letter)
    {
        lock (_lock)
        {
            switch (letter.Element)
            {
                case Reading reading:
                    _invalid++;
                    Note(reading.Sensor, reading.Sequence);
                    break;
                case INumbered numbered:
                    _undecodable++;
                    Note(numbered.Sensor, numbered.Sequence);
                    break;
                default:
                    _undecodable++;
                    _ = BrokenPayload.TryReadNumber(letter.Payload.Span, out int sensor, out long sequence);
                    Note(sensor, sequence);
                    break;
            }
        }
    }

    public void Take(RoadWindow window)
    {
        lock (_lock)
        {
            _results++;
            _latest[window.Road] = window;
            ref WindowCount count = ref CollectionsMarshal.GetValueRefOrAddDefault(_windows, new WindowKey(window.Road, window.Start), out _);
            count = new WindowCount(count.Readings + window.Readings, count.Vehicles + window.Vehicles);
        }
    }

    public void Take(Alert alert)
    {
        ArgumentNullException.ThrowIfNull(alert);
        lock (_lock)
        {
            _alerts++;
        }
    }

    public void TakeLate(Reading reading)
    {
        ArgumentNullException.ThrowIfNull(reading);
        lock (_lock)
        {
            _late++;
        }
    }

    /// <summary>The roads that were most congested when last heard of.</summary>
    public IReadOnlyList<RoadWindow> MostCongested(int count)
    {
        lock (_lock)
        {
            return [.. _latest.Values.OrderByDescending(window => window.Congestion).ThenBy(window => window.Road, StringComparer.Ordinal).Take(count)];
        }
    }

    private void Note(int sensor, long sequence)
    {
        if (!ledger.Knows(sensor, sequence))
        {
            _unknown++;
        }
        else if (_arrivals.TryAdd(sensor, sequence))
        {
            _received++;
        }
        else
        {
            _duplicated++;
        }
    }
}
